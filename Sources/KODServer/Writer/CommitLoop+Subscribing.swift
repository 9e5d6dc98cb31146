internal import KODEngine
internal import KODWire

// Subscriptions: the current state or the gap first, then every push. An assister's first one is its presence (R33).

extension CommitLoop {
  /// Referrals in the current state of partners and supervisors, the oldest: with many more a client would be closed as
  /// one that does not read. The lists give all.
  static let mostReferrals = 1_000

  func send(_ push: KODEngine.Push, in engine: Engine) {
    var item: SubscribeItem?
    let listeners = subscriptions.forEach(of: push.principal) { subscriber in
      let message = item ?? SubscribeItem(item: .push(KODWire.Push(push, in: engine)))
      item = message
      outbox.push(
        subscriber.connection, subscriber.call, message, PushTag(push, in: engine))
    }
    if listeners > 0, case .offerOpened(let offer) = push.body, engine.awaitsDelivery(offer) {
      delivered.append(offer)
    }
  }

  /// The position is read before the state, and nothing changes in between: one thread owns both. What comes later
  /// follows as live pushes, because the subscriber is listed at the same moment. That somebody listens comes last of
  /// all: what follows from it (R33) is told to the new subscriber, too.
  func subscribe(_ call: CallRequest, on connection: ConnectionID, epoch: String, offset: UInt64) {
    let principal = call.principal
    guard !subscriptions.contains(connection, of: principal) else {
      outbox.fail(
        connection, call.call, .of(.subscriptionExists, "this session has a subscription"))
      return
    }
    let isFirst = subscriptions.insert(
      Subscriber(connection: connection, call: call.call), for: principal)
    let oldest =
      call.receivedAt + Instant.Interval(microseconds: -limits.resumeAgeMilliseconds * 1_000)
    let missed =
      epoch == facts.streamEpoch
      ? state.engine.pushes(of: principal, after: offset, since: oldest) : nil
    func send(_ item: SubscribeItem.Item) {
      outbox.boundedItem(connection, call.call, SubscribeItem(item: item))
    }
    send(
      .start(
        SubscriptionStart(
          epoch: facts.streamEpoch, offset: state.engine.lastPushOffset(of: principal),
          recovered: missed != nil)))
    if let missed {
      sendMissed(missed, in: state.engine, to: connection, call.call)
    } else {
      sendCurrentState(of: principal, in: state.engine, send)
    }
    noteDelivery(of: principal, in: state.engine)
    if isFirst, state.engine.standing(of: principal) != nil {
      _ = perform(
        .sessionsChanged(principal, hasSession: true, isFresh: missed == nil), at: call.receivedAt)
      sendPushes()
    }
  }

  /// What is open has now reached a session.
  private func noteDelivery(of principal: PrincipalID, in engine: Engine) {
    delivered += engine.openOffers(of: principal).filter(engine.awaitsDelivery)
  }

  private func sendMissed(
    _ missed: [KODEngine.Push], in engine: Engine, to connection: ConnectionID, _ call: UInt32
  ) {
    for push in missed {
      let item = SubscribeItem(item: .push(KODWire.Push(push, in: engine)))
      outbox.push(connection, call, item, PushTag(push, in: engine))
    }
  }

  private func sendCurrentState(
    of principal: PrincipalID, in engine: Engine, _ send: (SubscribeItem.Item) -> Void
  ) {
    var hasMore = false
    switch engine.principal(principal)?.role {
    case .assister:
      for id in engine.openOffers(of: principal) {
        if let offer = KODWire.Offer(id, in: engine) { send(.openOffer(offer)) }
      }
      for id in engine.openAssignments(of: principal) {
        if let held = Assignment(id, of: principal, in: engine) { send(.assignment(held)) }
      }
      var status = AssisterStatus(of: principal, in: engine)
      status.hasSession = true
      send(.status(status))
    case .intakePartner:
      // One more than is told says whether that was all.
      let open = Array(
        engine.queue(.open, limit: .max).lazy.compactMap { engine.referral($0) }
          .filter { $0.partner == principal }.prefix(Self.mostReferrals + 1))
      hasMore = open.count > Self.mostReferrals
      for view in open.prefix(Self.mostReferrals) {
        send(.openReferral(KODWire.Referral(view, in: engine)))
      }
    case .supervisor:
      let waiting = engine.queue(.waiting, limit: Self.mostReferrals + 1)
      hasMore = waiting.count > Self.mostReferrals
      for id in waiting.prefix(Self.mostReferrals) {
        if let referral = KODWire.Referral(id, in: engine) { send(.openReferral(referral)) }
      }
    default:
      break
    }
    send(.stateEnd(StateEnd(hasMore: hasMore)))
  }

  /// Without a call: whichever subscription the connection has.
  func unsubscribe(_ call: UInt32?, on connection: ConnectionID, of principal: PrincipalID) {
    guard subscriptions.remove(connection, call: call, of: principal),
      state.engine.standing(of: principal) != nil
    else { return }
    _ = perform(
      .sessionsChanged(principal, hasSession: false, isFresh: false), at: tick.instant)
    sendPushes()
  }
}
