/// Adds up an assister's numbers of a period in slices (R72): Offers and work made or begun between
/// two slices count if they lie in the period and are not behind the scan.
public struct AssisterMetricsScan: Sendable {
  private let assister: PrincipalID
  private let hours: HoursOfDay
  private var metrics: AssisterMetrics
  private var stage = Stage.start
  private var responses = ExactPercentiles()
  private var firstCalls = ExactPercentiles()
  private var outcomes = OutcomeCounts()

  private enum Stage {
    case start
    /// The number of the next row; 0: no more.
    case offers(UInt32, work: UInt32)
    case work(UInt32)
    case percentiles
    case done
  }

  /// - Parameters:
  ///   - to: the end, not part of the period.
  ///   - hours: the assister's wall clock.
  public init(assister: PrincipalID, from: Instant, to: Instant, hours: HoursOfDay) {
    self.assister = assister
    self.hours = hours
    metrics = AssisterMetrics(from: from, to: to)
  }

  /// Looks at `budget` rows at most. True: `result` is there.
  public mutating func step(in engine: Engine, budget: Int) -> Bool {
    var budget = budget
    while true {
      switch stage {
      case .start:
        guard let index = engine.assisterIndex(assister) else {
          stage = .done
          continue
        }
        let row = engine.assisters[index]
        stage = .offers(row.lastOffer, work: row.lastAssignment)
      case .offers(var number, let work):
        while number != 0, budget > 0 {
          budget -= 1
          number = count(engine.offers[Int(number) - 1])
        }
        stage = number == 0 ? .work(work) : .offers(number, work: work)
        guard number == 0 else { return false }
      case .work(var number):
        while number != 0, budget > 0 {
          budget -= 1
          number = count(engine.assignments[Int(number) - 1], engine)
        }
        stage = number == 0 ? .percentiles : .work(number)
        guard number == 0 else { return false }
      case .percentiles:
        guard responses.find(&budget), firstCalls.find(&budget) else { return false }
        finish()
        stage = .done
      case .done: return true
      }
    }
  }

  /// Nil: not done.
  public var result: AssisterMetrics? {
    if case .done = stage { metrics } else { nil }
  }

  /// Gives the number of the next one to look at.
  private mutating func count(_ offer: Offer) -> UInt32 {
    guard offer.offeredAt >= metrics.from else { return 0 }
    guard offer.offeredAt < metrics.to else { return offer.previousOfAssister }
    switch offer.kind {
    case .general: metrics.general.count(offer.state)
    case .mass: metrics.mass.count(offer.state)
    }
    metrics.receivedByHour[hours.hour(of: offer.offeredAt)] += 1
    if offer.state == .accepted || offer.state == .rejected {
      responses.add(offer.closedAt - offer.offeredAt)
    }
    return offer.previousOfAssister
  }

  private mutating func count(_ work: AssignmentRow, _ engine: Engine) -> UInt32 {
    guard work.startedAt >= metrics.from else { return 0 }
    guard work.startedAt < metrics.to else { return work.previousOfAssister }
    metrics.assignments += 1
    let referral = engine.referrals[work.referralIndex]
    if let call = work.firstAttemptAt {
      metrics.called += 1
      if call < engine.promise(of: work.referralIndex) { metrics.calledInPromise += 1 }
      firstCalls.add(call - work.startedAt)
    }
    if work.end == .reclaimed { metrics.brokenAcceptances += 1 }
    if work.end == .closed, case .closed(let outcome) = referral.state { outcomes.count(outcome) }
    return work.previousOfAssister
  }

  private mutating func finish() {
    let tallies = [metrics.general, metrics.mass]
    let accepted = tallies.reduce(0) { $0 + $1.accepted }
    let answerable = tallies.reduce(accepted) { $0 + $1.rejected + $1.released + $1.missed }
    if answerable > 0 {
      metrics.acceptancePermille = UInt32((accepted * 2000 + answerable) / (2 * answerable))
    }
    metrics.respondMedian = responses.median
    metrics.respondP90 = responses.p90
    metrics.firstCallMedian = firstCalls.median
    metrics.firstCallP90 = firstCalls.p90
    metrics.outcomes = outcomes.tallies
  }
}

/// Counts by outcome, without a dictionary's order.
struct OutcomeCounts {
  private var counts = [UInt64](repeating: 0, count: Outcome.allCases.count)

  mutating func count(_ outcome: Outcome) { counts[Int(outcome.rawValue) - 1] += 1 }

  /// Ascending, without zeros.
  var tallies: [OutcomeTally] {
    Outcome.allCases.compactMap { outcome in
      let count = counts[Int(outcome.rawValue) - 1]
      return count == 0 ? nil : OutcomeTally(outcome: outcome, count: count)
    }
  }
}
