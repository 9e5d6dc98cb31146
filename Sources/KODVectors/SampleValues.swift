import KODSchema

/// Values of fields that the vectors are made of. Fixed: the same schema gives the same values.
struct SampleValues {
  let schema: Schema

  /// A value with a name, such as `highest`.
  struct Named {
    var name: String
    var value: FieldValue
  }

  /// An everyday value of one element; it differs from field to field, so that a mix-up shows.
  func plain(_ field: Field, depth: Int = 1) -> FieldValue {
    let number = UInt64(field.number)
    switch field.kind {
    case .bool: return .number(1)
    case .int32, .uint32: return .number(100 + number)
    case .int64: return .number(1_767_261_600_000_000 + number)
    case .uint64: return .number(300 + number)
    case .string: return .string(field.name)
    case .bytes: return .bytes((0..<16).map { UInt8($0) })
    case .enumeration: return .number(bits(enumNumbers(field).dropFirst().first ?? 1))
    case .message(let name):
      return .message(
        schema.message(named: name).map { everything($0, depth: depth + 1) } ?? MessageValue())
    }
  }

  /// Values of one element at the ends of the type, and others that are easily got wrong.
  func notable(_ field: Field) -> [Named] {
    switch field.kind {
    case .bool: return []
    case .uint32: return [Named(name: "highest", value: .number(UInt64(UInt32.max)))]
    case .uint64: return [Named(name: "highest", value: .number(.max))]
    case .int32:
      return [
        Named(name: "lowest", value: .number(bits(.min))),
        Named(name: "highest", value: .number(bits(.max))),
        Named(name: "minus one", value: .number(bits(-1))),
      ]
    case .int64:
      return [
        Named(name: "lowest", value: .number(UInt64(bitPattern: .min))),
        Named(name: "highest", value: .number(UInt64(bitPattern: .max))),
        Named(name: "minus one", value: .number(UInt64(bitPattern: -1))),
      ]
    case .string:
      return [
        Named(name: "many scripts", value: .string("Añjā ქართ 電話 🙂")),
        Named(name: "U+0000 and U+10FFFF", value: .string("\u{0}\u{10FFFF}")),
      ]
    case .bytes: return [Named(name: "all bits", value: .bytes([0, 0xff, 0x80, 0x7f]))]
    case .enumeration:
      return [
        Named(name: "last named value", value: .number(bits(enumNumbers(field).last ?? 1))),
        Named(name: "number without a name", value: .number(4_000)),
        Named(name: "negative number", value: .number(bits(-1))),
        Named(name: "lowest", value: .number(bits(.min))),
        Named(name: "highest", value: .number(bits(.max))),
      ]
    case .message: return [Named(name: "empty", value: .message(MessageValue()))]
    }
  }

  /// The default of one element.
  func zero(_ field: Field) -> FieldValue {
    switch field.kind {
    case .string: .string("")
    case .bytes: .bytes([])
    case .message: .message(MessageValue())
    default: .number(0)
    }
  }

  /// Another value than `plain`, or an empty message.
  func other(_ field: Field) -> FieldValue {
    notable(field).last?.value ?? zero(field)
  }

  /// Every field set; of a oneof the last member. Messages inside go two levels down.
  func everything(_ message: MessageType, depth: Int = 1) -> MessageValue {
    var result = MessageValue()
    for field in message.fields {
      if case .message = field.kind, depth > 2 { continue }
      let value = plain(field, depth: depth)
      if let oneof = field.oneof {
        for rival in message.fields where rival.oneof == oneof { result.fields[rival.number] = nil }
      }
      let elements = depth == 1 && field.kind.isNumber ? [value, zero(field), value] : [value]
      result.fields[field.number] = field.isRepeated ? .list(elements) : value
    }
    return result
  }

  private func enumNumbers(_ field: Field) -> [Int32] {
    guard case .enumeration(let name) = field.kind else { return [] }
    return schema.enumType(named: name)?.values.map(\.number) ?? []
  }

  private func bits(_ number: Int32) -> UInt64 { UInt64(bitPattern: Int64(number)) }
}
