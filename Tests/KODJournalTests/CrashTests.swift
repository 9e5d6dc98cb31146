import Testing

@testable import KODJournal

/// Every storage call of a whole life fails or crashes once, under every policy for unsynced data.
@Suite struct CrashTests {
  static let policies: [SimulatedStorage.Unsynced] =
    [.dropped, .kept, .prefix(1)] + (1...5).map { .half($0) }

  /// A scripted life: batches, rotations, preparations in time and not, two and more snapshots,
  /// recycling, a clean end and a second opening.
  static func life(_ storage: SimulatedStorage, _ witness: inout Witness) throws(JournalError) {
    for opening in 0..<2 {
      var replay = Witness.Replay()
      var journal = try Journal.open(storage, .small()) { replay.take($0, $1) }
      #expect(witness.accepts(replay))
      witness.restart(with: replay)
      for round in 0..<4 {
        let seed = opening * 100 + round * 10
        try journal.commit([record(seed, bytes: 40), record(seed + 1, bytes: 300)], &witness)
        if round % 2 == 0 { try journal.prepareNext() }
        try journal.commit([record(seed + 2, bytes: 700), record(seed + 3, bytes: 500)], &witness)
        try journal.snapshot(witness)
        try journal.commit([record(seed + 4, bytes: 10)], &witness)
      }
      try journal.close()
    }
  }

  @Test func `the script itself rotates, recycles and keeps two snapshots`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    try Self.life(storage, &witness)
    #expect(witness.staged.count == 40)
    let snapshots = storage.names.filter { $0.hasSuffix(".snapshot") }
    #expect(snapshots.count == 2)
    #expect(!storage.names.contains("log/00000000000000000001.segment"))
    #expect(storage.names.contains { $0.hasSuffix(".spare") })
    #expect(storage.openHandles == 0)
    #expect(try contents(storage).records == witness.staged)
  }

  @Test(arguments: policies)
  func `a crash at any call loses nothing acknowledged`(policy: SimulatedStorage.Unsynced) throws {
    try forEveryCall(.crash, policies: [policy]) { plan in
      try Self.check(plan)
    }
  }

  @Test(arguments: [Int32(5), 28])
  func `an error at any call is told, and a restart loses nothing acknowledged`(
    code: Int32
  ) throws {
    try forEveryCall(.error(code), policies: [.kept, .dropped, .half(7)]) { plan in
      try Self.check(plan)
    }
  }

  /// A record that the next process saw must not be gone after the machine fails, though the
  /// process that wrote it never synced it, or was told that the sync failed.
  @Test(arguments: [SimulatedStorage.Fault.crash, .error(5)])
  func `after a kill at any call, what is replayed is durable`(
    fault: SimulatedStorage.Fault
  ) throws {
    try forEveryCall(fault, policies: [.dropped]) { plan in
      let storage = SimulatedStorage()
      plan.arm(storage)
      var witness = Witness()
      do throws(JournalError) { try Self.life(storage, &witness) } catch {}
      let killed = storage.afterKill()
      var seen = Witness.Replay()
      let journal = try Journal.open(killed, .small()) { seen.take($0, $1) }
      #expect(witness.accepts(seen), "\(plan)")
      #expect(try contents(killed.afterCrash(.dropped)).records == seen.records, "\(plan)")
      try journal.close()
      return storage
    }
  }

  /// The opening's own sync is no help here: it goes to the next segment.
  @Test func `after a kill, what fills a segment to its end is durable before it is replayed`()
    throws
  {
    let storage = SimulatedStorage()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    let last = record(1, bytes: 1024 - 64 - 48 - 48)
    _ = try journal.stage(bytes: last)
    storage.fail(at: storage.calls + 2, .crash)
    #expect(throws: JournalError.self) { try journal.sync() }
    let killed = storage.afterKill()
    var seen = Witness.Replay()
    let next = try Journal.open(killed, .small()) { seen.take($0, $1) }
    #expect(seen.records == [last])
    #expect(killed.names.contains("log/00000000000000000002.segment"))
    #expect(try contents(killed.afterCrash(.dropped)).records == [last])
    try next.close()
  }

  /// Runs the life under the plan, restarts, and compares; then the journal must go on as if
  /// nothing was.
  static func check(_ plan: FaultPlan) throws -> SimulatedStorage {
    let storage = SimulatedStorage()
    plan.arm(storage)
    var witness = Witness()
    var failure: JournalError?
    do throws(JournalError) {
      try life(storage, &witness)
    } catch {
      failure = error
    }
    #expect((failure != nil) == plan.fired(in: storage), "\(plan): \(failure.debugDescription)")
    let restarted = plan.restart(storage)
    var replay = Witness.Replay()
    do throws(JournalError) {
      var journal = try Journal.open(restarted, .small()) { replay.take($0, $1) }
      #expect(witness.accepts(replay), "\(plan)")
      witness.restart(with: replay)
      try journal.commit([record(7, bytes: 333), record(8, bytes: 900)], &witness)
      try journal.snapshot(witness)
      try journal.commit([record(9, bytes: 3)], &witness)
      try journal.close()
      #expect(try contents(restarted).records == witness.staged, "\(plan)")
    } catch {
      Issue.record("\(plan): \(error)")
    }
    #expect(restarted.openHandles == 0, "\(plan)")
    return storage
  }
}
