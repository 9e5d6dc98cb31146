import KODJournal
import Testing

/// Stands outside the journal and remembers what it was given and what it promised. The "state"
/// that its snapshots hold is simply every record so far.
struct Witness: Equatable {
  /// Everything staged, in order; the first `acknowledged` of it came back from a sync.
  var staged: [[UInt8]] = []
  var acknowledged = 0

  /// What a journal handed over on opening.
  struct Replay: Equatable {
    var records: [[UInt8]] = []
    var lastSequence: UInt64 = 0
    var tookSnapshot = false

    mutating func take(_ recovered: Recovered, _ bytes: RawSpan) {
      let payload = bytes.withUnsafeBytes { [UInt8]($0) }
      switch recovered {
      case .snapshot(let sequence):
        #expect(records.isEmpty, "a snapshot comes first")
        records = Witness.decode(payload)
        lastSequence = sequence
        tookSnapshot = true
      case .record(let sequence):
        #expect(sequence > lastSequence, "sequences ascend")
        records.append(payload)
        lastSequence = sequence
      }
    }
  }

  /// True if `replay` holds everything acknowledged, nothing that was not staged, and all in order.
  func accepts(_ replay: Replay) -> Bool {
    replay.records.count >= acknowledged && replay.records.count <= staged.count
      && replay.records[...] == staged[..<replay.records.count]
  }

  /// The journal was opened again and this is what there is.
  mutating func restart(with replay: Replay) {
    staged = replay.records
    acknowledged = staged.count
  }

  var state: [UInt8] {
    staged.flatMap { record in
      withUnsafeBytes(of: UInt32(record.count).littleEndian) { [UInt8]($0) } + record
    }
  }

  static func decode(_ state: [UInt8]) -> [[UInt8]] {
    var records: [[UInt8]] = []
    var rest = state[...]
    while rest.count >= 4 {
      let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      records.append([UInt8](rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return records
  }
}

extension JournalConfiguration {
  static let identityOfTests: UInt128 = 0x0123_4567_89AB_CDEF_1122_3344_5566_7788

  /// Small segments, and a snapshot only when a test asks for one.
  static func small(_ segmentBytes: Int = 1024) -> JournalConfiguration {
    JournalConfiguration(
      newIdentity: identityOfTests, segmentBytes: segmentBytes, snapshotEveryBytes: 1 << 30)
  }
}

extension Journal {
  mutating func stage(bytes: [UInt8]) throws(JournalError) -> UInt64 {
    try stage(bytes.span.bytes)
  }

  /// Stages and syncs, with the witness looking on.
  mutating func commit(_ records: [[UInt8]], _ witness: inout Witness) throws(JournalError) {
    for record in records {
      witness.staged.append(record)
      _ = try stage(bytes: record)
    }
    try sync()
    witness.acknowledged = witness.staged.count
  }

  mutating func snapshot(_ witness: Witness) throws(JournalError) {
    let job = beginSnapshot(state: witness.state)
    try finishSnapshot(job.run())
  }

  mutating func prepareNext() throws(JournalError) {
    guard needsPreparation else { return }
    try finishPreparation(beginPreparation().run())
  }
}

/// What a journal holds, found by opening and closing it.
func contents<S: Storage>(
  _ storage: S, _ configuration: JournalConfiguration = .small()
) throws(JournalError) -> Witness.Replay {
  var replay = Witness.Replay()
  let journal = try Journal.open(storage, configuration) { replay.take($0, $1) }
  try journal.close()
  return replay
}

/// A record of `count` bytes that no other seed has.
func record(_ seed: Int, bytes count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: seed &* 31 &+ $0 &* 7 &+ 1) }
}
