internal import KODEngine
internal import KODWire

// Credentials: who may begin a session, and how it goes on under the next token.

/// A credential that was issued, for the operator's log: whose, and until when. Nothing of the token.
struct Renewal {
  var principal: String
  var expiresAt: Instant
}

extension CommitLoop {
  /// Who shows this token, at the instant of the turn.
  func authenticate(
    _ connection: ConnectionID, _ credential: UInt64, _ digest: TokenDigest
  ) {
    var verdict = CredentialVerdict.rejected
    if let record = genuine(credential, digest),
      let owner = state.engine.principal(record.principal)
    {
      let principal = SessionPrincipal(id: owner.id, name: owner.name, role: owner.role)
      verdict =
        record.isValid(at: tick.instant)
        ? .accepted(principal, expiresAt: record.expiresAt) : .expired(principal)
    }
    outbox.verdict(connection, verdict)
  }

  /// The credential whose token this is; nil: nobody's, or not the right secret. The digest is compared whether or not
  /// the credential exists, so that time does not tell.
  private func genuine(_ credential: UInt64, _ digest: TokenDigest) -> CredentialRecord? {
    let record = state.engine.credential(credential)
    let expected = record?.tokenDigest ?? TokenDigest(high: 0, low: 0)
    return expected.matches(digest) ? record : nil
  }

  /// The token is made here, so that its digest is logged before anybody has seen it, and it leaves in the answer
  /// alone.
  func renewCredential(
    milliseconds: Int64, for call: CallRequest, on connection: ConnectionID
  ) {
    let token = Token.generate()
    let (number, digest) = Token.fingerprint(token.text)
    let end = call.receivedAt + Instant.Interval(microseconds: milliseconds * 1_000)
    let issued = perform(
      .issueCredential(
        call.principal, NewCredential(number: number, tokenDigest: digest, expiresAt: end)),
      at: call.receivedAt)
    switch issued {
    case .success:
      // As the engine keeps it.
      let kept = state.engine.credential(number)?.expiresAt ?? end
      outbox.respond(
        connection, call.call,
        RenewedCredential(token: token.text, expiresAtUs: kept.microseconds))
      renewals.append(
        Renewal(principal: state.engine.principal(call.principal)?.name ?? "", expiresAt: kept))
    case .failure(let rejection):
      outbox.fail(connection, call.call, Status(rejection))
    }
    sendPushes()
  }

  /// The session's end crosses to its loop together with the answer. Whatever is refused leaves it as it was.
  func refreshSession(
    _ credential: UInt64, _ digest: TokenDigest, for call: CallRequest,
    on connection: ConnectionID
  ) {
    guard let record = genuine(credential, digest), record.principal == call.principal else {
      return outbox.fail(
        connection, call.call, .of(.tokenRejected, "the token is not valid, or not yours"))
    }
    guard record.isValid(at: call.receivedAt) else {
      return outbox.fail(
        connection, call.call, .of(.credentialExpired, "the credential's time is over"))
    }
    outbox.refresh(connection, expiresAt: record.expiresAt)
    outbox.respond(
      connection, call.call,
      SessionCredential(expiresAtUs: record.expiresAt?.microseconds ?? 0))
  }

  /// After the sync: what the operator reads has happened.
  func logRenewals() {
    for renewal in renewals {
      log.info(
        "credential-renewed",
        ["principal": renewal.principal, "expires_us": "\(renewal.expiresAt.microseconds)"])
    }
    renewals.removeAll(keepingCapacity: true)
  }
}
