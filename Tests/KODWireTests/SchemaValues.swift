import KODSchema
import KODWire
import TestSupport

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
  mutating func value(of message: MessageType) -> MessageValue {
    depth += 1
    defer { depth -= 1 }
    var result = MessageValue()
    for field in message.fields where field.oneof == nil {
      // Recursive types have to end somewhere.
      if case .message = field.kind, depth > 3 { continue }
      let count = Int.random(in: 1...4, using: &numbers)
      result.fields[field.number] =
        field.isRepeated ? .list((0..<count).map { _ in value(field) }) : value(field)
    }
    for oneof in message.oneofs {
      let members = message.fields.filter { $0.oneof == oneof.name }
      guard let field = members.randomElement(using: &numbers) else { continue }
      result.fields[field.number] = value(field)
    }
    return result
  }

  private mutating func value(_ field: Field) -> FieldValue {
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
      .message(schema.message(named: name).map { value(of: $0) } ?? MessageValue())
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
struct SchemaComparison {
  let schema: Schema

  /// The first difference, nil if there is none.
  func difference(_ message: Any, _ expected: MessageValue, of type: MessageType) -> String? {
    let properties = Mirror(reflecting: message).children
    for field in type.fields {
      guard let expected = expected.fields[field.number] else { continue }
      let name = SwiftName.field(field.oneof ?? field.name)
      guard let property = properties.first(where: { $0.label == name }) else {
        // Hidden from whoever prints the message; a test of its own reads it.
        if name == "token", message is any CustomReflectable { continue }
        return "\(Swift.type(of: message)) has no '\(name)'"
      }
      guard var value = unwrapped(property.value) else { return "'\(name)' is nil" }
      if field.oneof != nil {
        guard let only = Mirror(reflecting: value).children.first,
          only.label == SwiftName.field(field.name)
        else { return "'\(name)' is not case \(field.name)" }
        value = only.value
      }
      if let difference = compare(value, expected, field.kind) { return "\(name): \(difference)" }
    }
    return nil
  }

  private func unwrapped(_ value: Any) -> Any? {
    let mirror = Mirror(reflecting: value)
    return mirror.displayStyle == .optional ? mirror.children.first?.value : value
  }

  private func compare(_ value: Any, _ expected: FieldValue, _ kind: Field.Kind) -> String? {
    switch expected {
    case .number(let bits): return number(value) == bits ? nil : "\(value) is not \(bits)"
    case .string(let text): return (value as? String) == text ? nil : "\(value) is not \(text)"
    case .bytes(let bytes): return (value as? [UInt8]) == bytes ? nil : "\(value) is not \(bytes)"
    case .message(let inner):
      guard case .message(let name) = kind, let type = schema.message(named: name) else {
        return "no message"
      }
      return difference(value, inner, of: type)
    case .list(let values):
      let elements = Mirror(reflecting: value).children.map(\.value)
      guard elements.count == values.count else { return "\(elements.count) elements" }
      for (element, expected) in zip(elements, values) {
        if let difference = compare(element, expected, kind) { return difference }
      }
      return nil
    }
  }

  /// The bits of a number as a varint carries them.
  private func number(_ value: Any) -> UInt64? {
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
