import KODSchema
import KODWire

/// A small, seeded source of numbers (SplitMix64), so that every run makes the same values.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A value of a field as the schema sees it, without any generated code.
indirect enum SchemaValue: Equatable {
  case number(UInt64)
  case string(String)
  case bytes([UInt8])
  case message([SchemaField])
}

struct SchemaField: Equatable {
  var field: Field
  /// One, unless the field is repeated.
  var values: [SchemaValue]
}

/// Writes protobuf straight from the schema: a second, independent implementation to compare the
/// generated code with. Slow and obvious.
enum SchemaEncoder {
  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  static func tag(_ number: UInt32, _ wireType: UInt64) -> [UInt8] {
    varint(UInt64(number) << 3 | wireType)
  }

  static func lengthDelimited(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    tag(number, 2) + varint(UInt64(bytes.count)) + bytes
  }

  static func encode(_ fields: [SchemaField]) -> [UInt8] {
    fields.sorted { $0.field.number < $1.field.number }.flatMap { encode($0) }
  }

  private static func encode(_ field: SchemaField) -> [UInt8] {
    let number = field.field.number
    if field.field.isRepeated, case .number = field.values.first {
      let packed = field.values.flatMap { value in
        guard case .number(let bits) = value else { return [UInt8]() }
        return varint(bits)
      }
      return lengthDelimited(number, packed)
    }
    return field.values.flatMap { value in
      switch value {
      case .number(let bits): tag(number, 0) + varint(bits)
      case .string(let text): lengthDelimited(number, Array(text.utf8))
      case .bytes(let bytes): lengthDelimited(number, bytes)
      case .message(let fields): lengthDelimited(number, encode(fields))
      }
    }
  }
}

/// Makes values that are not the default, so that every field shows on the wire.
struct SchemaValueMaker {
  let schema: Schema
  var numbers: SeededNumbers
  private var depth = 0

  init(schema: Schema, seed: UInt64) {
    self.schema = schema
    numbers = SeededNumbers(state: seed)
  }

  /// All fields of a message; of a oneof, one.
  mutating func fields(of message: MessageType) -> [SchemaField] {
    depth += 1
    defer { depth -= 1 }
    var fields: [SchemaField] = []
    for field in message.fields where field.oneof == nil {
      // Recursive types have to end somewhere.
      if case .message = field.kind, depth > 3 { continue }
      let count = field.isRepeated ? Int.random(in: 1...4, using: &numbers) : 1
      fields.append(SchemaField(field: field, values: (0..<count).map { _ in value(field) }))
    }
    for oneof in message.oneofs {
      let members = message.fields.filter { $0.oneof == oneof.name }
      guard let field = members.randomElement(using: &numbers) else { continue }
      fields.append(SchemaField(field: field, values: [value(field)]))
    }
    return fields
  }

  private mutating func value(_ field: Field) -> SchemaValue {
    switch field.kind {
    case .bool: .number(1)
    case .uint64, .int64: .number(wide())
    case .uint32: .number(max(1, wide() & 0xFFFF_FFFF))
    case .int32: .number(signExtended(wide()))
    case .enumeration(let name):
      // One value in four is one that this version has no name for.
      .number(
        Int.random(in: 0..<4, using: &numbers) == 0
          ? 4_000
          : signExtended(
            UInt64(
              bitPattern: Int64(
                schema.enumType(named: name)?.values.dropFirst().randomElement(using: &numbers)?
                  .number ?? 1))))
    case .string: .string(text())
    case .bytes:
      .bytes((0..<Int.random(in: 1...300, using: &numbers)).map { _ in UInt8(wide() & 0xFF) })
    case .message(let name):
      .message(schema.message(named: name).map { fields(of: $0) } ?? [])
    }
  }

  /// Numbers of all lengths, not only of 64 bits.
  private mutating func wide() -> UInt64 {
    max(1, numbers.next() >> UInt64.random(in: 0..<64, using: &numbers))
  }

  private func signExtended(_ bits: UInt64) -> UInt64 {
    let number = Int32(truncatingIfNeeded: bits)
    return UInt64(bitPattern: Int64(number == 0 ? 1 : number))
  }

  private mutating func text() -> String {
    let alphabet = ["a", "Ω", "電", "🙂", "\u{0}", " "]
    let count = Int.random(in: 1...90, using: &numbers)
    return (0..<count).map { _ in alphabet.randomElement(using: &numbers) ?? "" }.joined()
  }
}

/// Compares a decoded Swift value with the schema's, property by property.
enum SchemaComparison {
  /// The first difference, nil if there is none.
  static func difference(_ message: Any, _ fields: [SchemaField]) -> String? {
    let properties = Mirror(reflecting: message).children
    for field in fields {
      let holder = field.field.oneof ?? field.field.name
      let name = SwiftName.field(holder)
      guard let property = properties.first(where: { $0.label == name }) else {
        return "\(type(of: message)) has no '\(name)'"
      }
      guard var value = unwrapped(property.value) else { return "'\(name)' is nil" }
      if field.field.oneof != nil {
        guard let only = Mirror(reflecting: value).children.first,
          only.label == SwiftName.field(field.field.name)
        else { return "'\(name)' is not case \(field.field.name)" }
        value = only.value
      }
      if let difference = compare(value, field) { return "\(name): \(difference)" }
    }
    return nil
  }

  private static func unwrapped(_ value: Any) -> Any? {
    let mirror = Mirror(reflecting: value)
    return mirror.displayStyle == .optional ? mirror.children.first?.value : value
  }

  private static func compare(_ value: Any, _ field: SchemaField) -> String? {
    guard field.field.isRepeated else { return compare(value, field.values[0]) }
    let elements = Mirror(reflecting: value).children.map(\.value)
    guard elements.count == field.values.count else { return "\(elements.count) elements" }
    for (element, expected) in zip(elements, field.values) {
      if let difference = compare(element, expected) { return difference }
    }
    return nil
  }

  private static func compare(_ value: Any, _ expected: SchemaValue) -> String? {
    switch expected {
    case .number(let bits): number(value) == bits ? nil : "\(value) is not \(bits)"
    case .string(let text): (value as? String) == text ? nil : "\(value) is not \(text)"
    case .bytes(let bytes): (value as? [UInt8]) == bytes ? nil : "\(value) is not \(bytes)"
    case .message(let fields): difference(value, fields)
    }
  }

  /// The bits of a number as a varint carries them.
  private static func number(_ value: Any) -> UInt64? {
    switch value {
    case let value as Bool: value ? 1 : 0
    case let value as UInt64: value
    case let value as Int64: UInt64(bitPattern: value)
    case let value as UInt32: UInt64(value)
    case let value as Int32: UInt64(bitPattern: Int64(value))
    case let value as any WireEnum: UInt64(bitPattern: Int64(value.rawValue))
    default: nil
    }
  }
}
