import KODEngine
import KODWire
import Testing

@testable import KODServer

/// A session fed by hand: no socket, no clock.
struct Script {
  var session: Session
  var limits = KODServer.Limits()
  var now: Int64 = 1_000

  init(versions: ClosedRange<UInt32> = ProtocolVersion.supported) {
    session = Session(
      openedAt: Tick(milliseconds: 1_000, instant: Instant(microseconds: 0)), versions: versions)
  }

  var tick: Tick { Self.tick(now) }

  static func tick(_ milliseconds: Int64) -> Tick {
    Tick(milliseconds: milliseconds, instant: Instant(microseconds: milliseconds * 1_000))
  }

  mutating func send(
    _ type: UInt8, call: UInt32 = 0, method: UInt16 = 0, flags: UInt8 = 0, timeout: UInt32 = 0,
    payload: [UInt8] = []
  ) -> Session.Action {
    var header = FrameHeader(payloadBytes: UInt32(payload.count), type: .ping)
    header.type = type
    header.call = call
    header.method = method
    header.flags = flags
    header.timeoutMilliseconds = timeout
    return session.frameReceived(header, payload: payload.span.bytes, at: tick, limits: limits)
  }

  mutating func request(
    _ method: Method, _ message: some WireMessage, call: UInt32, timeout: UInt32 = 0
  ) -> Session.Action {
    send(3, call: call, method: method.number, timeout: timeout, payload: message.bytes)
  }

  /// A session of alice, an assister.
  static func established(
    role: KODEngine.Role = .assister, expiresAt: Instant? = nil
  ) -> Script {
    var script = Script()
    _ = script.send(
      1, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: "kod1.x").bytes)
    _ = script.session.authenticationCompleted(
      .accepted(
        SessionPrincipal(id: PrincipalID(1), name: "alice", role: role), expiresAt: expiresAt),
      session: 1, at: script.tick, limits: script.limits)
    return script
  }
}

extension WireMessage {
  var bytes: [UInt8] {
    var writer = ByteWriter()
    encode(to: &writer)
    return writer.bytes
  }
}

extension Session.Action {
  var status: (call: UInt32, reason: Reason, code: Code)? {
    switch self {
    case .send(.status(let call, let status)), .endCall(let call, let status, _):
      (call, status.reason, status.code)
    default: nil
    }
  }

  var goingAway: GoingAway? {
    if case .close(let message) = self { message } else { nil }
  }

  var isPerform: Bool {
    if case .perform = self { true } else { false }
  }
}

@Suite("A session") struct SessionTests {
  @Test("HELLO asks for the credential, and the verdict answers with WELCOME and every limit")
  func welcome() throws {
    var script = Script()
    let hello = Hello(minimumVersion: 1, maximumVersion: 3, token: "kod1.x", client: "test")
    guard case .authenticate = script.send(1, payload: hello.bytes) else {
      Issue.record("HELLO was not taken")
      return
    }
    let principal = SessionPrincipal(id: PrincipalID(7), name: "alice", role: .assister)
    let action = script.session.authenticationCompleted(
      .accepted(principal, expiresAt: nil), session: 9, at: script.tick, limits: script.limits)
    guard case .send(.welcome(let welcome)) = action else {
      Issue.record("no WELCOME: \(action)")
      return
    }
    #expect(welcome.version == 1)
    #expect(welcome.sessionId == 9)
    #expect(welcome.principal == "alice")
    #expect(welcome.role == .assister)
    let limits = try #require(welcome.limits)
    #expect(limits.maximumPayloadBytes == 65_536)
    #expect(limits.maximumCallsInFlight == 64)
    #expect(limits.resumePushes == 256)
  }

  @Test("A wrong token closes with UNAUTHENTICATED, for good, and says nothing more")
  func wrongToken() throws {
    var script = Script()
    _ = script.send(1, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: "no").bytes)
    let action = script.session.authenticationCompleted(
      .rejected, session: 1, at: script.tick, limits: script.limits)
    let message = try #require(action.goingAway)
    #expect(message.code == .unauthenticated)
    #expect(message.reason == .tokenRejected)
    #expect(message.permanent)
  }

  @Test("Before WELCOME every other frame is UNAUTHENTICATED, and the connection stays")
  func helloRequired() {
    var script = Script()
    for type: UInt8 in [3, 7] {
      let status = script.send(type, call: 5, method: 0x0203).status
      #expect(status?.reason == .helloRequired)
      #expect(status?.call == 5)
    }
    #expect(script.send(8).status?.reason == .helloRequired)
    #expect(script.session.phase == .awaitingHello)
  }

  @Test("A HELLO that does not decode may be said again")
  func malformedHello() {
    var script = Script()
    let status = script.send(1, payload: [0xFF]).status
    #expect(status?.reason == .payloadMalformed)
    #expect(status?.call == 0)
    let hello = Hello(minimumVersion: 1, maximumVersion: 1, token: "x")
    guard case .authenticate = script.send(1, payload: hello.bytes) else {
      Issue.record("the second HELLO was refused")
      return
    }
  }

  @Test(
    "A HELLO whose client is too long or has control characters names the field and may be said again",
    arguments: [String(repeating: "x", count: 65), "a\nb", "\u{9B}2J"])
  func helloClient(client: String) throws {
    var script = Script()
    let bad = Hello(minimumVersion: 1, maximumVersion: 1, token: "x", client: client)
    guard case .send(.status(0, let status)) = script.send(1, payload: bad.bytes) else {
      Issue.record("not refused")
      return
    }
    #expect(status.reason == .fieldInvalid)
    #expect(status.violations.map(\.path) == ["client"])
    #expect(status.frameType == 1)
    let longest = String(repeating: "x", count: 64)
    let good = Hello(minimumVersion: 1, maximumVersion: 1, token: "x", client: longest)
    guard case .authenticate = script.send(1, payload: good.bytes) else {
      Issue.record("the second HELLO was refused")
      return
    }
  }

  @Test("A status on call 0 always says which frame it is about", arguments: [UInt8(3), 7])
  func aboutCallZero(type: UInt8) throws {
    for var script in [Script(), .established()] {
      guard case .send(.status(0, let status)) = script.send(type, call: 0, method: 0x0203) else {
        Issue.record("not refused")
        return
      }
      #expect(status.frameType == UInt32(type))
    }
  }

  @Test("A second HELLO is refused on call 0")
  func secondHello() {
    var script = Script.established()
    let hello = Hello(minimumVersion: 1, maximumVersion: 1, token: "x")
    #expect(script.send(1, payload: hello.bytes).status?.reason == .frameUnexpected)
  }

  /// What a frame is answered with: its status, on which call; the connection stays open.
  struct Refusal: CustomTestStringConvertible {
    var name: String
    var type: UInt8
    var call: UInt32 = 1
    var method: UInt16 = 0
    var flags: UInt8 = 0
    var payload: [UInt8] = []
    var expected: (call: UInt32, reason: Reason, code: Code)
    var testDescription: String { name }
  }

  static let refusals: [Refusal] = [
    Refusal(
      name: "unknown type", type: 99, expected: (0, .frameTypeUnknown, .unimplemented)),
    Refusal(name: "type zero", type: 0, expected: (0, .frameTypeUnknown, .unimplemented)),
    Refusal(
      name: "a server's type", type: 4, expected: (0, .frameUnexpected, .failedPrecondition)),
    Refusal(
      name: "flags on a request", type: 3, method: 0x0203, flags: 1,
      expected: (1, .frameFlagsUnknown, .invalidArgument)),
    Refusal(
      name: "flags on a ping", type: 8, flags: 128,
      expected: (0, .frameFlagsUnknown, .invalidArgument)),
    Refusal(
      name: "unknown method", type: 3, method: 0x7777,
      expected: (1, .methodUnknown, .unimplemented)),
    Refusal(
      name: "a payload that does not decode", type: 3, method: 0x0204, payload: [0x08],
      expected: (1, .payloadMalformed, .invalidArgument)),
    Refusal(
      name: "a method of another role", type: 3, method: 0x0301,
      expected: (1, .roleNotAllowed, .permissionDenied)),
    Refusal(
      name: "call id zero", type: 3, call: 0, method: 0x0203,
      expected: (0, .callIdNotIncreasing, .invalidArgument)),
    Refusal(
      name: "cancel of an unknown call", type: 7, call: 40,
      expected: (40, .callUnknown, .notFound)),
    Refusal(
      name: "cancel with a payload", type: 7, payload: [1],
      expected: (0, .payloadUnexpected, .invalidArgument)),
    Refusal(
      name: "ping of 33 bytes", type: 8, payload: [UInt8](repeating: 1, count: 33),
      expected: (0, .pingTooLong, .invalidArgument)),
  ]

  @Test("Bad frames have their own status and leave the session alive", arguments: refusals)
  func refusal(_ refusal: Refusal) throws {
    var script = Script.established()
    let action = script.send(
      refusal.type, call: refusal.call, method: refusal.method, flags: refusal.flags,
      payload: refusal.payload)
    let status = try #require(action.status)
    #expect(status == refusal.expected)
    let ok = script.request(.Assisters.getStanding, GetStandingRequest(), call: 100).isPerform
    #expect(ok)
  }

  @Test("A frame over the limit closes, and only that")
  func oversized() throws {
    var script = Script.established()
    var header = FrameHeader(payloadBytes: 65_537, type: .request)
    header.call = 1
    let message = try #require(
      script.session.oversizedFrameReceived(header, limits: script.limits).goingAway)
    #expect(message.code == .resourceExhausted)
    #expect(message.reason == .frameTooLarge)
    #expect(!message.permanent)
  }

  @Test("The payload limit is small until the session is welcomed")
  func payloadLimits() {
    #expect(Script().session.maximumPayloadBytes(KODServer.Limits()) == 4_096)
    #expect(Script.established().session.maximumPayloadBytes(KODServer.Limits()) == 65_536)
  }

  @Test("16,384 bytes may come before WELCOME, one more closes")
  func bytesBeforeWelcome() {
    var script = Script()
    let first = script.session.bytesReceived(16_384, at: script.tick, limits: script.limits)
    #expect(first.goingAway == nil)
    let next = script.session.bytesReceived(1, at: script.tick, limits: script.limits)
    #expect(next.goingAway?.reason == .helloLimit)
  }

  @Test("PING of up to 32 bytes comes back as it is", arguments: [0, 1, 32])
  func ping(count: Int) {
    var script = Script.established()
    let payload = [UInt8](repeating: 7, count: count)
    guard case .send(.pong(let answer)) = script.send(8, payload: payload) else {
      Issue.record("no PONG")
      return
    }
    #expect(answer == payload)
  }

  @Test("Call ids grow: an id that was used is refused on call 0")
  func callIDs() {
    var script = Script.established()
    let ok = script.request(.Assisters.getStanding, GetStandingRequest(), call: 5).isPerform
    #expect(ok)
    for call: UInt32 in [5, 4] {
      let status = script.request(.Assisters.getStanding, GetStandingRequest(), call: call).status
      #expect(status?.reason == .callIdNotIncreasing)
      #expect(status?.call == 0)
    }
    let again = script.request(.Assisters.getStanding, GetStandingRequest(), call: 6).isPerform
    #expect(again)
  }

  @Test("64 calls may be in flight, the 65th is refused, and an answer makes room")
  func callsInFlight() {
    var script = Script.established()
    for call: UInt32 in 1...64 {
      let ok = script.request(.Assisters.getStanding, GetStandingRequest(), call: call).isPerform
      #expect(ok)
    }
    let refused = script.request(.Assisters.getStanding, GetStandingRequest(), call: 65).status
    #expect(refused?.reason == .callsInFlight)
    let wasOpen = script.session.callAnswered(10)
    #expect(wasOpen)
    let ok = script.request(.Assisters.getStanding, GetStandingRequest(), call: 66).isPerform
    #expect(ok)
  }

  @Test("A cancelled call ends at once and its late answer is dropped")
  func cancel() {
    var script = Script.established()
    _ = script.request(.Assisters.acceptOffer, AcceptOfferRequest(offerId: 1), call: 1)
    let status = script.send(7, call: 1).status
    #expect(status?.reason == .callCancelled)
    #expect(status?.code == .cancelled)
    let isWanted = script.session.callAnswered(1)
    #expect(!isWanted)
  }

  @Test(
    "A call ends at its deadline, not a millisecond earlier; streams have none unless asked for")
  func deadlines() {
    var script = Script.established()
    _ = script.request(.Assisters.getStanding, GetStandingRequest(), call: 1, timeout: 500)
    _ = script.request(.Pushes.subscribe, SubscribeRequest(), call: 2)
    #expect(script.session.nextDeadline(script.limits, at: script.tick) == 1_500)
    #expect(script.session.timePassed(to: Script.tick(1_499), limits: script.limits).status == nil)
    let status = script.session.timePassed(to: Script.tick(1_500), limits: script.limits).status
    #expect(status?.call == 1)
    #expect(status?.reason == .callDeadline)
    #expect(script.session.isOpen(2))
    #expect(script.session.nextDeadline(script.limits, at: script.tick) == 61_000)
  }

  @Test(
    "A timeout of a unary call is 10 s unless given, and 60 s at most",
    arguments: [(0, 10_000), (60_000, 60_000), (60_001, 60_000), (1, 1)] as [(UInt32, Int64)])
  func timeouts(pair: (given: UInt32, used: Int64)) {
    var script = Script.established()
    script.limits.silenceLimitMilliseconds = 1_000_000
    _ = script.request(.Assisters.getStanding, GetStandingRequest(), call: 1, timeout: pair.given)
    #expect(script.session.nextDeadline(script.limits, at: script.tick) == 1_000 + pair.used)
  }

  @Test("Silence ends a session; any bytes put it off")
  func silence() {
    var script = Script.established()
    script.now = 50_000
    _ = script.session.bytesReceived(1, at: script.tick, limits: script.limits)
    #expect(
      script.session.timePassed(to: Script.tick(109_999), limits: script.limits).goingAway == nil)
    let message = script.session.timePassed(to: Script.tick(110_000), limits: script.limits)
      .goingAway
    #expect(message?.reason == .keepaliveTimeout)
  }

  @Test("Without HELLO the connection ends after 10 s")
  func helloTimeout() {
    var script = Script()
    #expect(
      script.session.timePassed(to: Script.tick(10_999), limits: script.limits).goingAway == nil)
    let message = script.session.timePassed(to: Script.tick(11_000), limits: script.limits)
      .goingAway
    #expect(message?.reason == .helloTimeout)
  }

  @Test("A draining session takes no new call and still answers those in flight")
  func drain() {
    var script = Script.established()
    _ = script.request(.Assisters.getStanding, GetStandingRequest(), call: 1)
    script.session.drainStarted()
    let status = script.request(.Assisters.getStanding, GetStandingRequest(), call: 2).status
    #expect(status?.reason == .serverStopping)
    #expect(script.session.hasUnaryCalls)
    let wasOpen = script.session.callAnswered(1)
    #expect(wasOpen)
    #expect(!script.session.hasUnaryCalls)
  }
}
