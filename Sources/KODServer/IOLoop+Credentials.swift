internal import KODWire
internal import Synchronization

// What the writer found out about tokens.

extension IOLoop {
  /// Sessions begin, or are told why not.
  func takeVerdicts(_ verdicts: [OutboxBatch.Verdict]) {
    for entry in verdicts {
      guard let connection = connection(entry.connection) else { continue }
      let session = facts.sessionCounter.wrappingAdd(1, ordering: .relaxed).newValue
      let action = connection.pointee.session.authenticationCompleted(
        entry.verdict, session: session, at: tick, limits: limits)
      if connection.pointee.session.principal != nil {
        facts.sessions.wrappingAdd(1, ordering: .relaxed)
      }
      perform(action, on: connection)
      if drainEndsAt != nil { sendAway(connection) }
      schedule(connection)
    }
  }

  /// Sessions go on under another credential. The new end may be earlier than the timer: it is set anew.
  func takeRefreshes(_ refreshes: [OutboxBatch.Refresh]) {
    for entry in refreshes {
      guard let connection = connection(entry.connection),
        connection.pointee.session.credentialRefreshed(expiresAt: entry.expiresAt)
      else { continue }
      schedule(connection)
      log.info(
        "credential-refreshed",
        [
          "principal": connection.pointee.session.ownerName,
          "client": connection.pointee.session.client,
          "expires_us": entry.expiresAt.map { "\($0.microseconds)" } ?? "none",
        ])
    }
  }
}
