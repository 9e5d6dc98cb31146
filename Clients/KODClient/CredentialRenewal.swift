public import KODWire

/// How a client keeps its credential valid by itself (`KODClient.Configuration.renewal`).
///
/// When four fifths of the credential's remaining life are over, less a random tenth so that a fleet
/// does not come at once, the client asks for another one, has `keep` make it durable, and only then
/// puts the session under it and uses it for later sessions. What fails is tried again, with the
/// configuration's `backoff`, while the old credential is valid.
public struct CredentialRenewal: Sendable {
  /// How long a new credential is to be valid; nil: as long as the server allows.
  public var lifetime: Duration?

  /// Makes the new credential durable: when it returns, a program that starts anew must find it. If it throws, the old
  /// one stays in use, and it is called again with the same new one. Runs on a thread of its own and may block.
  public var keep: @Sendable (RenewedCredential) throws -> Void

  /// Hears of each attempt that failed. Runs on the client's own thread: it must return at once.
  public var failed: @Sendable (ClientError) -> Void

  public init(
    lifetime: Duration? = nil, failed: @escaping @Sendable (ClientError) -> Void = { _ in },
    keep: @escaping @Sendable (RenewedCredential) throws -> Void
  ) {
    self.lifetime = lifetime
    self.keep = keep
    self.failed = failed
  }
}

extension KODClient {
  /// Makes another credential for the caller's principal. Nothing begins to use it by itself: keep
  /// its token, then `refreshSession`. The present one stays valid until its own end.
  ///
  /// - Parameter lifetime: a second or more; nil: as long as the server allows.
  /// - Throws: RESOURCE_EXHAUSTED, `CREDENTIAL_LIMIT`, when the principal has as many valid ones as
  ///   it may have; INVALID_ARGUMENT for a lifetime that is too short or too long. If the answer is
  ///   lost, the credential may have been made, and nobody knows its token.
  public func renewCredential(
    lifetime: Duration? = nil, timeout: Duration? = nil
  ) async throws(ClientError) -> RenewedCredential {
    var request = RenewCredentialRequest()
    if let lifetime {
      request.lifetimeMs = lifetime.nanoseconds / 1_000_000
      // Zero would ask for the longest.
      guard request.lifetimeMs > 0 else { throw .invalid("a lifetime of \(lifetime)") }
    }
    return try await call(.Credentials.renewCredential, request, timeout: timeout)
  }

  /// Puts the session under another token of the same principal; calls and streams go on. Later
  /// sessions begin with it, too.
  ///
  /// - Throws: UNAUTHENTICATED when the token is not valid, or another principal's: then the client
  ///   goes on as before.
  public func refreshSession(
    token: Token, timeout: Duration? = nil
  ) async throws(ClientError) -> SessionCredential {
    try await call(
      .Credentials.refreshSession, RefreshSessionRequest(token: token.text), timeout: timeout,
      repetition: .safe, adopting: token)
  }
}
