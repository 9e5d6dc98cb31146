import Glibc
import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("Long questions", .serialized, .timeLimit(.minutes(2))) struct LongQuestionTests {
  private static let referrals = 20_000

  /// A server whose history takes many turns to go through.
  private static func server() throws -> TestServer {
    try TestServer(
      [("alice", .assister), ("portal", .intakePartner), ("sam", .supervisor), ("ada", .auditor)]
    ) { state in
      let portal = try #require(state.engine.principal(named: "portal")?.id)
      let county = try #require(County(fips: 21_067))
      let start = Instant.now()
      for number in 1...referrals {
        _ = try state.perform(
          .submit(
            portal,
            Submission(
              idempotencyKey: UInt128(number), partnerReference: "r\(number)", helpType: .both,
              language: "zu", county: county,
              contact: KODEngine.Contact(name: "Pat", phone: "+15025550100", notes: ""))),
          at: start)
      }
    }
  }

  @Test("Four run at once, a fifth is told BUSY, and what is cancelled makes room")
  func busy() throws {
    let server = try Self.server()
    let sam = try Caller(server, "sam")
    // In one piece, so that they come to the writer together.
    func send(_ count: UInt32, from first: UInt32, cancelled: Bool = false) {
      var writer = ByteWriter()
      for call in first..<first + count {
        writer.appendFrame(
          type: .request, call: call, method: Method.Desk.getProgramMetrics.number,
          payload: GetMetricsRequest())
      }
      if cancelled {
        for call in first..<first + count { writer.appendFrame(type: .cancel, call: call) }
      }
      sam.client.send(writer.bytes)
    }
    func answers(_ count: Int) throws -> [Reason?] {
      try (0..<count).map { _ in
        let frame = try #require(sam.client.read())
        guard frame.type == UInt8(FrameType.status.rawValue) else {
          let metrics = try KODWire.ProgramMetrics(decoding: frame.payload)
          #expect(metrics.submitted == UInt64(Self.referrals))
          return nil
        }
        let status = try Status(decoding: frame.payload)
        #expect(status.reason != .busy || status.retryAfterMs > 0)
        return status.reason
      }
    }
    send(6, from: 1)
    let together = try answers(6)
    #expect(together.count { $0 == .busy } == 2)
    #expect(together.count { $0 == nil } == 4)
    send(4, from: 11, cancelled: true)
    #expect(try answers(4).allSatisfy { $0 == .callCancelled })
    send(4, from: 21)
    #expect(try answers(4).allSatisfy { $0 == nil })
  }

  @Test("R61: a simulation streams its progress and ends with a report; cancelled it ends at once")
  func simulation() throws {
    let server = try Self.server()
    let ada = try Caller(server, "ada")
    let call = ada.send(.Desk.simulatePolicy, SimulatePolicyRequest(preset: .serial))
    var report: KODWire.SimulationReport?
    while let item = try ada.item(of: call, as: SimulationItem.self)?.item {
      switch item {
      case .progress(let progress):
        #expect(report == nil)
        #expect(progress.done <= progress.total)
      case .report(let found): report = found
      }
    }
    #expect(ada.end(of: call)?.code == .ok)
    #expect(report?.recorded?.requests == UInt64(Self.referrals))
    #expect(report?.alternative?.requests == UInt64(Self.referrals))
    #expect(report?.alternativePolicy == KODWire.Policy(.serial))

    for _ in 0..<12 {
      let call = ada.send(.Desk.simulatePolicy, SimulatePolicyRequest(preset: .serial))
      ada.client.send(.cancel, call: call)
      while try ada.item(of: call, as: SimulationItem.self) != nil {}
      let reason = ada.end(of: call)?.reason
      #expect(reason == .callCancelled || reason == .busy)
      usleep(20_000)
    }
    // What was cancelled has made room.
    for _ in 0..<200 {
      let call = ada.send(.Desk.simulatePolicy, SimulatePolicyRequest(preset: .serial))
      while try ada.item(of: call, as: SimulationItem.self) != nil {}
      if ada.end(of: call)?.code == .ok { return }
      usleep(20_000)
    }
    Issue.record("cancelled simulations kept their places")
  }

  @Test("Whoever leaves takes the questions along")
  func leaving() throws {
    let server = try Self.server()
    for _ in 0..<3 {
      let gone = try Caller(server, "sam")
      for _ in 0..<4 { gone.send(.Desk.getProgramMetrics, GetMetricsRequest()) }
    }
    let sam = try Caller(server, "sam")
    for _ in 0..<200 {
      if try sam.refusal(.Desk.getProgramMetrics, GetMetricsRequest()) == nil { return }
      usleep(5_000)
    }
    Issue.record("the questions of closed sessions kept their places")
  }

  @Test("A question's slices leave commands their turns, and cancelling asks by call or by session")
  func queue() {
    var questions = LongQuestions()
    func question(_ slot: Int, _ call: UInt32) -> LongQuestion {
      LongQuestion(
        asker: Subscriber(
          connection: ConnectionID(loop: 0, slot: slot, generation: 0), call: call),
        deadline: .max
      ) { _, _ in .unfinished }
    }
    for (slot, call) in [(1, 1), (1, 2), (2, 1)] as [(Int, UInt32)] {
      questions.append(question(slot, call))
    }
    #expect(questions.next()?.asker.call == 1)
    #expect(questions.count == 2)
    questions.cancel(ConnectionID(loop: 0, slot: 1, generation: 0), call: 9)
    #expect(questions.count == 2)
    questions.cancel(ConnectionID(loop: 0, slot: 1, generation: 0), call: 2)
    #expect(questions.count == 1)
    questions.cancel(ConnectionID(loop: 0, slot: 2, generation: 0), call: nil)
    #expect(questions.isEmpty)
  }
}
