import KODSchema

/// Encodings that must be refused.
extension MessageVectors {
  private mutating func refuse(_ name: String, _ bytes: [UInt8], isStricter: Bool = false) {
    malformed.append(Malformed(name: name, bytes: bytes, isStricter: isStricter))
  }

  mutating func addMalformed() {
    addTags()
    addUnknownValues()
    for field in message.fields {
      addWrongWireTypes(field)
      if field.kind.isNumber { addNumbers(field) }
      if !field.kind.isNumber || field.isRepeated { addLengths(field) }
      if field.kind == .string { addTexts(field) }
      if case .message = field.kind { addInner(field) }
    }
  }

  /// Ten bytes, the last of which has a bit too many. Google's protobuf cuts it off where it is the
  /// value of a field.
  private var wide: [UInt8] { [UInt8](repeating: 0xff, count: 9) + [0x02] }
  private var elevenBytes: [UInt8] { [UInt8](repeating: 0x80, count: 10) + [0x00] }

  private mutating func addTags() {
    refuse("a tag is cut off", [0x80])
    refuse("a tag of 65 bits", wide)
    refuse("a tag of eleven bytes", elevenBytes)
    // Google's protobuf does not see it where a message has no fields at all.
    let isOverlooked = message.fields.isEmpty
    refuse("field number 0, wire type 0", [0x00, 0x00], isStricter: isOverlooked)
    refuse("field number 0, wire type 2", [0x02, 0x00], isStricter: isOverlooked)
    refuse("field number 536870912", [0x80, 0x80, 0x80, 0x80, 0x10, 0x00])
    for (kind, number) in [
      ("unknown field", unknownNumber), ("known field", message.fields.first?.number ?? 0),
    ] where number > 0 {
      let start = ProtobufBytes.tag(number, 3)
      let end = ProtobufBytes.tag(number, 4)
      refuse("a group, \(kind)", start + end, isStricter: true)
      refuse("a group that does not end, \(kind)", start)
      refuse("the end of a group, \(kind)", end)
      for wireType in [6, 7] as [UInt64] {
        refuse("wire type \(wireType), \(kind)", ProtobufBytes.tag(number, wireType) + [0])
      }
    }
  }

  private mutating func addUnknownValues() {
    let number = unknownNumber
    refuse("unknown field: no value", ProtobufBytes.tag(number, 0))
    refuse("unknown field: a number is cut off", ProtobufBytes.tag(number, 0) + [0x80])
    refuse("unknown field: seven bytes of eight", ProtobufBytes.tag(number, 1) + (1...7))
    refuse("unknown field: three bytes of four", ProtobufBytes.tag(number, 5) + (1...3))
    refuse("unknown field: a length past the end", ProtobufBytes.tag(number, 2) + [0x02, 0x00])
    let tag = ProtobufBytes.tag(number, 0)
    refuse("unknown field: a number of 65 bits", tag + wide, isStricter: true)
    refuse("unknown field: a number of eleven bytes", tag + elevenBytes)
  }

  private mutating func addWrongWireTypes(_ field: Field) {
    let values: [(type: UInt64, bytes: [UInt8])] = [
      (0, [1]), (1, [UInt8](repeating: 0, count: 8)), (2, [0]),
      (5, [UInt8](repeating: 0, count: 4)),
    ]
    for (type, bytes) in values {
      let isRight = type == (field.kind.isNumber ? 0 : 2) || (type == 2 && field.isRepeated)
      guard !isRight else { continue }
      refuse(
        "\(field.name): wire type \(type)", ProtobufBytes.tag(field.number, type) + bytes,
        isStricter: true)
    }
  }

  private mutating func addNumbers(_ field: Field) {
    let tag = ProtobufBytes.tag(field.number, 0)
    refuse("\(field.name): no value", tag)
    refuse("\(field.name): the number is cut off", tag + [0xff])
    refuse("\(field.name): a number of 65 bits", tag + wide, isStricter: true)
    refuse("\(field.name): a number of eleven bytes", tag + elevenBytes)
    guard field.isRepeated else { return }
    refuse(
      "\(field.name): packed, the last number is cut off",
      ProtobufBytes.delimited(field.number, [0x01, 0x80]) + [0x01])
    refuse(
      "\(field.name): packed, a number of 65 bits",
      ProtobufBytes.delimited(field.number, wide), isStricter: true)
  }

  private mutating func addLengths(_ field: Field) {
    let tag = ProtobufBytes.tag(field.number, 2)
    refuse("\(field.name): no length", tag)
    refuse("\(field.name): the length is cut off", tag + [0x80])
    refuse("\(field.name): a length past the end", tag + [0x02, 0x01])
    refuse(
      "\(field.name): a length of 2147483647", tag + ProtobufBytes.varint(UInt64(Int32.max)) + [0])
    refuse("\(field.name): a length of 2 to the 64th less one", tag + ProtobufBytes.varint(.max))
  }

  private mutating func addTexts(_ field: Field) {
    let texts: [(name: String, bytes: [UInt8])] = [
      ("a byte that can only go on", [0x61, 0x80]), ("an overlong form", [0xc0, 0xaf]),
      ("a surrogate", [0xed, 0xa0, 0x80]), ("above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]),
      ("a character is cut off", [0x61, 0xe2, 0x82]),
    ]
    for (name, bytes) in texts {
      refuse("\(field.name): not UTF-8, \(name)", ProtobufBytes.delimited(field.number, bytes))
    }
  }

  /// Inside, as outside: the end that counts is that of the inner message.
  private mutating func addInner(_ field: Field) {
    refuse(
      "\(field.name): a field of it is cut off",
      ProtobufBytes.delimited(field.number, ProtobufBytes.tag(unknownNumber, 0))
        + ProtobufBytes.number(unknownNumber, 1))
    refuse(
      "\(field.name): a length in it past its end",
      ProtobufBytes.delimited(field.number, ProtobufBytes.tag(unknownNumber, 2) + [0x02, 0x00])
        + ProtobufBytes.number(unknownNumber, 1))
    var isOverlooked = false
    if case .message(let name) = field.kind {
      isOverlooked = schema.message(named: name)?.fields.isEmpty ?? false
    }
    refuse(
      "\(field.name): field number 0 in it",
      ProtobufBytes.delimited(field.number, [0x00, 0x00]), isStricter: isOverlooked)
    refuse(
      "\(field.name): a group in it",
      ProtobufBytes.delimited(
        field.number, ProtobufBytes.tag(unknownNumber, 3) + ProtobufBytes.tag(unknownNumber, 4)),
      isStricter: true)
  }
}
