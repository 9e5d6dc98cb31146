/// Turns the grid that is shown into the next one, writing only the cells that changed: one string for one frame, which
/// the terminal shows at once (mode 2026) where it can.
struct ScreenWriter {
  var colour: Bool
  private var shown: Grid?

  init(colour: Bool) { self.colour = colour }

  private static let frameStart = "\u{1b}[?2026h\u{1b}[?25l"
  private static let frameEnd = "\u{1b}[?2026l"

  /// Up to so many unchanged cells are written again rather than jumped over: a jump takes as many bytes.
  private static let gap = 5

  /// The next frame is drawn from nothing: the terminal was resized, or something else wrote to it.
  mutating func invalidate() { shown = nil }

  /// The bytes of a frame; empty: nothing changed.
  mutating func frame(_ grid: Grid) -> String {
    let isFresh = shown?.columns != grid.columns || shown?.rows != grid.rows
    let before = isFresh ? Grid(columns: grid.columns, rows: grid.rows) : shown ?? grid
    guard isFresh || before != grid else { return "" }
    shown = grid
    var output = Self.frameStart
    if isFresh { output += "\u{1b}[0m\u{1b}[2J" }
    var tone: Tone? = isFresh ? .plain : nil
    for row in 0..<grid.rows {
      var column = 0
      while let start = Self.nextChange(grid, before, row: row, from: column) {
        var end = Self.runEnd(grid, before, row: row, from: start)
        write(grid, row: row, columns: start..<end, tone: &tone, to: &output)
        // The second half of a wide character has been written with the first.
        while end < grid.columns, grid[row, end].text.isEmpty { end += 1 }
        column = end
      }
    }
    if tone != .plain { output += "\u{1b}[0m" }
    if let cursor = grid.cursor {
      output += "\u{1b}[\(cursor.row + 1);\(cursor.column + 1)H\u{1b}[?25h"
    }
    return output + Self.frameEnd
  }

  /// The first column that changed, or, where that is half of a wide character, the column of its first half.
  private static func nextChange(_ grid: Grid, _ before: Grid, row: Int, from: Int) -> Int? {
    var column = from
    while column < grid.columns, grid[row, column] == before[row, column] { column += 1 }
    guard column < grid.columns else { return nil }
    while column > from, grid[row, column].text.isEmpty { column -= 1 }
    return column
  }

  private static func runEnd(_ grid: Grid, _ before: Grid, row: Int, from: Int) -> Int {
    var end = from + 1
    var same = 0
    var column = end
    while column < grid.columns, same <= gap {
      if grid[row, column] == before[row, column] {
        same += 1
      } else {
        same = 0
        end = column + 1
      }
      column += 1
    }
    return end
  }

  /// After a character whose width terminals may see otherwise, the place is said again: a disagreement stays where it
  /// arose.
  private func write(
    _ grid: Grid, row: Int, columns: Range<Int>, tone: inout Tone?, to output: inout String
  ) {
    var isPlaced = false
    for column in columns {
      let cell = grid[row, column]
      guard !cell.text.isEmpty else { continue }
      if !isPlaced { output += "\u{1b}[\(row + 1);\(column + 1)H" }
      if tone != cell.tone {
        let parameters = cell.tone.parameters(colour: colour)
        output += parameters.isEmpty ? "\u{1b}[0m" : "\u{1b}[0;\(parameters)m"
        tone = cell.tone
      }
      output += cell.text
      isPlaced = Self.isCertain(cell.text)
    }
  }

  /// One scalar that every terminal gives one column: ASCII, Latin, and what this program draws with.
  private static func isCertain(_ text: String) -> Bool {
    guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      return false
    }
    switch scalar.value {
    case 0x20..<0x7f, 0xa0..<0x250, 0x2500..<0x25a0: return true
    default: return false
    }
  }
}
