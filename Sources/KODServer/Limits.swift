internal import KODEngine
internal import KODWire

/// Every bound of a session and of the server, each named once. `WELCOME` advertises those that a client must know.
public struct Limits: Sendable {
  /// Payload of one frame, either way. Judged by the header, before the payload is buffered.
  public var maximumPayloadBytes = FrameLimits.maximumPayloadBytes
  /// Payload of `HELLO`: what an unauthenticated peer may make the server hold.
  public var maximumHelloBytes = FrameLimits.maximumHelloBytes
  /// All plaintext of a connection before it is welcomed.
  public var maximumBytesBeforeWelcome = 16_384
  /// From the TCP connection to a `HELLO` that can be answered.
  public var helloTimeoutMilliseconds: Int64 = 10_000
  /// Calls of a session that the writer has not done with, streams included; so a cancelled one counts a little longer.
  public var maximumCallsInFlight = 64
  /// A client that has been silent so long sends `PING`.
  public var pingIntervalMilliseconds: Int64 = 25_000
  /// After so much silence the server closes: two lost pings and some delay.
  public var silenceLimitMilliseconds: Int64 = 60_000
  /// Of a unary call that gave no timeout.
  public var defaultTimeoutMilliseconds: Int64 = 10_000
  /// A longer timeout of a unary call is shortened to this.
  public var maximumTimeoutMilliseconds: Int64 = 60_000
  public var maximumPingBytes = FrameLimits.maximumPingBytes
  /// Unsent output above which a connection is not read any further (backpressure).
  public var outputHighWaterBytes = 262_144
  /// Sealed bytes of one connection that the kernel holds unsent; the rest is this process's to count.
  public var kernelUnsentBytes: Int32 = 131_072
  /// Sealed bytes that wait for one connection, and likewise stream items of all kinds: with more it is a slow consumer
  /// and is closed.
  public var outputLimitBytes = 1_048_576
  /// Stream items that wait for a connection whose socket does not take them. More are collapsed, then given up.
  public var pushQueueBytes = 262_144
  /// Waiting stream items of one connection that are sealed in one tick, so that one that reads again does not hold up
  /// the others.
  public var queueBudgetBytes = 262_144
  /// Cancelled calls of a session in a row.
  public var cancelBurst = 128
  /// Cancelled calls of a session in the long run.
  public var cancelsPerSecond = 32
  /// Notices in a notifier's stream that are not acknowledged; further ones wait for those.
  public var maximumOpenNotices = 1_000
  /// Ciphertext read from one connection in one tick, so that a busy one does not starve the others.
  public var readBudgetBytes = 262_144
  /// How long a stopping server waits for calls in flight.
  public var drainMilliseconds: Int64 = 3_000
  /// How long a closing connection has for reading GOING_AWAY and closing its side.
  public var lingerMilliseconds: Int64 = 2_000
  /// Sessions of one loop; nil: as many as the process may have descriptors.
  public var maximumSessionsPerLoop: Int?
  /// Connections of one loop beyond its limit that are let in to be told SESSION_LIMIT.
  public var refusalsAtOnce = 32
  /// A renewed credential is valid so long at most, and unless the client asks for less.
  public var credentialLifetimeMilliseconds: Int64 = 90 * 24 * 3_600_000
  /// Pushes of a gap that are older are not replayed: the subscriber gets the current state instead.
  public var resumeAgeMilliseconds: Int64 = 24 * 3_600_000
  /// Descriptors kept for everything that is not a session: log, listeners, epoll, standard streams, refusals.
  public var reservedDescriptors = 256

  public init() {}
}

extension Limits {
  /// As `WELCOME` says them: every bound that a client can meet, none of them zero.
  var advertised: KODWire.Limits {
    KODWire.Limits(
      maximumPayloadBytes: UInt32(maximumPayloadBytes),
      maximumCallsInFlight: UInt32(maximumCallsInFlight),
      pingIntervalMs: UInt32(pingIntervalMilliseconds),
      silenceLimitMs: UInt32(silenceLimitMilliseconds),
      defaultTimeoutMs: UInt32(defaultTimeoutMilliseconds),
      maximumTimeoutMs: UInt32(maximumTimeoutMilliseconds),
      resumePushes: UInt32(EngineLimits.keptPushes),
      resumeAgeMs: UInt64(resumeAgeMilliseconds),
      maximumHelloBytes: UInt32(maximumHelloBytes),
      maximumBytesBeforeWelcome: UInt32(maximumBytesBeforeWelcome),
      helloTimeoutMs: UInt32(helloTimeoutMilliseconds),
      maximumPingBytes: UInt32(maximumPingBytes),
      pushQueueBytes: UInt32(pushQueueBytes),
      readPauseBytes: UInt32(outputHighWaterBytes),
      outputLimitBytes: UInt32(outputLimitBytes),
      cancelBurst: UInt32(cancelBurst),
      cancelsPerSecond: UInt32(cancelsPerSecond),
      idempotencyKeyMs: UInt64(EngineLimits.idempotencyMemory.microseconds / 1_000),
      credentialLifetimeMs: UInt64(credentialLifetimeMilliseconds),
      maximumCredentials: UInt32(EngineLimits.credentialsPerPrincipal),
      maximumStateReferrals: UInt32(CommitLoop.mostReferrals),
      maximumLongQuestions: UInt32(LongQuestions.most),
      maximumPageSize: FieldCheck.maximumPageSize,
      maximumOpenNotices: UInt32(maximumOpenNotices),
      lingerMs: UInt32(lingerMilliseconds),
      drainMs: UInt32(drainMilliseconds),
      // Whoever listens says whether there is one already; nobody counts further.
      maximumSubscriptions: 1,
      maximumStandingOffers: UInt32(ReplyLimits.standingOffers),
      maximumStandingAssignments: UInt32(ReplyLimits.standingAssignments),
      maximumAttempts: UInt32(ReplyLimits.attempts),
      maximumUpdateRows: UInt32(UpdatesScan.mostRows),
      maximumDeskNotes: UInt32(ReplyLimits.deskNotes),
      maximumMoments: UInt32(Engine.momentsExplained),
      maximumSimulationRequests: UInt32(SimulationLimits.requests),
      maximumSimulationAssisters: UInt32(SimulationLimits.assisters))
  }
}
