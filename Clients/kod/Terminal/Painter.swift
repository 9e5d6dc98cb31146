/// Puts lines on the screen, touching only those that changed: no flicker, little traffic over a slow line.
struct Painter {
  private var shown: [String] = []

  /// The bytes that turn what is shown into `lines`.
  mutating func update(to lines: [String]) -> String {
    var output = ""
    for (row, line) in lines.enumerated() where row >= shown.count || shown[row] != line {
      // Erased first: after a line as wide as the screen, "erase to the end" would eat its last column.
      output += "\u{1b}[\(row + 1);1H\u{1b}[0m\u{1b}[2K\(line)"
    }
    if lines.count < shown.count { output += "\u{1b}[\(lines.count + 1);1H\u{1b}[0m\u{1b}[J" }
    shown = lines
    return output
  }

  /// Next time everything is drawn again: the terminal was resized, or something else wrote to it.
  mutating func invalidate() -> String {
    shown = []
    return "\u{1b}[0m\u{1b}[2J"
  }
}
