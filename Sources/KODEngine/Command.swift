/// An intention. The engine turns it into events, or rejects it and changes nothing (R18).
public enum Command: Sendable {
  indirect case createPrincipal(NewPrincipal)
  /// Another credential for a principal, beside those that it has.
  indirect case issueCredential(PrincipalID, NewCredential)
  case register(PrincipalID, Registration)
  case setAvailability(PrincipalID, AvailabilityOverride)
  indirect case submit(PrincipalID, Submission)
  case accept(PrincipalID, OfferID)
  case reject(PrincipalID, OfferID, reason: String)
  case close(PrincipalID, ReferralID, Outcome)
  /// A partner cancels its own referral, a supervisor any (R17). A supervisor's is a desk note.
  case cancel(PrincipalID, ReferralID, reason: String = "")
  /// The offers were handed to a live session of their assister, which R22 requires of a miss.
  case offersDelivered([OfferID])
  /// The next version of the policy (R60), by a supervisor or, nil, by the server; equal to the current one: nothing
  /// happens. `expectedVersion`: refused when another one is current.
  indirect case setPolicy(
    Policy, by: PrincipalID? = nil, reason: String = "", expectedVersion: Int? = nil)
  /// The server serves again: every pending offer's window saw a downtime (R23).
  case serverStarted
  /// Whatever time has made due; one item at a time, in R29's order.
  case advance

  // MARK: Work (R12 to R17)

  /// The holder called the Resident, or tried to (R13, R14).
  case logAttempt(PrincipalID, ReferralID, AttemptResult)
  /// The holder gives accepted work back (R16).
  case release(PrincipalID, ReferralID, reason: String)
  /// An assister's own note on a referral it was offered or given; empty: none any more (R71).
  case saveNote(PrincipalID, ReferralID, String)
  /// A supervisor takes accepted work from its holder (R16).
  case takeBack(PrincipalID, ReferralID, reason: String)
  /// A supervisor has a waiting referral routed anew (R12).
  case rerun(PrincipalID, ReferralID, reason: String)
  /// A supervisor gives a waiting referral to an assister (R12).
  case assign(PrincipalID, ReferralID, to: PrincipalID, reason: String)
  /// A supervisor closes a waiting referral as unserved (R12).
  case giveUp(PrincipalID, ReferralID, reason: String)

  // MARK: Assisters (R30 to R34, R65)

  /// Whatever is given is saved; what makes the registration complete makes it active (R30).
  indirect case saveProfile(PrincipalID, ProfileChange)
  /// The assister's own choice (R30).
  case withdrawRegistration(PrincipalID)
  /// What the schedule means after what is known of it: starts where the outlook so far ends, or at an instant that
  /// is not in the future.
  case extendOutlook(PrincipalID, ScheduleOutlook)
  /// Whether anybody listens for the assister. `isFresh`: a session was opened, none resumed (R33).
  case sessionsChanged(PrincipalID, hasSession: Bool, isFresh: Bool)
  /// By a supervisor: the streak is 0, and who was de-registered is active again.
  case pardon(PrincipalID, assister: PrincipalID, reason: String)
  case deregister(PrincipalID, assister: PrincipalID, reason: String)
  case suspend(PrincipalID, assister: PrincipalID, reason: String)
  case reinstate(PrincipalID, assister: PrincipalID, reason: String)
  /// Until when the license or certificate is valid: at exactly that instant it is not any more. Nil: no date.
  case setCredentialDate(
    PrincipalID, assister: PrincipalID, until: Instant?, reason: String)
  /// By a notifier: sent, delivered or failed (R65).
  case acknowledgeNotice(PrincipalID, NoticeID, NoticeState)
}

/// A principal and its first credential.
public struct NewPrincipal: Hashable, Sendable {
  /// 1 to 64 bytes, unique.
  public var name: String
  public var role: Role
  /// The public half of the token: finds the principal.
  public var credential: UInt64
  /// SHA-256 of the whole token.
  public var tokenDigest: TokenDigest
  /// Open assignments at once (R36); nil: the policy's.
  public var capacity: UInt32?
  /// The credential is valid before this instant, and not at it. Nil: without end.
  public var credentialExpiresAt: Instant?

  public init(
    name: String, role: Role, credential: UInt64, tokenDigest: TokenDigest,
    capacity: UInt32? = nil, credentialExpiresAt: Instant? = nil
  ) {
    self.name = name
    self.role = role
    self.credential = credential
    self.tokenDigest = tokenDigest
    self.capacity = capacity
    self.credentialExpiresAt = credentialExpiresAt
  }
}

/// One more token of a principal, of which the engine knows the public half and the digest.
public struct NewCredential: Hashable, Sendable {
  /// The public half of the token: unique among those that are kept.
  public var number: UInt64
  /// SHA-256 of the whole token.
  public var tokenDigest: TokenDigest
  /// Valid before this instant, and not at it. Nil: without end.
  public var expiresAt: Instant?

  public init(number: UInt64, tokenDigest: TokenDigest, expiresAt: Instant?) {
    self.number = number
    self.tokenDigest = tokenDigest
    self.expiresAt = expiresAt
  }

  /// Whether it is valid at the instant.
  public func isValid(at instant: Instant) -> Bool { instant.isBefore(end: expiresAt) }
}

/// 32 bytes, as two halves so that it is a plain value.
public struct TokenDigest: Hashable, Sendable {
  public var high: UInt128
  public var low: UInt128

  public init(high: UInt128, low: UInt128) {
    self.high = high
    self.low = low
  }

  /// Compares all bits whatever they are, so that the time taken says nothing.
  public func matches(_ other: TokenDigest) -> Bool {
    (high ^ other.high) | (low ^ other.low) == 0
  }
}

/// What an assister registers with (R30).
public struct Registration: Hashable, Sendable {
  public var kind: AssisterKind
  /// BCP 47 tags, 1 to 16.
  public var languages: [String]
  public var counties: CountySet

  public init(kind: AssisterKind, languages: [String], counties: CountySet) {
    self.kind = kind
    self.languages = languages
    self.counties = counties
  }
}

/// A Resident's request as the partner submits it.
public struct Submission: Hashable, Sendable {
  public var idempotencyKey: UInt128
  /// 1 to 64 bytes.
  public var partnerReference: String
  public var helpType: HelpType
  /// BCP 47.
  public var language: String
  public var county: County
  public var contact: Contact

  public init(
    idempotencyKey: UInt128, partnerReference: String, helpType: HelpType, language: String,
    county: County, contact: Contact
  ) {
    self.idempotencyKey = idempotencyKey
    self.partnerReference = partnerReference
    self.helpType = helpType
    self.language = language
    self.county = county
    self.contact = contact
  }
}

/// Personal data: shown to the holder of an accepted referral only (R39), never in a log line or an
/// error.
public struct Contact: Hashable, Sendable {
  public var name: String
  /// E.164.
  public var phone: String
  public var notes: String

  public init(name: String, phone: String, notes: String) {
    self.name = name
    self.phone = phone
    self.notes = notes
  }
}

/// What `decide` makes of a command.
public enum Decision: Sendable {
  /// The events to log and apply, in order. Empty: the command was already done (a repeat, R28).
  case accepted([Event], Subject)
  /// Nothing changes.
  case rejected(Rejection)

  /// What the command was about, for the reply: looked up in the engine once everything has been
  /// applied.
  public enum Subject: Hashable, Sendable {
    case principal(PrincipalID)
    case referral(ReferralID)
    case offer(OfferID)
    case none
  }
}

/// Why a command was refused.
public enum Rejection: Hashable, Sendable {
  case principalExists
  case credentialExists
  case idempotencyKeyReused
  case referralUnknown
  case offerUnknown
  /// R28: who-less.
  case offerTaken(at: Instant)
  case offerDeadlinePassed
  case offerWithdrawn
  case offerRejected
  case offerAccepted
  case offerReleased
  case notRegistered
  case alreadyRegistered
  case notTheHolder
  case referralState(ReferralState)
  case capacityReached
  case outcomeNotAllowed
  /// The principal's role does not do that; the server normally refuses earlier.
  case roleNotAllowed
  /// The policy leaves a new registration to staff (R30).
  case registrationNotAllowed
  case policyInvalid
  /// A documented capacity of the engine is used up.
  case engineLimit
  case principalUnknown
  /// As many valid credentials as a principal may have.
  case credentialLimit

  // MARK: Work (R12 to R17)

  /// Not an assister's principal.
  case assisterUnknown
  /// May not take this help type, or held the referral before (R12).
  case assisterNotEligible
  /// Nobody is available and eligible (R12).
  case nobodyToAsk
  /// R43.
  case unreachableTooEarly
  /// The referral was never offered or given to that assister.
  case neverOffered

  // MARK: Assisters (R30 to R34, R65)
  /// The assister's registration does not allow it (R30).
  case assisterState(RegistrationState)
  /// A draft: `ProfileView.missing` names what it lacks.
  case registrationIncomplete
  /// Hours, ranges or instants outside their bounds or their order.
  case scheduleInvalid
  case noticeUnknown
  /// Acknowledged otherwise before.
  case noticeSettled
  /// Another version of the policy is current than the one that was expected.
  case policyVersion
}
