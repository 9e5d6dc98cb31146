extension JSON {
  /// On one line, without spaces. Escaped is only what JSON demands, and what a terminal or a
  /// reader of lines may obey.
  package var line: String {
    var text = ""
    write(to: &text, comma: ",", colon: ":")
    return text
  }

  /// For files that people read: an element or member a line, indented by two spaces. Arrays and
  /// objects without others in them stand on one line if it has at most 120 columns. No line feed
  /// at the end.
  package var indented: String {
    var text = ""
    write(to: &text, indentation: 0, columnsBefore: 0, columnsAfter: 0)
    return text
  }

  private static let maximumColumns = 120

  private var isContainer: Bool {
    switch self {
    case .array(let values): !values.isEmpty
    case .object(let members): !members.isEmpty
    default: false
    }
  }

  /// Nothing that could be broken over lines is inside.
  private var isFlat: Bool {
    switch self {
    case .array(let values): !values.contains(where: \.isContainer)
    case .object(let members): !members.contains(where: \.value.isContainer)
    default: true
    }
  }

  /// - Parameters:
  ///   - columnsBefore: what stands on the line already, such as indentation and key.
  ///   - columnsAfter: what will follow on it, such as a comma.
  private func write(
    to text: inout String, indentation: Int, columnsBefore: Int, columnsAfter: Int
  ) {
    if isFlat {
      var flat = ""
      write(to: &flat, comma: ", ", colon: ": ")
      let columns = columnsBefore + flat.unicodeScalars.count + columnsAfter
      if !isContainer || columns <= Self.maximumColumns {
        text += flat
        return
      }
    }
    let inner = indentation + 2
    let start = "\n" + String(repeating: " ", count: inner)
    let end = "\n" + String(repeating: " ", count: indentation)
    switch self {
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        text += start
        let comma = index < values.count - 1 ? "," : ""
        value.write(
          to: &text, indentation: inner, columnsBefore: inner, columnsAfter: comma.count)
        text += comma
      }
      text += end + "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        var key = ""
        Self.write(member.key, to: &key)
        key += ": "
        text += start + key
        let comma = index < members.count - 1 ? "," : ""
        member.value.write(
          to: &text, indentation: inner, columnsBefore: inner + key.unicodeScalars.count,
          columnsAfter: comma.count)
        text += comma
      }
      text += end + "}"
    default: write(to: &text, comma: ", ", colon: ": ")
    }
  }

  private func write(to text: inout String, comma: String, colon: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .unsigned(let value): text += String(value)
    // Neither infinity nor "not a number" exists in JSON.
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): JSON.write(value, to: &text)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += comma }
        value.write(to: &text, comma: comma, colon: colon)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += comma }
        JSON.write(member.key, to: &text)
        text += colon
        member.value.write(to: &text, comma: comma, colon: colon)
      }
      text += "}"
    }
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where mustBeEscaped(scalar):
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  /// Control characters, also those that JSON would let pass but a terminal may obey; the
  /// separators that some readers take for the end of the line, and marks that turn the direction
  /// of what follows.
  private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f...0x9f: true
    case 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
