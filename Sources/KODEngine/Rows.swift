// The rows of the engine's tables. A principal, referral or Offer of number n has index n - 1.

struct Principal {
  var name: String
  var role: Role
  /// In the order of their issue; never none. Some may be past their end: the next issue drops them.
  var credentials: [NewCredential]
  var capacity: UInt32?
  /// Number of the newest referral it submitted; 0: none. Derived.
  var lastSubmission: UInt32 = 0
}

/// What a principal is as an assister; the row of anybody else stays as it is here.
struct Assister {
  var registration = RegistrationState.none
  var kind = AssisterKind.agent
  var override = AvailabilityOverride.followSchedule
  /// R32's "inside weekly hours and outside breaks", as of the last turn.
  var insideHours = true
  var isOutOfOffice = false
  /// The license or certificate is past its date (R32).
  var credentialExpired = false
  /// What the suspension came from: a later date ends it then.
  var suspendedByCredential = false
  /// Somebody listens.
  var hasSession = false
  /// False: `kind` says nothing yet.
  var hasKind = false
  /// Indexes of interned languages, in the order they were registered.
  var languages: [UInt16] = []
  var counties = CountySet()
  var registeredAt = Instant.zero
  /// R50, and the Offers that make it up.
  var missedInARow: UInt8 = 0
  var streakOffers: [OfferID] = []
  /// The Offers whose misses led to the last de-registration (R31).
  var deregistrationOffers: [OfferID] = []
  /// Nil: never had one. R37.
  var lastGeneralOffer: Instant?
  var offersOnDay: UInt32 = 0
  /// The day that `offersOnDay` counts ends then.
  var dayOfOffersEnds = Instant.zero
  /// R46.
  var brokenAcceptances: UInt32 = 0

  // Derived from Offers and referrals.
  /// Number of the newest Offer to it; 0: none.
  var lastOffer: UInt32 = 0
  /// R36: at most one.
  var openGeneralOffer: OfferID?
  var openOffers = SortedSet<OfferID>()
  var openAssignments = SortedSet<ReferralID>()
  /// Number of a row; 0: none. Derived from assignments.
  var lastAssignment: UInt32 = 0
}

struct Referral {
  var partner: PrincipalID
  var idempotencyKey: UInt128
  var partnerReference: String
  var helpType: HelpType
  var language: UInt16
  var county: County
  var contact: Contact
  /// Index of the policy it started under (R60).
  var policy: Int
  var submittedAt: Instant
  var state = ReferralState.general
  var changedAt: Instant
  /// R41; nil before the first general Offer or without a phase.
  var phaseEnds: Instant?
  /// A general Offer ended in a way after which the policy opens mass.
  var goesToMass = false
  var massOpenedAt = Instant.zero
  /// R42; the last window's, if there was one.
  var massEnds = Instant.zero
  var massLapsed = false
  var massReminders: UInt8 = 0
  /// By anybody (R44).
  var firstAttemptAt: Instant?
  var reachedAt: Instant?
  var promiseMissed = false
  var marks = ReferralMarks()
  /// General Offers of phases before the last re-run (R12).
  var generalOffersBefore: UInt32 = 0
  /// Numbers of rows; 0: none.
  var lastAssignment: UInt32 = 0
  var lastDeskNote: UInt32 = 0

  // Derived from Offers.
  var openOffers: UInt32 = 0
  var openGeneralOffer: OfferID?
  var generalOffers: UInt32 = 0
  var runs = OfferRuns()
  /// Numbers; 0: none. The partner's referral before this one, and the newest row in `stages`.
  var previousOfPartner: UInt32 = 0
  var lastStage: UInt32 = 0
}

/// A referral went to mass, or to waiting: a moment at which somebody, or nobody, was chosen
/// (R37). The general ones are in the Offers.
struct StageRow {
  var referral: UInt32
  /// Number of the row before it of the same referral; 0: none. Derived.
  var previous: UInt32 = 0
  /// How many Offers there were before it.
  var offersBefore: UInt32
  /// Nil: mass.
  var waiting: WaitingCause?
  var at: Instant
}

/// An assister was de-registered for misses (R31); in the order of the instants.
struct DeregistrationRow {
  var assister: UInt32
  /// Number of the Offer missed last.
  var offer: UInt32
  var at: Instant
}

/// Work that an assister accepted or was given. Row n - 1 has number n; 0 is none.
struct AssignmentRow {
  var referral: UInt32
  var assister: UInt32
  /// Nil: given by hand (R12).
  var offer: OfferID?
  var startedAt: Instant
  /// Meaningless without `end`.
  var endedAt = Instant.zero
  var end: AssignmentEnd?
  /// R45: it came to that; an attempt later changes nothing of it.
  var overdue = false
  /// R47: the last one sent.
  var reminders: UInt8 = 0
  var previousOfReferral: UInt32
  var previousOfAssister: UInt32

  // Derived from attempts.
  var firstAttemptAt: Instant?
  var attempts: UInt16 = 0
  var countingAttempts: UInt16 = 0
  /// Number of its row; 0: none.
  var lastAttempt: UInt32 = 0

  var referralIndex: Int { Int(referral) }
  var assisterIndex: Int { Int(assister) }
}

struct AttemptRow {
  /// Number of its row.
  var assignment: UInt32
  var at: Instant
  var result: AttemptResult
  /// Toward unreachable (R43).
  var counts: Bool
  /// The one before it of the same assignment.
  var previous: UInt32
}

struct DeskNoteRow {
  var referral: UInt32
  var at: Instant
  var by: PrincipalID
  var action: DeskAction
  var reason: String
  /// The one before it of the same referral.
  var previous: UInt32
}

/// Whose note on what.
struct NoteKey: Hashable, Comparable {
  var assister: UInt32
  var referral: UInt32

  static func < (left: NoteKey, right: NoteKey) -> Bool {
    left.assister == right.assister
      ? left.referral < right.referral : left.assister < right.assister
  }
}

struct Offer {
  var referral: UInt32
  var assister: UInt32
  /// Number of the Offer before it to the same assister; 0: none. Derived.
  var previousOfAssister: UInt32 = 0
  /// The how-manieth to the assister that day it was (R37's "Offers today", itself included).
  var countOfDay: UInt32 = 0
  var offeredAt: Instant
  var deadline: Instant
  /// Meaningless while pending.
  var closedAt = Instant.zero
  var kind: OfferKind
  var state = OfferState.pending
  /// The three below in one byte, as in the state's bytes.
  var marks: UInt8 = 0

  /// General: it reached a session (R22).
  var delivered: Bool {
    get { marks & 8 != 0 }
    set { marks = newValue ? marks | 8 : marks & ~8 }
  }
  /// General: R22's conditions were broken in the window; a lapse is no miss (R23).
  var excused: Bool {
    get { marks & 4 != 0 }
    set { marks = newValue ? marks | 4 : marks & ~4 }
  }
  /// General: reminders sent (R47), at most 2.
  var reminders: UInt8 {
    get { marks & 3 }
    set { marks = marks & ~3 | newValue & 3 }
  }
  /// State `withdrawn`.
  var withdrawal: WithdrawalCause?
  /// There is a row in `notices` (R65); derived.
  var hasNotice = false

  var referralIndex: Int { Int(referral) }
  var assisterIndex: Int { Int(assister) }
}

extension PrincipalID {
  init(index: Int) { self.init(UInt32(index + 1)) }
  var index: Int { Int(number) - 1 }
}

extension ReferralID {
  init(index: Int) { self.init(UInt64(index + 1)) }
  /// Of any number, -1 and beyond the table included: to be checked before use.
  var index: Int { Int(clamping: number) - 1 }
}

extension OfferID {
  init(index: Int) { self.init(UInt64(index + 1)) }
  var index: Int { Int(clamping: number) - 1 }
}

extension Instant {
  static let zero = Instant(microseconds: 0)

  /// The day of the program: UTC-5 all year until days are boundaries given from outside (R34).
  var programDay: Int32 {
    let day: Int64 = 86_400_000_000
    let shifted = microseconds - 5 * 3_600_000_000
    let quotient = shifted / day
    return Int32(truncatingIfNeeded: shifted < 0 && shifted % day != 0 ? quotient - 1 : quotient)
  }

  static func startOfProgramDay(_ day: Int32) -> Instant {
    Instant(microseconds: (Int64(day) * 24 + 5) * 3_600_000_000)
  }
}
