internal import KODEngine
internal import KODWire

// What the engine knows, as the messages of the protocol. Who may see what is decided here: an offer never carries the
// contact, an assignment always does (R39).

extension KODWire.Offer {
  init(_ view: OfferView) {
    self.init(
      offerId: view.id.number, referralId: view.referral.number, kind: .init(view.kind),
      helpType: .init(view.helpType), language: view.language, county: view.county.fips,
      submittedAtUs: view.submittedAt.microseconds, offeredAtUs: view.offeredAt.microseconds,
      deadlineUs: view.deadline.microseconds, state: .init(view.state))
  }
}

extension KODWire.Assignment {
  init(_ view: ReferralView) {
    self.init(
      referralId: view.id.number, offerId: view.acceptedOffer?.number ?? 0,
      helpType: .init(view.helpType), language: view.language, county: view.county.fips,
      submittedAtUs: view.submittedAt.microseconds,
      acceptedAtUs: view.acceptedAt?.microseconds ?? 0,
      callbackDueUs: view.callbackDue?.microseconds ?? 0,
      contact: KODWire.Contact(
        name: view.contact.name, phone: view.contact.phone, notes: view.contact.notes),
      state: view.state.message, overdue: view.overdue, byHand: view.byHand)
  }
}

extension KODWire.Referral {
  init(_ view: ReferralView, holder: String) {
    self.init(
      referralId: view.id.number, partnerReference: view.partnerReference,
      state: view.state.message, waitingCause: view.state.waitingCause,
      helpType: .init(view.helpType), language: view.language, county: view.county.fips,
      submittedAtUs: view.submittedAt.microseconds, changedAtUs: view.changedAt.microseconds,
      offersMade: UInt32(view.offersMade), offersOpen: UInt32(view.offersOpen), holder: holder,
      outcome: view.state.outcome, promiseUs: view.promise.microseconds,
      promiseMissed: view.promiseMissed, firstAttemptUs: view.firstAttemptAt?.microseconds ?? 0,
      policyVersion: view.policyVersion, overdue: view.overdue)
  }
}

extension KODWire.AssisterStatus {
  init(_ view: StandingView, name: String) {
    self.init(
      name: name, kind: view.kind.map { .init(rawValue: Int32($0.rawValue)) } ?? .unspecified,
      registration: .init(view.registration), override: .init(view.override),
      available: view.available, missedInARow: UInt32(view.missedInARow),
      missesToDeregister: UInt32(view.missesToDeregister),
      openAssignments: UInt32(view.openAssignments), capacity: UInt32(view.capacity),
      languages: view.languages, counties: view.counties.fipsCodes,
      brokenAcceptances: view.brokenAcceptances)
  }
}

// Raw values are the same on both sides (a test holds them together).

extension KODWire.OfferKind {
  init(_ kind: KODEngine.OfferKind) { self.init(rawValue: Int32(kind.rawValue)) }
}

extension KODWire.OfferState {
  init(_ state: KODEngine.OfferState) { self.init(rawValue: Int32(state.rawValue)) }
}

extension KODWire.HelpType {
  init(_ helpType: KODEngine.HelpType) { self.init(rawValue: Int32(helpType.rawValue)) }
}

extension KODWire.RegistrationState {
  init(_ state: KODEngine.RegistrationState) { self.init(rawValue: Int32(state.rawValue)) }
}

extension KODWire.AvailabilityOverride {
  init(_ value: KODEngine.AvailabilityOverride) { self.init(rawValue: Int32(value.rawValue)) }
}

extension KODEngine.ReferralState {
  var message: KODWire.ReferralState {
    switch self {
    case .general: .referralGeneral
    case .mass: .referralMass
    case .waiting: .referralWaiting
    case .assigned: .referralAssigned
    case .contacted: .referralContacted
    case .closed: .referralClosed
    case .cancelled: .referralCancelled
    }
  }

  var waitingCause: KODWire.WaitingCause {
    if case .waiting(let cause) = self {
      .init(rawValue: Int32(cause.rawValue))
    } else {
      .unspecified
    }
  }

  var outcome: KODWire.Outcome {
    if case .closed(let outcome) = self {
      .init(rawValue: Int32(outcome.rawValue))
    } else {
      .unspecified
    }
  }

  /// For messages to people.
  var word: String {
    switch self {
    case .general: "offered to one assister"
    case .mass: "offered to everybody eligible"
    case .waiting: "waiting"
    case .assigned: "assigned"
    case .contacted: "contacted"
    case .closed: "closed"
    case .cancelled: "cancelled"
    }
  }
}

extension CountySet {
  /// Ascending.
  var fipsCodes: [UInt32] {
    stride(from: UInt32(21001), through: 21239, by: 2).filter { contains(County(fips: $0)!) }
  }
}

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
            referral: KODWire.Referral(
              then, holder: then.holder.flatMap { engine.principal($0)?.name } ?? ""),
            promiseMissed: promiseMissed))
      }
    case .assignmentReminder(let id, let number):
      return engine.referral(id).map {
        .assignmentReminder(
          AssignmentReminder(
            referralId: id.number, number: UInt32(number),
            callbackDueUs: $0.callbackDue?.microseconds ?? 0))
      }
    case .assignmentGiven(let id):
      return engine.referral(id).map { view in
        var then = view
        // Whoever hears of it late may hold it no more (R39).
        if view.holder != push.principal { then.contact = .init(name: "", phone: "", notes: "") }
        return .assignmentGiven(Assignment(then))
      }
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
          available: blockers.isEmpty, override: .init(override), blockers: UInt32(blockers.rawValue),
          overrideCleared: cleared))
    case .policyChanged(let version):
      return .policyChanged(PolicyChanged(version: version))
    }
  }
}
