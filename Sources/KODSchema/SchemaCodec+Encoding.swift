extension SchemaCodec {
  /// The canonical encoding of a value. Fields that the message does not have are left out.
  package func encode(_ value: MessageValue, as message: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in messages[message]?.fields ?? [] {
      guard let value = value.fields[field.number], field.oneof != nil || !value.isDefault else {
        continue
      }
      bytes += encode(value, field)
    }
    return bytes
  }

  private func encode(_ value: FieldValue, _ field: Field) -> [UInt8] {
    switch value {
    case .number(let bits): return ProtobufBytes.number(field.number, bits)
    case .string(let text): return ProtobufBytes.delimited(field.number, Array(text.utf8))
    case .bytes(let bytes): return ProtobufBytes.delimited(field.number, bytes)
    case .message(let inner):
      guard case .message(let name) = field.kind else { return [] }
      return ProtobufBytes.delimited(field.number, encode(inner, as: name))
    case .list(let values) where field.kind.isNumber:
      let packed = values.flatMap { value in
        if case .number(let bits) = value { ProtobufBytes.varint(bits) } else { [UInt8]() }
      }
      return ProtobufBytes.delimited(field.number, packed)
    case .list(let values): return values.flatMap { encode($0, field) }
    }
  }
}

/// The pieces of protobuf's wire format.
package enum ProtobufBytes {
  package static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// What stands before a value. Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four
  /// bytes.
  package static func tag(_ number: UInt32, _ wireType: UInt64) -> [UInt8] {
    varint(UInt64(number) << 3 | wireType)
  }

  package static func number(_ number: UInt32, _ bits: UInt64) -> [UInt8] {
    tag(number, 0) + varint(bits)
  }

  package static func delimited(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    tag(number, 2) + varint(UInt64(bytes.count)) + bytes
  }
}
