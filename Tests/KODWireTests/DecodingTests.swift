import KODSchema
import Testing

@testable import KODWire

@Suite struct `Decoding` {
  struct Malformed: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var kind: WireError.Kind
    var offset: Int
    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8], _ kind: WireError.Kind, at offset: Int) {
      self.name = name
      self.bytes = bytes
      self.kind = kind
      self.offset = offset
    }

    /// All read as `Everything` of the fixture.
    static let all = [
      Malformed("a tag cut off", [0x80], .truncated, at: 0),
      Malformed("no value behind a tag", [0x20], .truncated, at: 1),
      Malformed("a varint cut off", [0x20, 0xFF, 0xFF], .truncated, at: 1),
      Malformed(
        "a varint of eleven bytes", [0x30] + [UInt8](repeating: 0x80, count: 10) + [0x00],
        .varintTooLong, at: 1),
      Malformed(
        "a varint of ten bytes with 65 bits",
        [0x30] + [UInt8](repeating: 0xFF, count: 9) + [0x02], .varintTooLong, at: 1),
      Malformed("field number zero", [0x00, 0x00], .fieldNumberInvalid, at: 0),
      Malformed("field number zero with a length", [0x02, 0x00], .fieldNumberInvalid, at: 0),
      Malformed(
        "field number 2^29", [0x80, 0x80, 0x80, 0x80, 0x10, 0x00], .fieldNumberInvalid, at: 0),
      Malformed("a string that is not UTF-8", [0x3A, 0x02, 0x61, 0xFF], .utf8Invalid, at: 2),
      Malformed("a surrogate in UTF-8", [0x3A, 0x03, 0xED, 0xA0, 0x80], .utf8Invalid, at: 2),
      Malformed("an overlong slash in UTF-8", [0x3A, 0x02, 0xC0, 0xAF], .utf8Invalid, at: 2),
      Malformed("half a character", [0x3A, 0x02, 0xE2, 0x82], .utf8Invalid, at: 2),
      Malformed(
        "a repeated string that is not UTF-8", [0x82, 0x01, 0x01, 0x80], .utf8Invalid, at: 3),
      Malformed("a string where a number belongs", [0x22, 0x00], .wireTypeUnexpected, at: 0),
      Malformed("a number where a string belongs", [0x38, 0x00], .wireTypeUnexpected, at: 0),
      Malformed("a number where bytes belong", [0x40, 0x00], .wireTypeUnexpected, at: 0),
      Malformed("a number where a message belongs", [0x50, 0x00], .wireTypeUnexpected, at: 0),
      Malformed(
        "eight bytes where a number belongs", [0x21, 0, 0, 0, 0, 0, 0, 0, 0], .wireTypeUnexpected,
        at: 0),
      Malformed(
        "four bytes where a number belongs", [0x25, 0, 0, 0, 0], .wireTypeUnexpected, at: 0),
      Malformed(
        "four bytes where repeated numbers belong", [0x75, 0, 0, 0, 0], .wireTypeUnexpected, at: 0),
      Malformed("a group where a number belongs", [0x23, 0x24], .wireTypeUnsupported, at: 0),
      Malformed("an unknown group", [0xFB, 0x07, 0xFC, 0x07], .wireTypeUnsupported, at: 0),
      Malformed("an unknown end of group", [0x08, 0x01, 0xFC, 0x07], .wireTypeUnsupported, at: 2),
      Malformed("wire type 6", [0x26, 0x00], .wireTypeUnsupported, at: 0),
      Malformed("an unknown field of wire type 7", [0xFF, 0x07], .wireTypeUnsupported, at: 0),
      Malformed("a string longer than what is left", [0x3A, 0x02, 0x61], .truncated, at: 1),
      Malformed("bytes longer than what is left", [0x42, 0x01], .truncated, at: 1),
      Malformed(
        "a length of 2^64 - 1", [0x3A] + [UInt8](repeating: 0xFF, count: 9) + [0x01], .truncated,
        at: 1),
      Malformed(
        "a length of 2^63", [0x3A] + [UInt8](repeating: 0x80, count: 9) + [0x01], .truncated, at: 1),
      Malformed("a message longer than what is left", [0x52, 0x03, 0x10, 0x01], .truncated, at: 1),
      Malformed(
        "a value that runs past its message", [0x52, 0x01, 0x10, 0x01], .truncated, at: 3),
      Malformed(
        "a varint that runs past its packed field", [0x72, 0x01, 0x80, 0x01], .truncated, at: 2),
      Malformed("packed numbers longer than what is left", [0x72, 0x05, 0x01], .truncated, at: 1),
      Malformed("an unknown varint cut off", [0xF8, 0x07, 0x80], .truncated, at: 2),
      Malformed("unknown bytes cut off", [0xFA, 0x07, 0x02, 0x00], .truncated, at: 2),
      Malformed("unknown eight bytes cut off", [0xF9, 0x07, 0, 0, 0], .truncated, at: 2),
      Malformed("unknown four bytes cut off", [0xFD, 0x07, 0, 0, 0], .truncated, at: 2),
    ]
  }

  @Test(arguments: Malformed.all)
  func `refuses malformed bytes, saying what and where`(malformed: Malformed) {
    #expect(throws: WireError(malformed.kind, at: malformed.offset)) {
      try Everything(decoding: malformed.bytes)
    }
  }

  @Test func `counts offsets from the start of the payload also inside nested messages`() {
    var bytes: [UInt8] = [0x08, 0x01, 0x52, 0x04]
    bytes += [0x10, 0x05, 0x10, 0x80]
    #expect(throws: WireError(.truncated, at: 7)) { try Everything(decoding: bytes) }
  }

  @Test func `skips unknown fields of every wire type`() throws {
    var bytes: [UInt8] = [0xF8, 0x07, 0xFF, 0x01]
    bytes += [0xF9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8]
    bytes += [0xFA, 0x07, 0x03, 0xFF, 0xFF, 0xFF]
    bytes += [0xFD, 0x07, 1, 2, 3, 4]
    bytes += [0x20, 0x2A]
    bytes += [0xFA, 0x07, 0x00]
    #expect(try Everything(decoding: bytes) == Everything(aUint32: 42))
    #expect(try StateEnd(decoding: bytes) == StateEnd())
  }

  @Test func `does not look into unknown fields, however deep they pretend to nest`() throws {
    var bytes: [UInt8] = []
    for _ in 0..<1_000 { bytes = ProtobufBytes.delimited(127, bytes) }
    #expect(try Everything(decoding: bytes) == Everything())
  }

  /// The message inside `count - 1` others.
  private func nested(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x10, 0x01]
    for _ in 1..<count { bytes = ProtobufBytes.delimited(3, bytes) }
    return bytes
  }

  @Test func `takes messages nested to the limit and refuses one more`() throws {
    var message = try Nest(decoding: nested(WireCursor.maximumDepth))
    for _ in 1..<WireCursor.maximumDepth { message = try #require(message.many.first) }
    #expect(message == Nest(value: 1))

    let error = #expect(throws: WireError.self) {
      try Nest(decoding: nested(WireCursor.maximumDepth + 1))
    }
    #expect(error?.kind == .nestingTooDeep)
    #expect(throws: WireError.self) { try Nest(decoding: nested(5_000)) }
  }

  @Test func `does not count messages side by side as nested`() throws {
    let bytes = (0..<100).flatMap { _ in ProtobufBytes.delimited(3, [0x10, 0x01]) }
    #expect(try Nest(decoding: bytes).many.count == 100)
  }

  @Test func `takes repeated numbers packed, one by one, and mixed`() throws {
    let packed: [UInt8] = [0x72, 0x04, 0x01, 0xAC, 0x02, 0x03]
    let single: [UInt8] = [0x70, 0x01, 0x70, 0xAC, 0x02, 0x70, 0x03]
    let expected: [UInt32] = [1, 300, 3]
    #expect(try Everything(decoding: packed).uint32s == expected)
    #expect(try Everything(decoding: single).uint32s == expected)
    #expect(try Everything(decoding: single + packed + single).uint32s == expected * 3)
    #expect(try Everything(decoding: single).encoded() == packed)
    #expect(try Everything(decoding: [0x72, 0x00]).uint32s == [])
  }

  @Test func `takes varints that are longer than they need be, and writes them short`() throws {
    let bytes: [UInt8] = [0x30, 0x85, 0x80, 0x00]
    #expect(try Everything(decoding: bytes).encoded() == [0x30, 0x05])
  }

  @Test func `keeps the low 32 bits of a longer number, as protobuf does`() throws {
    let wide = ProtobufBytes.varint(0xFFFF_FFFF_8000_0005)
    #expect(try Everything(decoding: [0x20] + wide).aUint32 == 0x8000_0005)
    #expect(try Everything(decoding: [0x10] + wide).anInt32 == Int32(bitPattern: 0x8000_0005))
    #expect(try Everything(decoding: [0x08] + wide).aBool)
  }

  @Test func `takes every 64-bit number`() throws {
    for value in [0, 1, 127, 128, UInt64(Int64.max), 1 << 63, UInt64.max] {
      let message = Everything(anInt64: Int64(bitPattern: value), aUint64: value)
      #expect(try Everything(decoding: message.encoded()) == message)
    }
  }

  @Test func `of a field that comes twice takes the last, and merges messages`() throws {
    #expect(try Everything(decoding: [0x20, 0x01, 0x20, 0x02]).aUint32 == 2)
    let first = Everything(aNest: Nest(value: 1, many: [Nest(value: 5)]))
    let second = Everything(aNest: Nest(value: 2, many: [Nest(value: 6)]))
    let merged = try Everything(decoding: first.encoded() + second.encoded())
    #expect(merged.aNest == Nest(value: 2, many: [Nest(value: 5), Nest(value: 6)]))

    let chosen = Everything(choice: .chosenNest(Nest(many: [Nest(value: 5)])))
    let again = try Everything(decoding: chosen.encoded() + chosen.encoded())
    #expect(again.choice == .chosenNest(Nest(many: [Nest(value: 5), Nest(value: 5)])))
  }
}

private func * (values: [UInt32], times: Int) -> [UInt32] {
  (0..<times).flatMap { _ in values }
}
