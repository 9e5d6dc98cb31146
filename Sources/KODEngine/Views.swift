/// A credential as the server needs it to authenticate.
public struct PrincipalRecord: Hashable, Sendable {
  public var id: PrincipalID
  public var name: String
  public var role: Role
  public var tokenDigest: TokenDigest
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
  /// The assister who accepted it.
  public var holder: PrincipalID?
  public var acceptedOffer: OfferID?
  public var acceptedAt: Instant?
  /// R45.
  public var callbackDue: Instant?
  /// R44.
  public var promise: Instant
  public var contact: Contact
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
