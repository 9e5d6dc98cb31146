extension SchemaCodec {
  /// The value that the bytes hold.
  package func value(
    decoding bytes: [UInt8], as message: String
  ) throws(SchemaCodecError) -> MessageValue {
    var value = MessageValue()
    var reader = ProtobufReader(bytes)
    try merge(&reader, into: &value, try table(message), depth: 1)
    return value
  }

  /// Reads fields up to the reader's end. What comes twice is merged as protobuf has it: the last
  /// scalar counts, messages are merged, lists grow, of a oneof the last member counts.
  private func merge(
    _ reader: inout ProtobufReader, into value: inout MessageValue, _ table: MessageTable,
    depth: Int
  ) throws(SchemaCodecError) {
    while !reader.isAtEnd {
      let tagOffset = reader.position
      let (number, wireType) = try reader.tag()
      guard let field = table.byNumber[number] else {
        try reader.skip(wireType, tagOffset)
        continue
      }
      if field.isRepeated, field.kind.isNumber, wireType == 2 {
        var packed = try reader.delimited()
        var values: [FieldValue] = []
        while !packed.isAtEnd {
          values.append(.number(field.kind.cut(try packed.varint())))
        }
        append(values, to: field, &value)
        continue
      }
      let expected: UInt8 = field.kind.isNumber ? 0 : 2
      guard wireType == expected else {
        throw reader.failure(
          "field \(number) '\(field.name)' has wire type \(wireType) in place of \(expected)",
          at: tagOffset)
      }
      var earlier: MessageValue?
      if !field.isRepeated, case .message(let message) = value.fields[number] { earlier = message }
      let single = try self.single(&reader, field, earlier ?? MessageValue(), tagOffset, depth)
      if field.isRepeated {
        append([single], to: field, &value)
        continue
      }
      for rival in table.rivals(of: field) { value.fields[rival.number] = nil }
      value.fields[number] = field.oneof == nil && single.isDefault ? nil : single
    }
  }

  private func append(_ more: [FieldValue], to field: Field, _ value: inout MessageValue) {
    var values: [FieldValue] = []
    if case .list(let earlier) = value.fields[field.number] { values = earlier }
    values += more
    value.fields[field.number] = values.isEmpty ? nil : .list(values)
  }

  private func single(
    _ reader: inout ProtobufReader, _ field: Field, _ earlier: MessageValue, _ tagOffset: Int,
    _ depth: Int
  ) throws(SchemaCodecError) -> FieldValue {
    switch field.kind {
    case .bool, .int32, .int64, .uint32, .uint64, .enumeration:
      return .number(field.kind.cut(try reader.varint()))
    case .bytes:
      return .bytes(Array(try reader.delimited().rest))
    case .string:
      let part = try reader.delimited()
      guard let text = String(validating: part.rest, as: UTF8.self) else {
        throw reader.failure("'\(field.name)' is not UTF-8", at: part.position)
      }
      return .string(text)
    case .message(let name):
      guard depth < Self.maximumDepth else {
        throw reader.failure("messages nest deeper than \(Self.maximumDepth)", at: tagOffset)
      }
      var part = try reader.delimited()
      var message = earlier
      try merge(&part, into: &message, try table(name), depth: depth + 1)
      return .message(message)
    }
  }
}

/// A part of the bytes, and how far it has been read.
private struct ProtobufReader {
  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8]) {
    self.init(bytes, 0..<bytes.count)
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }
  var rest: ArraySlice<UInt8> { bytes[position..<end] }

  mutating func tag() throws(SchemaCodecError) -> (number: UInt32, wireType: UInt8) {
    let start = position
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 <= 536_870_911 else {
      throw failure("no field has the number \(tag >> 3)", at: start)
    }
    return (UInt32(tag >> 3), UInt8(tag & 7))
  }

  mutating func varint() throws(SchemaCodecError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw failure("a varint is cut off", at: start) }
      let byte = bytes[position]
      position += 1
      // Nine bytes carry 63 bits: the tenth has room for one.
      if index == 9, byte > 1 { break }
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 { return value }
    }
    throw failure("a varint is longer than 64 bits", at: start)
  }

  /// Takes a length and so many bytes.
  mutating func delimited() throws(SchemaCodecError) -> ProtobufReader {
    let start = position
    let length = try varint()
    guard length <= UInt64(end - position) else {
      throw failure("a length of \(length) reaches past the end", at: start)
    }
    let part = ProtobufReader(bytes, position..<position + Int(length))
    position += Int(length)
    return part
  }

  mutating func skip(_ wireType: UInt8, _ tagOffset: Int) throws(SchemaCodecError) {
    switch wireType {
    case 0: _ = try varint()
    case 1: try advance(8)
    case 2: _ = try delimited()
    case 5: try advance(4)
    default: throw failure("wire type \(wireType) is not supported", at: tagOffset)
    }
  }

  private mutating func advance(_ count: Int) throws(SchemaCodecError) {
    guard count <= end - position else {
      throw failure("a value of \(count) bytes is cut off", at: position)
    }
    position += count
  }

  func failure(_ message: String, at offset: Int) -> SchemaCodecError {
    SchemaCodecError(path: "", offset: offset, message: message)
  }
}
