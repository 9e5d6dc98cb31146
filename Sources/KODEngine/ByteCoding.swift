/// Bytes of an event or of a state that mean nothing.
public struct EngineCodingError: Error, Hashable, Sendable {
  /// What is wrong with them.
  public enum Problem: Hashable, Sendable {
    /// The bytes end inside a value.
    case truncated
    /// An event kind or version of a newer program, or no event at all.
    case unknownEvent(UInt64)
    /// Another version's state.
    case unknownFormat(UInt64)
    /// A value outside its range, or written in another way than this one.
    case invalidValue
    /// A state whose parts contradict each other.
    case inconsistent
  }

  public var problem: Problem
  /// Where it was noticed, in bytes from the start.
  public var offset: Int

  public init(problem: Problem, offset: Int) {
    self.problem = problem
    self.offset = offset
  }
}

/// Appends values: integers as varints (seven bits a byte, lowest first), everything else made of
/// them.
struct ByteEncoder {
  var bytes: [UInt8]

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func unsigned(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func count(_ value: Int) { unsigned(UInt64(value)) }
  mutating func flag(_ value: Bool) { byte(value ? 1 : 0) }
  mutating func instant(_ value: Instant) { unsigned(UInt64(value.microseconds)) }
  mutating func span(_ value: Instant.Interval) { unsigned(UInt64(value.microseconds)) }
  mutating func id(_ value: PrincipalID) { unsigned(UInt64(value.number)) }
  mutating func id(_ value: ReferralID) { unsigned(value.number) }
  mutating func id(_ value: OfferID) { unsigned(value.number) }

  mutating func fixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { utf8 in
      count(utf8.count)
      bytes.append(contentsOf: utf8)
    }
  }

  /// nil as 0, a value as 1 more than itself.
  mutating func optional(_ value: UInt64?) { unsigned(value.map { $0 + 1 } ?? 0) }

  /// Ascending numbers as their differences; the first counts from 0.
  mutating func ascending(_ values: some Collection<UInt64>) {
    count(values.count)
    var previous: UInt64 = 0
    for value in values {
      unsigned(value - previous)
      previous = value
    }
  }
}

/// Reads what `ByteEncoder` wrote, in the same order, and refuses everything else: one value has
/// one spelling, so that what decodes encodes to the same bytes. The span is passed each time
/// because a type can't keep one.
struct ByteDecoder {
  private(set) var offset = 0

  func isAtEnd(_ bytes: RawSpan) -> Bool { offset == bytes.byteCount }

  func error(_ problem: EngineCodingError.Problem) -> EngineCodingError {
    EngineCodingError(problem: problem, offset: offset)
  }

  mutating func byte(_ bytes: RawSpan) throws(EngineCodingError) -> UInt8 {
    guard offset < bytes.byteCount else { throw error(.truncated) }
    let value = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    offset += 1
    return value
  }

  mutating func unsigned(_ bytes: RawSpan) throws(EngineCodingError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte(bytes)
      let bits = UInt64(next & 0x7f)
      guard shift < 63 || bits <= 1, shift == 0 || next != 0 else { throw error(.invalidValue) }
      value |= bits << shift
      guard next & 0x80 != 0 else { return value }
      shift += 7
      guard shift < 70 else { throw error(.invalidValue) }
    }
  }

  mutating func unsigned(
    _ bytes: RawSpan, atMost limit: UInt64
  ) throws(EngineCodingError) -> UInt64 {
    let value = try unsigned(bytes)
    guard value <= limit else { throw error(.invalidValue) }
    return value
  }

  /// A number of things that take at least a byte each: never more than there are bytes.
  mutating func count(_ bytes: RawSpan) throws(EngineCodingError) -> Int {
    let value = try unsigned(bytes)
    guard value <= UInt64(bytes.byteCount - offset) else { throw error(.truncated) }
    return Int(value)
  }

  mutating func flag(_ bytes: RawSpan) throws(EngineCodingError) -> Bool {
    try unsigned(bytes, atMost: 1) == 1
  }

  mutating func instant(_ bytes: RawSpan) throws(EngineCodingError) -> Instant {
    // Deadlines lie at most one span behind the latest instant.
    let latest =
      EngineLimits.latestInstant.microseconds + EngineLimits.longestSpan.microseconds
    return Instant(microseconds: Int64(try unsigned(bytes, atMost: UInt64(latest))))
  }

  mutating func span(_ bytes: RawSpan) throws(EngineCodingError) -> Instant.Interval {
    let longest = UInt64(EngineLimits.longestSpan.microseconds)
    return Instant.Interval(microseconds: Int64(try unsigned(bytes, atMost: longest)))
  }

  mutating func principal(_ bytes: RawSpan) throws(EngineCodingError) -> PrincipalID {
    PrincipalID(UInt32(try unsigned(bytes, atMost: UInt64(UInt32.max))))
  }

  mutating func referral(_ bytes: RawSpan) throws(EngineCodingError) -> ReferralID {
    ReferralID(try unsigned(bytes, atMost: UInt64(EngineLimits.referrals)))
  }

  mutating func offer(_ bytes: RawSpan) throws(EngineCodingError) -> OfferID {
    OfferID(try unsigned(bytes, atMost: UInt64(EngineLimits.offers)))
  }

  mutating func raw<Value: RawRepresentable<UInt8>>(
    _ bytes: RawSpan, as type: Value.Type = Value.self
  ) throws(EngineCodingError) -> Value {
    guard let value = Value(rawValue: try byte(bytes)) else { throw error(.invalidValue) }
    return value
  }

  mutating func fixed<Value: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, as type: Value.Type = Value.self
  ) throws(EngineCodingError) -> Value {
    guard bytes.byteCount - offset >= MemoryLayout<Value>.size else { throw error(.truncated) }
    let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
    offset += MemoryLayout<Value>.size
    return Value(littleEndian: value)
  }

  mutating func string(_ bytes: RawSpan) throws(EngineCodingError) -> String {
    let length = try count(bytes)
    let range = offset..<offset + length
    let string = bytes.withUnsafeBytes { String(validating: $0[range], as: UTF8.self) }
    guard let string else { throw error(.invalidValue) }
    offset += length
    return string
  }

  mutating func optional(
    _ bytes: RawSpan, atMost limit: UInt64
  ) throws(EngineCodingError) -> UInt64? {
    let value = try unsigned(bytes, atMost: limit + 1)
    return value == 0 ? nil : value - 1
  }

  mutating func ascending(
    _ bytes: RawSpan, atMost limit: UInt64
  ) throws(EngineCodingError) -> [UInt64] {
    let count = try count(bytes)
    var values: [UInt64] = []
    values.reserveCapacity(count)
    var previous: UInt64 = 0
    for position in 0..<count {
      let difference = try unsigned(bytes, atMost: limit)
      guard position == 0 || difference > 0 else { throw error(.invalidValue) }
      previous += difference
      guard previous <= limit else { throw error(.invalidValue) }
      values.append(previous)
    }
    return values
  }
}
