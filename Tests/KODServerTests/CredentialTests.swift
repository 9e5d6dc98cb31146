import Glibc
import KODEngine
import KODTransport
import KODWire
import Testing

@testable import KODServer

@Suite("Credentials that end, over TLS", .serialized, .timeLimit(.minutes(2)))
struct CredentialTests {
  private static let people: [(String, KODEngine.Role)] = [
    ("alice", .assister), ("portal", .intakePartner), ("sam", .supervisor), ("ada", .auditor),
    ("nora", .notifier), ("olive", .operator),
  ]

  private static func renew(_ caller: Caller, _ milliseconds: UInt64 = 0) throws
    -> RenewedCredential
  {
    try caller.call(
      .Credentials.renewCredential, RenewCredentialRequest(lifetimeMs: milliseconds))
  }

  private static func refresh(_ caller: Caller, _ token: String) throws -> SessionCredential {
    try caller.call(.Credentials.refreshSession, RefreshSessionRequest(token: token))
  }

  /// Says HELLO with this token.
  private static func hello(
    _ server: TestServer, _ token: String
  ) throws -> (client: RawClient, answer: RawClient.Frame) {
    let client = try server.connect()
    client.send(
      .hello, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: token).encoded())
    return (client, try #require(client.read()))
  }

  private static func welcome(_ frame: RawClient.Frame) throws -> Welcome {
    try #require(frame.type == UInt8(FrameType.welcome.rawValue))
    return try Welcome(decoding: frame.payload)
  }

  private static func farewell(_ frame: RawClient.Frame?) throws -> GoingAway {
    let frame = try #require(frame)
    try #require(frame.type == UInt8(FrameType.goingAway.rawValue))
    return try GoingAway(decoding: frame.payload)
  }

  /// One more credential of alice, made before the server serves.
  private static func issue(
    _ token: Token, until end: Instant?, to name: String = "alice"
  ) -> (DurableEngine) throws -> Void {
    { state in
      let (number, digest) = Token.fingerprint(token.text)
      let principal = try #require(state.engine.principal(named: name)).id
      let result = try state.perform(
        .issueCredential(
          principal, NewCredential(number: number, tokenDigest: digest, expiresAt: end)),
        at: .now())
      #expect(result == .success(.principal(principal)))
    }
  }

  @Test("Everybody renews, whatever the role; the new token opens a session that says its end")
  func renewed() throws {
    let server = try TestServer(Self.people)
    for (name, _) in Self.people {
      let caller = try Caller(server, name)
      let before = Instant.now().microseconds
      let renewed = try Self.renew(caller)
      let longest = Int64(90) * 24 * 3_600_000_000
      #expect(
        (before + longest...Instant.now().microseconds + longest).contains(renewed.expiresAtUs))
      #expect(Token(renewed.token) != nil && renewed.token != server.tokens[name])
      let welcome = try Self.welcome(try Self.hello(server, renewed.token).answer)
      #expect(welcome.principal == name && welcome.credentialExpiresAtUs == renewed.expiresAtUs)
      #expect(welcome.minorVersion == 1)
      // The one that the session began with has no end, and stays.
      let old = try Self.welcome(try Self.hello(server, server.tokens[name] ?? "").answer)
      #expect(old.credentialExpiresAtUs == 0)
    }
  }

  @Test(
    "A lifetime is a second to the maximum, or 0 for that",
    arguments: [
      (0, true), (999, false), (1_000, true), (60_000, true), (60_001, false), (.max, false),
    ]
      as [(UInt64, Bool)])
  func lifetime(pair: (milliseconds: UInt64, isTaken: Bool)) throws {
    var limits = KODServer.Limits()
    limits.credentialLifetimeMilliseconds = 60_000
    let server = try TestServer([("alice", .assister)], limits: limits)
    let alice = try Caller(server, "alice")
    let before = Instant.now().microseconds
    guard pair.isTaken else {
      let call = alice.send(
        .Credentials.renewCredential, RenewCredentialRequest(lifetimeMs: pair.milliseconds))
      guard case .refused(let status) = try alice.answer(to: call, as: RenewedCredential.self)
      else {
        Issue.record("taken: \(pair.milliseconds)")
        return
      }
      #expect(status.reason == .fieldInvalid)
      #expect(status.violations.map(\.path) == ["lifetime_ms"])
      return
    }
    let renewed = try Self.renew(alice, pair.milliseconds)
    let lifetime = Int64(pair.milliseconds == 0 ? 60_000 : pair.milliseconds) * 1_000
    #expect(
      (before + lifetime...Instant.now().microseconds + lifetime).contains(renewed.expiresAtUs))
  }

  @Test("16 credentials may be valid, the 17th is refused, and the session goes on")
  func limit() throws {
    let server = try TestServer([("alice", .assister)])
    let alice = try Caller(server, "alice")
    for _ in 1..<16 { _ = try Self.renew(alice) }
    #expect(
      try alice.refusal(.Credentials.renewCredential, RenewCredentialRequest()) == .credentialLimit)
    let _: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
  }

  @Test("What was renewed is on disk when the answer comes: the next server knows the token")
  func durable() throws {
    let server = try TestServer([("alice", .assister)])
    let renewed = try Self.renew(try Caller(server, "alice"))
    server.server.stop()
    let state = try reopened(server)
    let (number, digest) = Token.fingerprint(renewed.token)
    let record = try #require(state.engine.credential(number))
    #expect(record.tokenDigest.matches(digest))
    #expect(record.expiresAt?.microseconds == renewed.expiresAtUs)
  }

  @Test("A token that is past its end is told so, for good; one with another secret is just wrong")
  func expiredHello() throws {
    let token = Token.generate()
    let server = try TestServer(
      [("alice", .assister)], prepare: Self.issue(token, until: Instant(microseconds: 1_000)))
    let expired = try Self.farewell(try Self.hello(server, token.text).answer)
    #expect(expired.reason == .credentialExpired && expired.code == .unauthenticated)
    #expect(expired.permanent)
    let last = token.text.last == "0" ? "1" : "0"
    let wrong = try Self.farewell(try Self.hello(server, token.text.dropLast() + last).answer)
    #expect(wrong.reason == .tokenRejected && wrong.permanent)
  }

  @Test("A session ends when its credential does, though nobody says anything")
  func sessionEnds() throws {
    let token = Token.generate()
    let end = Instant.now() + .seconds(2)
    let server = try TestServer([("alice", .assister)], prepare: Self.issue(token, until: end))
    let (client, answer) = try Self.hello(server, token.text)
    #expect(try Self.welcome(answer).credentialExpiresAtUs == end.microseconds)
    let farewell = try Self.farewell(client.read())
    #expect(farewell.reason == .credentialExpired && farewell.permanent)
    #expect(Instant.now() >= end)
    #expect(client.read() == nil)
  }

  @Test("A session that is refreshed in time goes on past the first end, its stream with it")
  func refreshed() throws {
    let token = Token.generate()
    let end = Instant.now() + .seconds(2)
    let server = try TestServer(
      [("alice", .assister), ("portal", .intakePartner)], prepare: Self.issue(token, until: end))
    let alice = try Caller(server, "alice", token: token.text)
    let stream = try alice.subscribe()
    let renewed = try Self.renew(alice)
    #expect(try Self.refresh(alice, renewed.token).expiresAtUs == renewed.expiresAtUs)
    while Instant.now() < end { usleep(50_000) }
    let _: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
    let portal = try Caller(server, "portal")
    let _: KODWire.Referral = try portal.call(.Intake.submitReferral, submission(1))
    guard case .offerOpened = try alice.push(of: stream.call) else {
      Issue.record("the stream has ended")
      return
    }
  }

  @Test("A refresh to an earlier end brings the session's end forward")
  func earlier() throws {
    let server = try TestServer([("alice", .assister)])
    let alice = try Caller(server, "alice")
    let renewed = try Self.renew(alice, 1_500)
    #expect(try Self.refresh(alice, renewed.token).expiresAtUs == renewed.expiresAtUs)
    let farewell = try Self.farewell(alice.client.read())
    #expect(farewell.reason == .credentialExpired)
    #expect(Instant.now().microseconds >= renewed.expiresAtUs)
  }

  @Test("A refresh to a credential without end, and from it to one with an end, says each")
  func nonExpiring() throws {
    let server = try TestServer([("alice", .assister)])
    let alice = try Caller(server, "alice")
    let renewed = try Self.renew(alice)
    #expect(try Self.refresh(alice, renewed.token).expiresAtUs == renewed.expiresAtUs)
    #expect(try Self.refresh(alice, server.tokens["alice"] ?? "").expiresAtUs == 0)
    #expect(try Self.refresh(alice, renewed.token).expiresAtUs == renewed.expiresAtUs)
  }

  @Test("A token of somebody else, a wrong one or an ended one is refused, and changes nothing")
  func refused() throws {
    let ended = Token.generate()
    let others = Token.generate()
    let server = try TestServer([("alice", .assister), ("sam", .supervisor)]) { state in
      try Self.issue(ended, until: Instant(microseconds: 1_000))(state)
      try Self.issue(others, until: Instant(microseconds: 1_000), to: "sam")(state)
    }
    let alice = try Caller(server, "alice")
    let last = ended.text.last == "0" ? "1" : "0"
    for (token, reason) in [
      ("", Reason.tokenRejected), ("no token at all", .tokenRejected),
      (Token.generate().text, .tokenRejected), (server.tokens["sam"] ?? "", .tokenRejected),
      (others.text, .tokenRejected), (ended.text.dropLast() + last, .tokenRejected),
      (ended.text, .credentialExpired),
    ] {
      let request = RefreshSessionRequest(token: token)
      #expect(try alice.refusal(.Credentials.refreshSession, request) == reason)
    }
    let _: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
  }

  @Test(
    "The operator reads whose credential was renewed, refreshed or has ended; no line has a token")
  func logged() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let ended = Token.generate()
    let server = try TestServer(
      [("alice", .assister)], log: Log(descriptor: ends[1]),
      prepare: Self.issue(ended, until: Instant(microseconds: 1_000)))
    // First: the renewal drops what has ended, and nobody's is nobody's name.
    _ = try Self.hello(server, ended.text)
    let alice = try Caller(server, "alice")
    let renewed = try Self.renew(alice)
    _ = try Self.refresh(alice, renewed.token)
    server.server.stop()
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(ends[0], &bytes, bytes.count)
    let text = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    let lines = text.split(separator: "\n")
    func line(_ event: String) -> Substring? { lines.first { $0.contains(" \(event) ") } }
    let end = "expires_us=\(renewed.expiresAtUs)"
    #expect(line("credential-renewed")?.hasSuffix(" principal=alice \(end)") == true)
    #expect(line("credential-refreshed")?.contains(" principal=alice ") == true)
    #expect(line("credential-refreshed")?.hasSuffix(end) == true)
    let refusal = lines.first { $0.contains("reason=CREDENTIAL_EXPIRED") }
    #expect(refusal?.contains(" principal=alice ") == true)
    for token in [ended.text, renewed.token, server.tokens["alice"] ?? ""] {
      // Nor its public half.
      #expect(!text.contains(token.dropFirst(5).prefix(16)))
    }
  }

  @Test("Nothing of a token but number and digest is in the data directory")
  func notOnDisk() throws {
    let server = try TestServer([("alice", .assister)])
    let renewed = try Self.renew(try Caller(server, "alice"))
    server.server.stop()
    #expect(system("grep -rqaF '\(renewed.token.suffix(64))' \(server.data)") != 0)
    // The number's eight bytes are there: the search can find something.
    #expect(system("grep -rqaF 'alice' \(server.data)") == 0)
  }
}

@Suite("Resuming by age", .serialized, .timeLimit(.minutes(1))) struct ResumeAgeTests {
  /// The first item of a subscription from this position.
  private func start(_ server: TestServer, _ position: SubscriptionStart) throws
    -> SubscriptionStart
  {
    let alice = try Caller(server, "alice")
    let call = alice.send(
      .Pushes.subscribe, SubscribeRequest(epoch: position.epoch, offset: position.offset))
    guard case .start(let start) = try alice.item(of: call, as: SubscribeItem.self)?.item else {
      throw StartError("no start")
    }
    return start
  }

  @Test(
    "A gap that is young enough is replayed; older, the current state comes instead",
    arguments: [(86_400_000, true), (1, false)] as [(Int64, Bool)])
  func age(pair: (age: Int64, isRecovered: Bool)) throws {
    var limits = KODServer.Limits()
    limits.resumeAgeMilliseconds = pair.age
    let server = try TestServer([("alice", .assister)], limits: limits)
    // Registered, and available: two pushes before anybody listened.
    let now = try start(server, SubscriptionStart())
    #expect(now.offset == 2 && !now.recovered)
    usleep(5_000)
    let again = try start(server, SubscriptionStart(epoch: now.epoch, offset: 0))
    #expect(again.recovered == pair.isRecovered)
    // Nothing was missed: nothing is too old.
    let current = try start(server, SubscriptionStart(epoch: now.epoch, offset: again.offset))
    #expect(current.recovered)
  }
}
