public import KODEngine
public import KODJournal
internal import KODTransport

/// The journal as the server uses it: on files.
public typealias ServerJournal = Journal<FileStorage>

/// The engine and the log that it can be made from again. Stage and apply go together; `commit` makes durable whatever
/// was staged. One owner: the writer, or an offline tool.
public final class DurableEngine {
  public private(set) var engine: Engine
  public private(set) var journal: ServerJournal
  private var events: [Event] = []
  private var record: [UInt8] = []

  /// Opens a data directory (makes it if it is not there), takes its lock, replays snapshot and log, and stages that
  /// a new run has begun.
  ///
  /// - Parameters:
  ///   - segmentBytes: size of the log's files to come.
  ///   - snapshotEveryBytes: log after which the state is written whole, which bounds the replay.
  ///   - progress: told now and then how many of how many bytes have been read.
  /// - Throws: `StartError` when the directory is in use, damaged, or holds what this version can't read. Nothing is
  ///   changed then.
  public init(
    directory: String, segmentBytes: Int = JournalConfiguration.defaultSegmentBytes,
    snapshotEveryBytes: UInt64 = JournalConfiguration.defaultSnapshotEveryBytes,
    progress: (RecoveryProgress) -> Void = { _ in }
  ) throws(StartError) {
    var engine = Engine(policy: .phase15)
    do {
      journal = try ServerJournal.open(
        FileStorage(path: directory, creating: true),
        JournalConfiguration(
          newIdentity: SecureRandom.uint128(), segmentBytes: segmentBytes,
          snapshotEveryBytes: snapshotEveryBytes), progress: progress
      ) { recovered, bytes in
        switch recovered {
        case .snapshot:
          engine = try Engine(decodingState: bytes)
        case .record:
          for event in try Event.decodeAll(bytes) {
            // A sound record that another history wrote: refused by name, never applied.
            guard engine.fits(event) else {
              throw StartError("an event does not follow from those before it")
            }
            engine.apply(event)
          }
          // Whoever listened then has been told, or asks for it by offset; notices come from the state.
          _ = engine.takePushes()
          _ = engine.takeNotices()
        }
      }
    } catch {
      // Most name a file in the directory, some the directory itself.
      let cause = "\(error)"
      throw StartError(cause.hasPrefix(directory) ? cause : "\(directory)/\(cause)")
    }
    self.engine = engine
    // First of all: whatever lapsed since the log ended lapsed while nobody served (R23).
    do { _ = try perform(.serverStarted, at: .now()) } catch { throw StartError("\(error)") }
  }

  /// The stream epoch: clients that saw offsets of another epoch must resynchronise. The data
  /// directory's identity, and how this version counts pushes.
  public var streamEpoch: String {
    let digits = String(journal.identity, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits + "."
      + String(Engine.pushNumbering)
  }

  /// Decides, stages and applies. Nobody may be told before `commit`.
  public func perform(
    _ command: Command, at instant: Instant
  ) throws(JournalError) -> Result<Decision.Subject, Rejection> {
    events.removeAll(keepingCapacity: true)
    let result = engine.perform(command, at: instant, log: &events)
    if !events.isEmpty {
      record.removeAll(keepingCapacity: true)
      for event in events { event.encode(to: &record) }
      // A local: the span must not outlive an access to this object.
      let bytes = record
      _ = try journal.stage(bytes.span.bytes)
    }
    return result
  }

  /// The pushes that the commands since the last call have caused.
  func takePushes() -> [Push] { engine.takePushes() }

  /// The same into an array that is used again and again.
  func takePushes(into pushes: inout [Push]) { engine.takePushes(into: &pushes) }

  /// What has happened to notices since the last call.
  func takeNotices() -> [NoticeNews] { engine.takeNotices() }

  /// Syncs if anything is staged. After a failure the journal is dead: end the process.
  ///
  /// - Returns: whether a sync was needed.
  @discardableResult
  public func commit() throws(JournalError) -> Bool {
    guard journal.stagedSequence > journal.durableSequence else { return false }
    try journal.sync()
    return true
  }

  /// Notes on disk that everything is durable: from then on rot in the last record is not taken for a torn tail. For
  /// idle moments, and the end.
  public func markDurable() throws(JournalError) { try journal.markDurable() }

  // MARK: Jobs for other threads

  /// A snapshot, when enough log has gathered since the last one. Everything must be committed.
  func beginSnapshotIfNeeded() -> SnapshotJob<FileStorage>? {
    journal.needsSnapshot ? journal.beginSnapshot(state: engine.encodeState()) : nil
  }

  func finish(_ snapshot: SnapshotJob<FileStorage>.Outcome) throws(JournalError) {
    try journal.finishSnapshot(snapshot)
  }

  /// The next segment, made ahead of need so that no commit waits for it.
  func beginPreparationIfNeeded() -> SegmentPreparation<FileStorage>? {
    journal.needsPreparation ? journal.beginPreparation() : nil
  }

  func finish(_ preparation: SegmentPreparation<FileStorage>.Outcome) throws(JournalError) {
    try journal.finishPreparation(preparation)
  }
}

/// Why the server, or an offline tool, can't work on a data directory. For the operator.
public struct StartError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension Instant {
  /// The wall clock. Loops and tools read it; the engine is told.
  public static func now() -> Instant { Instant(microseconds: WallClock.microseconds()) }
}
