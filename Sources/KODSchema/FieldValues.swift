/// A message as the schema sees it: the values of its fields by number. What is not there has its
/// default.
package struct MessageValue: Equatable, Sendable {
  package var fields: [UInt32: FieldValue]

  package init(_ fields: [UInt32: FieldValue] = [:]) {
    self.fields = fields
  }
}

/// The value of a field.
package indirect enum FieldValue: Equatable, Sendable {
  /// Any number, `bool` or enum: the 64 bits that a varint carries. Negative ones are extended to
  /// 64 bits, also of 32-bit fields.
  case number(UInt64)
  case string(String)
  case bytes([UInt8])
  case message(MessageValue)
  /// Of a repeated field: at least one.
  case list([FieldValue])

  /// The default of a field that is not in a oneof: it is the same as not to be set.
  var isDefault: Bool {
    switch self {
    case .number(let bits): bits == 0
    case .string(let text): text.isEmpty
    case .bytes(let bytes): bytes.isEmpty
    case .message: false
    case .list(let values): values.isEmpty
    }
  }
}

extension Field.Kind {
  /// Repeated ones are packed.
  package var isNumber: Bool {
    switch self {
    case .bool, .int32, .int64, .uint32, .uint64, .enumeration: true
    case .string, .bytes, .message: false
    }
  }

  /// The bits that are left of a varint that may be wider than the field.
  func cut(_ bits: UInt64) -> UInt64 {
    switch self {
    case .bool: bits == 0 ? 0 : 1
    case .uint32: UInt64(UInt32(truncatingIfNeeded: bits))
    case .int32, .enumeration: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
    default: bits
    }
  }
}

/// A number, a text … that cannot be encoded, or bytes that do not decode.
package struct SchemaCodecError: Error, Equatable, CustomStringConvertible {
  /// Encoding: the field, such as `contact.phone` or `languages[2]`; empty for the message itself.
  package var path: String
  /// Decoding: the byte where it is wrong.
  package var offset: Int?
  package var message: String

  package var description: String {
    if let offset { return "byte \(offset): \(message)" }
    return path.isEmpty ? message : "\(path): \(message)"
  }
}
