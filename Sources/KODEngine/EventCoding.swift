// An event's bytes: its kind and version as one varint (kind * 4 + version), then its fields. Kinds
// and versions are never reused, and old versions stay decodable for ever. Deadlines are spans
// after the event's instant.

extension Event {
  /// The number that stands in the log.
  var kind: UInt64 {
    switch self {
    case .policySet: 1
    case .principalCreated: 2
    case .registered: 3
    case .availabilitySet: 4
    case .submitted: 5
    case .generalOffered: 6
    case .massOpened: 7
    case .massJoined: 8
    case .accepted: 9
    case .rejected: 10
    case .generalLapsed: 11
    case .massLapsed: 12
    case .generalReminded: 13
    case .massReminded: 14
    case .waiting: 15
    case .deregistered: 16
    case .closed: 17
    case .cancelled: 18
    case .delivered: 19
    case .serverStarted: 20
    // MARK: Work (R12 to R17), kinds 21 to 39
    case .attemptLogged: 21
    case .released: 22
    case .takenBack: 23
    case .reclaimed: 24
    case .rerun: 25
    case .assigned: 26
    case .gaveUp: 27
    case .noteSaved: 28
    case .promiseMissed: 29
    case .callbackOverdue: 30
    case .callbackReminded: 31
    // MARK: Assisters (R30 to R34, R65), kinds 40 to 59
    case .profileSaved: 40
    case .registrationWithdrawn: 41
    case .outlookExtended: 42
    case .scheduleTurned: 43
    case .credentialsExpired: 44
    case .sessionChanged: 45
    case .staffActed: 46
    case .credentialDateSet: 47
    case .noticeAcknowledged: 48
    case .policyVersioned: 49
    case .eligibilityLost: 50
    // MARK: Credentials, kinds 60 to 62
    case .credentialIssued: 60
    }
  }

  /// Of the bytes; a kind that is not named here is at version 0.
  private var version: UInt64 {
    switch self {
    // 1: with R43's and R47's fields.
    case .policySet: 1
    // 1: the credential has an end.
    case .principalCreated(_, let new, _): new.credentialExpiresAt == nil ? 0 : 1
    // 1: with a reason.
    case .cancelled(_, _, let reason, _): reason.isEmpty ? 0 : 1
    default: 0
    }
  }

  /// Appends the event's bytes. Events follow each other without anything between.
  public func encode(to bytes: inout [UInt8]) {
    // The array is moved in and out, not copied.
    var encoder = ByteEncoder(bytes: [])
    swap(&encoder.bytes, &bytes)
    encoder.unsigned(kind * 4 + version)
    encode(to: &encoder)
    swap(&encoder.bytes, &bytes)
  }

  private func encode(to encoder: inout ByteEncoder) {
    switch self {
    case .policySet(let policy, let at):
      encoder.instant(at)
      encoder.policy(policy)
    case .principalCreated(let id, let new, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.newPrincipal(new)
      if let end = new.credentialExpiresAt { encoder.instant(end) }
    case .credentialIssued(let id, let new, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.credential(new)
    case .registered(let id, let registration, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(registration.kind.rawValue)
      encoder.count(registration.languages.count)
      for language in registration.languages { encoder.string(language) }
      encoder.fixed(registration.counties.bits)
    case .availabilitySet(let id, let override, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(override.rawValue)
    case .submitted(let id, let partner, let submission, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(partner)
      encoder.fixed(submission.idempotencyKey)
      encoder.string(submission.partnerReference)
      encoder.byte(submission.helpType.rawValue)
      encoder.string(submission.language)
      encoder.byte(submission.county.index)
      encoder.contact(submission.contact)
    case .closed(let id, let outcome, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(outcome.rawValue)
    case .cancelled(let id, let principal, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(principal)
      if !reason.isEmpty { encoder.string(reason) }
    case .deregistered(let id, let at):
      encoder.instant(at)
      encoder.id(id)
    case .waiting(let id, let cause, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(cause.rawValue)
    case .serverStarted(let at): encoder.instant(at)
    case .attemptLogged, .released, .takenBack, .reclaimed, .rerun, .assigned, .gaveUp, .noteSaved,
      .promiseMissed, .callbackOverdue, .callbackReminded:
      encodeWork(to: &encoder)
    case .profileSaved, .registrationWithdrawn, .outlookExtended, .scheduleTurned,
      .credentialsExpired, .sessionChanged, .staffActed, .credentialDateSet, .noticeAcknowledged,
      .policyVersioned, .eligibilityLost:
      encodeAssisters(to: &encoder)
    default: encodeOffers(to: &encoder)
    }
  }

  private func encodeOffers(to encoder: inout ByteEncoder) {
    switch self {
    case .generalOffered(let id, let referral, let assister, let at, let deadline, let phaseEnds):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(referral)
      encoder.id(assister)
      encoder.span(deadline - at)
      encoder.optional(phaseEnds.map { UInt64(($0 - at).microseconds) })
    case .massOpened(let referral, let first, let recipients, let at, let deadline):
      encoder.instant(at)
      encoder.id(referral)
      encoder.id(first)
      encoder.span(deadline - at)
      encoder.ascending(recipients.lazy.map { UInt64($0.number) })
    case .massJoined(let id, let referral, let assister, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(referral)
      encoder.id(assister)
    case .accepted(let id, let at):
      encoder.instant(at)
      encoder.id(id)
    case .rejected(let id, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.string(reason)
    case .generalLapsed(let id, let missed):
      encoder.id(id)
      encoder.flag(missed)
    case .massLapsed(let id): encoder.id(id)
    case .generalReminded(let id, let number, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(number)
    case .massReminded(let id, let number, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(number)
    case .delivered(let ids): encoder.ascending(ids.lazy.map(\.number))
    default: break
    }
  }
}
