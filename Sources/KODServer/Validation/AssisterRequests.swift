internal import KODEngine
internal import KODWire

// What assisters ask for. Every message is judged whole: all that is wrong is named together.

/// What an assister saves, before the hours have been turned into instants.
struct ProfileDraft: Sendable {
  var kind: KODEngine.AssisterKind?
  var languages: [String]?
  var counties: CountySet?
  var contact: KODEngine.PreferredContact?
  var availability: AvailabilitySettings?
  var acceptsTerms = false
}

extension RegisterRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    var draft = ProfileDraft(acceptsTerms: acceptTerms)
    draft.kind = check.optionalWord("kind", kind, "AGENT or KYNECTOR")
    let languages = check.languages("languages", languages, count: 0...16)
    draft.languages = languages.isEmpty ? nil : languages
    let counties = check.counties("counties", counties)
    // None is the whole state, where the request says who the assister is; else it says nothing of them.
    draft.counties =
      counties.isWholeState && draft.kind == nil && languages.isEmpty ? nil : counties
    draft.contact = contact.map { check.contact("contact", $0) }
    draft.availability = availability.map { check.availability("availability", $0) }
    return check.result { .save(draft) }
  }
}

extension SaveContactRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    var draft = ProfileDraft()
    draft.contact = check.contact("contact", contact ?? KODWire.PreferredContact())
    let languages = check.languages("languages", languages, count: 0...16)
    draft.languages = languages.isEmpty ? nil : languages
    return check.result { .save(draft) }
  }
}

extension SaveAvailabilityRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    guard let availability else {
      check.violation("availability", "must be given")
      return check.result { nil }
    }
    var draft = ProfileDraft()
    draft.availability = check.availability("availability", availability)
    return check.result { .save(draft) }
  }
}

extension FieldCheck {
  /// Preferred Contact (R73): a phone or an email at least.
  mutating func contact(
    _ path: String, _ contact: KODWire.PreferredContact
  ) -> KODEngine.PreferredContact {
    if contact.phone.isEmpty, contact.email.isEmpty {
      violation(path, "must have a phone or an email")
    }
    if !contact.phone.isEmpty { phone("\(path).phone", contact.phone) }
    if !contact.email.isEmpty { email("\(path).email", contact.email) }
    return KODEngine.PreferredContact(
      phone: contact.phone, email: contact.email, emailFirst: contact.emailFirst)
  }
}

extension SetAvailabilityRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    let value: KODEngine.AvailabilityOverride? = check.word(
      "override", override, "FOLLOW_SCHEDULE, OVERRIDE_ON or OVERRIDE_OFF")
    return check.result {
      value.map { .command(.setAvailability(caller, $0), reply: .status(of: nil)) }
    }
  }
}

extension RejectOfferRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.text("reason", reason, bytes: 0...200)
    return check.result {
      .command(.reject(caller, OfferID(offerId), reason: reason), reply: .offerClosed)
    }
  }
}

extension CloseReferralRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    let outcome: KODEngine.Outcome? = check.word("outcome", outcome, "one of the outcomes")
    return check.result {
      outcome.map {
        .command(.close(caller, ReferralID(referralId), $0), reply: .referralClosed)
      }
    }
  }
}

extension LogAttemptRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    let attempt: KODEngine.AttemptResult? = check.word(
      "result", result, "REACHED, NO_ANSWER or VOICEMAIL")
    return check.result {
      attempt.map {
        .command(.logAttempt(caller, ReferralID(referralId), $0), reply: .heldReferral)
      }
    }
  }
}

extension ReleaseReferralRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.reason(reason)
    return check.result {
      .command(.release(caller, ReferralID(referralId), reason: reason), reply: .record)
    }
  }
}

extension SaveNoteRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.text("note", note, bytes: 0...1000, allowsNewlines: true)
    return check.result {
      .command(.saveNote(caller, ReferralID(referralId), note), reply: .record)
    }
  }
}

extension ExplainReferralRequest {
  /// Assisters ask about themselves, staff about somebody.
  func checked(for caller: SessionPrincipal) -> Dispatcher.Judgement {
    var check = FieldCheck()
    if caller.role != .assister {
      check.name("assister", assister)
    } else if !assister.isEmpty, assister != caller.name {
      check.violation("assister", "must be empty: you ask about yourself")
    }
    return check.result {
      .query(
        .explanation(
          ReferralID(referralId), assister: caller.role == .assister ? caller.name : assister))
    }
  }
}

extension ListReferralsRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    var filter = ReferralFilter()
    filter.states = Set(check.words("states", states, most: 8, "one of the offer states"))
    filter.kind = check.optionalWord("kind", kind, "GENERAL or MASS")
    if let period = check.period(from: fromUs, to: toUs) {
      (filter.from, filter.to) = (fromUs == 0 ? nil : period.from, period.to)
    }
    filter.helpType = check.optionalWord("help_type", helpType, "APPLICATION, PLAN or BOTH")
    if county != 0 { filter.county = check.county("county", county) }
    check.text("note_contains", noteContains, bytes: 0...100, allowsNewlines: true)
    filter.noteContains = noteContains
    filter.onlyHeld = onlyHeld
    filter.outcomes = Set(check.words("outcomes", outcomes, most: 12, "one of the outcomes"))
    let limit = check.pageSize(pageSize)
    var search = self
    (search.pageSize, search.pageToken) = (0, "")
    let page = PageToken.Search(search)
    return check.paged(pageToken, of: page, numbers: 4) { numbers in
      let position =
        numbers.count < 4
        ? nil
        : ReferralPosition(
          offer: numbers[0], assignment: numbers[1], newestOffer: numbers[2],
          newestAssignment: numbers[3])
      return .question(.referrals(filter, from: position, limit, page))
    }
  }
}
