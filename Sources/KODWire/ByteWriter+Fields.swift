/// What the generated code calls. A tag is the field number times eight plus the wire type.
/// `append…` leaves out a value that is the default, `appendPresent…` (members of a oneof) does
/// not.
extension ByteWriter {
  // MARK: Single values

  mutating func appendUInt64(_ tag: UInt32, _ value: UInt64) {
    if value != 0 { appendPresentUInt64(tag, value) }
  }

  mutating func appendInt64(_ tag: UInt32, _ value: Int64) {
    if value != 0 { appendPresentInt64(tag, value) }
  }

  mutating func appendUInt32(_ tag: UInt32, _ value: UInt32) {
    if value != 0 { appendPresentUInt32(tag, value) }
  }

  mutating func appendInt32(_ tag: UInt32, _ value: Int32) {
    if value != 0 { appendPresentInt32(tag, value) }
  }

  mutating func appendBool(_ tag: UInt32, _ value: Bool) {
    if value { appendPresentBool(tag, value) }
  }

  mutating func appendEnum(_ tag: UInt32, _ value: some WireEnum) {
    if value.rawValue != 0 { appendPresentEnum(tag, value) }
  }

  mutating func appendString(_ tag: UInt32, _ value: String) {
    if !value.isEmpty { appendPresentString(tag, value) }
  }

  mutating func appendBytes(_ tag: UInt32, _ value: [UInt8]) {
    if !value.isEmpty { appendPresentBytes(tag, value) }
  }

  // MARK: Values that are there, default or not

  mutating func appendPresentUInt64(_ tag: UInt32, _ value: UInt64) {
    appendVarint(UInt64(tag))
    appendVarint(value)
  }

  mutating func appendPresentInt64(_ tag: UInt32, _ value: Int64) {
    appendPresentUInt64(tag, UInt64(bitPattern: value))
  }

  mutating func appendPresentUInt32(_ tag: UInt32, _ value: UInt32) {
    appendPresentUInt64(tag, UInt64(value))
  }

  /// Negative numbers take ten bytes: protobuf extends the sign to 64 bits.
  mutating func appendPresentInt32(_ tag: UInt32, _ value: Int32) {
    appendPresentInt64(tag, Int64(value))
  }

  mutating func appendPresentBool(_ tag: UInt32, _ value: Bool) {
    appendPresentUInt64(tag, value ? 1 : 0)
  }

  mutating func appendPresentEnum(_ tag: UInt32, _ value: some WireEnum) {
    appendPresentInt32(tag, value.rawValue)
  }

  mutating func appendPresentString(_ tag: UInt32, _ value: String) {
    appendVarint(UInt64(tag))
    appendVarint(UInt64(value.utf8.count))
    append(utf8: value)
  }

  mutating func appendPresentBytes(_ tag: UInt32, _ value: [UInt8]) {
    appendVarint(UInt64(tag))
    appendVarint(UInt64(value.count))
    append(contentsOf: value)
  }

  // MARK: Repeated values; numbers are packed

  mutating func appendRepeatedUInt64(_ tag: UInt32, _ values: [UInt64]) {
    appendPacked(tag, values) { $0 }
  }

  mutating func appendRepeatedInt64(_ tag: UInt32, _ values: [Int64]) {
    appendPacked(tag, values) { UInt64(bitPattern: $0) }
  }

  mutating func appendRepeatedUInt32(_ tag: UInt32, _ values: [UInt32]) {
    appendPacked(tag, values) { UInt64($0) }
  }

  mutating func appendRepeatedInt32(_ tag: UInt32, _ values: [Int32]) {
    appendPacked(tag, values) { UInt64(bitPattern: Int64($0)) }
  }

  mutating func appendRepeatedBool(_ tag: UInt32, _ values: [Bool]) {
    appendPacked(tag, values) { $0 ? 1 : 0 }
  }

  mutating func appendRepeatedEnum(_ tag: UInt32, _ values: [some WireEnum]) {
    appendPacked(tag, values) { UInt64(bitPattern: Int64($0.rawValue)) }
  }

  mutating func appendRepeatedString(_ tag: UInt32, _ values: [String]) {
    for value in values { appendPresentString(tag, value) }
  }

  mutating func appendRepeatedBytes(_ tag: UInt32, _ values: [[UInt8]]) {
    for value in values { appendPresentBytes(tag, value) }
  }

  @inline(__always)
  private mutating func appendPacked<Value>(
    _ tag: UInt32, _ values: [Value], _ convert: (Value) -> UInt64
  ) {
    guard !values.isEmpty else { return }
    let mark = beginMessage(tag)
    for value in values { appendVarint(convert(value)) }
    endMessage(mark)
  }
}
