/// What an assister's day looks like so far (R70).
public struct UpdatesView: Hashable, Sendable {
  /// The day: half-open.
  public var dayStart: Instant
  public var dayEnd: Instant
  public var pendingGeneral: UInt32 = 0
  public var pendingMass: UInt32 = 0
  /// General Offers that were missed today, whenever they were made.
  public var missedGeneral: UInt32 = 0
  /// Work held with no attempt to call yet.
  public var callbacksDue: UInt32 = 0
  /// Of them, past the instant at which the callback was due (R45).
  public var callbacksOverdue: UInt32 = 0
  /// Referrals offered or given today, newest first; the first hundred.
  public var today: [ReferralRowView] = []
  /// Of all of them.
  public var receivedToday: UInt32 = 0
  /// Of them by hour of the day in which they came, as their rows say; 24. Adds up to `receivedToday`.
  public var receivedByHour = [UInt32](repeating: 0, count: 24)
}

/// Quick Updates (R70) in slices: whoever was asked about everything all day has thousands of
/// Offers to go through.
public struct UpdatesScan: Sendable {
  /// Rows in `today`.
  public static let mostRows = 100

  private let assister: PrincipalID
  private let hours: HoursOfDay
  private var updates: UpdatesView
  private var rows: ReferralScan
  private var stage = Stage.start

  private enum Stage {
    case start
    case rows
    /// The number of the next Offer; 0: no more.
    case offers(UInt32, missesEnd: Bool)
    case done
  }

  /// - Parameters:
  ///   - dayEnd: not part of the day.
  ///   - hours: the assister's wall clock.
  public init(
    of assister: PrincipalID, dayStart: Instant, dayEnd: Instant, hours: HoursOfDay
  ) {
    self.assister = assister
    self.hours = hours
    updates = UpdatesView(dayStart: dayStart, dayEnd: dayEnd)
    var filter = ReferralFilter()
    filter.from = dayStart
    filter.to = dayEnd
    rows = ReferralScan(of: assister, filter)
  }

  /// Looks at `budget` rows at most. True: `result` is there.
  public mutating func step(in engine: Engine, budget: Int) -> Bool {
    guard let index = engine.assisterIndex(assister) else { return true }
    switch stage {
    case .start:
      countOpen(index, engine)
      stage = .rows
      return step(in: engine, budget: budget)
    case .rows:
      var found: [ReferralRowView] = []
      let isDone = rows.step(in: engine, budget: budget, most: .max, into: &found)
      updates.receivedToday += UInt32(found.count)
      for row in found { updates.receivedByHour[hours.hour(of: row.at)] += 1 }
      updates.today += found.prefix(Self.mostRows - updates.today.count)
      if isDone { stage = .offers(engine.assisters[index].lastOffer, missesEnd: false) }
      return false
    case .offers(let number, let missesEnd):
      countOffers(number, missesEnd, engine, budget)
      return result != nil
    case .done: return true
    }
  }

  /// Nil: not done.
  public var result: UpdatesView? {
    if case .done = stage { updates } else { nil }
  }

  private mutating func countOpen(_ index: Int, _ engine: Engine) {
    let row = engine.assisters[index]
    updates.pendingGeneral = row.openGeneralOffer == nil ? 0 : 1
    updates.pendingMass = UInt32(row.openOffers.elements.count) - updates.pendingGeneral
    for referral in row.openAssignments.elements {
      let number = engine.referrals[referral.index].lastAssignment
      let work = engine.assignments[Int(number) - 1]
      if work.firstAttemptAt == nil { updates.callbacksDue += 1 }
      if engine.isOverdue(work) { updates.callbacksOverdue += 1 }
    }
  }

  /// General Offers of an assister come one after the other (R36), so that the first one that ended
  /// before the day is the last one to look at.
  private mutating func countOffers(
    _ first: UInt32, _ missesEnd: Bool, _ engine: Engine, _ budget: Int
  ) {
    let longest = engine.policies.map(\.offerWindow).max() ?? .seconds(0)
    var missesEnd = missesEnd
    var number = first
    var budget = budget
    while number != 0 {
      guard budget > 0 else {
        stage = .offers(number, missesEnd: missesEnd)
        return
      }
      budget -= 1
      let offer = engine.offers[Int(number) - 1]
      number = offer.previousOfAssister
      if offer.kind == .general, offer.state != .pending {
        let isMissedToday =
          offer.state == .missed && updates.dayStart <= offer.closedAt
          && offer.closedAt < updates.dayEnd
        if isMissedToday { updates.missedGeneral += 1 }
        if offer.closedAt < updates.dayStart { missesEnd = true }
      }
      if offer.offeredAt + longest < updates.dayStart { missesEnd = true }
      if missesEnd, offer.offeredAt < updates.dayStart { number = 0 }
    }
    stage = .done
  }
}
