// Assignments, attempts, what was done by hand, and notes, as part of the state's bytes.

extension Engine {
  func encodeWork(to encoder: inout ByteEncoder) {
    encoder.instant(lastServerStart)
    encoder.count(assignments.count)
    var previous = Instant.zero
    for row in assignments {
      encoder.unsigned(UInt64(row.referral))
      encoder.unsigned(UInt64(row.assister))
      encoder.optional(row.offer?.number)
      encoder.instant(row.startedAt, after: previous)
      encoder.byte(row.end?.rawValue ?? 0)
      if row.end != nil { encoder.instant(row.endedAt, after: row.startedAt) }
      encoder.byte((row.overdue ? 4 : 0) | row.reminders)
      previous = row.startedAt
    }
    encoder.count(attempts.count)
    for row in attempts {
      encoder.unsigned(UInt64(row.assignment))
      encoder.instant(row.at, after: assignments[Int(row.assignment) - 1].startedAt)
      encoder.byte(row.result.rawValue << 1 | (row.counts ? 1 : 0))
    }
    encoder.count(deskNotes.count)
    for row in deskNotes {
      encoder.unsigned(UInt64(row.referral))
      encoder.instant(row.at)
      encoder.id(row.by)
      encoder.byte(row.action.rawValue)
      encoder.string(row.reason)
    }
    encoder.count(notes.count)
    for key in notes.keys.sorted() {
      encoder.unsigned(UInt64(key.assister))
      encoder.unsigned(UInt64(key.referral))
      encoder.string(notes[key] ?? "")
    }
  }

  mutating func decodeWork(
    _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    lastServerStart = try decoder.instant(bytes)
    var previous = Instant.zero
    for _ in 0..<(try decoder.count(bytes)) {
      assignments.append(try decoder.assignmentRow(bytes, after: previous))
      previous = assignments[assignments.count - 1].startedAt
    }
    for _ in 0..<(try decoder.count(bytes)) {
      let assignment = try decoder.index(bytes, of: assignments.count + 1)
      guard assignment > 0 else { throw decoder.error(.inconsistent) }
      let at = try decoder.instant(bytes, after: assignments[assignment - 1].startedAt)
      let form = try decoder.byte(bytes)
      guard let result = AttemptResult(rawValue: form >> 1) else {
        throw decoder.error(.invalidValue)
      }
      attempts.append(
        AttemptRow(
          assignment: UInt32(assignment), at: at, result: result, counts: form & 1 == 1,
          previous: 0))
    }
    for _ in 0..<(try decoder.count(bytes)) {
      let referral = try decoder.index(bytes, of: referrals.count)
      let note = DeskNoteRow(
        referral: UInt32(referral), at: try decoder.instant(bytes),
        by: try decoder.principal(bytes), action: try decoder.raw(bytes),
        reason: try decoder.string(bytes), previous: referrals[referral].lastDeskNote)
      guard role(of: note.by) != nil else { throw decoder.error(.inconsistent) }
      deskNotes.append(note)
      referrals[referral].lastDeskNote = UInt32(deskNotes.count)
    }
    try decodeNotes(bytes, &decoder)
  }

  private mutating func decodeNotes(
    _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    var last: NoteKey?
    for _ in 0..<(try decoder.count(bytes)) {
      let assister = UInt32(try decoder.unsigned(bytes, atMost: UInt64(UInt32.max)))
      let key = NoteKey(
        assister: assister, referral: UInt32(try decoder.index(bytes, of: referrals.count)))
      let text = try decoder.string(bytes)
      let isNext = last.map { $0 < key } ?? true
      guard assisterIndex(PrincipalID(assister)) != nil, !text.isEmpty, isNext else {
        throw decoder.error(.inconsistent)
      }
      notes[key] = text
      last = key
    }
  }

  /// Fills what assignments and attempts lead to. False: they contradict the referrals or each
  /// other.
  mutating func deriveWork() -> Bool {
    for index in assignments.indices {
      let row = assignments[index]
      guard row.referralIndex < referrals.count,
        assisterIndex(PrincipalID(index: row.assisterIndex)) != nil
      else { return false }
      if let id = row.offer {
        guard let offer = offerRow(id), offer.referral == row.referral,
          offer.assister == row.assister, offer.state == .accepted
        else { return false }
      }
      assignments[index].previousOfReferral = referrals[row.referralIndex].lastAssignment
      assignments[index].previousOfAssister = assisters[row.assisterIndex].lastAssignment
      // Nobody holds what somebody else still holds.
      guard lastAssignment(of: referrals[row.referralIndex]).map({ $0.end != nil }) ?? true else {
        return false
      }
      fileAssignment(index)
    }
    for index in attempts.indices {
      let assignment = Int(attempts[index].assignment) - 1
      guard assignments[assignment].attempts < EngineLimits.attemptsPerAssignment else {
        return false
      }
      attempts[index].previous = assignments[assignment].lastAttempt
      fileAttempt(index)
    }
    return referrals.allSatisfy { referral in
      let isOpenWork = lastAssignment(of: referral).map { $0.end == nil } ?? false
      return isOpenWork == isHeld(referral)
    }
  }

  mutating func deriveDeskLists(_ index: Int) {
    let referral = referrals[index]
    guard isOpen(referral.state) else { return }
    desk.open.insert(index)
    if isWaiting(referral) { desk.waiting.insert(index) }
    if referral.promiseMissed {
      desk.promiseMissed.insert(index)
    } else if referral.firstAttemptAt == nil {
      startPromiseTimer(index)
    }
    if let row = lastAssignment(of: referral), isOverdue(row) { desk.overdue.insert(index) }
  }
}

extension ByteDecoder {
  mutating func assignmentRow(
    _ bytes: RawSpan, after previous: Instant
  ) throws(EngineCodingError) -> AssignmentRow {
    let referral = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max)))
    let assister = UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max) - 1))
    let offer = try optional(bytes, atMost: UInt64(EngineLimits.offers)).map { OfferID($0) }
    var row = AssignmentRow(
      referral: referral, assister: assister, offer: offer,
      startedAt: try instant(bytes, after: previous), previousOfReferral: 0,
      previousOfAssister: 0)
    let end = try byte(bytes)
    if end != 0 {
      guard let end = AssignmentEnd(rawValue: end) else { throw error(.invalidValue) }
      row.end = end
      row.endedAt = try instant(bytes, after: row.startedAt)
    }
    let marks = try unsigned(bytes, atMost: 6)
    guard marks & 3 < 3 else { throw error(.invalidValue) }
    row.overdue = marks & 4 != 0
    row.reminders = UInt8(marks & 3)
    return row
  }
}
