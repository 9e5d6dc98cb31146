internal import KODEngine
internal import KODWire

extension KODWire.Push {
  /// The message of a push; everything but ids is read from the engine as it is now.
  init(_ push: KODEngine.Push, in engine: Engine) {
    self.init(
      offset: push.offset, atUs: push.at.microseconds,
      body: KODWire.Push.body(push, in: engine))
  }

  private static func body(_ push: KODEngine.Push, in engine: Engine) -> Body? {
    switch push.body {
    case .offerOpened(let id):
      return engine.offer(id).map { .offerOpened(KODWire.Offer($0)) }
    case .offerReminder(let id, let number):
      return engine.offer(id).map {
        .offerReminder(
          OfferReminder(
            offerId: id.number, referralId: $0.referral.number, number: UInt32(number),
            deadlineUs: $0.deadline.microseconds))
      }
    case .offerClosed(let id, let state, let missedInARow, let withdrawal):
      return engine.offer(id).map {
        .offerClosed(
          OfferClosed(
            offerId: id.number, referralId: $0.referral.number, kind: .init($0.kind),
            state: .init(state), closedAtUs: $0.closedAt?.microseconds ?? push.at.microseconds,
            missedInARow: UInt32(missedInARow),
            withdrawal: .init(rawValue: Int32(withdrawal?.rawValue ?? 0))))
      }
    case .registrationChanged(let state, let missedInARow):
      return .registrationChanged(
        RegistrationChanged(
          registration: .init(state), missedInARow: UInt32(missedInARow),
          missedOffers: state == .deregistered
            ? engine.deregistrationOffers(of: push.principal).map(\.number) : []))
    case .assignmentEnded(let id, let state, let cause):
      return .assignmentEnded(
        AssignmentEnded(
          referralId: id.number, state: state.message,
          cause: .init(rawValue: Int32(cause.rawValue))))
    case .referralUpdate(let id, let state, let promiseMissed):
      return engine.referral(id).map { view in
        var then = view
        then.state = state
        return .referralUpdate(
          ReferralUpdate(
            referral: KODWire.Referral(then, in: engine), promiseMissed: promiseMissed))
      }
    case .assignmentReminder(let id, let number):
      return engine.referral(id).map {
        .assignmentReminder(
          AssignmentReminder(
            referralId: id.number, number: UInt32(number),
            callbackDueUs: $0.callbackDue?.microseconds ?? 0))
      }
    case .assignmentGiven(let id):
      return Assignment(id, of: push.principal, in: engine).map { .assignmentGiven($0) }
    case .referralAlert(let id, let kind, let cause):
      return .referralAlert(
        ReferralAlert(
          referralId: id.number, cause: .init(rawValue: Int32(cause?.rawValue ?? 0)),
          kind: .init(rawValue: Int32(kind.rawValue))))
    case .assisterDeregistered(let id):
      return .assisterAlert(
        AssisterAlert(
          assister: engine.principal(id)?.name ?? "",
          missedOffers: engine.deregistrationOffers(of: id).map(\.number)))
    case .availabilityChanged(let blockers, let override, let cleared):
      return .availabilityChanged(
        AvailabilityChanged(
          available: blockers.isEmpty, override: .init(override),
          blockers: UInt32(blockers.rawValue),
          overrideCleared: cleared))
    case .policyChanged(let version):
      return .policyChanged(PolicyChanged(version: version))
    }
  }
}
