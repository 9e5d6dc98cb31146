// Why a referral was offered to an assister, or why not (R37), told from what is kept anyway:
// Offers, stages, accepted work, and the assister's availability since.
//
// What changed in the very instant of a choice counts as before it, as in R29's order. An assister's
// role, languages and counties are as they are now: if they changed since the choice, the causes
// that come of them are left out.

extension Engine {
  /// How many moments of an explanation are given.
  public static let momentsExplained = 32
  /// Rows looked at for one explanation at most, so that it stays far below a millisecond's turn of
  /// the writer, however long the history is.
  public static let explanationSteps = 100_000

  /// - Returns: nil for an unknown referral, or somebody who is no assister.
  public func explain(_ id: ReferralID, to principal: PrincipalID) -> ExplanationView? {
    guard referrals.indices.contains(id.index), let assister = assisterIndex(principal) else {
      return nil
    }
    var budget = Engine.explanationSteps
    let own = ownOffers(of: id.index, to: assister)
    var moments: [RoutingMomentView] = []
    var cursor = HistoryCursor(assister: assister, number: assisters[assister].lastOffer)
    for choice in choices(of: id.index, own, &budget).reversed() {
      var moment = self.moment(choice, of: id.index, own, &cursor, &budget)
      if case .general(let offer) = choice.what {
        compare(&moment, choice, with: offer, of: id.index, &cursor, &budget)
      }
      moments.append(moment)
    }
    return ExplanationView(referral: id, assister: principal, moments: moments.reversed())
  }

  // MARK: Moments

  /// The newest moments at which somebody was chosen, oldest first.
  private func choices(
    of referral: Int, _ own: [Int], _ budget: inout Int
  ) -> [Choice] {
    var choices: [Choice] = []
    var number = referrals[referral].lastStage
    while number != 0, choices.count < Engine.momentsExplained {
      let row = stages[Int(number) - 1]
      let what = row.waiting == nil ? Choice.What.mass : .waiting
      choices.append(Choice(at: row.at, offersBefore: Int(row.offersBefore), what: what))
      number = row.previous
    }
    let openings = choices
    for offer in own where offers[offer].kind == .mass {
      let isOfOpening = openings.contains { opening in
        opening.what == .mass && opening.at == offers[offer].offeredAt
          && opening.offersBefore <= offer
      }
      guard !isOfOpening else { continue }
      choices.append(
        Choice(at: offers[offer].offeredAt, offersBefore: offer, what: .joining))
    }
    choices += generalChoices(of: referral, &budget)
    choices.sort { $0.isBefore($1) }
    return choices.suffix(Engine.momentsExplained)
  }

  private func generalChoices(of referral: Int, _ budget: inout Int) -> [Choice] {
    var choices: [Choice] = []
    for run in referrals[referral].runs.reversed() {
      for index in (run.first..<run.first + run.count).reversed() {
        guard budget > 0, choices.count < Engine.momentsExplained else { return choices }
        budget -= 1
        guard offers[index].kind == .general else { continue }
        choices.append(
          Choice(at: offers[index].offeredAt, offersBefore: index, what: .general(offer: index)))
      }
    }
    return choices
  }

  /// Ascending.
  private func ownOffers(of referral: Int, to assister: Int) -> [Int] {
    var own: [Int] = []
    var last = UInt32.max
    while let offer = newestOffer(of: referral, to: assister, through: last) {
      own.append(offer)
      last = UInt32(offer)
    }
    return own.reversed()
  }

  private func moment(
    _ choice: Choice, of referral: Int, _ own: [Int], _ cursor: inout HistoryCursor,
    _ budget: inout Int
  ) -> RoutingMomentView {
    let assister = cursor.assister
    let blockers = blockers(of: PrincipalID(index: assister), at: choice.at)
    let isProfileKept = isProfileKept(assister, since: choice.at)
    var moment = RoutingMomentView(
      at: choice.at, kind: choice.kind, offered: false,
      historyKept: blockers != nil && isProfileKept)
    switch choice.what {
    case .general(let offer): moment.offered = offers[offer].assisterIndex == assister
    case .mass:
      moment.offered = own.contains {
        $0 >= choice.offersBefore && offers[$0].kind == .mass && offers[$0].offeredAt == choice.at
      }
    case .joining: moment.offered = true
    case .waiting: break
    }
    guard !moment.offered else { return moment }
    if let blockers, !blockers.isEmpty {
      moment.excluded.append(.notAvailable)
      moment.blockers = blockers
    }
    if isProfileKept {
      moment.excluded += mismatches(referrals[referral], assister, inMass: choice.kind != .general)
    }
    moment.excluded += collisions(choice, of: referral, own, &cursor, &budget)
    if isRegisteredLater(assister, than: choice.at, blockers) {
      moment.excluded.append(.registeredLater)
    }
    let needsSession = policies[referrals[referral].policy].offerRequiresSession
    // Sessions are not history: what is left when nothing else stood in the way.
    if moment.excluded.isEmpty, moment.historyKept, needsSession, choice.kind != .general {
      moment.excluded.append(.hadNoSession)
    }
    return moment
  }

  // MARK: Why not

  private func isProfileKept(_ assister: Int, since instant: Instant) -> Bool {
    profileChangedAt(of: PrincipalID(index: assister)).map { $0 <= instant } ?? true
  }

  private func isRegisteredLater(
    _ assister: Int, than instant: Instant, _ blockers: Blockers?
  ) -> Bool {
    let row = assisters[assister]
    guard row.registration != .none else { return true }
    return row.registeredAt > instant && blockers?.contains(.registration) ?? true
  }

  /// What of role, language and county does not fit (R37, R38).
  private func mismatches(
    _ referral: Referral, _ assister: Int, inMass: Bool
  ) -> [ExclusionCause] {
    let policy = policies[referral.policy]
    let row = assisters[assister]
    guard row.registration != .none else { return [] }
    let demand =
      inMass
      ? Routing.Demand(mass: referral, policy) : Routing.Demand(general: referral, policy)
    var causes: [ExclusionCause] = []
    if demand.roles.rank(demand.helpType, row.kind) == nil { causes.append(.roleDoesNotTakeIt) }
    if !demand.anyLanguage, !row.languages.contains(referral.language) {
      causes.append(.otherLanguage)
    }
    if !demand.anyCounty, !row.counties.isWholeState, !row.counties.contains(demand.county) {
      causes.append(.otherCounty)
    }
    return causes
  }

  /// What of the assister's own Offers and work stood in the way.
  private func collisions(
    _ choice: Choice, of referral: Int, _ own: [Int], _ cursor: inout HistoryCursor,
    _ budget: inout Int
  ) -> [ExclusionCause] {
    var causes: [ExclusionCause] = []
    let earlier = own.filter { $0 < choice.offersBefore }
    if choice.kind == .general {
      let last = lastGeneralOffer(before: choice.offersBefore, &cursor, &budget)
      if let last, isOpen(last, at: choice.at) { causes.append(.hadOpenGeneralOffer) }
    } else if earlier.contains(where: { offers[$0].kind == .general && isOpen($0, at: choice.at) })
    {
      causes.append(.hadOpenGeneralOffer)
    }
    let wasAsked =
      switch choice.what {
      case .general: !earlier.isEmpty
      case .waiting: earlier.contains { offers[$0].kind == .mass || refused($0, by: choice.at) }
      case .mass, .joining: earlier.contains { refused($0, by: choice.at) }
      }
    if wasAsked || held(referral, cursor.assister, by: choice.at) { causes.append(.wasAskedBefore) }
    return causes
  }

  /// R38: rejected it or held it.
  private func refused(_ offer: Int, by instant: Instant) -> Bool {
    guard offers[offer].closedAt <= instant else { return false }
    return offers[offer].state == .rejected || offers[offer].state == .accepted
  }

  private func held(_ referral: Int, _ assister: Int, by instant: Instant) -> Bool {
    var number = referrals[referral].lastAssignment
    while number != 0 {
      let work = assignments[Int(number) - 1]
      if work.assisterIndex == assister, work.startedAt <= instant { return true }
      number = work.previousOfReferral
    }
    return false
  }

  func isOpen(_ offer: Int, at instant: Instant) -> Bool {
    offers[offer].state == .pending || offers[offer].closedAt > instant
  }

  // MARK: Who was ahead

  private func compare(
    _ moment: inout RoutingMomentView, _ choice: Choice, with offer: Int, of referral: Int,
    _ cursor: inout HistoryCursor, _ budget: inout Int
  ) {
    let winner = offers[offer].assisterIndex
    var path = HistoryCursor(assister: winner, number: UInt32(offer + 1))
    let chosen = rank(choice, of: referral, &path, &budget)
    let own = winner == cursor.assister ? chosen : rank(choice, of: referral, &cursor, &budget)
    moment.chosen = chosen.map { RankFacts($0) }
    moment.own = own.map { RankFacts($0) }
    moment.candidates = candidates(choice, of: referral, &budget)
    guard !moment.offered, let chosen, let own else { return }
    moment.decidedBy = chosen.firstDifference(from: own)
    let needsSession = policies[referrals[referral].policy].offerRequiresSession
    if moment.excluded.isEmpty, moment.historyKept, needsSession, own < chosen {
      moment.excluded.append(.hadNoSession)
    }
  }

  /// R37's place of the assister at that moment; nil: what it rests on has changed since, or the
  /// assister may not take the help type.
  private func rank(
    _ choice: Choice, of referral: Int, _ cursor: inout HistoryCursor, _ budget: inout Int
  ) -> CandidateRank? {
    let row = assisters[cursor.assister]
    let policy = policies[referrals[referral].policy]
    guard
      row.registration != .none, row.registeredAt <= choice.at,
      isProfileKept(cursor.assister, since: choice.at),
      policy.roles.rank(referrals[referral].helpType, row.kind) != nil
    else { return nil }
    let last = lastGeneralOffer(before: choice.offersBefore, &cursor, &budget)
    var then = row
    then.lastGeneralOffer = last.map { offers[$0].offeredAt }
    let today = choice.at.programDay
    then.dayOfOffers = today
    then.offersOnDay = offersToday(choice, cursor, &budget)
    let demand = Routing.Demand(general: referrals[referral], policy)
    return CandidateRank(cursor.assister, then, demand, today: today)
  }

  /// The index of the newest general Offer to the assister among the first `count`.
  private func lastGeneralOffer(
    before count: Int, _ cursor: inout HistoryCursor, _ budget: inout Int
  ) -> Int? {
    while cursor.number > UInt32(count), budget > 0 {
      cursor.number = offers[Int(cursor.number) - 1].previousOfAssister
      budget -= 1
    }
    var number = cursor.number
    while number != 0, budget > 0 {
      if offers[Int(number) - 1].kind == .general { return Int(number) - 1 }
      number = offers[Int(number) - 1].previousOfAssister
      budget -= 1
    }
    return nil
  }

  private func offersToday(
    _ choice: Choice, _ cursor: HistoryCursor, _ budget: inout Int
  ) -> UInt32 {
    let start = dayStart(of: cursor.assister, at: choice.at)
    var number = cursor.number
    var count: UInt32 = 0
    while number != 0, budget > 0, offers[Int(number) - 1].offeredAt >= start {
      if Int(number) <= choice.offersBefore { count += 1 }
      number = offers[Int(number) - 1].previousOfAssister
      budget -= 1
    }
    return count
  }

  /// How many could have been chosen; 0: not counted, because it would take too long or because
  /// what it rests on has changed since.
  private func candidates(_ choice: Choice, of referral: Int, _ budget: inout Int) -> UInt32 {
    guard assisters.count <= budget else { return 0 }
    var count: UInt32 = 0
    for index in assisters.indices where assisters[index].registration != .none {
      guard budget > 0 else { return 0 }
      budget -= 1
      guard let blockers = blockers(of: PrincipalID(index: index), at: choice.at) else { return 0 }
      guard blockers.isEmpty else { continue }
      guard isProfileKept(index, since: choice.at) else { return 0 }
      guard mismatches(referrals[referral], index, inMass: false).isEmpty else { continue }
      var cursor = HistoryCursor(assister: index, number: assisters[index].lastOffer)
      let last = lastGeneralOffer(before: choice.offersBefore, &cursor, &budget)
      if let last, isOpen(last, at: choice.at) { continue }
      let before = newestOffer(of: referral, to: index, through: UInt32(choice.offersBefore))
      guard before == nil, !held(referral, index, by: choice.at) else { continue }
      count += 1
    }
    return budget > 0 ? count : 0
  }
}

/// A moment at which somebody, or nobody, was chosen for a referral.
private struct Choice {
  enum What: Equatable {
    case general(offer: Int)
    case mass
    /// The assister asked about became available while mass was open (R38).
    case joining
    case waiting
  }

  var at: Instant
  /// How many Offers there were: a clock that ticks within an instant too.
  var offersBefore: Int
  var what: What

  var kind: OfferKind? {
    switch what {
    case .general: .general
    case .mass, .joining: .mass
    case .waiting: nil
    }
  }

  func isBefore(_ other: Choice) -> Bool {
    if offersBefore != other.offersBefore { return offersBefore < other.offersBefore }
    if at != other.at { return at < other.at }
    // Of a stage and the Offer that came next, the stage was first.
    return rank < other.rank
  }

  private var rank: Int {
    switch what {
    case .mass: 0
    case .waiting: 1
    case .joining, .general: 2
    }
  }
}

/// A place in the chain of an assister's Offers that only goes back.
private struct HistoryCursor {
  var assister: Int
  /// Of an Offer; 0: no more.
  var number: UInt32
}

extension CandidateRank {
  /// The first step of R37's order in which the two differ.
  func firstDifference(from other: CandidateRank) -> RankStep {
    if role != other.role { return .role }
    if wholeState != other.wholeState { return .county }
    if lastGeneralOffer != other.lastGeneralOffer { return .lastOffer }
    if offersToday != other.offersToday { return .offersToday }
    if registeredAt != other.registeredAt { return .registration }
    return .id
  }
}

extension RankFacts {
  init(_ rank: CandidateRank) {
    roleRank = rank.role
    exactCounty = !rank.wholeState
    lastGeneralOffer = rank.lastGeneralOffer.microseconds == .min ? nil : rank.lastGeneralOffer
    offersToday = rank.offersToday
    registeredAt = rank.registeredAt
  }
}

extension Engine {
  /// The start of the assister's day that the instant lies in (R37). Midnights before those of the
  /// outlook are taken to be whole days earlier: the change of a clock between is not known any
  /// more. Without an outlook: the program's day.
  func dayStart(of assister: Int, at instant: Instant) -> Instant {
    if let day = localDayBounds(assister, instant) { return day.start }
    let day: Int64 = 86_400_000_000
    let midnight =
      profiles[assister].outlook?.midnights.first
      ?? Instant(microseconds: Int64(instant.programDay) * day + 5 * 3_600_000_000)
    let behind = midnight.microseconds - instant.microseconds
    let days = behind > 0 ? (behind + day - 1) / day : -(-behind / day)
    return Instant(microseconds: midnight.microseconds - days * day)
  }
}
