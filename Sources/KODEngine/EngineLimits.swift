/// What the engine holds at most. A command that would exceed one is refused with
/// `Rejection.engineLimit`.
public enum EngineLimits {
  /// Principals: one bit each in every routing set, so that a set stays within 128 KiB.
  public static let principals = 1 << 20
  /// Credentials of a principal that are valid at the same time: a few devices, each with the one
  /// that it has and the one that follows.
  public static let credentialsPerPrincipal = 16
  /// Referrals: their index is kept in 32 bits.
  public static let referrals = 1 << 31
  /// Offers: their links keep to 32 bits.
  public static let offers = Int(UInt32.max)
  /// Work accepted or given: a row's number is kept in 32 bits.
  public static let assignments = 1 << 31
  /// Attempts to call: a row's number is kept in 32 bits.
  public static let attempts = 1 << 31
  /// Of one holder: far more than anybody makes.
  public static let attemptsPerAssignment = 1000
  /// Things done by hand: a row's number is kept in 32 bits.
  public static let deskNotes = 1 << 31
  /// Of an assister's own note: bytes of UTF-8.
  public static let noteBytes = 1000
  /// Of a reason: bytes of UTF-8.
  public static let reasonBytes = 200
  /// Distinct languages: each costs a routing set.
  public static let languages = 4096
  /// Versions of the policy: each is kept, since a referral keeps the version it started under
  /// (R60).
  public static let policies = 1 << 16
  /// Languages of one assister.
  public static let languagesPerAssister = 64
  /// Changes of availability kept per assister, to explain choices of the past.
  public static let availabilityChanges = 256
  /// Turns of an outlook, and days of it.
  public static let outlookTurns = 4096
  public static let outlookDays = 128
  /// An outlook with less ahead is short.
  public static let outlookAhead = Instant.Interval.minutes(7 * 24 * 60)
  /// Assisters in one event of a schedule: what one step of the writer takes at most.
  public static let turnsPerEvent = 4096
  /// Bounds of My Availability (R74).
  public static let weeklyHours = 42
  public static let breaksPerSpan = 12
  public static let outOfOfficeRanges = 32
  /// Staff's notes, and rows of notices: their numbers are kept in 32 bits.
  public static let staffNotes = 1 << 31
  /// Pushes kept per principal for resuming a subscription.
  public static let keptPushes = 256
  /// How long an idempotency key is remembered.
  public static let idempotencyMemory = Instant.Interval.minutes(24 * 60)
  /// The latest instant the engine deals with (year 2112): an instant keeps to 52 bits in a kept
  /// push.
  public static let latestInstant = Instant(microseconds: 1 << 52 - 1)
  /// The longest span a policy may set: sums of instants and spans then never overflow.
  public static let longestSpan = Instant.Interval.minutes(30 * 24 * 60)
}
