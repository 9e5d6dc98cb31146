// What the server reads. Unknown ids give nil or nothing.

extension Engine {
  public func principal(_ id: PrincipalID) -> PrincipalRecord? {
    guard principals.indices.contains(id.index) else { return nil }
    let principal = principals[id.index]
    return PrincipalRecord(
      id: id, name: principal.name, role: principal.role, capacity: principal.capacity)
  }

  public func principal(named name: String) -> PrincipalRecord? {
    names[name].flatMap { principal(PrincipalID(index: $0)) }
  }

  public func referral(_ id: ReferralID) -> ReferralView? {
    guard let referral = referralRow(id) else { return nil }
    let holding = holdingAssignment(of: referral)
    return ReferralView(
      id: id, partner: referral.partner, partnerReference: referral.partnerReference,
      state: referral.state, helpType: referral.helpType, language: languages[referral.language],
      county: referral.county, submittedAt: referral.submittedAt, changedAt: referral.changedAt,
      offersMade: UInt32(referral.runs.reduce(0) { $0 + $1.count }),
      offersOpen: referral.openOffers, holder: holder(of: referral),
      acceptedOffer: holding?.offer, acceptedAt: holding?.startedAt,
      callbackDue: holding.map { callbackDue($0) }, promise: promise(of: id.index),
      contact: referral.contact, promiseMissed: referral.promiseMissed,
      firstAttemptAt: referral.firstAttemptAt, reachedAt: referral.reachedAt,
      policyVersion: UInt32(referral.policy + 1),
      overdue: holding.map { isOverdue($0) } ?? false,
      byHand: holding.map { $0.offer == nil } ?? false,
      currentAssignment: holding.flatMap { _ in AssignmentID(row: referral.lastAssignment) },
      marks: referral.marks)
  }

  public func offer(_ id: OfferID) -> OfferView? {
    guard let offer = offerRow(id) else { return nil }
    let referral = referrals[offer.referralIndex]
    return OfferView(
      id: id, referral: ReferralID(index: offer.referralIndex),
      assister: PrincipalID(index: offer.assisterIndex), kind: offer.kind, state: offer.state,
      offeredAt: offer.offeredAt, deadline: offer.deadline,
      closedAt: offer.state == .pending ? nil : offer.closedAt, helpType: referral.helpType,
      language: languages[referral.language], county: referral.county,
      submittedAt: referral.submittedAt, delivered: wasHandedOver(id.index),
      withdrawal: offer.withdrawal)
  }

  /// Nil for anybody but an assister.
  public func standing(of id: PrincipalID) -> StandingView? {
    guard let index = assisterIndex(id) else { return nil }
    let assister = assisters[index]
    return StandingView(
      kind: assister.hasKind ? assister.kind : nil,
      registration: assister.registration, override: assister.override,
      available: isAvailable(index), missedInARow: assister.missedInARow,
      missesToDeregister: policy.missesToDeregister,
      openAssignments: UInt32(assister.openAssignments.count),
      capacity: capacity(of: index), languages: assister.languages.map { languages[$0] },
      counties: assister.counties, brokenAcceptances: assister.brokenAcceptances,
      blockers: blockers(of: index),
      overrideUntil: assister.override == .on ? profiles[index].nextTurn : nil,
      nextTurn: profiles[index].nextTurn, credentialUntil: profiles[index].credentialUntil,
      hasSession: assister.hasSession)
  }

  /// The Offers whose misses make up the current streak (R50), oldest first.
  public func missedOffers(of id: PrincipalID) -> [OfferID] {
    assisterIndex(id).map { assisters[$0].streakOffers } ?? []
  }

  /// The Offers that led to the last de-registration (R31), oldest first; none: there was none.
  public func deregistrationOffers(of id: PrincipalID) -> [OfferID] {
    assisterIndex(id).map { assisters[$0].deregistrationOffers } ?? []
  }

  /// Until when the offer can be acted on; nil: there is none of that number.
  public func deadline(of id: OfferID) -> Instant? { offerRow(id)?.deadline }

  /// Whether a miss still asks for news of its delivery: an open general Offer that has reached no
  /// session (R22).
  public func awaitsDelivery(_ id: OfferID) -> Bool {
    offers.indices.contains(id.index) && offers[id.index].kind == .general
      && offers[id.index].state == .pending && !offers[id.index].delivered
  }

  /// Ascending.
  public func openOffers(of id: PrincipalID) -> [OfferID] {
    assisterIndex(id).map { assisters[$0].openOffers.elements } ?? []
  }

  /// Ascending.
  public func openAssignments(of id: PrincipalID) -> [ReferralID] {
    assisterIndex(id).map { assisters[$0].openAssignments.elements } ?? []
  }

  /// 0: nothing was ever pushed.
  public func lastPushOffset(of id: PrincipalID) -> UInt64 {
    rings.indices.contains(id.index) ? rings[id.index].last : 0
  }

  /// The pushes after `offset`. Nil: some of them are not kept any more or are older than `oldest`,
  /// or `offset` is in the future. Never a part of the gap.
  public func pushes(
    of id: PrincipalID, after offset: UInt64, since oldest: Instant = Instant(microseconds: 0)
  ) -> [Push]? {
    guard rings.indices.contains(id.index) else { return nil }
    let ring = rings[id.index]
    guard offset <= ring.last, ring.last - offset <= UInt64(ring.count) else { return nil }
    // Not the first alone: a push that a late settling made carries the instant at which it was due.
    guard (offset..<ring.last).allSatisfy({ ring[$0 + 1].at >= oldest }) else { return nil }
    return (offset..<ring.last).compactMap { before in
      let packed = ring[before + 1]
      return packed.body.map {
        Push(principal: id, offset: before + 1, at: packed.at, body: $0)
      }
    }
  }

  public var counts: EngineCounts {
    var counts = totals
    counts.assistersAvailable = routing.availableCount
    counts.referralsOverdue = desk.overdue.count
    counts.referralsPromiseMissed = desk.promiseMissed.count
    return counts
  }

  // MARK: Rows

  func referralRow(_ id: ReferralID) -> Referral? {
    referrals.indices.contains(id.index) ? referrals[id.index] : nil
  }

  func offerRow(_ id: OfferID) -> Offer? {
    offers.indices.contains(id.index) ? offers[id.index] : nil
  }

  func role(of id: PrincipalID) -> Role? {
    principals.indices.contains(id.index) ? principals[id.index].role : nil
  }

  /// Nil: not an assister's.
  func assisterIndex(_ id: PrincipalID) -> Int? { role(of: id) == .assister ? id.index : nil }
}
