import KODWire

/// What became of a referral, to the assister it was offered to: the same words in every list.
enum ReferralWords {
  /// The status of a row (R70, R71).
  static func status(_ row: ReferralRow, clock: ClockFace, now: Int64) -> Table.Cell {
    if row.outcome.rawValue != 0 {
      return Table.Cell("closed: \(WireWords.spaced(row.outcome.word))", .good)
    }
    if row.isHolder { return held(row, clock: clock, now: now) }
    if row.wasHolder { return Table.Cell(left(row.assignmentEnd)) }
    let offer = row.offer ?? Offer()
    return ended(
      offer, at: row.endedAtUs, withdrawal: row.withdrawal, clock: clock, now: now)
  }

  private static func held(_ row: ReferralRow, clock: ClockFace, now: Int64) -> Table.Cell {
    if row.state == .referralContacted { return Table.Cell("YOURS: reached, close it", .bold) }
    if row.attempts > 0 {
      return Table.Cell(
        row.attempts == 1 ? "YOURS: called once" : "YOURS: called \(row.attempts) times", .bold)
    }
    let due = clock.brief(row.callbackDueUs, now: now)
    return row.overdue || row.callbackDueUs <= now
      ? Table.Cell("OVERDUE since \(due)", .bad) : Table.Cell("YOURS: call by \(due)", .bold)
  }

  /// Why the work went (R16, R17).
  static func left(_ end: AssignmentEnd) -> String {
    switch end {
    case .endCancelled: "was yours: cancelled"
    case .endReleased: "was yours: given back"
    case .endTakenBack: "was yours: taken back"
    case .endReclaimed: "was yours: never called"
    default: "was yours"
    }
  }

  /// How an offer stands or ended (R20 to R26): short enough for a column.
  static func ended(
    _ offer: Offer, at: Int64, withdrawal: WithdrawalCause, clock: ClockFace, now: Int64
  ) -> Table.Cell {
    let time = at > 0 ? " at \(clock.brief(at, now: now))" : ""
    switch offer.state {
    case .offerPending:
      let left = offer.deadlineUs - now
      return Table.Cell(
        left > 0 ? "OPEN, \(Remaining.text(left)) left" : "OPEN, time up", .warning)
    case .offerAccepted: return Table.Cell("accepted\(time)", .good)
    case .offerRejected: return Table.Cell("rejected\(time)")
    case .offerMissed: return Table.Cell("MISSED\(time)", .bad)
    case .offerExpired: return Table.Cell("expired\(time)")
    case .offerWasTaken: return Table.Cell("taken\(time)")
    case .offerWasWithdrawn: return Table.Cell("\(withdrawn(withdrawal))\(time)")
    case .offerWasReleased: return Table.Cell("switched off\(time)")
    default: return Table.Cell(offer.state.word)
    }
  }

  private static func withdrawn(_ cause: WithdrawalCause) -> String {
    switch cause {
    case .referralWasCancelled: "cancelled"
    case .referralWasAssigned: "given away"
    default: "withdrawn"
    }
  }

  /// `1 attempt`, `2 attempts`.
  static func count(_ number: some BinaryInteger, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }
}
