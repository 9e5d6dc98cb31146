/// Columns as wide as their widest cell, two spaces apart.
struct Table {
  struct Column {
    var title: String
    var right = false
  }

  var columns: [Column]
  var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The title line first.
  func lines() -> [String] {
    let widths = columns.indices.map { index in
      ([columns[index].title] + rows.map { $0[index] }).map(TerminalText.columns).max() ?? 0
    }
    return ([columns.map(\.title)] + rows).map { cells in
      let line = cells.indices.map { index in
        TerminalText.padded(cells[index], widths[index], right: columns[index].right)
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
