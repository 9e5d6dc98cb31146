internal import KODEngine
internal import KODJournal

/// A call on its way from a session to the writer.
struct CallRequest: Sendable {
  var call: UInt32
  var principal: PrincipalID
  /// Monotonic milliseconds: past it the writer drops the call undecided.
  var deadline: Int64
  /// When its bytes were read: the instant it is decided at (R27).
  var receivedAt: Instant
  var request: Request
}

/// A decoded, validated call.
enum Request: Sendable {
  /// Changes state; the reply is read from the engine afterwards.
  case command(Command, reply: Reply)
  case query(Query)
  case subscribe(epoch: String, offset: UInt64)

  /// What the caller of a command gets.
  enum Reply: Sendable {
    case standing
    case assignment
    case offerClosed
    case referral
    case referralClosed
  }

  /// Reads only.
  enum Query: Sendable {
    case standing
    case referral(ReferralID)
    case serverStatus
  }

  var isStream: Bool {
    if case .subscribe = self { true } else { false }
  }
}

/// What crosses from the I/O loops to the writer, in batches.
enum WriterMessage: Sendable {
  case authenticate(ConnectionID, credential: UInt64, digest: TokenDigest)
  case call(ConnectionID, CallRequest)
  /// The stream was cancelled or ran into its deadline.
  case unsubscribe(ConnectionID, PrincipalID)
  case connectionClosed(ConnectionID, PrincipalID)
  /// The server is stopping and every loop has ended: commit what is left and end.
  case stop
  case snapshotFinished(SnapshotJob<FileStorage>.Outcome)
  case segmentPrepared(SegmentPreparation<FileStorage>.Outcome)
}
