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

/// A decoded, validated call. Small: hundreds of thousands a second cross from thread to thread, and nearly all are
/// commands, so that what is rare and large is kept elsewhere (`indirect`).
enum Request: Sendable {
  /// Changes state; the reply is read from the engine afterwards.
  case command(Command, reply: Reply)
  /// The same for what an assister saves of itself: the writer adds what the hours mean in instants.
  indirect case save(ProfileDraft)
  /// The same for what is done to an assister, who is named: the writer knows the names.
  indirect case staff(StaffAction, assister: String, reason: String)
  indirect case query(Query)
  /// May look at more than fits into a turn of the writer.
  indirect case question(Question)
  case subscribe(epoch: String, offset: UInt64)
  /// Empty: of all channels.
  indirect case subscribeNotices(channels: Set<NoticeChannel>)
  case acknowledge(NoticeID, NoticeState, detail: String)
  indirect case simulate(Policy, from: Instant, to: Instant?)
  /// Another token for the caller.
  case renewCredential(milliseconds: Int64)
  /// Puts the session under the token whose public half and digest these are.
  indirect case refreshSession(credential: UInt64, digest: TokenDigest)

  /// What the caller of a command gets.
  enum Reply: Sendable {
    /// Of an assister; nil: the caller's own.
    case status(of: PrincipalID?)
    case profile
    case assignment
    case heldReferral
    case offerClosed
    case referral
    case referralClosed
    /// As the assister sees it.
    case record
    case policy
  }

  /// What staff do to an assister.
  enum StaffAction: Sendable {
    case pardon, deregister, suspend, reinstate
    case setCredentialDate(Instant?)
    case assign(ReferralID)
  }

  /// Reads only, and little.
  enum Query: Sendable {
    case standing
    case profile
    case referral(ReferralID)
    case record(ReferralID)
    case inspection(ReferralID)
    case explanation(ReferralID, assister: String)
    case queue(ReferralQueue, after: ReferralID?, limit: Int, PageToken.Search)
    case policy(version: Int)
    case preset(Policy)
    case serverStatus
  }

  /// Whether the client reads items until it or the server ends the call.
  var isStream: Bool {
    switch self {
    case .subscribe, .subscribeNotices, .simulate: true
    default: false
    }
  }

  /// Whether the writer keeps something of the call beyond its turn, and must hear when it ends otherwise.
  var isKept: Bool {
    if case .question = self { true } else { isStream }
  }
}

/// What crosses from the I/O loops, and from the writer's own jobs, to the writer, in batches.
enum WriterMessage: Sendable {
  case authenticate(ConnectionID, credential: UInt64, digest: TokenDigest)
  case call(ConnectionID, CallRequest)
  /// A stream or a long question was cancelled or ran into its deadline.
  case callEnded(ConnectionID, PrincipalID, call: UInt32)
  case connectionClosed(ConnectionID, PrincipalID)
  /// The server is stopping and every loop has ended: commit what is left and end.
  case stop
  case snapshotFinished(SnapshotJob<FileStorage>.Outcome)
  case segmentPrepared(SegmentPreparation<FileStorage>.Outcome)
  case simulated(SimulationNews)
}
