/// What was pressed.
enum Key: Equatable, Sendable {
  case character(Character)
  case up
  case down
  case enter
  /// Control-C or Control-D: in raw mode the terminal no longer turns them into a signal.
  case interrupt
  /// Control-Z.
  case suspend
  /// Control-L.
  case redraw
}

/// Bytes of a terminal in raw mode -> keys. Sequences may arrive in pieces.
struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []

  /// Unknown sequences are skipped whole: a stray function key must not act as the letters it is made of.
  mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    var index = 0
    while index < pending.count {
      if pending[index] == 0x1b {
        guard let (key, length) = Self.escape(pending[index...]) else { break }
        if let key { keys.append(key) }
        index += length
        continue
      }
      if let key = Self.plain(pending[index]) { keys.append(key) }
      index += 1
    }
    pending.removeFirst(min(index, pending.count))
    return keys
  }

  /// A lone escape stays pending until more comes; the caller says when nothing did.
  mutating func flush() { pending.removeAll() }

  private static func plain(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x03, 0x04: .interrupt
    case 0x0c: .redraw
    case 0x0a, 0x0d: .enter
    case 0x1a: .suspend
    case 0x20..<0x7f: .character(Character(Unicode.Scalar(byte)))
    default: nil
    }
  }

  /// Nil: incomplete. `ESC [ … final`, `ESC O final`; ESC before anything else is a key of its own and ignored.
  private static func escape(_ bytes: ArraySlice<UInt8>) -> (Key?, Int)? {
    let bytes = Array(bytes)
    guard bytes.count > 1 else { return nil }
    switch bytes[1] {
    case UInt8(ascii: "["):
      var end = 2
      while end < bytes.count, (0x20...0x3f).contains(bytes[end]) { end += 1 }
      guard end < bytes.count else { return nil }
      return (end == 2 ? arrow(bytes[end]) : nil, end + 1)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return nil }
      return (arrow(bytes[2]), 3)
    default: return (nil, 1)
    }
  }

  private static func arrow(_ final: UInt8) -> Key? {
    switch final {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    default: nil
    }
  }
}
