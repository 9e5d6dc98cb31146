/// Adds up the program's numbers of a period in slices (R72). Referrals are in the order of their
/// submission, so that a period is a range of them.
public struct ProgramMetricsScan: Sendable {
  /// Languages in `byLanguage`.
  static let mostLanguages = 64

  private let hours: HoursOfDay
  private var metrics: ProgramMetrics
  private var stage = Stage.start
  private var waits = ExactPercentiles()
  private var acceptances = ExactPercentiles()
  private var outcomes = OutcomeCounts()
  private var counties: [CoverageCell<County>] = []
  private var languages: [CoverageCell<UInt16>] = []

  private enum Stage {
    case start
    /// Referrals from the first index on, before the second.
    case referrals(Int, before: Int)
    /// One that has more Offers than a slice may look at: from that run and Offer on.
    case offers(of: Int, run: Int, offer: Int, before: Int)
    case percentiles
    case done
  }

  /// - Parameters:
  ///   - to: the end, not part of the period.
  ///   - hours: the program's wall clock.
  public init(from: Instant, to: Instant, hours: HoursOfDay) {
    self.hours = hours
    metrics = ProgramMetrics(from: from, to: to)
    metrics.byHour = (0..<24).map { CoverageCell(key: $0) }
    counties = (0..<120).compactMap { County(fips: 21001 + 2 * $0) }.map { CoverageCell(key: $0) }
  }

  /// Looks at about `budget` rows. True: `result` is there.
  public mutating func step(in engine: Engine, budget: Int) -> Bool {
    var budget = budget
    while true {
      switch stage {
      case .start:
        stage = .referrals(
          engine.firstReferral(at: metrics.from), before: engine.firstReferral(at: metrics.to))
      case .referrals(let index, let end):
        countReferrals(index, before: end, engine, &budget)
        if case .referrals = stage { return false }
      case .offers(let referral, let run, let offer, let end):
        guard budget > 0 else { return false }
        countOffers(of: referral, run, offer, before: end, engine, &budget)
      case .percentiles:
        guard waits.find(&budget), acceptances.find(&budget) else { return false }
        finish(engine)
        stage = .done
      case .done: return true
      }
    }
  }

  /// Nil: not done.
  public var result: ProgramMetrics? {
    if case .done = stage { metrics } else { nil }
  }

  private mutating func countReferrals(
    _ first: Int, before end: Int, _ engine: Engine, _ budget: inout Int
  ) {
    var index = first
    while index < end, budget > 0 {
      count(index, engine)
      let offers = engine.referrals[index].runs.reduce(0) { $0 + $1.count }
      budget -= 2
      index += 1
      guard offers <= max(budget, 0) else {
        stage = .offers(of: index - 1, run: 0, offer: 0, before: end)
        return
      }
      for run in engine.referrals[index - 1].runs {
        for offer in run.first..<run.first + run.count { count(engine.offers[offer]) }
      }
      budget -= offers
    }
    stage = .referrals(index, before: end)
    if index >= end { stage = .percentiles }
  }

  private mutating func countOffers(
    of referral: Int, _ run: Int, _ offer: Int, before end: Int, _ engine: Engine,
    _ budget: inout Int
  ) {
    let runs = engine.referrals[referral].runs
    var run = run
    var offer = offer
    while run < runs.count {
      let part = min(budget, runs[run].count - offer)
      let first = runs[run].first + offer
      for index in first..<first + part { count(engine.offers[index]) }
      budget -= part
      offer += part
      guard offer == runs[run].count else {
        stage = .offers(of: referral, run: run, offer: offer, before: end)
        return
      }
      run += 1
      offer = 0
    }
    stage = .referrals(referral + 1, before: end)
    budget -= 1
  }

  private mutating func count(_ offer: Offer) {
    switch offer.kind {
    case .general: metrics.general.count(offer.state)
    case .mass: metrics.mass.count(offer.state)
    }
  }

  private mutating func count(_ index: Int, _ engine: Engine) {
    let referral = engine.referrals[index]
    let calledInPromise = engine.wasCalledInPromise(index)
    metrics.submitted += 1
    if !referral.runs.isEmpty { metrics.offered += 1 }
    if let call = referral.firstAttemptAt {
      metrics.called += 1
      waits.add(call - referral.submittedAt)
    }
    if calledInPromise { metrics.calledInPromise += 1 }
    if referral.reachedAt != nil { metrics.contacted += 1 }
    if referral.promiseMissed { metrics.promiseMissed += 1 }
    if referral.marks.contains(.everMass) { metrics.wentToMass += 1 }
    if referral.marks.contains(.everWaited) { metrics.everWaited += 1 }
    countWork(referral, engine)
    countState(referral.state)
    countCoverage(referral, calledInPromise: calledInPromise)
  }

  private mutating func countWork(_ referral: Referral, _ engine: Engine) {
    var number = referral.lastAssignment
    guard number != 0 else { return }
    metrics.assigned += 1
    while number != 0 {
      let work = engine.assignments[Int(number) - 1]
      if work.end == .reclaimed { metrics.brokenAcceptances += 1 }
      if work.previousOfReferral == 0 { acceptances.add(work.startedAt - referral.submittedAt) }
      number = work.previousOfReferral
    }
  }

  private mutating func countState(_ state: ReferralState) {
    switch state {
    case .closed(let outcome):
      metrics.closed += 1
      if outcome != .unserved { metrics.served += 1 }
      outcomes.count(outcome)
    case .cancelled: metrics.cancelled += 1
    case .general, .mass, .waiting, .assigned, .contacted: metrics.open += 1
    }
  }

  private mutating func countCoverage(_ referral: Referral, calledInPromise: Bool) {
    while languages.count <= Int(referral.language) {
      languages.append(CoverageCell(key: UInt16(languages.count)))
    }
    counties[Int(referral.county.index)].count(referral, calledInPromise)
    languages[Int(referral.language)].count(referral, calledInPromise)
    metrics.byHour[hours.hour(of: referral.submittedAt)].count(referral, calledInPromise)
  }

  private mutating func finish(_ engine: Engine) {
    metrics.waitMedian = waits.median
    metrics.waitP90 = waits.p90
    metrics.acceptMedian = acceptances.median
    metrics.acceptP90 = acceptances.p90
    metrics.deregistrations = UInt64(
      max(
        0,
        engine.firstDeregistration(at: metrics.to) - engine.firstDeregistration(at: metrics.from)))
    metrics.outcomes = outcomes.tallies
    metrics.byCounty = worstFirst(counties)
    metrics.byLanguage = worstFirst(languages).prefix(Self.mostLanguages).map { cell in
      var named = CoverageCell(key: engine.languages[cell.key])
      named.submitted = cell.submitted
      named.foundNobody = cell.foundNobody
      named.calledInPromise = cell.calledInPromise
      named.promiseMissed = cell.promiseMissed
      return named
    }
  }

  /// Without cells that nobody asked from; the order of equals stays.
  private func worstFirst<Key>(_ cells: [CoverageCell<Key>]) -> [CoverageCell<Key>] {
    cells.enumerated().filter { $0.element.submitted > 0 }.sorted { left, right in
      if left.element.isWorse(than: right.element) { return true }
      return !right.element.isWorse(than: left.element) && left.offset < right.offset
    }.map(\.element)
  }
}

extension CoverageCell {
  fileprivate mutating func count(_ referral: Referral, _ calledInPromise: Bool) {
    submitted += 1
    if referral.marks.contains(.foundNobody) { foundNobody += 1 }
    if calledInPromise { self.calledInPromise += 1 }
    if referral.promiseMissed { promiseMissed += 1 }
  }
}

extension Engine {
  /// Whether the first attempt to call came before the promise was over (R44). Attempts in that very
  /// instant are too late, as for `promiseMissed`.
  func wasCalledInPromise(_ index: Int) -> Bool {
    referrals[index].firstAttemptAt.map { $0 < promise(of: index) } ?? false
  }

  /// The index of the first referral submitted at `instant` or later: referrals are in the order of
  /// submission.
  func firstReferral(at instant: Instant) -> Int {
    referrals.indices.partitionPoint { [referrals] in referrals[$0].submittedAt < instant }
  }

  func firstDeregistration(at instant: Instant) -> Int {
    deregistrations.indices.partitionPoint { [deregistrations] in deregistrations[$0].at < instant }
  }
}
