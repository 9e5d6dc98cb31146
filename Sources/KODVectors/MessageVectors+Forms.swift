import KODJSON
import KODSchema

/// Encodings that no encoder of ours writes and every reader must take.
extension MessageVectors {
  /// A number that no field of the message has; its tag takes two bytes or more.
  var unknownNumber: UInt32 { max(100, (message.fields.map(\.number).max() ?? 0) + 100) }

  /// Adds bytes that are not canonical; what they mean is read from them.
  private mutating func add(_ name: String, _ bytes: [UInt8]) throws(SchemaCodecError) {
    good.append(
      Good(
        name: name, bytes: bytes, json: try codec.decode(bytes, as: message.name),
        isCanonical: false))
  }

  /// The canonical encoding of one field.
  private func encode(_ field: Field, _ value: FieldValue) -> [UInt8] {
    codec.encode(MessageValue([field.number: value]), as: message.name)
  }

  /// The encoding of one element, also of a default that an encoder would leave out.
  private func element(_ field: Field, _ value: FieldValue) -> [UInt8] {
    switch value {
    case .number(let bits): ProtobufBytes.number(field.number, bits)
    case .string(let text): ProtobufBytes.delimited(field.number, Array(text.utf8))
    case .bytes(let bytes): ProtobufBytes.delimited(field.number, bytes)
    default: encode(field, field.isRepeated ? .list([value]) : value)
    }
  }

  mutating func addUnknownFields() throws(SchemaCodecError) {
    let number = unknownNumber
    let unknown: [(name: String, bytes: [UInt8])] = [
      ("wire type 0", ProtobufBytes.number(number, .max)),
      ("wire type 1", ProtobufBytes.tag(number, 1) + (1...8)),
      ("wire type 2", ProtobufBytes.delimited(number, [0x08])),
      ("wire type 5", ProtobufBytes.tag(number, 5) + (1...4)),
    ]
    let known = message.fields.first.map { element($0, samples.plain($0)) } ?? []
    for (name, bytes) in unknown {
      try add("unknown field of \(name), before", bytes + known)
      if !known.isEmpty { try add("unknown field of \(name), after", known + bytes) }
    }
    try add(
      "unknown fields only, of the highest number",
      ProtobufBytes.number(536_870_911, 1) + ProtobufBytes.delimited(536_870_911, []))
    try add(
      "unknown field with bytes that are not UTF-8", ProtobufBytes.delimited(number, [0xc0, 0x80]))
  }

  mutating func addRepetitions() throws(SchemaCodecError) {
    for field in message.fields where !field.isRepeated {
      guard case .message(let name) = field.kind else {
        let plain = element(field, samples.plain(field))
        if samples.other(field) != samples.zero(field) {
          try add(
            "\(field.name): twice, the last counts", element(field, samples.other(field)) + plain)
        }
        try add(
          "\(field.name): plain, then its default", plain + element(field, samples.zero(field)))
        continue
      }
      let fields = schema.message(named: name)?.fields ?? []
      let parts = fields.map { inner in
        let value = samples.plain(inner, depth: 2)
        return MessageValue([inner.number: inner.isRepeated ? .list([value]) : value])
      }
      guard let first = parts.first, let last = parts.last else { continue }
      try add(
        "\(field.name): twice, merged",
        encode(field, .message(first)) + encode(field, .message(last)))
      try add(
        "\(field.name): twice, the second empty",
        encode(field, .message(first)) + encode(field, .message(MessageValue())))
    }
    for field in message.fields where field.isRepeated { try addLists(field) }
  }

  private mutating func addLists(_ field: Field) throws(SchemaCodecError) {
    let values = [samples.plain(field), samples.zero(field), samples.other(field)]
    let elements = values.map { element(field, $0) }
    let between = ProtobufBytes.number(unknownNumber, 1)
    try add(
      "\(field.name): apart from each other", elements[0] + between + elements[1] + elements[2])
    guard field.kind.isNumber else { return }
    let packed = encode(field, .list(values))
    let empty = ProtobufBytes.delimited(field.number, [])
    try add("\(field.name): one by one", elements.flatMap { $0 })
    try add("\(field.name): packed, no elements", empty)
    try add("\(field.name): packed, in two parts and an empty one", packed + empty + packed)
    try add("\(field.name): packed and one by one", elements[0] + packed + elements[2])
  }

  mutating func addOneofChanges() throws(SchemaCodecError) {
    for oneof in message.oneofs {
      let members = message.fields.filter { $0.oneof == oneof.name }
      for (index, field) in members.enumerated() where members.count > 1 {
        let next = members[(index + 1) % members.count]
        let own = encode(field, samples.plain(field))
        let rival = encode(next, samples.plain(next))
        try add("\(oneof.name): \(field.name), then \(next.name)", own + rival)
        // What was there first is gone, not merged.
        try add(
          "\(oneof.name): \(field.name), \(next.name), \(field.name) with its default",
          own + rival + encode(field, samples.zero(field)))
      }
    }
  }

  mutating func addOtherForms() throws(SchemaCodecError) {
    let everything = samples.everything(message)
    let pieces = message.fields.sorted { $0.number < $1.number }.compactMap { field in
      everything.fields[field.number].map { encode(field, $0) }
    }
    if pieces.count > 1 { try add("fields in reverse order", pieces.reversed().flatMap { $0 }) }
    for field in message.fields where field.kind.isNumber {
      guard !field.isRepeated else {
        try add(
          "\(field.name): packed, a number in ten bytes",
          ProtobufBytes.delimited(field.number, overlong(5)))
        continue
      }
      try add(
        "\(field.name): a number in ten bytes", ProtobufBytes.tag(field.number, 0) + overlong(1))
      switch field.kind {
      case .uint64, .int64: break
      case .bool: try add("\(field.name): 2", ProtobufBytes.number(field.number, 2))
      default:
        try add(
          "\(field.name): wider than its type, cut",
          ProtobufBytes.number(field.number, 0x1234_5678_0000_0007))
      }
    }
    if let field = message.fields.first(where: { !$0.kind.isNumber }) {
      // Not more: Google's protobuf takes lengths and tags of five bytes at most.
      try add(
        "\(field.name): a length in five bytes",
        ProtobufBytes.tag(field.number, 2) + [0x80, 0x80, 0x80, 0x80, 0])
    }
    if let field = message.fields.first {
      let bytes = element(field, samples.plain(field))
      let tag = ProtobufBytes.varint(UInt64(field.number) << 3 | (field.kind.isNumber ? 0 : 2))
      guard tag.count == 1, !field.isRepeated else { return }
      try add("\(field.name): a tag in two bytes", [tag[0] | 0x80, 0] + bytes.dropFirst())
    }
  }

  /// A number below 128 in ten bytes.
  private func overlong(_ value: UInt8) -> [UInt8] {
    [value | 0x80] + [UInt8](repeating: 0x80, count: 8) + [0]
  }
}
