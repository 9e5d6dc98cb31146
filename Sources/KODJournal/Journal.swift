/// A write-ahead log with snapshots: opaque records made durable in order, and handed back in order
/// after any crash. One owner uses it, on one thread at a time; the jobs it hands out run anywhere.
///
/// What is durable before what: a record before `sync` returns; a segment's last record before the
/// first byte of the next segment; a snapshot, verified, before any segment it replaces is given
/// back.
public struct Journal<S: Storage>: ~Copyable, Sendable {
  /// A segment of the log in use.
  struct Segment: Sendable {
    var number: UInt64
    /// Unknown for a segment that recovery had no need to read.
    var firstSequence: UInt64?
    var byteCount: Int
  }

  /// The segment being written.
  struct Active: Sendable {
    var file: StorageFile
    var offset: UInt64
  }

  /// Given at creation and kept for the life of the data directory.
  public let identity: UInt128
  public let configuration: JournalConfiguration
  /// What opening found.
  public let recovery: RecoveryReport

  let storage: S
  let lock: StorageFile
  var staging: Staging
  var active: Active?
  var segments: [Segment]
  /// The segment after the last one: all zeros, its name durable.
  var prepared: StorageFile?
  var isPreparing = false
  /// Used-up segments waiting to be filled with zeros, and the number for the next such name.
  var spares: [String]
  var nextSpare: UInt64
  /// Verified snapshots, ascending.
  var snapshots: [UInt64]
  var isSnapshotting = false
  /// Log since the newest snapshot: what was there at opening, and a mark in `staging.recordBytes`.
  var bytesBeforeOpening: UInt64
  var bytesAtSnapshot: UInt64 = 0
  var bytesAtJob: UInt64 = 0
  /// Highest record that a durable record says is durable.
  var markedSequence: UInt64
  private(set) var durable: UInt64
  var failure: JournalError?

  /// Opened parts, put together by `open`.
  struct Parts {
    var identity: UInt128
    var recovery: RecoveryReport
    var position: LogPosition
    var lastPayload: UInt64 = 0
    var markedSequence: UInt64 = 0
    var active: Active?
    var room = 0
    var segments: [Segment] = []
    var prepared: StorageFile?
    var spares: [String] = []
    var nextSpare: UInt64 = 1
    var snapshots: [UInt64] = []
  }

  init(_ storage: S, _ configuration: JournalConfiguration, lock: StorageFile, _ parts: Parts) {
    identity = parts.identity
    self.configuration = configuration
    recovery = parts.recovery
    self.storage = storage
    self.lock = lock
    staging = Staging(
      identity: parts.identity, newSegmentBytes: configuration.segmentBytes,
      position: parts.position, lastPayload: parts.lastPayload,
      segmentNumber: parts.segments.last?.number ?? 0, room: parts.room)
    active = parts.active
    segments = parts.segments
    prepared = parts.prepared
    spares = parts.spares
    nextSpare = parts.nextSpare
    snapshots = parts.snapshots
    bytesBeforeOpening = parts.recovery.bytesReplayed
    markedSequence = parts.markedSequence
    durable = parts.position.sequence - 1
  }

  deinit {
    if let active { storage.close(active.file) }
    if let prepared { storage.close(prepared) }
    storage.close(lock)
  }

  /// Opening number of the directory: each `open` is a new epoch.
  public var epoch: UInt64 { staging.position.epoch }
  /// The newest record staged.
  public var stagedSequence: UInt64 { staging.stagedSequence }
  /// The newest record that no crash can take back.
  public var durableSequence: UInt64 { durable }
  /// Bytes waiting for `sync`.
  public var stagedBytes: Int { staging.buffer.count }
  /// The largest payload that `stage` takes: a record never spans segments.
  public var maximumPayloadBytes: Int { staging.maximumPayloadBytes }
  /// Bytes of records that can be synced without making another segment first: what a full disk
  /// leaves.
  public var roomBytes: Int {
    staging.roomBytes
      + (prepared == nil ? 0 : configuration.segmentBytes - SegmentHeader.byteCount)
  }

  /// Takes a record into memory and returns its sequence. Throws `.recordTooLarge`, or what made
  /// the journal dead. Durable only after `sync`.
  public mutating func stage(_ payload: RawSpan) throws(JournalError) -> UInt64 {
    if failure != nil { try throwFailure() }
    let result = payload.withUnsafeBytes { bytes -> Result<UInt64, JournalError> in
      do throws(JournalError) {
        return .success(try staging.append(bytes, kind: .payload))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Makes everything staged durable: one write and one synchronization, twice that where a segment
  /// ends. A failure is final: nobody can know what the disk holds, so every later call throws the
  /// same error and only a new `open`, which reads the disk, can tell.
  public mutating func sync() throws(JournalError) {
    try throwFailure()
    guard staging.buffer.count > 0 else { return }
    do throws(JournalError) {
      try writeStaged()
    } catch {
      failure = error
      throw error
    }
    markedSequence = durable
    durable = staging.stagedSequence
    staging.removeAll()
  }

  /// Writes down that every record is durable, if that is not on disk yet. Until then a last batch
  /// that rots on disk looks like one that a crash cut short. `close` does it; a server may when it
  /// is idle.
  public mutating func markDurable() throws(JournalError) {
    try sync()
    guard staging.lastPayload > markedSequence else { return }
    try stageInternal(.mark)
    try sync()
  }

  /// Syncs, marks everything durable and gives the lock back. Finish snapshot and preparation jobs
  /// before.
  public consuming func close() throws(JournalError) {
    try markDurable()
  }

  mutating func stageInternal(_ kind: RecordKind) throws(JournalError) {
    _ = try staging.append(UnsafeRawBufferPointer(start: nil, count: 0), kind: kind)
  }

  /// First record of this opening, durable before the caller gets the journal.
  mutating func beginEpoch() throws(JournalError) {
    staging.beginEpoch()
    try stageInternal(.opening)
    try sync()
  }

  @inline(never)
  func throwFailure() throws(JournalError) {
    if let failure { throw failure }
  }

  private mutating func writeStaged() throws(JournalError) {
    var start = 0
    for cut in staging.cuts {
      // In this order: the first byte of a segment says that the one before it is complete.
      try write(start..<cut.offset)
      try rotate(firstSequence: cut.firstSequence)
      start = cut.offset
    }
    try write(start..<staging.buffer.count)
  }

  private mutating func write(_ range: Range<Int>) throws(JournalError) {
    guard !range.isEmpty else { return }
    guard let active else { preconditionFailure("the first record begins a segment") }
    try storage.write(active.file, at: active.offset, staging.buffer.slice(range))
    try storage.synchronize(active.file)
    self.active?.offset += UInt64(range.count)
  }

  private mutating func rotate(firstSequence: UInt64) throws(JournalError) {
    if prepared == nil { try prepareInline() }
    guard let file = prepared else { preconditionFailure("a segment was just prepared") }
    if let active { storage.close(active.file) }
    active = Active(file: file, offset: 0)
    prepared = nil
    segments.append(
      Segment(
        number: nextSegmentNumber, firstSequence: firstSequence,
        byteCount: configuration.segmentBytes))
  }

  var nextSegmentNumber: UInt64 { (segments.last?.number ?? 0) + 1 }
}
