/// What is wrong with a JSON text, and where. Prints as `3:14: a comma is missing`.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Both count from 1; columns are Unicode scalars.
  package var line: Int
  package var column: Int
  package var message: String

  package var description: String { "\(line):\(column): \(message)" }
}

extension JSON {
  /// How deep arrays and objects may nest.
  package static let maximumDepth = 64

  /// Reads exactly one value of RFC 8259, in UTF-8. Refused are also: a key that comes twice in an
  /// object, half a surrogate pair, a byte order mark, nesting deeper than 64, and numbers beyond a
  /// `Double`. Integers that fit are kept exactly: `.integer`, or above `Int64.max` `.unsigned`.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }
}

/// A place in the text, and the value that begins there.
private struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws(JSONError) -> JSON {
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw failure("not UTF-8", at: error.byteOffsets.lowerBound)
    }
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw failure("something follows the value") }
    return result
  }

  // MARK: Values

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    guard let current else { throw failure("a value is missing: the text ends") }
    switch current {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw failure("no value begins like this")
    }
  }

  private mutating func nested(
    _ read: (inout Self) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    guard depth < JSON.maximumDepth else {
      throw failure("nested deeper than \(JSON.maximumDepth)")
    }
    depth += 1
    position += 1
    let result = try read(&self)
    depth -= 1
    return result
  }

  private mutating func object() throws(JSONError) -> JSON {
    var members: [JSON.Member] = []
    // Bytes, not text: Swift takes differently composed letters for the same.
    var keys: Set<[UInt8]> = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("a key is missing") }
      let start = position
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else {
        throw failure("the key \(JSON.string(key).line) comes twice", at: start)
      }
      skipSpace()
      guard take(":") else { throw failure("a colon is missing") }
      members.append(JSON.Member(key: key, value: try value()))
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("a comma or } is missing") }
    return .object(members)
  }

  private mutating func array() throws(JSONError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("a comma or ] is missing") }
    return .array(elements)
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else {
      throw failure("no value begins like this")
    }
    position += word.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = take("-")
    let whole = position
    skipDigits()
    guard position > whole else { throw failure("a digit is missing") }
    guard bytes[whole] != UInt8(ascii: "0") || position == whole + 1 else {
      throw failure("a number may not begin with 0", at: whole)
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      let fraction = position
      skipDigits()
      guard position > fraction else { throw failure("a digit is missing") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      let exponent = position
      skipDigits()
      guard position > exponent else { throw failure("a digit is missing") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger {
      if let value = Int64(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
    }
    guard let value = Double(text), value.isFinite else {
      throw failure("the number is too large", at: start)
    }
    return .number(value)
  }

  // MARK: Text

  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text += try escape()
      case 0..<0x20: throw failure("a control character must be escaped")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw failure("the text does not end", at: start)
  }

  /// What an escape stands for, in UTF-8.
  private mutating func escape() throws(JSONError) -> [UInt8] {
    let start = position
    position += 1
    guard let byte = current else { throw failure("the text does not end", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw failure("no such escape", at: start)
    }
    var units = [try unit(start)]
    if UTF16.isLeadSurrogate(units[0]), take("\\") {
      guard take("u") else { throw failure("half a surrogate pair", at: start) }
      units.append(try unit(start))
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw failure("half a surrogate pair", at: start)
    }
    return Array(text.utf8)
  }

  /// The four hexadecimal digits of an escape.
  private mutating func unit(_ start: Int) throws(JSONError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4,
      digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("\\u needs four hexadecimal digits", at: start) }
    position += 4
    return unit
  }

  // MARK: Bytes

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
      position += 1
    }
  }

  private mutating func skipDigits() {
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      position += 1
    }
  }

  private func failure(_ message: String, at offset: Int? = nil) -> JSONError {
    let before = bytes[..<(offset ?? position)]
    let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    // Bytes that go on with a scalar do not count.
    let columns = before[lineStart...].count { $0 & 0xc0 != 0x80 }
    return JSONError(line: before.count { $0 == 0x0a } + 1, column: columns + 1, message: message)
  }
}
