internal import COpenSSL
internal import Glibc

/// A certificate authority for development and tests, which signs one server certificate and
/// forgets nothing: its key stays beside it, readable by the owner only. Production certificates
/// come from elsewhere.
public enum DevelopmentAuthority {
  /// Where everything was written.
  public struct Files: Equatable, Sendable {
    /// The authority's certificate: what clients trust.
    public let authorityCertificate: String
    public let authorityKey: String
    /// The server's certificate, followed by the authority's.
    public let serverCertificate: String
    public let serverKey: String
  }

  /// The same as PEM text.
  public struct Material: Sendable {
    public let authorityCertificate: [UInt8]
    public let authorityKey: [UInt8]
    public let serverCertificate: [UInt8]
    public let serverKey: [UInt8]
  }

  static let authorityDays = 3650
  /// What the strictest clients (Apple's) accept.
  static let serverDays = 398

  /// Makes an authority and a server certificate (ECDSA P-256) for localhost, 127.0.0.1, ::1 and
  /// `names`, and writes `ca.pem`, `ca-key.pem`, `server.pem`, `server-key.pem` into the directory:
  /// keys with mode 0600, certificates 0644. Never overwrites a file.
  /// - Throws: when a file exists, cannot be written, or a name is neither an IP address nor a DNS
  ///   name.
  @discardableResult
  public static func make(
    in directory: String, names: [String] = []
  ) throws(TransportError) -> Files {
    let material = try make(names: names)
    let files = Files(
      authorityCertificate: directory + "/ca.pem", authorityKey: directory + "/ca-key.pem",
      serverCertificate: directory + "/server.pem", serverKey: directory + "/server-key.pem")
    try write(material.authorityKey, files.authorityKey, mode: 0o600)
    try write(material.authorityCertificate, files.authorityCertificate, mode: 0o644)
    try write(material.serverKey, files.serverKey, mode: 0o600)
    try write(material.serverCertificate, files.serverCertificate, mode: 0o644)
    return files
  }

  /// The same in memory.
  public static func make(names: [String] = []) throws(TransportError) -> Material {
    try make(only: ["localhost", "127.0.0.1", "::1"] + names)
  }

  /// An authority and a server certificate for these names and no others.
  package static func make(only names: [String]) throws(TransportError) -> Material {
    defer { OpenSSLErrors.clear() }
    let alternatives = try subjectAlternatives(names)
    let authorityKey = try makeKey()
    defer { EVP_PKEY_free(authorityKey) }
    let serverKey = try makeKey()
    defer { EVP_PKEY_free(serverKey) }

    let authority = try makeCertificate(
      subject: "KOD development authority", key: authorityKey, days: authorityDays,
      issuer: nil, issuerKey: authorityKey,
      extensions: [
        (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
        (NID_key_usage, "critical,keyCertSign,cRLSign"),
        (NID_subject_key_identifier, "hash"),
      ])
    defer { X509_free(authority) }
    let server = try makeCertificate(
      subject: "localhost", key: serverKey, days: serverDays,
      issuer: authority, issuerKey: authorityKey,
      extensions: [
        (NID_basic_constraints, "critical,CA:FALSE"),
        (NID_key_usage, "critical,digitalSignature"),
        (NID_ext_key_usage, "serverAuth"),
        (NID_subject_key_identifier, "hash"),
        (NID_authority_key_identifier, "keyid:always"),
        (NID_subject_alt_name, alternatives),
      ])
    defer { X509_free(server) }

    let authorityPEM = try pem { PEM_write_bio_X509($0, authority) }
    let serverPEM = try pem { PEM_write_bio_X509($0, server) }
    return Material(
      authorityCertificate: authorityPEM,
      authorityKey: try pem { COpenSSL_write_private_key($0, authorityKey) },
      serverCertificate: serverPEM + authorityPEM,
      serverKey: try pem { COpenSSL_write_private_key($0, serverKey) })
  }

  // MARK: Certificates

  private static func makeKey() throws(TransportError) -> OpaquePointer {
    guard OpenSSLLibrary.isReady, let key = COpenSSL_make_p256_key() else {
      throw OpenSSLErrors.error("make a key")
    }
    return key
  }

  private static func makeCertificate(
    subject: String, key: OpaquePointer, days: Int, issuer: OpaquePointer?,
    issuerKey: OpaquePointer, extensions: [(nid: Int32, value: String)]
  ) throws(TransportError) -> OpaquePointer {
    guard let certificate = X509_new() else { throw OpenSSLErrors.error("make a certificate") }
    var good = X509_set_version(certificate, 2) == 1
    // Positive, at most 20 bytes, unpredictable (RFC 5280, 4.1.2.2): 127 bits.
    if let serial = BN_new() {
      good = good && BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
      good = good && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != nil
      BN_free(serial)
    } else {
      good = false
    }
    // An hour back, for clients whose clocks are behind.
    good = good && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nil
    good =
      good
      && X509_time_adj_ex(X509_getm_notAfter(certificate), Int32(days), 0, nil) != nil
    let name = X509_get_subject_name(certificate)
    good = good && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, subject, -1, -1, 0) == 1
    good =
      good
      && X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0) } ?? name) == 1
    good = good && X509_set_pubkey(certificate, key) == 1
    for (nid, value) in extensions {
      good = good && COpenSSL_add_extension(certificate, issuer ?? certificate, nid, value) == 1
    }
    guard good, X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else {
      X509_free(certificate)
      throw OpenSSLErrors.error("make a certificate")
    }
    return certificate
  }

  /// `DNS:localhost,IP:127.0.0.1`. Checked, since OpenSSL reads commas and colons as its own
  /// notation.
  private static func subjectAlternatives(_ names: [String]) throws(TransportError) -> String {
    var alternatives: [String] = []
    for name in names {
      let isAddress = name != "localhost" && (try? SocketAddress(host: name, port: 0)) != nil
      let isName =
        !name.isEmpty
        && name.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
          default: false
          }
        }
      guard isAddress || isName else {
        throw TransportError(
          operation: "server name '\(name)'", text: "neither an IP address nor a DNS name")
      }
      let alternative = (isAddress ? "IP:" : "DNS:") + name
      if !alternatives.contains(alternative) { alternatives.append(alternative) }
    }
    return alternatives.joined(separator: ",")
  }

  /// What `write` prints into a memory BIO.
  private static func pem(
    _ write: (OpaquePointer) -> Int32
  ) throws(TransportError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { throw OpenSSLErrors.error("write PEM") }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw OpenSSLErrors.error("write PEM") }
    var start: UnsafePointer<UInt8>?
    let count = COpenSSL_memory_bytes(bio, &start)
    return Array(UnsafeBufferPointer(start: start, count: count))
  }

  // MARK: Files

  /// Creates the file with these bytes. A file that exists is somebody's key: it is never replaced.
  private static func write(
    _ bytes: [UInt8], _ path: String, mode: mode_t
  ) throws(TransportError) {
    let operation = "create \(path)"
    let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard fd >= 0 else { throw TransportError(operation, errno: errno) }
    defer { Socket.close(fd) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(fd, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw TransportError(operation, errno: errno) }
      written += count
    }
    // A key that is lost in a crash would leave a certificate without one.
    guard fsync(fd) == 0 else { throw TransportError(operation, errno: errno) }
  }
}
