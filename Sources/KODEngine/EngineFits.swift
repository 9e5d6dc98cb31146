extension Engine {
  /// Whether the event can follow what has been applied so far. It always can in a log of this
  /// engine's own history; a log that belongs to another snapshot is found out here, before `apply`
  /// would stumble over it.
  public func fits(_ event: Event) -> Bool {
    switch event {
    case .policySet(let policy, _): policy.isValid
    case .principalCreated(let id, let new, _):
      id.index == principals.count && names[new.name] == nil
        && credentials[new.credential] == nil && id.index < EngineLimits.principals
    case .registered(let id, let registration, _):
      assisterIndex(id).map { assisters[$0].registration != .active } ?? false
        && languages.count + registration.languages.count <= Int(UInt16.max)
    case .availabilitySet(let id, _, _), .deregistered(let id, _):
      assisterIndex(id).map { assisters[$0].registration == .active } ?? false
    case .submitted(let id, let partner, _, _):
      id.index == referrals.count && role(of: partner) != nil
        && languages.count < Int(UInt16.max)
    case .generalOffered(let id, let referral, let assister, _, _, _):
      id.index == offers.count && fits(generalOfferOf: referral, to: assister)
    case .massOpened(let referral, let first, let recipients, _, _):
      first.index == offers.count && referralRow(referral).map { canOpenMass($0) } ?? false
        && recipients.allSatisfy { assisterIndex($0) != nil }
    case .massJoined(let id, let referral, let assister, _):
      id.index == offers.count && isMassOpen(referral) && assisterIndex(assister) != nil
    case .accepted(let id, _), .rejected(let id, _, _): offerRow(id)?.state == .pending
    case .generalLapsed(let id, _), .generalReminded(let id, _, _):
      offerRow(id).map { $0.state == .pending && $0.kind == .general } ?? false
    case .massLapsed(let id), .massReminded(let id, _, _): isMassOpen(id)
    case .waiting(let id, _, _):
      referralRow(id).map { isSought($0) && $0.openOffers == 0 } ?? false
    case .closed(let id, _, _): referralRow(id).map { isHeld($0) } ?? false
    case .cancelled(let id, let principal, _, _):
      role(of: principal) != nil
        && referralRow(id).map { isSought($0) || isHeld($0) || isSearching($0.state) } ?? false
    case .delivered(let ids): ids.allSatisfy { offerRow($0) != nil }
    case .serverStarted: true
    // MARK: Work (R12 to R17)
    case .attemptLogged, .released, .takenBack, .reclaimed, .rerun, .assigned, .gaveUp, .noteSaved,
      .promiseMissed, .callbackOverdue, .callbackReminded:
      fitsWork(event)
    // MARK: Assisters (R30 to R34, R65)
    case .profileSaved, .registrationWithdrawn, .outlookExtended, .scheduleTurned,
      .credentialsExpired, .sessionChanged, .staffActed, .credentialDateSet, .noticeAcknowledged,
      .policyVersioned, .eligibilityLost:
      fitsAssisters(event)
    case .credentialIssued(let id, let new, let at): fits(new, of: id, at)
    }
  }

  private func fits(generalOfferOf referral: ReferralID, to assister: PrincipalID) -> Bool {
    guard let row = referralRow(referral), let index = assisterIndex(assister) else { return false }
    return row.openGeneralOffer == nil && assisters[index].openGeneralOffer == nil
      && canOpenMass(row)
  }

  /// Nobody holds it and no mass Offers are open.
  private func canOpenMass(_ referral: Referral) -> Bool {
    switch referral.state {
    case .general, .waiting: true
    default: false
    }
  }

  private func isMassOpen(_ id: ReferralID) -> Bool {
    referralRow(id).map { $0.state == .mass && !$0.massLapsed } ?? false
  }

  private func isSought(_ referral: Referral) -> Bool {
    referral.state == .general || referral.state == .mass
  }
}
