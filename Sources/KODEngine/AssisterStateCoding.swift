// The assisters' part of the state: what is saved, staff's notes, notices, signatures of policies.

extension Engine {
  func encodeProfiles(to encoder: inout ByteEncoder) {
    for signature in signatures { encoder.signature(signature) }
    for index in principals.indices where principals[index].role == .assister {
      encoder.profile(profiles[index], assisters[index])
    }
    encoder.count(staffNotes.count)
    for note in staffNotes {
      encoder.unsigned(UInt64(note.assister))
      encoder.instant(note.at)
      encoder.id(note.by)
      encoder.byte(note.action.rawValue)
      encoder.string(note.reason)
    }
    encoder.count(notices.count)
    for notice in notices {
      encoder.count(notice.offer)
      encoder.attempt(notice.first)
      encoder.flag(notice.second != nil)
      if let second = notice.second { encoder.attempt(second) }
    }
  }

  mutating func decodeProfiles(
    _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    signatures = []
    for _ in policies { signatures.append(try decoder.signature(bytes)) }
    for index in principals.indices where principals[index].role == .assister {
      profiles[index] = try decoder.profile(bytes, &assisters[index])
    }
    for _ in 0..<(try decoder.count(bytes)) {
      let assister = try decoder.index(bytes, of: assisters.count)
      staffNotes.append(
        StaffNoteRow(
          assister: UInt32(assister), at: try decoder.instant(bytes),
          by: try decoder.principal(bytes), action: try decoder.raw(bytes),
          reason: try decoder.string(bytes), previous: profiles[assister].lastStaffNote))
      profiles[assister].lastStaffNote = UInt32(staffNotes.count)
    }
    for _ in 0..<(try decoder.count(bytes)) {
      let offer = try decoder.index(bytes, of: offers.count)
      var row = NoticeRow(offer: offer, first: try decoder.attempt(bytes))
      if try decoder.flag(bytes) { row.second = try decoder.attempt(bytes) }
      guard
        notices.last.map({ $0.offer < offer }) ?? true,
        !row.isPending || offers[offer].state == .pending
      else { throw decoder.error(.inconsistent) }
      notices.append(row)
      offers[offer].hasNotice = true
    }
  }

  /// Fills what is not encoded. False: what is contradicts itself.
  mutating func deriveProfiles() -> Bool {
    for index in assisters.indices where principals[index].role == .assister {
      let profile = profiles[index]
      guard
        profile.turnsTaken <= profile.outlook?.turns.count ?? 0,
        assisters[index].insideHours == profile.isInsideHours,
        assisters[index].hasKind || !assisters[index].isFiled,
        assisters[index].registration == .suspended || !assisters[index].suspendedByCredential
      else { return false }
      assisters[index].isOutOfOffice = profile.isOutOfOffice
      appoint(index)
      if let date = filedExpiry(index) { expiries.insert(index, at: date) }
    }
    for notice in notices {
      for attempt in [notice.first, notice.second] where attempt?.state == .pending {
        totals.noticesPending += 1
      }
    }
    firstPendingNotice = notices.firstIndex { $0.isPending } ?? notices.count
    return true
  }
}

extension ByteEncoder {
  fileprivate mutating func profile(_ profile: AssisterProfile, _ assister: Assister) {
    byte(
      (assister.hasKind ? 1 : 0) | (profile.termsAccepted ? 2 : 0)
        | (assister.hasSession ? 4 : 0) | (assister.credentialExpired ? 8 : 0)
        | (assister.suspendedByCredential ? 16 : 0) | (profile.contact == nil ? 0 : 32)
        | (profile.settings == nil ? 0 : 64) | (profile.outlook == nil ? 0 : 128))
    if let contact = profile.contact { preferredContact(contact) }
    if let settings = profile.settings { self.settings(settings) }
    if let outlook = profile.outlook { self.outlook(outlook) }
    count(profile.turnsTaken)
    instant(profile.outOfOfficeThrough)
    optional(profile.credentialUntil.map { UInt64($0.microseconds) })
    timeline(profile.timeline)
  }

  private mutating func timeline(_ timeline: AvailabilityTimeline) {
    flag(timeline.isCut)
    optional(timeline.profileChangedAt.map { UInt64($0.microseconds) })
    count(timeline.count)
    var previous = Instant.zero
    for position in 0..<timeline.count {
      let change = timeline[position]
      unsigned(UInt64((change.at - previous).microseconds))
      byte(change.blockers.rawValue)
      previous = change.at
    }
  }

  fileprivate mutating func attempt(_ attempt: NoticeRow.Attempt) {
    byte(attempt.channel.rawValue << 4 | attempt.state.rawValue)
    instant(attempt.createdAt)
    instant(attempt.changedAt, after: attempt.createdAt)
  }
}

extension ByteDecoder {
  fileprivate mutating func profile(
    _ bytes: RawSpan, _ assister: inout Assister
  ) throws(EngineCodingError) -> AssisterProfile {
    let marks = try byte(bytes)
    assister.hasKind = marks & 1 != 0
    assister.hasSession = marks & 4 != 0
    assister.credentialExpired = marks & 8 != 0
    assister.suspendedByCredential = marks & 16 != 0
    var profile = AssisterProfile()
    profile.termsAccepted = marks & 2 != 0
    if marks & 32 != 0 { profile.contact = try preferredContact(bytes) }
    if marks & 64 != 0 { profile.settings = try settings(bytes) }
    if marks & 128 != 0 { profile.outlook = try outlook(bytes) }
    profile.turnsTaken = Int(try unsigned(bytes, atMost: UInt64(EngineLimits.outlookTurns)))
    profile.outOfOfficeThrough = try instant(bytes)
    profile.credentialUntil = try optionalInstant(bytes)
    profile.timeline = try timeline(bytes)
    return profile
  }

  private mutating func timeline(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> AvailabilityTimeline {
    let isCut = try flag(bytes)
    let profileChangedAt = try optionalInstant(bytes)
    var changes: [(at: Instant, blockers: Blockers)] = []
    var at = Instant.zero
    let latest = UInt64(EngineLimits.latestInstant.microseconds)
    for _ in 0..<(try count(bytes)) {
      at = at + Instant.Interval(microseconds: Int64(try unsigned(bytes, atMost: latest)))
      guard at <= EngineLimits.latestInstant else { throw error(.invalidValue) }
      changes.append((at, Blockers(rawValue: try byte(bytes))))
    }
    guard
      let timeline = AvailabilityTimeline(
        oldestFirst: changes, isCut: isCut, profileChangedAt: profileChangedAt)
    else { throw error(.inconsistent) }
    return timeline
  }

  fileprivate mutating func attempt(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> NoticeRow.Attempt {
    let form = try byte(bytes)
    guard
      let channel = NoticeChannel(rawValue: form >> 4),
      let state = NoticeState(rawValue: form & 15)
    else { throw error(.invalidValue) }
    var attempt = NoticeRow.Attempt(channel, at: try instant(bytes))
    attempt.state = state
    attempt.changedAt = try instant(bytes, after: attempt.createdAt)
    return attempt
  }
}
