/// Text for a terminal: how many columns it takes, and nothing in it that a terminal would obey.
enum TerminalText {
  /// The same text with control characters replaced by a visible one. What a partner or a Resident typed must not
  /// move the cursor of an assister's terminal.
  static func safe(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{b7}" : $0 }))
  }

  /// Whether a terminal, or a reader of lines, might obey it.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f...0x9f: true
    // Line and paragraph separators, and marks that turn the direction of what follows.
    case 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  /// Columns that a terminal gives to the text.
  static func columns(_ text: String) -> Int {
    text.reduce(0) { $0 + columns($1) }
  }

  /// A character is as wide as its first scalar; East Asian wide ones and emoji take two columns.
  static func columns(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    switch first.value {
    case 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: return 0
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      return 2
    default: return first.properties.isEmojiPresentation ? 2 : 1
    }
  }

  /// Cut to at most so many columns; a cut is marked by a final `~`.
  static func fitted(_ text: String, _ width: Int) -> String {
    guard columns(text) > width else { return text }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      let next = columns(character)
      if used + next > width - 1 { break }
      result.append(character)
      used += next
    }
    return result + "~"
  }

  /// Cut or filled up to exactly so many columns.
  static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let cut = fitted(text, width)
    let fill = String(repeating: " ", count: max(0, width - columns(cut)))
    return right ? fill + cut : cut + fill
  }

  /// Broken at spaces into lines of at most so many columns; within a word only when it fills more than a line, as
  /// text in a language without spaces does.
  static func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, columns(line) + 1 + columns(String(word)) > width {
        lines.append(line)
        line = ""
      } else if !line.isEmpty {
        line += " "
      }
      guard columns(line) + columns(String(word)) > width else {
        line += word
        continue
      }
      for character in word {
        if !line.isEmpty, columns(line) + columns(character) > width {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }
}
