import Testing

@testable import KODJournal

/// Bytes that change on disk: exact state or refusal, never a silent difference.
@Suite struct DamageTests {
  /// A closed journal with two snapshots, several segments and records after the newest snapshot.
  static func closedDisk() throws -> (SimulatedStorage, Witness) {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for round in 0..<3 {
      try journal.commit([record(round, bytes: 50), record(round + 50, bytes: 480)], &witness)
      if round < 2 { try journal.snapshot(witness) }
    }
    try journal.commit([record(90, bytes: 121)], &witness)
    try journal.commit([record(91, bytes: 4), record(92, bytes: 5)], &witness)
    // With the next segment in its place even a missing last one leaves a gap.
    try journal.prepareNext()
    try journal.close()
    return (storage, witness)
  }

  @Test(arguments: [UInt8(0x01), 0x80, 0xFF])
  func `flipping any byte of a closed directory gives the exact state or a refusal`(
    flip: UInt8
  ) throws {
    let (pristine, witness) = try Self.closedDisk()
    var refused = 0
    var exact = 0
    for name in pristine.names where name != "lock" {
      for index in (pristine.contents(name) ?? []).indices {
        let storage = pristine.restarted()
        storage.alter(name) { $0[index] ^= flip }
        do throws(JournalError) {
          let replay = try contents(storage)
          #expect(replay.records == witness.staged, "\(name) byte \(index)")
          exact += 1
        } catch {
          guard case .damaged = error else {
            Issue.record("\(name) byte \(index): \(error)")
            continue
          }
          refused += 1
        }
        #expect(storage.openHandles == 0)
      }
    }
    // Both must happen: the log has no second copy, the newest snapshot has.
    #expect(refused > 500)
    #expect(exact > 1000)
  }

  @Test func `zeroing any 8 bytes of a closed directory is no different`() throws {
    let (pristine, witness) = try Self.closedDisk()
    for name in pristine.names where name != "lock" {
      for index in stride(from: 0, to: (pristine.contents(name) ?? []).count, by: 8) {
        let storage = pristine.restarted()
        storage.alter(name) { bytes in
          for offset in index..<min(index + 8, bytes.count) { bytes[offset] = 0 }
        }
        guard let replay = try? contents(storage) else { continue }
        #expect(replay.records == witness.staged, "\(name) bytes at \(index)")
      }
    }
  }

  @Test func `a refusal names file, offset and sequence and changes nothing`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    for seed in 0..<3 { try journal.commit([record(seed, bytes: 16)], &witness) }
    try journal.close()
    let file = "log/00000000000000000001.segment"
    storage.alter(file) { $0[112 + 64 + 48 + 3] ^= 4 }
    let names = storage.names
    let bytes = storage.contents(file)
    let expected = JournalError.damaged(file: file, offset: 176, sequence: 3, .payloadChecksum)
    #expect(throws: expected) { _ = try contents(storage) }
    #expect(storage.names == names)
    #expect(storage.contents(file) == bytes)
    #expect(
      expected.description
        == "\(file): damaged at offset 176, sequence 3: the payload does not match its checksum")
  }

  @Test func `rot in an acknowledged record is not taken for a torn tail once it is marked`() throws
  {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 16)], &witness)
    try journal.markDurable()
    storage.alter("log/00000000000000000001.segment") { $0[112 + 50] ^= 1 }
    #expect(throws: JournalError.self) { _ = try contents(storage.restarted()) }
  }

  @Test func `any file of the log that is missing is noticed`() throws {
    let (pristine, witness) = try Self.closedDisk()
    var refused = 0
    for name in pristine.names where name != "lock" {
      let storage = pristine.restarted()
      storage.place(name, nil)
      do throws(JournalError) {
        #expect(try contents(storage).records == witness.staged, "\(name)")
      } catch {
        refused += 1
      }
    }
    #expect(refused >= 1)
  }

  @Test func `any file cut short is noticed`() throws {
    let (pristine, witness) = try Self.closedDisk()
    for name in pristine.names where name != "lock" {
      let count = pristine.contents(name)?.count ?? 0
      for kept in stride(from: 0, to: count, by: 37) {
        let storage = pristine.restarted()
        storage.alter(name) { $0.removeLast(count - kept) }
        guard let replay = try? contents(storage) else { continue }
        #expect(replay.records == witness.staged, "\(name) cut to \(kept)")
      }
    }
  }

  @Test func `a segment of another directory is refused`() throws {
    let (storage, _) = try Self.closedDisk()
    let other = SimulatedStorage()
    var configuration = JournalConfiguration.small()
    configuration.newIdentity = 99
    var witness = Witness()
    var journal = try Journal.open(other, configuration) { _, _ in }
    for round in 0..<12 { try journal.commit([record(round, bytes: 400)], &witness) }
    try journal.close()
    let last = storage.names.filter { $0.hasSuffix(".segment") }.dropLast().last ?? ""
    #expect(other.contents(last) != nil)
    storage.alter(last) { $0 = other.contents(last) ?? [] }
    #expect(throws: JournalError.self) { _ = try contents(storage) }
  }

  /// Two histories of one directory that part at record 3: same identity, epoch, sequences and sizes.
  @Test func `a sound record of another history is not taken for this one's`() throws {
    let disks = try [3, 4].map { seed in
      let storage = SimulatedStorage()
      var witness = Witness()
      var journal = try Journal.open(storage, .small()) { _, _ in }
      for record in [record(1, bytes: 16), record(seed, bytes: 16), record(5, bytes: 16)] {
        try journal.commit([record], &witness)
      }
      try journal.close()
      return storage
    }
    let file = "log/00000000000000000001.segment"
    let fourth = 112 + 64 * 2..<112 + 64 * 3
    let foreign = disks[1].contents(file) ?? []
    disks[0].alter(file) { $0.replaceSubrange(fourth, with: foreign[fourth]) }
    #expect(throws: JournalError.damaged(file: file, offset: 240, sequence: 4, .chain)) {
      _ = try contents(disks[0])
    }
  }

  /// Epoch, sequence, durable-up-to, kind: each is checked by itself, whatever the checksums say.
  @Test(arguments: [8, 16, 24, 32])
  func `a record with sound checksums and a wrong field is not replayed`(field: Int) throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 16)], &witness)
    let file = "log/00000000000000000001.segment"
    storage.alter(file) { bytes in
      bytes[112 + field] += 7
      let sum = bytes.checksum(112..<112 + 44)
      withUnsafeBytes(of: sum.littleEndian) { bytes.replaceSubrange(156..<160, with: $0) }
    }
    // A mark of its own proves the record durable; otherwise it passes for the end of the log.
    #expect((try? contents(storage.restarted()).records) ?? [] == [])
  }

  @Test func `a snapshot of another history is refused`() throws {
    let disks = try [3, 4].map { seed in
      let storage = SimulatedStorage()
      var witness = Witness()
      var journal = try Journal.open(storage, .small()) { _, _ in }
      try journal.commit([record(seed, bytes: 16)], &witness)
      try journal.snapshot(witness)
      try journal.commit([record(5, bytes: 16)], &witness)
      try journal.close()
      return storage
    }
    let snapshot = "snapshot/00000000000000000002.snapshot"
    disks[0].alter(snapshot) { $0 = disks[1].contents(snapshot) ?? [] }
    #expect(throws: JournalError.self) { _ = try contents(disks[0]) }
  }

  @Test func `an unknown format version is refused by its number`() throws {
    let (storage, _) = try Self.closedDisk()
    let last = storage.names.filter { $0.hasSuffix(".segment") }.dropLast().last ?? ""
    storage.alter(last) { bytes in
      bytes[8] = 2
      let sum = bytes[..<60].withUnsafeBytes { Checksum.crc32c($0) }
      withUnsafeBytes(of: sum.littleEndian) { bytes.replaceSubrange(60..<64, with: $0) }
    }
    #expect(throws: JournalError.unsupportedVersion(file: last, version: 2)) {
      _ = try contents(storage)
    }
  }
}
