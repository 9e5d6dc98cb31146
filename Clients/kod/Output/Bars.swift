/// Horizontal bars with their label, number and share: all of it readable without the bar.
struct Bars {
  struct Row: Equatable {
    var label: String
    var value: UInt64
    var tone = Style.Tone.plain
  }

  var rows: [Row]

  init(_ rows: [Row]) { self.rows = rows }

  /// A line for each row. Shares are of the rows' sum.
  func lines(on paper: Paper, indent: Int = 0) -> [String] {
    let sum = rows.reduce(0) { $0 + $1.value }
    let most = rows.map(\.value).max() ?? 0
    let labels = min(rows.map { TerminalText.columns($0.label) }.max() ?? 0, paper.textColumns / 3)
    let digits = String(most).count
    // Two gaps of two spaces, the number, a space and the share: "  12  100%".
    let room = max(0, min(40, paper.textColumns - indent - labels - digits - 10))
    return rows.map { row in
      let label = TerminalText.padded(
        TerminalText.fitted(TerminalText.safe(row.label), labels), labels)
      let bar = Self.bar(row.value, of: most, width: room, glyphs: paper.glyphs)
      let number = TerminalText.padded(String(row.value), digits, right: true)
      let share =
        sum == 0 ? "" : TerminalText.padded(Percent.text(row.value, of: sum), 4, right: true)
      let line =
        String(repeating: " ", count: indent) + label + "  "
        + paper.style.paint(bar, row.tone)
        + String(repeating: " ", count: max(0, room - TerminalText.columns(bar))) + "  "
        + number + "  " + share
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// In eighths of a column, or whole ones in ASCII. What is there at all shows.
  static func bar(_ value: UInt64, of most: UInt64, width: Int, glyphs: Glyphs) -> String {
    guard most > 0, value > 0, width > 0 else { return "" }
    let part = Double(value) / Double(most)
    switch glyphs {
    case .ascii:
      return String(repeating: "#", count: max(1, Int((part * Double(width)).rounded())))
    case .unicode:
      let eighths = max(1, Int((part * Double(width) * 8).rounded()))
      let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
      return String(repeating: "█", count: eighths / 8) + rest
    }
  }
}

/// Shares in whole percents.
enum Percent {
  /// `34%`; a little never reads as nothing, and not quite all never as all.
  static func text(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "" }
    let percent = (Double(part) / Double(whole) * 100).rounded()
    if part > 0, percent < 1 { return "<1%" }
    if part < whole, percent > 99 { return "99%" }
    return "\(Int(percent))%"
  }
}
