import KODWire

/// A message that is not looked into: the schema's codec made its bytes, or will read them.
struct EncodedMessage: WireMessage {
  var bytes: [UInt8] = []

  static var messageName: String { "" }

  init() {}

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func encode(to writer: inout ByteWriter) { writer.append(contentsOf: bytes) }

  init(decoding bytes: RawSpan) throws(WireError) {
    self.bytes = bytes.withUnsafeBytes { Array($0) }
  }
}
