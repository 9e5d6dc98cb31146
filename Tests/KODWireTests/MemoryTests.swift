import KODSchema
import Testing

@testable import KODWire

/// What decoding may take, computed from the schema and the sizes of the generated types, and then
/// tried with the worst payloads.
@Suite struct `Decoding takes bounded memory` {
  @Test func `at most the documented multiple, for every message`() throws {
    let costs = try DecodingCosts()
    for message in costs.schema.messages {
      let worst = costs.worst(of: message)
      let limit = Double(
        costs.isRequest(message)
          ? WireMemory.maximumRequestMultiple : WireMemory.maximumMultiple)
      #expect(worst.multiple <= limit, "\(message.name): \(worst)")
      #expect(costs.headerBytes(of: message) <= WireMemory.constantBytes, "\(message.name)")
    }
  }

  @Test func `the documented multiples are not far from the worst there is`() throws {
    let costs = try DecodingCosts()
    func worst(_ isCounted: (MessageType) -> Bool) -> Double {
      costs.schema.messages.filter(isCounted).map { costs.worst(of: $0).multiple }.max() ?? 0
    }
    #expect(worst { _ in true } * 1.5 > Double(WireMemory.maximumMultiple))
    #expect(worst(costs.isRequest) * 1.5 > Double(WireMemory.maximumRequestMultiple))
  }

  @Test func `an array has room for what was announced and no more, at the longest payload`() throws
  {
    let costs = try DecodingCosts()
    var tried = 0
    for type in WireMessages.all {
      let message = try #require(costs.schema.message(named: DecodingCosts.name(of: type)))
      for field in message.fields where field.isRepeated {
        let payload = Self.fullOf(field)
        let storage = try Self.storageBytes(of: type.init(decoding: payload))
        let limit = WireMemory.bound(
          payloadBytes: payload.count, isRequest: costs.isRequest(message))
        #expect(storage > payload.count / 2, "\(message.name).\(field.name) is not filled")
        #expect(storage <= limit, "\(message.name).\(field.name)")
        tried += 1
      }
    }
    #expect(tried > 20)
  }

  @Test func `an array that is merged from pieces grows to what the payload can fill`() throws {
    // All but one of the elements in the first piece: the array must grow for the last one.
    let element = ProtobufBytes.delimited(3, [])
    let last = ProtobufBytes.delimited(1, element)
    let most = FrameLimits.maximumPayloadBytes - last.count - 4
    let elements = [[UInt8]](repeating: element, count: most / element.count).flatMap { $0 }
    let payload = ProtobufBytes.delimited(1, elements) + last
    let message = try SaveAvailabilityRequest(decoding: payload)
    let hours = try #require(message.availability).weeklyHours
    #expect(hours.count == most / element.count + 1)
    #expect(hours.capacity < hours.count + 16)
  }

  @Test func `an element that is cut off makes no array grow`() throws {
    // What is refused leaves nothing to look at: the next element's room is the decoder's own.
    let element = ProtobufBytes.delimited(1, [])
    let whole = [[UInt8]](repeating: element, count: 64).flatMap { $0 }
    let bytes = whole + [0x0A, 0x7F]
    var cursor = WireCursor(bytes.span.bytes)
    var rows: [ReferralRow] = []
    for _ in 0..<64 {
      #expect(try cursor.nextField(bytes.span.bytes))
      cursor.makeRoom(bytes.span.bytes, in: &rows)
      try cursor.skip(bytes.span.bytes)
      rows.append(ReferralRow())
    }
    let capacity = rows.capacity
    #expect(try cursor.nextField(bytes.span.bytes))
    cursor.makeRoom(bytes.span.bytes, in: &rows)
    #expect(rows.capacity == capacity)
    #expect(throws: WireError.self) { try cursor.skip(bytes.span.bytes) }
  }

  /// Empty elements, or the shortest numbers, up to the longest payload.
  private static func fullOf(_ field: Field) -> [UInt8] {
    switch field.kind {
    case .message, .string, .bytes:
      let element = ProtobufBytes.delimited(field.number, [])
      let count = FrameLimits.maximumPayloadBytes / element.count
      return [[UInt8]](repeating: element, count: count).flatMap { $0 }
    default:
      let numbers = [UInt8](repeating: 1, count: FrameLimits.maximumPayloadBytes - 5)
      return ProtobufBytes.delimited(field.number, numbers)
    }
  }

  private static func storageBytes(of message: Any) -> Int {
    Mirror(reflecting: message).children.reduce(0) { sum, child in
      sum + ((child.value as? any ArrayStorage)?.storageBytes ?? 0)
    }
  }
}

private protocol ArrayStorage {
  var storageBytes: Int { get }
}

extension Array: ArrayStorage {
  fileprivate var storageBytes: Int { capacity * MemoryLayout<Element>.stride }
}

/// The most memory that a byte of a message can cost, field by field.
///
/// A payload's memory is a sum over its fields, and so are its bytes: the quotient of the sums is
/// at most the greatest quotient of a single field. Those are what is computed here.
private struct DecodingCosts {
  let schema: Schema
  private let strides: [String: Int]

  /// Of Swift's native arrays and strings.
  private static let headerBytes = 32

  struct Worst: CustomStringConvertible {
    var multiple = 0.0
    var path = ""
    var description: String { "\(multiple) times the payload, by \(path)" }
  }

  init() throws {
    schema = try PackagePaths.schema()
    strides = Dictionary(
      uniqueKeysWithValues: WireMessages.all.map { (Self.name(of: $0), Self.stride(of: $0)) })
  }

  private static func stride<Message: WireMessage>(of type: Message.Type) -> Int {
    MemoryLayout<Message>.stride
  }

  static func name(of type: any WireMessage.Type) -> String {
    String(type.messageName.split(separator: ".").last ?? "")
  }

  func isRequest(_ message: MessageType) -> Bool {
    message.name == "Hello" || schema.methods.contains { $0.request == message.name }
  }

  func worst(of message: MessageType) -> Worst {
    worst(of: message, copies: 1, isInArray: false, path: message.name)
  }

  /// - Parameters:
  ///   - copies: how often an array of the message may be alive at once: 2 if the message may come
  ///     in pieces, so that the array grows from an old storage into a new one.
  ///   - isInArray: it may be there many times: the headers of its arrays count too.
  private func worst(
    of message: MessageType, copies: Int, isInArray: Bool, path: String
  ) -> Worst {
    var worst = Worst()
    func consider(_ memory: Int, wire: Int, _ path: String) {
      let multiple = Double(memory) / Double(wire)
      if multiple > worst.multiple { worst = Worst(multiple: multiple, path: path) }
    }
    let header = isInArray ? copies * Self.headerBytes : 0
    for field in message.fields {
      let path = "\(path).\(field.name)"
      // Tag and length.
      let wire = ProtobufBytes.tag(field.number, 2).count + 1
      if case .message(let name) = field.kind, let inner = schema.message(named: name) {
        if field.isRepeated { consider(header + copies * (strides[name] ?? 0), wire: wire, path) }
        let below = self.worst(
          of: inner, copies: field.isRepeated ? 1 : 2,
          isInArray: isInArray || field.isRepeated, path: path)
        if below.multiple > worst.multiple { worst = below }
        continue
      }
      let element = field.isRepeated ? header + copies * valueStride(field.kind) : 0
      switch field.kind {
      case .string:
        consider(element, wire: wire, path)
        // Sixteen bytes are the shortest that do not fit into the value itself.
        consider(element + Self.headerBytes + 32, wire: wire + 16, path)
      case .bytes: consider(element + Self.headerBytes + 1, wire: wire + 1, path)
      default:
        guard field.isRepeated else { continue }
        consider(element, wire: wire + 1, path)
        consider(copies * valueStride(field.kind), wire: 1, path)
      }
    }
    return worst
  }

  /// Headers of the arrays that the message has once, an old and a new one each.
  func headerBytes(of message: MessageType) -> Int {
    message.fields.reduce(0) { sum, field in
      if field.isRepeated { return sum + 2 * Self.headerBytes }
      guard case .message(let name) = field.kind, let inner = schema.message(named: name) else {
        return sum
      }
      return sum + headerBytes(of: inner)
    }
  }

  private func valueStride(_ kind: Field.Kind) -> Int {
    switch kind {
    case .bool: 1
    case .int32, .uint32, .enumeration: 4
    case .int64, .uint64, .bytes: 8
    case .string: 16
    case .message: 0
    }
  }
}
