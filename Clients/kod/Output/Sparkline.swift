/// A row of numbers as a curve of one line.
enum Sparkline {
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// A character for each number: a dot for nothing, then higher with more. In ASCII digits, 9 for the most.
  static func text(_ numbers: [UInt64], glyphs: Glyphs) -> String {
    let most = numbers.max() ?? 0
    return String(
      numbers.map { number -> Character in
        guard number > 0 else { return glyphs == .unicode ? "·" : "." }
        let part = Double(number) / Double(most)
        switch glyphs {
        case .unicode: return blocks[max(0, Int((part * 8).rounded(.up)) - 1)]
        case .ascii:
          // Small numbers are themselves.
          return Character(String(most <= 9 ? Int(number) : max(1, Int((part * 9).rounded()))))
        }
      })
  }

  /// The 24 hours of a day: the curve, and below it where midnight, morning, noon and evening are.
  static func day(_ hours: [UInt64], on paper: Paper, indent: Int = 0, mark: Int? = nil) -> [String]
  {
    let lead = String(repeating: " ", count: indent)
    let numbers = Array((hours + [UInt64](repeating: 0, count: 24)).prefix(24))
    let wide = paper.columns - indent >= 48
    let curve = text(numbers, glyphs: paper.glyphs)
    let line = wide ? curve.map { "\($0)\($0)" }.joined() : curve
    var axis = wide ? "0           6           12          18" : "0     6     12    18"
    if let mark, (0..<24).contains(mark) {
      let place = wide ? 2 * mark : mark
      var characters = Array(TerminalText.padded(axis, wide ? 48 : 24))
      // Where now is. Of a number that it touches nothing may be left: half of 12 reads as another hour.
      for near in [place - 1, place + 1] where characters.indices.contains(near) {
        if characters[near].isNumber { characters[near] = " " }
      }
      characters[place] = "^"
      axis = String(characters)
      axis = String(axis.reversed().drop { $0 == " " }.reversed())
    }
    return [lead + line, lead + paper.style.paint(axis, .faint)]
  }
}
