/// A message of `kod.proto`, in the wire format of protobuf.
///
/// Decoding takes what Google's protobuf takes for the same message, less groups, fields whose wire
/// type is not the declared one, and varints that do not fit in 64 bits: those are refused. The
/// memory it takes is bounded by a small multiple of the payload: see `WireMemory`.
public protocol WireMessage: Equatable, Sendable {
  /// Every field at its default.
  init()

  /// The full name in the proto file: `kod.v1.Offer`.
  static var messageName: String { get }

  /// Appends the canonical encoding: fields in the order of their numbers, defaults left out,
  /// repeated numbers packed.
  func encode(to writer: inout ByteWriter)

  /// Reads one message that takes up all of `bytes`.
  ///
  /// Unknown fields are skipped. Of a field that comes twice the last one counts; messages are
  /// merged. Strings must be UTF-8. Messages nest `WireCursor.maximumDepth` deep at most.
  init(decoding bytes: RawSpan) throws(WireError)
}

extension WireMessage {
  /// The canonical encoding as an array; for tests and for paths that are not hot.
  public func encoded() -> [UInt8] {
    var writer = ByteWriter()
    encode(to: &writer)
    return writer.bytes
  }

  /// Reads one message that takes up all of `bytes`.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    try self.init(decoding: bytes.span.bytes)
  }
}

/// An open enum of `kod.proto`: values that this program does not know keep their number.
public protocol WireEnum: RawRepresentable, Hashable, Sendable where RawValue == Int32 {
  /// Zero.
  init()
  /// The value with this number, known or not.
  init(rawValue: Int32)
  /// Every value that `kod.proto` names, in its order.
  static var allKnown: [Self] { get }
  /// The spelling of the proto file; of an unknown value its number.
  var name: String { get }
}

/// Why bytes are not the message they should be, and where.
public struct WireError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Kind: String, Hashable, Sendable {
    /// The bytes end inside a value, or a length reaches past the end.
    case truncated
    /// A varint with more than 64 bits.
    case varintTooLong
    /// A field number of zero or more than 536,870,911.
    case fieldNumberInvalid
    /// A known field with a wire type that its declaration does not allow.
    case wireTypeUnexpected
    /// Wire types 3 and 4 (groups, not in proto3), 6 and 7 (do not exist).
    case wireTypeUnsupported
    /// A string that is not UTF-8.
    case utf8Invalid
    /// Messages nested deeper than `WireCursor.maximumDepth`.
    case nestingTooDeep
  }

  public let kind: Kind
  /// Where it shows, in bytes from the start of the payload.
  public let offset: Int

  public init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension WireError: CustomStringConvertible {
  /// `truncated at byte 17`
  public var description: String { "\(kind.rawValue) at byte \(offset)" }
}
