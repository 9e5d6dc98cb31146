/// Looks at a data directory without locking, syncing or changing anything: for verification and
/// dumps. Beside a running server it may see a batch half written, as a torn tail.
public enum JournalInspection {
  /// One record as it stands in the log, the journal's own included.
  public struct Record: Equatable, Sendable {
    public var sequence: UInt64
    public var epoch: UInt64
    public var durableUpTo: UInt64
    public var file: String
    public var offset: UInt64
    /// False for the journal's own: openings and marks.
    public var isPayload: Bool
  }

  /// A snapshot file, and what is wrong with it.
  public struct Snapshot: Equatable, Sendable {
    public var sequence: UInt64
    public var failure: JournalError?
  }

  /// What a whole pass over the directory found.
  public struct Summary: Equatable, Sendable {
    public var identity: UInt128
    public var epoch: UInt64
    public var lastSequence: UInt64
    public var segmentCount: Int
    public var snapshots: [Snapshot]
    /// Bytes at the end that an opening would repair.
    public var tornTailBytes: Int
  }

  /// Reads every segment and verifies every snapshot. Throws what an opening would refuse with.
  public static func run<S: Storage>(
    _ storage: S, visit: (Record, RawSpan) throws(JournalError) -> Void
  ) throws(JournalError) -> Summary {
    let inventory = try Inventory(storage)
    var snapshots: [Snapshot] = []
    var anchor: LogPosition?
    for sequence in inventory.snapshots {
      do throws(JournalError) {
        let header = try SnapshotFile.verify(storage, sequence: sequence)
        anchor = LogPosition(sequence: sequence + 1, epoch: header.epoch, chain: header.chain)
        snapshots.append(Snapshot(sequence: sequence, failure: nil))
      } catch {
        snapshots.append(Snapshot(sequence: sequence, failure: error))
      }
    }
    let oldest = inventory.segments.lazy.compactMap(\.header).first
    let segments = try inventory.segments(after: (oldest?.firstSequence ?? 1) - 1)
    guard let identity = segments.first?.header?.identity else {
      preconditionFailure("the log starts with a sound header")
    }
    let scan = LogScan(
      storage: storage, segments: segments, identity: identity, anchor: anchor,
      durableMark: inventory.snapshots.last ?? 0, settling: false)
    let end = try scan.run(
      progress: { _ in },
      visit: { (place, payload) throws(JournalError) in
        let header = place.record.header
        let record = Record(
          sequence: header.sequence, epoch: header.epoch, durableUpTo: header.durableUpTo,
          file: place.file, offset: place.offset, isPayload: place.record.kind == .payload)
        try visit(record, payload)
      })
    return Summary(
      identity: identity, epoch: end.position.epoch, lastSequence: end.position.sequence - 1,
      segmentCount: segments.count, snapshots: snapshots, tornTailBytes: end.torn?.bytes.count ?? 0)
  }
}
