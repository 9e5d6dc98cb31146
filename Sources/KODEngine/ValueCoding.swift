// Values that occur in events and in the state alike, in the same bytes.

extension ByteEncoder {
  mutating func policy(_ policy: Policy) {
    policyBeforeWork(policy)
    unsigned(UInt64(policy.unreachableAttempts))
    span(policy.unreachableSpacing)
    span(policy.firstCallbackReminder)
    span(policy.secondCallbackReminder)
  }

  /// What version 0 of the event `policySet` says of it.
  private mutating func policyBeforeWork(_ policy: Policy) {
    byte(policy.onReject.rawValue)
    byte(policy.onLapse.rawValue)
    optional(policy.generalPhase.map { UInt64($0.microseconds) })
    span(policy.offerWindow)
    span(policy.massWindow)
    unsigned(UInt64(policy.maxGeneralOffers))
    flag(policy.rejectIsResponse)
    byte(policy.missesToDeregister)
    unsigned(UInt64(policy.capacity))
    span(policy.callbackPromise)
    span(policy.callbackGrace)
    span(policy.reclaim)
    for fraction in [policy.firstReminder, policy.secondReminder] {
      byte(fraction.numerator)
      byte(fraction.denominator)
    }
    bytes.append(contentsOf: policy.roles.ranks)
    byte(policy.massAudience.rawValue)
    byte(policy.languageRelaxation.rawValue)
    byte(policy.reregistration.rawValue)
    flag(policy.offerRequiresSession)
  }

  mutating func credential(_ credential: NewCredential) {
    fixed(credential.number)
    fixed(credential.tokenDigest.high)
    fixed(credential.tokenDigest.low)
    optional(credential.expiresAt.map { UInt64($0.microseconds) })
  }

  /// As version 0 of the event `principalCreated` has it; version 1 goes on with the end.
  mutating func newPrincipal(_ new: NewPrincipal) {
    string(new.name)
    byte(new.role.rawValue)
    fixed(new.credential)
    fixed(new.tokenDigest.high)
    fixed(new.tokenDigest.low)
    optional(new.capacity.map(UInt64.init))
  }

  /// Personal data in one field with a length, so that it can be sealed without touching what is
  /// around it.
  mutating func contact(_ contact: Contact) {
    var field = ByteEncoder(bytes: [])
    field.string(contact.name)
    field.string(contact.phone)
    field.string(contact.notes)
    count(field.bytes.count)
    bytes.append(contentsOf: field.bytes)
  }
}

extension ByteDecoder {
  /// - Parameter version: of the event `policySet`; a state has the newest.
  mutating func policy(
    _ bytes: RawSpan, version: UInt64 = 1
  ) throws(EngineCodingError) -> Policy {
    var policy = try policyBeforeWork(bytes)
    if version > 0 {
      policy.unreachableAttempts = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
      policy.unreachableSpacing = try span(bytes)
      policy.firstCallbackReminder = try span(bytes)
      policy.secondCallbackReminder = try span(bytes)
    }
    guard policy.isValid else { throw error(.invalidValue) }
    return policy
  }

  private mutating func policyBeforeWork(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> Policy {
    let longest = UInt64(EngineLimits.longestSpan.microseconds)
    var policy = Policy()
    policy.onReject = try raw(bytes)
    policy.onLapse = try raw(bytes)
    policy.generalPhase = try optional(bytes, atMost: longest).map {
      Instant.Interval(microseconds: Int64($0))
    }
    policy.offerWindow = try span(bytes)
    policy.massWindow = try span(bytes)
    policy.maxGeneralOffers = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    policy.rejectIsResponse = try flag(bytes)
    policy.missesToDeregister = try byte(bytes)
    policy.capacity = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    policy.callbackPromise = try span(bytes)
    policy.callbackGrace = try span(bytes)
    policy.reclaim = try span(bytes)
    policy.firstReminder = Policy.Fraction(try byte(bytes), of: try byte(bytes))
    policy.secondReminder = Policy.Fraction(try byte(bytes), of: try byte(bytes))
    var ranks: [UInt8] = []
    for _ in 0..<6 { ranks.append(try byte(bytes)) }
    policy.roles = Policy.RoleMatrix(ranks: ranks)
    policy.massAudience = try raw(bytes)
    policy.languageRelaxation = try raw(bytes)
    policy.reregistration = try raw(bytes)
    policy.offerRequiresSession = try flag(bytes)
    return policy
  }

  mutating func newPrincipal(_ bytes: RawSpan) throws(EngineCodingError) -> NewPrincipal {
    NewPrincipal(
      name: try string(bytes), role: try raw(bytes), credential: try fixed(bytes),
      tokenDigest: TokenDigest(high: try fixed(bytes), low: try fixed(bytes)),
      capacity: try optional(bytes, atMost: UInt64(UInt32.max)).map { UInt32($0) })
  }

  mutating func credential(_ bytes: RawSpan) throws(EngineCodingError) -> NewCredential {
    NewCredential(
      number: try fixed(bytes),
      tokenDigest: TokenDigest(high: try fixed(bytes), low: try fixed(bytes)),
      expiresAt: try optionalInstant(bytes))
  }

  mutating func counties(_ bytes: RawSpan) throws(EngineCodingError) -> CountySet {
    let bits = try fixed(bytes, as: UInt128.self)
    guard bits >> 120 == 0 else { throw error(.invalidValue) }
    return CountySet(bits: bits)
  }

  mutating func county(_ bytes: RawSpan) throws(EngineCodingError) -> County {
    guard let county = County(fips: 21001 + 2 * UInt32(try byte(bytes))) else {
      throw error(.invalidValue)
    }
    return county
  }

  mutating func contact(_ bytes: RawSpan) throws(EngineCodingError) -> Contact {
    let end = try count(bytes) + offset
    let contact = Contact(
      name: try string(bytes), phone: try string(bytes), notes: try string(bytes))
    guard offset == end else { throw error(.invalidValue) }
    return contact
  }
}
