/// Why a TLS session cannot go on. An alert for the peer, if the protocol has one, is in the
/// scratch output.
public struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What a caller may want to tell apart.
  public enum Kind: Equatable, Sendable {
    /// The server's certificate does not lead to the given authority, or is for another name, or
    /// expired.
    case certificateRefused
    /// The peer does not speak `kod/1`.
    case applicationProtocol
    /// The peer sent an alert: it refuses us.
    case refusedByPeer
    /// The peer's bytes are not TLS 1.3, were altered, or break a limit.
    case protocolViolation
    /// The scratch output was full: the caller had not sent what was there.
    case outputFull
    /// Used before it was established, or after it ended.
    case notEstablished
  }

  public let kind: Kind
  /// OpenSSL's words, for logs.
  public let reason: String

  public init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }

  public var description: String { reason }
}

/// Where a session stands after bytes were fed to it.
public enum TLSProgress: Equatable, Sendable {
  /// The handshake needs more bytes.
  case handshaking
  /// Plaintext can flow (since now or before).
  case established
  /// The peer said close_notify: it sends nothing more.
  case closed
  /// Over. Send what is in the scratch output (the alert), then close the socket.
  case failed(TLSFailure)
}
