public import KODWire

/// Why a call, a connection or a subscription failed.
///
/// A struct with the wire's open vocabulary rather than an enum: a new reason of the server never
/// breaks a program that was built against this library.
public struct ClientError: Error, Sendable, CustomStringConvertible {
  /// The canonical status code. `unavailable` also stands for everything that kept the client from
  /// reaching the server: name, socket, certificate, silence.
  public var code: Code

  /// The stable reason beside the code; `unspecified` when the failure is not the server's word.
  public var reason: Reason

  /// For people; may change. Never contains the token.
  public var message: String

  /// What the server said, word for word, if it was the server that refused.
  public var status: Status?

  /// What lies beneath: a transport error, a decoding error, an earlier `ClientError`.
  public var underlying: (any Error)?

  /// The request reached the wire, it may change something, and no answer came back: it may or may
  /// not have been carried out. Asking again with the same idempotency key is the way to find out.
  public var isOutcomeUnknown: Bool

  public init(
    code: Code, reason: Reason = .unspecified, message: String, status: Status? = nil,
    underlying: (any Error)? = nil, isOutcomeUnknown: Bool = false
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.status = status
    self.underlying = underlying
    self.isOutcomeUnknown = isOutcomeUnknown
  }

  /// `UNAVAILABLE (SERVER_STOPPING): the server is stopping`
  public var description: String {
    let why = reason == .unspecified ? "" : " (\(reason.name))"
    return "\(code.name)\(why): \(message)"
  }
}

extension ClientError {
  /// A call's STATUS.
  init(_ status: Status) {
    self.init(
      code: status.code.orUnknown, reason: status.reason,
      message: status.message.isEmpty ? "the server gave no message" : status.message,
      status: status)
  }

  /// The server's farewell.
  init(_ farewell: GoingAway) {
    self.init(
      code: farewell.code == .ok ? .unavailable : farewell.code.orUnknown, reason: farewell.reason,
      message: farewell.message.isEmpty ? "the server ended the session" : farewell.message)
    if reason == .versionUnsupported, farewell.maximumVersion > 0 {
      let theirs = Self.versions(farewell.minimumVersion, farewell.maximumVersion)
      let own = Self.versions(
        ProtocolVersion.supported.lowerBound, ProtocolVersion.supported.upperBound)
      message += "; it speaks \(theirs) of the protocol, this client \(own)"
    }
  }

  private static func versions(_ first: UInt32, _ last: UInt32) -> String {
    first == last ? "version \(last)" : "versions \(first) to \(last)"
  }

  static func unavailable(_ message: String, underlying: (any Error)? = nil) -> ClientError {
    ClientError(code: .unavailable, message: message, underlying: underlying)
  }

  /// The server's bytes made no sense.
  static func violation(_ message: String) -> ClientError {
    ClientError(code: .internal, message: "the server broke the protocol: \(message)")
  }

  /// The program could not make a renewed credential durable.
  static func unkept(_ error: any Error) -> ClientError {
    ClientError(
      code: .internal, message: "the renewed credential was not kept", underlying: error)
  }

  static var requestTooLong: ClientError {
    ClientError(
      code: .invalidArgument, message: "the request is longer than the server takes")
  }

  static var cancelled: ClientError {
    ClientError(code: .cancelled, reason: .callCancelled, message: "cancelled by this program")
  }

  static var closed: ClientError {
    ClientError(code: .cancelled, message: "this program closed the client")
  }

  static func invalid(_ message: String) -> ClientError {
    ClientError(code: .invalidArgument, message: message)
  }
}

extension Code {
  /// A code of a later version says that something failed, and no more.
  var orUnknown: Code { Code.allKnown.contains(self) ? self : .unknown }
}
