import Foundation
import KODJSON
import KODSchema

/// What a value is by the schema, as far as that is known.
enum ValueType: Equatable, Sendable {
  case message(String)
  case one(Field.Kind)
  case many(Field.Kind)
  /// Bytes that are written as hexadecimal digits.
  case hex
  case unknown

  init(_ field: Field) { self = field.isRepeated ? .many(field.kind) : Self.single(field.kind) }

  /// Of one element, or of the field that is not repeated.
  static func single(_ kind: Field.Kind) -> ValueType {
    if case .message(let name) = kind { .message(name) } else { .one(kind) }
  }

  var element: ValueType {
    if case .many(let kind) = self { Self.single(kind) } else { .unknown }
  }
}

/// Where a value differs from what was expected.
struct Mismatch: Error, Equatable, CustomStringConvertible {
  /// `message.status.reason`; empty: the value itself.
  var path: String
  var expected: String
  var came: String

  var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    return "\(place)expected \(expected), came \(came)"
  }
}

/// Compares values with patterns and keeps what the patterns save.
struct PatternMatch {
  let schema: SchemaIndex
  let evaluation: Evaluation
  /// What `$save` kept, in the order of the pattern.
  private(set) var saved: [(name: String, value: JSON)] = []

  init(_ schema: SchemaIndex, _ evaluation: Evaluation) {
    self.schema = schema
    self.evaluation = evaluation
  }

  static let functions: Set<String> = [
    "$any", "$unset", "$set", "$save", "$is", "$range", "$matches", "$count", "$contains", "$not",
    "$any_of",
  ]

  /// Compares; nothing is saved unless everything matches.
  /// - Throws: `Mismatch`, or `ValueError` when the pattern makes no sense.
  mutating func match(
    _ pattern: JSON, _ value: JSON?, _ type: ValueType, path: String = ""
  ) throws {
    var trial = self
    try trial.compare(pattern, value, type, path)
    self = trial
  }

  /// Whether it matches; what it saves is kept if it does.
  mutating func matches(_ pattern: JSON, _ value: JSON?, _ type: ValueType) throws -> Bool {
    do {
      try match(pattern, value, type)
      return true
    } catch is Mismatch {
      return false
    }
  }

  private var current: Evaluation {
    var evaluation = evaluation
    for (name, value) in saved { evaluation.variables[name] = value }
    return evaluation
  }

  private mutating func compare(
    _ pattern: JSON, _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    switch pattern {
    case .object(let members):
      if members.contains(where: { $0.key.hasPrefix("$") }) {
        try apply(members, value, type, path)
      } else {
        try compareObject(members, value, type, path)
      }
    case .array(let patterns):
      try compareArray(patterns, value, type, path)
    case .string:
      let expected = try current.value(pattern)
      // What a variable holds is data, in which a dollar means nothing.
      try equal(expected, value, type, path)
    default: try equal(pattern, value, type, path)
    }
  }

  private mutating func compareObject(
    _ members: [JSON.Member], _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    guard let value, value != .null else {
      throw Mismatch(path: path, expected: JSON.object(members).shortLine, came: "nothing")
    }
    guard value.members != nil else {
      throw Mismatch(path: path, expected: "an object", came: value.shortLine)
    }
    for member in members {
      let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
      try compare(member.value, value[member.key], try fieldType(member.key, type), inner)
    }
  }

  private func fieldType(_ name: String, _ type: ValueType) throws -> ValueType {
    guard case .message(let message) = type else { return .unknown }
    guard let fields = schema.fields(of: message), let field = fields[name] else {
      throw ValueError("\(message) has no field \(name)")
    }
    return ValueType(field)
  }

  private mutating func compareArray(
    _ patterns: [JSON], _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    let elements = try array(value, path)
    guard elements.count == patterns.count else {
      throw Mismatch(
        path: path, expected: "\(patterns.count) elements",
        came: "\(elements.count): \(JSON.array(elements).shortLine)")
    }
    for (index, pattern) in patterns.enumerated() {
      try compare(pattern, elements[index], type.element, "\(path)[\(index)]")
    }
  }

  private func array(_ value: JSON?, _ path: String) throws -> [JSON] {
    guard let value, value != .null else { return [] }
    guard let elements = value.elements else {
      throw Mismatch(path: path, expected: "an array", came: value.shortLine)
    }
    return elements
  }

  // MARK: Functions

  private mutating func apply(
    _ members: [JSON.Member], _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    guard members.count == 1 || members.contains(where: { $0.key == "$save" }) else {
      throw ValueError("a function stands alone: \(JSON.object(members).shortLine)")
    }
    let came = value.map(\.shortLine) ?? "nothing"
    let (name, argument) = (members[0].key, members[0].value)
    if let save = members.first(where: { $0.key == "$save" }) {
      if let inner = members.first(where: { $0.key == "$is" }) {
        try compare(inner.value, value, type, path)
      }
      saved.append((try current.text(save.value), value ?? Self.defaultValue(of: type)))
      return
    }
    switch name {
    case "$any": return
    case "$unset":
      guard isDefault(value, type) else {
        throw Mismatch(path: path, expected: "the default", came: came)
      }
    case "$set":
      if isDefault(value, type) {
        throw Mismatch(path: path, expected: "something that is not the default", came: came)
      }
    case "$range":
      let bounds = argument.elements ?? []
      guard bounds.count == 2 else { throw ValueError("$range takes two numbers") }
      let (least, most) = (
        try current.wholeNumber(bounds[0]), try current.wholeNumber(bounds[1])
      )
      guard let number = (value ?? .integer(0)).wholeNumber, number >= least, number <= most else {
        throw Mismatch(path: path, expected: "a number from \(least) to \(most)", came: came)
      }
    case "$matches":
      let pattern = try current.text(argument)
      guard let expression = try? NSRegularExpression(pattern: pattern) else {
        throw ValueError("'\(pattern)' is not a regular expression")
      }
      let text = value.map { $0.text ?? $0.line } ?? ""
      guard
        expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
      else {
        throw Mismatch(path: path, expected: "a text that matches \(pattern)", came: came)
      }
    case "$count":
      let count = try current.wholeNumber(argument)
      let length = length(value, type)
      guard Int64(length) == count else {
        throw Mismatch(path: path, expected: "a length of \(count)", came: "\(length): \(came)")
      }
    case "$contains": try applyContains(argument, value, type, path)
    case "$not":
      var trial = self
      if try trial.matches(argument, value, type) {
        throw Mismatch(path: path, expected: "anything but \(argument.shortLine)", came: came)
      }
    case "$any_of":
      for choice in argument.elements ?? [] where try matches(choice, value, type) { return }
      throw Mismatch(path: path, expected: "one of \(argument.shortLine)", came: came)
    default:
      guard Evaluation.functions.contains(name) else {
        throw ValueError("there is no pattern \(name)")
      }
      try equal(try current.value(.object(members)), value, type, path)
    }
  }

  private mutating func applyContains(
    _ argument: JSON, _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    var left = try array(value, path)
    for pattern in argument.elements ?? [] {
      var place: Int?
      for (index, element) in left.enumerated()
      where try matches(pattern, element, type.element) {
        place = index
        break
      }
      guard let place else {
        throw Mismatch(
          path: path, expected: "an element like \(pattern.shortLine)",
          came: JSON.array(left).shortLine)
      }
      left.remove(at: place)
    }
  }

  private func length(_ value: JSON?, _ type: ValueType) -> Int {
    switch (value, type) {
    case (.array(let elements), _): elements.count
    case (.string(let text), .one(.bytes)): Data(base64Encoded: text)?.count ?? 0
    case (.string(let text), .hex): text.utf8.count / 2
    case (.string(let text), _): text.utf8.count
    default: 0
    }
  }

  // MARK: Plain values

  private func equal(
    _ expected: JSON, _ value: JSON?, _ type: ValueType, _ path: String
  ) throws {
    if case .one(.enumeration(let name)) = type, let text = expected.text,
      schema.number(text, of: name) == nil
    {
      throw ValueError("\(name) has no value \(text)")
    }
    if isEqual(expected, value, type) { return }
    throw Mismatch(
      path: path, expected: expected.shortLine, came: value.map(\.shortLine) ?? "nothing")
  }

  private func isEqual(_ expected: JSON, _ value: JSON?, _ type: ValueType) -> Bool {
    guard let value, value != .null else { return isDefault(expected, type) }
    switch (expected, value) {
    case (.null, _): return isDefault(value, type)
    case (.object(let members), .object):
      return members.allSatisfy { member in
        var inner = ValueType.unknown
        if case .message(let name) = type, let field = schema.fields(of: name)?[member.key] {
          inner = ValueType(field)
        }
        return isEqual(member.value, value[member.key], inner)
      }
    case (.array(let left), .array(let right)):
      return left.count == right.count
        && zip(left, right).allSatisfy { isEqual($0, $1, type.element) }
    case (.bool(let left), .bool(let right)): return left == right
    default: break
    }
    if case .one(.enumeration(let name)) = type {
      return enumNumber(expected, name) == enumNumber(value, name)
    }
    if case .hex = type, let left = expected.text.flatMap(Hex.bytes) {
      return left == value.text.flatMap(Hex.bytes)
    }
    guard let left = plainText(expected), let right = plainText(value) else { return false }
    return left == right
  }

  /// The number of an enum's value; of a name that does not exist, one that equals nothing.
  private func enumNumber(_ value: JSON, _ type: String) -> Int64? {
    if let name = value.text, let number = schema.number(name, of: type) { return Int64(number) }
    return value.wholeNumber ?? (value.text.map { _ in Int64.min })
  }

  /// Numbers and texts alike: a 64-bit number is a text in JSON.
  private func plainText(_ value: JSON) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .unsigned(let number): String(number)
    case .number(let number): Int64(exactly: number).map { String($0) } ?? "\(number)"
    default: nil
    }
  }

  private func isDefault(_ value: JSON?, _ type: ValueType) -> Bool {
    switch value {
    case nil, .null: return true
    case .bool(let value): return !value
    case .integer(let number): return number == 0
    case .unsigned(let number): return number == 0
    case .number(let number): return number == 0
    case .array(let elements): return elements.isEmpty
    case .object: return false
    case .string(let text):
      switch type {
      case .one(.int64), .one(.uint64), .one(.int32), .one(.uint32): return Int64(text) == 0
      case .one(.enumeration(let name)): return schema.number(text, of: name) == 0
      default: return text.isEmpty
      }
    }
  }

  private static func defaultValue(of type: ValueType) -> JSON {
    switch type {
    case .one(.bool): .bool(false)
    case .one(.string), .one(.bytes), .hex: .string("")
    case .one(.message), .message, .unknown: .null
    case .one: .integer(0)
    case .many: .array([])
    }
  }
}
