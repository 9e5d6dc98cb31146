/// A token as the server needs it to authenticate whoever shows it.
public struct CredentialRecord: Hashable, Sendable {
  public var principal: PrincipalID
  public var tokenDigest: TokenDigest
  /// Valid before this instant, and not at it. Nil: without end.
  public var expiresAt: Instant?

  /// Whether it is valid at the instant.
  public func isValid(at instant: Instant) -> Bool { instant.isBefore(end: expiresAt) }
}

/// Who a credential is for.
public struct PrincipalRecord: Hashable, Sendable {
  public var id: PrincipalID
  public var name: String
  public var role: Role
  /// Open assignments at once, if the credential sets them (R36).
  public var capacity: UInt32?
}

/// An Offer with what its assister may see of the referral (R39).
public struct OfferView: Hashable, Sendable {
  public var id: OfferID
  public var referral: ReferralID
  public var assister: PrincipalID
  public var kind: OfferKind
  public var state: OfferState
  public var offeredAt: Instant
  /// Acting at exactly this instant is too late (R27).
  public var deadline: Instant
  /// When it left `pending`.
  public var closedAt: Instant?
  public var helpType: HelpType
  public var language: String
  public var county: County
  public var submittedAt: Instant
  /// General: it reached a session, or a notifier said that it was sent (R22).
  public var delivered: Bool
  /// State `withdrawn`.
  public var withdrawal: WithdrawalCause?
}

/// A referral with everything the engine knows; who may see what of it is the server's to decide
/// (R39).
public struct ReferralView: Hashable, Sendable {
  public var id: ReferralID
  public var partner: PrincipalID
  public var partnerReference: String
  public var state: ReferralState
  public var helpType: HelpType
  public var language: String
  public var county: County
  public var submittedAt: Instant
  /// When it entered its state.
  public var changedAt: Instant
  public var offersMade: UInt32
  public var offersOpen: UInt32
  /// Who accepted it or was given it, while it is held and after it was closed or cancelled so.
  public var holder: PrincipalID?
  /// The holder's; nil if it was given by hand.
  public var acceptedOffer: OfferID?
  /// When the holder accepted it or was given it.
  public var acceptedAt: Instant?
  /// R45.
  public var callbackDue: Instant?
  /// R44.
  public var promise: Instant
  public var contact: Contact
  /// Nobody had tried to call by then (R44).
  public var promiseMissed: Bool
  /// By whoever held it then.
  public var firstAttemptAt: Instant?
  public var reachedAt: Instant?
  /// From 1 (R60).
  public var policyVersion: UInt32
  /// The holder has not tried to call, and the callback was due (R45).
  public var overdue: Bool
  /// The holder was given it by a supervisor (R12).
  public var byHand: Bool
  /// The holder's.
  public var currentAssignment: AssignmentID?
  public var marks: ReferralMarks
}

/// What a referral has been through, for statistics.
public struct ReferralMarks: OptionSet, Hashable, Sendable {
  public var rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Nobody was there when it was submitted (R3).
  public static let foundNobody = ReferralMarks(rawValue: 1 << 0)
  public static let everMass = ReferralMarks(rawValue: 1 << 1)
  public static let everWaited = ReferralMarks(rawValue: 1 << 2)
}

/// Work that an assister holds or held.
public struct AssignmentView: Hashable, Sendable {
  public var id: AssignmentID
  public var referral: ReferralID
  public var assister: PrincipalID
  /// Nil: given by hand (R12).
  public var offer: OfferID?
  public var startedAt: Instant
  public var endedAt: Instant?
  public var end: AssignmentEnd?
  /// R45.
  public var callbackDue: Instant
  public var firstAttemptAt: Instant?
  /// It once became overdue (R45).
  public var becameOverdue: Bool
  /// No attempt yet, and the callback was due (R45).
  public var isOverdue: Bool
  public var attempts: UInt32
  /// How many of them count toward unreachable (R43).
  public var countingAttempts: UInt32
  public var previousOfReferral: AssignmentID?
  public var previousOfAssister: AssignmentID?
}

/// One attempt to call (R13, R14).
public struct AttemptView: Hashable, Sendable {
  public var at: Instant
  public var result: AttemptResult
  /// Toward unreachable (R43).
  public var counts: Bool
}

/// What was done by hand, and why (R12, R16, R17).
public struct DeskNoteView: Hashable, Sendable {
  public var at: Instant
  public var by: PrincipalID
  public var action: DeskAction
  public var reason: String
}

/// What a supervisor looks through.
public enum ReferralQueue: UInt8, Sendable, CaseIterable {
  /// Nobody is being asked.
  case waiting = 0
  /// Held, and not called in time (R45).
  case overdue = 1
  /// Open, and past its promise (R44).
  case promiseMissed = 2
  /// Neither closed nor cancelled.
  case open = 3
}

/// An assister's own standing.
public struct StandingView: Hashable, Sendable {
  /// Nil before the first registration.
  public var kind: AssisterKind?
  public var registration: RegistrationState
  public var override: AvailabilityOverride
  /// R32, as of the last event.
  public var available: Bool
  public var missedInARow: UInt8
  public var missesToDeregister: UInt8
  public var openAssignments: UInt32
  public var capacity: UInt32
  public var languages: [String]
  public var counties: CountySet
  /// How often work was reclaimed from the assister (R46).
  public var brokenAcceptances: UInt32
  /// Why not available; none: available.
  public var blockers: Blockers
  /// "On" holds until then (R33); nil: no end in sight.
  public var overrideUntil: Instant?
  /// The next boundary of the working hours; nil: none known.
  public var nextTurn: Instant?
  /// The license or certificate is valid until then; nil: no date.
  public var credentialUntil: Instant?
  /// Somebody listens for this assister.
  public var hasSession: Bool
}

/// Totals for the server's status.
public struct EngineCounts: Hashable, Sendable {
  public var principals = 0
  public var referrals = 0
  public var referralsGeneral = 0
  public var referralsMass = 0
  public var referralsWaiting = 0
  public var referralsAssigned = 0
  public var referralsContacted = 0
  public var referralsClosed = 0
  public var referralsCancelled = 0
  public var offers = 0
  /// Held, and not called in time (R45).
  public var referralsOverdue = 0
  /// Open, and past their promise (R44).
  public var referralsPromiseMissed = 0
  /// Accepted or given, ever.
  public var assignments = 0
  /// Attempts to call, ever.
  public var attempts = 0
  /// Offers that were accepted, ever.
  public var accepts = 0
  /// Pushes to anybody, ever.
  public var pushes = 0
  /// Assisters whose registration is active.
  public var assisters = 0
  public var assistersAvailable = 0
  /// Notices that nobody has acknowledged yet (R65).
  public var noticesPending = 0
}
