// What the numbers of View Metrics mean (R72): here and nowhere else. "The numbers" in
// `Protocol/NUMBERS.md` says the same for those who call.

/// Offers by the state they are in now.
public struct OfferTally: Hashable, Sendable {
  public var pending: UInt64 = 0
  public var accepted: UInt64 = 0
  public var rejected: UInt64 = 0
  public var missed: UInt64 = 0
  public var expired: UInt64 = 0
  public var taken: UInt64 = 0
  public var withdrawn: UInt64 = 0
  public var released: UInt64 = 0

  public init() {}

  /// All of them.
  public var received: UInt64 {
    pending + accepted + rejected + missed + expired + taken + withdrawn + released
  }

  mutating func count(_ state: OfferState) {
    switch state {
    case .pending: pending += 1
    case .accepted: accepted += 1
    case .rejected: rejected += 1
    case .missed: missed += 1
    case .expired: expired += 1
    case .taken: taken += 1
    case .withdrawn: withdrawn += 1
    case .released: released += 1
    }
  }
}

/// How often work ended with an outcome.
public struct OutcomeTally: Hashable, Sendable {
  public var outcome: Outcome
  public var count: UInt64

  public init(outcome: Outcome, count: UInt64) {
    self.outcome = outcome
    self.count = count
  }
}

/// An assister's numbers of a period. An Offer belongs to the period in which it was made, work to
/// the one in which it was accepted or given; both count as they stand now. Medians and 90th
/// percentiles: by nearest rank, in milliseconds, 0 of none (`ExactPercentiles`).
public struct AssisterMetrics: Hashable, Sendable {
  /// The period: half-open.
  public var from: Instant
  public var to: Instant
  /// General Offers made to the assister.
  public var general = OfferTally()
  /// Mass Offers made to the assister.
  public var mass = OfferTally()
  /// Of the Offers of both kinds that ended accepted, rejected, released or missed: how many of
  /// 1000 were accepted, rounded to the nearest, half up. 0 of none. Expired, taken and withdrawn
  /// ones say nothing about the assister.
  public var acceptancePermille: UInt32 = 0
  /// From the Offer to the answer; Offers of both kinds that were accepted or rejected.
  public var respondMedian: UInt32 = 0
  public var respondP90: UInt32 = 0
  /// From acceptance, or being given the work, to the first attempt to call, whatever came of it.
  public var firstCallMedian: UInt32 = 0
  public var firstCallP90: UInt32 = 0
  /// Work accepted or given.
  public var assignments: UInt64 = 0
  /// Of them, with an attempt by this assister.
  public var called: UInt64 = 0
  /// Of those called, whose first attempt came before the referral's promise was over (R44).
  public var calledInPromise: UInt64 = 0
  /// Of the assignments: reclaimed for want of a call (R46).
  public var brokenAcceptances: UInt64 = 0
  /// Of the assignments: closed by the assister. Ascending by outcome, without zeros.
  public var outcomes: [OutcomeTally] = []
  /// Offers of both kinds by the hour of the day they were made in; 24.
  public var receivedByHour = [UInt64](repeating: 0, count: 24)

  public init(from: Instant, to: Instant) {
    self.from = from
    self.to = to
  }
}

/// The program's numbers of a period: of the referrals submitted in it, whatever happened to them
/// until now. Medians and 90th percentiles as in `AssisterMetrics`.
public struct ProgramMetrics: Hashable, Sendable {
  /// The period: half-open.
  public var from: Instant
  public var to: Instant
  public var submitted: UInt64 = 0
  /// Offered to anybody, ever.
  public var offered: UInt64 = 0
  /// Ever accepted, or given by hand.
  public var assigned: UInt64 = 0
  /// With an attempt to call, by anybody, whatever came of it.
  public var called: UInt64 = 0
  /// Of those called: the first attempt came before the promise was over (R44).
  public var calledInPromise: UInt64 = 0
  /// The Resident was reached.
  public var contacted: UInt64 = 0
  /// Closed, with any outcome.
  public var closed: UInt64 = 0
  /// Closed with any outcome but unserved.
  public var served: UInt64 = 0
  public var cancelled: UInt64 = 0
  /// The promise was over and nobody had called; also if somebody called later (R44).
  public var promiseMissed: UInt64 = 0
  /// Ever in mass.
  public var wentToMass: UInt64 = 0
  /// Ever waiting.
  public var everWaited: UInt64 = 0
  /// Neither closed nor cancelled now.
  public var open: UInt64 = 0
  /// From submission to the first attempt by anybody.
  public var waitMedian: UInt32 = 0
  public var waitP90: UInt32 = 0
  /// From submission to when somebody first accepted it or was given it.
  public var acceptMedian: UInt32 = 0
  public var acceptP90: UInt32 = 0
  /// Every general Offer of these referrals.
  public var general = OfferTally()
  /// Every mass Offer of these referrals.
  public var mass = OfferTally()
  /// Ascending by outcome, without zeros.
  public var outcomes: [OutcomeTally] = []
  /// By county of the Resident, worst first, without counties nobody asked from.
  public var byCounty: [CoverageCell<County>] = []
  /// By language, worst first; 64 at most.
  public var byLanguage: [CoverageCell<String>] = []
  /// By hour of the day of submission; 24, from hour 0.
  public var byHour: [CoverageCell<Int>] = []
  /// De-registrations for misses in a row that happened in the period (R31), whatever referrals
  /// were missed; those by staff do not count.
  public var deregistrations: UInt64 = 0
  /// How often these referrals were reclaimed for want of a call (R46).
  public var brokenAcceptances: UInt64 = 0

  public init(from: Instant, to: Instant) {
    self.from = from
    self.to = to
  }
}

/// How the requests of one county, language or hour fared. The worst is where most requests found
/// nobody or were not called in time: the sum of `foundNobody` and `promiseMissed`; then where
/// most were submitted; then the lowest county code, or the language that was seen first.
public struct CoverageCell<Key: Hashable & Sendable>: Hashable, Sendable {
  public var key: Key
  public var submitted: UInt64 = 0
  /// Nobody was there to be asked in the instant of submission (R3).
  public var foundNobody: UInt64 = 0
  /// As in `ProgramMetrics`.
  public var calledInPromise: UInt64 = 0
  public var promiseMissed: UInt64 = 0

  public init(key: Key) { self.key = key }

  func isWorse(than other: CoverageCell) -> Bool {
    let gap = foundNobody + promiseMissed
    let otherGap = other.foundNobody + other.promiseMissed
    return gap == otherGap ? submitted > other.submitted : gap > otherGap
  }
}
