/// A place in the bytes of a message that is being read.
///
/// The bytes themselves are passed beside it (a struct cannot keep a span). `position <= end <=
/// bytes.byteCount` always holds; each read is checked against `end`, the end of the innermost
/// message, before anything is allocated for it.
struct WireCursor {
  /// How deep messages may nest, the outermost included.
  static let maximumDepth = 16

  /// The number of the field that `nextField` found.
  private(set) var field: UInt32 = 0
  /// The wire type of that field: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
  private var wireType: UInt8 = 0
  /// Where that field's tag begins.
  private var fieldStart = 0
  private var position = 0
  private var end: Int
  private var depth = 1

  init(_ bytes: RawSpan) {
    end = bytes.byteCount
  }

  /// Reads the next field's tag; false at the end of the message.
  mutating func nextField(_ bytes: RawSpan) throws(WireError) -> Bool {
    guard position < end else { return false }
    fieldStart = position
    let tag = try varint(bytes)
    let number = tag >> 3
    guard number > 0, number <= 536_870_911 else {
      throw WireError(.fieldNumberInvalid, at: fieldStart)
    }
    field = UInt32(truncatingIfNeeded: number)
    wireType = UInt8(truncatingIfNeeded: tag & 7)
    return true
  }

  /// Passes over the value of the field.
  mutating func skip(_ bytes: RawSpan) throws(WireError) {
    switch wireType {
    case 0: _ = try varint(bytes)
    case 1: try advance(by: 8)
    case 2: try advance(by: try length(bytes))
    case 5: try advance(by: 4)
    default: throw WireError(.wireTypeUnsupported, at: fieldStart)
    }
  }

  // MARK: Nested messages

  /// Goes into the message that the field holds; returns what `leaveMessage` needs.
  mutating func enterMessage(_ bytes: RawSpan) throws(WireError) -> Int {
    try require(2)
    guard depth < Self.maximumDepth else { throw WireError(.nestingTooDeep, at: fieldStart) }
    let count = try length(bytes)
    let outer = end
    end = position + count
    depth += 1
    return outer
  }

  /// Goes back to the message around it.
  mutating func leaveMessage(_ outer: Int) {
    end = outer
    depth -= 1
  }

  // MARK: Single values

  mutating func readUInt64(_ bytes: RawSpan) throws(WireError) -> UInt64 {
    try require(0)
    return try varint(bytes)
  }

  mutating func readInt64(_ bytes: RawSpan) throws(WireError) -> Int64 {
    Int64(bitPattern: try readUInt64(bytes))
  }

  /// protobuf keeps the low 32 bits of a longer varint, so that a field may be widened later.
  mutating func readUInt32(_ bytes: RawSpan) throws(WireError) -> UInt32 {
    UInt32(truncatingIfNeeded: try readUInt64(bytes))
  }

  mutating func readInt32(_ bytes: RawSpan) throws(WireError) -> Int32 {
    Int32(truncatingIfNeeded: try readUInt64(bytes))
  }

  mutating func readBool(_ bytes: RawSpan) throws(WireError) -> Bool {
    try readUInt64(bytes) != 0
  }

  mutating func readEnum<Value: WireEnum>(_ bytes: RawSpan) throws(WireError) -> Value {
    Value(rawValue: try readInt32(bytes))
  }

  mutating func readString(_ bytes: RawSpan) throws(WireError) -> String {
    try require(2)
    let count = try length(bytes)
    let start = position
    position += count
    let string = bytes.withUnsafeBytes { buffer in
      let part = UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
      return String(validating: part, as: UTF8.self)
    }
    guard let string else { throw WireError(.utf8Invalid, at: start) }
    return string
  }

  mutating func readBytes(_ bytes: RawSpan) throws(WireError) -> [UInt8] {
    try require(2)
    let count = try length(bytes)
    let start = position
    position += count
    return bytes.withUnsafeBytes { Array($0[start..<start + count]) }
  }

  // MARK: Repeated values; numbers come packed or one by one

  mutating func readRepeatedUInt64(
    _ bytes: RawSpan, into values: inout [UInt64]
  ) throws(WireError) {
    try readNumbers(bytes, into: &values) { $0 }
  }

  mutating func readRepeatedInt64(_ bytes: RawSpan, into values: inout [Int64]) throws(WireError) {
    try readNumbers(bytes, into: &values) { Int64(bitPattern: $0) }
  }

  mutating func readRepeatedUInt32(
    _ bytes: RawSpan, into values: inout [UInt32]
  ) throws(WireError) {
    try readNumbers(bytes, into: &values) { UInt32(truncatingIfNeeded: $0) }
  }

  mutating func readRepeatedInt32(_ bytes: RawSpan, into values: inout [Int32]) throws(WireError) {
    try readNumbers(bytes, into: &values) { Int32(truncatingIfNeeded: $0) }
  }

  mutating func readRepeatedBool(_ bytes: RawSpan, into values: inout [Bool]) throws(WireError) {
    try readNumbers(bytes, into: &values) { $0 != 0 }
  }

  mutating func readRepeatedEnum<Value: WireEnum>(
    _ bytes: RawSpan, into values: inout [Value]
  ) throws(WireError) {
    try readNumbers(bytes, into: &values) { Value(rawValue: Int32(truncatingIfNeeded: $0)) }
  }

  mutating func readRepeatedString(
    _ bytes: RawSpan, into values: inout [String]
  ) throws(WireError) {
    makeRoom(bytes, in: &values)
    values.append(try readString(bytes))
  }

  mutating func readRepeatedBytes(
    _ bytes: RawSpan, into values: inout [[UInt8]]
  ) throws(WireError) {
    makeRoom(bytes, in: &values)
    values.append(try readBytes(bytes))
  }

  @inline(__always)
  private mutating func readNumbers<Value>(
    _ bytes: RawSpan, into values: inout [Value], _ convert: (UInt64) -> Value
  ) throws(WireError) {
    makeRoom(bytes, forNumbersIn: &values)
    guard wireType == 2 else {
      try require(0)
      values.append(convert(try varint(bytes)))
      return
    }
    let count = try length(bytes)
    let outer = end
    end = position + count
    while position < end {
      values.append(convert(try varint(bytes)))
    }
    end = outer
  }

  // MARK: Room for repeated values
  //
  // Called between a field's tag and its value, so that arrays never grow by themselves. The first
  // time the values ahead are counted, and there is room for exactly those. An array has more to
  // come only if the message around it comes in pieces, which are merged; then it doubles, but
  // never beyond what the rest of the payload could fill.

  /// Makes room for the next string, bytes or message: two bytes at least, tag and length.
  @inline(__always)
  func makeRoom<Value>(_ bytes: RawSpan, in values: inout [Value]) {
    guard values.count == values.capacity else { return }
    grow(&values, by: 1, possible: (bytes.byteCount - position + 1) / 2) {
      valuesAhead(bytes, areNumbers: false)
    }
  }

  /// Makes room for the numbers in the field at hand: a byte each at least when packed.
  @inline(__always)
  private func makeRoom<Value>(_ bytes: RawSpan, forNumbersIn values: inout [Value]) {
    var ahead = self
    guard let count = try? ahead.countNumbers(bytes), values.capacity - values.count < count
    else { return }
    grow(&values, by: count, possible: bytes.byteCount - position) {
      valuesAhead(bytes, areNumbers: true)
    }
  }

  @inline(never)
  private func grow<Value>(
    _ values: inout [Value], by count: Int, possible: Int, _ ahead: () -> Int
  ) {
    guard !values.isEmpty else { return values.reserveCapacity(ahead()) }
    values.reserveCapacity(values.count + max(count, min(values.count, possible)))
  }

  /// How many values the field at hand has in the rest of the message.
  private func valuesAhead(_ bytes: RawSpan, areNumbers: Bool) -> Int {
    var ahead = self
    var count = 0
    do throws(WireError) {
      repeat {
        if ahead.field == field, areNumbers {
          count += try ahead.countNumbers(bytes)
        } else {
          // Counted even if it is cut off: room is made for it before that is found.
          if ahead.field == field { count += 1 }
          try ahead.skip(bytes)
        }
      } while try ahead.nextField(bytes)
    } catch {
      // What is wrong there is met again, and reported, when it is read.
    }
    return count
  }

  /// Passes over the value of the field; how many numbers it is. Of packed ones, each has one byte
  /// without the high bit.
  private mutating func countNumbers(_ bytes: RawSpan) throws(WireError) -> Int {
    guard wireType == 2 else {
      try skip(bytes)
      return 1
    }
    let length = try length(bytes)
    var count = 0
    for offset in position..<position + length where byte(bytes, offset) < 0x80 { count += 1 }
    position += length
    return count
  }

  // MARK: Bytes

  private func require(_ expected: UInt8) throws(WireError) {
    guard wireType == expected else {
      let isKnown = wireType < 3 || wireType == 5
      throw WireError(isKnown ? .wireTypeUnexpected : .wireTypeUnsupported, at: fieldStart)
    }
  }

  private mutating func advance(by count: Int) throws(WireError) {
    guard count <= end - position else { throw WireError(.truncated, at: position) }
    position += count
  }

  /// Reads a length and makes sure that so many bytes follow.
  private mutating func length(_ bytes: RawSpan) throws(WireError) -> Int {
    let start = position
    let count = try varint(bytes)
    guard count <= UInt64(end - position) else { throw WireError(.truncated, at: start) }
    return Int(count)
  }

  @inline(__always)
  private mutating func varint(_ bytes: RawSpan) throws(WireError) -> UInt64 {
    if position < end {
      let first = byte(bytes, position)
      if first < 0x80 {
        position += 1
        return UInt64(first)
      }
    }
    return try longVarint(bytes)
  }

  @inline(never)
  private mutating func longVarint(_ bytes: RawSpan) throws(WireError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let next = byte(bytes, position)
      // The tenth byte has room for one bit.
      guard shift < 63 || next <= 1 else { throw WireError(.varintTooLong, at: start) }
      position += 1
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
    throw WireError(.truncated, at: start)
  }

  @inline(__always)
  private func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
    // Every bit pattern is a UInt8; the span checks the bounds.
    bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
