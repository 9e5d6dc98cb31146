/// The likely meant word for a mistyped one.
enum Suggestion {
  /// The nearest candidate: one that starts with what was typed, or one within two edits (one edit for words of up
  /// to three letters). Nil: nothing is near.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let typed = word.lowercased()
    if typed.count >= 2 {
      let extended = candidates.filter { $0.lowercased().hasPrefix(typed) }
      if let shortest = extended.min(by: { $0.count < $1.count }) { return shortest }
    }
    let limit = typed.count <= 3 ? 1 : 2
    return
      candidates
      .map { (candidate: $0, edits: distance(typed, $0.lowercased())) }
      .filter { $0.edits <= limit }
      .min { $0.edits < $1.edits }?.candidate
  }

  /// Edits between two words: insert, delete, replace, or swap two neighbours.
  static func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left)
    let b = Array(right)
    guard !a.isEmpty else { return b.count }
    guard !b.isEmpty else { return a.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        let replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        row[j] = min(last[j] + 1, row[j - 1] + 1, replace)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
