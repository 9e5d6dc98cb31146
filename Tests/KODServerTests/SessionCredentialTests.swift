import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("A session and the end of its credential") struct SessionCredentialTests {
  private static let alice = SessionPrincipal(id: PrincipalID(1), name: "alice", role: .assister)

  /// Of the script's wall clock, which runs with the other one.
  private static func instant(_ milliseconds: Int64) -> Instant {
    Script.tick(milliseconds).instant
  }

  @Test("WELCOME says when the credential ends; 0 when it does not", arguments: [nil, 9_000])
  func welcome(end: Int64?) {
    var script = Script()
    _ = script.send(1, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: "x").encoded())
    let action = script.session.authenticationCompleted(
      .accepted(Self.alice, expiresAt: end.map(Self.instant)), session: 1, at: script.tick,
      limits: script.limits)
    guard case .send(.welcome(let welcome)) = action else {
      Issue.record("no WELCOME: \(action)")
      return
    }
    #expect(welcome.credentialExpiresAtUs == (end ?? 0) * 1_000)
  }

  @Test("A token that was right but is past its end closes for good, and the log may say whose")
  func expiredHello() throws {
    for verdict in [
      CredentialVerdict.expired(Self.alice),
      // Ended between the writer's look and the loop's.
      .accepted(Self.alice, expiresAt: Self.instant(1_000)),
    ] {
      var script = Script()
      _ = script.send(1, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: "x").encoded())
      let message = try #require(
        script.session.authenticationCompleted(
          verdict, session: 1, at: script.tick, limits: script.limits
        ).goingAway)
      #expect(message.reason == .credentialExpired && message.code == .unauthenticated)
      #expect(message.permanent)
      #expect(script.session.ownerName == "alice" && script.session.principal == nil)
    }
  }

  @Test("A live session ends at exactly its credential's end, for good, and not before")
  func end() throws {
    var script = Script.established(expiresAt: Self.instant(5_000))
    #expect(script.session.nextDeadline(script.limits, at: script.tick) == 5_000)
    #expect(script.session.timePassed(to: Script.tick(4_999), limits: script.limits).isNone)
    let message = try #require(
      script.session.timePassed(to: Script.tick(5_000), limits: script.limits).goingAway)
    #expect(message.reason == .credentialExpired && message.permanent)
    #expect(script.session.timePassed(to: Script.tick(5_001), limits: script.limits).isNone)
  }

  @Test("A frame that comes at the end is not served, though no timer has fired yet")
  func frameAtTheEnd() {
    var script = Script.established(expiresAt: Self.instant(5_000))
    script.now = 4_999
    let served = script.request(.Assisters.getStanding, GetStandingRequest(), call: 1).isPerform
    #expect(served)
    script.now = 5_000
    let late = script.request(.Assisters.getStanding, GetStandingRequest(), call: 2).goingAway
    #expect(late?.reason == .credentialExpired)
  }

  @Test(
    "The timer is rounded up to the millisecond that has reached the end",
    arguments: [(4_999_001, 5_000), (5_000_000, 5_000), (5_000_001, 5_001)] as [(Int64, Int64)])
  func rounding(pair: (end: Int64, due: Int64)) {
    let script = Script.established(expiresAt: Instant(microseconds: pair.end))
    #expect(script.session.nextDeadline(script.limits, at: script.tick) == pair.due)
  }

  @Test("A refresh to a later, an earlier or a non-expiring credential moves the end to that one's")
  func refreshed() {
    var script = Script.established(expiresAt: Self.instant(5_000))
    func refresh(_ end: Int64?) -> Int64 {
      let isTaken = script.session.credentialRefreshed(expiresAt: end.map(Self.instant))
      #expect(isTaken)
      return script.session.nextDeadline(script.limits, at: script.tick)
    }
    #expect(refresh(9_000) == 9_000)
    #expect(script.session.timePassed(to: Script.tick(8_999), limits: script.limits).isNone)
    #expect(refresh(3_000) == 3_000)
    // Silence alone is left.
    #expect(refresh(nil) == 61_000)
    #expect(script.session.timePassed(to: Script.tick(60_999), limits: script.limits).isNone)
    // And a session that had no end can be given one again.
    #expect(refresh(8_000) == 8_000)
    let message = script.session.timePassed(to: Script.tick(8_000), limits: script.limits).goingAway
    #expect(message?.reason == .credentialExpired)
  }

  @Test("The end is the wall clock's: when that is set, the session goes by it")
  func wallClockSet() {
    var script = Script.established(expiresAt: Self.instant(50_000))
    let behind = Tick(milliseconds: 50_000, instant: Self.instant(20_000))
    #expect(script.session.timePassed(to: behind, limits: script.limits).isNone)
    #expect(script.session.nextDeadline(script.limits, at: behind) == 61_000)
    let ahead = Tick(milliseconds: 50_001, instant: Self.instant(50_000))
    let message = script.session.timePassed(to: ahead, limits: script.limits).goingAway
    #expect(message?.reason == .credentialExpired)
  }

  @Test("A refresh that comes back to a session that is over changes nothing")
  func refreshedTooLate() {
    var script = Script.established(expiresAt: Self.instant(5_000))
    _ = script.session.timePassed(to: Script.tick(5_000), limits: script.limits)
    let isTaken = script.session.credentialRefreshed(expiresAt: nil)
    #expect(!isTaken)
    #expect(script.session.expiresAt == Self.instant(5_000))
  }

  @Test("Calls and streams outlive a refresh")
  func callsGoOn() {
    var script = Script.established(expiresAt: Self.instant(5_000))
    _ = script.request(.Pushes.subscribe, SubscribeRequest(), call: 1)
    _ = script.request(.Assisters.getStanding, GetStandingRequest(), call: 2)
    _ = script.session.credentialRefreshed(expiresAt: Self.instant(90_000))
    #expect(script.session.isOpen(1) && script.session.isOpen(2))
  }
}

@Suite("Versions of the protocol") struct VersionTests {
  @Test(
    "The highest version that both sides speak is chosen",
    arguments: [(1, 3, 3), (4, 9, 5), (1, 2, 2), (5, 9, 5), (3, 3, 3), (2, 5, 5), (0, .max, 5)]
      as [(UInt32, UInt32, UInt32)])
  func chosen(client: (low: UInt32, high: UInt32, version: UInt32)) {
    var script = Script(versions: 2...5)
    let hello = Hello(minimumVersion: client.low, maximumVersion: client.high, token: "x")
    _ = script.send(1, payload: hello.encoded())
    #expect(script.session.phase == .authenticating(version: client.version))
    let action = script.session.authenticationCompleted(
      .accepted(
        SessionPrincipal(id: PrincipalID(1), name: "alice", role: .assister), expiresAt: nil),
      session: 1, at: script.tick, limits: script.limits)
    guard case .send(.welcome(let welcome)) = action else {
      Issue.record("no WELCOME: \(action)")
      return
    }
    #expect(welcome.version == client.version)
    #expect(welcome.minorVersion == ProtocolVersion.minor)
  }

  @Test(
    "Without a common version the session ends for good, and says which ones there are",
    arguments: [(0, 1), (6, 7), (1, 1), (6, .max), (0, 0)] as [(UInt32, UInt32)])
  func none(client: (low: UInt32, high: UInt32)) throws {
    var script = Script(versions: 2...5)
    let hello = Hello(minimumVersion: client.low, maximumVersion: client.high, token: "x")
    let message = try #require(script.send(1, payload: hello.encoded()).goingAway)
    #expect(message.reason == .versionUnsupported && message.code == .failedPrecondition)
    #expect(message.permanent)
    #expect(message.minimumVersion == 2 && message.maximumVersion == 5)
    #expect(message.reconnectAfterMs == 0 && message.reconnectSpreadMs == 0)
  }

  @Test(
    "A minimum above the maximum is a mistake, not a version: it is named and may be mended",
    arguments: [(2, 1), (1, 0), (9, 6)] as [(UInt32, UInt32)])
  func upsideDown(client: (low: UInt32, high: UInt32)) {
    var script = Script(versions: 2...5)
    let bad = Hello(minimumVersion: client.low, maximumVersion: client.high, token: "x")
    guard case .send(.status(0, let status)) = script.send(1, payload: bad.encoded()) else {
      Issue.record("not refused on call 0")
      return
    }
    #expect(status.reason == .fieldInvalid && status.frameType == 1)
    #expect(status.violations.map(\.path) == ["maximum_version"])
    let good = Hello(minimumVersion: 2, maximumVersion: 2, token: "x")
    guard case .authenticate = script.send(1, payload: good.encoded()) else {
      Issue.record("the second HELLO was refused")
      return
    }
  }

  @Test("This program speaks version 1")
  func supported() {
    #expect(ProtocolVersion.supported == 1...1)
    #expect(Script().session.phase == .awaitingHello)
  }
}

@Suite("What the server says about coming back, and about its limits") struct AdviceTests {
  @Test(
    "Those who lose a stopping server come back no faster than 2,000 a second, over 800 ms at least",
    arguments: [
      (0, 800), (1, 800), (1_600, 800), (1_601, 801), (10_000, 5_000), (100_000, 50_000),
      (1_000_001, 500_001),
    ])
  func stopping(pair: (sessions: Int, spread: UInt32)) {
    let hint = ReconnectHint.serverStopping(sessions: pair.sessions)
    #expect(hint.afterMilliseconds == 200)
    #expect(hint.spreadMilliseconds == pair.spread)
  }

  @Test("A full server says when to try again; whoever was silent is left to its own backoff")
  func farewells() throws {
    var full = Script()
    full.session = Session(openedAt: full.tick, isBeyondLimit: true)
    let hello = Hello(minimumVersion: 1, maximumVersion: 1, token: "x")
    let limit = try #require(full.send(1, payload: hello.encoded()).goingAway)
    #expect(limit.reason == .sessionLimit && !limit.permanent)
    #expect(limit.reconnectAfterMs == 1_000 && limit.reconnectSpreadMs == 4_000)

    var silent = Script.established()
    let keepalive = silent.session.timePassed(to: Script.tick(90_000), limits: silent.limits)
    var mute = Script()
    let timeout = mute.session.timePassed(to: Script.tick(90_000), limits: mute.limits)
    for message in try [#require(keepalive.goingAway), #require(timeout.goingAway)] {
      #expect(message.reconnectAfterMs == 0 && message.reconnectSpreadMs == 0)
    }
  }

  @Test("Every field of the advertised limits is there: none is zero")
  func advertised() {
    let limits = KODServer.Limits().advertised
    let mirror = Mirror(reflecting: limits)
    #expect(mirror.children.count == 35)
    for child in mirror.children {
      let value = (child.value as? UInt32).map(UInt64.init) ?? child.value as? UInt64
      #expect(value ?? 0 > 0, "\(child.label ?? "?")")
    }
    #expect(limits.resumeAgeMs == 86_400_000)
    #expect(limits.credentialLifetimeMs == 7_776_000_000)
    #expect(limits.maximumCredentials == 16)
    #expect(limits.pushQueueBytes == 262_144 && limits.readPauseBytes == 262_144)
    #expect(limits.outputLimitBytes == 1_048_576)
    #expect(limits.cancelBurst == 128 && limits.cancelsPerSecond == 32)
    #expect(limits.maximumOpenNotices == 1_000 && limits.maximumStateReferrals == 1_000)
    #expect(limits.maximumPageSize == 100 && limits.maximumLongQuestions == 4)
    #expect(limits.idempotencyKeyMs == 86_400_000)
  }

  @Test("What is configured is what is advertised")
  func configured() {
    var limits = KODServer.Limits()
    limits.credentialLifetimeMilliseconds = 5_000
    limits.resumeAgeMilliseconds = 7_000
    limits.maximumCallsInFlight = 3
    #expect(limits.advertised.credentialLifetimeMs == 5_000)
    #expect(limits.advertised.resumeAgeMs == 7_000)
    #expect(limits.advertised.maximumCallsInFlight == 3)
  }
}

extension Session.Action {
  var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
