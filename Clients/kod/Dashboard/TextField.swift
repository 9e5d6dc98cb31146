/// One line of text being typed, up to a number of bytes.
struct TextField: Equatable, Sendable {
  private(set) var characters: [Character]
  /// Before this character; `characters.count`: at the end.
  private(set) var cursor: Int
  /// UTF-8 bytes that the server takes.
  let limit: Int

  init(_ text: String = "", limit: Int) {
    self.limit = limit
    characters = Array(text)
    cursor = characters.count
  }

  var text: String { String(characters) }

  /// True: the key was one of a text field's.
  mutating func press(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    // A line break would end the line in the middle of a note.
    case .paste(let text):
      insert(String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }))
    case .backspace:
      if cursor > 0 {
        cursor -= 1
        characters.remove(at: cursor)
      }
    case .delete: if cursor < characters.count { characters.remove(at: cursor) }
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .control("u"):
      characters.removeFirst(cursor)
      cursor = 0
    case .control("k"): characters.removeLast(characters.count - cursor)
    case .control("w"): removeWord()
    default: return false
    }
    return true
  }

  private mutating func removeWord() {
    while cursor > 0, characters[cursor - 1] == " " {
      cursor -= 1
      characters.remove(at: cursor)
    }
    while cursor > 0, characters[cursor - 1] != " " {
      cursor -= 1
      characters.remove(at: cursor)
    }
  }

  /// Through the string, so that a mark that was typed after its letter joins it. What does not fit is not taken.
  private mutating func insert(_ text: String) {
    let clean = TerminalText.safe(text)
    var room = limit - self.text.utf8.count
    var taken = ""
    for character in clean {
      room -= character.utf8.count
      guard room >= 0 else { break }
      taken.append(character)
    }
    let head = Array(String(characters[..<cursor]) + taken)
    characters = head + characters[cursor...]
    cursor = head.count
  }

  /// The part that fits into so many columns, with the cursor inside, and the cursor's column in it.
  func window(_ width: Int) -> (text: String, cursor: Int) {
    guard width > 1 else { return ("", 0) }
    var start = cursor
    var used = 0
    while start > 0 {
      let next = TerminalText.columns(characters[start - 1])
      if used + next > width - 1 { break }
      used += next
      start -= 1
    }
    return (String(characters[start...]), used)
  }
}
