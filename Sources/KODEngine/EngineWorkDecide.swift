extension Engine {
  /// R13, R14.
  func logAttempt(
    _ assister: PrincipalID, _ id: ReferralID, _ result: AttemptResult, _ now: Instant
  ) -> Decision {
    // Whether it exists is not an assister's to know.
    guard let referral = referralRow(id), let row = holdingAssignment(of: referral),
      row.assisterIndex == assister.index
    else { return .rejected(.notTheHolder) }
    guard referral.state == .assigned else { return .rejected(.referralState(referral.state)) }
    guard
      row.attempts < EngineLimits.attemptsPerAssignment, attempts.count < EngineLimits.attempts
    else { return .rejected(.engineLimit) }
    let counts = result != .reached && isFarEnough(row, now)
    return .accepted([.attemptLogged(id, result, counts: counts, at: now)], .referral(id))
  }

  /// R43: from the attempt that counted before. The holder's own attempts alone are looked at.
  private func isFarEnough(_ row: AssignmentRow, _ now: Instant) -> Bool {
    let spacing = policies[referrals[row.referralIndex].policy].unreachableSpacing
    var number = row.lastAttempt
    while number != 0 {
      let attempt = attempts[Int(number) - 1]
      if attempt.counts { return attempt.at + spacing <= now }
      number = attempt.previous
    }
    return true
  }

  /// R15.
  func close(
    _ assister: PrincipalID, _ id: ReferralID, _ outcome: Outcome, _ now: Instant
  ) -> Decision {
    guard let referral = referralRow(id), let row = holdingAssignment(of: referral),
      row.assisterIndex == assister.index
    else { return .rejected(.notTheHolder) }
    switch referral.state {
    case .assigned, .contacted: break
    case .closed(outcome): return .accepted([], .referral(id))
    default: return .rejected(.referralState(referral.state))
    }
    switch outcome {
    case .unserved: return .rejected(.outcomeNotAllowed)
    case .unreachable
    where UInt32(row.countingAttempts) < policies[referral.policy].unreachableAttempts:
      return .rejected(.unreachableTooEarly)
    default: return .accepted([.closed(id, outcome, at: now)], .referral(id))
    }
  }

  /// R16. Repeating it is no error as long as nobody else has held it since.
  func release(
    _ assister: PrincipalID, _ id: ReferralID, _ reason: String, _ now: Instant
  ) -> Decision {
    guard let referral = referralRow(id) else { return .rejected(.notTheHolder) }
    if let last = lastAssignment(of: referral), last.assisterIndex == assister.index,
      last.end == .released
    {
      return .accepted([], .referral(id))
    }
    guard holder(of: referral) == assister else { return .rejected(.notTheHolder) }
    guard isHeld(referral) else { return .rejected(.referralState(referral.state)) }
    guard canNote(reason) else { return .rejected(.engineLimit) }
    return .accepted([.released(id, reason: reason, at: now)], .referral(id))
  }

  func saveNote(
    _ assister: PrincipalID, _ id: ReferralID, _ text: String, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(assister) else { return .rejected(.roleNotAllowed) }
    guard let referral = referralRow(id), wasAsked(referral, index) else {
      return .rejected(.neverOffered)
    }
    guard text.utf8.count <= EngineLimits.noteBytes else { return .rejected(.engineLimit) }
    guard note(of: assister, on: id) ?? "" != text else { return .accepted([], .referral(id)) }
    return .accepted([.noteSaved(assister, id, text, at: now)], .referral(id))
  }

  // MARK: The desk

  /// R17.
  func cancel(
    _ principal: PrincipalID, _ id: ReferralID, _ reason: String, _ now: Instant
  ) -> Decision {
    guard let role = role(of: principal), role == .intakePartner || role == .supervisor else {
      return .rejected(.roleNotAllowed)
    }
    guard let referral = referralRow(id), role == .supervisor || referral.partner == principal
    else { return .rejected(.referralUnknown) }
    guard canNote(reason) else { return .rejected(.engineLimit) }
    switch referral.state {
    case .cancelled: return .accepted([], .referral(id))
    case .closed: return .rejected(.referralState(referral.state))
    default:
      return .accepted([.cancelled(id, by: principal, reason: reason, at: now)], .referral(id))
    }
  }

  /// R16.
  func takeBack(
    _ supervisor: PrincipalID, _ id: ReferralID, _ reason: String, _ now: Instant
  ) -> Decision {
    desk(supervisor, id, .tookBack, reason, when: isHeld) { _ in
      .takenBack(id, by: supervisor, reason: reason, at: now)
    }
  }

  /// R12: a fresh general phase. Who was asked before is not asked as general again.
  func rerun(
    _ supervisor: PrincipalID, _ id: ReferralID, _ reason: String, _ now: Instant
  ) -> Decision {
    desk(supervisor, id, .rerun, reason, when: isWaiting) { _ throws(Rejection) in
      let toMass = candidate(id.index, now) == nil
      guard !toMass || !massRecipients(id.index).isEmpty else { throw .nobodyToAsk }
      return .rerun(id, by: supervisor, reason: reason, toMass: toMass, at: now)
    }
  }

  /// R12. Capacity, hours and language are the supervisor's to judge.
  func assign(
    _ supervisor: PrincipalID, _ id: ReferralID, to assister: PrincipalID, _ reason: String,
    _ now: Instant
  ) -> Decision {
    guard role(of: supervisor) == .supervisor else { return .rejected(.roleNotAllowed) }
    guard let index = assisterIndex(assister) else { return .rejected(.assisterUnknown) }
    // A repeat is the one that named the same assister (R28).
    if let referral = referralRow(id), !isWaiting(referral),
      lastAssignment(of: referral)?.assisterIndex != index
    {
      return .rejected(.referralState(referral.state))
    }
    return desk(supervisor, id, .assigned, reason, when: isWaiting) {
      referral throws(Rejection) in
      let state = assisters[index].registration
      guard state == .active else { throw .assisterState(state) }
      let rank = policies[referral.policy].roles.rank(referral.helpType, assisters[index].kind)
      guard rank != nil, !hasHeld(referral, index) else { throw .assisterNotEligible }
      guard assignments.count < EngineLimits.assignments else { throw .engineLimit }
      return .assigned(id, to: assister, by: supervisor, reason: reason, at: now)
    }
  }

  /// R12.
  func giveUp(
    _ supervisor: PrincipalID, _ id: ReferralID, _ reason: String, _ now: Instant
  ) -> Decision {
    desk(supervisor, id, .gaveUp, reason, when: isWaiting) { _ in
      .gaveUp(id, by: supervisor, reason: reason, at: now)
    }
  }

  /// What supervisors do has one shape. A state that does not allow it may come of the same command
  /// sent before: then it is done already (R28).
  private func desk(
    _ supervisor: PrincipalID, _ id: ReferralID, _ action: DeskAction, _ reason: String,
    when isAllowed: (Referral) -> Bool,
    event: (Referral) throws(Rejection) -> Event
  ) -> Decision {
    guard role(of: supervisor) == .supervisor else { return .rejected(.roleNotAllowed) }
    guard let referral = referralRow(id) else { return .rejected(.referralUnknown) }
    guard isAllowed(referral) else {
      return isLastNote(of: referral, supervisor, action, reason)
        ? .accepted([], .referral(id)) : .rejected(.referralState(referral.state))
    }
    guard canNote(reason) else { return .rejected(.engineLimit) }
    do throws(Rejection) {
      return .accepted([try event(referral)], .referral(id))
    } catch { return .rejected(error) }
  }

  private func isLastNote(
    of referral: Referral, _ by: PrincipalID, _ action: DeskAction, _ reason: String
  ) -> Bool {
    guard referral.lastDeskNote != 0 else { return false }
    let note = deskNotes[Int(referral.lastDeskNote) - 1]
    return note.by == by && note.action == action && note.reason == reason
  }

  private func canNote(_ reason: String) -> Bool {
    reason.utf8.count <= EngineLimits.reasonBytes && deskNotes.count < EngineLimits.deskNotes
  }

  func isHeld(_ referral: Referral) -> Bool {
    referral.state == .assigned || referral.state == .contacted
  }

  func isWaiting(_ referral: Referral) -> Bool {
    if case .waiting = referral.state { true } else { false }
  }
}
