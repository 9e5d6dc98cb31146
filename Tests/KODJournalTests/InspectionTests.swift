import Testing

@testable import KODJournal

@Suite struct InspectionTests {
  @Test func `inspection lists every record and changes nothing`() throws {
    let (storage, witness) = try DamageTests.closedDisk()
    let names = storage.names
    let syncs = storage.syncs
    var payloads: [[UInt8]] = []
    var sequences: [UInt64] = []
    let summary = try JournalInspection.run(storage) { (record, bytes) throws(JournalError) in
      sequences.append(record.sequence)
      if record.isPayload { payloads.append(bytes.withUnsafeBytes { [UInt8]($0) }) }
      #expect(record.durableUpTo < record.sequence && record.epoch == 1)
    }
    #expect(payloads == [[UInt8]](witness.staged.suffix(payloads.count)) && payloads.count >= 4)
    #expect(sequences.last == summary.lastSequence)
    #expect(summary.snapshots.map(\.failure) == [nil, nil])
    #expect(summary.identity == JournalConfiguration.identityOfTests)
    #expect(storage.names == names && storage.syncs == syncs && storage.openHandles == 0)
  }

  @Test func `inspection works beside an open journal and reports a torn tail and a bad snapshot`()
    throws
  {
    let (storage, _) = try DamageTests.closedDisk()
    let bad = storage.names.first { $0.hasSuffix(".snapshot") } ?? ""
    storage.alter(bad) { $0[65] ^= 1 }
    let journal = try Journal.open(storage, .small()) { _, _ in }
    let last = storage.names.filter { $0.hasSuffix(".segment") }.dropLast().last ?? ""
    storage.alter(last) { bytes in bytes[(bytes.lastIndex { $0 != 0 } ?? 0) + 9] = 5 }
    let summary = try JournalInspection.run(storage) { (_, _) throws(JournalError) in }
    #expect(summary.tornTailBytes > 0)
    #expect(summary.snapshots.map { $0.failure == nil } == [false, true])
    #expect(summary.epoch == journal.epoch)
  }
}
