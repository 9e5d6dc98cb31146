extension Engine {
  /// What would happen. `Decision.accepted([], …)` means that it has happened already (R28).
  ///
  /// `.advance` gives the first thing that is due at `now`; everything else is judged as things
  /// stand, by its instant.
  public func decide(_ command: Command, at instant: Instant) -> Decision {
    let now = clamped(instant)
    switch command {
    case .createPrincipal(let new): return create(new, now)
    case .issueCredential(let principal, let new): return issue(new, to: principal, now)
    case .register(let principal, let registration):
      return register(principal, registration, now)
    case .setAvailability(let principal, let override):
      return setAvailability(principal, override, now)
    case .submit(let partner, let submission): return submit(partner, submission, now)
    case .accept(let assister, let offer): return accept(assister, offer, now)
    case .reject(let assister, let offer, let reason):
      return reject(assister, offer, reason, now)
    case .close(let assister, let referral, let outcome):
      return close(assister, referral, outcome, now)
    case .cancel(let principal, let referral, let reason):
      return cancel(principal, referral, reason, now)
    case .offersDelivered(let offers): return deliver(offers)
    case .setPolicy(let policy, let by, let reason, let expected):
      return setPolicy(policy, by: by, reason: reason, expected: expected, now)
    case .serverStarted: return .accepted([.serverStarted(at: now)], .none)
    // MARK: Work (R12 to R17)
    case .logAttempt(let assister, let referral, let result):
      return logAttempt(assister, referral, result, now)
    case .release(let assister, let referral, let reason):
      return release(assister, referral, reason, now)
    case .saveNote(let assister, let referral, let text):
      return saveNote(assister, referral, text, now)
    case .takeBack(let supervisor, let referral, let reason):
      return takeBack(supervisor, referral, reason, now)
    case .rerun(let supervisor, let referral, let reason):
      return rerun(supervisor, referral, reason, now)
    case .assign(let supervisor, let referral, let assister, let reason):
      return assign(supervisor, referral, to: assister, reason, now)
    case .giveUp(let supervisor, let referral, let reason):
      return giveUp(supervisor, referral, reason, now)
    // MARK: Assisters (R30 to R34, R65)
    case .saveProfile, .withdrawRegistration, .extendOutlook, .sessionsChanged, .pardon,
      .deregister, .suspend, .reinstate, .setCredentialDate, .acknowledgeNotice:
      return decideAboutAssisters(command, now)
    case .advance:
      return .accepted(nextStep(dueThrough: now, at: now).map { [$0] } ?? [], .none)
    }
  }

  private func create(_ new: NewPrincipal, _ now: Instant) -> Decision {
    guard names[new.name] == nil else { return .rejected(.principalExists) }
    guard credentials[new.credential] == nil else { return .rejected(.credentialExists) }
    guard principals.count < EngineLimits.principals else { return .rejected(.engineLimit) }
    let id = PrincipalID(index: principals.count)
    var new = new
    new.credentialExpiresAt = new.credentialExpiresAt.map(representable)
    return .accepted([.principalCreated(id, new, at: now)], .principal(id))
  }

  /// R30, in one step: the schedule and the terms come with it.
  private func register(
    _ principal: PrincipalID, _ registration: Registration, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(principal) else { return .rejected(.roleNotAllowed) }
    switch assisters[index].registration {
    case .none, .draft, .withdrawn: break
    case .active: return .rejected(.alreadyRegistered)
    case .suspended: return .rejected(.registrationNotAllowed)
    case .deregistered:
      guard policy.reregistration == .allowed else { return .rejected(.registrationNotAllowed) }
    }
    var unique = registration
    unique.languages = registration.languages.withoutRepeats
    guard isWithinLimits(languages: unique.languages) else { return .rejected(.engineLimit) }
    return .accepted([.registered(principal, unique, at: now)], .principal(principal))
  }

  private func setAvailability(
    _ principal: PrincipalID, _ override: AvailabilityOverride, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(principal) else { return .rejected(.notRegistered) }
    switch assisters[index].registration {
    case .active: break
    case .draft: return .rejected(.registrationIncomplete)
    default: return .rejected(.notRegistered)
    }
    guard assisters[index].override != override else {
      return .accepted([], .principal(principal))
    }
    return .accepted([.availabilitySet(principal, override, at: now)], .principal(principal))
  }

  private func submit(
    _ partner: PrincipalID, _ submission: Submission, _ now: Instant
  ) -> Decision {
    guard role(of: partner) == .intakePartner else { return .rejected(.roleNotAllowed) }
    if let index = remembered(partner, submission.idempotencyKey, now) {
      return isSame(submission, as: referrals[index])
        ? .accepted([], .referral(ReferralID(index: index)))
        : .rejected(.idempotencyKeyReused)
    }
    guard
      referrals.count < EngineLimits.referrals,
      languages.count < EngineLimits.languages || languages.number(submission.language) != nil
    else { return .rejected(.engineLimit) }
    let id = ReferralID(index: referrals.count)
    return .accepted([.submitted(id, by: partner, submission, at: now)], .referral(id))
  }

  private func remembered(_ partner: PrincipalID, _ key: UInt128, _ now: Instant) -> Int? {
    guard let index = submissions[SubmissionKey(partner: partner, key: key)],
      now < referrals[index].submittedAt + EngineLimits.idempotencyMemory
    else { return nil }
    return index
  }

  private func isSame(_ submission: Submission, as referral: Referral) -> Bool {
    submission.partnerReference == referral.partnerReference
      && submission.helpType == referral.helpType
      && submission.language == languages[referral.language]
      && submission.county == referral.county && submission.contact == referral.contact
  }

  /// R20, R27, R28.
  private func accept(_ assister: PrincipalID, _ id: OfferID, _ now: Instant) -> Decision {
    guard let offer = offerRow(id), offer.assisterIndex == assister.index else {
      return .rejected(.offerUnknown)
    }
    if offer.state == .accepted { return .accepted([], .offer(id)) }
    if let rejection = rejection(of: offer, at: now) { return .rejected(rejection) }
    let holder = assisters[offer.assisterIndex]
    guard holder.registration == .active else { return .rejected(.notRegistered) }
    guard holder.openAssignments.count < Int(capacity(of: offer.assisterIndex)) else {
      return .rejected(.capacityReached)
    }
    guard assignments.count < EngineLimits.assignments else { return .rejected(.engineLimit) }
    return .accepted([.accepted(id, at: now)], .offer(id))
  }

  /// R21. Repeating it is no error: the Offer is as the assister left it.
  private func reject(
    _ assister: PrincipalID, _ id: OfferID, _ reason: String, _ now: Instant
  ) -> Decision {
    guard let offer = offerRow(id), offer.assisterIndex == assister.index else {
      return .rejected(.offerUnknown)
    }
    if offer.state == .rejected { return .accepted([], .offer(id)) }
    if let rejection = rejection(of: offer, at: now) { return .rejected(rejection) }
    return .accepted([.rejected(id, reason: reason, at: now)], .offer(id))
  }

  /// Why the Offer can't be acted on at `now`; nil: it can.
  private func rejection(of offer: Offer, at now: Instant) -> Rejection? {
    switch offer.state {
    case .pending: now < offer.deadline ? nil : .offerDeadlinePassed
    case .accepted: .offerAccepted
    case .rejected: .offerRejected
    case .missed, .expired: .offerDeadlinePassed
    case .taken: .offerTaken(at: offer.closedAt)
    case .withdrawn: .offerWithdrawn
    case .released: .offerReleased
    }
  }

  private func deliver(_ ids: [OfferID]) -> Decision {
    let news = ids.filter { id in
      guard let offer = offerRow(id) else { return false }
      return offer.kind == .general && offer.state == .pending && !offer.delivered
    }
    guard !news.isEmpty else { return .accepted([], .none) }
    var ascending: [OfferID] = []
    for id in news.sorted() where ascending.last != id { ascending.append(id) }
    return .accepted([.delivered(ascending)], .none)
  }
}
