import KODWire

/// Quick Updates (R70): numbers and the curve of the day, open offers, whom to call, and what came today.
extension DashboardScreen {
  func updatesPage() -> Body {
    var body = Body()
    body += summary(columns)
    body += [Line()]
    body += offers(columns)
    body += calls(columns)
    body += received(columns)
    return body
  }

  /// What to do on the left, what was on the right.
  func updatesHalves() -> (left: Body, right: Body) {
    let half = columns / 2
    var left = Body()
    left += summary(half)
    left += [Line()]
    left += offers(half)
    left += calls(half)
    var right = Body()
    right += received(columns - half)
    return (left, right)
  }

  private func summary(_ width: Int) -> [Line] {
    guard let updates = model.updates.value else {
      let why = model.updates.failure.map { "no numbers: \($0)" } ?? "reading today's numbers ..."
      return [Line(" \(why)", model.updates.failure == nil ? .faint : .bad)]
    }
    // What is open is counted here, so that numbers and list never disagree.
    let general = model.live.rows.filter { $0.offer.kind == .general }.count
    let mass = model.live.rows.count - general
    let calls = model.live.assignments.filter(isUncalled)
    let late = calls.filter { $0.callbackDueUs <= now }.count
    var spans = [
      Span(" Open: "), Span("\(general) general", general > 0 ? .good : .plain), Span(", "),
      Span("\(mass) mass", mass > 0 ? .good : .plain),
      Span("   To call: "), Span("\(calls.count)", calls.isEmpty ? .plain : .bold),
    ]
    if late > 0 { spans.append(Span(" (\(late) OVERDUE)", .bad)) }
    spans += [
      Span("   Missed today: "),
      Span("\(updates.missedGeneral)", updates.missedGeneral > 0 ? .bad : .plain),
    ]
    let hours = updates.receivedByHour.map(UInt64.init)
    let lead = " Received today: \(updates.receivedToday)  "
    let hour = now < updates.dayEndUs ? model.ownClock.hour(now) : nil
    let isWideEnough = width >= lead.count + 50
    let curve = Sparkline.day(
      hours, on: paper(isWideEnough ? 48 : 24), mark: hour)
    let blank = String(repeating: " ", count: lead.count)
    return [
      Line(spans: spans), Line(spans: [Span(lead), Span(curve[0], .accent)]),
      Line(spans: [Span(blank), Span(curve.count > 1 ? curve[1] : "", .faint)]),
    ]
  }

  private func isUncalled(_ assignment: Assignment) -> Bool {
    assignment.state == .referralAssigned && assignment.attempts.isEmpty
  }

  // MARK: Open offers

  private func offers(_ width: Int) -> [Line] {
    guard !model.live.rows.isEmpty else {
      let words =
        model.live.status?.available == true
        ? "No open offers. They appear here the moment they are made."
        : "No open offers."
      return [Line.heading("OPEN OFFERS"), Line("  \(words)", .faint)]
    }
    var table = Table([
      .init(title: "LEFT", right: true), .init(title: "KIND"), .init(title: "HELP"),
      .init(title: "LANGUAGE", least: 4), .init(title: "COUNTY", least: 6),
      .init(title: "AGE", right: true, rank: 1), .init(title: "OFFER", right: true, rank: 2),
    ])
    for row in model.live.rows {
      let offer = row.offer
      let left = offer.deadlineUs - now
      let state =
        switch row.asking {
        case .accept: "asking"
        case .reject: "giving"
        case nil: left > 0 ? Remaining.text(left) : "time up"
        }
      table.add([
        state, offer.kind.word, offer.helpType.word, Languages.name(offer.language),
        Counties.label(offer.county), Countdown.age(microseconds: now - offer.submittedAtUs),
        String(offer.offerId),
      ])
    }
    let lines = table.lines(on: paper(width - 3))
    return [Line.heading("OPEN OFFERS"), Line("  " + lines[0], .faint)]
      + zip(model.live.rows, lines.dropFirst()).map { row, line in
        let left = row.offer.deadlineUs - now
        let tone: Tone = left <= 60_000_000 ? .bad : left <= 300_000_000 ? .warning : .bold
        return .item(line, tone, isSelected: model.selected == .offer(row.offer.offerId))
      }
  }

  // MARK: Whom to call

  private func calls(_ width: Int) -> [Line] {
    guard !model.calls.isEmpty else { return [] }
    var table = Table([
      .init(title: "CALL"), .init(title: "PHONE"), .init(title: "NAME", least: 16),
      .init(title: "HELP", rank: 2), .init(title: "LANGUAGE", least: 4, rank: 1),
      .init(title: "COUNTY", least: 6, rank: 3), .init(title: "REFERRAL", right: true),
    ])
    for item in model.calls {
      let contact = item.contact ?? Contact()
      table.add([
        callback(item).text, contact.phone,
        TerminalText.fitted(TerminalText.safe(contact.name), 28), item.helpType.word,
        Languages.name(item.language), Counties.label(item.county), "#\(item.referralId)",
      ])
    }
    let lines = table.lines(on: paper(width - 3))
    // The number above counts who was never called; the list goes on until the work is closed.
    let isAllUncalled = model.calls.allSatisfy(isUncalled)
    return [Line.heading(isAllUncalled ? "TO CALL" : "TO CALL, TO CLOSE")]
      + zip(model.calls, lines.dropFirst()).map { item, line in
        .item(
          line, callback(item).tone, isSelected: model.selected == .call(item.referralId))
      }
  }

  /// `in 29:31`, `OVERDUE 3:10`, `tried 2x`, `reached`.
  func callback(_ item: Assignment) -> (text: String, tone: Tone) {
    if item.state == .referralContacted { return ("reached", .good) }
    if !item.attempts.isEmpty { return ("tried \(item.attempts.count)x", .warning) }
    let left = item.callbackDueUs - now
    guard left > 0 else { return ("OVERDUE \(Remaining.text(-left))", .bad) }
    return ("in \(Remaining.text(left))", left <= 600_000_000 ? .warning : .bold)
  }

  // MARK: Today

  private func received(_ width: Int) -> [Line] {
    let rows = model.received
    guard !rows.isEmpty else {
      return model.updates.value == nil
        ? [] : [Line.heading("RECEIVED TODAY"), Line("  Nothing yet.", .faint)]
    }
    let lines = referralTable(rows, width: width)
    var result = [Line.heading("RECEIVED TODAY")]
    for (row, line) in zip(rows, lines.dropFirst()) {
      let referral = row.offer?.referralId ?? 0
      let tone = Tone(DashboardWords.status(row, clock: clock, now: now).tone)
      result.append(.item(line, tone, isSelected: model.selected == .received(referral)))
    }
    let more = Int(model.updates.value?.receivedToday ?? 0) - rows.count
    if more > 0 { result.append(Line("  \(more) older ones today: page 2 has them.", .faint)) }
    return result
  }

  /// The same table on every page that lists referrals; its first line is the head.
  func referralTable(_ rows: [ReferralRow], width: Int) -> [String] {
    // A column of nothing would only push others out.
    let hasNotes = rows.contains { !$0.note.isEmpty }
    let note: [Table.Column] = hasNotes ? [.init(title: "NOTE", least: 8, rank: 4)] : []
    var table = Table(
      [
        .init(title: "OFFERED"), .init(title: "KIND", rank: 2), .init(title: "HELP"),
        .init(title: "LANGUAGE", least: 8, rank: 1), .init(title: "COUNTY", least: 8),
        .init(title: "STATUS", least: 24),
      ] + note + [.init(title: "REFERRAL", right: true, rank: 3)])
    for row in rows {
      let offer = row.offer ?? Offer()
      let status = DashboardWords.status(row, clock: clock, now: now).text
      let noteCell = hasNotes ? [String(row.note.prefix(60))] : []
      table.add(
        [
          clock.brief(offer.offeredAtUs, now: now),
          offer.offerId == 0 ? "by hand" : offer.kind.word, offer.helpType.word,
          Languages.name(offer.language), Counties.label(offer.county), status,
        ] + noteCell + ["#\(offer.referralId)"])
    }
    return table.lines(on: paper(width - 3))
  }
}
