/// Columns as wide as their widest cell, two spaces apart. Where the paper is narrower, cells that may be cut are cut,
/// and then whole columns left out, those of the highest rank first.
struct Table {
  struct Column {
    var title: String
    var right = false
    /// May be cut to so many columns; nil: never.
    var least: Int?
    /// 0: always shown. The higher, the sooner it is left out.
    var rank = 0
  }

  /// A text with its colour, which must not be the only thing that says what it means.
  struct Cell: Equatable, ExpressibleByStringInterpolation {
    var text: String
    var tone: Style.Tone

    init(_ text: String, _ tone: Style.Tone = .plain) {
      self.text = text
      self.tone = tone
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  var columns: [Column]
  var rows: [[Cell]] = []
  private static let gap = 2

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [String]) { rows.append(cells.map { Cell($0) }) }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// The title line first.
  func lines() -> [String] { lines(on: Paper()) }

  /// The title line first; every line behind so many spaces.
  func lines(on paper: Paper, indent: Int = 0) -> [String] {
    let layout = layout(paper.columns - indent)
    let lead = String(repeating: " ", count: indent)
    let titles = columns.map { Cell($0.title, .faint) }
    return ([titles] + rows).map { cells in
      var line = lead
      var used = indent
      for (place, column) in layout.enumerated() {
        // Never wider than the paper, however narrow that is.
        let room = min(column.width, max(0, paper.columns - used))
        let cell = cells[column.index]
        let text = TerminalText.fitted(TerminalText.safe(cell.text), room)
        let pad = String(repeating: " ", count: max(0, room - TerminalText.columns(text)))
        let isLast = place == layout.count - 1
        let right = columns[column.index].right
        line += (right ? pad : "") + paper.style.paint(text, cell.tone)
        if !right, !isLast { line += pad }
        if !isLast { line += String(repeating: " ", count: Self.gap) }
        used += column.width + Self.gap
      }
      return Self.trimmed(line)
    }
  }

  private static func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }

  private func layout(_ room: Int) -> [(index: Int, width: Int)] {
    var shown = columns.indices.map { index in
      let cells = [columns[index].title] + rows.map { $0[index].text }
      return (index: index, width: cells.map(TerminalText.columns).max() ?? 0)
    }
    while true {
      var excess = shown.reduce(0) { $0 + $1.width } + Self.gap * (shown.count - 1) - room
      guard excess > 0 else { return shown }
      let spare = shown.reduce(0) { sum, column in
        sum + (columns[column.index].least.map { max(0, column.width - $0) } ?? 0)
      }
      let highest = shown.map { columns[$0.index].rank }.max() ?? 0
      if spare < excess, highest > 0,
        let out = shown.lastIndex(where: { columns[$0.index].rank == highest })
      {
        shown.remove(at: out)
        continue
      }
      // The widest gives first, a column at a time, so that none is cut more than the others.
      while excess > 0 {
        let widest = shown.indices.filter {
          shown[$0].width > columns[shown[$0].index].least ?? .max
        }.max { shown[$0].width < shown[$1].width }
        guard let widest else { return shown }
        shown[widest].width -= 1
        excess -= 1
      }
      return shown
    }
  }
}
