import Testing

@testable import KODJournal

@Suite struct RotationTests {
  @Test func `records of every size survive many rotations`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var coin = Coin(seed: 3)
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for round in 0..<60 {
      let batch = (0..<Int.random(in: 1...6, using: &coin)).map {
        record(round * 7 + $0, bytes: Int.random(in: 0...912, using: &coin))
      }
      try journal.commit(batch, &witness)
    }
    try journal.close()
    #expect(storage.names.filter { $0.hasSuffix(".segment") }.count > 30)
    #expect(try contents(storage).records == witness.staged)
  }

  @Test func `a batch larger than several segments is one sync to the caller`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit((0..<20).map { record($0, bytes: 700) }, &witness)
    try journal.close()
    #expect(try contents(storage).records == witness.staged)
  }

  @Test func `a prepared segment makes rotation two writes and two syncs`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    #expect(journal.needsPreparation == true)
    let room = journal.roomBytes
    try journal.prepareNext()
    #expect(journal.needsPreparation == false)
    #expect(journal.roomBytes == room + 1024 - 64)
    let before = storage.calls
    try journal.commit([record(1, bytes: 500), record(2, bytes: 700)], &witness)
    #expect(
      storage.callNames[before...].map { $0.prefix { $0 != " " } }
        == ["pwrite", "fdatasync", "pwrite", "fdatasync"])
    #expect(journal.needsPreparation == true)
  }

  @Test func `a preparation that comes too late becomes a spare`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    let job = journal.beginPreparation()
    #expect(journal.needsPreparation == false)
    // Rotates twice while the job has not run, and has a next segment of its own by the time it
    // has.
    try journal.commit([record(1, bytes: 900), record(2, bytes: 900)], &witness)
    let outcome = job.run()
    #expect(outcome.failure == nil)
    try journal.finishPreparation(outcome)
    try journal.commit([record(3, bytes: 900), record(4, bytes: 900)], &witness)
    try journal.close()
    #expect(try contents(storage).records == witness.staged)
  }

  @Test func `a full disk fails the preparation and leaves the journal working`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    storage.fail(at: storage.calls + 2, .error(28))
    let outcome = journal.beginPreparation().run()
    #expect(outcome.failure?.description.contains("fallocate failed: No space left") == true)
    #expect(throws: JournalError.self) { try journal.finishPreparation(outcome) }
    #expect(!storage.names.contains { $0.hasSuffix(".spare") }, "a useless file is not left behind")
    #expect(journal.needsPreparation == true)
    try journal.commit([record(1, bytes: 100)], &witness)
    try journal.prepareNext()
    try journal.close()
    #expect(try contents(storage).records == witness.staged)
  }

  /// The journal zero-fills before reuse; these disks lie about it.
  @Test func `records of a segment's earlier life are never replayed`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for round in 0..<8 { try journal.commit([record(round, bytes: 400)], &witness) }
    let old = storage.contents("log/00000000000000000002.segment") ?? []
    try journal.snapshot(witness)
    try journal.commit([record(50, bytes: 10)], &witness)
    try journal.snapshot(witness)
    try journal.commit([record(51, bytes: 10)], &witness)
    try journal.close()
    let last = storage.names.filter { $0.hasSuffix(".segment") }.last ?? ""
    let now = storage.contents(last) ?? []
    let end = (now.lastIndex { $0 != 0 } ?? 0) / 8 * 8 + 8

    // Old bytes behind the end of the log, at every record boundary of theirs and everywhere else.
    for offset in stride(from: end, to: now.count, by: 8) {
      let stale = storage.restarted()
      stale.alter(last) { $0.replaceSubrange(offset..., with: old[offset...]) }
      guard let replay = try? contents(stale) else { continue }
      #expect(replay.records == witness.staged, "stale from \(offset)")
    }
    // A whole old segment in the next one's place.
    let stale = storage.restarted()
    let number = FileNames.number(in: String(last.dropFirst(4)), suffix: ".segment") ?? 0
    stale.place(FileNames.segment(number + 1), old)
    #expect(
      throws: JournalError.damaged(
        file: FileNames.segment(number + 1), offset: 0, sequence: journalEnd(storage) + 1,
        .segmentOrder)
    ) {
      _ = try contents(stale)
    }
  }

  @Test func `spares of another size go, and segments of another size are still read`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    for bytes in [1024, 2048, 4096, 1536] {
      var replay = Witness.Replay()
      var journal = try Journal.open(storage, .small(bytes)) { replay.take($0, $1) }
      #expect(replay.records == witness.staged)
      for round in 0..<6 { try journal.commit([record(round, bytes: 500)], &witness) }
      try journal.snapshot(witness)
      for round in 0..<6 { try journal.commit([record(round, bytes: 500)], &witness) }
      try journal.prepareNext()
      try journal.snapshot(witness)
      try journal.close()
    }
    #expect(try contents(storage).records == witness.staged)
  }

  func journalEnd(_ storage: SimulatedStorage) -> UInt64 {
    let summary = try? JournalInspection.run(storage.restarted()) {
      (_, _) throws(JournalError) in
    }
    return summary?.lastSequence ?? 0
  }
}
