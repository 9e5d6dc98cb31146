/// What was pressed.
enum Key: Equatable, Sendable {
  case character(Character)
  case up
  case down
  case left
  case right
  case home
  case end
  case pageUp
  case pageDown
  case tab
  case backTab
  case enter
  case escape
  case backspace
  case delete
  /// Control with a letter that has no meaning of its own here, such as `control("u")`.
  case control(Character)
  /// Pasted text (bracketed paste): it is text even where a typed letter would be a command.
  case paste(String)
  /// Control-C or Control-D: in raw mode the terminal no longer turns them into a signal.
  case interrupt
  /// Control-Z.
  case suspend
  /// Control-L.
  case redraw
}

/// Bytes of a terminal in raw mode -> keys. Sequences and characters may arrive in pieces.
///
/// What a key means depends on time in one place only: an escape that nothing follows is the Escape key. The owner
/// says how long nothing came (`quiet`), so that the decoder needs no clock.
struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []
  /// Between the marks of a bracketed paste; nil outside.
  private var pasted: [UInt8]?
  /// The Escape key was just reported. A slow line may have torn a sequence there: its rest is not a key.
  private var mayBeTorn = false

  /// A longer paste is cut: nothing here takes so much text.
  static let pasteLimit = 65_536
  /// No sequence of a terminal is longer; what is, is noise.
  private static let sequenceLimit = 256
  private static let pasteEnd = Array("\u{1b}[201~".utf8)

  /// Milliseconds after which a lone escape is a key.
  static let escapeQuiet = 50
  /// Milliseconds after which an unfinished sequence or paste ends as it is.
  static let sequenceQuiet = 1_000

  /// Something is unfinished: `quiet` should be called when nothing follows.
  var isWaiting: Bool { !pending.isEmpty || pasted != nil }

  /// Unknown sequences are skipped whole: a stray function key must not act as the letters it is made of.
  mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    var index = 0
    scan: while index < pending.count {
      if pasted != nil {
        guard let length = takePasted(from: index, into: &keys) else { break }
        index += length
        continue
      }
      switch Self.first(pending[index...], mayBeTorn: mayBeTorn) {
      case .incomplete: break scan
      case .pasteStart(let length):
        pasted = []
        index += length
      case .key(let key, let length):
        if let key { keys.append(key) }
        index += length
      }
      mayBeTorn = false
    }
    pending.removeFirst(min(index, pending.count))
    return keys
  }

  /// Nothing came for so many milliseconds.
  mutating func quiet(milliseconds: Int) -> [Key] {
    if pending == [0x1b], pasted == nil, milliseconds >= Self.escapeQuiet {
      pending.removeAll()
      mayBeTorn = true
      return [.escape]
    }
    guard milliseconds >= Self.sequenceQuiet else { return [] }
    let paste = pasted.map { $0 + pending }
    pending.removeAll()
    pasted = nil
    return paste.map { [.paste(String(decoding: $0, as: UTF8.self))] } ?? []
  }

  /// A lone escape does not stay for the next key. A paste goes on: its rest must not act as keys.
  mutating func flush() { if pasted == nil { pending.removeAll() } }

  /// Moves pasted bytes out of the way; how many. Nil: the end mark may be torn, more must come first.
  private mutating func takePasted(from start: Int, into keys: inout [Key]) -> Int? {
    let rest = pending[start...]
    if let mark = rest.firstIndex(of: 0x1b) {
      let tail = rest[mark...]
      if tail.starts(with: Self.pasteEnd) {
        let text = (pasted ?? []) + rest[..<mark]
        keys.append(.paste(String(decoding: text.prefix(Self.pasteLimit), as: UTF8.self)))
        pasted = nil
        return mark - start + Self.pasteEnd.count
      }
      let count = Self.pasteEnd.starts(with: tail) ? mark - start : mark - start + 1
      keep(rest.prefix(count))
      return count > 0 ? count : nil
    }
    keep(rest)
    return rest.count
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    guard let count = pasted?.count, count < Self.pasteLimit else { return }
    pasted?.append(contentsOf: bytes)
  }

  // MARK: One key

  private enum First {
    case incomplete
    /// Nil: nothing that is known; skipped.
    case key(Key?, Int)
    case pasteStart(Int)
  }

  private static func first(_ bytes: ArraySlice<UInt8>, mayBeTorn: Bool) -> First {
    guard let byte = bytes.first else { return .incomplete }
    if byte == 0x1b { return escape(Array(bytes)) }
    if mayBeTorn, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") {
      return escape([0x1b] + bytes, missing: 1)
    }
    return byte < 0x80 ? .key(plain(byte), 1) : scalar(bytes)
  }

  private static func plain(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x03, 0x04: .interrupt
    case 0x08, 0x7f: .backspace
    case 0x09: .tab
    case 0x0a, 0x0d: .enter
    case 0x0c: .redraw
    case 0x1a: .suspend
    case 0x01...0x1a: .control(Character(Unicode.Scalar(byte + 0x60)))
    case 0x20..<0x7f: .character(Character(Unicode.Scalar(byte)))
    default: nil
    }
  }

  /// One character of UTF-8; bytes that are none are skipped one by one.
  private static func scalar(_ bytes: ArraySlice<UInt8>) -> First {
    let lead = bytes[bytes.startIndex]
    let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1
    guard length > 1 else { return .key(nil, 1) }
    let sequence = bytes.prefix(length)
    guard sequence.dropFirst().allSatisfy({ $0 & 0xc0 == 0x80 }) else { return .key(nil, 1) }
    guard sequence.count == length else { return .incomplete }
    guard let text = String(validating: sequence, as: UTF8.self),
      let scalar = text.unicodeScalars.first
    else { return .key(nil, 1) }
    return .key(TerminalText.isControl(scalar) ? nil : .character(Character(scalar)), length)
  }

  /// `ESC [ … final`, `ESC O final`, `ESC ] … BEL` and its kin, `ESC x` (Alt).
  private static func escape(_ bytes: [UInt8], missing: Int = 0) -> First {
    guard bytes.count > 1 else { return .incomplete }
    switch bytes[1] {
    case UInt8(ascii: "["): return control(bytes, missing)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return .incomplete }
      return .key(cursor(bytes[2]), 3 - missing)
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"),
      UInt8(ascii: "X"):
      return text(bytes, missing)
    // Another sequence begins, or a control key follows: the escape was a key of its own.
    case 0..<0x20, 0x7f: return .key(.escape, 1)
    // Alt with a letter is not that letter.
    case 0x20..<0x7f: return .key(nil, 2 - missing)
    default:
      guard case .key(_, let length) = scalar(bytes[1...]) else { return .incomplete }
      return .key(nil, 1 + length)
    }
  }

  private static func control(_ bytes: [UInt8], _ missing: Int) -> First {
    var end = 2
    while end < bytes.count, (0x20...0x3f).contains(bytes[end]) { end += 1 }
    guard end < bytes.count else {
      return bytes.count > sequenceLimit ? .key(nil, bytes.count - missing) : .incomplete
    }
    // Control-C in the middle of a torn sequence is Control-C.
    guard (0x40...0x7e).contains(bytes[end]) else { return .key(nil, end - missing) }
    let length = end + 1 - missing
    if end == 2 { return .key(cursor(bytes[end]), length) }
    guard bytes[end] == UInt8(ascii: "~") else { return .key(nil, length) }
    switch String(decoding: bytes[2..<end], as: UTF8.self) {
    case "1", "7": return .key(.home, length)
    case "3": return .key(.delete, length)
    case "4", "8": return .key(.end, length)
    case "5": return .key(.pageUp, length)
    case "6": return .key(.pageDown, length)
    case "200": return .pasteStart(length)
    default: return .key(nil, length)
    }
  }

  /// What a terminal answers to questions that nobody here asks: up to BEL or `ESC \`.
  private static func text(_ bytes: [UInt8], _ missing: Int) -> First {
    for index in bytes.indices.dropFirst(2) {
      if bytes[index] == 0x07 { return .key(nil, index + 1 - missing) }
      if bytes[index] == 0x1b {
        guard index + 1 < bytes.count else { return .incomplete }
        return .key(nil, index + (bytes[index + 1] == UInt8(ascii: "\\") ? 2 : 0) - missing)
      }
      if bytes[index] < 0x20 { return .key(nil, index - missing) }
    }
    return bytes.count > sequenceLimit ? .key(nil, bytes.count - missing) : .incomplete
  }

  private static func cursor(_ final: UInt8) -> Key? {
    switch final {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "Z"): .backTab
    default: nil
    }
  }
}
