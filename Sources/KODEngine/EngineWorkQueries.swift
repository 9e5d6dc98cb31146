// What the server reads of work and of the desk. Unknown ids give nil or nothing.

extension Engine {
  public func assignment(_ id: AssignmentID) -> AssignmentView? {
    guard id.number > 0, Int(id.number) <= assignments.count else { return nil }
    let row = assignments[Int(id.number) - 1]
    return AssignmentView(
      id: id, referral: ReferralID(index: row.referralIndex),
      assister: PrincipalID(index: row.assisterIndex), offer: row.offer, startedAt: row.startedAt,
      endedAt: row.end == nil ? nil : row.endedAt, end: row.end, callbackDue: callbackDue(row),
      firstAttemptAt: row.firstAttemptAt, becameOverdue: row.overdue, isOverdue: isOverdue(row),
      attempts: UInt32(row.attempts), countingAttempts: UInt32(row.countingAttempts),
      previousOfReferral: AssignmentID(row: row.previousOfReferral),
      previousOfAssister: AssignmentID(row: row.previousOfAssister))
  }

  /// The newest of the referral, also one that has ended. `previousOfReferral` leads on from it.
  public func lastAssignment(of id: ReferralID) -> AssignmentID? {
    referralRow(id).flatMap { AssignmentID(row: $0.lastAssignment) }
  }

  /// The newest of the assister, also one that has ended. `previousOfAssister` leads on from it.
  public func lastAssignment(of id: PrincipalID) -> AssignmentID? {
    assisterIndex(id).flatMap { AssignmentID(row: assisters[$0].lastAssignment) }
  }

  /// The attempts of one holder, in order.
  public func attempts(of id: AssignmentID) -> [AttemptView] {
    guard id.number > 0, Int(id.number) <= assignments.count else { return [] }
    var views: [AttemptView] = []
    var number = assignments[Int(id.number) - 1].lastAttempt
    while number != 0 {
      let row = attempts[Int(number) - 1]
      views.append(AttemptView(at: row.at, result: row.result, counts: row.counts))
      number = row.previous
    }
    return views.reversed()
  }

  /// What was done by hand, in order.
  public func deskNotes(of id: ReferralID) -> [DeskNoteView] {
    var views: [DeskNoteView] = []
    var number = referralRow(id)?.lastDeskNote ?? 0
    while number != 0 {
      let row = deskNotes[Int(number) - 1]
      views.append(DeskNoteView(at: row.at, by: row.by, action: row.action, reason: row.reason))
      number = row.previous
    }
    return views.reversed()
  }

  /// The assister's own note.
  public func note(of assister: PrincipalID, on referral: ReferralID) -> String? {
    guard referralRow(referral) != nil else { return nil }
    return notes[NoteKey(assister: assister.number, referral: UInt32(referral.index))]
  }

  /// Up to `limit` referrals behind `last`, or from the first, oldest first. The cost is that of
  /// what is returned, however many referrals there have been.
  public func queue(
    _ queue: ReferralQueue, after last: ReferralID? = nil, limit: Int
  ) -> [ReferralID] {
    let list =
      switch queue {
      case .waiting: desk.waiting
      case .overdue: desk.overdue
      case .promiseMissed: desk.promiseMissed
      case .open: desk.open
      }
    let index = last.map { min(max($0.index, -1), referrals.count) }
    return list.page(after: index, limit: limit).map { ReferralID(index: $0) }
  }

  func isOverdue(_ row: AssignmentRow) -> Bool {
    row.overdue && row.end == nil && row.firstAttemptAt == nil
  }
}

extension AssignmentID {
  /// 0: none.
  init?(row: UInt32) {
    guard row > 0 else { return nil }
    self.init(row)
  }
}
