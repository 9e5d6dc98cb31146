internal import KODEngine
internal import KODWire

/// What the writer has for one I/O loop: frames, encoded where the state that they describe is owned, and verdicts on
/// credentials. Flat arrays, so that a batch of any size is a few allocations and one hand-over.
struct OutboxBatch: Sendable {
  /// A run of bytes in `frames`: one frame of a call, or none.
  struct Entry: Sendable {
    enum Kind: UInt8, Sendable {
      /// The call ends with this frame.
      case last
      case item
      /// An item with a tag: the next one in `tags`.
      case push
      /// An item of which only so many can wait: of a current state, or a notice, which others wait for.
      case bounded
      /// No bytes: the writer has done with a call that it does not answer, because the client was told otherwise.
      case settled
    }

    var connection: ConnectionID
    var call: UInt32
    var byteCount: UInt32
    var kind: Kind

    var isLast: Bool { kind == .last }
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
  /// Of the pushes among the entries, in their order.
  var tags: [PushTag] = []
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
    var tags: [PushTag] = []
    var verdicts: [OutboxBatch.Verdict] = []
    var refreshes: [OutboxBatch.Refresh] = []
    var frames = ByteWriter(minimumCapacity: 65_536)
  }

  private let gatherings: [Gathering]

  init(loops: Int) {
    gatherings = (0..<loops).map { _ in Gathering() }
  }

  func respond(_ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage) {
    append(connection, call, .response, message, .last)
  }

  func fail(_ connection: ConnectionID, _ call: UInt32, _ status: Status) {
    append(connection, call, .status, status, .last)
  }

  /// One of a stream.
  func item(_ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage) {
    append(connection, call, .item, message, .item)
  }

  /// One of a subscription, which may be collapsed while it waits.
  func push(
    _ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage, _ tag: PushTag
  ) {
    append(connection, call, .item, message, .push, tag)
  }

  /// One of a bounded number: it does not make a reader slow, however few bytes its connection takes at once.
  func boundedItem(_ connection: ConnectionID, _ call: UInt32, _ message: some WireMessage) {
    append(connection, call, .item, message, .bounded)
  }

  /// The regular end of a stream.
  func end(_ connection: ConnectionID, _ call: UInt32) {
    append(connection, call, .status, Status(code: .ok), .last)
  }

  /// The writer has done with a call of which the client has been told, or will be, that it is over. Each call that
  /// comes to the writer gets exactly one last word: a response, a status or this.
  func settle(_ connection: ConnectionID, _ call: UInt32) {
    gatherings[connection.loop].entries.append(
      OutboxBatch.Entry(connection: connection, call: call, byteCount: 0, kind: .settled))
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
    _ kind: OutboxBatch.Entry.Kind, _ tag: PushTag? = nil
  ) {
    let gathering = gatherings[connection.loop]
    let payloadBytes = gathering.frames.appendFrame(type: type, call: call, payload: message)
    gathering.entries.append(
      OutboxBatch.Entry(
        connection: connection, call: call,
        byteCount: UInt32(FrameHeader.byteCount + payloadBytes), kind: kind))
    if let tag { gathering.tags.append(tag) }
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
          entries: gathering.entries, frames: gathering.frames.bytes, tags: gathering.tags,
          verdicts: gathering.verdicts, refreshes: gathering.refreshes))
      gathering.entries = []
      let tags = gathering.tags.count
      gathering.tags = []
      // As a rule the next batch is alike.
      gathering.tags.reserveCapacity(min(tags, 1_024))
      gathering.verdicts = []
      gathering.refreshes = []
      gathering.frames.removeAll()
    }
  }
}
