/// How a piece of the screen looks. What it means stands in words or symbols beside it: with `NO_COLOR`, and for those
/// who do not tell colours apart, weight and reversal are all there is.
enum Tone: Equatable, Sendable {
  case plain
  case bold
  /// Of less weight: column heads, what is over.
  case faint
  case good
  case warning
  case bad
  /// Where the eye should find its way: the current tab, keys, plots.
  case accent
  /// The row that keys act on.
  case selected
  /// The bar at the top.
  case title
  /// A banner that must not be overlooked.
  case alarm

  /// Parameters of SGR after a reset; empty: none.
  func parameters(colour: Bool) -> String {
    switch self {
    case .plain: ""
    case .bold: "1"
    case .faint: colour ? "90" : ""
    case .good: colour ? "32" : ""
    case .warning: colour ? "33" : ""
    case .bad: colour ? "1;31" : "1"
    case .accent: colour ? "36" : "1"
    case .selected, .title: "7"
    case .alarm: colour ? "1;37;41" : "1;7"
    }
  }

  init(_ tone: Style.Tone) {
    switch tone {
    case .plain: self = .plain
    case .bold: self = .bold
    case .faint: self = .faint
    case .good: self = .good
    case .warning: self = .warning
    case .bad: self = .bad
    case .reversed: self = .selected
    }
  }
}

/// Symbols of the screen, with plain ones for terminals that only know ASCII.
extension Glyphs {
  private func pick(_ symbol: String, _ plain: String) -> String {
    self == .unicode ? symbol : plain
  }

  var on: String { pick("●", "*") }
  var off: String { pick("○", "-") }
  var good: String { pick("✓", "+") }
  var bad: String { pick("✗", "x") }
  var dot: String { pick("·", ".") }
  var line: String { pick("─", "-") }
  var bar: String { pick("│", "|") }
  /// Top left, top right, bottom left, bottom right.
  var corners: [String] { self == .unicode ? ["┌", "┐", "└", "┘"] : ["+", "+", "+", "+"] }
  var full: String { pick("█", "#") }
  var cut: String { pick("▒", "=") }
}

/// One column of one row.
struct Cell: Equatable, Sendable {
  /// One character; empty: the second column of a wide one to the left.
  var text: String
  var tone: Tone

  static let blank = Cell(text: " ", tone: .plain)
}

/// What a terminal of some size shows: rows of cells, and where the cursor stands if it is to be seen.
///
/// Text from strangers enters here and nowhere else. Nothing that a terminal obeys gets in, a character takes one
/// column or two, and what is too long is cut: no text can push another one out of its place.
struct Grid: Equatable, Sendable {
  struct Position: Equatable, Sendable {
    var row: Int
    var column: Int
  }

  let columns: Int
  let rows: Int
  let glyphs: Glyphs
  private(set) var cells: [Cell]
  var cursor: Position?

  init(columns: Int, rows: Int, glyphs: Glyphs = .unicode) {
    self.columns = max(1, columns)
    self.rows = max(1, rows)
    self.glyphs = glyphs
    cells = [Cell](repeating: .blank, count: self.columns * self.rows)
  }

  subscript(row: Int, column: Int) -> Cell { cells[row * columns + column] }

  /// The row's text without the blanks at its end, for tests and for people.
  func text(row: Int) -> String {
    var line = cells[row * columns..<(row + 1) * columns].map(\.text).joined()
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Writes text from a column on, up to `limit` columns; returns the column after it.
  @discardableResult
  mutating func put(
    _ text: String, row: Int, column: Int, limit: Int = .max, tone: Tone = .plain
  ) -> Int {
    guard (0..<rows).contains(row), column < columns else { return column }
    let end = limit > columns - column ? columns : column + max(0, limit)
    var at = column
    for character in text {
      let (shown, width) = Self.shown(character, isASCII: glyphs == .ascii)
      // A mark without a letter joins the letter before it.
      if width == 0 {
        if at > column, at <= columns { join(shown, row: row, before: at) }
        continue
      }
      guard at + width <= end else { break }
      if at >= 0 { place(shown, width, row: row, column: at, tone: tone) }
      at += width
    }
    return at
  }

  private mutating func place(
    _ text: String, _ width: Int, row: Int, column: Int, tone: Tone
  ) {
    let index = row * columns + column
    // Half of a wide character is none.
    if cells[index].text.isEmpty, column > 0 { cells[index - 1].text = " " }
    let after = index + width
    if column + width < columns, cells[after].text.isEmpty { cells[after].text = " " }
    cells[index] = Cell(text: text, tone: tone)
    if width == 2 { cells[index + 1] = Cell(text: "", tone: tone) }
  }

  private mutating func join(_ mark: String, row: Int, before column: Int) {
    var index = row * columns + column - 1
    if cells[index].text.isEmpty { index -= 1 }
    // A few marks are an accent; a hundred are a joke at the terminal's cost.
    if cells[index].text.unicodeScalars.count < 4 { cells[index].text += mark }
  }

  /// Another look for a stretch of cells.
  mutating func retone(row: Int, from column: Int = 0, count: Int = .max, tone: Tone) {
    guard (0..<rows).contains(row), (0..<columns).contains(column) else { return }
    let start = row * columns + column
    for index in start..<start + min(count, columns - column) { cells[index].tone = tone }
  }

  /// A rectangle of blanks.
  mutating func clear(row: Int, column: Int, rows height: Int, columns width: Int) {
    for line in row..<row + height {
      put(String(repeating: " ", count: max(0, width)), row: line, column: column)
    }
  }

  /// What of a character is shown, and in how many columns. Control characters become a dot; joined emoji lose what
  /// terminals disagree about and keep their first part.
  static func shown(_ character: Character, isASCII: Bool) -> (String, Int) {
    guard let first = character.unicodeScalars.first else { return ("", 0) }
    if first.isASCII, character.unicodeScalars.count == 1 {
      return TerminalText.isControl(first) ? (isASCII ? "." : "·", 1) : (String(character), 1)
    }
    if TerminalText.isControl(first) { return (isASCII ? "." : "·", 1) }
    if isASCII {
      let isMark = isInvisible(first)
      return isMark ? ("", 0) : first.isASCII ? (String(first), 1) : ("?", 1)
    }
    var text = ""
    for scalar in character.unicodeScalars.prefix(8) {
      if TerminalText.isControl(scalar) || scalar.properties.generalCategory == .format { break }
      if (0xfe00...0xfe0f).contains(scalar.value) { continue }
      // A second letter of its own width: a flag, or a syllable that terminals shape as they like.
      if !text.isEmpty, !isMark(scalar), !isHangulTail(scalar) { break }
      text.unicodeScalars.append(scalar)
      if text.unicodeScalars.count == 4 { break }
    }
    guard !text.isEmpty else { return ("", 0) }
    if isInvisible(first) { return (text, 0) }
    return (text, min(2, max(1, TerminalText.columns(Character(first)))))
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    isMark(scalar) || scalar.properties.generalCategory == .format
  }

  /// Vowels and final consonants of decomposed Hangul take no column of their own.
  private static func isHangulTail(_ scalar: Unicode.Scalar) -> Bool {
    (0x1160...0x11ff).contains(scalar.value)
  }
}
