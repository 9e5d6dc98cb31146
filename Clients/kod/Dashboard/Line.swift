/// A piece of a line. With a column it stands there, whatever stands before it.
struct Span: Equatable {
  var text: String
  var tone = Tone.plain
  var column: Int?

  init(_ text: String, _ tone: Tone = .plain, at column: Int? = nil) {
    self.text = text
    self.tone = tone
    self.column = column
  }
}

/// One row of a page, before it is known where it stands.
struct Line: Equatable {
  var spans: [Span]
  /// Keys act on it: it is reversed, and marked by `>` for those who don't see that.
  var isSelected = false
  /// The cursor's column, where something is typed.
  var cursor: Int?

  init(_ text: String = "", _ tone: Tone = .plain) { spans = [Span(text, tone)] }

  init(spans: [Span]) { self.spans = spans }

  /// A row of a list.
  static func item(_ text: String, _ tone: Tone = .plain, isSelected: Bool) -> Line {
    var line = Line(spans: [Span(isSelected ? "> " : "  "), Span(text, tone)])
    line.isSelected = isSelected
    return line
  }

  static func heading(_ text: String) -> Line { Line(" " + text, .accent) }
}

/// A page's rows; more than fit are scrolled so that the focus is seen.
struct Body: Equatable {
  /// Stays where it is, whatever is scrolled below it.
  var head: [Line] = []
  var lines: [Line] = []
  /// The row that must be seen.
  var focus: Int?
  /// The first row, where there is no focus.
  var scroll = 0
  /// Rows of a long list that were not even made, because they can't be seen.
  var above = 0
  var below = 0

  static func += (body: inout Body, lines: [Line]) {
    for line in lines {
      if line.isSelected { body.focus = body.lines.count }
      body.lines.append(line)
    }
  }

  /// Exactly what fits, with a word on what does not.
  func window(_ rows: Int) -> [Line] {
    let height = rows - head.count
    guard height > 2 || head.isEmpty else { return Array(head.prefix(max(0, rows))) }
    return head + scrolled(height)
  }

  private func scrolled(_ height: Int) -> [Line] {
    guard height > 0, lines.count > height || above + below > 0 else {
      return Array(lines.prefix(max(0, height)))
    }
    let last = max(0, lines.count - height)
    var first = min(max(0, scroll), last)
    if let focus {
      // One row more on either side stays free for the words.
      first = min(max(focus - height + 2, 0), last)
      if focus <= height - 2 { first = 0 }
    }
    let end = min(lines.count, first + height)
    var shown = Array(lines[first..<end])
    let under = lines.count - end + below
    let over = first + above
    if under > 0, height > 2 {
      shown[end - first - 1] = Line("   ... \(under + 1) more below", .faint)
    }
    if over > 0, height > 2 { shown[0] = Line("   ... \(over + 1) more above", .faint) }
    return shown
  }
}

extension Grid {
  mutating func draw(_ line: Line, row: Int, column: Int = 0, width: Int) {
    var at = column
    let end = column + width
    for span in line.spans {
      if let place = span.column { at = max(at, column + place) }
      let text = TerminalText.fitted(TerminalText.safe(span.text), max(0, end - at))
      at = put(text, row: row, column: at, limit: end - at, tone: span.tone)
    }
    if line.isSelected { retone(row: row, from: column, count: width, tone: .selected) }
    if let place = line.cursor, place < width {
      cursor = Position(row: row, column: min(column + place, columns - 1))
    }
  }

  mutating func draw(_ body: Body, row: Int, column: Int = 0, rows: Int, width: Int) {
    for (index, line) in body.window(rows).enumerated() {
      draw(line, row: row + index, column: column, width: width)
    }
  }

  /// A box over what is there, in the middle of the screen; `lines` inside.
  mutating func drawBox(_ title: String, _ body: Body, width wanted: Int) {
    let width = min(wanted, columns - 2)
    let height = min(body.lines.count, rows - 4)
    guard width > 6, height > 0 else { return }
    let left = (columns - width) / 2
    let top = max(0, (rows - height - 2) / 2)
    clear(row: top, column: left, rows: height + 2, columns: width)
    let corners = glyphs.corners
    let edge = String(repeating: glyphs.line, count: width - 2)
    put(corners[0] + edge + corners[1], row: top, column: left, tone: .accent)
    put(corners[2] + edge + corners[3], row: top + height + 1, column: left, tone: .accent)
    put(
      " \(TerminalText.fitted(TerminalText.safe(title), width - 6)) ", row: top, column: left + 2,
      tone: .bold)
    for row in top + 1...top + height {
      put(glyphs.bar, row: row, column: left, tone: .accent)
      put(glyphs.bar, row: row, column: left + width - 1, tone: .accent)
    }
    cursor = nil
    draw(body, row: top + 1, column: left + 2, rows: height, width: width - 4)
  }
}
