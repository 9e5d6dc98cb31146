internal import KODWire

extension ClientStateMachine {
  /// The session's credential, as WELCOME or RefreshSession speak of it.
  mutating func sessionCredentialEnds(at expiry: Int64, at now: UInt64) {
    guard configuration.renewal != nil, let clock else { return }
    renewal.sessionEnds(at: expiry, by: clock, at: now, random: random.next())
    // The new token became durable while HELLO with the old one was on its way.
    if renewal.token != renewal.sessionToken { renewal.phase = .refreshDue(at: now) }
  }

  /// The program has RefreshSession'd by a call of its own.
  mutating func refreshedByProgram(_ token: Token, _ payload: [UInt8], at now: UInt64) {
    // What does not decode is the program's to hear: it waits for the answer.
    guard let session = try? SessionCredential(decoding: payload.span.bytes) else { return }
    renewal.token = token
    renewal.sessionToken = token
    sessionCredentialEnds(at: session.expiresAtUs, at: now)
  }

  var renewalDeadline: UInt64? {
    if case .unkept(_, let retryAt) = renewal.phase { return retryAt }
    guard case .ready = phase else { return nil }
    return switch renewal.phase {
    case .renewing(_, let deadline), .refreshing(_, _, let deadline): deadline
    case .due(let instant), .refreshDue(let instant): session.hasRoomForCall ? instant : nil
    case .resting, .keeping, .unkept: nil
    }
  }

  /// What time alone brings on.
  mutating func advanceRenewal(to now: UInt64) {
    switch renewal.phase {
    case .unkept(let renewed, let retryAt) where now >= retryAt: keep(renewed)
    case .renewing(let call, let deadline) where now >= deadline,
      .refreshing(let call, _, let deadline) where now >= deadline:
      session?.cancel(call, at: now)
      session?.doubt(at: now)
      renewalFailed(
        ClientError(
          code: .deadlineExceeded, reason: .callDeadline, message: "no answer in time"),
        retryAfterMs: 0, at: now)
    case .resting, .due, .renewing, .keeping, .unkept, .refreshDue, .refreshing: break
    }
  }

  /// Opens the call whose time has come. Precondition: a session is up.
  mutating func renewIfDue(at now: UInt64) {
    guard session.hasRoomForCall else { return }
    let timeout = configuration.defaultTimeout.nanoseconds
    let deadline = now.addingSaturated(timeout)
    let milliseconds = UInt32(clamping: max(1, timeout / 1_000_000))
    switch renewal.phase {
    case .due(let instant) where now >= instant:
      let lifetime = configuration.renewal?.lifetime?.nanoseconds ?? 0
      guard
        let call = session?.open(
          .Credentials.renewCredential,
          RenewCredentialRequest(lifetimeMs: lifetime / 1_000_000),
          timeoutMilliseconds: milliseconds, at: now)
      else { return breakConnection(.unavailable("the session's call ids are used up"), at: now) }
      renewal.phase = .renewing(call: call, deadline: deadline)
    case .refreshDue(let instant) where now >= instant:
      let token = renewal.token
      guard
        let call = session?.open(
          .Credentials.refreshSession, RefreshSessionRequest(token: token.text),
          timeoutMilliseconds: milliseconds, at: now)
      else { return breakConnection(.unavailable("the session's call ids are used up"), at: now) }
      renewal.phase = .refreshing(call: call, token, deadline: deadline)
    case .resting, .due, .renewing, .keeping, .unkept, .refreshDue, .refreshing: break
    }
  }

  /// - Returns: false if the call is not of the renewal.
  mutating func renewalAnswered(_ call: UInt32, _ payload: [UInt8], at now: UInt64) -> Bool {
    guard renewal.call == call else { return false }
    do {
      switch renewal.phase {
      case .refreshing(_, let token, _):
        let session = try SessionCredential(decoding: payload.span.bytes)
        renewal.sessionToken = token
        renewal.failures = 0
        sessionCredentialEnds(at: session.expiresAtUs, at: now)
      case .renewing:
        let renewed = try RenewedCredential(decoding: payload.span.bytes)
        do {
          _ = try Token(renewed.token)
        } catch {
          renewalFailed(.violation(error.message), retryAfterMs: 0, at: now)
          return true
        }
        renewal.failures = 0
        keep(renewed)
      case .resting, .due, .keeping, .unkept, .refreshDue: break
      }
    } catch {
      breakConnection(.violation("a credential does not decode: \(error)"), at: now)
    }
    return true
  }

  /// - Returns: false if the call is not of the renewal.
  mutating func renewalRefused(_ call: UInt32, _ status: Status, at now: UInt64) -> Bool {
    guard renewal.call == call else { return false }
    renewalFailed(ClientError(status), retryAfterMs: status.retryAfterMs, at: now)
    return true
  }

  /// The program has made the new token durable, or (`error`) it could not.
  mutating func credentialKept(_ error: ClientError?, at now: UInt64) {
    guard case .keeping(let renewed) = renewal.phase else { return }
    if let error {
      act(.tellRenewalFailed(error))
      let wait = configuration.backoff.delay(retry: renewal.failures + 1, random: random.next())
      renewal.tryAgain(after: wait, at: now) { .unkept(renewed, retryAt: $0) }
    } else if let token = try? Token(renewed.token) {
      renewal.failures = 0
      renewal.token = token
      // Without a session HELLO says it. With one, also one that is being greeted, it is told.
      renewal.phase = .resting
      if case .ready = phase { renewal.phase = .refreshDue(at: now) }
    }
    pump(at: now)
  }

  private mutating func keep(_ renewed: RenewedCredential) {
    renewal.phase = .keeping(renewed)
    act(.keepCredential(renewed))
  }

  private mutating func renewalFailed(
    _ error: ClientError, retryAfterMs: UInt32, at now: UInt64
  ) {
    act(.tellRenewalFailed(error))
    var isRefreshing = false
    if case .refreshing = renewal.phase { isRefreshing = true }
    // An older server, or not for this role: asking again in this session would change nothing.
    // So with a new token that the session may not go on under: the next session begins with it.
    guard error.code != .unimplemented, error.code != .permissionDenied,
      !(isRefreshing && error.code == .unauthenticated)
    else {
      renewal.phase = .resting
      return
    }
    let wait =
      retryAfterMs > 0
      ? UInt64.nanoseconds(milliseconds: retryAfterMs)
      : configuration.backoff.delay(retry: renewal.failures + 1, random: random.next())
    renewal.tryAgain(after: wait, at: now) { isRefreshing ? .refreshDue(at: $0) : .due(at: $0) }
  }
}
