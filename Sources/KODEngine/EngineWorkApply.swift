extension Engine {
  mutating func applyWork(_ event: Event) {
    switch event {
    case .attemptLogged(let id, let result, let counts, let at):
      saw(at)
      applyAttempt(id.index, result, counts: counts, at)
    case .released(let id, let reason, let at):
      saw(at)
      applyRelease(id.index, reason, at)
    case .takenBack(let id, let principal, let reason, let at):
      saw(at)
      addDeskNote(id.index, .tookBack, by: principal, reason, at)
      applyReturn(id.index, .takenBack, at)
    case .reclaimed(let id, let at):
      saw(at)
      applyReclaim(id.index, at)
    case .rerun(let id, let principal, let reason, let toMass, let at):
      saw(at)
      applyRerun(id.index, by: principal, reason, toMass: toMass, at)
    case .assigned(let id, let assister, let principal, let reason, let at):
      saw(at)
      applyAssignment(id.index, to: assister.index, by: principal, reason, at)
    case .gaveUp(let id, let principal, let reason, let at):
      saw(at)
      addDeskNote(id.index, .gaveUp, by: principal, reason, at)
      setState(id.index, .closed(.unserved), at)
    case .noteSaved(let assister, let id, let text, let at):
      saw(at)
      applyNote(assister, id, text)
    case .promiseMissed(let id):
      let at = promise(of: id.index)
      saw(at)
      applyPromiseMissed(id.index, at)
    case .callbackOverdue(let id):
      let at = callbackDue(assignments[Int(referrals[id.index].lastAssignment) - 1])
      saw(at)
      applyOverdue(id.index, at)
    case .callbackReminded(let id, let number, let at):
      saw(at)
      applyCallbackReminder(id.index, number, at)
    default: break
    }
  }

  /// R13, R14.
  mutating func applyAttempt(
    _ index: Int, _ result: AttemptResult, counts: Bool, _ at: Instant
  ) {
    addAttempt(index, result, counts: counts, at)
    guard result == .reached else { return }
    if referrals[index].reachedAt == nil { referrals[index].reachedAt = at }
    setState(index, .contacted, at)
  }

  /// R15.
  mutating func applyClosing(_ index: Int, _ outcome: Outcome, _ at: Instant) {
    endHolding(index, .closed, at)
    setState(index, .closed(outcome), at)
    refreshHolder(index, at)
  }

  /// R16, R46: the holder is not asked again.
  mutating func applyReturn(_ index: Int, _ end: AssignmentEnd, _ at: Instant) {
    endHolding(index, end, at)
    askEverybody(index, at)
    tellFormerHolder(index, .mass, end, at)
    refreshHolder(index, at)
  }

  mutating func applyRelease(_ index: Int, _ reason: String, _ at: Instant) {
    if let holder = holder(of: referrals[index]) {
      addDeskNote(index, .releasedByHolder, by: holder, reason, at)
    }
    applyReturn(index, .released, at)
  }

  /// R46.
  mutating func applyReclaim(_ index: Int, _ at: Instant) {
    let assister = assignments[Int(referrals[index].lastAssignment) - 1].assisterIndex
    assisters[assister].brokenAcceptances += 1
    applyReturn(index, .reclaimed, at)
    alert(.referralAlert(ReferralID(index: index), .reclaimed, nil), at)
  }

  /// R17.
  mutating func applyCancellation(
    _ index: Int, by principal: PrincipalID, _ reason: String, _ at: Instant
  ) {
    if role(of: principal) == .supervisor {
      addDeskNote(index, .cancelled, by: principal, reason, at)
    }
    guard isHeld(referrals[index]) else {
      setState(index, .cancelled, at)
      endOpenOffers(of: index, .withdrawn, at, .referralCancelled)
      refreshRouting(index)
      return
    }
    endHolding(index, .cancelled, at)
    setState(index, .cancelled, at)
    tellFormerHolder(index, .cancelled, .cancelled, at)
    refreshHolder(index, at)
  }

  /// R12.
  mutating func applyRerun(
    _ index: Int, by principal: PrincipalID, _ reason: String, toMass: Bool, _ at: Instant
  ) {
    addDeskNote(index, .rerun, by: principal, reason, at)
    guard !toMass else { return askEverybody(index, at) }
    setState(index, .general, at)
    referrals[index].phaseEnds = nil
    referrals[index].goesToMass = false
    referrals[index].generalOffersBefore = referrals[index].generalOffers
    refreshRouting(index)
  }

  /// R12.
  mutating func applyAssignment(
    _ index: Int, to assister: Int, by principal: PrincipalID, _ reason: String, _ at: Instant
  ) {
    addDeskNote(index, .assigned, by: principal, reason, at)
    setState(index, .assigned, at)
    beginAssignment(index, assister, nil, at)
    tell(assister, .assignmentGiven(ReferralID(index: index)), at)
    refreshRouting(index)
    refreshAvailability(assister, at)
  }

  mutating func applyNote(_ assister: PrincipalID, _ referral: ReferralID, _ text: String) {
    let key = NoteKey(assister: assister.number, referral: UInt32(referral.index))
    notes[key] = text.isEmpty ? nil : text
  }

  /// R44.
  mutating func applyPromiseMissed(_ index: Int, _ at: Instant) {
    referrals[index].promiseMissed = true
    desk.promiseMissed.insert(index)
    let id = ReferralID(index: index)
    tell(
      referrals[index].partner.index,
      .referralUpdate(id, referrals[index].state, promiseMissed: true), at)
    alert(.referralAlert(id, .promiseMissed, nil), at)
  }

  /// R45.
  mutating func applyOverdue(_ index: Int, _ at: Instant) {
    let assignment = Int(referrals[index].lastAssignment) - 1
    assignments[assignment].overdue = true
    desk.overdue.insert(index)
    startCallbackTimers(assignment)
    let id = ReferralID(index: index)
    tell(assignments[assignment].assisterIndex, .assignmentReminder(id, number: 3), at)
    alert(.referralAlert(id, .overdue, nil), at)
  }

  /// R47.
  mutating func applyCallbackReminder(_ index: Int, _ number: UInt8, _ at: Instant) {
    let assignment = Int(referrals[index].lastAssignment) - 1
    assignments[assignment].reminders = number
    if let next = nextCallbackReminder(assignments[assignment]) {
      reminders.insert(.init(at: next.at, .callbackDue, UInt64(index + 1)))
    }
    tell(
      assignments[assignment].assisterIndex,
      .assignmentReminder(ReferralID(index: index), number: number), at)
  }

  /// The downtime moved what R46 waits for.
  mutating func restartReclaims(_ at: Instant) {
    lastServerStart = at
    for index in desk.overdue.page(after: nil, limit: desk.overdue.count) {
      startCallbackTimers(Int(referrals[index].lastAssignment) - 1)
    }
  }

  private mutating func tellFormerHolder(
    _ index: Int, _ state: ReferralState, _ end: AssignmentEnd, _ at: Instant
  ) {
    let assister = assignments[Int(referrals[index].lastAssignment) - 1].assisterIndex
    tell(assister, .assignmentEnded(ReferralID(index: index), state, end), at)
  }

  private mutating func refreshHolder(_ index: Int, _ at: Instant) {
    refreshAvailability(assignments[Int(referrals[index].lastAssignment) - 1].assisterIndex, at)
  }
}
