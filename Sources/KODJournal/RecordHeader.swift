/// What a record is for. Internal kinds take a sequence number like any other but are not handed to
/// replay.
enum RecordKind: UInt32 {
  /// The caller's bytes.
  case payload = 1
  /// First record of an epoch: the directory was opened for writing.
  case opening = 2
  /// Says only, by its `durableUpTo`, that everything before it was durable.
  case mark = 3
}

/// The 48 bytes before each payload; FORMAT.md says what each field catches.
struct RecordHeader: Equatable {
  static let byteCount = 48
  static let magic: UInt32 = 0x5244_4F4B  // "KODR" on disk
  /// Records begin at multiples of this; the padding is zero and part of the payload's checksum.
  static let alignment = 8

  var payloadBytes: UInt32
  var epoch: UInt64
  var sequence: UInt64
  /// The newest record known to be durable when this one was staged.
  var durableUpTo: UInt64
  /// Raw, because a record of an unknown kind is still a record.
  var kind: UInt32
  /// Header checksum of the record before: pins each record to the whole history before it.
  var chain: UInt32
  var payloadChecksum: UInt32

  static func paddedByteCount(_ payloadBytes: Int) -> Int {
    (payloadBytes + (alignment - 1)) & ~(alignment - 1)
  }

  /// Bytes of header, payload and padding.
  static func recordByteCount(_ payloadBytes: Int) -> Int {
    byteCount + paddedByteCount(payloadBytes)
  }

  /// Writes 48 bytes and returns their checksum, the next record's `chain`.
  @inline(__always)
  func write(to target: UnsafeMutableRawPointer) -> UInt32 {
    target.storeBytes(of: RecordHeader.magic.littleEndian, toByteOffset: 0, as: UInt32.self)
    target.storeBytes(of: payloadBytes.littleEndian, toByteOffset: 4, as: UInt32.self)
    target.storeBytes(of: epoch.littleEndian, toByteOffset: 8, as: UInt64.self)
    target.storeBytes(of: sequence.littleEndian, toByteOffset: 16, as: UInt64.self)
    target.storeBytes(of: durableUpTo.littleEndian, toByteOffset: 24, as: UInt64.self)
    target.storeBytes(of: kind.littleEndian, toByteOffset: 32, as: UInt32.self)
    target.storeBytes(of: chain.littleEndian, toByteOffset: 36, as: UInt32.self)
    target.storeBytes(of: payloadChecksum.littleEndian, toByteOffset: 40, as: UInt32.self)
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: target, count: 44))
    target.storeBytes(of: sum.littleEndian, toByteOffset: 44, as: UInt32.self)
    return sum
  }

  /// Reads the header at `source`, 48 readable bytes; nil unless magic and checksum are right.
  static func read(from source: UnsafeRawPointer) -> (header: RecordHeader, checksum: UInt32)? {
    guard source.littleEndian(at: 0, UInt32.self) == magic else { return nil }
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: source, count: 44))
    guard source.littleEndian(at: 44, UInt32.self) == sum else { return nil }
    let header = RecordHeader(
      payloadBytes: source.littleEndian(at: 4, UInt32.self),
      epoch: source.littleEndian(at: 8, UInt64.self),
      sequence: source.littleEndian(at: 16, UInt64.self),
      durableUpTo: source.littleEndian(at: 24, UInt64.self),
      kind: source.littleEndian(at: 32, UInt32.self),
      chain: source.littleEndian(at: 36, UInt32.self),
      payloadChecksum: source.littleEndian(at: 40, UInt32.self))
    return (header, sum)
  }
}

extension UnsafeRawPointer {
  /// An integer as it stands on disk: little-endian, at any alignment.
  @inline(__always)
  func littleEndian<I: FixedWidthInteger & BitwiseCopyable>(at offset: Int, _: I.Type) -> I {
    I(littleEndian: loadUnaligned(fromByteOffset: offset, as: I.self))
  }
}
