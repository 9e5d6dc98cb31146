/// What a simulation compares (R61): of the same requests, as recorded or as replayed.
public struct SimulationFigures: Hashable, Sendable {
  public var requests: UInt64 = 0
  /// With a first attempt to call before the promise was over: of the request's own policy.
  public var calledInPromise: UInt64 = 0
  /// Ever in mass.
  public var wentToMass: UInt64 = 0
  /// General Offers that ended missed.
  public var misses: UInt64 = 0
  /// De-registrations whose last miss was of one of the requests.
  public var deregistrations: UInt64 = 0
  /// Accepted by anybody, ever; being given the work by hand is no acceptance.
  public var accepted: UInt64 = 0
  public var generalOffers: UInt64 = 0
  public var massOffers: UInt64 = 0
  /// From submission to the first acceptance, in milliseconds, by nearest rank
  /// (`ExactPercentiles`); 0 of none.
  public var acceptMedian: UInt32 = 0
  public var acceptP90: UInt32 = 0

  public var neverAccepted: UInt64 { requests - accepted }

  public init() {}
}

/// The same requests three times.
public struct SimulationReport: Hashable, Sendable {
  /// Requests submitted at or after, and before.
  public var from: Instant
  public var to: Instant
  public var recorded: SimulationFigures
  /// Replayed under the policy that was in force when the last of the requests came.
  public var baseline: SimulationFigures
  public var alternative: SimulationFigures
  public var baselinePolicy: Policy
  public var alternativePolicy: Policy
}

/// How much one simulation may cover.
public enum SimulationLimits {
  /// A request takes about 100 bytes of the recording, and its Offers 24 each.
  public static let requests = 100_000
  /// Assisters who are or were registered.
  public static let assisters = 10_000
}

/// Counts figures of referrals, in any engine: the recorded one and the two of the replays.
struct SimulationTally {
  private(set) var figures = SimulationFigures()
  private var acceptances = ExactPercentiles()

  /// Returns how many rows it looked at.
  mutating func count(_ index: Int, in engine: Engine) -> Int {
    let referral = engine.referrals[index]
    var rows = 1
    figures.requests += 1
    if engine.wasCalledInPromise(index) { figures.calledInPromise += 1 }
    if referral.marks.contains(.everMass) { figures.wentToMass += 1 }
    var accepted: Instant?
    var number = referral.lastAssignment
    while number != 0 {
      let work = engine.assignments[Int(number) - 1]
      if work.offer != nil { accepted = work.startedAt }
      number = work.previousOfReferral
      rows += 1
    }
    if let accepted {
      figures.accepted += 1
      acceptances.add(accepted - referral.submittedAt)
    }
    for run in referral.runs {
      for offer in run.first..<run.first + run.count {
        switch engine.offers[offer].kind {
        case .general: figures.generalOffers += 1
        case .mass: figures.massOffers += 1
        }
        if engine.offers[offer].state == .missed { figures.misses += 1 }
      }
      rows += run.count
    }
    return rows
  }

  /// Those for misses of referrals of the range.
  mutating func countDeregistrations(of range: Range<Int>, in engine: Engine) {
    for row in engine.deregistrations where row.offer != 0 {
      let referral = engine.offers[Int(row.offer) - 1].referralIndex
      if range.contains(referral) { figures.deregistrations += 1 }
    }
  }

  /// True: `figures` has its percentiles.
  mutating func finish(_ budget: inout Int) -> Bool {
    guard acceptances.find(&budget) else { return false }
    figures.acceptMedian = acceptances.median
    figures.acceptP90 = acceptances.p90
    return true
  }
}
