/// Swift source under construction: lines, two spaces an indentation step, 100 columns.
struct SwiftText {
  private(set) var lines: [String] = []
  private var indentation = 0

  private static let width = 100

  var text: String { lines.joined(separator: "\n") + "\n" }

  init() {}

  init(_ body: (inout SwiftText) -> Void) {
    body(&self)
  }

  mutating func append(_ other: SwiftText) {
    for line in other.lines { self.line(line) }
  }

  mutating func line(_ text: String = "") {
    lines.append(text.isEmpty ? "" : margin + text)
  }

  /// `head {`, the lines of `body` one step in, `}`.
  mutating func block(_ head: String, _ body: (inout SwiftText) -> Void) {
    line(head + " {")
    indentation += 1
    body(&self)
    indentation -= 1
    line("}")
  }

  /// The lines of `body` one step in.
  mutating func indented(_ body: (inout SwiftText) -> Void) {
    indentation += 1
    body(&self)
    indentation -= 1
  }

  /// A documentation comment, wrapped. A line end in `comment` stays one.
  mutating func documentation(_ comment: String) {
    for paragraph in comment.split(separator: "\n", omittingEmptySubsequences: false) {
      fill(paragraph.split(separator: " ").map { String($0) }, prefix: "/// ")
    }
  }

  /// An array literal: on one line if it fits, else its items filled into lines one step in.
  mutating func array(_ items: [String]) {
    let single = "[" + items.joined(separator: ", ") + "]"
    guard margin.count + single.count > Self.width else { return line(single) }
    line("[")
    indented { $0.fill(items.map { $0 + "," }, prefix: "") }
    line("]")
  }

  /// Words separated by blanks, as many on each line as fit. `hang` stands before every line but
  /// the first.
  mutating func fill(_ words: [String], prefix: String, hang: String = "") {
    var (prefix, hang) = (prefix, hang)
    var current = ""
    for word in words {
      let candidate = current.isEmpty ? word : current + " " + word
      if !current.isEmpty, margin.count + prefix.count + candidate.count > Self.width {
        lines.append(margin + prefix + current)
        current = word
        prefix += hang
        hang = ""
      } else {
        current = candidate
      }
    }
    lines.append(margin + prefix + current)
  }

  private var margin: String { String(repeating: "  ", count: indentation) }
}
