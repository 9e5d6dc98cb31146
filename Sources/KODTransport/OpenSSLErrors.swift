internal import COpenSSL

/// OpenSSL itself, set up before its first use.
enum OpenSSLLibrary {
  /// True. By default OpenSSL tears itself down in `exit()`, under the feet of threads that still
  /// encrypt: a server that ends because a sync failed would crash in place of exiting.
  static let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1
}

/// OpenSSL's queue of errors of the calling thread. Whoever sees a call fail takes the reason and
/// empties the queue: a leftover would make `SSL_get_error` blame the next session.
enum OpenSSLErrors {
  /// The reason of the oldest error, which is the cause of the later ones; `otherwise` when there
  /// is none.
  static func take(otherwise: String = "unknown reason") -> String {
    let code = ERR_peek_error()
    ERR_clear_error()
    guard code != 0 else { return otherwise }
    if let text = ERR_reason_error_string(code) { return String(cString: text) }
    return "OpenSSL error \(String(code, radix: 16))"
  }

  static func clear() { ERR_clear_error() }

  /// The failure of `operation`, with OpenSSL's reason.
  static func error(_ operation: String) -> TransportError {
    TransportError(operation: operation, text: take())
  }
}
