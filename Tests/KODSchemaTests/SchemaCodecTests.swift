import KODJSON
import KODSchema
import KODWire
import TestSupport
import Testing

@Suite struct `Schema codec` {
  private let fixture: SchemaCodec
  private let kod: SchemaCodec

  init() throws {
    fixture = SchemaCodec(try Schemas.fixture())
    kod = SchemaCodec(try Schemas.kod())
  }

  private func encode(_ text: String, as message: String = "Everything") throws -> [UInt8] {
    try fixture.encode(JSON(text), as: message)
  }

  private func decode(_ hex: String, as message: String = "Everything") throws -> String {
    try fixture.decode(bytes(hex), as: message).line
  }

  /// What the codec says against an input.
  private func refusal(_ run: () throws -> some Any) -> String {
    do { return "accepted: \(try run())" } catch { return "\(error)" }
  }

  // MARK: The mapping

  @Test(arguments: [
    (#"{}"#, ""),
    (#"{"a_bool":true}"#, "08 01"),
    (#"{"an_int32":-1}"#, "10 ff ff ff ff ff ff ff ff ff 01"),
    (#"{"an_int32":2147483647}"#, "10 ff ff ff ff 07"),
    (#"{"an_int64":"-9223372036854775808"}"#, "18 80 80 80 80 80 80 80 80 80 01"),
    (#"{"a_uint32":4294967295}"#, "20 ff ff ff ff 0f"),
    (#"{"a_uint64":"18446744073709551615"}"#, "30 ff ff ff ff ff ff ff ff ff 01"),
    (#"{"a_string":"é🙂"}"#, "3a 06 c3 a9 f0 9f 99 82"),
    (#"{"a_bytes":"AP8="}"#, "42 02 00 ff"),
    (#"{"a_color":"COLOR_RED"}"#, "48 01"),
    (#"{"a_color":"COLOR_NEGATIVE"}"#, "48 fb ff ff ff ff ff ff ff ff 01"),
    (#"{"a_color":77}"#, "48 4d"),
    (#"{"a_nest":{}}"#, "52 00"),
    (#"{"a_nest":{"value":1,"many":[{},{"value":2}]}}"#, "52 08 10 01 1a 00 1a 02 10 02"),
    (#"{"bools":[true,false]}"#, "5a 02 01 00"),
    (#"{"strings":["","a"]}"#, "82 01 00 82 01 01 61"),
    (#"{"colors":["DARK_BLUE",0]}"#, "92 01 02 02 00"),
    (#"{"chosen_bool":false}"#, "a0 01 00"),
    (#"{"chosen_nest":{}}"#, "c2 01 00"),
    (#"{"in":1}"#, "f8 ff ff ff 0f 01"),
  ])
  func `is protobuf's own, canonical both ways`(text: String, hex: String) throws {
    #expect(try encode(text) == bytes(hex))
    let back =
      text == #"{"colors":["DARK_BLUE",0]}"#
      ? #"{"colors":["DARK_BLUE","COLOR_UNSPECIFIED"]}"# : text
    #expect(try decode(hex) == back)
  }

  @Test(arguments: [
    (#"{"a_uint64":5,"an_int64":-5}"#, #"{"an_int64":"-5","a_uint64":"5"}"#),
    (#"{"a_uint64":18446744073709551615}"#, #"{"a_uint64":"18446744073709551615"}"#),
    (#"{"a_uint32":"5","an_int32":5.0}"#, #"{"an_int32":5,"a_uint32":5}"#),
    (#"{"a_color":1}"#, #"{"a_color":"COLOR_RED"}"#),
    (#"{"a_bytes":"-_8"}"#, #"{"a_bytes":"+/8="}"#),
    (#"{"a_nest":null,"bools":null,"a_bool":null,"chosen_bool":null}"#, "{}"),
    (#"{"a_bool":false,"a_string":"","bools":[],"a_color":"COLOR_UNSPECIFIED"}"#, "{}"),
  ])
  func `takes what protobuf takes besides`(text: String, canonical: String) throws {
    #expect(try fixture.decode(encode(text), as: "Everything").line == canonical)
  }

  @Test func `with defaults, all but absent messages and members of oneofs stands there`() throws {
    let json = try fixture.decode(bytes("52 00"), as: "Everything", defaults: true)
    #expect(
      json.line == #"{"a_bool":false,"an_int32":0,"an_int64":"0","a_uint32":0,"a_uint64":"0","#
        + #""a_string":"","a_bytes":"","a_color":"COLOR_UNSPECIFIED","#
        + #""a_nest":{"value":0,"many":[]},"bools":[],"int32s":[],"int64s":[],"uint32s":[],"#
        + #""uint64s":[],"strings":[],"byte_strings":[],"colors":[],"nests":[],"between":0}"#)
    #expect(try fixture.encode(json, as: "Everything") == bytes("52 00"))
  }

  // MARK: Refusals, by path

  @Test(arguments: [
    (#"[]"#, "must be an object"),
    (#"{"a_nest":{"value":-1}}"#, "a_nest.value: must be a whole number from 0 to 4294967295"),
    (#"{"a_uint32":4294967296}"#, "a_uint32: must be a whole number from 0 to 4294967295"),
    (
      #"{"an_int32":2147483648}"#, "an_int32: must be a whole number from -2147483648 to 2147483647"
    ),
    (#"{"an_int32":1.5}"#, "an_int32: must be a whole number from -2147483648 to 2147483647"),
    (#"{"a_uint32":"05"}"#, "a_uint32: must be a whole number from 0 to 4294967295"),
    (
      #"{"a_uint64":18446744073709551616}"#,
      "a_uint64: must be a whole number from 0 to 18446744073709551615"
    ),
    (#"{"a_bool":1}"#, "a_bool: must be true or false"),
    (#"{"a_string":5}"#, "a_string: must be a text"),
    (#"{"a_bytes":"AP8=="}"#, "a_bytes: must be bytes in base64"),
    (#"{"a_bytes":"AP9"}"#, "a_bytes: must be bytes in base64"),
    (#"{"a_bytes":"A*8="}"#, "a_bytes: must be bytes in base64"),
    (#"{"a_color":"RED"}"#, "a_color: Color has no value 'RED'"),
    (#"{"a_color":2147483648}"#, "a_color: must be a value of Color, by name or number"),
    (#"{"bools":true}"#, "bools: must be an array"),
    (
      #"{"nests":[{},{"many":[{"value":"x"}]}]}"#,
      "nests[1].many[0].value: must be a whole number from 0 to 4294967295"
    ),
    (#"{"strings":["a",null]}"#, "strings[1]: must be a text"),
    (#"{"a_nest":{"velue":1}}"#, "a_nest.velue: Nest has no such field"),
    (
      #"{"chosen_bool":false,"in":0}"#,
      "in: 'chosen_bool' is set already, and only one of them can be"
    ),
  ])
  func `a value that does not fit is refused with its path`(text: String, message: String) {
    #expect(refusal { try encode(text) } == message)
  }

  @Test func `a member that comes twice and a message that does not exist are refused`() {
    let twice = JSON.object([.init(key: "a_bool", value: true), .init(key: "a_bool", value: true)])
    #expect(refusal { try fixture.encode(twice, as: "Everything") } == "a_bool: comes twice")
    #expect(refusal { try encode("{}", as: "Nothing") } == "there is no message 'Nothing'")
    #expect(refusal { try decode("", as: "Nothing") } == "there is no message 'Nothing'")
  }

  // MARK: What decodes, and what does not

  @Test(arguments: [
    ("08 01 08 00", "{}"), ("08 02", #"{"a_bool":true}"#),
    ("20 ff ff ff ff ff ff ff ff ff 01", #"{"a_uint32":4294967295}"#),
    ("10 80 80 80 80 10", "{}"), ("20 85 00", #"{"a_uint32":5}"#),
    ("58 01 5a 01 00 58 01", #"{"bools":[true,false,true]}"#), ("5a 00", "{}"),
    ("52 02 10 01 52 04 1a 02 10 03", #"{"a_nest":{"value":1,"many":[{"value":3}]}}"#),
    ("c2 01 02 10 01 c2 01 02 1a 00", #"{"chosen_nest":{"value":1,"many":[{}]}}"#),
    ("c2 01 02 10 01 a0 01 00 c2 01 00", #"{"chosen_nest":{}}"#),
    ("28 01 29 0000000000000000 2a 01 ff 2d 00000000 08 01", #"{"a_bool":true}"#),
  ])
  func `reads what is not canonical as protobuf does`(hex: String, text: String) throws {
    #expect(try decode(hex) == text)
  }

  @Test(arguments: [
    ("08", "byte 1: a varint is cut off"), ("08 80", "byte 1: a varint is cut off"),
    ("88", "byte 0: a varint is cut off"),
    ("3a 02 61", "byte 1: a length of 2 reaches past the end"),
    ("52 02 10", "byte 1: a length of 2 reaches past the end"),
    ("52 01 10 01", "byte 3: a varint is cut off"), ("5a 01 80 01", "byte 2: a varint is cut off"),
    ("29 00000000000000", "byte 1: a value of 8 bytes is cut off"),
    ("2d 000000", "byte 1: a value of 4 bytes is cut off"),
    ("30 ff ff ff ff ff ff ff ff ff 02", "byte 1: a varint is longer than 64 bits"),
    ("30 80 80 80 80 80 80 80 80 80 80 00", "byte 1: a varint is longer than 64 bits"),
    ("00 00", "byte 0: no field has the number 0"),
    ("80 80 80 80 10 00", "byte 0: no field has the number 536870912"),
    ("0a 01 01", "byte 0: field 1 'a_bool' has wire type 2 in place of 0"),
    ("08 01 38 01", "byte 2: field 7 'a_string' has wire type 0 in place of 2"),
    ("2b 2c", "byte 0: wire type 3 is not supported"),
    ("2e 00", "byte 0: wire type 6 is not supported"),
    ("2f 00", "byte 0: wire type 7 is not supported"),
    ("3a 01 80", "byte 2: 'a_string' is not UTF-8"),
    ("08 01 3a 03 ed a0 80", "byte 4: 'a_string' is not UTF-8"),
  ])
  func `what does not decode is refused with its byte`(hex: String, message: String) {
    #expect(refusal { try decode(hex) } == message)
  }

  @Test func `messages nest 16 deep and no deeper, both ways`() throws {
    func nested(_ depth: Int) -> JSON {
      depth == 1 ? [:] : ["many": [nested(depth - 1)]]
    }
    let deep = try fixture.encode(nested(16), as: "Nest")
    #expect(try fixture.decode(deep, as: "Nest") == nested(16))
    #expect(
      refusal { try fixture.encode(nested(17), as: "Nest") }
        .hasSuffix("messages nest deeper than 16"))
    let deeper = ProtobufBytes.delimited(3, deep)
    #expect(
      refusal { try fixture.decode(deeper, as: "Nest") }
        .hasSuffix("messages nest deeper than 16"))
  }

  // MARK: Against the generated code

  /// Bytes that often decode: pieces of real fields, in any order, with damage.
  private func sample(_ message: MessageType, _ numbers: inout some RandomNumberGenerator)
    -> [UInt8]
  {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...6, using: &numbers) {
      let field = message.fields.randomElement(using: &numbers)
      let number = Int.random(in: 0..<8, using: &numbers) == 0 ? 4_000 : field?.number ?? 4_000
      let bits = numbers.next() >> UInt64.random(in: 0..<64, using: &numbers)
      let part = (0..<Int.random(in: 0...4, using: &numbers)).map { _ in
        UInt8.random(in: 0...0x7f, using: &numbers)
      }
      let isNumber = field?.kind.isNumber ?? true
      switch Int.random(in: 0..<12, using: &numbers) {
      case 0: bytes += ProtobufBytes.tag(number, UInt64.random(in: 0...7, using: &numbers))
      case 1: bytes += ProtobufBytes.tag(number, 1) + [UInt8](repeating: 1, count: 8)
      case 2: bytes += ProtobufBytes.delimited(number, part)
      case 3: bytes += ProtobufBytes.delimited(number, [0x08, 0x01])
      default:
        bytes +=
          isNumber
          ? ProtobufBytes.number(number, bits)
          : ProtobufBytes.delimited(number, part.map { $0 & 8 })
      }
    }
    if Int.random(in: 0..<8, using: &numbers) == 0 { bytes = bytes.dropLast() }
    return bytes
  }

  @Test func `says the same as the generated code of every message, of good bytes and of bad`()
    throws
  {
    let schema = try Schemas.kod()
    var numbers = SeededNumbers(state: 4)
    var accepted = 0
    var refused = 0
    for (type, message) in zip(WireMessages.all, schema.messages) {
      #expect(type.messageName == "\(schema.packageName).\(message.name)")
      for _ in 0..<200 {
        let bytes = sample(message, &numbers)
        let ours = try? kod.decode(bytes, as: message.name)
        let generated = try? type.init(decoding: bytes).encoded()
        guard let ours, let generated else {
          refused += 1
          #expect(ours == nil && generated == nil, "\(message.name): \(bytes)")
          continue
        }
        accepted += 1
        #expect(try kod.encode(ours, as: message.name) == generated, "\(message.name): \(bytes)")
        #expect(try kod.decode(generated, as: message.name) == ours)
        let whole = try kod.decode(bytes, as: message.name, defaults: true)
        #expect(try kod.encode(whole, as: message.name) == generated)
      }
    }
    #expect(accepted > 5_000 && refused > 2_000, "\(accepted) accepted, \(refused) refused")
  }
}
