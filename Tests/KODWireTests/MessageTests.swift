import KODSchema
import Testing

@testable import KODWire

@Suite struct `Messages` {
  /// Message types with the schema they come from.
  struct Source: CustomTestStringConvertible {
    var types: [any WireMessage.Type]
    var path: String
    var testDescription: String { path }

    static let all = [
      Source(types: WireMessages.all, path: PackagePaths.proto),
      Source(types: FixtureList.all, path: PackagePaths.fixture),
    ]

    func schema() throws -> Schema {
      try Schema(text: PackagePaths.read(path), path: path)
    }
  }

  @Test(arguments: Source.all)
  func `read every field into its own property and write the same bytes`(source: Source) throws {
    let schema = try source.schema()
    #expect(source.types.count == schema.messages.count)
    for (type, description) in zip(source.types, schema.messages) {
      for seed in 1...40 as ClosedRange<UInt64> {
        var maker = SchemaValueMaker(schema: schema, seed: seed)
        let value = maker.value(of: description)
        #expect(value.fields.isEmpty == description.fields.isEmpty)
        let bytes = SchemaCodec(schema).encode(value, as: description.name)
        let message = try expectRoundTrip(type, bytes)
        let comparison = SchemaComparison(schema: schema)
        #expect(comparison.difference(message, value, of: description) == nil, "\(type)")
      }
    }
  }

  private func expectRoundTrip<Message: WireMessage>(
    _ type: Message.Type, _ bytes: [UInt8]
  ) throws -> Message {
    let message = try type.init(decoding: bytes)
    #expect(message.encoded() == bytes, "\(type)")
    #expect(try type.init(decoding: message.encoded()) == message, "\(type)")
    return message
  }

  @Test(arguments: Source.all)
  func `with every field at its default are no bytes`(source: Source) throws {
    for type in source.types {
      try expectEmpty(type)
    }
  }

  private func expectEmpty(_ type: (some WireMessage).Type) throws {
    #expect(type.init().encoded().isEmpty)
    #expect(try type.init(decoding: []) == type.init())
  }

  @Test(arguments: Source.all)
  func `cut off anywhere are refused or are a shorter message`(source: Source) throws {
    let schema = try source.schema()
    for (type, description) in zip(source.types, schema.messages) {
      var maker = SchemaValueMaker(schema: schema, seed: 7)
      let value = maker.value(of: description)
      let bytes = SchemaCodec(schema).encode(value, as: description.name)
      for count in bytes.indices.prefix(2_000) {
        expectTruncatedOrShorter(type, Array(bytes[..<count]))
      }
    }
  }

  private func expectTruncatedOrShorter(_ type: (some WireMessage).Type, _ bytes: [UInt8]) {
    do throws(WireError) {
      let message = try type.init(decoding: bytes)
      #expect(message.encoded().count <= bytes.count)
    } catch {
      #expect(error.kind == .truncated, "\(type): \(error)")
      #expect(error.offset <= bytes.count)
    }
  }

  @Test func `with a token read it into its own property, and do not show it`() throws {
    let text = "kod1.secret"
    let hello = Hello(minimumVersion: 1, maximumVersion: 2, token: text, client: "c")
    #expect(try Hello(decoding: hello.encoded()).token == text)
    let renewed = RenewedCredential(token: text, expiresAtUs: 7)
    #expect(try RenewedCredential(decoding: renewed.encoded()).token == text)
    let refresh = RefreshSessionRequest(token: text)
    #expect(try RefreshSessionRequest(decoding: refresh.encoded()).token == text)
    for message in [hello, renewed, refresh] as [any WireMessage] {
      var dumped = ""
      dump(message, to: &dumped)
      #expect(!dumped.contains(text) && !"\(message)".contains(text))
      #expect(!String(reflecting: Optional(message)).contains(text))
    }
  }

  @Test func `keep a nested message apart from the fields after it`() throws {
    let assignment = Assignment(
      referralId: 1, contact: Contact(name: "Ann", phone: "+15025550100", notes: ""),
      state: .referralAssigned)
    #expect(
      assignment.encoded() == [0x08, 0x01, 0x4A, 0x13, 0x0A, 0x03] + Array("Ann".utf8)
        + [0x12, 0x0C] + Array("+15025550100".utf8) + [0x50, 0x04])
  }

  @Test(arguments: [0, 1, 126, 127, 128, 129, 16_383, 16_384, 16_385, 60_000])
  func `write a minimal length in front of nested messages of any size`(size: Int) throws {
    let notes = String(repeating: "n", count: size)
    let message = Standing(
      assignments: [Assignment(referralId: 7, contact: Contact(notes: notes)), Assignment()])
    let contact = size == 0 ? [] : ProtobufBytes.delimited(3, Array(notes.utf8))
    let assignment = [0x08, 0x07] + ProtobufBytes.delimited(9, contact)
    let expected =
      ProtobufBytes.delimited(3, assignment) + ProtobufBytes.delimited(3, [])
    #expect(message.encoded() == expected)
    #expect(try Standing(decoding: expected) == message)
  }

  @Test func `write a member of a oneof even when it holds its default`() throws {
    let message = Everything(choice: .chosenBool(false))
    #expect(message.encoded() == [0xA0, 0x01, 0x00])
    #expect(try Everything(decoding: [0xA0, 0x01, 0x00]).choice == .chosenBool(false))
  }

  @Test func `take the last member of a oneof that came`() throws {
    let first = Everything(choice: .chosenBool(true))
    let last = Everything(choice: .in(-3))
    let both = first.encoded() + last.encoded()
    #expect(try Everything(decoding: both).choice == .in(-3))
  }

  @Test func `write a oneof in the order of field numbers, around the field between`() {
    let message = Everything(choice: .chosenColor(.darkBlue), between: 5)
    #expect(message.encoded() == [0xB0, 0x01, 0x05, 0xB8, 0x01, 0x02])
    let early = Everything(choice: .chosenString("s"), between: 5)
    #expect(early.encoded() == [0xAA, 0x01, 0x01, 0x73, 0xB0, 0x01, 0x05])
  }

  @Test func `keep enum values that this version has no name for`() throws {
    let status = Status(code: Code(rawValue: 99), reason: Reason(rawValue: -2))
    let again = try Status(decoding: status.encoded())
    #expect(again == status)
    #expect(again.reason.name == "-2")
    #expect(again.reason.code == .unknown)
    #expect(!again.reason.isRetriable)
  }
}
