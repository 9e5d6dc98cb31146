package import KODJSON
package import KODSchema

/// Encodings of one message: those that must be read, with what they mean, and those that must be
/// refused.
package struct MessageVectors {
  struct Good {
    var name: String
    var bytes: [UInt8]
    var json: JSON
    /// What an encoder writes. The others mean the same as the encoding of `json`.
    var isCanonical: Bool
  }

  struct Malformed {
    var name: String
    var bytes: [UInt8]
    /// Google's protobuf accepts it: as an unknown field, or cut to 64 bits.
    var isStricter: Bool
  }

  let schema: Schema
  let message: MessageType
  let codec: SchemaCodec
  let samples: SampleValues
  var good: [Good] = []
  var malformed: [Malformed] = []

  package init(
    _ message: MessageType, of schema: Schema, codec: SchemaCodec
  ) throws(SchemaCodecError) {
    self.schema = schema
    self.message = message
    self.codec = codec
    samples = SampleValues(schema: schema)
    addCanonical()
    try addUnknownFields()
    try addRepetitions()
    try addOneofChanges()
    try addOtherForms()
    addMalformed()
  }

  /// The content of the file.
  package var json: JSON {
    let methods = schema.methods.filter { $0.request == message.name }.map {
      JSON.string($0.path)
    }
    return .object(
      [JSON.Member(key: "message", value: .string(message.name))]
        + (methods.isEmpty ? [] : [JSON.Member(key: "methods", value: .array(methods))]) + [
          JSON.Member(key: "good", value: .array(good.map(json))),
          JSON.Member(key: "malformed", value: .array(malformed.map(json))),
        ])
  }

  private func json(_ vector: Good) -> JSON {
    let start: JSON = ["name": .string(vector.name), "hex": .string(hexadecimal(vector.bytes))]
    let mark: JSON = vector.isCanonical ? [:] : ["canonical": false]
    return start + mark + ["json": vector.json]
  }

  private func json(_ vector: Malformed) -> JSON {
    let start: JSON = [
      "name": .string(vector.name), "hex": .string(hexadecimal(vector.bytes)),
      "code": "INVALID_ARGUMENT", "reason": "PAYLOAD_MALFORMED",
    ]
    return vector.isStricter ? start + ["stricter": true] : start
  }

  // MARK: Canonical ones

  /// Adds the canonical encoding of a value.
  private mutating func add(_ name: String, _ value: MessageValue) {
    good.append(
      Good(
        name: name, bytes: codec.encode(value, as: message.name),
        json: codec.json(value, as: message.name, defaults: false), isCanonical: true))
  }

  private mutating func addCanonical() {
    add("empty", MessageValue())
    for field in message.fields {
      if field.isRepeated { addLists(field) } else { addSingle(field) }
    }
    addLengths()
    if !message.fields.isEmpty { add("every field", samples.everything(message)) }
  }

  private mutating func addSingle(_ field: Field) {
    add("\(field.name): plain", MessageValue([field.number: samples.plain(field)]))
    for sample in samples.notable(field) {
      add("\(field.name): \(sample.name)", MessageValue([field.number: sample.value]))
    }
    if field.oneof != nil, samples.zero(field) != samples.notable(field).first?.value {
      add(
        "\(field.name): default, written in a oneof",
        MessageValue([field.number: samples.zero(field)]))
    }
  }

  private mutating func addLists(_ field: Field) {
    let plain = samples.plain(field)
    let lists = [[plain], [plain, samples.zero(field), samples.other(field)]]
    for values in lists {
      let name = "\(field.name): \(values.count == 1 ? "one element" : "three elements")"
      add(name, MessageValue([field.number: .list(values)]))
    }
    for sample in samples.notable(field) {
      add("\(field.name): \(sample.name)", MessageValue([field.number: .list([sample.value])]))
    }
  }

  /// Where a length or a number begins to need another byte: once a message is enough.
  private mutating func addLengths() {
    if let field = message.fields.first(where: { $0.kind == .string && !$0.isRepeated }) {
      for count in [127, 128] {
        let text = String(repeating: "x", count: count)
        add("\(field.name): \(count) bytes", MessageValue([field.number: .string(text)]))
      }
    }
    let isWide: (Field) -> Bool = {
      [.uint32, .uint64, .int64].contains($0.kind) && !$0.isRepeated
    }
    if let field = message.fields.first(where: isWide) {
      for number in [1, 127, 128, 16_383, 16_384] as [UInt64] {
        add("\(field.name): \(number)", MessageValue([field.number: .number(number)]))
      }
    }
  }
}

/// Two lower-case digits a byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
