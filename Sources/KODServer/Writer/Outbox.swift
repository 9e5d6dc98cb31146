internal import KODEngine
internal import KODWire

/// What the writer has for one I/O loop: frames, encoded where the state that they describe is owned, and verdicts on
/// credentials. Two flat arrays, so that a batch of any size is two allocations and one hand-over.
struct OutboxBatch: Sendable {
  /// A run of bytes in `frames`: whole frames of one call.
  struct Entry: Sendable {
    var connection: ConnectionID
    var call: UInt32
    var byteCount: Int
    /// The call ends with these bytes.
    var isLast: Bool
  }

  struct Verdict: Sendable {
    var connection: ConnectionID
    var verdict: CredentialVerdict
  }

  /// The session is under another credential, as an answer among the entries says.
  struct Refresh: Sendable {
    var connection: ConnectionID
    /// Nil: the credential has no end.
    var expiresAt: Instant?
  }

  var entries: [Entry]
  var frames: [UInt8]
  var verdicts: [Verdict]
  /// In the order of the calls.
  var refreshes: [Refresh]
}

/// Holds every reply and push of a batch back until the log has been synced: BEFORE `release` the process has told
/// nobody. Reads wait here too, they may have seen state that is not on disk yet.
struct Outbox {
  /// What has gathered for one loop. The writer's buffer is kept for the next turn.
  private final class Gathering {
    var entries: [OutboxBatch.Entry] = []
    var verdicts: [OutboxBatch.Verdict] = []
    var refreshes: [OutboxBatch.Refresh] = []
    var frames = ByteWriter(minimumCapacity: 65_536)
  }

  private let gatherings: [Gathering]

  init(loops: Int) {
    gatherings = (0..<loops).map { _ in Gathering() }
  }

  func respond(_ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage) {
    append(connection, call, .response, message, isLast: true)
  }

  func fail(_ connection: ConnectionID, _ call: UInt32, _ status: Status) {
    append(connection, call, .status, status, isLast: true)
  }

  /// One of a stream.
  func item(_ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage) {
    append(connection, call, .item, message, isLast: false)
  }

  /// The regular end of a stream.
  func end(_ connection: ConnectionID, _ call: UInt32) {
    append(connection, call, .status, Status(code: .ok), isLast: true)
  }

  func verdict(_ connection: ConnectionID, _ verdict: CredentialVerdict) {
    gatherings[connection.loop].verdicts.append(
      OutboxBatch.Verdict(connection: connection, verdict: verdict))
  }

  /// With the answer that says so.
  func refresh(_ connection: ConnectionID, expiresAt: Instant?) {
    gatherings[connection.loop].refreshes.append(
      OutboxBatch.Refresh(connection: connection, expiresAt: expiresAt))
  }

  private func append(
    _ connection: ConnectionID, _ call: UInt32, _ type: FrameType, _ message: some WireMessage,
    isLast: Bool
  ) {
    let gathering = gatherings[connection.loop]
    let payloadBytes = gathering.frames.appendFrame(type: type, call: call, payload: message)
    gathering.entries.append(
      OutboxBatch.Entry(
        connection: connection, call: call, byteCount: FrameHeader.byteCount + payloadBytes,
        isLast: isLast))
  }

  /// Hands everything over, a batch for each loop that has one. Only after a sync.
  func release(_ deliver: (_ loop: Int, OutboxBatch) -> Void) {
    for (loop, gathering) in gatherings.enumerated()
    where !gathering.entries.isEmpty || !gathering.verdicts.isEmpty
      || !gathering.refreshes.isEmpty
    {
      deliver(
        loop,
        OutboxBatch(
          entries: gathering.entries, frames: gathering.frames.bytes,
          verdicts: gathering.verdicts, refreshes: gathering.refreshes))
      gathering.entries = []
      gathering.verdicts = []
      gathering.refreshes = []
      gathering.frames.removeAll()
    }
  }
}
