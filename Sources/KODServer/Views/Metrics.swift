internal import KODEngine
internal import KODWire

// Numbers (R70, R72) as the messages of the protocol.

extension Metrics {
  init(_ metrics: AssisterMetrics) {
    self.init(
      fromUs: metrics.from.microseconds, toUs: metrics.to.microseconds,
      general: OfferCounts(metrics.general), mass: OfferCounts(metrics.mass),
      acceptancePermille: metrics.acceptancePermille, respondMedianMs: metrics.respondMedian,
      respondP90Ms: metrics.respondP90, firstCallMedianMs: metrics.firstCallMedian,
      firstCallP90Ms: metrics.firstCallP90, assignments: metrics.assignments,
      called: metrics.called, calledInPromise: metrics.calledInPromise,
      brokenAcceptances: metrics.brokenAcceptances,
      outcomes: metrics.outcomes.map { OutcomeCount($0) }, receivedByHour: metrics.receivedByHour)
  }
}

extension KODWire.ProgramMetrics {
  init(_ metrics: KODEngine.ProgramMetrics) {
    self.init(
      fromUs: metrics.from.microseconds, toUs: metrics.to.microseconds,
      submitted: metrics.submitted, offered: metrics.offered, assigned: metrics.assigned,
      called: metrics.called, calledInPromise: metrics.calledInPromise,
      contacted: metrics.contacted, closed: metrics.closed, served: metrics.served,
      cancelled: metrics.cancelled, promiseMissed: metrics.promiseMissed,
      wentToMass: metrics.wentToMass, everWaited: metrics.everWaited, open: metrics.open,
      waitMedianMs: metrics.waitMedian, waitP90Ms: metrics.waitP90,
      acceptMedianMs: metrics.acceptMedian, acceptP90Ms: metrics.acceptP90,
      general: OfferCounts(metrics.general), mass: OfferCounts(metrics.mass),
      outcomes: metrics.outcomes.map { OutcomeCount($0) },
      byCounty: metrics.byCounty.map { cell($0) { $0.county = $1.fips } },
      byLanguage: metrics.byLanguage.map { cell($0) { $0.language = $1 } },
      byHour: metrics.byHour.map { cell($0) { $0.hour = UInt32($1) } },
      deregistrations: metrics.deregistrations, brokenAcceptances: metrics.brokenAcceptances)
  }
}

/// The same of every kind of cell; `name` says which one it is.
private func cell<Key>(
  _ cell: KODEngine.CoverageCell<Key>, _ name: (inout KODWire.CoverageCell, Key) -> Void
) -> KODWire.CoverageCell {
  var message = KODWire.CoverageCell(
    submitted: cell.submitted, foundNobody: cell.foundNobody,
    calledInPromise: cell.calledInPromise, promiseMissed: cell.promiseMissed)
  name(&message, cell.key)
  return message
}

extension OfferCounts {
  init(_ tally: OfferTally) {
    self.init(
      received: tally.received, pending: tally.pending, accepted: tally.accepted,
      rejected: tally.rejected, missed: tally.missed, expired: tally.expired, taken: tally.taken,
      withdrawn: tally.withdrawn, released: tally.released)
  }
}

extension OutcomeCount {
  init(_ tally: OutcomeTally) {
    self.init(outcome: .init(rawValue: Int32(tally.outcome.rawValue)), count: tally.count)
  }
}

extension Updates {
  /// Rows that do not fit into a frame are left out; `received_today` counts them all the same.
  init(_ view: UpdatesView, of assister: PrincipalID, at now: Instant, in engine: Engine) {
    var room = ReplyRoom()
    self.init(
      status: AssisterStatus(of: assister, in: engine), nowUs: now.microseconds,
      dayStartUs: view.dayStart.microseconds, dayEndUs: view.dayEnd.microseconds,
      pendingGeneral: view.pendingGeneral, pendingMass: view.pendingMass,
      missedGeneral: view.missedGeneral, callbacksDue: view.callbacksDue,
      callbacksOverdue: view.callbacksOverdue,
      today: room.prefix(of: view.today.lazy.map { ReferralRow($0, in: engine) }),
      receivedToday: view.receivedToday, receivedByHour: view.receivedByHour)
  }
}

extension PolicyVersion {
  init(_ view: PolicyVersionView, in engine: Engine) {
    self.init(
      version: UInt32(view.version), policy: KODWire.Policy(view.policy),
      sinceUs: view.since.microseconds, preset: view.policy.preset,
      by: view.by.flatMap { engine.principal($0)?.name } ?? "", reason: view.reason)
  }
}

extension KODEngine.Policy {
  /// The one that it equals, if any (R61).
  var preset: Preset { Self.presets.first { $0.policy == self }?.preset ?? .unspecified }
}

extension KODWire.SimulationReport {
  init(_ report: KODEngine.SimulationReport) {
    self.init(
      fromUs: report.from.microseconds, toUs: report.to.microseconds,
      recorded: .init(report.recorded), baseline: .init(report.baseline),
      alternative: .init(report.alternative),
      baselinePolicy: KODWire.Policy(report.baselinePolicy),
      alternativePolicy: KODWire.Policy(report.alternativePolicy))
  }
}

extension KODWire.SimulationFigures {
  init(_ figures: KODEngine.SimulationFigures) {
    self.init(
      requests: figures.requests, calledInPromise: figures.calledInPromise,
      wentToMass: figures.wentToMass, misses: figures.misses,
      deregistrations: figures.deregistrations, accepted: figures.accepted,
      neverAccepted: figures.neverAccepted, generalOffers: figures.generalOffers,
      massOffers: figures.massOffers, acceptMedianMs: figures.acceptMedian,
      acceptP90Ms: figures.acceptP90)
  }
}
