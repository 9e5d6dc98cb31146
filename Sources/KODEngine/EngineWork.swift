// Accepted work: who holds what, since when, what came of it; and the lists that the desk looks
// through. Everything that `apply` does to assignments is made of these moves.

/// What the desk looks through, and nothing of what is over. Derived, never encoded.
struct DeskLists {
  var open = SortedSet<Int>()
  var waiting = SortedSet<Int>()
  /// Held, no attempt yet, and the callback was due (R45).
  var overdue = SortedSet<Int>()
  /// Open and past their promise (R44).
  var promiseMissed = SortedSet<Int>()
}

extension Engine {
  // MARK: Who holds it

  /// The last one, whether or not it has ended. Nil: nobody ever held it.
  func lastAssignment(of referral: Referral) -> AssignmentRow? {
    referral.lastAssignment == 0 ? nil : assignments[Int(referral.lastAssignment) - 1]
  }

  /// Whose it is, or was when it was closed or cancelled.
  func holdingAssignment(of referral: Referral) -> AssignmentRow? {
    guard let last = lastAssignment(of: referral) else { return nil }
    return switch last.end {
    case nil, .closed, .cancelled: last
    case .released, .takenBack, .reclaimed: nil
    }
  }

  func holder(of referral: Referral) -> PrincipalID? {
    holdingAssignment(of: referral).map { PrincipalID(index: $0.assisterIndex) }
  }

  /// Everybody who ever held the referral (R16, R38): mostly nobody.
  func holders(of referral: Referral) -> [Int] {
    var holders: [Int] = []
    var number = referral.lastAssignment
    while number != 0 {
      let row = assignments[Int(number) - 1]
      holders.append(row.assisterIndex)
      number = row.previousOfReferral
    }
    return holders
  }

  /// Whether the assister ever held the referral (R16, R38).
  func hasHeld(_ referral: Referral, _ assister: Int) -> Bool {
    holders(of: referral).contains(assister)
  }

  // MARK: Moves

  mutating func beginAssignment(
    _ referral: Int, _ assister: Int, _ offer: OfferID?, _ at: Instant
  ) {
    assignments.append(
      AssignmentRow(
        referral: UInt32(referral), assister: UInt32(assister), offer: offer, startedAt: at,
        previousOfReferral: referrals[referral].lastAssignment,
        previousOfAssister: assisters[assister].lastAssignment))
    fileAssignment(assignments.count - 1)
    startCallbackTimers(assignments.count - 1)
  }

  /// Enters the newest assignment into what is derived from assignments.
  mutating func fileAssignment(_ index: Int) {
    let row = assignments[index]
    let number = UInt32(index + 1)
    referrals[row.referralIndex].lastAssignment = number
    assisters[row.assisterIndex].lastAssignment = number
    totals.assignments += 1
    guard row.end == nil else { return }
    assisters[row.assisterIndex].openAssignments.insert(ReferralID(index: row.referralIndex))
  }

  /// The holder has it no more; what becomes of the referral is the caller's to say, and to refresh
  /// the holder's availability then.
  mutating func endHolding(_ referral: Int, _ end: AssignmentEnd, _ at: Instant) {
    let index = Int(referrals[referral].lastAssignment) - 1
    assignments[index].end = end
    assignments[index].endedAt = at
    assisters[assignments[index].assisterIndex].openAssignments.remove(ReferralID(index: referral))
    desk.overdue.remove(referral)
  }

  mutating func addAttempt(
    _ referral: Int, _ result: AttemptResult, counts: Bool, _ at: Instant
  ) {
    let assignment = referrals[referral].lastAssignment
    attempts.append(
      AttemptRow(
        assignment: assignment, at: at, result: result, counts: counts,
        previous: assignments[Int(assignment) - 1].lastAttempt))
    fileAttempt(attempts.count - 1)
    if referrals[referral].firstAttemptAt == nil { referrals[referral].firstAttemptAt = at }
    desk.overdue.remove(referral)
  }

  /// Enters the newest attempt into what is derived from attempts.
  mutating func fileAttempt(_ index: Int) {
    let attempt = attempts[index]
    let assignment = Int(attempt.assignment) - 1
    if assignments[assignment].firstAttemptAt == nil {
      assignments[assignment].firstAttemptAt = attempt.at
    }
    assignments[assignment].attempts += 1
    if attempt.counts { assignments[assignment].countingAttempts += 1 }
    assignments[assignment].lastAttempt = UInt32(index + 1)
    totals.attempts += 1
  }

  mutating func addDeskNote(
    _ referral: Int, _ action: DeskAction, by: PrincipalID, _ reason: String, _ at: Instant
  ) {
    deskNotes.append(
      DeskNoteRow(
        referral: UInt32(referral), at: at, by: by, action: action, reason: reason,
        previous: referrals[referral].lastDeskNote))
    referrals[referral].lastDeskNote = UInt32(deskNotes.count)
  }

  /// The lists of the desk and the marks, once the referral has entered another state.
  mutating func listAtDesk(_ index: Int, after former: ReferralState) {
    if case .waiting = former { desk.waiting.remove(index) }
    switch referrals[index].state {
    case .waiting(let cause):
      desk.waiting.insert(index)
      // Nobody was ever asked: it has been so since the submission.
      if cause == .noOneAvailable { referrals[index].marks.insert(.foundNobody) }
      referrals[index].marks.insert(.everWaited)
    case .mass: referrals[index].marks.insert(.everMass)
    case .closed, .cancelled:
      desk.open.remove(index)
      if referrals[index].promiseMissed { desk.promiseMissed.remove(index) }
    case .general, .assigned, .contacted: break
    }
  }

  /// R16: to mass, or to waiting if nobody can be asked. The state that it is in until then is not
  /// told to anybody: the same instant ends it.
  mutating func askEverybody(_ referral: Int, _ at: Instant) {
    setState(referral, .general, at, isTold: false)
    referrals[referral].phaseEnds = nil
    referrals[referral].goesToMass = true
    refreshRouting(referral)
  }

  // MARK: Timers

  // Rows are read field by field here: a copy of a whole one costs more than all the rest.

  /// R44, of the referral with this index.
  func promise(of index: Int) -> Instant {
    referrals[index].submittedAt + policies[referrals[index].policy].callbackPromise
  }

  /// R45.
  func callbackDue(_ row: AssignmentRow) -> Instant {
    let grace = policies[referrals[row.referralIndex].policy].callbackGrace
    return max(promise(of: row.referralIndex), row.startedAt + grace)
  }

  /// R46. After a downtime the holder has the whole span again, from the start on: while the server
  /// was away nobody could log an attempt.
  func reclaimInstant(_ row: AssignmentRow) -> Instant {
    max(callbackDue(row), lastServerStart) + policies[referrals[row.referralIndex].policy].reclaim
  }

  /// R47: the next one and its number. Nil: none is left. A reminder that would not come after the
  /// acceptance is left out.
  func nextCallbackReminder(_ row: AssignmentRow) -> (at: Instant, number: UInt8)? {
    for number in 1...2 as ClosedRange<UInt8> where number > row.reminders {
      if let at = callbackReminder(row, number: number) { return (at, number) }
    }
    return nil
  }

  /// Nil: the policy has none, or not for this assignment.
  func callbackReminder(_ row: AssignmentRow, number: UInt8) -> Instant? {
    let policy = referrals[row.referralIndex].policy
    let span =
      number == 1
      ? policies[policy].firstCallbackReminder : policies[policy].secondCallbackReminder
    let at = Instant(microseconds: callbackDue(row).microseconds - span.microseconds)
    return span.microseconds > 0 && row.startedAt < at ? at : nil
  }

  /// The assignment whose holder still owes a first attempt.
  func awaitingAttempt(_ index: Int) -> AssignmentRow? {
    guard referrals[index].state == .assigned else { return nil }
    let row = assignments[Int(referrals[index].lastAssignment) - 1]
    return row.firstAttemptAt == nil ? row : nil
  }

  /// Of an assignment that has just begun, or was read from a snapshot.
  mutating func startCallbackTimers(_ index: Int) {
    let row = assignments[index]
    let number = UInt64(row.referral) + 1
    guard !row.overdue else {
      deadlines.insert(.init(at: reclaimInstant(row), .reclaim, number))
      return
    }
    deadlines.insert(.init(at: callbackDue(row), .callbackDue, number))
    if let next = nextCallbackReminder(row) {
      reminders.insert(.init(at: next.at, .callbackDue, number))
    }
  }

  mutating func startPromiseTimer(_ index: Int) {
    deadlines.insert(.init(at: promise(of: index), .promise, UInt64(index + 1)))
  }

  func isMootCallback(_ timer: Deadline) -> Bool {
    let index = Int(timer.number) - 1
    if timer.subject == .promise {
      return referrals[index].promiseMissed || referrals[index].firstAttemptAt != nil
        || !isOpen(referrals[index].state)
    }
    guard let row = awaitingAttempt(index) else { return true }
    return timer.subject == .reclaim
      ? !row.overdue || timer.at != reclaimInstant(row)
      : row.overdue || timer.at != callbackDue(row)
  }

  func isMootCallbackReminder(_ timer: Deadline) -> Bool {
    guard let row = awaitingAttempt(Int(timer.number) - 1), !row.overdue else { return true }
    return nextCallbackReminder(row)?.at != timer.at
  }

  func isOpen(_ state: ReferralState) -> Bool {
    switch state {
    case .closed, .cancelled: false
    default: true
    }
  }
}
