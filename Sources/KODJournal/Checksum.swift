internal import CLinux

/// CRC-32C, by instruction where the processor has it.
enum Checksum {
  /// Checksum of `bytes`, continuing from `sum`; zero starts a new one.
  @inline(__always)
  static func crc32c(_ bytes: UnsafeRawBufferPointer, continuing sum: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return sum }
    return CLinux_crc32c(sum, base, bytes.count)
  }

  /// Checksum of the 16 bytes of `identity` as they stand on disk: the chain's first link.
  static func crc32c(of identity: UInt128) -> UInt32 {
    withUnsafeBytes(of: identity.littleEndian) { crc32c($0) }
  }
}
