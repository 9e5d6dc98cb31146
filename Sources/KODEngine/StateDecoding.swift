extension Engine {
  /// The engine that encoded its state into these bytes.
  /// - Throws: `EngineCodingError` for bytes that no engine encodes, with the offset.
  public init(decodingState bytes: RawSpan) throws(EngineCodingError) {
    self.init(policy: Policy())
    var decoder = ByteDecoder()
    let format = try decoder.unsigned(bytes)
    guard (2...Engine.stateFormat).contains(format) else {
      throw decoder.error(.unknownFormat(format))
    }
    lastInstant = try decoder.instant(bytes)
    policies = []
    for _ in 0..<(try decoder.count(bytes)) { policies.append(try decoder.policy(bytes)) }
    for _ in 0..<(try decoder.count(bytes)) {
      let language = try decoder.string(bytes)
      guard languages.number(language) == nil, languages.count < EngineLimits.languages else {
        throw decoder.error(.inconsistent)
      }
      _ = intern(language)
    }
    guard !policies.isEmpty, policies.count <= EngineLimits.policies else {
      throw decoder.error(.inconsistent)
    }
    for _ in 0..<(try decoder.count(bytes)) {
      try decodePrincipal(bytes, format: format, &decoder)
    }
    for _ in 0..<(try decoder.count(bytes)) {
      referrals.append(try decoder.referralRow(bytes))
    }
    var previous = Instant.zero
    for _ in 0..<(try decoder.count(bytes)) {
      offers.append(try decoder.offerRow(bytes, after: previous))
      previous = offers[offers.count - 1].offeredAt
    }
    try decodeHistory(bytes, &decoder)
    try decodeWork(bytes, &decoder)
    try decodeAgenda(bytes, &decoder)
    try decodeProfiles(bytes, &decoder)
    guard decoder.isAtEnd(bytes) else { throw decoder.error(.invalidValue) }
    guard areReferencesSound else { throw decoder.error(.inconsistent) }
    guard deriveWork(), derive() else { throw decoder.error(.inconsistent) }
  }

  private mutating func decodePrincipal(
    _ bytes: RawSpan, format: UInt64, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    let principal =
      format < 3
      ? Principal(try decoder.newPrincipal(bytes)) : try decoder.principalRow(bytes)
    guard
      names[principal.name] == nil, principals.count < EngineLimits.principals,
      principal.credentials.allSatisfy({ credentials[$0.number] == nil }),
      Set(principal.credentials.map(\.number)).count == principal.credentials.count
    else { throw decoder.error(.inconsistent) }
    add(principal)
    let index = principals.count - 1
    if principal.role == .assister { assisters[index] = try decoder.assisterRow(bytes) }
    rings[index] = try decoder.ring(bytes)
  }

  private mutating func decodeAgenda(
    _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    for _ in 0..<(try decoder.count(bytes)) {
      let assister = try decoder.index(bytes, of: assisters.count)
      let at = try decoder.instant(bytes)
      guard
        assisters[assister].registration == .active,
        !agenda.deregistrations.contains(where: { $0.assister == assister })
      else { throw decoder.error(.inconsistent) }
      agenda.deregistrations.append((assister, at))
    }
    for _ in 0..<(try decoder.count(bytes)) {
      let joiner = Agenda.Joiner(
        referral: try decoder.index(bytes, of: referrals.count),
        assister: try decoder.index(bytes, of: assisters.count))
      if let last = agenda.joiners.last {
        guard last < joiner else { throw decoder.error(.inconsistent) }
      }
      agenda.joiners.insert(joiner)
    }
  }

  /// Whether every row refers to rows that are there and agree with it, so that no later step can
  /// stumble.
  private var areReferencesSound: Bool {
    let offerNumbers = 0...UInt64(offers.count)
    for assister in assisters {
      guard
        assister.languages.allSatisfy({ Int($0) < languages.count }),
        assister.streakOffers.count == Int(assister.missedInARow),
        (assister.streakOffers + assister.deregistrationOffers).allSatisfy({
          offerNumbers.contains($0.number)
        })
      else { return false }
    }
    for referral in referrals {
      guard
        role(of: referral.partner) != nil, Int(referral.language) < languages.count,
        referral.policy < policies.count
      else { return false }
    }
    return offers.allSatisfy { offer in
      guard offer.referralIndex < referrals.count,
        role(of: PrincipalID(index: offer.assisterIndex)) == .assister
      else { return false }
      guard offer.state == .pending else { return true }
      let referral = referrals[offer.referralIndex]
      switch offer.kind {
      case .general: return referral.state == .general || referral.state == .mass
      case .mass:
        return referral.state == .mass && !referral.massLapsed
          && offer.deadline == referral.massEnds
      }
    }
  }

  /// Fills everything that is not encoded. False: the Offers contradict R36 or each other.
  private mutating func derive() -> Bool {
    totals.referrals = referrals.count
    totals.offers = offers.count
    for index in offers.indices {
      let offer = offers[index]
      if offer.kind == .general, offer.state == .pending {
        guard
          assisters[offer.assisterIndex].openGeneralOffer == nil,
          referrals[offer.referralIndex].openGeneralOffer == nil
        else { return false }
      }
      file(index)
      if offer.kind == .general, offer.state == .pending { startTimers(index) }
      if offer.state == .accepted { totals.accepts += 1 }
    }
    // First, so that a long history does not pass through the table of keys.
    if let last = referrals.last { forgetSubmissions(before: last.submittedAt) }
    guard referrals.allSatisfy({ $0.generalOffersBefore <= $0.generalOffers }) else {
      return false
    }
    for index in referrals.indices { deriveReferral(index) }
    guard deriveProfiles() else { return false }
    for index in assisters.indices {
      totals.pushes += Int(rings[index].last)
      // Also of who is not registered yet: the session may outlast that.
      routing.setPresent(index, assisters[index].hasSession)
      guard assisters[index].isFiled else { continue }
      if assisters[index].registration == .active { totals.assisters += 1 }
      routing.setAvailable(index, isAvailable(index))
    }
    routing.insertAll(of: assisters)
    dropMootItems()
    return true
  }

  private mutating func deriveReferral(_ index: Int) {
    let referral = referrals[index]
    totals.count(referral.state, 1)
    if index >= firstRemembered { remember(index) }
    if isSearching(referral.state) { search(index, true) }
    refreshRouting(index)
    switch referral.state {
    case .general:
      guard let end = referral.phaseEnds else { break }
      phases.insert(.init(at: end, .phase, UInt64(index + 1)))
    case .mass where !referral.massLapsed:
      deadlines.insert(.init(at: referral.massEnds, .massWindow, UInt64(index + 1)))
      guard referral.massReminders < 2 else { break }
      let next = reminderInstant(referral, number: referral.massReminders + 1)
      reminders.insert(.init(at: next, .massWindow, UInt64(index + 1)))
    case .assigned where awaitingAttempt(index) != nil:
      startCallbackTimers(Int(referral.lastAssignment) - 1)
    default: break
    }
    deriveDeskLists(index)
  }
}

extension ByteDecoder {
  mutating func index(_ bytes: RawSpan, of count: Int) throws(EngineCodingError) -> Int {
    guard count > 0 else { throw error(.inconsistent) }
    return Int(try unsigned(bytes, atMost: UInt64(count - 1)))
  }

  mutating func instant(
    _ bytes: RawSpan, after base: Instant
  ) throws(EngineCodingError) -> Instant {
    let zigzag = try unsigned(bytes, atMost: 1 << 54)
    let difference = Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
    let microseconds = base.microseconds + difference
    guard (0...EngineLimits.latestInstant.microseconds).contains(microseconds) else {
      throw error(.invalidValue)
    }
    return Instant(microseconds: microseconds)
  }

  mutating func optionalInstant(_ bytes: RawSpan) throws(EngineCodingError) -> Instant? {
    let latest =
      EngineLimits.latestInstant.microseconds + EngineLimits.longestSpan.microseconds
    return try optional(bytes, atMost: UInt64(latest)).map { Instant(microseconds: Int64($0)) }
  }

  mutating func principalRow(_ bytes: RawSpan) throws(EngineCodingError) -> Principal {
    var principal = Principal(
      name: try string(bytes), role: try raw(bytes), credentials: [],
      capacity: try optional(bytes, atMost: UInt64(UInt32.max)).map { UInt32($0) })
    let credentials = try count(bytes)
    guard (1...EngineLimits.credentialsPerPrincipal).contains(credentials) else {
      throw error(.invalidValue)
    }
    for _ in 0..<credentials { principal.credentials.append(try credential(bytes)) }
    return principal
  }

  mutating func assisterRow(_ bytes: RawSpan) throws(EngineCodingError) -> Assister {
    var assister = Assister()
    assister.registration = try raw(bytes)
    assister.kind = try raw(bytes)
    assister.override = try raw(bytes)
    assister.insideHours = try flag(bytes)
    for _ in 0..<(try count(bytes)) {
      assister.languages.append(UInt16(try unsigned(bytes, atMost: UInt64(UInt16.max))))
    }
    assister.counties = try counties(bytes)
    assister.registeredAt = try instant(bytes)
    assister.missedInARow = try byte(bytes)
    let offers = UInt64(EngineLimits.offers)
    assister.streakOffers = try ascending(bytes, atMost: offers).map { OfferID($0) }
    assister.deregistrationOffers = try ascending(bytes, atMost: offers).map { OfferID($0) }
    assister.lastGeneralOffer = try optionalInstant(bytes)
    assister.offersOnDay = UInt32(try unsigned(bytes, atMost: UInt64(Int32.max)))
    assister.dayOfOffersEnds = try instant(bytes)
    assister.brokenAcceptances = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    return assister
  }

  mutating func ring(_ bytes: RawSpan) throws(EngineCodingError) -> PushRing {
    let last = try unsigned(bytes, atMost: 1 << 40)
    var kept: [PackedPush] = []
    for _ in 0..<min(last, UInt64(EngineLimits.keptPushes)) {
      let push = PackedPush(head: try fixed(bytes), tail: try unsigned(bytes))
      guard push.isGenuine else { throw error(.invalidValue) }
      kept.append(push)
    }
    guard let ring = PushRing(last: last, oldestFirst: kept) else { throw error(.inconsistent) }
    return ring
  }

  mutating func referralRow(_ bytes: RawSpan) throws(EngineCodingError) -> Referral {
    let partner = try principal(bytes)
    let key = try fixed(bytes, as: UInt128.self)
    let reference = try string(bytes)
    let helpType: HelpType = try raw(bytes)
    let language = UInt16(try unsigned(bytes, atMost: UInt64(UInt16.max)))
    let county = try county(bytes)
    let contact = try contact(bytes)
    let policy = Int(try unsigned(bytes, atMost: UInt64(EngineLimits.policies)))
    let submittedAt = try instant(bytes)
    var referral = Referral(
      partner: partner, idempotencyKey: key, partnerReference: reference, helpType: helpType,
      language: language, county: county, contact: contact, policy: policy,
      submittedAt: submittedAt, changedAt: submittedAt)
    guard let state = ReferralState(packed: try byte(bytes)) else { throw error(.invalidValue) }
    referral.state = state
    referral.changedAt = try instant(bytes, after: submittedAt)
    referral.phaseEnds = try optionalInstant(bytes)
    referral.goesToMass = try flag(bytes)
    referral.massOpenedAt = try instant(bytes)
    referral.massEnds = referral.massOpenedAt + (try span(bytes))
    referral.massLapsed = try flag(bytes)
    referral.massReminders = try reminderNumber(bytes)
    referral.firstAttemptAt = try optionalInstant(bytes)
    referral.reachedAt = try optionalInstant(bytes)
    referral.promiseMissed = try flag(bytes)
    referral.marks = ReferralMarks(rawValue: UInt8(try unsigned(bytes, atMost: 7)))
    referral.generalOffersBefore = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    return referral
  }

  mutating func offerRow(
    _ bytes: RawSpan, after previous: Instant
  ) throws(EngineCodingError) -> Offer {
    let referral = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    let assister = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max) - 1))
    let offeredAt = try instant(bytes, after: previous)
    let deadline = offeredAt + (try span(bytes))
    let form = try byte(bytes)
    guard let kind = OfferKind(rawValue: form >> 4), let state = OfferState(rawValue: form & 15)
    else { throw error(.invalidValue) }
    let marks = try unsigned(bytes, atMost: 14)
    guard marks & 3 < 3 else { throw error(.invalidValue) }
    var offer = Offer(
      referral: referral, assister: assister, offeredAt: offeredAt, deadline: deadline,
      kind: kind, state: state)
    offer.marks = UInt8(marks)
    offer.countOfDay = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    if state != .pending { offer.closedAt = try instant(bytes, after: offeredAt) }
    if state == .withdrawn {
      let cause = try byte(bytes)
      offer.withdrawal = WithdrawalCause(rawValue: cause)
      guard cause == 0 || offer.withdrawal != nil else { throw error(.invalidValue) }
    }
    return offer
  }
}
