internal import KODEngine
internal import KODWire

// What is known of an assister, as the messages of the protocol.

extension KODWire.AssisterStatus {
  init(_ view: StandingView, name: String) {
    self.init(
      name: name, kind: .init(rawValue: Int32(view.kind?.rawValue ?? 0)),
      registration: .init(view.registration), override: .init(view.override),
      available: view.available, missedInARow: UInt32(view.missedInARow),
      missesToDeregister: UInt32(view.missesToDeregister),
      openAssignments: UInt32(view.openAssignments), capacity: UInt32(view.capacity),
      languages: view.languages, counties: view.counties.fipsCodes,
      blockers: UInt32(view.blockers.rawValue),
      overrideUntilUs: view.overrideUntil?.microseconds ?? 0,
      nextTurnUs: view.nextTurn?.microseconds ?? 0,
      credentialUntilUs: view.credentialUntil?.microseconds ?? 0,
      brokenAcceptances: view.brokenAcceptances, hasSession: view.hasSession)
  }

  /// Empty for anybody but an assister.
  init(of assister: PrincipalID, in engine: Engine) {
    guard let view = engine.standing(of: assister) else {
      self.init()
      return
    }
    self.init(view, name: engine.principal(assister)?.name ?? "")
  }
}

extension Standing {
  init(of assister: PrincipalID, in engine: Engine) {
    var room = ReplyRoom()
    let work = engine.openAssignments(of: assister).prefix(ReplyLimits.standingAssignments).lazy
      .compactMap { Assignment($0, of: assister, in: engine) }
    let assignments = room.prefix(of: work)
    let offers = engine.openOffers(of: assister).prefix(ReplyLimits.standingOffers).lazy
      .compactMap { KODWire.Offer($0, in: engine) }
    self.init(
      status: AssisterStatus(of: assister, in: engine), openOffers: room.prefix(of: offers),
      assignments: assignments)
  }
}

extension Profile {
  init(of assister: PrincipalID, in engine: Engine) {
    let view = engine.profile(of: assister)
    self.init(
      status: AssisterStatus(of: assister, in: engine),
      contact: view?.contact.map { KODWire.PreferredContact($0) },
      availability: view?.availability.map { KODWire.Availability($0) },
      termsAccepted: view?.termsAccepted ?? false, missing: view?.missing.map(\.word) ?? [])
  }
}

extension ProfilePart {
  /// As `Profile.missing` names it.
  var word: String {
    switch self {
    case .kind: "kind"
    case .languages: "languages"
    case .contact: "contact"
    case .availability: "availability"
    case .terms: "terms"
    }
  }
}

extension KODWire.PreferredContact {
  init(_ contact: KODEngine.PreferredContact) {
    self.init(phone: contact.phone, email: contact.email, emailFirst: contact.emailFirst)
  }
}

extension KODWire.Availability {
  init(_ settings: AvailabilitySettings) {
    self.init(
      timeZone: settings.timeZone, aroundTheClock: settings.aroundTheClock,
      weeklyHours: settings.weeklyHours.map { span in
        KODWire.DailyHours(
          day: .init(rawValue: Int32(span.day.rawValue)), start: UInt32(span.start),
          end: UInt32(span.end),
          breaks: span.breaks.map { HoursBreak(start: UInt32($0.start), end: UInt32($0.end)) })
      },
      outOfOffice: settings.outOfOffice.map {
        KODWire.OutOfOffice(
          startUs: $0.start.microseconds, endUs: $0.end?.microseconds ?? 0)
      })
  }
}

extension KODWire.Notice {
  /// Nil: there is none of this number.
  init?(_ id: NoticeID, in engine: Engine) {
    guard let view = engine.notice(id), let offer = KODWire.Offer(view.offer, in: engine) else {
      return nil
    }
    self.init(
      noticeId: id.number, channel: .init(rawValue: Int32(view.channel.rawValue)),
      address: view.address, language: view.language,
      textKey: offer.kind == .mass ? "offer.mass" : "offer.general", offer: offer,
      createdAtUs: view.createdAt.microseconds, attempt: UInt32(view.attempt))
  }
}

extension Explanation {
  /// Assisters see nobody but themselves: neither a name nor who was chosen, only by what step.
  init(_ view: ExplanationView, name: String) {
    self.init(
      referralId: view.referral.number, assister: name,
      moments: view.moments.map(RoutingMoment.init))
  }
}

extension RoutingMoment {
  init(_ view: RoutingMomentView) {
    self.init(
      atUs: view.at.microseconds, kind: .init(rawValue: Int32(view.kind?.rawValue ?? 0)),
      offered: view.offered,
      excluded: view.excluded.map { .init(rawValue: Int32($0.rawValue)) },
      decidedBy: .init(rawValue: Int32(view.decidedBy?.rawValue ?? 0)),
      candidates: view.candidates, blockers: UInt32(view.blockers.rawValue),
      own: view.own.map { KODWire.RankFacts($0) },
      chosen: view.chosen.map { KODWire.RankFacts($0) }, historyKept: view.historyKept)
  }
}

extension KODWire.RankFacts {
  init(_ facts: KODEngine.RankFacts) {
    self.init(
      roleRank: UInt32(facts.roleRank), exactCounty: facts.exactCounty,
      lastGeneralOfferUs: facts.lastGeneralOffer?.microseconds ?? 0,
      offersToday: facts.offersToday, registeredAtUs: facts.registeredAt.microseconds)
  }
}
