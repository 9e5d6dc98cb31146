extension Engine {
  /// Makes what happened part of the state. Cannot fail: the event fits a state that the same
  /// history led to. Events of a damaged or foreign log are told apart by `fits` first.
  public mutating func apply(_ event: Event) {
    switch event {
    case .policySet(let policy, let at):
      saw(at)
      applyPolicy(policy, PolicySignature(since: at), at)
    case .principalCreated(_, let new, let at):
      saw(at)
      add(Principal(new))
    case .registered(let id, let registration, let at):
      saw(at)
      applyProfile(id.index, completed(registration, for: id.index), becomes: .active, at)
    case .availabilitySet(let id, let override, let at):
      saw(at)
      applyAvailability(id.index, override, at)
    case .submitted(_, let partner, let submission, let at):
      saw(at)
      applySubmission(partner, submission, at)
    case .generalOffered(_, let id, let assister, let at, let deadline, let phaseEnds):
      saw(at)
      applyGeneralOffer(id.index, assister.index, at, deadline, phaseEnds)
    case .massOpened(let id, _, let recipients, let at, let deadline):
      saw(at)
      applyMassOpening(id.index, recipients, at, deadline)
    case .massJoined(_, let id, let assister, let at):
      saw(at)
      agenda.joiners.remove(.init(referral: id.index, assister: assister.index))
      openOffer(.mass, id.index, assister.index, at, referrals[id.index].massEnds)
    case .accepted(let id, let at):
      saw(at)
      applyAcceptance(id.index, at)
    case .rejected(let id, _, let at):
      saw(at)
      endOffer(id.index, .rejected, at)
    case .generalLapsed(let id, let missed):
      saw(offers[id.index].deadline)
      endOffer(id.index, missed ? .missed : .expired, offers[id.index].deadline)
    case .massLapsed(let id):
      saw(referrals[id.index].massEnds)
      applyMassLapse(id.index)
    case .generalReminded(let id, let number, let at):
      saw(at)
      applyReminder(ofOffer: id, number, at)
    case .massReminded(let id, let number, let at):
      saw(at)
      applyReminder(ofMass: id.index, number, at)
    case .waiting(let id, let cause, let at):
      saw(at)
      applyWaiting(id.index, cause, at)
    case .deregistered(let id, let at):
      saw(at)
      applyDeregistration(id.index, at)
    case .closed(let id, let outcome, let at):
      saw(at)
      applyClosing(id.index, outcome, at)
    case .cancelled(let id, let principal, let reason, let at):
      saw(at)
      applyCancellation(id.index, by: principal, reason, at)
    case .delivered(let ids):
      for id in ids { offers[id.index].delivered = true }
    case .serverStarted(let at):
      saw(at)
      restartReclaims(at)
      for index in assisters.indices {
        assisters[index].hasSession = false
        routing.setPresent(index, false)
        if let offer = assisters[index].openGeneralOffer { offers[offer.index].excused = true }
      }
    // MARK: Work (R12 to R17)
    case .attemptLogged, .released, .takenBack, .reclaimed, .rerun, .assigned, .gaveUp, .noteSaved,
      .promiseMissed, .callbackOverdue, .callbackReminded:
      applyWork(event)
    // MARK: Assisters (R30 to R34, R65)
    case .profileSaved, .registrationWithdrawn, .outlookExtended, .scheduleTurned,
      .credentialsExpired, .sessionChanged, .staffActed, .credentialDateSet, .noticeAcknowledged,
      .policyVersioned, .eligibilityLost:
      applyToAssisters(event)
    case .credentialIssued(let id, let new, let at):
      saw(at)
      applyIssue(id.index, new, at)
    }
    dropMootItems()
  }

  mutating func saw(_ instant: Instant) { lastInstant = max(lastInstant, instant) }

  private mutating func applyAvailability(
    _ index: Int, _ override: AvailabilityOverride, _ at: Instant
  ) {
    assisters[index].override = override
    if override == .off {
      // R26.
      for offer in assisters[index].openOffers.elements { endOffer(offer.index, .released, at) }
    }
    noteBlockers(index, at, overrideChanged: true)
    refreshAvailability(index, at)
  }

  private mutating func applySubmission(
    _ partner: PrincipalID, _ submission: Submission, _ at: Instant
  ) {
    let index = referrals.count
    let language = intern(submission.language)
    referrals.append(
      Referral(
        partner: partner, idempotencyKey: submission.idempotencyKey,
        partnerReference: submission.partnerReference, helpType: submission.helpType,
        language: language, county: submission.county, contact: submission.contact,
        policy: policies.count - 1, submittedAt: at, changedAt: at))
    totals.referrals += 1
    totals.referralsGeneral += 1
    desk.open.insert(index)
    startPromiseTimer(index)
    remember(index)
    forgetSubmissions(before: at)
    refreshRouting(index)
  }

  private mutating func applyGeneralOffer(
    _ index: Int, _ assister: Int, _ at: Instant, _ deadline: Instant, _ phaseEnds: Instant?
  ) {
    if referrals[index].state != .general {
      setState(index, .general, at)
    } else if referrals[index].runs.isEmpty {
      // Submitted into it: the partner's other devices hear of the request like that.
      tellState(index, at)
    }
    if let phaseEnds {
      referrals[index].phaseEnds = phaseEnds
      phases.insert(.init(at: phaseEnds, .phase, UInt64(index + 1)))
    }
    learn(from: assister, index, at)
    openOffer(.general, index, assister, at, deadline)
    refreshRouting(index)
  }

  private mutating func applyMassOpening(
    _ index: Int, _ recipients: [PrincipalID], _ at: Instant, _ deadline: Instant
  ) {
    enterStage(index, nil, at)
    setState(index, .mass, at)
    referrals[index].goesToMass = false
    referrals[index].massOpenedAt = at
    referrals[index].massEnds = deadline
    referrals[index].massLapsed = false
    referrals[index].massReminders = 0
    deadlines.insert(.init(at: deadline, .massWindow, UInt64(index + 1)))
    reminders.insert(
      .init(at: reminderInstant(referrals[index], number: 1), .massWindow, UInt64(index + 1)))
    for recipient in recipients { openOffer(.mass, index, recipient.index, at, deadline) }
    refreshRouting(index)
  }

  /// R23, R42.
  private mutating func applyMassLapse(_ index: Int) {
    referrals[index].massLapsed = true
    endOpenOffers(of: index, .expired, referrals[index].massEnds) { $0.kind == .mass }
  }

  private mutating func applyWaiting(_ index: Int, _ cause: WaitingCause, _ at: Instant) {
    let wasMass = referrals[index].state == .mass
    enterStage(index, cause, at)
    referrals[index].goesToMass = false
    setState(index, .waiting(cause), at)
    refreshRouting(index)
    alert(.referralAlert(ReferralID(index: index), .waiting, cause), at)
    if wasMass { seekAssisters(for: index) }
  }

  /// R4, R8, R24.
  private mutating func applyAcceptance(_ index: Int, _ at: Instant) {
    let referral = offers[index].referralIndex
    let assister = offers[index].assisterIndex
    setState(referral, .assigned, at)
    beginAssignment(referral, assister, OfferID(index: index), at)
    totals.accepts += 1
    endOffer(index, .accepted, at)
    endOpenOffers(of: referral, .taken, at)
    refreshRouting(referral)
    refreshAvailability(assister, at)
  }

  private mutating func applyReminder(ofOffer id: OfferID, _ number: UInt8, _ at: Instant) {
    offers[id.index].reminders = number
    if number < 2 {
      let next = reminderInstant(offers[id.index], number: 2)
      reminders.insert(.init(at: next, .generalOffer, id.number))
    }
    tell(offers[id.index].assisterIndex, .offerReminder(id, number: number), at)
  }

  private mutating func applyReminder(ofMass index: Int, _ number: UInt8, _ at: Instant) {
    referrals[index].massReminders = number
    if number < 2 {
      let next = reminderInstant(referrals[index], number: 2)
      reminders.insert(.init(at: next, .massWindow, UInt64(index + 1)))
    }
    forEachOpenOffer(of: index) { engine, offer in
      guard engine.offers[offer].kind == .mass else { return }
      let assister = engine.offers[offer].assisterIndex
      engine.tell(assister, .offerReminder(OfferID(index: offer), number: number), at)
    }
  }

  /// R31.
  private mutating func applyDeregistration(_ index: Int, _ at: Instant) {
    assisters[index].deregistrationOffers = assisters[index].streakOffers
    let last = assisters[index].streakOffers.last?.number ?? 0
    deregistrations.append(
      DeregistrationRow(assister: UInt32(index), offer: UInt32(last), at: at))
    endRegistration(index, .deregistered, .assisterDeregistered, at)
    alert(.assisterDeregistered(PrincipalID(index: index)), at)
  }
}

extension Assister {
  mutating func resetStreak() {
    missedInARow = 0
    streakOffers = []
  }
}
