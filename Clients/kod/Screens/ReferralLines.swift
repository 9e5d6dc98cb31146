import KODWire

/// Lists and records of referrals, to the assister they were offered to (R71).
enum ReferralLines {
  /// Newest first, as the server gives them.
  static func table(
    _ rows: [ReferralRow], clock: ClockFace, now: Int64, notes: Bool = true
  ) -> Table {
    var table = Table([
      .init(title: "REFERRAL", right: true), .init(title: "OFFER", right: true),
      .init(title: "CAME", right: true), .init(title: "KIND", rank: 3),
      .init(title: "HELP", rank: 1), .init(title: "LANGUAGE", least: 7, rank: 4),
      .init(title: "COUNTY", least: 8), .init(title: "STATUS", least: 24),
    ])
    // A column of nothing tells nobody anything.
    let hasNotes = notes && rows.contains { !$0.note.isEmpty }
    if hasNotes { table.columns.append(.init(title: "NOTE", least: 16, rank: 2)) }
    for row in rows {
      let offer = row.offer ?? Offer()
      var cells: [Table.Cell] = [
        .init(String(offer.referralId)), .init(offer.offerId == 0 ? "-" : String(offer.offerId)),
        .init(clock.brief(offer.offeredAtUs, now: now)),
        .init(offer.offerId == 0 ? "by hand" : offer.kind.word), .init(offer.helpType.word),
        .init(Languages.name(offer.language)),
        .init(Counties.county(fips: offer.county)?.name ?? Counties.label(offer.county)),
        ReferralWords.status(row, clock: clock, now: now),
      ]
      if hasNotes { cells.append(.init(row.note)) }
      table.add(cells)
    }
    return table
  }

  /// Everything about one (R71).
  static func record(
    _ record: ReferralRecord, clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    let row = record.row ?? ReferralRow()
    let offer = row.offer ?? record.offers.last?.offer ?? Offer()
    let request = EventWords.request(offer.helpType, offer.language, offer.county)
    var lines = paper.wrapped("Referral \(offer.referralId): \(request)")
    func add(_ label: String, _ text: String, _ tone: Style.Tone = .plain) {
      lines += paper.wrapped("\(TerminalText.padded(label, 11))\(text)", hanging: 11, indent: 2)
        .map { paper.style.paint($0, tone) }
    }
    let status = ReferralWords.status(row, clock: clock, now: now)
    add("Status", status.text, status.tone)
    if let assignment = record.assignment {
      let contact = assignment.contact ?? Contact()
      // Not any more once it is closed.
      if !contact.phone.isEmpty { add("Call", "\(contact.name), \(contact.phone)", .bold) }
      let left = assignment.callbackDueUs - now
      if assignment.attempts.isEmpty, row.isHolder {
        add(
          "By",
          clock.zoned(assignment.callbackDueUs, now: now)
            + (left > 0 ? ", in \(Countdown.text(microseconds: left))" : ", OVERDUE"),
          left > 0 ? .plain : .bad)
      }
      if !contact.notes.isEmpty { add("Notes", contact.notes) }
    }
    add("Submitted", clock.zoned(offer.submittedAtUs, now: now))
    if !row.note.isEmpty { add("Your note", row.note) }
    if let assignment = record.assignment {
      lines += attempts(assignment, clock: clock, now: now, paper: paper)
    }
    return lines + offers(record.offers, clock: clock, now: now, paper: paper)
  }

  /// How far a notice has come (R65).
  private static func words(_ state: NoticeState) -> String {
    switch state {
    case .noticePending: "not sent yet"
    case .noticeWithdrawn: "not needed"
    default: state.word
    }
  }

  private static func attempts(
    _ assignment: Assignment, clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    guard !assignment.attempts.isEmpty else {
      guard assignment.state == .referralAssigned else { return [] }
      return ["", "  No call logged yet: kod attempt \(assignment.referralId) reached"]
    }
    var table = Table([
      .init(title: "CALLED"), .init(title: "RESULT"), .init(title: "TOWARD UNREACHABLE"),
    ])
    for attempt in assignment.attempts {
      table.add([
        clock.zoned(attempt.atUs, now: now), WireWords.spaced(attempt.result.word),
        attempt.result == .reached ? "" : attempt.counts ? "counts" : "too soon after the last",
      ])
    }
    return [""] + table.lines(on: paper, indent: 2)
  }

  private static func offers(
    _ offers: [OfferRecord], clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    guard !offers.isEmpty else { return [] }
    var table = Table([
      .init(title: "OFFER", right: true), .init(title: "KIND"), .init(title: "OFFERED"),
      .init(title: "HOW IT ENDED", least: 12), .init(title: "TOLD BY", least: 8, rank: 1),
    ])
    for item in offers {
      let offer = item.offer ?? Offer()
      let end = ReferralWords.ended(
        offer, at: item.endedAtUs, withdrawal: item.withdrawal, clock: clock, now: now)
      let told = offer.notices.map { "\($0.channel.word): \(words($0.state))" }
      // The server keeps deliveries to sessions of general offers alone: only those count as missed (R22).
      let session =
        item.delivered ? "your session" : offer.kind == .general ? "not told" : "-"
      table.add([
        .init(String(offer.offerId)), .init(offer.kind.word),
        .init(clock.zoned(offer.offeredAtUs, now: now)), end,
        .init(
          told.isEmpty ? session : told.joined(separator: ", ")),
      ])
    }
    return [""] + table.lines(on: paper, indent: 2)
  }
}
