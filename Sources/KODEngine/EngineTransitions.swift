// The few moves that events are made of. Each keeps every list and index in step with the rows.

extension Engine {
  mutating func add(_ principal: Principal) {
    let index = principals.count
    principals.append(principal)
    assisters.append(Assister())
    rings.append(PushRing())
    profiles.append(AssisterProfile())
    if principal.role == .notifier { notifiers += 1 }
    names[principal.name] = index
    for credential in principal.credentials { credentials[credential.number] = index }
    if principal.role == .supervisor { supervisors.append(index) }
    totals.principals += 1
  }

  // MARK: Offers

  mutating func openOffer(
    _ kind: OfferKind, _ referral: Int, _ assister: Int, _ at: Instant, _ deadline: Instant
  ) {
    let index = offers.count
    let id = OfferID(index: index)
    offers.append(
      Offer(
        referral: UInt32(referral), assister: UInt32(assister), offeredAt: at, deadline: deadline,
        kind: kind))
    file(index)
    // Read first: `assisters` is being changed while the end of the day is worked out.
    let dayEnds =
      at < assisters[assister].dayOfOffersEnds ? at : endOfLocalDay(of: assister, at)
    assisters[assister].countOffer(at: at, dayEnds: dayEnds)
    offers[index].countOfDay = assisters[assister].offersOnDay
    if kind == .general {
      assisters[assister].lastGeneralOffer = at
      routing.openGeneralOffer(assister, at: at)
      startTimers(index)
    }
    totals.offers += 1
    tell(assister, .offerOpened(id), at)
    openNotice(index, at)
  }

  /// Enters the newest Offer into the lists that are derived from Offers.
  mutating func file(_ index: Int) {
    let offer = offers[index]
    let referral = offer.referralIndex
    offers[index].previousOfAssister = assisters[offer.assisterIndex].lastOffer
    assisters[offer.assisterIndex].lastOffer = UInt32(index + 1)
    let follows = index > 0 && offers[index - 1].assister < offer.assister
    referrals[referral].runs.append(index, to: offer.assisterIndex, follows: follows)
    if offer.kind == .general { referrals[referral].generalOffers += 1 }
    guard offer.state == .pending else { return }
    let id = OfferID(index: index)
    referrals[referral].openOffers += 1
    assisters[offer.assisterIndex].openOffers.insert(id)
    guard offer.kind == .general else { return }
    openGeneralOffers += 1
    referrals[referral].openGeneralOffer = id
    assisters[offer.assisterIndex].openGeneralOffer = id
  }

  /// For an open general Offer: its lapse (R40) and its next reminder (R47).
  mutating func startTimers(_ index: Int) {
    let offer = offers[index]
    let number = OfferID(index: index).number
    deadlines.insert(.init(at: offer.deadline, .generalOffer, number))
    guard offer.reminders < 2 else { return }
    let next = reminderInstant(offer, number: offer.reminders + 1)
    reminders.insert(.init(at: next, .generalOffer, number))
  }

  /// pending → `state`, with what that means for the streak (R50) and for the referral's way (R5).
  mutating func endOffer(
    _ index: Int, _ state: OfferState, _ at: Instant, _ withdrawal: WithdrawalCause? = nil
  ) {
    let offer = offers[index]
    let assister = offer.assisterIndex
    let referral = offer.referralIndex
    let id = OfferID(index: index)
    offers[index].state = state
    offers[index].closedAt = at
    offers[index].withdrawal = withdrawal
    if offer.hasNotice { withdrawNotice(index, at) }
    referrals[referral].openOffers -= 1
    assisters[assister].openOffers.remove(id)
    if offer.kind == .general {
      openGeneralOffers -= 1
      referrals[referral].openGeneralOffer = nil
      assisters[assister].openGeneralOffer = nil
      routing.closeGeneralOffer(assister)
      countTowardStreak(assister, id, state, at)
      setWay(of: referral, after: state)
    }
    let missed = state == .missed ? assisters[assister].missedInARow : 0
    tell(
      assister, .offerClosed(id, state, missedInARow: missed, withdrawal: withdrawal), at)
    refreshRouting(referral)
  }

  /// R50.
  private mutating func countTowardStreak(
    _ assister: Int, _ id: OfferID, _ state: OfferState, _ at: Instant
  ) {
    switch state {
    case .accepted: assisters[assister].resetStreak()
    case .rejected, .released:
      if policies[referrals[offers[id.index].referralIndex].policy].rejectIsResponse {
        assisters[assister].resetStreak()
      }
    case .missed:
      let limit = policy.missesToDeregister
      if assisters[assister].missedInARow < .max {
        assisters[assister].missedInARow += 1
        assisters[assister].streakOffers.append(id)
      }
      if limit > 0, assisters[assister].missedInARow >= limit,
        assisters[assister].registration == .active
      {
        agenda.deregistrations.append((assister, at))
      }
    case .pending, .expired, .taken, .withdrawn: break
    }
  }

  /// R60: `on_reject` and `on_lapse`.
  private mutating func setWay(of referral: Int, after state: OfferState) {
    guard referrals[referral].state == .general else { return }
    let policy = policies[referrals[referral].policy]
    switch state {
    case .rejected, .released: referrals[referral].goesToMass = policy.onReject == .mass
    case .missed, .expired: referrals[referral].goesToMass = policy.onLapse == .mass
    case .pending, .accepted, .taken, .withdrawn: break
    }
  }

  mutating func endOpenOffers(
    of referral: Int, _ state: OfferState, _ at: Instant, _ withdrawal: WithdrawalCause? = nil,
    where isMeant: (Offer) -> Bool = { _ in true }
  ) {
    forEachOpenOffer(of: referral) { engine, offer in
      if isMeant(engine.offers[offer]) { engine.endOffer(offer, state, at, withdrawal) }
    }
  }

  /// In the order of their numbers; `body` may end the Offer it is given.
  mutating func forEachOpenOffer(of referral: Int, _ body: (inout Engine, Int) -> Void) {
    for run in referrals[referral].runs {
      for offer in run.first..<run.first + run.count where offers[offer].state == .pending {
        body(&self, offer)
      }
    }
  }

  // MARK: Referrals

  /// The partner is told of every change.
  mutating func setState(
    _ index: Int, _ state: ReferralState, _ at: Instant, isTold: Bool = true
  ) {
    let former = referrals[index].state
    totals.count(former, -1)
    totals.count(state, 1)
    let isSearching = isSearching(state)
    if isSearching != self.isSearching(former) { search(index, isSearching) }
    referrals[index].state = state
    referrals[index].changedAt = at
    listAtDesk(index, after: former)
    if isTold { tellState(index, at) }
  }

  /// To the partner.
  mutating func tellState(_ index: Int, _ at: Instant) {
    tell(
      referrals[index].partner.index,
      .referralUpdate(ReferralID(index: index), referrals[index].state, promiseMissed: false), at)
  }

  /// Notes that the referral goes to mass (nil) or to waiting: what `explain` goes by later.
  mutating func enterStage(_ referral: Int, _ waiting: WaitingCause?, _ at: Instant) {
    stages.append(
      StageRow(
        referral: UInt32(referral), offersBefore: UInt32(offers.count), waiting: waiting, at: at))
    linkStage(stages.count - 1)
  }

  mutating func linkStage(_ index: Int) {
    let referral = Int(stages[index].referral)
    stages[index].previous = referrals[referral].lastStage
    referrals[referral].lastStage = UInt32(index + 1)
  }

  /// Enters the referral into the index of those that look for anybody, or takes it out.
  mutating func search(_ index: Int, _ isSearching: Bool) {
    let referral = referrals[index]
    let demand = Routing.Demand(mass: referral, policies[referral.policy])
    if isSearching { searching.insert(index, demand) } else { searching.remove(index, demand) }
  }

  func isSearching(_ state: ReferralState) -> Bool {
    switch state {
    case .mass, .waiting: true
    default: false
    }
  }

  /// Puts the referral on the agenda if nobody is asked about it any more, and takes it off
  /// otherwise.
  mutating func refreshRouting(_ index: Int) {
    let referral = referrals[index]
    let isUnrouted =
      switch referral.state {
      case .general: referral.openGeneralOffer == nil
      case .mass: referral.openOffers == 0
      default: false
      }
    guard isUnrouted else {
      agenda.changingStage.remove(index)
      agenda.unrouted.remove(index)
      return
    }
    if changesStage(referral) {
      agenda.changingStage.insert(index)
    } else {
      agenda.unrouted.insert(index)
    }
  }

  /// Enters the newest referral into the lists that are derived from referrals.
  mutating func remember(_ index: Int) {
    let referral = referrals[index]
    referrals[index].previousOfPartner = principals[referral.partner.index].lastSubmission
    principals[referral.partner.index].lastSubmission = UInt32(index + 1)
    submissions[SubmissionKey(partner: referral.partner, key: referral.idempotencyKey)] = index
  }

  /// Keys older than a day make room; a key that was used again belongs to the newer referral.
  mutating func forgetSubmissions(before now: Instant) {
    while firstRemembered < referrals.count {
      let referral = referrals[firstRemembered]
      guard referral.submittedAt + EngineLimits.idempotencyMemory <= now else { return }
      let key = SubmissionKey(partner: referral.partner, key: referral.idempotencyKey)
      if submissions[key] == firstRemembered { submissions[key] = nil }
      firstRemembered += 1
    }
  }

  // MARK: Assisters

  /// R32, computed from scratch.
  func isAvailable(_ index: Int) -> Bool { blockers(of: index).isEmpty }

  /// R36.
  func capacity(of index: Int) -> UInt32 { principals[index].capacity ?? policy.capacity }

  /// After anything that R32 depends on.
  mutating func refreshAvailability(_ index: Int, _ at: Instant) {
    noteBlockers(index, at)
    let isAvailable = isAvailable(index)
    guard isAvailable != routing.isAvailable(index) else { return }
    routing.setAvailable(index, isAvailable)
    guard isAvailable else {
      // R22: not available all through.
      if let offer = assisters[index].openGeneralOffer { offers[offer.index].excused = true }
      return
    }
    seekReferrals(for: index)
  }

  /// Who becomes available joins what looks for anybody (R11, R38). So does, where the policy asks
  /// for a session, an available assister who opens one.
  mutating func seekReferrals(for index: Int) {
    let languages = routing.served(by: assisters[index].languages)
    for referral in searching.referrals(in: languages, assisters[index].counties)
    where isJoinable(referral, by: index) {
      agenda.joiners.insert(.init(referral: referral, assister: index))
    }
  }

  /// Whoever became available between the end of the mass window and this waiting could not join any
  /// more, and will not become available again: R11 holds for them as of now.
  mutating func seekAssisters(for index: Int) {
    for assister in massRecipients(index) where isJoinable(index, by: assister) {
      agenda.joiners.insert(.init(referral: index, assister: assister))
    }
  }

  // MARK: Pushes

  mutating func tell(_ index: Int, _ body: Push.Body, _ at: Instant) {
    rings[index].append(PackedPush(at: at, body: body))
    totals.pushes += 1
    freshPushes.append(
      Push(principal: PrincipalID(index: index), offset: rings[index].last, at: at, body: body))
  }

  mutating func alert(_ body: Push.Body, _ at: Instant) {
    for supervisor in supervisors { tell(supervisor, body, at) }
  }

  // MARK: Moot items

  /// Removes what is in front without being due any more, so that `nextDeadline` tells the truth.
  mutating func dropMootItems() {
    while let joiner = agenda.joiners.first, !isJoinable(joiner.referral, by: joiner.assister) {
      agenda.joiners.remove(joiner)
    }
    while let timer = deadlines.first, isMoot(timer) { deadlines.removeFirst() }
    while let timer = phases.first, isMoot(timer) { phases.removeFirst() }
    while let timer = reminders.first, isMootReminder(timer) { reminders.removeFirst() }
    // An accept leaves its timers behind for a quarter of an hour: sweep when they outnumber the
    // live ones.
    let live = openGeneralOffers + desk.open.count
    let most = 1024 + 4 * live
    if deadlines.count > most {
      deadlines.removeAll { [self] timer in isMoot(timer) }
    }
    if phases.count > most {
      phases.removeAll { [self] timer in isMoot(timer) }
    }
    if reminders.count > most {
      reminders.removeAll { [self] timer in isMootReminder(timer) }
    }
  }

  private func isMoot(_ timer: Deadline) -> Bool {
    switch timer.subject {
    case .generalOffer: return offers[Int(timer.number) - 1].state != .pending
    case .massWindow:
      let referral = referrals[Int(timer.number) - 1]
      return referral.state != .mass || referral.massLapsed || referral.massEnds != timer.at
    case .phase:
      let referral = referrals[Int(timer.number) - 1]
      return referral.state != .general || referral.phaseEnds != timer.at
    case .reclaim, .promise, .callbackDue: return isMootCallback(timer)
    }
  }

  private func isMootReminder(_ timer: Deadline) -> Bool {
    switch timer.subject {
    case .generalOffer:
      let offer = offers[Int(timer.number) - 1]
      return offer.state != .pending || offer.reminders >= 2
        || reminderInstant(offer, number: offer.reminders + 1) != timer.at
    case .callbackDue: return isMootCallbackReminder(timer)
    default:
      let referral = referrals[Int(timer.number) - 1]
      return referral.state != .mass || referral.massLapsed || referral.massReminders >= 2
        || reminderInstant(referral, number: referral.massReminders + 1) != timer.at
    }
  }
}

extension EngineCounts {
  mutating func count(_ state: ReferralState, _ difference: Int) {
    switch state {
    case .general: referralsGeneral += difference
    case .mass: referralsMass += difference
    case .waiting: referralsWaiting += difference
    case .assigned: referralsAssigned += difference
    case .contacted: referralsContacted += difference
    case .closed: referralsClosed += difference
    case .cancelled: referralsCancelled += difference
    }
  }
}
