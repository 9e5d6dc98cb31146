import Glibc
import KODEngine
import KODWire
import TestSupport
import Testing

@testable import KODServer

@Suite("Cancelling costs the canceller", .timeLimit(.minutes(2))) struct CancelTests {
  /// An established session of alice, and how many of its calls are with the writer.
  private struct Client {
    var session: Session
    var limits = KODServer.Limits()
    var milliseconds: Int64 = 1_000
    /// Calls that the writer has and has not done with.
    var withWriter: [UInt32] = []
    var statuses: [Reason] = []
    var farewell: GoingAway?

    init() {
      session = Session(openedAt: Tick(milliseconds: 1_000, instant: Instant(microseconds: 0)))
      take(.hello, payload: Hello(minimumVersion: 1, maximumVersion: 1, token: "x").encoded())
      _ = session.authenticationCompleted(
        .accepted(
          SessionPrincipal(id: PrincipalID(1), name: "alice", role: .assister), expiresAt: nil),
        session: 1, at: tick, limits: limits)
    }

    var tick: Tick { Tick(milliseconds: milliseconds, instant: Instant(microseconds: 0)) }

    mutating func take(
      _ type: FrameType, call: UInt32 = 0, method: UInt16 = 0, timeout: UInt32 = 0,
      payload: [UInt8] = []
    ) {
      let header = FrameHeader(
        payloadBytes: UInt32(payload.count), type: type, method: method, call: call,
        timeoutMilliseconds: timeout)
      act(session.frameReceived(header, payload: payload.span.bytes, at: tick, limits: limits))
    }

    mutating func act(_ action: Session.Action) {
      switch action {
      case .perform(let call): withWriter.append(call.call)
      case .send(.status(_, let status)), .endCall(_, let status, _):
        statuses.append(status.reason)
      case .close(let message): farewell = message
      default: break
      }
    }

    mutating func open(_ call: UInt32, timeout: UInt32 = 0) {
      take(
        .request, call: call, method: Method.Assisters.getStanding.number, timeout: timeout,
        payload: GetStandingRequest().encoded())
    }

    mutating func cancel(_ call: UInt32) { take(.cancel, call: call) }

    /// The writer's last word on its oldest call.
    mutating func finish(settles: Bool) {
      let call = withWriter.removeFirst()
      if settles { session.callSettled(call) } else { _ = session.callAnswered(call) }
    }
  }

  @Test(
    "A cancelled call keeps its place until the writer has done with it, however that says so",
    arguments: [true, false])
  func place(settles: Bool) {
    var client = Client()
    client.limits.maximumCallsInFlight = 2
    client.open(1)
    client.open(2)
    client.cancel(1)
    client.open(3)
    #expect(client.statuses == [.callCancelled, .callsInFlight])
    client.finish(settles: settles)
    client.open(4)
    #expect(client.withWriter == [2, 4])
    client.open(5)
    #expect(client.statuses == [.callCancelled, .callsInFlight, .callsInFlight])
  }

  @Test("A call that ran into its deadline keeps its place as well, and is told once")
  func deadline() {
    var client = Client()
    client.limits.maximumCallsInFlight = 1
    client.open(1, timeout: 10)
    client.act(client.session.timePassed(to: Script.tick(1_010), limits: client.limits))
    client.act(client.session.timePassed(to: Script.tick(1_020), limits: client.limits))
    client.open(2)
    #expect(client.statuses == [.callDeadline, .callsInFlight])
    client.cancel(1)
    #expect(client.statuses.last == .callUnknown)
    #expect(!client.session.isOpen(1))
    client.finish(settles: true)
    client.open(3)
    #expect(client.withWriter == [3])
  }

  @Test(
    "When the writer sees the deadline first, the client is still told, and then the place is free")
  func settledFirst() {
    var client = Client()
    client.limits.maximumCallsInFlight = 1
    client.open(1, timeout: 10)
    client.finish(settles: true)
    #expect(client.statuses == [])
    client.act(client.session.timePassed(to: Script.tick(1_010), limits: client.limits))
    #expect(client.statuses == [.callDeadline])
    client.open(2)
    #expect(client.withWriter == [2])
  }

  @Test("A session whose only calls were cancelled has nothing that a drain would wait for")
  func drain() {
    var client = Client()
    client.open(1)
    #expect(client.session.hasUnaryCalls)
    client.cancel(1)
    #expect(!client.session.hasUnaryCalls)
  }

  @Test(
    "10,000 calls opened and cancelled at once never have more with the writer than are allowed")
  func flood() {
    var client = Client()
    client.limits.cancelBurst = 100_000
    var most = 0
    var random = SeededNumbers(state: 1)
    for call: UInt32 in 1...10_000 {
      client.open(call)
      client.cancel(call)
      most = max(most, client.withWriter.count)
      // The writer is slower than the client.
      if call % 20 == 0, !client.withWriter.isEmpty {
        client.finish(settles: random.next() % 2 == 0)
      }
    }
    #expect(most == client.limits.maximumCallsInFlight)
    #expect(client.farewell == nil)
    #expect(client.statuses.count { $0 == .callCancelled } == 64 + 10_000 / 20 - 1)
    #expect(
      client.statuses.count { $0 == .callsInFlight } == client.statuses.count { $0 == .callUnknown }
    )
  }

  @Test("128 calls may be cancelled in a row, the next ends the session, which may come back")
  func burst() throws {
    var client = Client()
    for call: UInt32 in 1...128 {
      client.open(call)
      client.cancel(call)
      if !client.withWriter.isEmpty { client.finish(settles: false) }
    }
    #expect(client.farewell == nil)
    client.cancel(77)
    let message = try #require(client.farewell)
    #expect(message.reason == .cancelLimit)
    #expect(message.code == .resourceExhausted)
    #expect(message.reconnectAfterMs == 1_000)
    #expect(!message.permanent)
    #expect(client.session.phase == .closing)
  }

  @Test(
    "In the long run 32 calls a second may be cancelled; what is not used is kept up to the burst")
  func rate() {
    let limits = KODServer.Limits()
    var budget = CancelBudget()
    func spend(at milliseconds: Int64) -> Bool { budget.spend(at: milliseconds, limits) }
    let burst = (0..<128).allSatisfy { _ in spend(at: 5_000) }
    #expect(burst)
    var early = budget
    let isEarly = early.spend(at: 5_031, limits)
    #expect(!isEarly)
    let isLate = spend(at: 5_032)
    #expect(isLate)
    // One every 32 ms for ever; one every 31 ms not.
    let steady = (1...10_000).allSatisfy { spend(at: 5_032 + 32 * $0) }
    #expect(steady)
    var faster = budget
    let isFaster = (1...20_000).allSatisfy {
      faster.spend(at: 5_032 + 320_000 + 31 * $0, limits)
    }
    #expect(!isFaster)
    // A day later the burst is whole again, and no longer than before.
    let again = (0..<128).allSatisfy { _ in spend(at: 100_000_000) }
    #expect(again)
    let past = spend(at: 100_000_000)
    #expect(!past)
  }

  @Test("Over TLS: whoever opens and cancels too much is told so and closed, and others are served")
  func server() throws {
    let server = try TestServer([("alice", .assister), ("ben", .assister)])
    let alice = try server.session(of: "alice")
    let ben = try Caller(server, "ben")
    var writer = ByteWriter()
    for call: UInt32 in 1...10_000 {
      writer.appendFrame(
        type: .request, call: call, method: Method.Assisters.getStanding.number,
        payload: GetStandingRequest())
      writer.appendFrame(type: .cancel, call: call)
    }
    alice.send(writer.bytes)
    var farewell: GoingAway?
    var cancelled = 0
    while let frame = alice.read() {
      if frame.type == UInt8(FrameType.goingAway.rawValue) {
        farewell = try GoingAway(decoding: frame.payload)
      } else {
        #expect(farewell == nil)
        let status = try Status(decoding: frame.payload)
        if status.reason == .callCancelled { cancelled += 1 }
      }
    }
    #expect(farewell?.reason == .cancelLimit)
    #expect(cancelled >= 64)
    #expect(cancelled <= 128)
    let _: Standing = try ben.call(.Assisters.getStanding, GetStandingRequest())
    let again = try Caller(server, "alice")
    let _: Standing = try again.call(.Assisters.getStanding, GetStandingRequest())
  }

  @Test(
    "Over TLS: every call that is cancelled gives its place back, streams and long questions too")
  func places() throws {
    var limits = KODServer.Limits()
    limits.maximumCallsInFlight = 1
    limits.cancelBurst = 10_000
    let server = try TestServer(
      [("alice", .assister), ("sam", .supervisor), ("nora", .notifier)], limits: limits)
    func check(_ name: String, _ method: Method, _ message: some WireMessage) throws {
      let caller = try Caller(server, name)
      for _ in 0..<20 {
        let call = caller.send(method, message)
        caller.client.send(.cancel, call: call)
      }
      // Free as soon as the writer has said so. Which call it is does not matter.
      for _ in 0..<500 {
        if try caller.refusal(.Assisters.getStanding, GetStandingRequest()) != .callsInFlight {
          return
        }
        usleep(2_000)
      }
      Issue.record("\(method.name) kept its place")
    }
    try check("alice", .Assisters.getStanding, GetStandingRequest())
    try check("alice", .Pushes.subscribe, SubscribeRequest())
    try check("sam", .Desk.getProgramMetrics, GetMetricsRequest())
    try check("sam", .Desk.simulatePolicy, SimulatePolicyRequest(preset: .serial))
    try check("nora", .Notices.subscribeNotices, SubscribeNoticesRequest())
  }
}
