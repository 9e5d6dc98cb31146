public import KODWire

/// What a `NoticeStream` yields, in order.
public enum NoticeEvent: Sendable {
  /// A session is up, for the first time or again.
  case connected(Welcome)
  /// The server begins to tell what is pending: after each `connected`, and after the reader was too slow.
  case began
  /// To be sent. One that was not acknowledged comes again with every new subscription, under the same id.
  case notice(Notice)
  /// Its offer has ended: not to be sent any more. The notice's id.
  case withdrawn(UInt64)
  /// What is pending has been told since the last `began`: a notice that has not come by now is pending no more, or,
  /// with `hasMore`, follows when some of those that came are acknowledged.
  case current(hasMore: Bool)
  /// The session was lost; another attempt follows by itself after `retryIn`. Nil: the stream merely began again.
  case disconnected(ClientError?, retryIn: Duration)
  /// The server refused for good (token, role, version). The last event.
  case ended(ClientError)
}

/// The notices for a notifier (R65), over any number of sessions: an `AsyncSequence` that does not throw.
///
/// It reconnects by itself and subscribes anew; the server then repeats what is pending. It ends
/// after `ended`, after `cancel()`, and when the client is closed. A reader that is too slow loses nothing: the
/// client stops the stream and subscribes anew when it has read what there is.
///
/// For one reader: a second task that asks for the next event while one is waiting gets nil.
public struct NoticeStream: AsyncSequence, Sendable {
  public typealias Element = NoticeEvent
  public typealias Failure = Never

  let stream: CallStream

  /// Reads the events one by one.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let stream: CallStream

    /// The next event; nil at the end, or when the task is cancelled.
    public mutating func next() async -> NoticeEvent? { await stream.nextNotice() }

    /// The next event; nil at the end, or when the task is cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(Never) -> NoticeEvent? {
      await stream.nextNotice()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }

  /// Ends the stream now.
  public func cancel() { stream.cancel() }
}

extension NoticeEvent {
  /// Nil: an item that a later version added.
  init?(_ item: NoticeItem) {
    switch item.item {
    case .notice(let notice): self = .notice(notice)
    case .withdrawn(let withdrawn): self = .withdrawn(withdrawn.noticeId)
    case .stateEnd(let end): self = .current(hasMore: end.hasMore)
    case nil: return nil
    }
  }
}

extension CallStream {
  func nextNotice() async -> NoticeEvent? {
    while let event = await buffer.next() {
      switch event {
      case .connected(let welcome): return .connected(welcome)
      case .disconnected(let error, let wait): return .disconnected(error, retryIn: wait)
      case .ended(let error?): return .ended(error)
      case .began: return .began
      case .ended(nil): break
      case .item(let payload):
        do {
          if let event = NoticeEvent(try NoticeItem(decoding: payload)) { return event }
        } catch {
          cancel()
          return .ended(.violation("a notice does not decode: \(error)"))
        }
      }
    }
    return nil
  }
}
