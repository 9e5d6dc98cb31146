import KODSchema
import KODWire
import Testing

@testable import KODConformance

/// What holds of every frame of a client, whatever a case is about.
@Suite struct ClientConductTests {
  private func frame(
    _ type: FrameType, _ payload: [UInt8] = [], flags: UInt8 = 0, method: UInt16 = 0,
    call: UInt32 = 0, timeout: UInt32 = 0
  ) -> Frame {
    Frame(
      header: FrameHeader(
        payloadBytes: UInt32(payload.count), type: type, flags: flags, method: method, call: call,
        timeoutMilliseconds: timeout), payload: payload)
  }

  /// What is wrong with the last of the frames; those before it are sound.
  private func judged(_ frames: Frame..., welcomed: Bool = true) -> String? {
    let codec = SchemaCodec(schemaIndex.schema)
    var conduct = ClientConduct()
    #expect(conduct.judge(frame(.hello, [0x08, 1, 0x10, 1]), schemaIndex, codec) == nil)
    if welcomed { conduct.welcomed() }
    for frame in frames.dropLast() {
      #expect(conduct.judge(frame, schemaIndex, codec) == nil)
    }
    return frames.last.flatMap { conduct.judge($0, schemaIndex, codec) }
  }

  @Test("A client that does what it should is left alone")
  func good() {
    #expect(
      judged(
        frame(.request, [0x08, 1], method: 0x0204, call: 3, timeout: 5_000), frame(.ping, [1, 2]),
        frame(.pong), frame(.cancel, call: 3), frame(.goingAway)) == nil)
    #expect(judged(frame(.goingAway), welcomed: false) == nil)
  }

  @Test("Numbers that a type does not have are named")
  func header() {
    #expect(judged(frame(.ping, flags: 1)) == "PING has flags 1")
    #expect(judged(frame(.pong, method: 7)) == "PONG has method 7")
    #expect(judged(frame(.goingAway, timeout: 9)) == "GOING_AWAY has timeout 9")
    #expect(judged(frame(.ping, call: 1)) == "PING has call 1")
  }

  @Test("Nothing but HELLO comes before WELCOME, no HELLO after it, nothing after GOING_AWAY")
  func order() {
    #expect(judged(frame(.pong), welcomed: false) == "PONG came before WELCOME")
    #expect(judged(frame(.hello, [0x08, 1])) == "HELLO came after WELCOME")
    #expect(judged(frame(.goingAway), frame(.ping)) == "PING came after GOING_AWAY")
    #expect(judged(frame(.welcome)) == "a client sends no WELCOME")
  }

  @Test("HELLO decodes, is not too long, and names a program as it may be named")
  func hello() {
    let name = [0x22, 65] + [UInt8](repeating: 0x61, count: 65)
    let wrong = "HELLO has a client's name that is too long or has control characters"
    #expect(judged(frame(.hello, name), welcomed: false) == wrong)
    #expect(judged(frame(.hello, [0x22, 1, 0x07]), welcomed: false) == wrong)
    #expect(judged(frame(.hello, [0x22, 9]), welcomed: false) == "HELLO does not decode")
    let long = [0x1a, 0xfe, 0x1f] + [UInt8](repeating: 0x61, count: 4_094)
    #expect(judged(frame(.hello, long), welcomed: false) == "HELLO has 4097 bytes")
  }

  @Test("Call ids grow from 1, a method is known, its request decodes")
  func requests() {
    let first = frame(.request, [0x08, 1], method: 0x0204, call: 2)
    #expect(judged(frame(.request, method: 0x0204)) == "REQUEST has call 0 after 0")
    #expect(judged(first, frame(.request, method: 0x0204, call: 2)) == "REQUEST has call 2 after 2")
    #expect(
      judged(frame(.request, method: 0xffff, call: 1))
        == "REQUEST has method 65535, which there is not")
    #expect(
      judged(frame(.request, [0x08], method: 0x0204, call: 1))
        == "REQUEST does not decode as AcceptOfferRequest")
  }

  @Test("CANCEL is empty and of a call that was opened; PING is of 32 bytes at most")
  func others() {
    let first = frame(.request, [0x08, 1], method: 0x0204, call: 2)
    #expect(judged(first, frame(.cancel, [1], call: 2)) == "CANCEL has a payload")
    #expect(judged(first, frame(.cancel, call: 3)) == "CANCEL of call 3, which was never opened")
    #expect(judged(frame(.ping, [UInt8](repeating: 0, count: 32))) == nil)
    #expect(judged(frame(.ping, [UInt8](repeating: 0, count: 33))) == "PING has 33 bytes")
  }

  @Test("A token in a request other than RefreshSession is named")
  func tokens() {
    let token = Array(("kod1." + String(repeating: "5a", count: 40)).utf8)
    #expect(judged(frame(.request, [0x0a, 85] + token, method: 0x0702, call: 1)) == nil)
    #expect(
      judged(frame(.request, [0x08, 1, 0x12, 85] + token, method: 0x0205, call: 1))
        == "Assisters/RejectOffer carries a token")
  }
}
