import KODWire

/// A message that is not looked into here: the schema's codec made its bytes, or reads them.
struct EncodedMessage: WireMessage {
  /// Reads the bytes of a response as what it should be. Only the task knows which method it called.
  @TaskLocal static var read: (@Sendable ([UInt8]) throws -> Void)?

  var bytes: [UInt8] = []

  static var messageName: String { "" }

  init() {}

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func encode(to writer: inout ByteWriter) { writer.append(contentsOf: bytes) }

  /// - Throws: `truncated`, whatever it is that the schema's codec does not like.
  init(decoding bytes: RawSpan) throws(WireError) {
    self.bytes = bytes.withUnsafeBytes { Array($0) }
    do {
      try Self.read?(self.bytes)
    } catch {
      throw WireError(.truncated, at: 0)
    }
  }
}
