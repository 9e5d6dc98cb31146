internal import KODWire

/// What a stream's reader gets. Items are not decoded on the loop's thread.
enum StreamEvent: BufferedEvent {
  /// A session is up, for the first time or again; only lasting streams say so.
  case connected(Welcome)
  /// The server began the stream, for the first time or anew: what came before may come again.
  case began
  case item([UInt8])
  case disconnected(ClientError?, retryIn: Duration)
  /// The last event; nil: the server said all it had to say.
  case ended(ClientError?)

  var isAboutConnection: Bool {
    switch self {
    case .connected, .disconnected: true
    case .began, .item, .ended: false
    }
  }
}

/// A stream other than the subscription: a request, and whatever the server answers to it.
struct StreamCall {
  enum Phase {
    /// To be asked for, when a session is up and the time has come.
    case due(notBefore: UInt64)
    case streaming(call: UInt32)
    /// CANCEL is out because the reader's buffer is full; the stream's end has not come yet.
    case cancelling(call: UInt32, isCaughtUp: Bool)
    /// Stopped, until the reader has read what there is.
    case paused
  }

  let method: Method
  let payload: [UInt8]
  /// It has no end, and the server repeats what matters: begun anew after every loss. Others end with theirs.
  let isLasting: Bool
  var phase = Phase.due(notBefore: 0)
  /// Refusals since the last item.
  var refusals = 0

  init(_ method: Method, payload: [UInt8], isLasting: Bool) {
    self.method = method
    self.payload = payload
    self.isLasting = isLasting
  }

  /// Its id in the session.
  var call: UInt32? {
    switch phase {
    case .streaming(let call), .cancelling(let call, _): call
    case .due, .paused: nil
    }
  }

  var nextDeadline: UInt64? {
    if case .due(let notBefore) = phase { notBefore } else { nil }
  }
}

extension ClientStateMachine {
  mutating func openStream(_ ticket: Ticket, _ stream: StreamCall, at now: UInt64) {
    streams[ticket] = stream
    switch phase {
    case .over(let error):
      finishStream(ticket, error)
      return
    case .waiting(_, let error, _) where !stream.isLasting:
      finishStream(
        ticket, .unavailable("not connected: \(error.message)", underlying: error))
      return
    case .idle: startConnecting(at: now)
    default: break
    }
    if stream.isLasting, let welcome { act(.deliverToStream(ticket, .connected(welcome))) }
    pump(at: now)
  }

  /// The reader is gone.
  mutating func closeStream(_ ticket: Ticket, at now: UInt64) {
    guard let stream = streams.removeValue(forKey: ticket) else { return }
    if let call = stream.call { session?.cancel(call, at: now) }
  }

  /// The reader's buffer has no room. A lasting stream stops until it has been read; another one ends.
  ///
  /// - Returns: true if the stream waits for `streamCaughtUp`.
  mutating func streamIsFull(_ ticket: Ticket, at now: UInt64) -> Bool {
    guard let stream = streams[ticket], case .streaming(let call) = stream.phase else {
      return false
    }
    session?.cancel(call, at: now)
    guard stream.isLasting else {
      finishStream(
        ticket,
        ClientError(
          code: .resourceExhausted, reason: .slowConsumer,
          message: "\(stream.method.name) was not read in time"))
      return false
    }
    streams[ticket]?.phase = .cancelling(call: call, isCaughtUp: false)
    return true
  }

  /// The reader has read what was kept for it.
  mutating func streamCaughtUp(_ ticket: Ticket, at now: UInt64) {
    switch streams[ticket]?.phase {
    case .paused: streams[ticket]?.phase = .due(notBefore: 0)
    case .cancelling(let call, _):
      streams[ticket]?.phase = .cancelling(call: call, isCaughtUp: true)
    case .due, .streaming, nil: return
    }
    pump(at: now)
  }

  mutating func openDueStreams(at now: UInt64) {
    for ticket in streams.keys.sorted() {
      guard case .ready = phase, session.hasRoomForCall, let stream = streams[ticket],
        case .due(let notBefore) = stream.phase, now >= notBefore
      else { continue }
      guard stream.payload.count <= session.maximumPayloadBytes else {
        finishStream(ticket, .requestTooLong)
        continue
      }
      guard let call = session?.open(stream.method, payload: stream.payload, at: now) else {
        return breakConnection(.unavailable("the session's call ids are used up"), at: now)
      }
      streams[ticket]?.phase = .streaming(call: call)
      act(.deliverToStream(ticket, .began))
    }
  }

  /// - Returns: false if the call is of no stream here.
  mutating func streamItemReceived(_ call: UInt32, _ payload: [UInt8]) -> Bool {
    guard let ticket = streams.first(where: { $0.value.call == call })?.key else { return false }
    // Items of a stream that is being stopped come to nothing; they come again.
    if case .streaming = streams[ticket]?.phase {
      streams[ticket]?.refusals = 0
      act(.deliverToStream(ticket, .item(payload)))
    }
    return true
  }

  /// The stream's last frame.
  ///
  /// - Returns: false if the call is of no stream here.
  mutating func streamEnded(_ call: UInt32, _ status: Status, at now: UInt64) -> Bool {
    guard let ticket = streams.first(where: { $0.value.call == call })?.key,
      let stream = streams[ticket]
    else { return false }
    if case .cancelling(_, let isCaughtUp) = stream.phase {
      streams[ticket]?.phase = isCaughtUp ? .due(notBefore: 0) : .paused
      return true
    }
    let mayGoOn = status.code == .ok || status.reason.isRetriable
    guard stream.isLasting, mayGoOn else {
      finishStream(ticket, status.code == .ok ? nil : ClientError(status))
      return true
    }
    streams[ticket]?.refusals += 1
    let wait =
      status.retryAfterMs > 0
      ? UInt64.nanoseconds(milliseconds: status.retryAfterMs)
      : configuration.backoff.delay(retry: stream.refusals + 1, random: random.next())
    streams[ticket]?.phase = .due(notBefore: now.addingSaturated(wait))
    act(
      .deliverToStream(
        ticket,
        .disconnected(
          status.code == .ok ? nil : ClientError(status),
          retryIn: .nanoseconds(Int64(clamping: wait)))))
    return true
  }

  mutating func streamsWelcomed(_ welcome: Welcome) {
    for ticket in streams.keys.sorted() where streams[ticket]?.isLasting == true {
      act(.deliverToStream(ticket, .connected(welcome)))
    }
  }

  /// The session is gone, or an attempt to have one has failed: streams that do not outlive it end.
  mutating func shortStreamsLost(_ error: ClientError) {
    for ticket in streams.keys.sorted() where streams[ticket]?.isLasting == false {
      finishStream(
        ticket, .unavailable("the connection was lost: \(error.message)", underlying: error))
    }
  }

  /// The others begin anew with the next session.
  mutating func lastingStreamsLost(_ error: ClientError, retryIn delay: UInt64) {
    for ticket in streams.keys.sorted() {
      switch streams[ticket]?.phase {
      case .streaming, .cancelling(_, isCaughtUp: true):
        streams[ticket]?.phase = .due(notBefore: 0)
      case .cancelling(_, isCaughtUp: false): streams[ticket]?.phase = .paused
      case .due, .paused, nil: break
      }
      act(
        .deliverToStream(
          ticket, .disconnected(error, retryIn: .nanoseconds(Int64(clamping: delay)))))
    }
  }

  /// Nil: the program closed the client, and knows.
  mutating func streamsEnded(_ error: ClientError?) {
    for ticket in streams.keys.sorted() {
      if let error {
        finishStream(ticket, error)
      } else {
        streams[ticket] = nil
        act(.endStream(ticket))
      }
    }
  }

  private mutating func finishStream(_ ticket: Ticket, _ error: ClientError?) {
    streams[ticket] = nil
    act(.deliverToStream(ticket, .ended(error)))
    act(.endStream(ticket))
  }
}
