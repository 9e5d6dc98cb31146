import KODWire

/// What lies over the page: help, choices, questions, and lines to type.
extension DashboardScreen {
  func drawOverlay(on grid: inout Grid) {
    switch model.overlay {
    case .help(let scroll): drawHelp(scroll, on: &grid)
    case .choice(let choice): draw(choice, on: &grid)
    case .confirmation(let confirmation): draw(confirmation, on: &grid)
    case .prompt(let prompt): draw(prompt, on: &grid)
    case .filter(let form): draw(form, on: &grid)
    case nil: break
    }
  }

  private func drawHelp(_ scroll: Int, on grid: inout Grid) {
    let width = min(76, columns - 2)
    let half = (width - 4) / 2
    let left = DashboardKeys.everywhere
    let right = DashboardKeys.referral
    let margin = half >= 32 ? 12 : 11
    let room = half - margin - 1
    var body = Body()
    body.scroll = scroll
    body += [
      Line(spans: [Span("Everywhere", .accent), Span("On a referral, on pages", .accent, at: half)])
    ]
    for index in 0..<max(left.count, right.count) {
      var spans: [Span] = []
      if index < left.count {
        spans += [
          Span(left[index].0, .bold), Span(TerminalText.fitted(left[index].1, room), at: margin),
        ]
      }
      if index < right.count {
        spans += [Span(right[index].0, .bold, at: half), Span(right[index].1, at: half + margin)]
      }
      body += [Line(spans: spans)]
    }
    grid.drawBox("Keys", body, width: width)
  }

  private func draw(_ choice: Choice, on grid: inout Grid) {
    var body = Body()
    for (index, option) in choice.options.enumerated() {
      let number = TerminalText.padded(String(index + 1), 2, right: true)
      body += [.item("\(number)  \(option)", isSelected: index == choice.selected)]
    }
    grid.drawBox(choice.title, body, width: 52)
  }

  private func draw(_ confirmation: DashboardQuestion, on grid: inout Grid) {
    var body = Body()
    body += TerminalText.wrapped(confirmation.text, min(60, columns - 6)).map { Line($0) }
    body += [
      Line(spans: [Span("y", .accent), Span(" yes   "), Span("n", .accent), Span(" no")])
    ]
    grid.drawBox("Sure?", body, width: 66)
  }

  private func draw(_ prompt: TextPrompt, on grid: inout Grid) {
    let width = min(72, columns - 2)
    let (text, cursor) = prompt.field.window(width - 6)
    var field = Line(spans: [Span("> "), Span(text, .bold)])
    field.cursor = 2 + cursor
    var body = Body()
    body += [field]
    if let problem = prompt.problem {
      body += TerminalText.wrapped("\(glyphs.bad) \(problem)", width - 4).map { Line($0, .bad) }
    }
    body += [Line(prompt.isSending ? "sending ..." : prompt.keys, .faint)]
    grid.drawBox(prompt.title, body, width: width)
  }

  private func draw(_ form: FilterForm, on grid: inout Grid) {
    let width = min(72, columns - 2)
    var body = Body()
    for row in FilterForm.Row.allCases {
      let isSelected = row == form.row
      let lead = (isSelected ? "> " : "  ") + TerminalText.padded(row.label, 10)
      if let (labels, selected) = form.choices(row) {
        let arrows = isSelected ? "< \(labels[selected]) >" : "  \(labels[selected])"
        body += [Line(spans: [Span(lead, isSelected ? .bold : .faint), Span(arrows)])]
      } else {
        let field = row == .note ? form.note : form.county
        let (text, cursor) = field.window(width - 20)
        var line = Line(spans: [Span(lead, isSelected ? .bold : .faint), Span("  " + text)])
        if text.isEmpty, !isSelected { line.spans.append(Span("any", .faint)) }
        if isSelected { line.cursor = lead.count + 2 + cursor }
        body += [line]
      }
    }
    if let problem = form.problem {
      body += TerminalText.wrapped("\(glyphs.bad) \(problem)", width - 4).map { Line($0, .bad) }
    }
    body += [Line("Enter searches, Esc leaves it as it was", .faint)]
    grid.drawBox("Search", body, width: width)
  }
}
