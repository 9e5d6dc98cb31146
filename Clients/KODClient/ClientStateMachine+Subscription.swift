internal import KODWire

/// The client's subscription between the sessions and the subscriber.
enum SubscriptionPhase {
  case none
  /// To be asked for, when a session is up and the time has come.
  case due(SubscriptionStateMachine, notBefore: UInt64)
  case streaming(SubscriptionStateMachine, call: UInt32)
  /// CANCEL is out; when the stream has ended, it begins again (or, with no machine, is over).
  case cancelling(SubscriptionStateMachine?, call: UInt32, then: Resumption)
  /// The subscriber's buffer is full. The stream begins again when it has been read.
  case paused(SubscriptionStateMachine)

  enum Resumption { case atOnce, whenCaughtUp }

  var exists: Bool {
    switch self {
    case .none, .cancelling(nil, _, _): false
    default: true
    }
  }

  /// The stream's id in the session.
  var call: UInt32? {
    switch self {
    case .streaming(_, let call), .cancelling(_, let call, _): call
    default: nil
    }
  }

  var nextDeadline: UInt64? {
    if case .due(_, let notBefore) = self { notBefore } else { nil }
  }

  mutating func connectionLost() {
    switch self {
    case .streaming(let machine, _), .cancelling(let machine?, _, .atOnce):
      self = .due(machine, notBefore: 0)
    case .cancelling(let machine?, _, .whenCaughtUp): self = .paused(machine)
    case .cancelling(nil, _, _): self = .none
    case .none, .due, .paused: break
    }
  }
}

extension ClientStateMachine {
  /// Begins the client's one subscription. Precondition: there is none.
  mutating func subscribe(after position: SubscriptionPosition?, at now: UInt64) {
    precondition(!subscription.exists)
    let machine = SubscriptionStateMachine(after: position)
    if case .over(let error) = phase {
      deliver(.ended(error))
      act(.endSubscription)
      return
    }
    if case .cancelling(nil, let call, _) = subscription {
      subscription = .cancelling(machine, call: call, then: .atOnce)
    } else {
      subscription = .due(machine, notBefore: 0)
    }
    if let welcome { deliver(.connected(welcome)) }
    if case .idle = phase { startConnecting(at: now) }
    pump(at: now)
  }

  /// The subscriber is gone.
  mutating func unsubscribe(at now: UInt64) {
    switch subscription {
    case .streaming(_, let call):
      session?.cancel(call, at: now)
      subscription = .cancelling(nil, call: call, then: .atOnce)
    case .cancelling(_, let call, _):
      subscription = .cancelling(nil, call: call, then: .atOnce)
    case .none, .due, .paused: subscription = .none
    }
  }

  /// The subscriber has read what was kept for it.
  mutating func subscriberCaughtUp(at now: UInt64) {
    switch subscription {
    case .paused(let machine): subscription = .due(machine, notBefore: 0)
    case .cancelling(let machine, let call, .whenCaughtUp):
      subscription = .cancelling(machine, call: call, then: .atOnce)
    default: return
    }
    pump(at: now)
  }

  mutating func subscribeIfDue(at now: UInt64) {
    guard case .due(var machine, let notBefore) = subscription, now >= notBefore,
      session.hasRoomForCall
    else { return }
    let payload = machine.request().encoded()
    guard payload.count <= session.maximumPayloadBytes else {
      // An epoch that no server has given out.
      subscription = .none
      deliver(.ended(.requestTooLong))
      act(.endSubscription)
      return
    }
    guard let call = session?.open(.Pushes.subscribe, payload: payload, at: now) else {
      return breakConnection(.unavailable("the session's call ids are used up"), at: now)
    }
    subscription = .streaming(machine, call: call)
  }

  mutating func itemReceived(_ call: UInt32, _ payload: [UInt8], at now: UInt64) {
    // Items of a stream that is being cancelled come to nothing; they are sent again.
    guard case .streaming(var machine, call) = subscription else { return }
    let item: SubscribeItem
    do {
      item = try SubscribeItem(decoding: payload.span.bytes)
    } catch {
      breakConnection(.violation("a push does not decode: \(error)"), at: now)
      return
    }
    // The machine must not be shared while it changes: it may hold a long list.
    subscription = .none
    let hadBegunAgain = machine.hasBegunAgain
    let verdict = machine.receive(item)
    subscription = .streaming(machine, call: call)
    switch verdict {
    case .nothing: break
    case .deliver(let event):
      deliver(event)
      // Not before something was delivered: a pause must not undo the step that led to it.
      if subscriberRoom <= 0, machine.hasDelivered { pauseSubscription(machine, call, at: now) }
    case .beginAgain(let reason):
      // Once is the network's or the server's hiccup. Twice without a step forward in between would
      // go on for ever, at full speed: let the backoff have its say.
      guard !hadBegunAgain else {
        breakConnection(.violation(reason), at: now)
        return
      }
      deliver(.disconnected(.violation(reason), retryIn: .zero))
      session?.cancel(call, at: now)
      subscription = .cancelling(machine, call: call, then: .atOnce)
    }
  }

  private mutating func pauseSubscription(
    _ machine: SubscriptionStateMachine, _ call: UInt32, at now: UInt64
  ) {
    session?.cancel(call, at: now)
    subscription = .cancelling(machine, call: call, then: .whenCaughtUp)
    act(.awaitSubscriber)
  }

  /// The stream's last frame.
  mutating func subscriptionEnded(_ status: Status, at now: UInt64) {
    switch subscription {
    case .cancelling(nil, _, _): subscription = .none
    case .cancelling(let machine?, _, .atOnce): subscription = .due(machine, notBefore: 0)
    case .cancelling(let machine?, _, .whenCaughtUp): subscription = .paused(machine)
    case .streaming(let machine, _):
      let error = ClientError(status)
      guard status.code == .ok || status.reason.isRetriable else {
        subscription = .none
        deliver(.ended(error))
        act(.endSubscription)
        return
      }
      let wait =
        status.retryAfterMs > 0
        ? UInt64.nanoseconds(milliseconds: status.retryAfterMs)
        : configuration.backoff.delay(retry: 1, random: random.next())
      subscription = .due(machine, notBefore: now.addingSaturated(wait))
      deliver(.disconnected(error, retryIn: .nanoseconds(Int64(clamping: wait))))
    case .none, .due, .paused: break
    }
  }

  mutating func deliver(_ event: SubscriptionEvent) {
    subscriberRoom -= 1
    act(.deliver(event))
  }
}
