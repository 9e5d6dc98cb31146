import KODWire

/// The watch screen as a pure function: the model, the time and a size in; exactly that many lines out.
enum WatchScreen {
  /// Smaller terminals get what fits, from the top.
  static func lines(
    _ model: WatchModel, now: Int64, columns: Int, rows: Int, style: Style
  ) -> [String] {
    let page = Page(model: model, now: now, columns: columns, style: style)
    // Title, state, blank, table head, hint, keys.
    let room = max(0, rows - 6)
    let callbackCount = min(model.assignments.count, max(1, room / 4))
    let callbackLines = callbackCount == 0 ? 0 : callbackCount + 2
    let noteRoom = min(max(3, model.notes.count + 2), 7)
    let offerRoom = max(1, room - callbackLines - noteRoom)
    let offerLines = page.offers(limit: offerRoom)
    var lines = [page.title(), page.state(), "", page.head()] + offerLines
    if callbackCount > 0 { lines += [""] + page.callbacks(limit: callbackCount) }
    let left = rows - 2 - lines.count
    if left >= 2 { lines += [""] + page.notes(limit: left - 1) }
    lines = Array(lines.prefix(max(0, rows - 2)))
    lines += [String](repeating: "", count: max(0, rows - 2 - lines.count))
    lines += [page.hint(), page.keys()]
    return Array(lines.suffix(rows))
  }
}

/// The parts of the screen, each fitted to the width before it is painted: escape codes take no columns.
private struct Page {
  let model: WatchModel
  let now: Int64
  let columns: Int
  let style: Style

  private func line(_ text: String, _ tone: Style.Tone = .plain) -> String {
    style.paint(TerminalText.fitted(text, columns), tone)
  }

  func title() -> String {
    var name = model.principal.isEmpty ? "" : "  " + model.principal
    if let status = model.status, status.kind.rawValue != 0 { name += " (\(status.kind.word))" }
    let left = " kod watch" + TerminalText.safe(name)
    let right = "\(model.clock.time(now)) "
    let middle = max(1, columns - TerminalText.columns(left) - right.count)
    return line(left + String(repeating: " ", count: middle) + right, .reversed)
  }

  func state() -> String {
    switch model.connection {
    case .connecting: return line(" connecting to \(model.server) ...", .warning)
    case .lost(let since, let retryAt, let why):
      let retry = max(0, retryAt - now)
      let next =
        retry == 0 ? "trying now" : "next try in \(DurationText.spoken(microseconds: retry))"
      return line(
        " NOT CONNECTED since \(model.clock.time(since)), \(next): \(why)", .bad)
    case .connected: break
    }
    guard let status = model.status else {
      return line(" connected to \(model.server)", .plain)
    }
    let misses = status.missedInARow
    // Who is de-registered needs the way back on this line, not once more how it came to that.
    let streak =
      misses == 0 || status.registration != .registrationActive
      ? "" : "   " + EventWords.streak(misses, of: status.missesToDeregister)
    let tone: Style.Tone =
      misses > 0 || status.registration != .registrationActive
      ? .bad : status.available ? .good : .warning
    return line(" \(StandingWords.availability(status))\(streak)", tone)
  }

  func head() -> String {
    guard model.role == .assister || model.role == .unspecified else { return line("") }
    return line(row("  #", "LEFT", "KIND", "HELP", "LANGUAGE", "COUNTY", "AGE", "OFFER"), .faint)
  }

  func offers(limit: Int) -> [String] {
    guard !model.rows.isEmpty else {
      guard model.role == .assister || model.role == .unspecified else { return [] }
      return [line("  No open offers. They appear here the moment they are made.", .faint)]
    }
    // The selected one is always in sight.
    let selected = model.rows.firstIndex { $0.offer.offerId == model.selected } ?? 0
    let more = model.rows.count > limit
    let visible = max(1, more ? limit - 1 : limit)
    let first = max(0, min(selected - visible + 1, model.rows.count - visible))
    var lines = model.rows[first..<min(first + visible, model.rows.count)].map(offerLine)
    if more { lines.append(line("  ... and \(model.rows.count - visible) more", .faint)) }
    return lines
  }

  private func offerLine(_ item: WatchModel.Row) -> String {
    let offer = item.offer
    let isSelected = offer.offerId == model.selected
    let remaining = offer.deadlineUs - now
    let left: String =
      switch item.asking {
      case .accept: "asking"
      case .reject: "giving"
      case nil: remaining > 0 ? Countdown.text(microseconds: remaining) : "time up"
      }
    let text = row(
      "\(isSelected ? ">" : " ") \(item.number == 0 ? " " : String(item.number))", left,
      offer.kind.word, offer.helpType.word, Languages.name(offer.language),
      Counties.label(offer.county), Countdown.age(microseconds: now - offer.submittedAtUs),
      String(offer.offerId))
    let tone: Style.Tone =
      remaining <= 10_000_000 ? .bad : remaining <= 60_000_000 ? .warning : .plain
    return line(text, isSelected ? .reversed : tone)
  }

  private func row(
    _ mark: String, _ left: String, _ kind: String, _ help: String, _ language: String,
    _ county: String, _ age: String, _ offer: String
  ) -> String {
    // 3+1+7+1+7+1+11+1+8+1+13+1+5: 59 columns, without the offer's id, which the keys do not need.
    if columns < 75 {
      return [
        TerminalText.padded(mark, 3), TerminalText.padded(left, 7, right: true),
        TerminalText.padded(kind, 7), TerminalText.padded(help, 11),
        TerminalText.padded(TerminalText.safe(language), 8), TerminalText.padded(county, 13),
        TerminalText.padded(age, 5, right: true),
      ].joined(separator: " ")
    }
    // 3+1+7+2+7+2+11+2+11+2+15+2+5+2: 72 columns, and 8 of the 80 for the offer's id.
    return TerminalText.padded(mark, 3) + " "
      + [
        TerminalText.padded(left, 7, right: true), TerminalText.padded(kind, 7),
        TerminalText.padded(help, 11), TerminalText.padded(TerminalText.safe(language), 11),
        TerminalText.padded(county, 15), TerminalText.padded(age, 5, right: true), offer,
      ].joined(separator: "  ")
  }

  func callbacks(limit: Int) -> [String] {
    let sorted = model.assignments.sorted { $0.callbackDueUs < $1.callbackDueUs }
    let title = sorted.count > limit ? " To call (\(sorted.count))" : " To call"
    return [line(title, .faint)]
      + sorted.prefix(limit).map { item in
        let contact = item.contact ?? Contact()
        let left = item.callbackDueUs - now
        let due =
          left > 0
          ? "in \(Countdown.text(microseconds: left))"
          : "OVERDUE since \(model.clock.minute(item.callbackDueUs))"
        let request = EventWords.request(item.helpType, item.language, item.county)
        return line(
          TerminalText.safe(
            "  \(due)  \(contact.phone)  \(contact.name)  #\(item.referralId)  \(request)"),
          left > 0 ? .plain : .bad)
      }
  }

  func notes(limit: Int) -> [String] {
    var lines: [String] = []
    for note in model.notes where lines.count < limit {
      let time = "  \(model.clock.time(note.at))  "
      // Whom to call and by when must not be cut off: long notes go on below.
      let parts = TerminalText.wrapped(note.text, max(20, columns - time.count))
      for (index, part) in parts.enumerated() {
        let lead = index == 0 ? time : String(repeating: " ", count: time.count)
        lines.append(line(lead + part, note.tone))
      }
    }
    return Array(lines.prefix(limit))
  }

  func hint() -> String { line(model.hint.isEmpty ? "" : "  \(model.hint)", .warning) }

  func keys() -> String {
    guard model.role == .assister || model.role == .unspecified else {
      return line(" q quit", .faint)
    }
    let choices = [
      " 1-9 or arrows select   a accept   r reject   v availability   q quit",
      " 1-9 select  a accept  r reject  v availability  q quit", " a accept  r reject  q quit",
    ]
    return line(choices.first { $0.count <= columns } ?? choices[2], .faint)
  }
}
