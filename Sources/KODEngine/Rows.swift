// The rows of the engine's tables. A principal, referral or Offer of number n has index n - 1.

struct Principal {
  var name: String
  var role: Role
  var credential: UInt64
  var tokenDigest: TokenDigest
  var capacity: UInt32?
}

/// What a principal is as an assister; the row of anybody else stays as it is here.
struct Assister {
  var registration = RegistrationState.none
  var kind = AssisterKind.agent
  var override = AvailabilityOverride.followSchedule
  /// R32's "inside weekly hours and outside breaks". Boundaries of the schedule will be events;
  /// until then, always.
  var insideHours = true
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
  var dayOfOffers: Int32 = 0

  // Derived from Offers and referrals.
  /// R36: at most one.
  var openGeneralOffer: OfferID?
  var openOffers = SortedSet<OfferID>()
  var openAssignments = SortedSet<ReferralID>()
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
  /// The one that was accepted; its assister is the holder.
  var acceptedOffer: OfferID?

  // Derived from Offers.
  var openOffers: UInt32 = 0
  var openGeneralOffer: OfferID?
  var generalOffers: UInt32 = 0
  var runs = OfferRuns()
}

struct Offer {
  var referral: UInt32
  var assister: UInt32
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
