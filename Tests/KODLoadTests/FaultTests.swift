import Foundation
import Testing

@testable import kod_load

/// The whole generator against servers that are wrong in one way each.
@Suite(.serialized) struct FaultTests {
  private func race(
    _ fault: FakeServer.Fault, assisters: Int = 6, stolen: Int = 0,
    _ adjust: (inout Options) -> Void = { _ in }
  ) throws -> Report {
    let server = try FakeServer(assisters: assisters, fault: fault, stolen: stolen)
    defer { server.end() }
    var options = Options()
    options.server = "127.0.0.1:\(server.port)"
    options.certificateAuthority = server.directory + "/ca.pem"
    options.credentials = server.directory
    options.patienceSeconds = 0.6
    options.warmup = 1
    options.rounds = 8
    options.expectedRacers = .all
    adjust(&options)
    return try LoadRun.run(options, arguments: [])
  }

  @Test(arguments: [1, 2], [1, 4])
  func `a server that is right passes`(threads: Int, inFlight: Int) throws {
    let report = try race(.none) { options in
      options.threads = threads
      options.referralsInFlight = inFlight
      options.rounds = 40
    }
    #expect(report.exitStatus == 0, "\(report.table)")
    #expect(report.outcome == "completed")
    #expect(report.checks.violations == 0)
    let accepts = try #require(report.latencies.first { $0.name == "accept" })
    let wins = try #require(report.latencies.first { $0.name == "accept that wins" })
    #expect(wins.count <= 40)
    #expect(accepts.count <= 240)
    if inFlight == 1, threads == 1 {
      #expect(wins.count == 40)
      #expect(accepts.count == 240)
    }
    #expect(report.figures.contains { $0.name == "referrals raced" && $0.value == 40 })
  }

  @Test func `simultaneous accepts, and a part of the assisters, pass too`() throws {
    let report = try race(.none) { options in
      options.isSimultaneous = true
      options.sessions = 4
      options.expectedRacers = .exactly(4)
    }
    #expect(report.exitStatus == 0, "\(report.table)")
    #expect(report.checks.violations == 0)
  }

  @Test func `a fan-out passes`() throws {
    let report = try race(.none) { $0.scenario = .fanout }
    #expect(report.exitStatus == 0, "\(report.table)")
    #expect(report.checks.violations == 0)
    let last = try #require(report.latencies.first { $0.name == "submit to last offer" })
    #expect(last.count == 8)
  }

  @Test func `sessions that only stay open pass`() throws {
    let report = try race(.none) { options in
      options.scenario = .idle
      options.rounds = nil
      // Longer than the patience: a server that owes nothing may be silent.
      options.seconds = 0.9
      options.serverProcess = getpid()
    }
    #expect(report.exitStatus == 0, "\(report.table)")
    #expect(report.figures.contains { $0.name == "assister sessions" && $0.value == 6 })
    #expect(report.figures.contains { $0.name == "server's memory per session" })
  }

  @Test(arguments: [
    (FakeServer.Fault.secondWinner, Violation.Kind.twoWinners), (.noWinner, .noWinner),
    (.lostOffer, .pushLost), (.untoldLoser, .loserNotTold), (.repeatedPush, .pushRepeated),
    (.phantomReminder, .pushAfterClosing), (.wrongTime, .wronglyTold), (.silence, .loserNotTold),
  ])
  func `a wrong answer fails the run`(fault: FakeServer.Fault, kind: Violation.Kind) throws {
    for inFlight in [1, 3] {
      let report = try race(fault) { $0.referralsInFlight = inFlight }
      #expect(report.exitStatus == 1)
      #expect(report.checks.byKind[kind.rawValue] != nil)
    }
  }

  @Test(arguments: [false, true])
  func `a server that dies leaves a complete witness`(isTolerated: Bool) throws {
    let path = NSTemporaryDirectory() + "kod-witness-\(UInt64.random(in: 0 ... .max)).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let report = try race(.death) { options in
      options.witness = path
      options.toleratesLoss = isTolerated
    }
    #expect(report.exitStatus == (isTolerated ? 0 : 69))
    #expect(report.outcome.contains("closed"))
    #expect(report.checks.violations == 0)
    let testimony = try Testimony(reading: String(contentsOfFile: path, encoding: .utf8))
    #expect(testimony.lines == 3)
    #expect(testimony.violations.isEmpty)
  }

  @Test func `one session sent away in the middle is no death, but a failure`() throws {
    let report = try race(.dismissal) { $0.toleratesLoss = true }
    #expect(report.exitStatus == 1)
    #expect(report.outcome.contains("SLOW_CONSUMER"))
  }

  @Test func `what the server still holds is verified, and what it does not`() async throws {
    let server = try FakeServer(assisters: 3)
    defer { server.end() }
    var options = Options()
    options.server = "127.0.0.1:\(server.port)"
    options.certificateAuthority = server.directory + "/ca.pem"
    options.credentials = server.directory
    options.witness = server.directory + "/witness.jsonl"
    options.rounds = 5
    options.warmup = 0
    let race = try LoadRun.run(options, arguments: [])
    #expect(race.exitStatus == 0, "\(race.table)")

    options.scenario = .verify
    let right = try await VerifyRun.run(options, arguments: [])
    #expect(right.exitStatus == 0, "\(right.table)")
    #expect(right.figures.contains { $0.name == "referrals" && $0.value == 5 })

    let file = try WitnessFile(path: options.witness ?? "")
    #expect(
      file.append(AcknowledgedAccept(referral: 99, offer: 1, assister: "racer-1", acceptedAt: 1)))
    let wrong = try await VerifyRun.run(options, arguments: [])
    #expect(wrong.exitStatus == 1, "\(wrong.table)")
    #expect(wrong.checks.byKind == ["holderDiffers": 1])
  }

  @Test func `nobody there is unreachable`() throws {
    let server = try FakeServer(assisters: 1)
    defer { server.end() }
    var options = Options()
    options.server = "127.0.0.1:1"
    options.certificateAuthority = server.directory + "/ca.pem"
    options.credentials = server.directory
    let report = try LoadRun.run(options, arguments: [])
    #expect(report.exitStatus == 69)
    #expect(report.outcome.contains("127.0.0.1:1"))
  }

  @Test func `a token that is not accepted is named, and not permitted`() throws {
    let report = try race(.none, stolen: 1)
    #expect(report.exitStatus == 77)
    #expect(report.outcome.contains("stolen-0.token"))
  }

  @Test func `too few credentials are bad usage`() throws {
    let report = try race(.none) { $0.sessions = 7 }
    #expect(report.exitStatus == 2)
  }
}
