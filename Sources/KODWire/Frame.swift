/// The 16 bytes in front of every payload; all integers most significant byte first.
///
///      0  u32  payload bytes that follow the header
///      4  u8   type
///      5  u8   flags: reserved, zero
///      6  u16  method: REQUEST only, else zero
///      8  u32  call: 0 is the session itself
///     12  u32  timeout in milliseconds: REQUEST only, else zero
public struct FrameHeader: Equatable, Sendable {
  public static let byteCount = 16

  /// Length of the payload in bytes.
  public var payloadBytes: UInt32
  /// The number of a `FrameType`, or one this program does not know.
  public var type: UInt8
  /// Zero; anything else is refused.
  public var flags: UInt8
  /// The number of a `Method`, REQUEST only.
  public var method: UInt16
  /// The call that the frame belongs to; 0 is the session itself.
  public var call: UInt32
  /// How long the caller will wait, in milliseconds; 0: the server's default. REQUEST only.
  public var timeoutMilliseconds: UInt32

  public init(
    payloadBytes: UInt32, type: FrameType, flags: UInt8 = 0, method: UInt16 = 0, call: UInt32 = 0,
    timeoutMilliseconds: UInt32 = 0
  ) {
    self.payloadBytes = payloadBytes
    self.type = UInt8(truncatingIfNeeded: type.rawValue)
    self.flags = flags
    self.method = method
    self.call = call
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// Reads a header from the first 16 bytes. Precondition: there are so many.
  public init(decoding bytes: RawSpan) {
    precondition(bytes.byteCount >= Self.byteCount)
    payloadBytes = bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self).byteSwappedToHost
    type = bytes.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt8.self)
    flags = bytes.unsafeLoadUnaligned(fromByteOffset: 5, as: UInt8.self)
    method = bytes.unsafeLoadUnaligned(fromByteOffset: 6, as: UInt16.self).byteSwappedToHost
    call = bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self).byteSwappedToHost
    timeoutMilliseconds =
      bytes.unsafeLoadUnaligned(fromByteOffset: 12, as: UInt32.self).byteSwappedToHost
  }

  /// The type as a value to compare with `.request` and its like.
  @inlinable
  public var frameType: FrameType { FrameType(rawValue: Int32(type)) }

  /// Bytes of header and payload together.
  @inlinable
  public var frameBytes: Int { 16 + Int(payloadBytes) }

  /// Appends the 16 bytes.
  public func encode(to writer: inout ByteWriter) {
    writer.reserve(Self.byteCount)
    writer.appendBigEndian(payloadBytes)
    writer.appendByte(type)
    writer.appendByte(flags)
    writer.appendBigEndian(method)
    writer.appendBigEndian(call)
    writer.appendBigEndian(timeoutMilliseconds)
  }
}

extension FixedWidthInteger {
  /// The value of an integer that was loaded from big-endian bytes.
  fileprivate var byteSwappedToHost: Self { Self(bigEndian: self) }
}

/// Finds frames at the start of the bytes that the caller holds. Pure: keeps nothing, consumes
/// nothing.
public enum FrameDecoder {
  /// What the bytes begin with.
  public enum Step: Equatable, Sendable {
    /// The header or the payload is not complete.
    case needMore
    /// A whole frame; its payload is bytes `16..<header.frameBytes`.
    case frame(FrameHeader)
    /// The payload is announced longer than allowed. Judged by the header alone, before the payload
    /// is there.
    case tooLarge(FrameHeader)
  }

  /// - Parameters:
  ///   - bytes: from the start of a frame, as far as received.
  ///   - maximumPayloadBytes: the longest payload that is allowed now.
  public static func next(in bytes: RawSpan, maximumPayloadBytes: Int) -> Step {
    guard bytes.byteCount >= FrameHeader.byteCount else { return .needMore }
    let header = FrameHeader(decoding: bytes)
    if Int(header.payloadBytes) > maximumPayloadBytes { return .tooLarge(header) }
    return bytes.byteCount >= header.frameBytes ? .frame(header) : .needMore
  }
}

/// The limits of the wire format; the server announces those that may differ in WELCOME.
public enum FrameLimits {
  /// Longest payload, either way, once the session is authenticated.
  public static let maximumPayloadBytes = 65_536
  /// Longest payload of a client before WELCOME: HELLO is small, and strangers get no more memory
  /// than it needs.
  public static let maximumHelloBytes = 4_096
  /// Longest payload of PING and PONG.
  public static let maximumPingBytes = 32
}

extension ByteWriter {
  /// Appends a frame with a message as its payload; the payload is written in place, once.
  ///
  /// - Returns: bytes of the payload. The caller compares it with the limit where a message can
  ///   grow; `truncate(to:)`
  ///   takes the frame back.
  @discardableResult
  @inlinable
  public mutating func appendFrame<Message: WireMessage>(
    type: FrameType, call: UInt32 = 0, method: UInt16 = 0, timeoutMilliseconds: UInt32 = 0,
    payload: Message
  ) -> Int {
    let mark = beginFrame(
      type: type, call: call, method: method, timeoutMilliseconds: timeoutMilliseconds)
    payload.encode(to: &self)
    return endFrame(mark)
  }

  /// Appends a frame with a ready payload.
  public mutating func appendFrame(
    type: FrameType, call: UInt32 = 0, method: UInt16 = 0, timeoutMilliseconds: UInt32 = 0,
    payloadBytes: RawSpan
  ) {
    let header = FrameHeader(
      payloadBytes: UInt32(payloadBytes.byteCount), type: type, method: method, call: call,
      timeoutMilliseconds: timeoutMilliseconds)
    header.encode(to: &self)
    append(contentsOf: payloadBytes)
  }

  /// Appends a frame with a ready payload.
  public mutating func appendFrame(
    type: FrameType, call: UInt32 = 0, method: UInt16 = 0, timeoutMilliseconds: UInt32 = 0,
    payloadBytes: [UInt8]
  ) {
    appendFrame(
      type: type, call: call, method: method, timeoutMilliseconds: timeoutMilliseconds,
      payloadBytes: payloadBytes.span.bytes)
  }

  /// Appends a frame without a payload.
  public mutating func appendFrame(
    type: FrameType, call: UInt32 = 0, method: UInt16 = 0, timeoutMilliseconds: UInt32 = 0
  ) {
    let header = FrameHeader(
      payloadBytes: 0, type: type, method: method, call: call,
      timeoutMilliseconds: timeoutMilliseconds)
    header.encode(to: &self)
  }

  /// Writes a header whose length `endFrame` fills in; returns where the payload begins.
  @usableFromInline
  mutating func beginFrame(
    type: FrameType, call: UInt32, method: UInt16, timeoutMilliseconds: UInt32
  ) -> Int {
    appendFrame(
      type: type, call: call, method: method, timeoutMilliseconds: timeoutMilliseconds)
    return count
  }

  @usableFromInline
  mutating func endFrame(_ mark: Int) -> Int {
    let length = count - mark
    replace(at: mark - FrameHeader.byteCount, withBigEndian: UInt32(length))
    return length
  }
}
