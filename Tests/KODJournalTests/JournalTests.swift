import Testing

@testable import KODJournal

@Suite struct JournalTests {
  @Test func `what was synced comes back in order with its sequence`() throws {
    let storage = SimulatedStorage()
    let records = [
      record(1, bytes: 0), record(2, bytes: 1), record(3, bytes: 8), record(4, bytes: 129),
    ]
    var sequences: [UInt64] = []
    var journal = try Journal.open(storage, .small()) { _, _ in Issue.record("nothing to replay") }
    #expect(journal.recovery.isNew == true)
    #expect(journal.epoch == 1)
    for record in records { sequences.append(try journal.stage(bytes: record)) }
    #expect(journal.durableSequence < sequences[0])
    try journal.sync()
    #expect(journal.durableSequence == sequences[3])
    try journal.close()

    var replayed: [(UInt64, [UInt8])] = []
    let again = try Journal.open(storage, .small()) { recovered, bytes in
      guard case .record(let sequence) = recovered else { throw Refusal() }
      replayed.append((sequence, bytes.withUnsafeBytes { [UInt8]($0) }))
    }
    #expect(replayed.map(\.0) == sequences)
    #expect(replayed.map(\.1) == records)
    #expect(again.recovery.recordsReplayed == 4)
    #expect(again.recovery.isNew == false)
  }

  @Test func `every opening is a new epoch and identity is for life`() throws {
    let storage = SimulatedStorage()
    for epoch in UInt64(1)...5 {
      var configuration = JournalConfiguration.small()
      if epoch > 1 { configuration.newIdentity = 42 }
      let journal = try Journal.open(storage, configuration) { _, _ in }
      #expect(journal.epoch == epoch)
      #expect(journal.identity == JournalConfiguration.identityOfTests)
      // Every second opening ends without closing.
      if epoch % 2 == 0 { try journal.close() }
    }
  }

  @Test func `a second opener is refused until the first is gone`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(storage, .small()) { _, _ in }
    #expect(throws: JournalError.locked(file: "lock")) { _ = try contents(storage) }
    try journal.close()
    _ = try contents(storage)
    #expect(storage.openHandles == 0)
  }

  @Test func `the largest record fits and one byte more is refused and harms nothing`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    let maximum = journal.maximumPayloadBytes
    #expect(maximum == 1024 - 64 - 48)
    #expect(throws: JournalError.recordTooLarge(bytes: maximum + 1, maximumBytes: maximum)) {
      _ = try journal.stage(bytes: record(1, bytes: maximum + 1))
    }
    try journal.commit([record(2, bytes: maximum), record(3, bytes: 5)], &witness)
    try journal.commit([record(4, bytes: maximum), record(5, bytes: maximum)], &witness)
    try journal.close()
    #expect(try contents(storage).records == witness.staged)
  }

  @Test(arguments: [IOFailure.Operation.write, .synchronize])
  func `a failed write or sync is final and the error stays the same`(
    operation: IOFailure.Operation
  ) throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 100)], &witness)
    _ = try journal.stage(bytes: record(2, bytes: 100))
    storage.fail(at: storage.calls + (operation == .write ? 1 : 2), .error(28))
    let file = "log/00000000000000000001.segment"
    let expected = JournalError.io(IOFailure(operation, file, code: 28))
    #expect(throws: expected) { try journal.sync() }
    let calls = storage.calls
    #expect(throws: expected) { try journal.sync() }
    #expect(throws: expected) { _ = try journal.stage(bytes: record(3, bytes: 100)) }
    #expect(throws: expected) { try journal.markDurable() }
    #expect(storage.calls == calls, "a dead journal leaves the disk alone")
    #expect(journal.needsPreparation == false)
    #expect(journal.durableSequence == 2)
    #expect(expected.description.contains("No space left on device"))
  }

  @Test func `one batch is one write and one sync`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small(16 << 10)) { _, _ in }
    let before = storage.calls
    try journal.commit((0..<50).map { record($0, bytes: 100) }, &witness)
    #expect(
      storage.callNames[before...].map { $0.prefix { $0 != " " } } == ["pwrite", "fdatasync"])
    let after = storage.calls
    try journal.sync()
    #expect(storage.calls == after, "nothing staged, nothing to do")
  }

  @Test func `what replay refuses stops the opening and names the record`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 10)], &witness)
    try journal.close()
    #expect(
      throws: JournalError.replayRefused(
        file: "log/00000000000000000001.segment", offset: 112, sequence: 2, reason: "Refusal()")
    ) {
      _ = try Journal.open(storage, .small()) { _, _ in throw Refusal() }
    }
    #expect(storage.openHandles == 0)
    #expect(try contents(storage).records == witness.staged)
  }

  @Test func `progress ends at the total`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for seed in 0..<20 { try journal.commit([record(seed, bytes: 300)], &witness) }
    try journal.close()
    var reports: [RecoveryProgress] = []
    _ = try Journal.open(storage, .small(), progress: { reports.append($0) }) { _, _ in }
    #expect(reports.map(\.bytesDone) == reports.map(\.bytesDone).sorted())
    #expect(reports.last.map { $0.bytesDone == $0.bytesTotal && $0.bytesTotal > 6000 } == true)
  }

  @Test(arguments: [0, 512, 1000, 1025, (1 << 30) + 512])
  func `segment sizes outside the limits are refused`(bytes: Int) {
    #expect(throws: JournalError.self) {
      _ = try Journal.open(SimulatedStorage(), .small(bytes)) { _, _ in }
    }
  }

  @Test func `a mark is written once and only when something is unmarked`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 10)], &witness)
    try journal.markDurable()
    #expect(journal.durableSequence == 3)
    let calls = storage.calls
    try journal.markDurable()
    #expect(storage.calls == calls)
  }

  struct Refusal: Error {}
}
