// Who may be asked: judged by the rows, found by `Routing`.

extension Engine {
  /// R37: the next one to get a general Offer of the referral.
  func candidate(_ index: Int, _ now: Instant) -> Int? {
    let referral = referrals[index]
    let demand = Routing.Demand(general: referral, policies[referral.policy])
    // The closures take the tables they need: taking `self` would copy the whole engine.
    return routing.first(
      demand, at: now, assisters,
      offersToday: { [assisters] in assisters[$0].offersToday(at: now) },
      isExcluded: { [offers, held = holders(of: referral)] in
        held.contains($0) || referral.hasOffer(to: $0, offers) { _ in true }
      })
  }

  /// Before the general Offer opens that goes to `chosen`.
  mutating func learn(from chosen: Int, _ index: Int, _ now: Instant) {
    let referral = referrals[index]
    let demand = Routing.Demand(general: referral, policies[referral.policy])
    routing.learn(
      from: chosen, demand, at: now,
      offersToday: { [assisters] in assisters[$0].offersToday(at: now) })
  }

  /// R38, ascending.
  func massRecipients(_ index: Int) -> [Int] {
    let referral = referrals[index]
    let demand = Routing.Demand(mass: referral, policies[referral.policy])
    var recipients: [Int] = []
    let held = holders(of: referral)
    routing.forEachMatch(demand) { [offers] assister in
      if !held.contains(assister), referral.isMassRecipient(assister, offers) {
        recipients.append(assister)
      }
    }
    return recipients
  }

  /// Or given it by hand.
  func wasAsked(_ referral: Referral, _ assister: Int) -> Bool {
    hasHeld(referral, assister) || referral.hasOffer(to: assister, offers) { _ in true }
  }

  /// Whether somebody who became available has a part in a referral that looks for anybody (R11,
  /// R38).
  func isJoinable(_ index: Int, by assister: Int) -> Bool {
    let referral = referrals[index]
    guard routing.isMatch(Routing.Demand(mass: referral, policies[referral.policy]), assister)
    else { return false }
    return switch referral.state {
    case .mass:
      !referral.massLapsed && !hasHeld(referral, assister)
        && referral.isMassRecipient(assister, offers)
    case .waiting: !wasAsked(referral, assister)
    default: false
    }
  }
}

extension Referral {
  /// R38 without availability and eligibility: not one who rejected or held it, or has an open
  /// Offer of it.
  func isMassRecipient(_ assister: Int, _ offers: [Offer]) -> Bool {
    !hasOffer(to: assister, offers) { offer in
      switch offer.state {
      case .pending, .accepted, .rejected: true
      case .missed, .expired, .taken, .withdrawn, .released: false
      }
    }
  }

  /// Whether any of its Offers to the assister satisfies `predicate`.
  func hasOffer(
    to assister: Int, _ offers: [Offer], where predicate: (Offer) -> Bool
  ) -> Bool {
    runs.contains(assister, assisterOf: { offers[$0].assisterIndex }) { predicate(offers[$0]) }
  }
}

/// Offers of both kinds on the assister's day (R37).
struct OffersToday {
  var count: UInt32
  /// Before this instant the number doesn't fall.
  var until: Instant
}

extension Assister {
  // Inlined, so that it reads two fields instead of copying a row.
  @inline(__always)
  func offersToday(at now: Instant) -> OffersToday {
    guard now < dayOfOffersEnds else { return OffersToday(count: 0, until: .distantFuture) }
    return OffersToday(count: offersOnDay, until: dayOfOffersEnds)
  }

  /// - Parameter end: of the assister's day, should this Offer be its first.
  mutating func countOffer(at now: Instant, dayEnds end: Instant) {
    guard now >= dayOfOffersEnds else {
      offersOnDay += 1
      return
    }
    offersOnDay = 1
    dayOfOffersEnds = end
  }
}

/// R37's order: the smaller is asked first.
struct CandidateRank: Comparable {
  var role: UInt8
  var wholeState: Bool
  var lastGeneralOffer: Instant
  var offersToday: UInt32
  var registeredAt: Instant
  var index: Int

  init(_ index: Int, _ assister: Assister, _ demand: Routing.Demand, offersToday: UInt32) {
    role = demand.roles.rank(demand.helpType, assister.kind) ?? .max
    wholeState = assister.counties.isWholeState
    lastGeneralOffer = assister.lastGeneralOffer ?? Instant(microseconds: .min)
    self.offersToday = offersToday
    registeredAt = assister.registeredAt
    self.index = index
  }

  static func < (left: CandidateRank, right: CandidateRank) -> Bool {
    if left.role != right.role { return left.role < right.role }
    if left.wholeState != right.wholeState { return right.wholeState }
    if left.lastGeneralOffer != right.lastGeneralOffer {
      return left.lastGeneralOffer < right.lastGeneralOffer
    }
    if left.offersToday != right.offersToday { return left.offersToday < right.offersToday }
    if left.registeredAt != right.registeredAt { return left.registeredAt < right.registeredAt }
    return left.index < right.index
  }
}
