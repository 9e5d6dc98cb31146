import KODWire

/// The dashboard as a pure function: the model, the time and a size in; a grid of cells out.
struct DashboardScreen {
  let model: DashboardModel
  let now: Int64
  let columns: Int
  let rows: Int
  let glyphs: Glyphs

  /// Less than this shows a sentence instead.
  static let least = (columns: 40, rows: 10)
  /// From here on pages may put two things side by side.
  static let wide = 130

  static func grid(
    _ model: DashboardModel, now: Int64, columns: Int, rows: Int, glyphs: Glyphs = .unicode
  ) -> Grid {
    let screen = DashboardScreen(
      model: model, now: now, columns: columns, rows: rows, glyphs: glyphs)
    var grid = Grid(columns: columns, rows: rows, glyphs: glyphs)
    guard columns >= least.columns, rows >= least.rows else {
      grid.put("kod dashboard needs \(least.columns)x\(least.rows).", row: 0, column: 0)
      grid.put("q quits.", row: 1, column: 0)
      return grid
    }
    screen.draw(on: &grid)
    return grid
  }

  var clock: ClockFace { model.clock }
  var isWide: Bool { columns >= Self.wide }
  /// Paper without colour: tones are the grid's.
  func paper(_ width: Int) -> Paper { Paper(columns: max(20, width), style: .none, glyphs: glyphs) }

  private var messageRows: Int {
    rows >= 45 ? 6 : rows >= 30 ? 4 : rows >= 24 ? 3 : rows >= 20 ? 2 : 1
  }

  private var pageTop: Int { rows >= 20 ? 4 : 3 }
  private var pageRows: Int { rows - pageTop - messageRows - 1 }

  /// How far pages that are read, not selected from, can be scrolled at this size.
  static func scrollLimit(_ model: DashboardModel, now: Int64, columns: Int, rows: Int) -> Int {
    let screen = DashboardScreen(
      model: model, now: now, columns: columns, rows: rows, glyphs: .ascii)
    let body = model.detail != nil ? screen.detailPage() : screen.metricsPage()
    return max(0, body.lines.count - screen.pageRows)
  }

  private func draw(on grid: inout Grid) {
    drawTitle(on: &grid)
    drawTabs(on: &grid)
    drawStatus(on: &grid)
    drawPage(on: &grid, row: pageTop, rows: pageRows)
    for (index, line) in messages(messageRows).enumerated() {
      grid.draw(line, row: rows - 1 - messageRows + index, width: columns)
    }
    grid.draw(footer(), row: rows - 1, width: columns)
    drawOverlay(on: &grid)
  }

  private func drawPage(on grid: inout Grid, row: Int, rows: Int) {
    if model.detail != nil {
      grid.draw(detailPage(), row: row, rows: rows, width: columns)
      return
    }
    switch model.tab {
    case .updates:
      guard isWide else {
        grid.draw(updatesPage(), row: row, rows: rows, width: columns)
        return
      }
      let (left, right) = updatesHalves()
      let half = columns / 2
      grid.draw(left, row: row, rows: rows, width: half - 1)
      grid.draw(right, row: row, column: half + 1, rows: rows, width: columns - half - 1)
    case .referrals: grid.draw(referralsPage(), row: row, rows: rows, width: columns)
    case .metrics: grid.draw(metricsPage(), row: row, rows: rows, width: columns)
    case .contact: grid.draw(contactPage(), row: row, rows: rows, width: columns)
    case .availability: grid.draw(availabilityPage(), row: row, rows: rows, width: columns)
    }
  }

  // MARK: The top

  private func drawTitle(on grid: inout Grid) {
    grid.retone(row: 0, tone: .title)
    var left = " kynect On Demand"
    if !model.live.principal.isEmpty { left += "   \(model.live.principal)" }
    if let kind = model.live.status?.kind, kind.rawValue != 0 { left += " (\(kind.word))" }
    let right = "\(clock.minute(now)) \(clock.abbreviation(now)) "
    grid.draw(Line(left, .title), row: 0, width: max(0, columns - right.count - 1))
    grid.put(right, row: 0, column: columns - right.count, tone: .title)
  }

  private static let tabs: [(full: String, short: String, least: String)] = [
    ("Quick Updates", "Updates", "Upd"), ("Referral Manager", "Referrals", "Ref"),
    ("View Metrics", "Metrics", "Metr"), ("Preferred Contact", "Contact", "Cont"),
    ("My Availability", "Availability", "Avail"),
  ]

  /// All names whole where there is room; else only the current one's.
  private func drawTabs(on grid: inout Grid) {
    let all = Self.tabs.indices.map { " \($0 + 1) \(Self.tabs[$0].full) " }
    let current = model.tab.rawValue - 1
    var names = all
    if all.map(\.count).reduce(0, +) + 2 > columns {
      names = Self.tabs.indices.map { index in
        index == current ? all[index] : " \(index + 1) \(Self.tabs[index].short) "
      }
    }
    if names.map(\.count).reduce(0, +) + 2 > columns {
      names = Self.tabs.indices.map { index in
        let tab = Self.tabs[index]
        return " \(index + 1) \(index == current ? tab.short : tab.least) "
      }
    }
    var at = 0
    for (index, name) in names.enumerated() {
      let isCurrent = index == current
      let shown = isCurrent ? "[" + name.dropFirst().dropLast() + "]" : name
      at = grid.put(shown, row: 1, column: at, tone: isCurrent ? .selected : .plain)
    }
  }

  private func drawStatus(on grid: inout Grid) {
    switch model.live.connection {
    case .connecting:
      grid.draw(Line(" connecting to \(model.live.server) ...", .warning), row: 2, width: columns)
      return
    case .lost(let since, let retryAt, let why):
      let left = retryAt - now
      let next = left <= 0 ? "trying now" : "next try in \((left + 999_999) / 1_000_000) s"
      grid.retone(row: 2, tone: .alarm)
      let text = " \(glyphs.bad) NOT CONNECTED since \(clock.time(since)), \(next): \(why)"
      grid.draw(Line(text, .alarm), row: 2, width: columns)
      return
    case .connected: break
    }
    var spans = standingSpans()
    let open = model.live.rows
    if let soonest = open.map(\.offer.deadlineUs).min(),
      model.tab != .updates || model.detail != nil
    {
      let count = open.count == 1 ? "1 OPEN OFFER" : "\(open.count) OPEN OFFERS"
      spans.insert(
        Span(" \(count), \(Remaining.text(soonest - now)) left: press 1 ", .alarm), at: 0)
      spans.insert(Span(" "), at: 1)
    }
    grid.draw(Line(spans: spans), row: 2, width: columns)
  }

  private func standingSpans() -> [Span] {
    guard let status = model.live.status else { return [Span(" connected")] }
    let words = DashboardWords.availability(
      status, absences: model.profile.value?.availability?.outOfOffice ?? [],
      clock: model.ownClock, now: now)
    let symbol = status.available ? glyphs.on : glyphs.off
    var spans = [Span(" \(symbol) \(words.text)", Tone(words.tone))]
    if status.missedInARow > 0, status.registration == .registrationActive {
      let streak = EventWords.streak(status.missedInARow, of: status.missesToDeregister)
      spans.append(Span("   ! \(streak)", .bad))
    }
    return spans
  }

  // MARK: The bottom

  /// The hint, then what happened, newest first; a long sentence goes on below.
  private func messages(_ limit: Int) -> [Line] {
    var lines: [Line] = []
    if !model.hint.isEmpty { lines.append(Line(" ! \(model.hint)", .warning)) }
    for note in model.live.notes where lines.count < limit {
      let lead = " \(clock.time(note.at)) \(DashboardWords.symbol(note.tone, glyphs)) "
      let parts = TerminalText.wrapped(note.text, max(20, columns - lead.count - 1))
      for (index, part) in parts.enumerated() {
        let before = index == 0 ? lead : String(repeating: " ", count: lead.count)
        lines.append(Line(spans: [Span(before, .faint), Span(part, Tone(note.tone))]))
      }
    }
    return Array(lines.prefix(limit))
  }

  /// As many keys as fit, the most useful first; help and the way out always.
  private func footer() -> Line {
    let last = [("?", "help"), ("q", "quit")]
    var keys = DashboardKeys.footer(model)
    func width(_ keys: [(String, String)]) -> Int {
      keys.reduce(-1) { $0 + $1.0.count + $1.1.count + 3 }
    }
    let shown = DashboardKeys.isTyping(model) ? [] : last
    while !keys.isEmpty, width(keys + shown) > columns { keys.removeLast() }
    var spans = [Span(" ")]
    for (key, meaning) in keys + shown {
      spans += [Span(key, .accent), Span(" \(meaning)  ")]
    }
    return Line(spans: spans)
  }
}
