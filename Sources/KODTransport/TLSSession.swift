internal import COpenSSL

/// The BIO kind of all sessions. Made once, never freed: every open session points to it.
private enum ScratchBIO {
  // A pointer to memory that OpenSSL only reads after COpenSSL_make_scratch_method has filled it;
  // `static let` makes that happen once.
  nonisolated(unsafe) static let method = COpenSSL_make_scratch_method()
}

/// One end of a TLS 1.3 connection, without I/O: ciphertext in, plaintext out, and the other way
/// round.
///
/// After each call the ciphertext to send is in `scratch.output`. Bytes of a record that has not
/// arrived whole stay inside OpenSSL: everything given to ``receive(_:_:)`` is taken, and the
/// caller's buffer is free again.
public struct TLSSession: ~Copyable {
  /// Ciphertext accepted before the handshake is done. A ClientHello has about 500 bytes, a
  /// certificate chain some thousands; OpenSSL alone would collect 128 KiB from somebody who has
  /// proved nothing.
  static let maximumHandshakeBytes = 32 * 1024

  /// Records sealed under one key. RFC 8446, 5.5: AES-GCM bears 2^24.5; a session can live for
  /// weeks.
  static let recordsPerKey: UInt32 = 1 << 23

  private enum Phase: UInt8 { case handshaking, established, closedByPeer, failed }

  private let ssl: OpaquePointer
  private let scratch: TLSScratch
  // Kept because OpenSSL calls back into memory that it owns.
  private let context: TLSContext
  private var phase = Phase.handshaking
  private var hasClosed = false
  private var handshakeBytes: Int32 = 0
  // Tests shorten it.
  var recordsLeft = TLSSession.recordsPerKey

  /// A session of the context's side.
  /// - Parameters:
  ///   - scratch: of the thread that will drive this session.
  ///   - serverName: clients only, and required there: the IP address or DNS name the certificate
  ///     must be for.
  public init(
    _ context: TLSContext, scratch: TLSScratch, serverName: String? = nil
  ) throws(TransportError) {
    guard let method = ScratchBIO.method, let ssl = SSL_new(context.handle) else {
      throw OpenSSLErrors.error("TLS session")
    }
    guard COpenSSL_attach_scratch(ssl, method, scratch.state) == 1 else {
      SSL_free(ssl)
      throw OpenSSLErrors.error("TLS session")
    }
    if context.isServer {
      SSL_set_accept_state(ssl)
    } else {
      SSL_set_connect_state(ssl)
      do throws(TransportError) {
        try Self.expect(serverName, ssl)
      } catch {
        SSL_free(ssl)
        throw error
      }
    }
    self.ssl = ssl
    self.scratch = scratch
    self.context = context
  }

  deinit { SSL_free(ssl) }

  /// Makes OpenSSL verify that the certificate is for `name`.
  private static func expect(_ name: String?, _ ssl: OpaquePointer) throws(TransportError) {
    guard let name, !name.isEmpty, !name.utf8.contains(0) else {
      throw TransportError(operation: "TLS session", text: "a client needs the server's name")
    }
    let accepted: Bool
    if (try? SocketAddress(host: name, port: 0)) != nil, name != "localhost" {
      accepted = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
    } else {
      SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      accepted = SSL_set1_host(ssl, name) == 1 && COpenSSL_set_server_name(ssl, name) == 1
    }
    if !accepted { throw OpenSSLErrors.error("server name '\(name)'") }
  }

  // MARK: Receiving

  /// Clients: makes the first flight. (A server's first move is ``receive(_:_:)``.)
  public mutating func start() -> TLSProgress {
    receive(UnsafeRawBufferPointer(start: nil, count: 0)) { _ in }
  }

  /// Takes all of `ciphertext` and hands out the plaintext in it, as consecutive chunks of the
  /// stream (one, as a rule), valid inside the closure only.
  public mutating func receive(
    _ ciphertext: UnsafeRawBufferPointer, _ plaintext: (UnsafeRawBufferPointer) -> Void
  ) -> TLSProgress {
    scratch.drive(ssl)
    scratch.lend(ciphertext)
    defer { scratch.takeBack() }
    switch phase {
    case .established: return open(plaintext)
    case .handshaking:
      let progress = handshake(receiving: ciphertext.count)
      return progress == .established ? open(plaintext) : progress
    case .closedByPeer: return .closed
    case .failed:
      return .failed(TLSFailure(kind: .notEstablished, reason: "the session has failed before"))
    }
  }

  private mutating func handshake(receiving count: Int) -> TLSProgress {
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      OpenSSLErrors.clear()
      guard hasAgreedOnProtocol else {
        return fail(.applicationProtocol, "the server does not speak \(TLSContext.protocolName)")
      }
      phase = .established
      return .established
    }
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ:
      handshakeBytes += Int32(clamping: count)
      if handshakeBytes > Self.maximumHandshakeBytes {
        return fail(
          .protocolViolation, "no handshake within \(Self.maximumHandshakeBytes) bytes")
      }
      return .handshaking
    case SSL_ERROR_WANT_WRITE: return fail(.outputFull, "the output is full")
    default: return failFromOpenSSL()
    }
  }

  /// Decrypts whatever the lent ciphertext completes.
  private mutating func open(_ deliver: (UnsafeRawBufferPointer) -> Void) -> TLSProgress {
    let room = scratch.plaintext
    var filled = 0
    while true {
      var count = 0
      let result = SSL_read_ex(ssl, room.baseAddress! + filled, room.count - filled, &count)
      guard result == 1 else {
        let error = SSL_get_error(ssl, result)
        if filled > 0 { deliver(UnsafeRawBufferPointer(rebasing: room[..<filled])) }
        switch error {
        case SSL_ERROR_WANT_READ: return .established
        case SSL_ERROR_ZERO_RETURN:
          phase = .closedByPeer
          return .closed
        case SSL_ERROR_WANT_WRITE: return fail(.outputFull, "the output is full")
        default: return failFromOpenSSL()
        }
      }
      filled += count
      // Asking once more would only allocate a read buffer to learn that nothing is there.
      if scratch.state.pointee.inputBytes == 0, SSL_pending(ssl) == 0 { break }
      if room.count - filled < TLSScratch.maximumRecordBytes {
        deliver(UnsafeRawBufferPointer(rebasing: room[..<filled]))
        filled = 0
      }
    }
    deliver(UnsafeRawBufferPointer(rebasing: room[..<filled]))
    return .established
  }

  // MARK: Sending

  /// Encrypts as much as the scratch output has room for and returns how many bytes that were, from
  /// the start of `plaintext`; the rest is for after the output was sent. 16 KiB and less make one
  /// record.
  public mutating func seal(_ plaintext: UnsafeRawBufferPointer) throws(TLSFailure) -> Int {
    guard phase == .established || phase == .closedByPeer, !hasClosed else {
      throw TLSFailure(kind: .notEstablished, reason: "sealing needs an established session")
    }
    scratch.drive(ssl)
    var taken = 0
    while taken < plaintext.count {
      let record = min(plaintext.count - taken, TLSScratch.maximumRecordBytes)
      // Judged beforehand: OpenSSL would keep a record that the BIO refuses, and its 16 KiB with
      // it.
      guard record + TLSScratch.recordMargin <= scratch.sealRoom else { break }
      if recordsLeft == 0 {
        // The next write sends the change of keys first; the peer need not change its own.
        _ = SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
        recordsLeft = Self.recordsPerKey
      }
      recordsLeft -= 1
      var count = 0
      let result = SSL_write_ex(ssl, plaintext.baseAddress! + taken, record, &count)
      guard result == 1 else {
        phase = .failed
        throw TLSFailure(kind: .protocolViolation, reason: OpenSSLErrors.take())
      }
      taken += count
    }
    return taken
  }

  /// Says close_notify (once): nothing can be sealed afterwards. The peer's bytes can still be
  /// received.
  public mutating func close() {
    guard phase == .established || phase == .closedByPeer, !hasClosed else { return }
    hasClosed = true
    scratch.drive(ssl)
    _ = SSL_shutdown(ssl)
    OpenSSLErrors.clear()
  }

  // MARK: Facts

  /// Whether plaintext can be sealed.
  public var isEstablished: Bool { phase == .established && !hasClosed }

  /// `TLSv1.3`.
  public var version: String { String(cString: SSL_get_version(ssl)) }

  /// `TLS_AES_128_GCM_SHA256`; `none` before the handshake.
  public var cipher: String {
    guard let cipher = SSL_get_current_cipher(ssl) else { return "none" }
    return String(cString: SSL_CIPHER_get_name(cipher))
  }

  private var hasAgreedOnProtocol: Bool {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &count)
    return UnsafeBufferPointer(start: name, count: Int(count))
      .elementsEqual(TLSContext.protocolName.utf8)
  }

  // MARK: Failing

  private mutating func fail(_ kind: TLSFailure.Kind, _ reason: String) -> TLSProgress {
    phase = .failed
    OpenSSLErrors.clear()
    return .failed(TLSFailure(kind: kind, reason: reason))
  }

  /// The failure that OpenSSL has just reported.
  private mutating func failFromOpenSSL() -> TLSProgress {
    phase = .failed
    let code = ERR_peek_error()
    let reasonCode = ERR_GET_REASON(code)
    let reason = OpenSSLErrors.take(otherwise: "the stream ended")
    switch reasonCode {
    case SSL_R_CERTIFICATE_VERIFY_FAILED where !context.isServer:
      let why = X509_verify_cert_error_string(SSL_get_verify_result(ssl))
      let text = why.map { "\(reason): \(String(cString: $0))" } ?? reason
      return .failed(TLSFailure(kind: .certificateRefused, reason: text))
    case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED,
      SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
      return .failed(TLSFailure(kind: .applicationProtocol, reason: reason))
    case SSL_AD_REASON_OFFSET..<(SSL_AD_REASON_OFFSET + 256):
      return .failed(TLSFailure(kind: .refusedByPeer, reason: reason))
    default: return .failed(TLSFailure(kind: .protocolViolation, reason: reason))
    }
  }
}
