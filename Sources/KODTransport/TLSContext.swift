internal import COpenSSL

/// What the sessions of one side have in common: identity, trust and the one way this project
/// speaks TLS.
///
/// TLS 1.3 only; AES-128-GCM first; X25519, P-256, P-384; ALPN `kod/1` demanded by both sides; no
/// tickets, no session cache, no early data, no renegotiation.
///
/// `@unchecked Sendable`: the handle is set up before anybody else sees it and only read
/// afterwards; OpenSSL counts its references atomically and lets `SSL_new` run on any thread.
public final class TLSContext: @unchecked Sendable {
  /// The application protocol (ALPN).
  public static let protocolName = "kod/1"

  /// Where PEM text comes from.
  public enum PEM: Sendable {
    case file(String)
    case bytes([UInt8])
  }

  let handle: OpaquePointer
  let isServer: Bool
  // The protocol as on the wire, length first; OpenSSL's callback reads it as long as the context
  // lives.
  private let wireProtocol: UnsafeMutablePointer<UInt8>

  /// A server's identity.
  /// - Parameters:
  ///   - certificateChain: the server's certificate first, then the intermediate ones.
  ///   - privateKey: PKCS #8 or traditional PEM, not encrypted.
  /// - Throws: which of the two cannot be used, and why.
  public static func server(
    certificateChain: PEM, privateKey: PEM
  ) throws(TransportError) -> TLSContext {
    try server(
      certificateChain: certificateChain, privateKey: privateKey, offering: protocolName)
  }

  /// As above; tests make servers that select another protocol, or none.
  static func server(
    certificateChain: PEM, privateKey: PEM, offering name: String?,
    version: Int32 = TLS1_3_VERSION
  ) throws(TransportError) -> TLSContext {
    let context = try TLSContext(isServer: true, offering: name, version: version)
    try context.use(certificateChain, privateKey)
    return context
  }

  /// A client that trusts `certificateAuthority` (one or more certificates) and nobody else.
  public static func client(certificateAuthority: PEM) throws(TransportError) -> TLSContext {
    try client(certificateAuthority: certificateAuthority, offering: protocolName)
  }

  /// As above; tests make clients that do not play by the rules.
  static func client(
    certificateAuthority: PEM, offering name: String?, version: Int32 = TLS1_3_VERSION
  ) throws(TransportError) -> TLSContext {
    let context = try TLSContext(isServer: false, offering: name, version: version)
    try context.trust(certificateAuthority)
    return context
  }

  /// A client that offers whatever protocols it is told to, and speaks TLS 1.2 if it is told to: what
  /// a server has to refuse. It trusts `certificateAuthority` like any other.
  package static func probe(
    certificateAuthority: PEM, offering names: [String], speaksTLS12: Bool = false
  ) throws(TransportError) -> TLSContext {
    let context = try TLSContext(
      isServer: false, offering: nil, version: speaksTLS12 ? TLS1_2_VERSION : TLS1_3_VERSION)
    let wire = names.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
    // OpenSSL copies the list. Unlike its neighbours this function returns 0 when it succeeds.
    if !wire.isEmpty, SSL_CTX_set_alpn_protos(context.handle, wire, UInt32(wire.count)) != 0 {
      throw OpenSSLErrors.error("TLS context")
    }
    try context.trust(certificateAuthority)
    return context
  }

  /// A server that chooses no protocol, whatever it is offered, or speaks TLS 1.2 only, if it is told
  /// to: what a client has to refuse.
  package static func serverProbe(
    certificateChain: PEM, privateKey: PEM, choosesProtocol: Bool = true, speaksTLS12: Bool = false
  ) throws(TransportError) -> TLSContext {
    try server(
      certificateChain: certificateChain, privateKey: privateKey,
      offering: choosesProtocol ? protocolName : nil,
      version: speaksTLS12 ? TLS1_2_VERSION : TLS1_3_VERSION)
  }

  private init(
    isServer: Bool, offering name: String?, version: Int32 = TLS1_3_VERSION
  ) throws(TransportError) {
    guard OpenSSLLibrary.isReady,
      let handle = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method())
    else {
      throw OpenSSLErrors.error("TLS context")
    }
    self.handle = handle
    self.isServer = isServer
    let wire = [UInt8((name ?? "").utf8.count)] + Array((name ?? "").utf8)
    wireProtocol = .allocate(capacity: wire.count)
    wireProtocol.initialize(from: wire, count: wire.count)

    COpenSSL_set_modes(handle)
    COpenSSL_set_options(handle)
    guard COpenSSL_set_versions(handle, version, version) == 1,
      SSL_CTX_set_ciphersuites(
        handle, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1,
      COpenSSL_set_groups(handle, "X25519:P-256:P-384") == 1,
      SSL_CTX_set_num_tickets(handle, 0) == 1
    else { throw OpenSSLErrors.error("TLS context") }
    if isServer {
      if name != nil { COpenSSL_serve_protocol(handle, wireProtocol) }
    } else {
      SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
      // Unlike its neighbours this function returns 0 when it succeeds.
      if name != nil, SSL_CTX_set_alpn_protos(handle, wireProtocol, UInt32(wire.count)) != 0 {
        throw OpenSSLErrors.error("TLS context")
      }
    }
  }

  deinit {
    // No session is left that could call back: each holds a reference to this object.
    SSL_CTX_free(handle)
    wireProtocol.deallocate()
  }

  // MARK: Identity and trust

  private func use(_ chain: PEM, _ key: PEM) throws(TransportError) {
    defer { OpenSSLErrors.clear() }
    let certificates = try PEMReader.certificates(chain, "certificate")
    defer { for certificate in certificates { X509_free(certificate) } }
    guard SSL_CTX_use_certificate(handle, certificates[0]) == 1 else {
      throw OpenSSLErrors.error("certificate \(chain.name)")
    }
    for certificate in certificates.dropFirst() {
      X509_up_ref(certificate)
      guard COpenSSL_add_chain_certificate(handle, certificate) == 1 else {
        X509_free(certificate)
        throw OpenSSLErrors.error("certificate \(chain.name)")
      }
    }
    let privateKey = try PEMReader.privateKey(key)
    defer { EVP_PKEY_free(privateKey) }
    guard SSL_CTX_use_PrivateKey(handle, privateKey) == 1, SSL_CTX_check_private_key(handle) == 1
    else { throw OpenSSLErrors.error("private key \(key.name)") }
  }

  private func trust(_ authority: PEM) throws(TransportError) {
    defer { OpenSSLErrors.clear() }
    let certificates = try PEMReader.certificates(authority, "certificate authority")
    defer { for certificate in certificates { X509_free(certificate) } }
    let store = SSL_CTX_get_cert_store(handle)
    for certificate in certificates {
      guard X509_STORE_add_cert(store, certificate) == 1 else {
        throw OpenSSLErrors.error("certificate authority \(authority.name)")
      }
    }
  }
}

extension TLSContext.PEM {
  /// For messages: the path, never the contents.
  var name: String {
    switch self {
    case .file(let path): path
    case .bytes: "given as bytes"
    }
  }
}
