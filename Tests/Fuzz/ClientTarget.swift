import KODWire

@testable import KODClient

// The client against a hostile server: its whole state machine, or one session by itself, by a
// program of steps in which the server sends what the input wants.
//
// Input: which of the two, then steps: a byte that says which, and what it needs.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(data, count)
  if input.byte() % 2 == 0 { machine(&input) } else { session(&input) }
  return 0
}

private func machine(_ input: inout Input) {
  let model = ClientModel(seed: input.byte())
  var steps = 0
  while !input.isEmpty, steps < 512 {
    steps += 1
    switch input.byte() % 16 {
    case 0: model.receive(input.take(Int(input.byte())), Pieces(plan: input.byte()))
    case 1: model.receive(ServerFrames.any(&input), Pieces(plan: input.byte()))
    case 2, 3, 4: model.receive(ServerFrames.likely(&input), Pieces(plan: 0))
    case 5: model.receive(ServerFrames.welcome(&input), Pieces(plan: 0))
    case 6: model.pass(milliseconds: UInt64(input.word()))
    case 7: model.passToDeadline()
    case 8: input.byte() % 4 == 0 ? model.lose() : model.open()
    case 9: model.call(input.byte(), input.byte(), milliseconds: UInt64(input.word()))
    case 10: model.cancelCall(input.byte())
    case 11: model.openStream(isLasting: input.byte() % 2 == 0)
    case 12: model.turnStream(input.byte(), input.byte())
    case 13: model.turnSubscription(input.byte())
    case 14: model.connect()
    default: if input.byte() == 255 { model.close() }
    }
  }
  model.close()
  model.finish()
}

private func session(_ input: inout Input) {
  var model = ClientSessionModel()
  var steps = 0
  while !input.isEmpty, steps < 512 {
    steps += 1
    switch input.byte() % 8 {
    case 0: model.receive(input.take(Int(input.byte())), Pieces(plan: input.byte()))
    case 1: model.receive(ServerFrames.any(&input), Pieces(plan: input.byte()))
    case 2, 3: model.receive(ServerFrames.likely(&input), Pieces(plan: 0))
    case 4: model.receive(ServerFrames.welcome(&input), Pieces(plan: 0))
    case 5: model.call(input.byte())
    case 6: model.cancel(input.byte())
    default: model.pass(milliseconds: UInt64(input.word()))
    }
  }
}

/// Frames of a server that has bad intentions, or good ones at the wrong moment.
enum ServerFrames {
  static func any(_ input: inout Input) -> [UInt8] {
    let type = FrameType(rawValue: Int32(input.byte()))
    let call = UInt32(input.byte())
    let flags = input.byte() == 255 ? input.byte() : 0
    let short = input.byte()
    let payload = input.take(short == 255 ? Int(input.word()) : Int(short))
    let header = FrameHeader(
      payloadBytes: UInt32(payload.count), type: type, flags: flags, call: call)
    var writer = ByteWriter()
    header.encode(to: &writer)
    writer.append(contentsOf: payload)
    return writer.bytes
  }

  static func welcome(_ input: inout Input) -> [UInt8] {
    let calls = UInt32([64, 1, 2, 0].chosen(by: input.byte()))
    let limits = Limits(
      maximumPayloadBytes: 65_536, maximumCallsInFlight: calls, pingIntervalMs: 25_000,
      silenceLimitMs: 60_000)
    return frame(.welcome, Welcome(version: 1, principal: "alice", limits: limits))
  }

  /// A frame with sense in it; calls and offsets are small numbers, so that they meet.
  static func likely(_ input: inout Input) -> [UInt8] {
    let kind = input.byte() % 16
    let call = UInt32(input.byte())
    let number = UInt64(input.byte())
    let item: SubscribeItem.Item
    switch kind {
    case 0: item = .start(SubscriptionStart(epoch: "e", offset: number, recovered: false))
    case 1: item = .start(SubscriptionStart(epoch: "e", offset: number, recovered: true))
    case 2: item = .stateEnd(StateEnd())
    case 3, 4: item = .push(Push(offset: number))
    case 5: item = .openOffer(Offer(offerId: number))
    case 6:
      item = .collapsed(
        PushesCollapsed(firstOffset: number, lastOffset: number + UInt64(input.byte() % 4)))
    case 7: return frame(.response, call: call, Assignment(referralId: number))
    case 8, 9, 10:
      let reason = Reason.allKnown.chosen(by: input.byte())
      let status = Status(
        code: kind == 8 ? .ok : reason.code, reason: reason, retryAfterMs: UInt32(number))
      return frame(.status, call: call, status)
    case 11:
      let isPermanent = number > 250
      return frame(
        .goingAway,
        GoingAway(
          code: .unavailable, reason: .serverStopping, reconnectAfterMs: UInt32(number),
          permanent: isPermanent))
    case 12: return frame(.ping, StateEnd())
    case 13: return frame(.pong, StateEnd())
    default: return frame(.item, call: call, SimulationItem())
    }
    return frame(.item, call: call, SubscribeItem(item: item))
  }

  private static func frame(
    _ type: FrameType, call: UInt32 = 0, _ payload: some WireMessage
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendFrame(type: type, call: call, payload: payload)
    return writer.bytes
  }
}
