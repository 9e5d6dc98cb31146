// Why a referral was offered to an assister, or why not (R37), told from what is kept anyway:
// Offers, stages, accepted work, and the assister's availability since.
//
// What changed in the very instant of a choice counts as before it, as in R29's order. An assister's
// role, languages and counties are as they are now: if they changed since the choice, the causes
// that come of them are left out.

extension Engine {
  /// How many moments of an explanation are given.
  public static let momentsExplained = 32
  /// Rows looked at for one explanation at most, so that it stays within about a millisecond of the
  /// writer's turn, however long the history is.
  public static let explanationSteps = 20_000

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
  ) -> [RoutingChoice] {
    var choices: [RoutingChoice] = []
    var number = referrals[referral].lastStage
    while number != 0, choices.count < Engine.momentsExplained {
      let row = stages[Int(number) - 1]
      let what = row.waiting == nil ? RoutingChoice.What.mass : .waiting
      choices.append(RoutingChoice(at: row.at, offersBefore: Int(row.offersBefore), what: what))
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
        RoutingChoice(at: offers[offer].offeredAt, offersBefore: offer, what: .joining))
    }
    choices += generalChoices(of: referral, &budget)
    choices.sort { $0.isBefore($1) }
    return choices.suffix(Engine.momentsExplained)
  }

  private func generalChoices(of referral: Int, _ budget: inout Int) -> [RoutingChoice] {
    var choices: [RoutingChoice] = []
    for run in referrals[referral].runs.reversed() {
      for index in (run.first..<run.first + run.count).reversed() {
        guard budget > 0, choices.count < Engine.momentsExplained else { return choices }
        budget -= 1
        guard offers[index].kind == .general else { continue }
        choices.append(
          RoutingChoice(
            at: offers[index].offeredAt, offersBefore: index, what: .general(offer: index)))
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
    _ choice: RoutingChoice, of referral: Int, _ own: [Int], _ cursor: inout HistoryCursor,
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

  func isProfileKept(_ assister: Int, since instant: Instant) -> Bool {
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
  func mismatches(
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
    if !demand.anyLanguage,
      !row.languages.contains(where: { languages.isMatch($0, referral.language) })
    {
      causes.append(.otherLanguage)
    }
    if !demand.anyCounty, !row.counties.isWholeState, !row.counties.contains(demand.county) {
      causes.append(.otherCounty)
    }
    return causes
  }

  /// What of the assister's own Offers and work stood in the way.
  private func collisions(
    _ choice: RoutingChoice, of referral: Int, _ own: [Int], _ cursor: inout HistoryCursor,
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

  func held(_ referral: Int, _ assister: Int, by instant: Instant) -> Bool {
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
}
