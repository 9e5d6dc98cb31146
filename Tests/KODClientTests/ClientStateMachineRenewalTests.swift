import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: a credential that ends")
struct ClientStateMachineRenewalTests {
  /// Without keepalive, which is not what these tests are about.
  private static let limits = Limits(
    maximumPayloadBytes: 65_536, maximumCallsInFlight: 64, pingIntervalMs: .max,
    silenceLimitMs: .max)
  private static let second: Int64 = 1_000_000

  /// The server's clock when the session begins: its year 2026 against our nanosecond 0.
  private static let serverTime: Int64 = 1_767_261_600_000_000

  private static func welcome(secondsLeft: Int64) -> [UInt8] {
    Frames.welcome(
      limits: limits, serverTimeUs: serverTime, expiresAtUs: serverTime + secondsLeft * second)
  }

  /// A session whose credential ends in `secondsLeft`; nothing written down yet.
  private static func session(
    secondsLeft: Int64, renews: Bool = true,
    random: any RandomNumberGenerator & Sendable = MachineHarness.NoLuck()
  ) -> MachineHarness {
    let run = MachineHarness(random: random, renews: renews)
    run.connect()
    run.opened()
    run.receive(welcome(secondsLeft: secondsLeft))
    _ = run.look()
    return run
  }

  private static func renewed(
    _ call: UInt32, token: String = "second", secondsFromStart: Int64 = 1_000
  ) -> [UInt8] {
    Frames.response(
      call,
      RenewedCredential(token: token, expiresAtUs: serverTime + secondsFromStart * second))
  }

  private static func refreshed(_ call: UInt32, secondsFromStart: Int64 = 1_000) -> [UInt8] {
    Frames.response(
      call, SessionCredential(expiresAtUs: serverTime + secondsFromStart * second))
  }

  private static func kept(_ run: MachineHarness, _ error: ClientError? = nil) {
    run.step { $0.credentialKept(error, at: $1) }
  }

  private static func tokenOfLastHello(_ run: MachineHarness) throws -> String {
    let hello = try #require(run.frames.last { $0.header.frameType == .hello })
    return try hello.decoded(as: Hello.self).token
  }

  @Test(
    "it is renewed when four fifths of its life are over, made durable, then used, again and again"
  )
  func wholeWay() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 79_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["> REQUEST 1 RenewCredential 10000ms"])
    let request = try #require(run.frames.last)
    #expect(try request.decoded(as: RenewCredentialRequest.self).lifetimeMs == 0)
    run.receive(Self.renewed(1))
    #expect(run.look() == ["keep the credential"])
    #expect(run.toKeep.map(\.token) == ["second"])
    run.advance(milliseconds: 5_000)
    #expect(run.look().isEmpty, "not used before it is durable")
    Self.kept(run)
    #expect(run.look() == ["> REQUEST 2 RefreshSession 10000ms"])
    #expect(
      try #require(run.frames.last).decoded(as: RefreshSessionRequest.self).token == "second")
    run.receive(Self.refreshed(2, secondsFromStart: 185))
    #expect(run.look().isEmpty)
    // 85 s old when it is told: the next one is due after 4/5 of 100 s.
    run.advance(milliseconds: 79_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["> REQUEST 3 RenewCredential 10000ms"])
  }

  @Test("chance makes it earlier, by a tenth of its life at most")
  func jitter() {
    struct Fixed: RandomNumberGenerator, Sendable {
      mutating func next() -> UInt64 { .max }
    }
    let run = Self.session(secondsLeft: 100, random: Fixed())
    run.advance(milliseconds: 69_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["> REQUEST 1 RenewCredential 10000ms"])
  }

  @Test("without an end, and without being asked to, a client renews nothing")
  func nothingToDo() {
    let endless = MachineHarness(renews: true)
    endless.establish(limits: Self.limits)
    #expect(endless.nextDeadline == nil)
    let unasked = Self.session(secondsLeft: 100, renews: false)
    #expect(unasked.nextDeadline == nil)
    unasked.receive(Frames.goingAway(.credentialExpired, permanent: true))
    #expect(unasked.changes.last == "ended UNAUTHENTICATED CREDENTIAL_EXPIRED")
    #expect(unasked.nextDeadline == nil)
  }

  @Test("only differences of the server's clock count: an end far in our past is in its future")
  func otherClock() {
    for start in [Int64(-5_000_000_000), 0, 4_102_444_800_000_000] {
      let run = MachineHarness(renews: true)
      run.now = .seconds(7_000)
      run.connect()
      run.opened()
      run.receive(
        Frames.welcome(
          limits: Self.limits, serverTimeUs: start, expiresAtUs: start + 10 * Self.second))
      // An end at 0 means none; that one server second is not in the list.
      #expect(run.nextDeadline == .seconds(7_008))
    }
  }

  @Test("half of the way that WELCOME took counts, too")
  func roundTrip() {
    let run = MachineHarness(renews: true)
    run.connect()
    run.opened()
    run.now += .seconds(2)
    run.receive(Self.welcome(secondsLeft: 101))
    #expect(run.nextDeadline == .seconds(82))
  }

  @Test("an end that is past, or nearer than a second, is hurried for once", arguments: [-5, 0, 1])
  func near(tenths: Int64) {
    let run = MachineHarness(renews: true)
    run.connect()
    run.opened()
    run.receive(
      Frames.welcome(
        limits: Self.limits, serverTimeUs: Self.serverTime,
        expiresAtUs: Self.serverTime + tenths * 100_000))
    if tenths > 0 { run.advance(milliseconds: 80) }
    #expect(run.look().last == "> REQUEST 1 RenewCredential 10000ms")
    // No time is left for another attempt: the server will say what comes of it.
    run.receive(Frames.status(1, .credentialLimit))
    #expect(run.look() == ["renewal failed RESOURCE_EXHAUSTED CREDENTIAL_LIMIT"])
    #expect(run.nextDeadline == nil)
  }

  @Test("ends at the rim of time do no harm", arguments: [Int64.min, .min + 1, .max])
  func extremes(expiry: Int64) {
    for start in [Int64.min, 0, .max] {
      let run = MachineHarness(renews: true)
      run.connect()
      run.opened()
      run.receive(
        Frames.welcome(limits: Self.limits, serverTimeUs: start, expiresAtUs: expiry))
      #expect(run.changes == ["connected"])
    }
  }

  @Test("a refusal is tried again with growing waits, or as the server says, while time is left")
  func refusals() {
    let run = Self.session(secondsLeft: 10)
    run.advance(milliseconds: 8_000)
    run.receive(Frames.status(1, .credentialLimit))
    #expect(run.nextDeadline == .milliseconds(8_500))
    run.advanceToDeadline()
    run.receive(Frames.status(2, .serverStopping, retryAfterMs: 700))
    #expect(run.nextDeadline == .milliseconds(9_200))
    run.advanceToDeadline()
    run.receive(Frames.status(3, .credentialLimit))
    #expect(run.nextDeadline == nil, "1.28 s more would be after the end")
    #expect(
      run.look() == [
        "> REQUEST 1 RenewCredential 10000ms",
        "renewal failed RESOURCE_EXHAUSTED CREDENTIAL_LIMIT",
        "> REQUEST 2 RenewCredential 10000ms", "renewal failed UNAVAILABLE SERVER_STOPPING",
        "> REQUEST 3 RenewCredential 10000ms",
        "renewal failed RESOURCE_EXHAUSTED CREDENTIAL_LIMIT",
      ])
  }

  @Test(
    "an older server is asked once a session", arguments: [Reason.methodUnknown, .roleNotAllowed])
  func olderServer(reason: Reason) {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Frames.status(1, reason))
    #expect(run.nextDeadline == nil)
    run.lose()
    run.advanceToDeadline()
    run.opened()
    _ = run.look()
    run.receive(
      Frames.welcome(
        limits: Self.limits, serverTimeUs: Self.serverTime + 80 * Self.second,
        expiresAtUs: Self.serverTime + 100 * Self.second))
    #expect(run.look() == ["> REQUEST 1 RenewCredential 10000ms"])
  }

  @Test("an answer that does not come is given up, doubted, and asked for again")
  func noAnswer() {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.advance(milliseconds: 9_999)
    _ = run.look()
    run.advance(milliseconds: 1)
    #expect(
      run.look() == ["renewal failed DEADLINE_EXCEEDED CALL_DEADLINE", "> CANCEL 1", "> PING"])
    run.receive(Frames.status(1, .callCancelled))
    run.advance(milliseconds: 500)
    #expect(run.look() == ["> REQUEST 2 RenewCredential 10000ms"])
  }

  @Test("sessions that end early do not put the renewal off")
  func shortSessions() {
    let run = Self.session(secondsLeft: 100)
    for round in 1..<8 as Range<Int64> {
      run.now = .seconds(UInt64(round) * 10)
      run.lose()
      run.advanceToDeadline()
      run.opened()
      run.receive(
        Frames.welcome(
          limits: Self.limits, serverTimeUs: Self.serverTime + round * 10 * Self.second,
          expiresAtUs: Self.serverTime + 100 * Self.second))
    }
    _ = run.look()
    run.now = .seconds(80)
    run.step { $0.advance(to: $1) }
    #expect(run.look() == ["> REQUEST 1 RenewCredential 10000ms"])
  }

  @Test("lost while the new one is asked for: the next session asks again, under the old one")
  func lostWhileRenewing() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.lose()
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "secret")
    _ = run.look()
    run.receive(
      Frames.welcome(
        limits: Self.limits, serverTimeUs: Self.serverTime + 80 * Self.second,
        expiresAtUs: Self.serverTime + 100 * Self.second))
    #expect(run.look() == ["> REQUEST 1 RenewCredential 10000ms"])
  }

  @Test("lost while it is made durable: the next HELLO says it, once it is")
  func lostWhileKeeping() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    run.lose()
    Self.kept(run)
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "second")
    run.receive(Self.welcome(secondsLeft: 1_000))
    #expect(run.look().last == "connected 1000" || run.look().isEmpty)
    #expect(run.nextDeadline == run.now + .seconds(800))
  }

  @Test("durable only after HELLO said the old one: the session is put under it after WELCOME")
  func keptWhileGreeting() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    run.lose()
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "secret")
    Self.kept(run)
    _ = run.look()
    run.receive(Self.welcome(secondsLeft: 20))
    #expect(run.look() == ["> REQUEST 1 RefreshSession 10000ms"])
  }

  @Test("durable after WELCOME to the old one: no second one is asked for meanwhile")
  func keptInNextSession() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    run.lose()
    run.advanceToDeadline()
    run.opened()
    run.receive(Self.welcome(secondsLeft: 20))
    run.advance(milliseconds: 17_000)
    _ = run.look()
    Self.kept(run)
    #expect(run.look() == ["> REQUEST 1 RefreshSession 10000ms"])
  }

  @Test("lost while the session is put under it: the next one begins with it")
  func lostWhileRefreshing() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    Self.kept(run)
    run.lose()
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "second")
    run.receive(Self.welcome(secondsLeft: 1_000))
    #expect(run.nextDeadline == run.now + .seconds(800))
  }

  @Test("what can't be made durable is not used, and tried again with the same one")
  func keepFails() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    _ = run.look()
    Self.kept(run, .unkept(ClientError.invalid("disk full")))
    #expect(run.look() == ["renewal failed INTERNAL REASON_UNSPECIFIED"])
    run.advance(milliseconds: 500)
    #expect(run.look() == ["keep the credential"])
    #expect(run.toKeep.map(\.token) == ["second", "second"])
    Self.kept(run, .unkept(ClientError.invalid("disk full")))
    // A new session begins under the old one, and the new one still waits.
    run.lose()
    run.advance(milliseconds: 0)
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "secret")
    run.receive(Self.welcome(secondsLeft: 19))
    _ = run.look()
    run.advance(milliseconds: 800)
    #expect(run.look() == ["keep the credential"])
    Self.kept(run)
    #expect(run.look() == ["> REQUEST 1 RefreshSession 10000ms"])
  }

  @Test("what can't be made durable until the old one ends is given up")
  func keepFailsForGood() {
    let run = Self.session(secondsLeft: 2)
    run.advance(milliseconds: 1_600)
    run.receive(Self.renewed(1))
    Self.kept(run, .unkept(ClientError.invalid("disk full")))
    #expect(run.nextDeadline == nil)
    run.receive(Frames.goingAway(.credentialExpired, permanent: true))
    #expect(run.changes.last == "ended UNAUTHENTICATED CREDENTIAL_EXPIRED")
  }

  @Test(
    "a session that may not be put under the new one ends with the old, and the next begins with the new"
  )
  func refreshRefused() throws {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    Self.kept(run)
    run.receive(Frames.status(2, .tokenRejected))
    #expect(run.nextDeadline == nil)
    run.receive(Frames.goingAway(.credentialExpired, permanent: true))
    #expect(
      run.changes.last == "disconnected UNAUTHENTICATED CREDENTIAL_EXPIRED, again in 0 ms")
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "second")
    // Refused again, it is this very one that has ended.
    run.receive(Frames.goingAway(.credentialExpired, permanent: true))
    #expect(run.changes.last == "ended UNAUTHENTICATED CREDENTIAL_EXPIRED")
  }

  @Test("putting the session under it is tried again when the server is not well")
  func refreshFails() {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    Self.kept(run)
    _ = run.look()
    run.receive(Frames.status(2, .commitFailed))
    run.advance(milliseconds: 500)
    #expect(
      run.look() == [
        "renewal failed UNKNOWN COMMIT_FAILED", "> REQUEST 3 RefreshSession 10000ms",
      ])
  }

  @Test(
    "a token that is none is not kept",
    arguments: ["", "a b", String(repeating: "x", count: 1_025)])
  func nonsense(token: String) {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1, token: token))
    #expect(run.toKeep.isEmpty)
    #expect(run.look().last == "renewal failed INTERNAL REASON_UNSPECIFIED")
  }

  @Test("renewal waits for room among the calls in flight, and goes before the next one")
  func room() {
    let run = MachineHarness(renews: true)
    run.connect()
    run.opened()
    run.receive(
      Frames.welcome(
        limits: Limits(
          maximumPayloadBytes: 65_536, maximumCallsInFlight: 1, pingIntervalMs: .max,
          silenceLimitMs: .max),
        serverTimeUs: Self.serverTime, expiresAtUs: Self.serverTime + 10 * Self.second))
    run.now = .milliseconds(7_999)
    run.accept(1)
    run.accept(2)
    _ = run.look()
    run.advance(milliseconds: 1)
    #expect(run.look().isEmpty)
    run.receive(Frames.response(1, Assignment()))
    #expect(run.look() == ["answer 1", "> REQUEST 2 RenewCredential 10000ms"])
  }

  @Test("a token that the program brought is the client's from then on")
  func explicitRefresh() throws {
    let run = Self.session(secondsLeft: 100)
    let token = try Token("third")
    let payload = RefreshSessionRequest(token: token.text).encoded()
    run.step {
      $0.call(
        5,
        PendingCall(
          .Credentials.refreshSession, payload: payload, deadline: $1 + .seconds(10),
          repetition: .safe, adopting: token), at: $1)
    }
    run.receive(Self.refreshed(1, secondsFromStart: 1_000))
    #expect(run.look() == ["> REQUEST 1 RefreshSession 10000ms", "answer 5"])
    #expect(run.nextDeadline == .seconds(800))
    run.lose()
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "third")
  }

  @Test("a token that the program brought and the server refused changes nothing")
  func explicitRefreshRefused() throws {
    let run = Self.session(secondsLeft: 100)
    let token = try Token("third")
    run.step {
      $0.call(
        5,
        PendingCall(
          .Credentials.refreshSession, payload: [], deadline: $1 + .seconds(10),
          repetition: .safe, adopting: token), at: $1)
    }
    run.receive(Frames.status(1, .tokenRejected))
    #expect(run.look().last == "failure 5 UNAUTHENTICATED")
    #expect(run.nextDeadline == .seconds(80))
    run.lose()
    run.advanceToDeadline()
    run.opened()
    #expect(try Self.tokenOfLastHello(run) == "secret")
  }

  @Test("closing the client ends it all")
  func close() {
    let run = Self.session(secondsLeft: 100)
    run.advance(milliseconds: 80_000)
    run.receive(Self.renewed(1))
    run.step { $0.close(at: $1) }
    _ = run.look()
    Self.kept(run)
    #expect(run.look().isEmpty)
    #expect(run.nextDeadline == nil)
  }

  @Test("what carries a token prints without it")
  func secrets() throws {
    let renewed = RenewedCredential(token: "hush", expiresAtUs: 5)
    let texts = [
      "\(renewed)", String(reflecting: renewed), "\(Hello(token: "hush", client: "c"))",
      "\(RefreshSessionRequest(token: "hush"))", "\(try Token("hush"))",
      "\(RenewalStateMachine.Phase.keeping(renewed))",
      "\(ClientStateMachine.Action.keepCredential(renewed))",
    ]
    for text in texts { #expect(!text.contains("hush") && text.contains("token")) }
    var dumped = ""
    dump(renewed, to: &dumped)
    dump(Hello(token: "hush"), to: &dumped)
    dump(RefreshSessionRequest(token: "hush"), to: &dumped)
    #expect(!dumped.contains("hush"))
  }
}
