/// How a journal is laid out and when it wants a snapshot.
public struct JournalConfiguration: Sendable {
  /// Identity given to a directory when it is created: random bytes from the caller. A directory
  /// that has one keeps it.
  public var newIdentity: UInt128
  /// Size of segments to come: a multiple of 512, from 1 KiB to 1 GiB. It bounds a record: segment
  /// - 112 bytes.
  public var segmentBytes: Int
  /// Bytes of log after which `needsSnapshot` is true.
  public var snapshotEveryBytes: UInt64
  /// Used-up segments kept for reuse; more are removed.
  public var maximumSpares: Int

  /// 16 MiB: the first start zero-fills one segment before it can serve, and every start reads the
  /// last two.
  public static let defaultSegmentBytes = 16 << 20
  public static let defaultSnapshotEveryBytes: UInt64 = 64 << 20

  public init(
    newIdentity: UInt128, segmentBytes: Int = defaultSegmentBytes,
    snapshotEveryBytes: UInt64 = defaultSnapshotEveryBytes, maximumSpares: Int = 2
  ) {
    self.newIdentity = newIdentity
    self.segmentBytes = segmentBytes
    self.snapshotEveryBytes = snapshotEveryBytes
    self.maximumSpares = maximumSpares
  }

  /// Whole sectors, room for a record, and offsets that fit the formats.
  static func isSegmentSize(_ bytes: UInt64) -> Bool {
    (1 << 10...1 << 30).contains(bytes) && bytes % 512 == 0
  }

  func validate() throws(JournalError) {
    guard segmentBytes > 0, JournalConfiguration.isSegmentSize(UInt64(segmentBytes)) else {
      throw .invalidConfiguration(
        "segmentBytes \(segmentBytes) is not a multiple of 512 from 1 KiB to 1 GiB")
    }
    guard maximumSpares >= 0 else {
      throw .invalidConfiguration("maximumSpares \(maximumSpares) is negative")
    }
  }
}

/// What replay is handed, beside its bytes.
public enum Recovered: Equatable, Sendable {
  /// The whole state as of `sequence`; first if at all.
  case snapshot(sequence: UInt64)
  /// One record. Sequences ascend, with gaps where the journal's own records stand.
  case record(sequence: UInt64)
}

/// How far recovery has come, in bytes of snapshot and log; the total includes the unused end of
/// the log.
public struct RecoveryProgress: Equatable, Sendable {
  public var bytesDone: UInt64
  public var bytesTotal: UInt64
}

/// What opening found and did: worth a line in the server's log.
public struct RecoveryReport: Equatable, Sendable {
  /// The directory was empty.
  public var isNew = false
  /// Sequence of the snapshot that recovery started from.
  public var snapshotSequence: UInt64?
  /// Snapshots that were unreadable and are kept as `….damaged`.
  public var damagedSnapshots: [String] = []
  /// Records handed to replay after the snapshot, and the bytes they take in the log.
  public var recordsReplayed: UInt64 = 0
  public var bytesReplayed: UInt64 = 0
  public var tornTail: TornTail?

  /// A write that a crash cut short: nobody had been told of it.
  public struct TornTail: Equatable, Sendable {
    public var file: String
    public var offset: UInt64
    public var byteCount: Int
    /// The record that would have been next.
    public var sequence: UInt64
    /// The file that keeps the bytes.
    public var copy: String
  }
}
