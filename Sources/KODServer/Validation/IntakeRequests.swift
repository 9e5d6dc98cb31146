internal import KODEngine
internal import KODWire

extension SubmitReferralRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    if idempotencyKey.count != 16 { check.violation("idempotency_key", "must have 16 bytes") }
    check.text("partner_reference", partnerReference, bytes: 1...64)
    let help: KODEngine.HelpType? = check.word(
      "help_type", helpType, "APPLICATION, PLAN or BOTH")
    check.language("language", language)
    let county = check.county("county", county)
    let contact = contact ?? KODWire.Contact()
    check.text("contact.name", contact.name, bytes: 1...120)
    check.phone("contact.phone", contact.phone)
    check.text("contact.notes", contact.notes, bytes: 0...2000, allowsNewlines: true)
    return check.result {
      guard let help, let county else { return nil }
      return .command(
        .submit(
          caller,
          Submission(
            idempotencyKey: idempotencyKey.reduce(0) { $0 << 8 | UInt128($1) },
            partnerReference: partnerReference, helpType: help,
            language: LanguageTag.canonical(language), county: county,
            contact: KODEngine.Contact(
              name: contact.name, phone: contact.phone, notes: contact.notes))),
        reply: .referral)
    }
  }
}

extension CancelReferralRequest {
  /// Staff say why; a partner may.
  func checked(for caller: SessionPrincipal) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.text("reason", reason, bytes: caller.role == .supervisor ? 1...200 : 0...200)
    return check.result {
      .command(.cancel(caller.id, ReferralID(referralId), reason: reason), reply: .referral)
    }
  }
}

extension ListSubmissionsRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.text("partner_reference", partnerReference, bytes: 0...64)
    let limit = check.pageSize(pageSize)
    var search = self
    (search.pageSize, search.pageToken) = (0, "")
    let page = PageToken.Search(search)
    return check.paged(pageToken, of: page, numbers: 1) { next in
      .question(
        .submissions(
          onlyOpen: onlyOpen, reference: partnerReference, from: next.first, limit, page))
    }
  }
}
