// The whole state as bytes: a version, then the tables in the order of `Engine`'s fields. What can
// be derived is not in it. One state has one spelling: decoding and encoding again gives the same
// bytes.

extension Engine {
  /// 2: one credential a principal, without an end; still read. 3: several.
  static let stateFormat: UInt64 = 3

  /// The whole state, for a snapshot.
  public func encodeState() -> [UInt8] {
    var encoder = ByteEncoder(bytes: [])
    encoder.bytes.reserveCapacity(64 + referrals.count * 96 + offers.count * 16)
    encoder.unsigned(Engine.stateFormat)
    encoder.instant(lastInstant)
    encoder.count(policies.count)
    for policy in policies { encoder.policy(policy) }
    encoder.count(languages.count)
    for language in languages.strings { encoder.string(language) }
    encoder.count(principals.count)
    for index in principals.indices {
      let principal = principals[index]
      encoder.principal(principal)
      if principal.role == .assister { encoder.assister(assisters[index]) }
      encoder.ring(rings[index])
    }
    encoder.count(referrals.count)
    for referral in referrals { encoder.referral(referral) }
    encoder.count(offers.count)
    var previous = Instant.zero
    for offer in offers {
      encoder.offer(offer, after: previous)
      previous = offer.offeredAt
    }
    encodeHistory(to: &encoder)
    encodeWork(to: &encoder)
    encoder.count(agenda.deregistrations.count)
    for (assister, at) in agenda.deregistrations {
      encoder.count(assister)
      encoder.instant(at)
    }
    encoder.count(agenda.joiners.count)
    for joiner in agenda.joiners.elements {
      encoder.count(joiner.referral)
      encoder.count(joiner.assister)
    }
    encodeProfiles(to: &encoder)
    return encoder.bytes
  }
}

extension ByteEncoder {
  /// `value - base`, zigzag: small either way.
  mutating func instant(_ value: Instant, after base: Instant) {
    let difference = value.microseconds - base.microseconds
    unsigned(UInt64(bitPattern: difference << 1 ^ difference >> 63))
  }

  mutating func principal(_ principal: Principal) {
    string(principal.name)
    byte(principal.role.rawValue)
    optional(principal.capacity.map(UInt64.init))
    count(principal.credentials.count)
    for credential in principal.credentials { self.credential(credential) }
  }

  mutating func assister(_ assister: Assister) {
    byte(assister.registration.rawValue)
    byte(assister.kind.rawValue)
    byte(assister.override.rawValue)
    flag(assister.insideHours)
    count(assister.languages.count)
    for language in assister.languages { unsigned(UInt64(language)) }
    fixed(assister.counties.bits)
    instant(assister.registeredAt)
    byte(assister.missedInARow)
    ascending(assister.streakOffers.lazy.map(\.number))
    ascending(assister.deregistrationOffers.lazy.map(\.number))
    optional(assister.lastGeneralOffer.map { UInt64($0.microseconds) })
    unsigned(UInt64(assister.offersOnDay))
    instant(assister.dayOfOffersEnds)
    unsigned(UInt64(assister.brokenAcceptances))
  }

  mutating func ring(_ ring: PushRing) {
    unsigned(ring.last)
    for offset in ring.last - UInt64(ring.count)..<ring.last {
      fixed(ring[offset + 1].head)
      unsigned(ring[offset + 1].tail)
    }
  }

  mutating func referral(_ referral: Referral) {
    id(referral.partner)
    fixed(referral.idempotencyKey)
    string(referral.partnerReference)
    byte(referral.helpType.rawValue)
    unsigned(UInt64(referral.language))
    byte(referral.county.index)
    contact(referral.contact)
    count(referral.policy)
    instant(referral.submittedAt)
    byte(referral.state.packed)
    instant(referral.changedAt, after: referral.submittedAt)
    optional(referral.phaseEnds.map { UInt64($0.microseconds) })
    flag(referral.goesToMass)
    instant(referral.massOpenedAt)
    span(referral.massEnds - referral.massOpenedAt)
    flag(referral.massLapsed)
    byte(referral.massReminders)
    optional(referral.firstAttemptAt.map { UInt64($0.microseconds) })
    optional(referral.reachedAt.map { UInt64($0.microseconds) })
    flag(referral.promiseMissed)
    byte(referral.marks.rawValue)
    unsigned(UInt64(referral.generalOffersBefore))
  }

  mutating func offer(_ offer: Offer, after previous: Instant) {
    unsigned(UInt64(offer.referral))
    unsigned(UInt64(offer.assister))
    instant(offer.offeredAt, after: previous)
    span(offer.deadline - offer.offeredAt)
    byte(offer.kind.rawValue << 4 | offer.state.rawValue)
    byte(offer.marks)
    unsigned(UInt64(offer.countOfDay))
    if offer.state != .pending { instant(offer.closedAt, after: offer.offeredAt) }
    if offer.state == .withdrawn { byte(offer.withdrawal?.rawValue ?? 0) }
  }
}
