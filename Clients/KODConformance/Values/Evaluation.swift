import Foundation
import KODJSON

/// Turns values of a case into plain JSON: variables are put in, functions are carried out.
struct Evaluation {
  var variables: Variables
  /// The server's time, in microseconds.
  var serverTime: @Sendable () -> Int64

  static let functions: Set<String> = ["$random", "$repeat", "$hex", "$add", "$now_us"]

  func value(_ template: JSON) throws(ValueError) -> JSON {
    switch template {
    case .string(let text): return try Self.expand(text, variables)
    case .array(let elements):
      var result: [JSON] = []
      for element in elements { result.append(try value(element)) }
      return .array(result)
    case .object(let members):
      if let function = template.function {
        return try call(function.name, function.argument)
      }
      var result: [JSON.Member] = []
      for member in members {
        result.append(JSON.Member(key: member.key, value: try value(member.value)))
      }
      return .object(result)
    default: return template
    }
  }

  /// Bytes that are written as hex, or made by `$random` or `$hex`.
  func bytes(_ template: JSON) throws(ValueError) -> [UInt8] {
    if let function = template.function, function.name == "$random" || function.name == "$hex" {
      return try made(function.name, function.argument)
    }
    guard let text = try value(template).text, let bytes = Hex.bytes(text) else {
      throw ValueError("\(template.shortLine) is not hexadecimal")
    }
    return bytes
  }

  func wholeNumber(_ template: JSON) throws(ValueError) -> Int64 {
    let result = try value(template)
    guard let number = result.wholeNumber else {
      throw ValueError("\(result.shortLine) is not a whole number")
    }
    return number
  }

  func text(_ template: JSON) throws(ValueError) -> String {
    let result = try value(template)
    guard let text = result.text else { throw ValueError("\(result.shortLine) is not a text") }
    return text
  }

  private func call(_ name: String, _ argument: JSON) throws(ValueError) -> JSON {
    switch name {
    case "$random", "$hex": return .string(Data(try made(name, argument)).base64EncodedString())
    case "$repeat":
      guard let parts = argument.elements, parts.count == 2 else {
        throw ValueError("$repeat takes a text and a number")
      }
      let count = try wholeNumber(parts[1])
      guard (0...10_000_000).contains(count) else {
        throw ValueError("$repeat \(count) times is out of bounds")
      }
      return .string(String(repeating: try text(parts[0]), count: Int(count)))
    case "$add":
      guard let parts = argument.elements, parts.count == 2 else {
        throw ValueError("$add takes two numbers")
      }
      let (sum, overflows) = try wholeNumber(parts[0]).addingReportingOverflow(
        try wholeNumber(parts[1]))
      guard !overflows else { throw ValueError("$add goes over 64 bits") }
      return .integer(sum)
    case "$now_us": return .integer(serverTime() + (try wholeNumber(argument)))
    default: throw ValueError("there is no function \(name)")
    }
  }

  private func made(_ name: String, _ argument: JSON) throws(ValueError) -> [UInt8] {
    if name == "$random" {
      let count = try wholeNumber(argument)
      guard (0...1_000_000).contains(count) else {
        throw ValueError("$random \(count) is out of bounds")
      }
      return (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
    guard let bytes = Hex.bytes(try text(argument)) else {
      throw ValueError("\(argument.shortLine) is not hexadecimal")
    }
    return bytes
  }

  // MARK: Variables in texts

  /// `$x` alone is the value itself; `${x}` inside a text is put in as text.
  static func expand(_ text: String, _ variables: Variables) throws(ValueError) -> JSON {
    switch try TextTemplate(text) {
    case .whole(let reference): return try variables.value(of: reference)
    case .parts(let parts):
      var result = ""
      for part in parts {
        switch part {
        case .plain(let plain): result += plain
        case .reference(let reference):
          let value = try variables.value(of: reference)
          result += value.text ?? value.line
        }
      }
      return .string(result)
    }
  }
}

/// A text of a case: a variable as a whole, or plain text with variables in it.
enum TextTemplate: Equatable {
  enum Part: Equatable {
    case plain(String)
    case reference(String)
  }

  case whole(String)
  case parts([Part])

  init(_ text: String) throws(ValueError) {
    if text.hasPrefix("$$") {
      self = try .parts(Self.parts(text.dropFirst(), keeping: 1))
    } else if text.hasPrefix("$"), !text.hasPrefix("${") {
      let reference = String(text.dropFirst())
      guard !reference.isEmpty, reference.allSatisfy(Self.isNameCharacter) else {
        throw ValueError("'\(text)' is not the name of a variable ($$ begins a text with a dollar)")
      }
      self = .whole(reference)
    } else {
      self = try .parts(Self.parts(text[...], keeping: 0))
    }
  }

  /// The variables that it uses.
  var references: [String] {
    switch self {
    case .whole(let reference): [reference]
    case .parts(let parts):
      parts.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII
      && (character.isLetter || character.isNumber || "_-.".contains(character))
  }

  /// The first `keeping` characters are plain, whatever they are.
  private static func parts(_ text: Substring, keeping: Int) throws(ValueError) -> [Part] {
    var parts: [Part] = []
    var plain = String(text.prefix(keeping))
    var rest = text.dropFirst(keeping)
    while let first = rest.first {
      guard rest.hasPrefix("${") else {
        plain.append(first)
        rest = rest.dropFirst()
        continue
      }
      guard let end = rest.firstIndex(of: "}") else {
        throw ValueError("'\(text)': no } after ${")
      }
      let reference = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
      guard !reference.isEmpty, reference.allSatisfy(isNameCharacter) else {
        throw ValueError("'\(reference)' is not the name of a variable")
      }
      if !plain.isEmpty { parts.append(.plain(plain)) }
      plain = ""
      parts.append(.reference(reference))
      rest = rest[rest.index(after: end)...]
    }
    if !plain.isEmpty || parts.isEmpty { parts.append(.plain(plain)) }
    return parts
  }
}

enum Hex {
  /// Bytes of hexadecimal digits; spaces between them do not count. Nil when it is anything else.
  static func bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 where character != UInt8(ascii: " ") {
      guard let digit = digit(character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
