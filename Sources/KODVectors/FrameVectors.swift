package import KODJSON
package import KODSchema

/// Whole frames: those that either side must be able to read, with what they mean, and those that a
/// server answers by itself, with the answer.
package struct FrameVectors {
  let schema: Schema
  let codec: SchemaCodec
  var good: [JSON] = []
  var malformed: [JSON] = []

  package init(_ schema: Schema, codec: SchemaCodec) throws(SchemaCodecError) {
    self.schema = schema
    self.codec = codec
    try addClientFrames()
    try addServerFrames()
    try addRefusedBeforeWelcome()
    try addRefusedFrames()
    try addRefusedRequests()
  }

  /// The content of the file.
  package var json: JSON {
    ["good": .array(good), "malformed": .array(malformed)]
  }

  // MARK: Frames

  /// What a frame says.
  struct Frame {
    var type: String
    var flags: UInt8 = 0
    /// Such as `Assisters/AcceptOffer`; of RESPONSE and ITEM the method that is answered.
    var method: String?
    var call: UInt32 = 0
    var timeout: UInt32 = 0
    var payload: [UInt8] = []
    /// What stands in the header in place of the true length.
    var length: UInt32?
    /// In place of the number of `type` and of `method`.
    var typeNumber: UInt8?
    var methodNumber: UInt16?
  }

  /// Header and payload.
  func bytes(_ frame: Frame) -> [UInt8] {
    func bigEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
      stride(from: value.bitWidth - 8, through: 0, by: -8).map {
        UInt8(truncatingIfNeeded: value >> $0)
      }
    }
    return bigEndian(frame.length ?? UInt32(frame.payload.count))
      + [typeNumber(frame), frame.flags] + bigEndian(methodNumber(frame))
      + bigEndian(frame.call) + bigEndian(frame.timeout) + frame.payload
  }

  func typeNumber(_ frame: Frame) -> UInt8 {
    let value = schema.enumType(named: "FrameType")?.value(named: frame.type)
    return frame.typeNumber ?? UInt8(value?.number ?? 0)
  }

  func methodNumber(_ frame: Frame) -> UInt16 {
    guard frame.type == "REQUEST" else { return frame.methodNumber ?? 0 }
    return frame.methodNumber
      ?? frame.method.flatMap { schema.method(named: $0)?.number } ?? 0
  }

  /// The message that is the payload of such a frame; nil: none.
  func messageName(_ frame: Frame) -> String? {
    switch frame.type {
    case "HELLO": "Hello"
    case "WELCOME": "Welcome"
    case "STATUS": "Status"
    case "GOING_AWAY": "GoingAway"
    case "REQUEST": frame.method.flatMap { schema.method(named: $0)?.request }
    case "RESPONSE", "ITEM": frame.method.flatMap { schema.method(named: $0)?.response }
    default: nil
    }
  }

  /// The frame with a message as its payload.
  func filled(_ frame: Frame, _ json: JSON) throws(SchemaCodecError) -> Frame {
    guard let message = messageName(frame) else { return frame }
    var result = frame
    result.payload = try codec.encode(json, as: message)
    return result
  }

  // MARK: As JSON

  /// The bytes as members of an object: `hex`, or, where they end in many equal ones, `hex_head`
  /// and `repeat`.
  func members(_ bytes: [UInt8]) -> JSON {
    guard bytes.count > 512, let last = bytes.last else {
      return ["hex": .string(hexadecimal(bytes))]
    }
    let count = bytes.reversed().prefix { $0 == last }.count
    return [
      "hex_head": .string(hexadecimal(bytes.dropLast(count))),
      "repeat": ["byte": .string(hexadecimal([last])), "count": .integer(Int64(count))],
    ]
  }

  /// Long texts of one letter as `{"$repeat": ["x", 4087]}`.
  func shortened(_ json: JSON) -> JSON {
    switch json {
    case .object(let members):
      return .object(members.map { JSON.Member(key: $0.key, value: shortened($0.value)) })
    case .array(let elements): return .array(elements.map(shortened))
    case .string(let text):
      guard text.utf8.count > 200, let first = text.first, text.allSatisfy({ $0 == first }) else {
        return json
      }
      return ["$repeat": [.string(String(first)), .integer(Int64(text.count))]]
    default: return json
    }
  }

  /// Adds a frame that its receiver must be able to read.
  ///
  /// - Parameter note: why it is special, for machines: members that are added.
  mutating func read(
    _ name: String, from sender: String, _ frame: Frame, note: JSON = [:]
  ) throws(SchemaCodecError) {
    var vector: JSON = ["name": .string("\(sender): \(name)"), "from": .string(sender)]
    vector =
      vector + members(bytes(frame)) + [
        "type": frame.typeNumber.map { .integer(Int64($0)) } ?? .string(frame.type),
        "flags": .integer(Int64(frame.flags)), "method": .integer(Int64(methodNumber(frame))),
        "call": .integer(Int64(frame.call)), "timeout": .integer(Int64(frame.timeout)),
      ]
    if let method = frame.method {
      vector = vector + ["of": .string(method)]
    }
    if let message = messageName(frame) {
      let json = try codec.decode(frame.payload, as: message)
      vector = vector + ["message": .string(message), "json": shortened(json)]
    } else {
      vector = vector + ["payload": .string(hexadecimal(frame.payload))]
    }
    good.append(vector + note)
  }
}
