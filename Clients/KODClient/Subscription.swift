/// The pushes of one principal, over any number of sessions: an `AsyncSequence` that does not throw.
///
/// It reconnects by itself and goes on where it stopped, so that every push comes exactly once and
/// in order; where the server no longer keeps what was missed, a `state` says what is true instead.
/// It ends after `ended`, after `cancel()`, and when the client is closed.
///
/// **A reader that is too slow loses nothing.** Up to `Configuration.subscriptionBufferEvents` events
/// wait for it. When they are that many the client stops the server's stream, lets the reader read
/// all of them, and subscribes again from the last of them; the reader sees another `position`, and,
/// if it took longer than the server keeps pushes, a `state`.
///
/// For one reader: a second task that asks for the next event while one is waiting gets nil.
public struct Subscription: AsyncSequence, Sendable {
  public typealias Element = SubscriptionEvent
  public typealias Failure = Never

  /// Ends the subscription when nobody holds it any more.
  final class Handle: Sendable {
    let buffer: SubscriptionBuffer
    let end: @Sendable () -> Void
    /// A client lives as long as its subscription is held.
    private let client: KODClient

    init(_ buffer: SubscriptionBuffer, client: KODClient, end: @escaping @Sendable () -> Void) {
      self.buffer = buffer
      self.client = client
      self.end = end
    }

    deinit { end() }
  }

  let handle: Handle

  /// Reads the events one by one.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let handle: Handle

    /// The next event; nil at the end, or when the task is cancelled.
    public mutating func next() async -> SubscriptionEvent? { await handle.buffer.next() }

    /// The next event; nil at the end, or when the task is cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(Never) -> SubscriptionEvent? {
      await handle.buffer.next()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

  /// Ends the subscription now; the client may begin another one.
  public func cancel() {
    handle.end()
    handle.buffer.finish()
  }
}
