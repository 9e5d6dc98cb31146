internal import COpenSSL

/// Cryptographic hashes.
public enum Digest {
  /// SHA-256; the first byte of the hash is the most significant one of `high`.
  public static func sha256(_ bytes: UnsafeRawBufferPointer) -> (high: UInt128, low: UInt128) {
    precondition(OpenSSLLibrary.isReady)
    var hash: (UInt128, UInt128) = (0, 0)
    let done = withUnsafeMutableBytes(of: &hash) {
      EVP_Digest(
        bytes.baseAddress, bytes.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
        EVP_sha256(), nil)
    }
    precondition(done == 1, "OpenSSL has no SHA-256")
    return (UInt128(bigEndian: hash.0), UInt128(bigEndian: hash.1))
  }

  /// SHA-256 of a span.
  public static func sha256(_ bytes: RawSpan) -> (high: UInt128, low: UInt128) {
    bytes.withUnsafeBytes { sha256($0) }
  }
}

/// Unpredictable bytes, good enough for keys and tokens.
public enum SecureRandom {
  /// Fills the buffer. The process ends if the system has no randomness: nothing secret could be
  /// made then.
  public static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    precondition(OpenSSLLibrary.isReady)
    if buffer.isEmpty { return }
    let done = RAND_bytes(
      buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(buffer.count))
    precondition(done == 1, "the system has no randomness")
  }

  public static func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withUnsafeMutableBytes { fill($0) }
    return bytes
  }

  public static func uint64() -> UInt64 {
    var number: UInt64 = 0
    withUnsafeMutableBytes(of: &number) { fill($0) }
    return number
  }

  public static func uint128() -> UInt128 {
    var number: UInt128 = 0
    withUnsafeMutableBytes(of: &number) { fill($0) }
    return number
  }
}
