// The bytes of the events of kinds 40 to 59.

extension Event {
  func encodeAssisters(to encoder: inout ByteEncoder) {
    switch self {
    case .profileSaved(let id, let change, let becomes, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(becomes.rawValue)
      encoder.profileChange(change)
    case .registrationWithdrawn(let id, let at):
      encoder.instant(at)
      encoder.id(id)
    case .outlookExtended(let id, let outlook, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.outlook(outlook)
    case .scheduleTurned(let ids, let at), .credentialsExpired(let ids, let at):
      encoder.instant(at)
      encoder.ascending(ids.lazy.map { UInt64($0.number) })
    case .sessionChanged(let id, let hasSession, let clearsOverride, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte((hasSession ? 1 : 0) | (clearsOverride ? 2 : 0))
    case .staffActed(let id, let action, let becomes, let by, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(action.rawValue)
      encoder.byte(becomes.rawValue)
      encoder.id(by)
      encoder.string(reason)
    case .credentialDateSet(let id, let until, let becomes, let by, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.optional(until.map { UInt64($0.microseconds) })
      encoder.byte(becomes.rawValue)
      encoder.id(by)
      encoder.string(reason)
    case .noticeAcknowledged(let id, let state, let at):
      encoder.instant(at)
      encoder.unsigned(id.number)
      encoder.byte(state.rawValue)
    case .policyVersioned(let policy, let by, let reason, let at):
      encoder.signature(PolicySignature(since: at, by: by, reason: reason))
      encoder.policy(policy)
    case .eligibilityLost(let id, let offers, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.ascending(offers.lazy.map(\.number))
    default: break
    }
  }

  init?(
    assisters kind: UInt64, _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    if kind == 49 {
      let signature = try decoder.signature(bytes)
      self = .policyVersioned(
        try decoder.policy(bytes), by: signature.by, reason: signature.reason,
        at: signature.since)
      return
    }
    let at = try decoder.instant(bytes)
    switch kind {
    case 40:
      let id = try decoder.principal(bytes)
      let becomes: RegistrationState = try decoder.raw(bytes)
      self = .profileSaved(id, try decoder.profileChange(bytes), becomes: becomes, at: at)
    case 41: self = .registrationWithdrawn(try decoder.principal(bytes), at: at)
    case 42:
      self = .outlookExtended(try decoder.principal(bytes), try decoder.outlook(bytes), at: at)
    case 43: self = .scheduleTurned(try decoder.principals(bytes), at: at)
    case 44: self = .credentialsExpired(try decoder.principals(bytes), at: at)
    case 45:
      let id = try decoder.principal(bytes)
      let marks = try decoder.unsigned(bytes, atMost: 3)
      self = .sessionChanged(
        id, hasSession: marks & 1 != 0, clearsOverride: marks & 2 != 0, at: at)
    case 46:
      self = .staffActed(
        try decoder.principal(bytes), try decoder.raw(bytes), becomes: try decoder.raw(bytes),
        by: try decoder.principal(bytes), reason: try decoder.string(bytes), at: at)
    case 47:
      self = .credentialDateSet(
        try decoder.principal(bytes), until: try decoder.optionalInstant(bytes),
        becomes: try decoder.raw(bytes), by: try decoder.principal(bytes),
        reason: try decoder.string(bytes), at: at)
    case 48:
      let id = NoticeID(try decoder.unsigned(bytes, atMost: UInt64(EngineLimits.offers) * 2 + 1))
      self = .noticeAcknowledged(id, try decoder.raw(bytes), at: at)
    case 50:
      let id = try decoder.principal(bytes)
      let offers = try decoder.ascending(bytes, atMost: UInt64(EngineLimits.offers))
      self = .eligibilityLost(id, offers.map { OfferID($0) }, at: at)
    default: return nil
    }
  }
}

extension ByteEncoder {
  /// What is given, as bits, then that.
  fileprivate mutating func profileChange(_ change: ProfileChange) {
    byte(
      (change.kind == nil ? 0 : 1) | (change.languages == nil ? 0 : 2)
        | (change.counties == nil ? 0 : 4) | (change.contact == nil ? 0 : 8)
        | (change.availability == nil ? 0 : 16) | (change.acceptsTerms ? 32 : 0))
    if let kind = change.kind { byte(kind.rawValue) }
    if let languages = change.languages {
      count(languages.count)
      for language in languages { string(language) }
    }
    if let counties = change.counties { fixed(counties.bits) }
    if let contact = change.contact { preferredContact(contact) }
    if let schedule = change.availability {
      settings(schedule.settings)
      outlook(schedule.outlook)
    }
  }
}

extension ByteDecoder {
  fileprivate mutating func profileChange(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> ProfileChange {
    let given = try unsigned(bytes, atMost: 63)
    var change = ProfileChange(acceptsTerms: given & 32 != 0)
    if given & 1 != 0 { change.kind = try raw(bytes) }
    if given & 2 != 0 {
      var languages: [String] = []
      for _ in 0..<(try count(bytes)) { languages.append(try string(bytes)) }
      change.languages = languages
    }
    if given & 4 != 0 { change.counties = try counties(bytes) }
    if given & 8 != 0 { change.contact = try preferredContact(bytes) }
    if given & 16 != 0 {
      change.availability = Schedule(
        settings: try settings(bytes), outlook: try outlook(bytes))
    }
    return change
  }

  fileprivate mutating func principals(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> [PrincipalID] {
    try ascending(bytes, atMost: UInt64(UInt32.max)).map { PrincipalID(UInt32($0)) }
  }
}
