/// What reading a file's header can find.
enum HeaderReading<Header> {
  case sound(Header)
  /// All zero: a segment prepared and not yet used.
  case blank
  case unreadable
  case unsupportedVersion(UInt32)
}

/// The 64 bytes at the start of a segment in use, written together with its first records.
struct SegmentHeader: Equatable, Sendable {
  static let byteCount = 64
  static let magic: UInt64 = 0x314C_414E_4A44_4F4B  // "KODJNAL1" on disk
  static let version: UInt32 = 1

  /// `chain` of the first record: header checksum of the last record of the segment before.
  var chain: UInt32
  var identity: UInt128
  var number: UInt64
  var firstSequence: UInt64
  /// Epoch in which the segment came into use.
  var epoch: UInt64
  var segmentBytes: UInt32

  func write(to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: SegmentHeader.magic.littleEndian, toByteOffset: 0, as: UInt64.self)
    target.storeBytes(of: SegmentHeader.version.littleEndian, toByteOffset: 8, as: UInt32.self)
    target.storeBytes(of: chain.littleEndian, toByteOffset: 12, as: UInt32.self)
    target.storeBytes(of: identity.littleEndian, toByteOffset: 16, as: UInt128.self)
    target.storeBytes(of: number.littleEndian, toByteOffset: 32, as: UInt64.self)
    target.storeBytes(of: firstSequence.littleEndian, toByteOffset: 40, as: UInt64.self)
    target.storeBytes(of: epoch.littleEndian, toByteOffset: 48, as: UInt64.self)
    target.storeBytes(of: segmentBytes.littleEndian, toByteOffset: 56, as: UInt32.self)
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: target, count: 60))
    target.storeBytes(of: sum.littleEndian, toByteOffset: 60, as: UInt32.self)
  }

  static func read(from bytes: UnsafeRawBufferPointer) -> HeaderReading<SegmentHeader> {
    guard bytes.count >= byteCount, let source = bytes.baseAddress else { return .unreadable }
    let header = UnsafeRawBufferPointer(start: source, count: byteCount)
    if header.isAllZero { return .blank }
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: source, count: 60))
    guard source.littleEndian(at: 0, UInt64.self) == magic,
      source.littleEndian(at: 60, UInt32.self) == sum
    else { return .unreadable }
    let version = source.littleEndian(at: 8, UInt32.self)
    guard version == SegmentHeader.version else { return .unsupportedVersion(version) }
    return .sound(
      SegmentHeader(
        chain: source.littleEndian(at: 12, UInt32.self),
        identity: source.littleEndian(at: 16, UInt128.self),
        number: source.littleEndian(at: 32, UInt64.self),
        firstSequence: source.littleEndian(at: 40, UInt64.self),
        epoch: source.littleEndian(at: 48, UInt64.self),
        segmentBytes: source.littleEndian(at: 56, UInt32.self)))
  }
}

/// The 64 bytes at the start of a snapshot. The state follows, then a trailer of 16 bytes.
struct SnapshotHeader: Equatable, Sendable {
  static let byteCount = 64
  static let magic: UInt64 = 0x3150_414E_5344_4F4B  // "KODSNAP1" on disk
  static let version: UInt32 = 1
  static let trailerByteCount = 16
  static let trailerMagic: UInt64 = 0x444E_4550_414E_534B  // "KSNAPEND" on disk

  /// Header checksum of record `sequence`: the next record's `chain`.
  var chain: UInt32
  var identity: UInt128
  /// The state includes every record up to this one.
  var sequence: UInt64
  var epoch: UInt64
  var stateBytes: UInt64

  var fileByteCount: UInt64 {
    UInt64(SnapshotHeader.byteCount + SnapshotHeader.trailerByteCount) + stateBytes
  }

  /// Writes 64 bytes and returns their checksum, with which the state's checksum starts.
  func write(to target: UnsafeMutableRawPointer) -> UInt32 {
    target.storeBytes(of: SnapshotHeader.magic.littleEndian, toByteOffset: 0, as: UInt64.self)
    target.storeBytes(of: SnapshotHeader.version.littleEndian, toByteOffset: 8, as: UInt32.self)
    target.storeBytes(of: chain.littleEndian, toByteOffset: 12, as: UInt32.self)
    target.storeBytes(of: identity.littleEndian, toByteOffset: 16, as: UInt128.self)
    target.storeBytes(of: sequence.littleEndian, toByteOffset: 32, as: UInt64.self)
    target.storeBytes(of: epoch.littleEndian, toByteOffset: 40, as: UInt64.self)
    target.storeBytes(of: stateBytes.littleEndian, toByteOffset: 48, as: UInt64.self)
    target.storeBytes(of: 0, toByteOffset: 56, as: UInt32.self)
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: target, count: 60))
    target.storeBytes(of: sum.littleEndian, toByteOffset: 60, as: UInt32.self)
    return sum
  }

  /// The 16 bytes after the state: magic, zero, checksum of header and state.
  static func writeTrailer(stateChecksum: UInt32, to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: trailerMagic.littleEndian, toByteOffset: 0, as: UInt64.self)
    target.storeBytes(of: 0, toByteOffset: 8, as: UInt32.self)
    target.storeBytes(of: stateChecksum.littleEndian, toByteOffset: 12, as: UInt32.self)
  }

  static func isTrailer(_ source: UnsafeRawPointer, stateChecksum: UInt32) -> Bool {
    source.littleEndian(at: 0, UInt64.self) == trailerMagic
      && source.littleEndian(at: 8, UInt32.self) == 0
      && source.littleEndian(at: 12, UInt32.self) == stateChecksum
  }

  static func read(from bytes: UnsafeRawBufferPointer) -> HeaderReading<SnapshotHeader> {
    guard bytes.count >= byteCount, let source = bytes.baseAddress else { return .unreadable }
    let sum = Checksum.crc32c(UnsafeRawBufferPointer(start: source, count: 60))
    guard source.littleEndian(at: 0, UInt64.self) == magic,
      source.littleEndian(at: 60, UInt32.self) == sum
    else { return .unreadable }
    let version = source.littleEndian(at: 8, UInt32.self)
    guard version == SnapshotHeader.version else { return .unsupportedVersion(version) }
    return .sound(
      SnapshotHeader(
        chain: source.littleEndian(at: 12, UInt32.self),
        identity: source.littleEndian(at: 16, UInt128.self),
        sequence: source.littleEndian(at: 32, UInt64.self),
        epoch: source.littleEndian(at: 40, UInt64.self),
        stateBytes: source.littleEndian(at: 48, UInt64.self)))
  }
}

extension UnsafeRawBufferPointer {
  /// True of an empty buffer, too.
  var isAllZero: Bool {
    guard let base = baseAddress else { return true }
    var offset = 0
    // By words: a segment has millions of them and is looked through at every start.
    while offset + 64 <= count {
      var any: UInt64 = 0
      for word in 0..<8 {
        any |= base.loadUnaligned(fromByteOffset: offset + word * 8, as: UInt64.self)
      }
      if any != 0 { return false }
      offset += 64
    }
    while offset < count {
      if base.load(fromByteOffset: offset, as: UInt8.self) != 0 { return false }
      offset += 1
    }
    return true
  }
}
