internal import KODEngine
internal import KODWire

// Referrals and Offers as the messages of the protocol. Who may see what is decided here: an Offer never carries the
// contact, an assignment does while it is held (R39).

extension KODWire.Offer {
  init(_ view: OfferView) {
    self.init(
      offerId: view.id.number, referralId: view.referral.number, kind: .init(view.kind),
      helpType: .init(view.helpType), language: view.language, county: view.county.fips,
      submittedAtUs: view.submittedAt.microseconds, offeredAtUs: view.offeredAt.microseconds,
      deadlineUs: view.deadline.microseconds, state: .init(view.state))
  }

  /// With the notices sent about it. Nil: there is none of this number.
  init?(_ id: OfferID, in engine: Engine) {
    guard let view = engine.offer(id) else { return nil }
    self.init(view)
    notices = engine.notices(of: id).map {
      NoticeRecord(
        channel: .init(rawValue: Int32($0.channel.rawValue)),
        state: .init(rawValue: Int32($0.state.rawValue)), changedAtUs: $0.changedAt.microseconds)
    }
  }
}

extension OfferClosed {
  init(_ view: OfferView) {
    self.init(
      offerId: view.id.number, referralId: view.referral.number, kind: .init(view.kind),
      state: .init(view.state), closedAtUs: view.closedAt?.microseconds ?? 0)
  }
}

extension KODWire.Assignment {
  /// The assister's newest work on the referral; nil: there is none.
  init?(_ id: ReferralID, of assister: PrincipalID, in engine: Engine) {
    var next = engine.lastAssignment(of: id)
    while let work = next.flatMap({ engine.assignment($0) }) {
      if work.assister == assister {
        self.init(work, in: engine)
        return
      }
      next = work.previousOfReferral
    }
    return nil
  }

  /// The work that accepting the Offer began; nil: it was not accepted.
  init?(accepted offer: OfferID, in engine: Engine) {
    guard let referral = engine.offer(offer)?.referral else { return nil }
    var next = engine.lastAssignment(of: referral)
    while let work = next.flatMap({ engine.assignment($0) }) {
      if work.offer == offer {
        self.init(work, in: engine)
        return
      }
      next = work.previousOfReferral
    }
    return nil
  }

  /// The contact belongs to whoever is to call: to nobody before, and to nobody after (R39). Of a referral that went
  /// on to somebody else, its former holder does not see the state either.
  private init?(_ work: AssignmentView, in engine: Engine) {
    guard let view = engine.referral(work.referral) else { return nil }
    let isHeld = work.end == nil
    self.init(
      referralId: work.referral.number, offerId: work.offer?.number ?? 0,
      helpType: .init(view.helpType), language: view.language, county: view.county.fips,
      submittedAtUs: view.submittedAt.microseconds, acceptedAtUs: work.startedAt.microseconds,
      callbackDueUs: work.callbackDue.microseconds,
      contact: isHeld
        ? KODWire.Contact(
          name: view.contact.name, phone: view.contact.phone, notes: view.contact.notes) : nil,
      state: isHeld || work.end == .closed || work.end == .cancelled
        ? view.state.message : .unspecified,
      attempts: engine.attempts(of: work.id).suffix(ReplyLimits.attempts).map {
        Attempt(
          atUs: $0.at.microseconds, result: .init(rawValue: Int32($0.result.rawValue)),
          counts: $0.counts)
      },
      overdue: work.isOverdue, note: engine.note(of: work.assister, on: work.referral) ?? "",
      byHand: work.offer == nil)
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

  /// With the name of its holder: for its partner and for staff.
  init(_ view: ReferralView, in engine: Engine) {
    self.init(view, holder: view.holder.flatMap { engine.principal($0)?.name } ?? "")
  }

  /// Nil: there is none of this number.
  init?(_ id: ReferralID, in engine: Engine) {
    guard let view = engine.referral(id) else { return nil }
    self.init(view, in: engine)
  }
}

extension CloseReferralResponse {
  init(_ view: ReferralView) {
    self.init(
      referralId: view.id.number, outcome: view.state.outcome,
      closedAtUs: view.changedAt.microseconds)
  }
}

extension ReferralRow {
  init(_ view: ReferralRowView, in engine: Engine) {
    // Without an Offer: what one would show, without a number.
    let offer =
      view.offer.flatMap { KODWire.Offer($0, in: engine) }
      ?? KODWire.Offer(
        referralId: view.referral.number, helpType: .init(view.helpType), language: view.language,
        county: view.county.fips, submittedAtUs: view.submittedAt.microseconds,
        offeredAtUs: view.at.microseconds)
    let end = view.assignmentEnd.flatMap { $0 == .closed ? nil : $0 }
    self.init(
      offer: offer, endedAtUs: view.endedAt?.microseconds ?? 0, isHolder: view.isHolder,
      wasHolder: view.wasHolder, state: view.state?.message ?? .unspecified,
      outcome: view.state?.outcome ?? .unspecified,
      callbackDueUs: view.callbackDue?.microseconds ?? 0, overdue: view.overdue,
      attempts: view.attempts, note: view.note,
      withdrawal: .init(rawValue: Int32(view.withdrawal?.rawValue ?? 0)),
      assignmentEnd: .init(rawValue: Int32(end?.rawValue ?? 0)))
  }
}

extension ReferralRecord {
  /// As the assister may see it: its own Offers, and contact and attempts while it holds it. Nil: never offered or
  /// given to it.
  init?(_ id: ReferralID, of assister: PrincipalID, in engine: Engine) {
    guard let row = engine.referralRow(id, of: assister) else { return nil }
    let offers = engine.offers(of: id).compactMap { engine.offer($0) }
      .filter { $0.assister == assister }
    self.init(
      row: ReferralRow(row, in: engine),
      assignment: row.isHolder ? Assignment(id, of: assister, in: engine) : nil,
      offers: offers.map { OfferRecord($0, assister: "", in: engine) })
  }

  /// As staff see it: every Offer with its assister's name, what was done by hand, no contact. Of very many Offers as
  /// many of the newest as fit into a frame.
  init?(inspecting id: ReferralID, in engine: Engine) {
    guard let referral = KODWire.Referral(id, in: engine) else { return nil }
    var room = ReplyRoom()
    let notes = engine.deskNotes(of: id).reversed().lazy.map { DeskNote($0, in: engine) }
    let shownNotes = room.prefix(of: notes.prefix(ReplyLimits.deskNotes))
    let offers = engine.offers(of: id).reversed().lazy.compactMap { engine.offer($0) }.map {
      OfferRecord($0, assister: engine.principal($0.assister)?.name ?? "", in: engine)
    }
    self.init(
      offers: room.prefix(of: offers).reversed(), referral: referral,
      deskNotes: shownNotes.reversed())
  }
}

extension OfferRecord {
  init(_ view: OfferView, assister: String, in engine: Engine) {
    self.init(
      offer: KODWire.Offer(view.id, in: engine), endedAtUs: view.closedAt?.microseconds ?? 0,
      assister: assister, delivered: view.delivered,
      withdrawal: .init(rawValue: Int32(view.withdrawal?.rawValue ?? 0)))
  }
}

extension DeskNote {
  init(_ view: DeskNoteView, in engine: Engine) {
    self.init(
      atUs: view.at.microseconds, by: engine.principal(view.by)?.name ?? "",
      action: .init(rawValue: Int32(view.action.rawValue)), reason: view.reason)
  }
}
