import Foundation

/// A chapter of the specification, as far as its requirements go.
///
/// A requirement is a sentence, or a row of a table, with its number behind it: `[KOD-4.2-3]`. Sentences
/// that only explain it may stand between the two. An example of a number is in italics or code.
struct Chapter: Sendable {
  struct Requirement: Equatable, Sendable {
    var number: RequirementNumber
    /// The sentence, without its numbers and marks.
    var sentence: String
    /// `SESSION.md#welcome`.
    var place: String
  }

  var file: String
  private(set) var requirements: [Requirement] = []
  /// Sentences with MUST or SHOULD and without a number, by line.
  private(set) var unnumbered: [(line: Int, sentence: String)] = []

  init(file: String, text: String) {
    self.file = file
    var heading = ""
    for block in Self.blocks(text) {
      if block.isHeading { heading = Self.anchor(block.text) }
      take(block.isRow ? [block.text] : Self.sentences(block.text), block.line, heading)
    }
  }

  /// The sentences of a block. Each one that obliges needs a number before the next one that does.
  private mutating func take(_ sentences: [String], _ line: Int, _ heading: String) {
    var open: [String] = []
    func isOpen() -> Bool { open.first.map(Self.obliges) ?? false }
    for sentence in sentences {
      if Self.obliges(sentence) {
        if isOpen() { unnumbered.append((line, Self.plain(open[0]))) }
        open = []
      }
      open.append(sentence)
      let numbers = Self.numbers(sentence)
      if numbers.isEmpty { continue }
      let text = isOpen() ? open.joined(separator: " ") : sentence
      for number in numbers {
        requirements.append(
          Requirement(
            number: number, sentence: Self.plain(text),
            place: heading.isEmpty ? file : "\(file)#\(heading)"))
      }
      open = []
    }
    if isOpen() { unnumbered.append((line, Self.plain(open[0]))) }
  }

  // MARK: Blocks

  struct Block: Equatable {
    var line: Int
    var text: String
    var isRow = false
    var isHeading = false
  }

  /// Paragraphs, items of lists, rows of tables and headings; what stands in fences is left out.
  static func blocks(_ text: String) -> [Block] {
    var blocks: [Block] = []
    var open: Block?
    var isFenced = false
    func close() {
      if let block = open { blocks.append(block) }
      open = nil
    }
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.trimmingCharacters(in: .whitespaces)
      if line.hasPrefix("```") {
        close()
        isFenced.toggle()
      } else if isFenced {
        continue
      } else if line.isEmpty {
        close()
      } else if line.hasPrefix("|") || line.hasPrefix("#") {
        close()
        blocks.append(
          Block(
            line: index + 1, text: line, isRow: line.hasPrefix("|"), isHeading: line.hasPrefix("#"))
        )
      } else if beginsItem(line) {
        close()
        open = Block(line: index + 1, text: line)
      } else {
        open = Block(line: open?.line ?? index + 1, text: (open.map { $0.text + " " } ?? "") + line)
      }
    }
    close()
    return blocks
  }

  private static func beginsItem(_ line: String) -> Bool {
    if line.hasPrefix("- ") || line.hasPrefix("* ") { return true }
    let digits = line.prefix { $0.isNumber }
    return !digits.isEmpty && line.dropFirst(digits.count).hasPrefix(". ")
  }

  // MARK: Sentences

  /// A sentence ends at a full stop (or another end mark) before a space; a number that follows it
  /// belongs to it.
  static func sentences(_ text: String) -> [String] {
    var sentences: [String] = []
    var current = ""
    var rest = text[...]
    while let character = rest.first {
      current.append(character)
      rest = rest.dropFirst()
      guard ".!?".contains(character) else { continue }
      // Closing marks, then numbers.
      while let mark = rest.first, "*_\"')”`".contains(mark) {
        current.append(mark)
        rest = rest.dropFirst()
      }
      guard rest.isEmpty || rest.first == " " else { continue }
      var trailing = rest.drop { $0 == " " }
      while trailing.hasPrefix("[KOD-"), let end = trailing.firstIndex(of: "]") {
        current += " " + trailing[...end]
        trailing = trailing[trailing.index(after: end)...].drop { $0 == " " }
        if trailing.first == "." { trailing = trailing.dropFirst().drop { $0 == " " } }
      }
      rest = trailing
      sentences.append(current)
      current = ""
    }
    if !current.trimmingCharacters(in: .whitespaces).isEmpty { sentences.append(current) }
    return sentences
  }

  /// The numbers in `[KOD-…]` of a sentence.
  static func numbers(_ sentence: String) -> [RequirementNumber] {
    let parts = spoken(sentence).split(separator: "[", omittingEmptySubsequences: false)
    return zip(parts, parts.dropFirst()).compactMap { before, part in
      if before.hasSuffix("*") { return nil }
      return part.firstIndex(of: "]").flatMap { RequirementNumber(part[..<$0]) }
    }
  }

  /// Without code.
  private static func spoken(_ sentence: String) -> String {
    sentence.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ")
  }

  /// Whether it has MUST or SHOULD in capitals. Not in code, and not where it is about the words
  /// themselves (RFC 2119, BCP 14, "MUST and SHOULD").
  static func obliges(_ sentence: String) -> Bool {
    if ["RFC 2119", "BCP 14", "MUST and SHOULD"].contains(where: sentence.contains) {
      return false
    }
    return spoken(sentence).split { !$0.isLetter }.contains { $0 == "MUST" || $0 == "SHOULD" }
  }

  /// Without numbers and without what marks links, items and cells.
  static func plain(_ sentence: String) -> String {
    var text = sentence
    for number in numbers(sentence) {
      text = text.replacingOccurrences(of: "[\(number)]", with: "")
    }
    text = text.replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.output.1) }
    text = text.replacingOccurrences(of: "**", with: "").replacingOccurrences(of: "|", with: " ")
    if beginsItem(text) { text = String(text.drop { $0 != " " }) }
    text = text.split(separator: " ").joined(separator: " ")
    return text.replacingOccurrences(of: " .", with: ".")
  }

  /// What GitHub makes of a heading for links.
  static func anchor(_ heading: String) -> String {
    let text = heading.drop { $0 == "#" || $0 == " " }.lowercased()
    return String(
      text.compactMap { character in
        if character == " " { return "-" }
        return character.isLetter || character.isNumber || "-_".contains(character)
          ? character : nil
      })
  }
}
