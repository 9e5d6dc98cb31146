internal import KODWire

extension ClientSession {
  /// Takes plain text from the server, in pieces of any size, and reports what it meant.
  ///
  /// - Parameters:
  ///   - bytes: what arrived. A frame that is cut off is kept, everything else is read in place.
  ///   - now: nanoseconds, read once for the whole piece.
  ///   - handle: an event and its payload, which is valid only during the call.
  public mutating func receive(
    _ bytes: RawSpan, at now: UInt64, _ handle: (Event, RawSpan) -> Void
  ) {
    guard phase == .greeting || phase == .open, !bytes.isEmpty else { return }
    lastHeard = now
    doubtedSince = nil
    guard !partial.isEmpty else {
      let consumed = consume(bytes, at: now, handle)
      keep(bytes, from: consumed)
      return
    }
    var held = partial
    partial = []
    bytes.withUnsafeBytes { held.append(contentsOf: $0) }
    let consumed = consume(held.span.bytes, at: now, handle)
    guard phase != .ended else { return }
    held.removeFirst(consumed)
    partial = held
  }

  private mutating func keep(_ bytes: RawSpan, from start: Int) {
    guard phase != .ended, start < bytes.byteCount else { return }
    bytes.extracting(start..<bytes.byteCount).withUnsafeBytes {
      partial.append(contentsOf: $0)
    }
  }

  /// Reads whole frames from the start of `bytes`; returns how many bytes they took.
  private mutating func consume(
    _ bytes: RawSpan, at now: UInt64, _ handle: (Event, RawSpan) -> Void
  ) -> Int {
    var start = 0
    while phase != .ended {
      let rest = bytes.extracting(start..<bytes.byteCount)
      switch FrameDecoder.next(
        in: rest, maximumPayloadBytes: Int(limits.maximumPayloadBytes))
      {
      case .needMore:
        return start
      case .tooLarge(let header):
        end(Violation("a frame of \(header.payloadBytes) bytes"), handle)
      case .frame(let header):
        let payload = rest.extracting(FrameHeader.byteCount..<header.frameBytes)
        do throws(Violation) {
          try frameReceived(header, payload, at: now, handle)
        } catch {
          end(error, handle)
        }
        start += header.frameBytes
      }
    }
    return start
  }

  private mutating func frameReceived(
    _ header: FrameHeader, _ payload: RawSpan, at now: UInt64, _ handle: (Event, RawSpan) -> Void
  ) throws(Violation) {
    let type = header.frameType
    guard header.flags == 0 || !FrameType.allKnown.contains(type) else {
      throw Violation("flags \(header.flags) are not of version 1")
    }
    switch type {
    case .welcome:
      try welcomeReceived(payload, at: now, handle)
    case .response, .item:
      try answerReceived(type, header.call, payload, handle)
    case .status:
      try statusReceived(header.call, payload, handle)
    case .ping where phase == .greeting: break  // Nothing but HELLO is said before WELCOME.
    case .ping:
      output.appendFrame(type: .pong, payloadBytes: payload)
      lastSpoke = now
    case .pong:
      pongReceived(payload, at: now, handle)
    case .goingAway:
      let farewell: GoingAway = try decode(payload, "GOING_AWAY")
      phase = .ended
      calls.removeAll()
      handle(.goingAway(farewell), RawSpan())
    case .hello, .request, .cancel:
      throw Violation("a server does not send \(type.name)")
    default:
      break  // A later version's frame: its length is known, so it can be skipped.
    }
  }

  private mutating func welcomeReceived(
    _ payload: RawSpan, at now: UInt64, _ handle: (Event, RawSpan) -> Void
  ) throws(Violation) {
    guard phase == .greeting else { throw Violation("a second WELCOME") }
    let welcome: Welcome = try decode(payload, "WELCOME")
    guard welcome.version >= hello.minimumVersion, welcome.version <= hello.maximumVersion else {
      throw Violation("WELCOME to version \(welcome.version), which was not on offer")
    }
    if let given = welcome.limits { limits = given.completed }
    phase = .open
    handle(.welcome(welcome), RawSpan())
  }

  private mutating func answerReceived(
    _ type: FrameType, _ call: UInt32, _ payload: RawSpan, _ handle: (Event, RawSpan) -> Void
  ) throws(Violation) {
    guard let index = try index(of: call, type) else { return }
    let known = calls[index]
    guard known.isStream == (type == .item) else {
      throw Violation("\(type.name) for call \(call), which is of the other kind")
    }
    if type == .response { calls.remove(at: index) }
    guard !known.isCancelled else { return }
    handle(type == .item ? .item(call: call) : .response(call: call), payload)
  }

  private mutating func statusReceived(
    _ call: UInt32, _ payload: RawSpan, _ handle: (Event, RawSpan) -> Void
  ) throws(Violation) {
    let status: Status = try decode(payload, "STATUS")
    guard call != 0 else {
      handle(.notice(status), RawSpan())
      return
    }
    guard let index = try index(of: call, .status) else { return }
    guard calls[index].isStream || status.code != .ok else {
      throw Violation("STATUS OK for call \(call), which wants a response")
    }
    calls.remove(at: index)
    handle(.status(call: call, status), RawSpan())
  }

  /// Where the call stands; nil: it has ended already, as after a CANCEL that crossed its answer.
  private func index(of call: UInt32, _ type: FrameType) throws(Violation) -> Int? {
    guard phase == .open else { throw Violation("\(type.name) before WELCOME") }
    guard call != 0, call <= lastCallID else {
      throw Violation("\(type.name) for call \(call), which was never opened")
    }
    return calls.firstIndex { $0.id == call }
  }

  private mutating func pongReceived(
    _ payload: RawSpan, at now: UInt64, _ handle: (Event, RawSpan) -> Void
  ) {
    guard let sent = pingSent, now >= sent,
      payload.withUnsafeBytes({ $0.elementsEqual(pingPayload(of: sent)) })
    else { return }  // Of an earlier PING, or of none: it still was a sign of life.
    pingSent = nil
    handle(.pong(roundTripNanoseconds: now - sent), RawSpan())
  }

  private func decode<Message: WireMessage>(
    _ payload: RawSpan, _ name: String
  ) throws(Violation) -> Message {
    do {
      return try Message(decoding: payload)
    } catch {
      throw Violation("\(name) does not decode: \(error)")
    }
  }

  private mutating func end(_ violation: Violation, _ handle: (Event, RawSpan) -> Void) {
    phase = .ended
    calls.removeAll()
    partial = []
    handle(.violation(violation), RawSpan())
  }
}
