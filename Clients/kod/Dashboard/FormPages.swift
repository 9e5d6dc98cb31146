import KODWire

/// Preferred Contact (R73) and My Availability (R74): forms that are edited in place, each field with what is wrong
/// with it.
extension DashboardScreen {
  func contactPage() -> Body {
    var body = Body()
    body += unread()
    guard let profile = model.profile.value else { return body }
    let form = model.contact
    for row in ContactForm.Row.allCases {
      body += field(
        row.label, form.text(row), row: row.rawValue, form: form.form, labelWidth: 21,
        hint: row == .first ? "Enter changes it" : "")
    }
    body += foot(form.form)
    body += [Line()]
    if let status = profile.status {
      let counties = StandingWords.counties(status)
      body += [
        Line(spans: [
          Span("  " + TerminalText.padded("Registration", 21), .faint),
          Span(status.registration.word),
        ]),
        Line(spans: [Span("  " + TerminalText.padded("Counties", 21), .faint), Span(counties)]),
      ]
    }
    if !profile.missing.isEmpty {
      body += [
        Line("  ! missing for registration: \(profile.missing.joined(separator: ", "))", .warning)
      ]
    }
    body += TerminalText.wrapped(
      "Notices of offers go here while no session of yours is open. They may differ from "
        + "the profile kynect has of you.", max(20, columns - 4)
    ).map { Line("  " + $0, .faint) }
    return body
  }

  func availabilityPage() -> Body {
    var body = Body()
    body += unread()
    guard model.profile.value != nil else { return body }
    let form = model.hours
    let width = gridWidth
    for (index, row) in form.rows.enumerated() {
      switch row {
      case .zone:
        body += field(
          "Time zone", form.text(row), row: index, form: form.form, labelWidth: 18)
      case .aroundTheClock:
        body += field(
          "Around the clock", form.text(row), row: index, form: form.form, labelWidth: 18,
          hint: "Enter changes it")
        body += [hourScale(width)]
      case .day(let day): body += dayLines(day, index: index, form: form, width: width)
      case .absence, .newAbsence:
        if row == form.rows[9] { body += [Line.heading("OUT OF OFFICE")] }
        let isNew = row == .newAbsence
        body += field(
          isNew ? "add" : "away", isNew ? "" : form.text(row), row: index, form: form.form,
          labelWidth: 6, hint: isNew ? "2026-03-10 to 2026-03-14, or now to no end" : "")
      }
    }
    body += foot(form.form)
    return body
  }

  private func unread() -> [Line] {
    if let failure = model.profile.failure { return [Line(" could not be read: \(failure)", .bad)] }
    return model.profile.value == nil ? [Line(" reading ...", .faint)] : []
  }

  /// A label, the value or the field where it is typed, and below it what is wrong.
  private func field(
    _ label: String, _ value: String, row: Int, form: FieldForm, labelWidth: Int, hint: String = ""
  ) -> [Line] {
    let isSelected = form.selected == row
    let lead = (isSelected ? "> " : "  ") + TerminalText.padded(label, labelWidth)
    var line: Line
    if isSelected, let editing = form.editing {
      let (text, cursor) = editing.window(max(10, columns - lead.count - 2))
      line = Line(spans: [Span(lead, .bold), Span(text, .bold)])
      line.cursor = lead.count + cursor
    } else {
      let shown = value.isEmpty && hint.isEmpty ? "none" : value
      line = Line(spans: [
        Span(lead, isSelected ? .plain : .faint), Span(shown), Span("  \(hint)", .faint),
      ])
      line.isSelected = isSelected
    }
    return [line]
      + (form.problems[row] ?? []).map {
        Line(String(repeating: " ", count: lead.count) + "\(glyphs.bad) \($0)", .bad)
      }
  }

  private func foot(_ form: FieldForm) -> [Line] {
    var lines = form.general.map { Line("  \(glyphs.bad) \($0)", .bad) }
    if form.isSending {
      lines.append(Line("  saving ...", .faint))
    } else if form.isChanged {
      lines.append(Line("  ! changed, not saved yet: s saves, Esc undoes", .warning))
    }
    return lines
  }

  // MARK: The week

  /// Columns of the day: half hours, or quarters where there is room.
  private var gridWidth: Int { columns >= Self.wide ? 96 : columns >= 64 ? 48 : 24 }

  private func hourScale(_ width: Int) -> Line {
    var text = [Character](repeating: " ", count: width)
    for hour in stride(from: 0, to: 24, by: width >= 48 ? 3 : 6) {
      for (offset, digit) in String(hour).enumerated() where hour * width / 24 + offset < width {
        text[hour * width / 24 + offset] = digit
      }
    }
    return Line(spans: [Span("       " + String(text), .faint)])
  }

  private func dayLines(_ day: Int, index: Int, form: HoursForm, width: Int) -> [Line] {
    let isSelected = form.form.selected == index
    let label = HoursText.week[day].short
    if isSelected, form.form.editing != nil {
      return field(label, "", row: index, form: form.form, labelWidth: 5)
    }
    let bar = WeekGrid.day(
      day, days: form.days, isAroundTheClock: form.isAroundTheClock, columns: width, glyphs: glyphs)
    let text = form.isAroundTheClock ? "0-24" : DayLine.text(form.days[day], isShort: !isWide)
    var line = Line(spans: [
      Span(isSelected ? "> " : "  "), Span(TerminalText.padded(label, 5)),
      Span(bar, isSelected ? .plain : .accent), Span("  \(text)"),
    ])
    line.isSelected = isSelected
    return [line]
      + (form.form.problems[index] ?? []).map { Line("       \(glyphs.bad) \($0)", .bad) }
  }
}

/// A day's hours as a row of cells; what runs past midnight shows on the next day.
enum WeekGrid {
  /// Full: inside hours; half: in a break; a dot: outside. A cell shows what most of it is.
  static func day(
    _ day: Int, days: [[DailyHours]], isAroundTheClock: Bool, columns: Int, glyphs: Glyphs
  ) -> String {
    let marks = minutes(day, days)
    let step = 1_440 / columns
    return (0..<columns).map { column -> String in
      guard !isAroundTheClock else { return glyphs.full }
      let cell = marks[column * step..<(column + 1) * step]
      let inside = cell.filter { $0 == .inside }.count
      let breaks = cell.filter { $0 == .inBreak }.count
      if inside == 0, breaks == 0 { return glyphs.dot }
      // A quarter of an hour is a column of four: what is there at all shows.
      return breaks >= inside ? glyphs.cut : glyphs.full
    }.joined()
  }

  private enum Mark {
    case outside
    case inside
    case inBreak
  }

  private static func minutes(_ day: Int, _ days: [[DailyHours]]) -> [Mark] {
    var marks = [Mark](repeating: .outside, count: 1_440)
    // The evening before may reach into this day.
    for (shift, spans) in [(-1_440, days[(day + 6) % 7]), (0, days[day])] {
      for span in spans {
        paint(span.start, span.end, .inside, shift, &marks)
        for pause in span.breaks {
          let isNextDay = pause.start < span.start
          paint(pause.start, pause.end, .inBreak, isNextDay ? shift + 1_440 : shift, &marks)
        }
      }
    }
    return marks
  }

  private static func paint(
    _ start: UInt32, _ end: UInt32, _ mark: Mark, _ shift: Int, _ marks: inout [Mark]
  ) {
    let first = Int(start) + shift
    let last = Int(end) + shift + (end <= start ? 1_440 : 0)
    guard first < 1_440, last > 0 else { return }
    for minute in max(0, first)..<min(1_440, last) { marks[minute] = mark }
  }
}
