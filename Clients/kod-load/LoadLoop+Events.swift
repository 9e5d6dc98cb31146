import KODClient
import KODWire

// What a session's bytes meant, and what follows. Nothing here sends: calls that follow are noted
// in `intents`, because a session can't be spoken to while it is being listened to.
extension LoadLoop {
  func received(_ event: ClientSession.Event, _ payload: RawSpan, on slot: Int, at now: UInt64) {
    switch event {
    case .item(_):
      itemReceived(payload, on: slot, at: now)
    case .response(let call):
      guard let pending = sessions[slot].answered(call) else { return }
      responseReceived(pending, payload, on: slot, at: now)
    case .status(let call, let status):
      guard let pending = sessions[slot].answered(call) else { return }
      refused(pending, status, on: slot, at: now)
    case .welcome(let welcome):
      welcomed(welcome, on: slot, at: now)
    case .pong(let roundTrip):
      measures.ping.record(roundTrip)
    case .notice(let status):
      if status.code == .unauthenticated { return denied(status.message, on: slot) }
      report(.protocolBroken, on: slot, "the server complains: \(describe(status))")
    case .goingAway(let farewell):
      if farewell.code == .unauthenticated { return denied(farewell.message, on: slot) }
      lost(slot, "the server closed the session: \(farewell.reason.name) \(farewell.message)")
    case .violation(let violation):
      report(.protocolBroken, on: slot, violation.description)
      lost(slot, "the session was given up")
    }
  }

  private func denied(_ message: String, on slot: Int) {
    let name = sessions[slot].credential.name
    events.append(.fatal(.notPermitted("\(name).token was rejected: \(message)")))
    forget(slot)
  }

  // MARK: Opening

  private func welcomed(_ welcome: Welcome, on slot: Int, at now: UInt64) {
    sessions[slot].welcomedAt = now
    measures.welcome.record(now - sessions[slot].connectedAt)
    if measures.server.isEmpty { measures.server = welcome.server }
    let calls = Int(welcome.limits?.maximumCallsInFlight ?? 1)
    switch welcome.role {
    case .assister:
      // The subscription, an accept for each referral in flight, and one to close what was won.
      let needed = plan.referralsInFlight + 2
      if plan.racesReferrals, calls < needed {
        events.append(
          .fatal(
            .usage(
              "--referrals-in-flight: it needs \(needed) calls a session, \(calls) are allowed")))
      }
      switch room.assisterWelcomed() {
      case .keep:
        callsOfAssisters = calls
        sessions[slot].stage = .subscribing
        intents.append(.subscribe)
      case .dismiss:
        opening -= 1
        intents.append(.leave)
      }
    case .intakePartner:
      callsOfPartners = calls
      opening -= 1
      switch room.partnerWelcomed() {
      case .keep:
        sessions[slot].stage = .ready
        events.append(.partnerReady(slot: UInt32(slot)))
      case .dismiss: intents.append(.leave)
      }
    default:
      opening -= 1
      events.append(.dismissed)
      intents.append(.leave)
    }
  }

  private func assisterReady(_ slot: Int, at now: UInt64) {
    sessions[slot].stage = .ready
    opening -= 1
    measures.subscribe.record(now - sessions[slot].welcomedAt)
    events.append(.assisterReady(sessions[slot].area))
  }

  /// Where an assister may get the referrals of this run; nil: nowhere.
  static func area(of status: AssisterStatus) -> Eligibility.Area? {
    let isEligible =
      status.available && status.registration == .registrationActive
      && status.languages.contains(LoadPlan.language)
    return isEligible ? status.counties : nil
  }

  // MARK: Pushes

  private func itemReceived(_ payload: RawSpan, on slot: Int, at now: UInt64) {
    let item: SubscribeItem
    do {
      item = try SubscribeItem(decoding: payload)
    } catch {
      report(.protocolBroken, on: slot, "an item does not decode: \(error)")
      return
    }
    switch item.item {
    case .push(let push): pushReceived(push, on: slot, at: now)
    case .start(let start): sessions[slot].ledger.subscribed(at: start.offset)
    case .openOffer(let offer): sessions[slot].ledger.inherited(offer)
    case .status(let status): sessions[slot].area = Self.area(of: status)
    case .stateEnd: assisterReady(slot, at: now)
    case .collapsed(let collapsed):
      // Nothing that a session has to know is in them, but what is counted here is.
      report(
        .pushLost, on: slot,
        "pushes \(collapsed.firstOffset) to \(collapsed.lastOffset) were collapsed: not read in time"
      )
    case .assignment, .openReferral, nil: break
    }
  }

  private func pushReceived(_ push: Push, on slot: Int, at now: UInt64) {
    if phase == .measured { measures.pushes += 1 }
    sessions[slot].ledger.pushed(at: push.offset) { report($0, on: slot) }
    switch push.body {
    case .offerOpened(let offer):
      let isRaced = offer.kind == .mass && plan.mode != .fanout
      let isNew = sessions[slot].ledger.opened(offer, isRaced: isRaced) { report($0, on: slot) }
      guard isNew else { return }
      offerOpened(offer, on: slot, at: now)
    case .offerClosed(let closed):
      offerClosed(closed, on: slot)
    case .offerReminder(let reminder):
      sessions[slot].ledger.reminded(reminder) { report($0, on: slot) }
    default:
      break
    }
  }

  private func offerOpened(_ offer: Offer, on slot: Int, at now: UInt64) {
    guard offer.kind == .mass else {
      // One of the set-up. Its window says how often it has to be renewed.
      let window = max(0, offer.deadlineUs - offer.offeredAtUs)
      renewAfter = min(renewAfter, UInt64(window) * 1_000 / 3)
      return
    }
    events.append(
      .observed(
        .opened(referral: offer.referralId, offeredAt: offer.offeredAtUs, now: now)))
    switch plan.mode {
    case .race: intents.append(.accept(offer: offer.offerId))
    case .simultaneousRace:
      held[offer.referralId, default: []].append((slot: slot, offer: offer.offerId))
    case .fanout: break
    }
  }

  private func offerClosed(_ closed: OfferClosed, on slot: Int) {
    // An offer that was open before this session is not of this race.
    let isInherited = sessions[slot].ledger.entry(offer: closed.offerId)?.isInherited ?? false
    sessions[slot].ledger.closed(closed) { report($0, on: slot) }
    guard closed.kind == .mass, !isInherited else { return }
    let state: RaceBoard.ClosingState =
      switch closed.state {
      case .offerWasTaken: .taken
      case .offerAccepted: .accepted
      case .offerWasWithdrawn: .withdrawn
      default: .other
      }
    events.append(
      .observed(
        .told(
          referral: closed.referralId, session: sessions[slot].number, state: state,
          closedAt: closed.closedAtUs)))
  }

  // MARK: Answers

  private func responseReceived(
    _ pending: LoadSession.PendingCall, _ payload: RawSpan, on slot: Int, at now: UInt64
  ) {
    do {
      switch pending.purpose {
      case .accept(let offer, let referral, let deadline):
        let assignment = try Assignment(decoding: payload)
        measureAccept(pending, at: now)
        won(assignment, offer: offer, referral: referral, deadline: deadline, on: slot)
        if phase == .measured { measures.win.record(now - pending.sentAt) }
      case .submit(let county):
        let referral = try Referral(decoding: payload)
        submitted(referral, county: county, pending, on: slot, at: now)
      case .close:
        closingsInFlight -= 1
        if phase == .measured { measures.closing.record(now - pending.sentAt) }
      case .cancel:
        cancelsInFlight -= 1
      case .subscription:
        break
      }
    } catch {
      report(.protocolBroken, on: slot, "an answer does not decode: \(error)")
    }
  }

  private func measureAccept(_ pending: LoadSession.PendingCall, at now: UInt64) {
    measures.acceptsAnswered += 1
    if phase == .measured { measures.accept.record(now - pending.sentAt) }
  }

  private func won(
    _ assignment: Assignment, offer: UInt64, referral: UInt64, deadline: Int64, on slot: Int
  ) {
    measures.acceptsAcknowledged += 1
    let name = sessions[slot].credential.name
    if let witness = plan.witness {
      let line = AcknowledgedAccept(
        referral: referral, offer: offer, assister: name, acceptedAt: assignment.acceptedAtUs)
      if !witness.append(line) {
        events.append(.fatal(.failed("--witness: the file can't be written")))
      }
    }
    if assignment.offerId != offer || assignment.referralId != referral {
      report(
        .wronglyTold, on: slot,
        "accepted offer \(offer) of \(referral), was given offer \(assignment.offerId) of "
          + "\(assignment.referralId)")
    }
    if assignment.acceptedAtUs >= deadline {
      let found = Violation(
        kind: .acceptedTooLate, referral: referral, offer: offer,
        detail: "accepted at \(assignment.acceptedAtUs), the deadline was \(deadline)")
      report(found, on: slot)
    }
    sessions[slot].ledger.answered(.won, offer: offer) { report($0, on: slot) }
    events.append(
      .observed(
        .won(
          referral: referral, session: sessions[slot].number, offer: offer,
          acceptedAt: assignment.acceptedAtUs)))
    if plan.closesWonReferrals {
      sessions[slot].unclosed.append(referral)
      closingsInFlight += 1
    }
  }

  private func submitted(
    _ referral: Referral, county: UInt32, _ pending: LoadSession.PendingCall, on slot: Int,
    at now: UInt64
  ) {
    if phase == .measured { measures.submission.record(now - pending.sentAt) }
    switch referral.state {
    case .referralMass:
      events.append(
        .answeredMass(
          referral: referral.referralId, offers: referral.offersMade, county: county,
          slot: UInt32(slot), sentAt: pending.sentAt))
    case .referralGeneral:
      occupying.append(Occupied(slot: slot, referral: referral.referralId, since: now))
      events.append(.answeredGeneral)
    default:
      events.append(
        .answeredOtherwise(
          "a referral of county \(county) is \(referral.state.name) at once: nobody is eligible"))
    }
  }

  private func refused(
    _ pending: LoadSession.PendingCall, _ status: Status, on slot: Int, at now: UInt64
  ) {
    switch pending.purpose {
    case .accept(let offer, let referral, _):
      measureAccept(pending, at: now)
      if status.reason == .offerTaken, status.code == .aborted {
        sessions[slot].ledger.answered(.lost, offer: offer) { report($0, on: slot) }
        events.append(.observed(.lost(referral: referral, takenAt: status.takenAtUs)))
      } else {
        sessions[slot].ledger.answered(.refused, offer: offer) { report($0, on: slot) }
        events.append(.observed(.refused(referral: referral)))
        let found = Violation(
          kind: .acceptRefused, referral: referral, offer: offer, detail: describe(status))
        report(found, on: slot)
      }
    case .submit:
      refusedCall("SubmitReferral", status, on: slot)
      events.append(.answeredOtherwise("SubmitReferral was refused: \(describe(status))"))
    case .cancel(let referral):
      cancelsInFlight -= 1
      // A general offer of the set-up may have ended by itself in a long run.
      if status.reason == .referralState { return }
      refusedCall("CancelReferral \(referral)", status, on: slot)
    case .close(let referral):
      closingsInFlight -= 1
      refusedCall("CloseReferral \(referral)", status, on: slot)
    case .subscription:
      events.append(.fatal(.failed("the subscription ended: \(describe(status))")))
    }
  }

  private func refusedCall(_ name: String, _ status: Status, on slot: Int) {
    if status.code == .permissionDenied {
      events.append(.fatal(.notPermitted("\(name): \(describe(status))")))
    } else {
      report(.callRefused, on: slot, "\(name): \(describe(status))")
    }
  }

  func describe(_ status: Status) -> String {
    let fields = status.violations.map { " \($0.path): \($0.description)" }.joined(separator: ";")
    return "\(status.code.name) \(status.reason.name) \(status.message)\(fields)"
  }

  func report(_ kind: Violation.Kind, on slot: Int, _ detail: String) {
    report(Violation(kind: kind, detail: detail), on: slot)
  }

  func report(_ violation: Violation, on slot: Int) {
    var violation = violation
    violation.session = sessions[slot].credential.name
    events.append(.violation(violation))
  }
}
