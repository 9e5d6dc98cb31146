// What is due: lapses, de-registrations, stage changes, new Offers, reminders.

extension Engine {
  /// The first of what is due, in R29's order; timers count as due through `limit`. Nil: nothing.
  func nextStep(dueThrough limit: Instant, at now: Instant) -> Event? {
    let timer = deadlines.first.flatMap { $0.at <= limit ? $0 : nil }
    if let (assister, at) = agenda.deregistrations.first {
      // Windows that end in the instant of the third miss have ended; they are not withdrawn.
      guard let timer, timer.subject.comesBeforeTurns, timer.at <= at else {
        return .deregistered(PrincipalID(index: assister), at: at)
      }
      return ending(timer, now)
    }
    if let turning = turning(before: timer, dueThrough: limit) { return turning }
    let phase = phases.first.flatMap { $0.at <= limit ? $0 : nil }
    // Marks come after the stage changes of their instant (R29).
    let changesStage = !agenda.changingStage.isEmpty || phase != nil
    let waits = timer.map { $0.subject.isMark && $0.at == now && changesStage }
    if let timer, waits != true { return ending(timer, now) }
    if let phase { return route(Int(phase.number) - 1, now) }
    if agenda.isEmpty {
      guard let reminder = reminders.first, reminder.at <= limit else { return nil }
      return remind(reminder, now)
    }
    if let referral = agenda.changingStage.first { return route(referral, now) }
    if let referral = agenda.unrouted.first { return route(referral, now) }
    return agenda.joiners.first.map { join($0, now) }
  }

  private func ending(_ timer: Deadline, _ now: Instant) -> Event {
    switch timer.subject {
    case .generalOffer:
      let index = Int(timer.number) - 1
      let isMissed = wasHandedOver(index) && !offers[index].excused
      return .generalLapsed(OfferID(timer.number), missed: isMissed)
    case .massWindow: return .massLapsed(ReferralID(timer.number))
    case .phase: return route(Int(timer.number) - 1, now)
    case .reclaim: return .reclaimed(ReferralID(timer.number), at: timer.at)
    case .promise: return .promiseMissed(ReferralID(timer.number))
    case .callbackDue: return .callbackOverdue(ReferralID(timer.number))
    }
  }

  /// The next step of a referral in `general` or, with no open Offer left, in `mass`.
  private func route(_ index: Int, _ now: Instant) -> Event {
    let referral = referrals[index]
    if referral.state == .mass {
      // R9, R10.
      return .waiting(
        ReferralID(index: index), now < referral.massEnds ? .allAsked : .massExpired, at: now)
    }
    if !isGeneralPhaseOver(referral, now), let next = candidate(index, now) {
      return offer(index, to: next, now)
    }
    let recipients = massRecipients(index)
    // An open general Offer keeps its deadline (R6): somebody may still join meanwhile, or it may
    // be accepted.
    if !recipients.isEmpty || referral.openGeneralOffer != nil {
      return openMass(index, to: recipients, now)
    }
    let cause: WaitingCause = referral.runs.isEmpty ? .noOneAvailable : .allAsked
    return .waiting(ReferralID(index: index), cause, at: now)
  }

  private func isGeneralPhaseOver(_ referral: Referral, _ now: Instant) -> Bool {
    changesStage(referral) || referral.phaseEnds.map { $0 <= now } ?? false
  }

  /// Whether no further general Offer follows, whatever the time.
  func changesStage(_ referral: Referral) -> Bool {
    let limit = policies[referral.policy].maxGeneralOffers
    return referral.state == .mass || referral.goesToMass
      || limit > 0 && referral.generalOffers - referral.generalOffersBefore >= limit
  }

  private func offer(_ index: Int, to assister: Int, _ now: Instant) -> Event {
    let policy = policies[referrals[index].policy]
    let isFirst = referrals[index].generalOffers == referrals[index].generalOffersBefore
    return .generalOffered(
      OfferID(index: offers.count), ReferralID(index: index), to: PrincipalID(index: assister),
      at: now, deadline: now + policy.offerWindow,
      phaseEnds: isFirst ? policy.generalPhase.map { now + $0 } : nil)
  }

  private func openMass(_ index: Int, to recipients: [Int], _ now: Instant) -> Event {
    .massOpened(
      ReferralID(index: index), firstOffer: OfferID(index: offers.count),
      to: recipients.map { PrincipalID(index: $0) }, at: now,
      deadline: now + policies[referrals[index].policy].massWindow)
  }

  /// R11, R38.
  private func join(_ joiner: Agenda.Joiner, _ now: Instant) -> Event {
    let referral = referrals[joiner.referral]
    let id = ReferralID(index: joiner.referral)
    if referral.state == .mass {
      guard now < referral.massEnds else { return .massLapsed(id) }
      return .massJoined(
        OfferID(index: offers.count), id, to: PrincipalID(index: joiner.assister), at: now)
    }
    if referral.runs.isEmpty, let next = candidate(joiner.referral, now) {
      return offer(joiner.referral, to: next, now)
    }
    return openMass(joiner.referral, to: massRecipients(joiner.referral), now)
  }

  /// R47. Of two that are late only the second is sent.
  private func remind(_ timer: Deadline, _ now: Instant) -> Event {
    switch timer.subject {
    case .generalOffer:
      let id = OfferID(timer.number)
      let last = reminderInstant(offers[id.index], number: 2)
      return .generalReminded(id, number: last <= now ? 2 : 1, at: now)
    case .callbackDue:
      let id = ReferralID(timer.number)
      let row = assignments[Int(referrals[id.index].lastAssignment) - 1]
      let isLast = callbackReminder(row, number: 2).map { $0 <= now } ?? false
      let number = isLast ? 2 : nextCallbackReminder(row)?.number ?? 2
      return .callbackReminded(id, number: number, at: now)
    default:
      let id = ReferralID(timer.number)
      let last = reminderInstant(referrals[id.index], number: 2)
      return .massReminded(id, number: last <= now ? 2 : 1, at: now)
    }
  }

  func reminderInstant(_ offer: Offer, number: UInt8) -> Instant {
    let policy = policies[referrals[offer.referralIndex].policy]
    return offer.offeredAt.part(
      number == 1 ? policy.firstReminder : policy.secondReminder, until: offer.deadline)
  }

  func reminderInstant(_ referral: Referral, number: UInt8) -> Instant {
    let policy = policies[referral.policy]
    return referral.massOpenedAt.part(
      number == 1 ? policy.firstReminder : policy.secondReminder, until: referral.massEnds)
  }
}
