import KODEngine
import KODWire

@testable import KODServer

// The server's session, driven as IOLoop drives it, by a program of steps; `SessionModel` says after
// each of them what the protocol wants.
//
// Input: calls in flight allowed, then steps: a byte that says which, and what it needs. Numbers that
// choose among few are taken modulo their count, so that every input is a program.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(data, count)
  var limits = KODServer.Limits()
  limits.maximumCallsInFlight = [64, 1, 3].chosen(by: input.byte())
  var model = SessionModel(limits)
  var steps = 0
  while !input.isEmpty, steps < 512 {
    steps += 1
    switch input.byte() % 10 {
    case 0: model.arrive(input.take(Int(input.byte())), Pieces(plan: input.byte()))
    case 1: model.arrive(anyFrame(&input, model), Pieces(plan: input.byte()))
    case 2: model.arrive(hello(&input), Pieces(plan: 0))
    case 3: model.pass(milliseconds: Int64(input.word()) * (input.byte() % 2 == 0 ? 1 : 50))
    case 4: model.verdict(input.byte())
    case 5: model.answer(call: input.byte(), isLast: input.byte() % 2 == 0)
    case 6: model.drain()
    case 7: model.refresh(input.byte())
    case 8: model.settle(call: input.byte())
    default:
      let payload = [UInt8](repeating: 7, count: Int(input.byte() % 40))
      model.arrive(frame(.ping, payload: payload), Pieces(plan: 0))
    }
    model.check()
  }
  model.finish()
  return 0
}

private func hello(_ input: inout Input) -> [UInt8] {
  let choice = input.byte()
  var hello = Hello(minimumVersion: 1, maximumVersion: 1, token: "kod1.x", client: "fuzz")
  if choice % 8 == 1 { hello.client = String(repeating: "c", count: Int(choice)) }
  if choice % 8 == 2 { (hello.minimumVersion, hello.maximumVersion) = (2, 3) }
  return frame(.hello, payload: hello.encoded())
}

/// A frame with a length that is right; everything else is as the input wants it.
private func anyFrame(_ input: inout Input, _ model: SessionModel) -> [UInt8] {
  let type = input.byte()
  let call: UInt32 =
    switch input.byte() {
    case 0: model.newestCall &+ 1
    case 1: 0
    case 2: model.newestCall
    case 3: model.oldestOpenCall
    case let number: UInt32(number)
    }
  var method = input.word()
  let how = input.byte()
  // Half of the numbers mean the next method there is.
  if how & 1 == 0 { method = Method.all.first { $0.number >= method }?.number ?? method }
  let timeout: UInt32 = [0, 1, 1_000, 100_000, .max].chosen(by: how >> 1 & 7)
  let flags = how >> 4 == 15 ? input.byte() : 0
  let short = input.byte()
  let length = short == 255 ? Int(input.word()) : Int(short)
  return frame(
    FrameType(rawValue: Int32(type)), call: call, method: method, flags: flags, timeout: timeout,
    payload: input.take(length))
}

private func frame(
  _ type: FrameType, call: UInt32 = 0, method: UInt16 = 0, flags: UInt8 = 0, timeout: UInt32 = 0,
  payload: [UInt8] = []
) -> [UInt8] {
  let header = FrameHeader(
    payloadBytes: UInt32(payload.count), type: type, flags: flags, method: method, call: call,
    timeoutMilliseconds: timeout)
  var writer = ByteWriter()
  header.encode(to: &writer)
  writer.append(contentsOf: payload)
  return writer.bytes
}
