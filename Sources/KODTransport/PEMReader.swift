internal import COpenSSL
internal import Glibc

/// Certificates and keys out of PEM text.
enum PEMReader {
  /// Larger files are not what they are said to be.
  static let maximumFileBytes = 1 << 20

  /// All certificates, at least one; the caller frees them.
  static func certificates(
    _ source: TLSContext.PEM, _ what: String
  ) throws(TransportError) -> [OpaquePointer] {
    let operation = "\(what) \(source.name)"
    let bio = try open(source, operation)
    defer { BIO_free(bio) }
    var found: [OpaquePointer] = []
    while let certificate = COpenSSL_read_certificate(bio) { found.append(certificate) }
    // The search ends with "no start line"; anything else is a certificate that could not be read.
    let code = ERR_peek_last_error()
    guard ERR_GET_REASON(code) == PEM_R_NO_START_LINE else {
      for certificate in found { X509_free(certificate) }
      throw OpenSSLErrors.error(operation)
    }
    OpenSSLErrors.clear()
    guard !found.isEmpty else {
      throw TransportError(operation: operation, text: "no certificate in PEM format")
    }
    return found
  }

  /// The private key; the caller frees it.
  static func privateKey(_ source: TLSContext.PEM) throws(TransportError) -> OpaquePointer {
    let operation = "private key \(source.name)"
    let bio = try open(source, operation)
    defer { BIO_free(bio) }
    guard let key = COpenSSL_read_private_key(bio) else { throw OpenSSLErrors.error(operation) }
    return key
  }

  /// A memory BIO over the text. Its memory is OpenSSL's own copy, which is wiped when it is freed.
  private static func open(
    _ source: TLSContext.PEM, _ operation: String
  ) throws(TransportError) -> OpaquePointer {
    var bytes: [UInt8]
    switch source {
    case .bytes(let given): bytes = given
    case .file(let path): bytes = try read(path, operation)
    }
    defer { bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    guard let bio = BIO_new(BIO_s_secmem()) else { throw OpenSSLErrors.error(operation) }
    guard bytes.isEmpty || BIO_write(bio, bytes, Int32(bytes.count)) == bytes.count else {
      BIO_free(bio)
      throw OpenSSLErrors.error(operation)
    }
    return bio
  }

  private static func read(_ path: String, _ operation: String) throws(TransportError) -> [UInt8] {
    let fd = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw TransportError(operation, errno: errno) }
    defer { Socket.close(fd) }
    var information = stat()
    guard fstat(fd, &information) == 0 else { throw TransportError(operation, errno: errno) }
    guard information.st_size <= maximumFileBytes else {
      throw TransportError(operation: operation, text: "larger than \(maximumFileBytes) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(fd, $0.baseAddress! + filled, $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw TransportError(operation, errno: errno) }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }
}
