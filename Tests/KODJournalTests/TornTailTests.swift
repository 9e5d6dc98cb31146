import Testing

@testable import KODJournal

/// A crash in the middle of a write leaves any part of it.
@Suite struct TornTailTests {
  static let segment = "log/00000000000000000001.segment"

  /// A disk with some acknowledged records, and what it looks like once a further batch is written
  /// whole.
  struct Scene {
    var before: [UInt8]
    var after: [UInt8]
    var witness = Witness()
    /// Where each record of the unsynced batch begins, and where the batch ends.
    var batch: Range<Int>

    init(batch sizes: [Int], segmentBytes: Int = 4096) throws {
      let storage = SimulatedStorage()
      var journal = try Journal.open(storage, .small(segmentBytes)) { _, _ in }
      try journal.commit([record(1, bytes: 100), record(2, bytes: 33)], &witness)
      before = storage.contents(TornTailTests.segment) ?? []
      for (index, size) in sizes.enumerated() {
        witness.staged.append(record(10 + index, bytes: size))
        _ = try journal.stage(bytes: witness.staged.last ?? [])
      }
      let start = 64 + 48 + (48 + 104) + (48 + 40)
      batch = start..<start + journal.stagedBytes
      try journal.sync()
      after = storage.contents(TornTailTests.segment) ?? []
      #expect(before[..<start] == after[..<start] && before != after)
    }

    /// Opens a disk with this segment; whatever happens must be a repair that loses nothing
    /// acknowledged.
    func recover(_ bytes: [UInt8], _ comment: String) throws {
      let storage = SimulatedStorage()
      storage.place(TornTailTests.segment, bytes)
      var replay = Witness.Replay()
      var journal = try Journal.open(storage, .small(bytes.count)) { replay.take($0, $1) }
      #expect(witness.accepts(replay), "\(comment)")
      if let torn = journal.recovery.tornTail {
        let end = Int(torn.offset) + torn.byteCount
        #expect(storage.contents(torn.copy) == [UInt8](bytes[Int(torn.offset)..<end]))
        #expect(torn.sequence == replay.lastSequence + 1)
      }
      // The journal goes on from there, and keeps what it is given.
      var after = witness
      after.restart(with: replay)
      try journal.commit([record(99, bytes: 61)], &after)
      var again = Witness.Replay()
      let next = try Journal.open(storage.restarted(), .small(bytes.count)) { again.take($0, $1) }
      #expect(again.records == after.staged)
      #expect(next.recovery.tornTail == nil, "repaired once, repaired for good: \(comment)")
    }
  }

  @Test func `any prefix of the last record is replayed whole or repaired`() throws {
    let scene = try Scene(batch: [200])
    for cut in scene.batch.lowerBound...scene.batch.upperBound {
      let bytes = [UInt8](scene.after[..<cut] + scene.before[cut...])
      try scene.recover(bytes, "cut at \(cut)")
    }
  }

  @Test func `any suffix of the last record is replayed whole or repaired`() throws {
    let scene = try Scene(batch: [200])
    for cut in scene.batch.lowerBound...scene.batch.upperBound {
      let bytes = [UInt8](scene.before[..<cut] + scene.after[cut...])
      try scene.recover(bytes, "from \(cut)")
    }
  }

  @Test func `any subset of the sectors of the last batch is replayed or repaired`() throws {
    let scene = try Scene(batch: [700, 0, 300, 450, 511, 90, 900])
    let sectors = scene.batch.lowerBound / 512...(scene.batch.upperBound - 1) / 512
    #expect(sectors.count >= 7)
    for mask in 0..<(1 << sectors.count) {
      var bytes = scene.before
      for (index, sector) in sectors.enumerated() where mask >> index & 1 == 1 {
        let range = sector * 512..<(sector + 1) * 512
        bytes.replaceSubrange(range, with: scene.after[range])
      }
      try scene.recover(bytes, "sectors \(String(mask, radix: 2))")
    }
  }

  @Test func `a batch across two segments tears at any sector of either`() throws {
    for mask in 0..<UInt64(256) {
      for failingSync in 1...2 {
        let storage = SimulatedStorage()
        var witness = Witness()
        var journal = try Journal.open(storage, .small()) { _, _ in }
        try journal.prepareNext()
        try journal.commit([record(1, bytes: 300)], &witness)
        for (seed, size) in [200, 150, 600, 100].enumerated() {
          witness.staged.append(record(seed + 2, bytes: size))
          _ = try journal.stage(bytes: witness.staged.last ?? [])
        }
        storage.fail(at: storage.calls + failingSync * 2, .crash)
        #expect(throws: JournalError.self) { try journal.sync() }
        #expect(storage.dirtySectors > 0)
        let replay = try contents(storage.afterCrash(.mask(mask)))
        #expect(witness.accepts(replay), "mask \(mask), sync \(failingSync)")
      }
    }
  }

  @Test(arguments: [0, 512])
  func `what a torn write left in the next segment is copied and zeroed`(offset: Int) throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([record(1, bytes: 40)], &witness)
    try journal.prepareNext()
    try journal.close()
    let next = "log/00000000000000000002.segment"
    storage.alter(next) { $0[offset + 5] = 9 }
    var replay = Witness.Replay()
    let again = try Journal.open(storage, .small()) { replay.take($0, $1) }
    #expect(replay.records == witness.staged)
    #expect(again.recovery.tornTail?.file == next)
    #expect(storage.contents(next)?.allSatisfy { $0 == 0 } == true)
    #expect(again.needsPreparation == false, "repaired, it is the next segment again")
  }

  @Test func `a torn copy is never overwritten by the next one of the same place`() throws {
    let scene = try Scene(batch: [200])
    let cut = scene.batch.upperBound - 8
    let bytes = [UInt8](scene.after[..<cut] + scene.before[cut...])
    let storage = SimulatedStorage()
    storage.place(Self.segment, bytes)
    storage.place("torn/00000000000000000001-\(scene.batch.lowerBound)-1.torn", [7])
    let journal = try Journal.open(storage, .small(bytes.count)) { _, _ in }
    #expect(
      journal.recovery.tornTail?.copy
        == "torn/00000000000000000001-\(scene.batch.lowerBound)-2.torn")
  }

  @Test func `a crash at any step of the repair leaves a tail that repairs`() throws {
    let scene = try Scene(batch: [700, 300])
    let cut = scene.batch.upperBound - 8
    let bytes = [UInt8](scene.after[..<cut] + scene.before[cut...])
    try forEveryCall(policies: [.dropped, .kept, .half(1), .half(2), .prefix(1)]) { fault in
      let storage = SimulatedStorage()
      storage.place(Self.segment, bytes)
      fault.arm(storage)
      do throws(JournalError) {
        _ = try contents(storage, .small(bytes.count))
      } catch {
        guard fault.fired(in: storage) else { throw error }
      }
      let replay = try contents(fault.restart(storage), .small(bytes.count))
      #expect(scene.witness.accepts(replay) && replay.records.count <= 3, "\(fault)")
      return storage
    }
  }
}
