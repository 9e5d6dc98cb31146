extension Event {
  /// The events that `encode` appended, in order.
  /// - Throws: `EngineCodingError` for bytes that `encode` never wrote, with the offset.
  public static func decodeAll(_ bytes: RawSpan) throws(EngineCodingError) -> [Event] {
    var decoder = ByteDecoder()
    var events: [Event] = []
    while !decoder.isAtEnd(bytes) { events.append(try Event(from: bytes, &decoder)) }
    return events
  }

  private init(from bytes: RawSpan, _ decoder: inout ByteDecoder) throws(EngineCodingError) {
    let start = decoder.offset
    let tag = try decoder.unsigned(bytes)
    let decoded: Event? =
      switch (tag / 4, tag % 4) {
      case (1, 0...1): try Event(policy: bytes, version: tag % 4, &decoder)
      case (2, 0...1): try Event(principal: bytes, version: tag % 4, &decoder)
      case (3...4, 0): try Event(administrative: tag / 4, bytes, &decoder)
      case (5, 0): try Event(submission: bytes, &decoder)
      case (6...14, 0): try Event(offering: tag / 4, bytes, &decoder)
      case (18, 0...1): try Event(cancellation: bytes, version: tag % 4, &decoder)
      case (15...20, 0): try Event(ending: tag / 4, bytes, &decoder)
      case (21...31, 0): try Event(work: tag / 4, bytes, &decoder)
      case (40...50, 0): try Event(assisters: tag / 4, bytes, &decoder)
      case (60, 0): try Event(credential: bytes, &decoder)
      default: nil
      }
    guard let decoded else {
      throw EngineCodingError(problem: .unknownEvent(tag), offset: start)
    }
    self = decoded
  }

  private init(
    policy bytes: RawSpan, version: UInt64, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    self = .policySet(try decoder.policy(bytes, version: version), at: at)
  }

  private init(
    principal bytes: RawSpan, version: UInt64, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    let id = try decoder.principal(bytes)
    var new = try decoder.newPrincipal(bytes)
    if version > 0 { new.credentialExpiresAt = try decoder.instant(bytes) }
    self = .principalCreated(id, new, at: at)
  }

  private init(
    credential bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    self = .credentialIssued(
      try decoder.principal(bytes), try decoder.credential(bytes), at: at)
  }

  private init(
    cancellation bytes: RawSpan, version: UInt64, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    let id = try decoder.referral(bytes)
    let principal = try decoder.principal(bytes)
    var reason = ""
    if version > 0 {
      reason = try decoder.string(bytes)
      // Version 0 has none.
      guard !reason.isEmpty else { throw decoder.error(.invalidValue) }
    }
    self = .cancelled(id, by: principal, reason: reason, at: at)
  }

  private init?(
    administrative kind: UInt64, _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    switch kind {
    case 3:
      let id = try decoder.principal(bytes)
      let kind: AssisterKind = try decoder.raw(bytes)
      var languages: [String] = []
      for _ in 0..<(try decoder.count(bytes)) { languages.append(try decoder.string(bytes)) }
      let registration = Registration(
        kind: kind, languages: languages, counties: try decoder.counties(bytes))
      self = .registered(id, registration, at: at)
    case 4: self = .availabilitySet(try decoder.principal(bytes), try decoder.raw(bytes), at: at)
    default: return nil
    }
  }

  private init(
    submission bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let at = try decoder.instant(bytes)
    let id = try decoder.referral(bytes)
    let partner = try decoder.principal(bytes)
    let submission = Submission(
      idempotencyKey: try decoder.fixed(bytes), partnerReference: try decoder.string(bytes),
      helpType: try decoder.raw(bytes), language: try decoder.string(bytes),
      county: try decoder.county(bytes), contact: try decoder.contact(bytes))
    self = .submitted(id, by: partner, submission, at: at)
  }

  private init?(
    offering kind: UInt64, _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    switch kind {
    case 11:
      self = .generalLapsed(try decoder.offer(bytes), missed: try decoder.flag(bytes))
      return
    case 12:
      self = .massLapsed(try decoder.referral(bytes))
      return
    default: break
    }
    let at = try decoder.instant(bytes)
    switch kind {
    case 6:
      let id = try decoder.offer(bytes)
      let referral = try decoder.referral(bytes)
      let assister = try decoder.principal(bytes)
      let window = try decoder.span(bytes)
      let longest = UInt64(EngineLimits.longestSpan.microseconds)
      let phase = try decoder.optional(bytes, atMost: longest)
      self = .generalOffered(
        id, referral, to: assister, at: at, deadline: at + window,
        phaseEnds: phase.map { at + Instant.Interval(microseconds: Int64($0)) })
    case 7:
      let referral = try decoder.referral(bytes)
      let first = try decoder.offer(bytes)
      let window = try decoder.span(bytes)
      let recipients = try decoder.ascending(bytes, atMost: UInt64(UInt32.max))
      self = .massOpened(
        referral, firstOffer: first, to: recipients.map { PrincipalID(UInt32($0)) }, at: at,
        deadline: at + window)
    case 8:
      self = .massJoined(
        try decoder.offer(bytes), try decoder.referral(bytes), to: try decoder.principal(bytes),
        at: at)
    case 9: self = .accepted(try decoder.offer(bytes), at: at)
    case 10:
      self = .rejected(try decoder.offer(bytes), reason: try decoder.string(bytes), at: at)
    case 13:
      self = .generalReminded(
        try decoder.offer(bytes), number: try decoder.reminderNumber(bytes), at: at)
    case 14:
      self = .massReminded(
        try decoder.referral(bytes), number: try decoder.reminderNumber(bytes), at: at)
    default: return nil
    }
  }

  private init?(
    ending kind: UInt64, _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    if kind == 19 {
      let ids = try decoder.ascending(bytes, atMost: UInt64(EngineLimits.offers))
      self = .delivered(ids.map { OfferID($0) })
      return
    }
    let at = try decoder.instant(bytes)
    switch kind {
    case 15: self = .waiting(try decoder.referral(bytes), try decoder.raw(bytes), at: at)
    case 16: self = .deregistered(try decoder.principal(bytes), at: at)
    case 17: self = .closed(try decoder.referral(bytes), try decoder.raw(bytes), at: at)
    case 20: self = .serverStarted(at: at)
    default: return nil
    }
  }
}

extension ByteDecoder {
  mutating func reminderNumber(_ bytes: RawSpan) throws(EngineCodingError) -> UInt8 {
    UInt8(try unsigned(bytes, atMost: 2))
  }
}
