import Testing

@testable import KODJournal

@Suite struct SnapshotTests {
  static let newest = "snapshot/00000000000000000006.snapshot"
  static let older = "snapshot/00000000000000000003.snapshot"

  /// Two snapshots, at records 3 and 6, and one record after each.
  static func disk() throws -> (SimulatedStorage, Witness) {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small(4096)) { _, _ in }
    for round in 0..<2 {
      try journal.commit(
        [record(round * 3, bytes: 50), record(round * 3 + 1, bytes: 60)], &witness)
      try journal.snapshot(witness)
      try journal.commit([record(round * 3 + 2, bytes: 70)], &witness)
    }
    try journal.close()
    return (storage, witness)
  }

  @Test func `replay starts from the newest snapshot`() throws {
    let (storage, witness) = try Self.disk()
    #expect(storage.contents(Self.newest) != nil && storage.contents(Self.older) != nil)
    var replay = Witness.Replay()
    let journal = try Journal.open(storage, .small(4096)) { replay.take($0, $1) }
    #expect(replay.tookSnapshot && replay.records == witness.staged)
    #expect(journal.recovery.snapshotSequence == 6)
    #expect(journal.recovery.recordsReplayed == 1)
  }

  @Test func `a damaged newest snapshot falls back to the older one and is kept`() throws {
    let (storage, witness) = try Self.disk()
    storage.alter(Self.newest) { $0[70] ^= 1 }
    var replay = Witness.Replay()
    let journal = try Journal.open(storage, .small(4096)) { replay.take($0, $1) }
    #expect(replay.records == witness.staged)
    #expect(journal.recovery.snapshotSequence == 3)
    #expect(journal.recovery.recordsReplayed == 4)
    let kept = "snapshot/00000000000000000006.damaged"
    #expect(journal.recovery.damagedSnapshots == [kept])
    #expect(storage.contents(kept) != nil && storage.contents(Self.newest) == nil)
  }

  @Test func `what was recycled is never needed by the older snapshot`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    try CrashTests.life(storage, &witness)
    let newest = storage.names.last { $0.hasSuffix(".snapshot") } ?? ""
    storage.alter(newest) { $0[100] ^= 1 }
    let replay = try contents(storage)
    #expect(replay.tookSnapshot && replay.records == witness.staged)
  }

  @Test func `the segment right after the older snapshot stays, be it a single record`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for seed in 0..<6 {
      try journal.commit([record(seed, bytes: 900), record(seed + 9, bytes: 900)], &witness)
      try journal.snapshot(witness)
    }
    try journal.close()
    #expect(storage.names.filter { $0.hasSuffix(".segment") }.count == 3)
    storage.alter("snapshot/00000000000000000013.snapshot") { $0[100] ^= 1 }
    #expect(try contents(storage).records == witness.staged)
  }

  @Test func `without any sound snapshot the log alone gives the state, if it is all there`() throws
  {
    let (storage, witness) = try Self.disk()
    storage.alter(Self.newest) { $0[3] ^= 1 }
    storage.alter(Self.older) { $0.removeLast() }
    let replay = try contents(storage, .small(4096))
    #expect(!replay.tookSnapshot)
    #expect(replay.records == witness.staged)
  }

  @Test func `without any sound snapshot and without the log's beginning opening refuses`() throws {
    let (storage, _) = try DamageTests.closedDisk()
    for name in storage.names where name.hasSuffix(".snapshot") {
      storage.alter(name) { $0[3] ^= 1 }
    }
    let before = storage.names
    storage.place("log/00000000000000000001.segment", nil)
    #expect(throws: JournalError.self) { _ = try contents(storage) }
    #expect(storage.names == before.filter { $0 != "log/00000000000000000001.segment" })
  }

  @Test func `a snapshot newer than the log's end means the log lost records`() throws {
    let (storage, _) = try Self.disk()
    storage.alter("log/00000000000000000001.segment") { bytes in
      for index in 200..<bytes.count { bytes[index] = 0 }
    }
    #expect(throws: JournalError.self) { _ = try contents(storage, .small(4096)) }
  }

  @Test func `a snapshot is wanted after so many bytes, and again after as many more`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var configuration = JournalConfiguration.small(4096)
    configuration.snapshotEveryBytes = 1000
    var journal = try Journal.open(storage, configuration) { _, _ in }
    try journal.commit([record(1, bytes: 800)], &witness)
    #expect(journal.needsSnapshot == false)
    try journal.commit([record(2, bytes: 200)], &witness)
    #expect(journal.needsSnapshot == true)
    let job = journal.beginSnapshot(state: witness.state)
    #expect(journal.needsSnapshot == false)
    // The log goes on while the snapshot is written; those bytes count towards the next one.
    try journal.commit([record(3, bytes: 952)], &witness)
    try journal.finishSnapshot(job.run())
    #expect(journal.bytesSinceSnapshot == 1000)
    #expect(journal.needsSnapshot == true)
    try journal.close()
    var replay = Witness.Replay()
    let again = try Journal.open(storage, configuration) { replay.take($0, $1) }
    #expect(replay.records == witness.staged)
    #expect(again.needsSnapshot == true, "what a restart replays counts")
  }

  @Test func `a failed snapshot leaves everything as it was and waits for more log`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var configuration = JournalConfiguration.small(4096)
    configuration.snapshotEveryBytes = 800
    var journal = try Journal.open(storage, configuration) { _, _ in }
    try journal.commit([record(1, bytes: 800)], &witness)
    let job = journal.beginSnapshot(state: witness.state)
    storage.fail(at: storage.calls + 3, .error(28))
    let outcome = job.run()
    #expect(outcome.failure != nil)
    #expect(throws: JournalError.self) { try journal.finishSnapshot(outcome) }
    #expect(journal.needsSnapshot == false)
    try journal.commit([record(2, bytes: 104)], &witness)
    #expect(journal.needsSnapshot == true)
    try journal.snapshot(witness)
    try journal.close()
    let replay = try contents(storage, configuration)
    #expect(replay.tookSnapshot && replay.records == witness.staged)
    #expect(!storage.names.contains { $0.hasSuffix(".tmp") })
  }

  @Test func `a snapshot of several chunks is written with a sync after each`() throws {
    let storage = SimulatedStorage()
    var journal = try Journal.open(storage, .small(4096)) { _, _ in }
    let state = [UInt8](repeating: 9, count: 2_500_000)
    let before = storage.syncs
    try journal.finishSnapshot(journal.beginSnapshot(state: state).run())
    #expect(storage.syncs - before == 4)
    try journal.close()
    var found: [UInt8] = []
    _ = try Journal.open(storage, .small(4096)) { _, bytes in
      found = bytes.withUnsafeBytes { [UInt8]($0) }
    }
    #expect(found == state)
  }
}
