import Foundation
import KODJSON
import KODSchema
import KODVectors
import KODWire
import Testing

/// `Protocol/vectors`: what the schema's own codec writes, against the generated code.
@Suite struct `Golden vectors` {
  private static let folder = PackagePaths.root.appendingPathComponent("Protocol/vectors")

  private static func read(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appendingPathComponent(path)))
  }

  private static func json(_ path: String) throws -> JSON {
    try JSON(parsing: read(path))
  }

  private static func bytes(_ hexadecimal: String) throws -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    try #require(digits.count.isMultiple(of: 2))
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16), "\(hexadecimal)")
    }
  }

  private static func text(_ vector: JSON, _ key: String) throws -> String {
    try #require(vector[key]?.text, "\(key) of \(vector.line)")
  }

  /// The vectors of a kind; names are unique.
  private static func vectors(_ file: JSON, _ key: String) throws -> [JSON] {
    let vectors = try #require(file[key]?.elements)
    let names = try vectors.map { try text($0, "name") }
    #expect(Set(names).count == names.count)
    #expect(!vectors.isEmpty)
    return vectors
  }

  // MARK: The files

  @Test func `are what kod-protogen makes of kod.proto today`() throws {
    let files = try VectorFiles.files(for: PackagePaths.schema())
    for file in files {
      let committed = try Self.read(file.path)
      #expect(
        committed == Array(file.text.utf8), "\(file.path) is stale: swift run kod-protogen vectors")
    }
    let present = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".json") }
    #expect(Set(present) == Set(files.map(\.path)))
    #expect(files.reduce(0) { $0 + $1.text.utf8.count } < 3_000_000)
  }

  @Test func `cover every message, every field, and every member of a oneof`() throws {
    let schema = try PackagePaths.schema()
    for message in schema.messages {
      let file = try Self.json("messages/\(message.name).json")
      #expect(file["message"] == .string(message.name))
      let methods = schema.methods.filter { $0.request == message.name }.map(\.path)
      #expect((file["methods"]?.elements ?? []).compactMap(\.text) == methods)
      let good = try Self.vectors(file, "good")
      let malformed = try Self.vectors(file, "malformed").map { try Self.text($0, "name") }
      #expect(good.contains { $0["hex"] == "" && $0["json"] == [:] })
      for field in message.fields {
        let values = good.compactMap { $0["json"]?[field.name] }
        // There is only one value of a bool that is set, and of a message without fields.
        var least = field.kind == .bool ? 1 : 2
        if case .message(let name) = field.kind, schema.message(named: name)?.fields.isEmpty == true
        {
          least = 1
        }
        #expect(Set(values.map(\.line)).count >= least, "\(field.name)")
        #expect(malformed.count { $0.hasPrefix("\(field.name): wire type") } >= 2)
        if field.kind == .string {
          #expect(malformed.count { $0.hasPrefix("\(field.name): not UTF-8") } == 5)
        }
      }
      #expect(good.count { $0["canonical"] == false } >= 2 + 4 * min(1, message.fields.count))
    }
  }

  // MARK: Messages

  @Test func `that are good decode in the generated code, and come back as they should`() throws {
    let codec = SchemaCodec(try PackagePaths.schema())
    for type in WireMessages.all {
      let name = try #require(type.messageName.split(separator: ".").last.map { String($0) })
      let file = try Self.json("messages/\(name).json")
      for vector in try Self.vectors(file, "good") {
        let bytes = try Self.bytes(Self.text(vector, "hex"))
        let canonical = try codec.encode(try #require(vector["json"]), as: name)
        if vector["canonical"] == nil { #expect(canonical == bytes) }
        let title = "\(name), \(try Self.text(vector, "name"))"
        try Self.expect(type, bytes, as: canonical, title)
      }
    }
  }

  private static func expect(
    _ type: (some WireMessage).Type, _ bytes: [UInt8], as canonical: [UInt8], _ title: String
  ) throws {
    let message = try type.init(decoding: bytes)
    #expect(message.encoded() == canonical, "\(title)")
    #expect(try type.init(decoding: canonical) == message, "\(title)")
  }

  @Test func `that are malformed are refused by the generated code`() throws {
    for type in WireMessages.all {
      let name = try #require(type.messageName.split(separator: ".").last)
      let file = try Self.json("messages/\(name).json")
      for vector in try Self.vectors(file, "malformed") {
        #expect(vector["code"] == "INVALID_ARGUMENT")
        #expect(vector["reason"] == "PAYLOAD_MALFORMED")
        let bytes = try Self.bytes(Self.text(vector, "hex"))
        #expect(throws: WireError.self, "\(name), \(vector.line)") {
          try type.init(decoding: bytes)
        }
      }
    }
  }

  // MARK: Frames

  /// The bytes of a vector, also of those that are written short.
  private static func frame(_ vector: JSON) throws -> [UInt8] {
    guard let rest = vector["repeat"] else { return try bytes(text(vector, "hex")) }
    guard case .integer(let count) = rest["count"] else {
      Issue.record("no count in \(vector.line)")
      return []
    }
    let byte = try bytes(text(rest, "byte"))
    return try bytes(text(vector, "hex_head"))
      + [UInt8](repeating: byte[0], count: Int(count))
  }

  /// `{"$repeat": ["x", 3]}` as the text that it stands for.
  private static func expanded(_ json: JSON) -> JSON {
    if let parts = json["$repeat"]?.elements, case .integer(let count) = parts[1] {
      return .string(String(repeating: parts[0].text ?? "", count: Int(count)))
    }
    guard let members = json.members else { return json }
    return .object(members.map { JSON.Member(key: $0.key, value: expanded($0.value)) })
  }

  @Test func `of frames are read as what they say, and written the same`() throws {
    let codec = SchemaCodec(try PackagePaths.schema())
    var types: Set<String> = []
    var longest: Set<Int> = []
    for vector in try Self.vectors(try Self.json("frames.json"), "good") {
      let bytes = try Self.frame(vector)
      let step = FrameDecoder.next(
        in: bytes.span.bytes, maximumPayloadBytes: FrameLimits.maximumPayloadBytes)
      guard case .frame(let header) = step else {
        Issue.record("\(vector.line): \(step)")
        continue
      }
      #expect(header.frameBytes == bytes.count)
      #expect(vector["flags"] == .integer(Int64(header.flags)))
      #expect(vector["method"] == .integer(Int64(header.method)))
      #expect(vector["call"] == .integer(Int64(header.call)))
      #expect(vector["timeout"] == .integer(Int64(header.timeoutMilliseconds)))
      let sender = try Self.text(vector, "from")
      if vector["skip"] == true {
        #expect(!FrameType.allKnown.dropFirst().contains(header.frameType))
      } else {
        #expect(vector["type"] == .string(header.frameType.name))
        types.insert("\(sender) \(header.frameType.name)")
      }
      var payload: [UInt8]
      if let message = vector["message"]?.text {
        payload = try codec.encode(
          Self.expanded(try #require(vector["json"])), as: message)
      } else {
        payload = try Self.bytes(Self.text(vector, "payload"))
      }
      #expect(payload == Array(bytes[16...]), "\(vector.line)")
      longest.insert(payload.count)
      var writer = ByteWriter()
      header.encode(to: &writer)
      #expect(writer.bytes == Array(bytes[..<16]))
    }
    let both = ["PING", "PONG", "GOING_AWAY"]
    let expected =
      (["HELLO", "REQUEST", "CANCEL"] + both).map { "client \($0)" }
      + (["WELCOME", "RESPONSE", "ITEM", "STATUS"] + both).map { "server \($0)" }
    #expect(types == Set(expected))
    #expect(longest.isSuperset(of: [0, 32, 4_096, 65_536]))
  }
}
