import KODWire

/// Referral Manager (R71), and the detail of one referral.
extension DashboardScreen {
  func referralsPage() -> Body {
    var body = Body()
    let search = model.search
    let words = search.filter.words
    var head = [Span(" Search: ", .accent), Span(words.isEmpty ? "everything" : words)]
    head.append(
      Span(words.isEmpty ? "   (/ searches)" : "   (/ changes it, Esc ends it)", .faint))
    body.head = [Line(spans: head)]
    if let failure = search.reading.failure {
      body.head += [Line(" could not be read: \(failure)", .bad)]
    }
    guard !search.rows.isEmpty else {
      let text =
        search.reading.value == nil
        ? search.reading.failure == nil ? "reading ..." : ""
        : words.isEmpty ? "Nothing was ever offered to you." : "Nothing matches."
      body += [Line("  \(text)", .faint)]
      return body
    }
    // Thousands may have been read; only what is near the selection is drawn.
    let near = search.index ?? 0
    let visible = max(0, near - rows)..<min(search.rows.count, near + rows)
    let lines = referralTable(Array(search.rows[visible]), width: columns)
    body.head += [Line("  " + lines[0], .faint)]
    body.above = visible.lowerBound
    body.below = search.rows.count - visible.upperBound
    for (row, line) in zip(search.rows[visible], lines.dropFirst()) {
      let tone = Tone(DashboardWords.status(row, clock: clock, now: now).tone)
      body += [
        .item(line, tone, isSelected: row.offer?.referralId == search.selected)
      ]
    }
    if search.isAskingMore {
      body += [Line("  reading more ...", .faint)]
    } else if !search.nextPage.isEmpty {
      body += [Line("  more follow as you go down", .faint)]
    } else {
      body += [Line("  \(search.rows.count) in all", .faint)]
    }
    return body
  }

  // MARK: Detail

  func detailPage() -> Body {
    var body = Body()
    guard let detail = model.detail else { return body }
    body.scroll = detail.scroll
    let target = model.target
    let record = detail.record.value
    let held = target?.assignment
    let offer =
      model.live.rows.first { $0.offer.referralId == detail.referral }?.offer
      ?? record?.row?.offer
    body += about(detail.referral, offer, held)
    if let row = record?.row {
      let status = DashboardWords.status(row, clock: clock, now: now)
      body += [field("Status", status.text, Tone(status.tone))]
    }
    // Instead of the rest, so that it is seen without scrolling.
    if let why = detail.why {
      body += explanation(why)
      return body
    }
    if let open = model.live.rows.first(where: { $0.offer.referralId == detail.referral }) {
      let left = open.offer.deadlineUs - now
      let text = left > 0 ? "\(Remaining.text(left)) left to accept" : "time up"
      body += [field("Offer", "\(open.offer.offerId), \(text)", left <= 60_000_000 ? .bad : .bold)]
    }
    if let held { body += contact(held) }
    if let failure = detail.record.failure {
      body += [Line(" could not be read: \(failure)", .bad)]
    } else if record == nil {
      body += [Line(" reading ...", .faint)]
    }
    let note = target?.note ?? ""
    body += [Line.heading("YOUR NOTE")]
    body += paragraph(note.isEmpty ? "none (n writes one)" : note, note.isEmpty ? .faint : .plain)
    if let held, !held.attempts.isEmpty { body += attempts(held) }
    if let offers = record?.offers, !offers.isEmpty { body += history(offers) }
    return body
  }

  private func field(_ label: String, _ text: String, _ tone: Tone = .plain) -> Line {
    Line(spans: [Span(" " + TerminalText.padded(label, 11), .faint), Span(text, tone)])
  }

  private func paragraph(_ text: String, _ tone: Tone = .plain) -> [Line] {
    TerminalText.wrapped(TerminalText.safe(text), max(20, min(columns, 110) - 4)).map {
      Line("   " + $0, tone)
    }
  }

  private func about(_ referral: UInt64, _ offer: Offer?, _ held: Assignment?) -> [Line] {
    var title = " Referral \(referral)"
    if let held {
      title += "   \(EventWords.request(held.helpType, held.language, held.county))"
    } else if let offer {
      title += "   \(EventWords.request(offer.helpType, offer.language, offer.county))"
    }
    var lines = [Line(title, .bold)]
    let submitted = offer?.submittedAtUs ?? held?.submittedAtUs ?? 0
    if submitted > 0 {
      let ago = DurationText.spoken(microseconds: now - submitted)
      lines.append(field("Submitted", "\(clock.when(submitted, now: now)), \(ago) ago"))
    }
    return lines
  }

  private func contact(_ held: Assignment) -> [Line] {
    let contact = held.contact ?? Contact()
    let due = clock.minute(held.callbackDueUs, county: Counties.county(fips: held.county))
    let callback = callback(held)
    var lines = [
      field("Call", "\(contact.name)   \(contact.phone)", .bold),
      field("By", "\(due)   \(callback.text)", callback.tone),
    ]
    if held.byHand { lines.append(field("Given", "by a supervisor's hand")) }
    if !contact.notes.isEmpty {
      lines.append(.heading("THE RESIDENT'S NOTES"))
      lines += paragraph(contact.notes)
    }
    return lines
  }

  private func attempts(_ held: Assignment) -> [Line] {
    [Line.heading("YOUR CALLS")]
      + held.attempts.map { attempt in
        let counts = attempt.counts ? "" : "   (too soon after the one before to count)"
        return Line(
          "   \(clock.when(attempt.atUs, now: now))  \(DashboardWords.attempt(attempt.result))\(counts)"
        )
      }
  }

  private func history(_ offers: [OfferRecord]) -> [Line] {
    [Line.heading("OFFERS TO YOU")]
      + offers.flatMap { record -> [Line] in
        let offer = record.offer ?? Offer()
        let row = ReferralRow(
          offer: offer, endedAtUs: record.endedAtUs, withdrawal: record.withdrawal)
        let status = DashboardWords.status(row, clock: clock, now: now)
        let offered = clock.when(offer.offeredAtUs, now: now)
        return [
          Line(spans: [
            Span("   \(offered)  \(offer.kind.word)  offer \(offer.offerId)  "),
            Span(status.text, Tone(status.tone)),
          ])
        ]
          + offer.notices.map { notice in
            Line(
              "     notice by \(notice.channel.word): \(notice.state.word) "
                + clock.time(notice.changedAtUs), .faint)
          }
      }
  }

  private func explanation(_ why: DashboardModel.Reading<Explanation>) -> [Line] {
    let lines = [Line.heading("WHY (w goes back)")]
    guard let explanation = why.value else {
      return lines + [Line("   \(why.failure ?? "asking ...")", why.failure == nil ? .faint : .bad)]
    }
    let kind = model.live.status?.kind ?? .unspecified
    return lines
      + ExplanationWords.lines(
        explanation, kind: kind, isOwn: true, clock: clock, now: now, paper: paper(columns - 4)
      ).dropFirst().map { Line("   " + $0) }
  }
}
