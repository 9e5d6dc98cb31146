package import KODJSON

/// Protobuf bytes from JSON and back, by the schema alone: no generated code is involved, so that
/// the two can check each other. Slow and obvious.
///
/// The JSON is protobuf's own mapping with the field names of the `.proto` file: enums by name (a
/// number without a name as number), bytes in base64, 64-bit integers as strings, fields in the
/// order of their numbers. What is read may also have numbers in place of those strings, `null` for
/// a field that is not set, and base64 of the other alphabet or without padding.
package struct SchemaCodec: Sendable {
  /// How deep messages may nest, the outermost included.
  package static let maximumDepth = 16

  let messages: [String: MessageTable]
  let enums: [String: EnumType]

  /// What is looked up of a message.
  struct MessageTable: Sendable {
    /// In the order of their numbers.
    var fields: [Field]
    var byNumber: [UInt32: Field]
    var byName: [String: Field]

    init(_ message: MessageType) {
      fields = message.fields.sorted { $0.number < $1.number }
      byNumber = Dictionary(uniqueKeysWithValues: fields.map { ($0.number, $0) })
      byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    }

    /// The other members of the field's oneof.
    func rivals(of field: Field) -> [Field] {
      guard let oneof = field.oneof else { return [] }
      return fields.filter { $0.oneof == oneof && $0.number != field.number }
    }
  }

  package init(_ schema: Schema) {
    messages = Dictionary(
      uniqueKeysWithValues: schema.messages.map { ($0.name, MessageTable($0)) })
    enums = Dictionary(uniqueKeysWithValues: schema.enums.map { ($0.name, $0) })
  }

  /// The canonical encoding: fields in the order of their numbers, defaults left out, repeated
  /// numbers packed.
  ///
  /// - Parameters:
  ///   - message: its short name, such as `Offer`.
  /// - Throws: names the field whose value does not fit.
  package func encode(_ json: JSON, as message: String) throws(SchemaCodecError) -> [UInt8] {
    encode(try value(json, as: message), as: message)
  }

  /// The message that the bytes hold; `unset` fields are left out.
  ///
  /// - Parameters:
  ///   - message: its short name, such as `Offer`.
  ///   - defaults: true: scalars, enums and repeated fields that are not set stand there with their
  ///     default. Messages that are absent and members of a oneof that are not set never do.
  /// - Throws: what the protocol calls "does not decode", with the byte.
  package func decode(
    _ bytes: [UInt8], as message: String, defaults: Bool = false
  ) throws(SchemaCodecError) -> JSON {
    json(try value(decoding: bytes, as: message), as: message, defaults: defaults)
  }

  func table(_ message: String) throws(SchemaCodecError) -> MessageTable {
    guard let table = messages[message] else {
      throw SchemaCodecError(path: "", offset: nil, message: "there is no message '\(message)'")
    }
    return table
  }
}
