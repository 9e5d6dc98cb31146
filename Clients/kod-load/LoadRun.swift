import Foundation
import KODTransport
import KODWire
import Synchronization

/// `race`, `fanout` and `idle`: sets up the loops, waits for their end, and says what came of it.
enum LoadRun {
  static func run(_ options: Options, arguments: [String]) throws(UsageError) -> Report {
    let plan = try plan(of: options)
    try checkDescriptors(options, plan)
    let report = Report.begin(options, arguments: arguments)
    Interruption.listen()
    let (room, measures) = execute(options, plan)
    plan.witness?.flush()
    return finish(report, options, room.conclude(), measures)
  }

  private static func plan(of options: Options) throws(UsageError) -> LoadPlan {
    let context: TLSContext
    do {
      context = try TLSContext.client(certificateAuthority: .file(options.certificateAuthority))
    } catch {
      throw UsageError(message: "--ca: \(error)")
    }
    let witness: WitnessFile? =
      if let path = options.witness { try WitnessFile(path: path) } else { nil }
    let mode: RaceBoard.Mode =
      options.scenario == .fanout
      ? .fanout : options.isSimultaneous ? .simultaneousRace : .race
    return LoadPlan(
      server: try options.endpoint, context: context,
      credentials: try Credential.load(directory: options.credentials), mode: mode,
      racesReferrals: options.scenario != .idle, referralsInFlight: options.referralsInFlight,
      connectWindow: max(1, options.connectWindow / options.threads),
      closesWonReferrals: options.closesWonReferrals, county: options.county, witness: witness,
      runIdentity: UInt64.random(in: 0 ... .max))
  }

  /// Every loop gets a descriptor table of its own when one is not enough for all sessions.
  private static func checkDescriptors(
    _ options: Options, _ plan: LoadPlan
  ) throws(UsageError) {
    let limit = ProcessSettings.raiseDescriptorLimit()
    let sessions = min(options.sessions ?? plan.credentials.count, plan.credentials.count)
    let spare = 64 + plan.connectWindow
    if sessions / options.threads + spare > limit {
      throw UsageError(
        message: "\(limit) descriptors a thread are too few for \(sessions) sessions: "
          + "--threads \(sessions / max(1, limit - spare) + 1)")
    }
  }

  private static func execute(
    _ options: Options, _ plan: LoadPlan
  ) -> (LoadRoom, LoopMeasures) {
    let wakers = (0..<options.threads).compactMap { _ in try? Waker() }
    let now = monotonicNow()
    let state = RoomState(
      roll: Roll(
        credentials: plan.credentials.count, assistersWanted: options.sessions,
        needsPartner: plan.racesReferrals),
      board: RaceBoard(mode: plan.mode, expectedRacers: options.expectedRacers),
      pace: RacePace(
        warmup: options.warmup, rounds: plan.racesReferrals ? options.measuredRounds : nil,
        seconds: options.seconds ?? (plan.racesReferrals ? nil : 30),
        inFlight: options.referralsInFlight, isHoldingOnly: !plan.racesReferrals),
      loops: options.threads, patience: UInt64(options.patienceSeconds * 1_000_000_000),
      serverProcess: options.serverProcess, at: now)
    let room = LoadRoom(state, wakers: wakers)
    let total = Mutex(LoopMeasures())
    let work: @Sendable (Int) -> Void = { number in
      var trouble: String?
      do {
        if options.threads > 1 { try ProcessSettings.separateDescriptorTable() }
        let loop = try LoadLoop(number: number, plan: plan, room: room, waker: wakers[number])
        try loop.run()
        total.withLock { $0.merge(loop.measures) }
      } catch {
        trouble = "loop \(number): \(error)"
      }
      if let trouble { room.fail(trouble) }
    }
    let threads = (1..<options.threads).compactMap { number in
      try? OSThread.spawn(name: "load-\(number)") { work(number) }
    }
    work(0)
    for thread in threads { thread.join() }
    return (room, total.withLock { $0 })
  }

  private static func finish(
    _ begun: Report, _ options: Options, _ state: RoomState, _ measures: LoopMeasures
  ) -> Report {
    var report = begun
    report.server = measures.server
    let violations = state.board.violations
    report.checks = Report.Checks(violations)
    report.conclude(
      state.outcome,
      status: state.outcome.exitStatus(
        violations: violations.total, toleratesLoss: options.toleratesLoss))
    RaceFigures.add(to: &report, options, state, measures)
    return report
  }
}

extension Report {
  static func begin(_ options: Options, arguments: [String]) -> Report {
    Report(
      scenario: options.scenario.rawValue, arguments: arguments,
      startedAt: Date().formatted(.iso8601), machine: .describe())
  }

  mutating func conclude(_ outcome: Outcome, status: Int32) {
    self.outcome = outcome.message
    if checks.violations > 0 { self.outcome += ", with wrong answers" }
    exitStatus = status
  }

  /// Prints the table and writes the JSON; returns the exit status, which is not 0 when that can't
  /// be done.
  func publish(_ options: Options) -> Int32 {
    // Standard output is the JSON's alone when it was asked for there.
    let stream = options.json == "-" ? FileHandle.standardError : FileHandle.standardOutput
    stream.write(Data(table.utf8))
    guard let path = options.json else { return exitStatus }
    do {
      let json = try json
      if path == "-" {
        FileHandle.standardOutput.write(json)
      } else {
        try json.write(to: URL(fileURLWithPath: path))
      }
      return exitStatus
    } catch {
      FileHandle.standardError.write(Data("kod-load: --json: \(path): \(error)\n".utf8))
      return max(1, exitStatus)
    }
  }
}
