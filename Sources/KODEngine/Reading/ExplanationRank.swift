// How an assister and the one chosen stood in R37's order at a moment of the past.

extension Engine {
  func compare(
    _ moment: inout RoutingMomentView, _ choice: RoutingChoice, with offer: Int, of referral: Int,
    _ cursor: inout HistoryCursor, _ budget: inout Int
  ) {
    let winner = offers[offer].assisterIndex
    var path = HistoryCursor(assister: winner, number: offers[offer].previousOfAssister)
    let chosen = rank(choice, of: referral, &path, &budget)
    let own = winner == cursor.assister ? chosen : rank(choice, of: referral, &cursor, &budget)
    moment.candidates = candidates(choice, of: referral, &budget)
    guard budget > 0 else {
      // Not looked at in full: what can't be said is left out.
      moment.historyKept = false
      return
    }
    moment.chosen = chosen.map { RankFacts($0) }
    moment.own = own.map { RankFacts($0) }
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
    _ choice: RoutingChoice, of referral: Int, _ cursor: inout HistoryCursor, _ budget: inout Int
  ) -> CandidateRank? {
    let row = assisters[cursor.assister]
    let policy = policies[referrals[referral].policy]
    guard
      row.registration != .none, row.registeredAt <= choice.at,
      isProfileKept(cursor.assister, since: choice.at),
      policy.roles.rank(referrals[referral].helpType, row.kind) != nil
    else { return nil }
    let last = lastGeneralOffer(before: choice.offersBefore, &cursor, &budget)
    let today = choice.at.programDay
    var then = row
    then.lastGeneralOffer = last.map { offers[$0].offeredAt }
    then.dayOfOffers = today
    then.offersOnDay = offersToday(choice, cursor)
    let demand = Routing.Demand(general: referrals[referral], policy)
    return CandidateRank(cursor.assister, then, demand, today: today)
  }

  /// The index of the newest general Offer to the assister among the first `count`.
  func lastGeneralOffer(
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

  /// As counted when the newest Offer before the choice was made, if that was the same day. The
  /// one who was chosen was counted in that very instant.
  private func offersToday(_ choice: RoutingChoice, _ cursor: HistoryCursor) -> UInt32 {
    if case .general(let offer) = choice.what, offers[offer].assisterIndex == cursor.assister {
      return offers[offer].countOfDay - 1
    }
    guard cursor.number != 0 else { return 0 }
    let newest = offers[Int(cursor.number) - 1]
    let isSameDay = newest.offeredAt >= dayStart(of: cursor.assister, at: choice.at)
    return isSameDay ? newest.countOfDay : 0
  }

  // MARK: How many

  /// How many could have been chosen; 0: not counted, because it would take too long or because
  /// what it rests on has changed since.
  private func candidates(
    _ choice: RoutingChoice, of referral: Int, _ budget: inout Int
  ) -> UInt32 {
    // Judging an assister takes as long as looking at a few rows.
    let cost = 4 * assisters.count
    guard cost < budget else { return 0 }
    guard let busy = assistersAsked(at: choice, &budget) else { return 0 }
    guard cost < budget else { return 0 }
    budget -= cost
    var count: UInt32 = 0
    for index in assisters.indices where assisters[index].registration != .none {
      let isKept = isProfileKept(index, since: choice.at)
      if isKept, !mismatches(referrals[referral], index, inMass: false).isEmpty { continue }
      guard let blockers = blockers(of: PrincipalID(index: index), at: choice.at) else { return 0 }
      guard blockers.isEmpty else { continue }
      guard isKept else { return 0 }
      guard !busy.contains(index) else { continue }
      let before = newestOffer(of: referral, to: index, through: UInt32(choice.offersBefore))
      guard before == nil, !held(referral, index, by: choice.at) else { continue }
      count += 1
    }
    return count
  }

  /// Who had an open general Offer then (R36). They were made within the longest window before,
  /// side by side in the table. Nil: too many to look at.
  private func assistersAsked(at choice: RoutingChoice, _ budget: inout Int) -> DenseSet? {
    let longest = policies.map(\.offerWindow).max() ?? .seconds(0)
    var asked = DenseSet()
    var index = choice.offersBefore - 1
    while index >= 0, offers[index].offeredAt + longest >= choice.at {
      guard budget > 0 else { return nil }
      budget -= 1
      if offers[index].kind == .general, isOpen(index, at: choice.at) {
        asked.insert(offers[index].assisterIndex)
      }
      index -= 1
    }
    return asked
  }
}

/// A moment at which somebody, or nobody, was chosen for a referral.
struct RoutingChoice {
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

  func isBefore(_ other: RoutingChoice) -> Bool {
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
struct HistoryCursor {
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
