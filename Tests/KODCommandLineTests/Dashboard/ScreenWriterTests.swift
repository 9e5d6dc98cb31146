import Testing

@testable import kod

/// A terminal, as far as the writer needs one: absolute moves, SGR, erase, characters of one or two columns.
private struct PlainTerminal {
  let columns: Int
  let rows: Int
  var cells: [String]
  var reversed: [Bool]
  var row = 0
  var column = 0
  var isReversed = false
  var cursorShown = false
  var written = 0
  /// Everything that was not understood.
  var strange: [String] = []

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = [String](repeating: " ", count: columns * rows)
    reversed = [Bool](repeating: false, count: columns * rows)
  }

  mutating func show(_ text: String) {
    var rest = Substring(text)
    while let character = rest.first {
      guard character == "\u{1b}" else {
        put(character)
        rest = rest.dropFirst()
        continue
      }
      let sequence = rest.prefix { !($0.isLetter && $0.isASCII) }
      let final = rest.dropFirst(sequence.count).first ?? "?"
      obey(String(sequence.dropFirst(2)), final)
      rest = rest.dropFirst(sequence.count + 1)
    }
  }

  private mutating func obey(_ parameters: String, _ final: Character) {
    switch final {
    case "H":
      let place = parameters.split(separator: ";").compactMap { Int($0) }
      row = place[0] - 1
      column = place[1] - 1
    case "m":
      let values = parameters.split(separator: ";")
      isReversed = values.contains("7")
      if values.first != "0" { strange.append("SGR \(parameters)") }
    case "J":
      cells = [String](repeating: " ", count: columns * rows)
      reversed = [Bool](repeating: false, count: columns * rows)
    case "h" where parameters == "?25": cursorShown = true
    case "l" where parameters == "?25": cursorShown = false
    case "h", "l": if parameters != "?2026" { strange.append(parameters) }
    default: strange.append("\(parameters)\(final)")
    }
  }

  private mutating func put(_ character: Character) {
    guard let first = character.unicodeScalars.first, !TerminalText.isControl(first) else {
      strange.append("control \(character.unicodeScalars)")
      return
    }
    let width = Grid.shown(character, isASCII: false).1
    guard row < rows, column + width <= columns else {
      strange.append("outside at \(row) \(column)")
      return
    }
    let index = row * columns + column
    if cells[index].isEmpty, column > 0 { cells[index - 1] = " " }
    if column + width < columns, cells[index + width].isEmpty { cells[index + width] = " " }
    cells[index] = String(character)
    reversed[index] = isReversed
    if width == 2 {
      cells[index + 1] = ""
      reversed[index + 1] = isReversed
    }
    column += width
    written += 1
  }

  func shows(_ grid: Grid) -> Bool {
    strange.isEmpty && cells == grid.cells.map(\.text)
      && reversed == grid.cells.map { [.selected, .title].contains($0.tone) }
  }
}

@Suite struct GridTests {
  private func row(_ text: String, _ columns: Int = 10) -> [String] {
    var grid = Grid(columns: columns, rows: 1)
    grid.put(text, row: 0, column: 0)
    return grid.cells.map(\.text)
  }

  @Test func `a wide character takes two cells, and none at the edge that has only one`() {
    #expect(row("a語b", 5) == ["a", "語", "", "b", " "])
    #expect(row("abcd語", 5) == ["a", "b", "c", "d", " "])
  }

  @Test func `a combining mark stays with its letter and takes no cell`() {
    #expect(row("e\u{301}x", 3) == ["e\u{301}", "x", " "])
    #expect(row("\u{301}x", 3) == ["x", " ", " "])
    // A hundred marks are cut, not piled up.
    #expect(row("e" + String(repeating: "\u{301}", count: 100) + "x", 3)[1] == "x")
  }

  @Test(arguments: [
    ("\u{1b}[2Jx", "·[2Jx"), ("a\nb", "a·b"), ("a\u{9b}b", "a·b"), ("a\u{202e}b", "a·b"),
    ("a\u{200b}b", "ab"), ("👨‍👩‍👧x", "👨x"), ("❤\u{fe0f}x", "❤x"),
  ])
  func `nothing that a terminal obeys, or is in doubt about, gets in`(text: String, shown: String) {
    #expect(row(text).joined().trimmingSuffix(" ") == shown)
  }

  @Test func `ASCII shows nothing else`() {
    var grid = Grid(columns: 12, rows: 1, glyphs: .ascii)
    grid.put("Zoë 語 e\u{301}", row: 0, column: 0)
    #expect(grid.text(row: 0) == "Zo? ? e")
  }

  @Test func `writing over half of a wide character blanks the other half`() {
    var grid = Grid(columns: 4, rows: 1)
    grid.put("語語", row: 0, column: 0)
    grid.put("x", row: 0, column: 1)
    #expect(grid.cells.map(\.text) == [" ", "x", "語", ""])
    grid.put("y", row: 0, column: 2)
    #expect(grid.cells.map(\.text) == [" ", "x", "y", " "])
  }
}

@Suite struct ScreenWriterTests {
  private static let pieces = [
    "a", "offer", " ", "語", "e\u{301}", "한", "👍", "█▄·", "\u{1b}[31m", "Zoë", "नमस्ते", "x y",
  ]

  private func random(
    _ generator: inout SplitMix, columns: Int, rows: Int
  ) -> Grid {
    var grid = Grid(columns: columns, rows: rows)
    for _ in 0..<Int.random(in: 0...20, using: &generator) {
      let tone: Tone = [.plain, .selected, .bad, .title].randomElement(using: &generator) ?? .plain
      grid.put(
        Self.pieces.randomElement(using: &generator) ?? "",
        row: Int.random(in: 0..<rows, using: &generator),
        column: Int.random(in: 0..<columns, using: &generator), tone: tone)
    }
    return grid
  }

  @Test func `whatever was shown before, the terminal shows the new grid`() {
    var generator = SplitMix(state: 7)
    for _ in 0..<60 {
      let columns = Int.random(in: 1...30, using: &generator)
      let rows = Int.random(in: 1...6, using: &generator)
      var terminal = PlainTerminal(columns: columns, rows: rows)
      var writer = ScreenWriter(colour: true)
      for _ in 0..<20 {
        let grid = random(&generator, columns: columns, rows: rows)
        terminal.show(writer.frame(grid))
        #expect(terminal.shows(grid), "\(terminal.strange)")
      }
    }
  }

  @Test func `only what changed is written`() {
    var grid = Grid(columns: 80, rows: 24)
    for row in 0..<24 { grid.put("a line that stays as it is", row: row, column: 0) }
    var terminal = PlainTerminal(columns: 80, rows: 24)
    var writer = ScreenWriter(colour: true)
    terminal.show(writer.frame(grid))
    terminal.written = 0
    #expect(writer.frame(grid) == "")
    grid.put("14:58", row: 7, column: 60)
    let frame = writer.frame(grid)
    terminal.show(frame)
    #expect(terminal.written == 5)
    #expect(frame.utf8.count < 60)
  }

  @Test func `after a redraw everything is written again`() {
    var grid = Grid(columns: 20, rows: 2)
    grid.put("hello", row: 1, column: 3)
    var writer = ScreenWriter(colour: false)
    _ = writer.frame(grid)
    writer.invalidate()
    var terminal = PlainTerminal(columns: 20, rows: 2)
    terminal.show(writer.frame(grid))
    #expect(terminal.shows(grid))
  }

  @Test func `the cursor shows only where something is typed`() {
    var grid = Grid(columns: 20, rows: 2)
    grid.cursor = Grid.Position(row: 1, column: 4)
    var writer = ScreenWriter(colour: false)
    var terminal = PlainTerminal(columns: 20, rows: 2)
    terminal.show(writer.frame(grid))
    #expect(terminal.cursorShown && terminal.row == 1 && terminal.column == 4)
    grid.cursor = nil
    terminal.show(writer.frame(grid))
    #expect(!terminal.cursorShown)
  }

  @Test func `without colour there is weight and reversal and nothing else`() {
    let tones: [Tone] = [
      .plain, .bold, .faint, .good, .warning, .bad, .accent, .selected, .title, .alarm,
    ]
    for tone in tones {
      for parameter in tone.parameters(colour: false).split(separator: ";") {
        #expect(["1", "7"].contains(parameter))
      }
    }
  }
}

/// Numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = self
    while text.last == character { text.removeLast() }
    return text
  }
}
