internal import KODEngine
internal import KODTransport
internal import KODWire
internal import Synchronization

// Answering: commands and short questions.

extension CommitLoop {
  func answer(_ call: CallRequest, on connection: ConnectionID) {
    guard tick.milliseconds < call.deadline else {
      return outbox.settle(connection, call.call)
    }
    switch call.request {
    case .command(let command, let reply):
      carryOut(command, reply, for: call, on: connection)
    case .save(let draft): save(draft, for: call, on: connection)
    case .staff(let action, let assister, let reason):
      let target = state.engine.principal(named: assister)?.id
      guard let target, state.engine.standing(of: target) != nil else {
        return outbox.fail(connection, call.call, Status(.assisterUnknown))
      }
      carryOut(
        action.command(by: call.principal, on: target, reason), action.reply(target), for: call,
        on: connection)
    case .query(let query): answer(query, for: call, on: connection)
    case .question(let question): answer(question, for: call, on: connection)
    case .subscribe(let epoch, let offset):
      subscribe(call, on: connection, epoch: epoch, offset: offset)
    case .subscribeNotices(let channels):
      subscribeNotices(call, on: connection, channels: channels)
    case .acknowledge(let notice, let noticeState, let detail):
      acknowledge(notice, noticeState, detail: detail, call, on: connection)
    case .simulate(let policy, let from, let to):
      simulate(policy, from: from, to: to, for: call, on: connection)
    case .renewCredential(let milliseconds):
      renewCredential(milliseconds: milliseconds, for: call, on: connection)
    case .refreshSession(let credential, let digest):
      refreshSession(credential, digest, for: call, on: connection)
    }
  }

  private func carryOut(
    _ command: Command, _ reply: Request.Reply, for call: CallRequest, on connection: ConnectionID
  ) {
    switch perform(command, at: call.receivedAt) {
    case .success(let subject):
      respond(reply, subject, to: call, on: connection)
    case .failure(let rejection):
      outbox.fail(connection, call.call, Status(rejection))
    }
    sendPushes()
  }

  /// Hours become instants here, at the instant at which they are saved: the engine knows no calendar.
  private func save(_ draft: ProfileDraft, for call: CallRequest, on connection: ConnectionID) {
    var change = ProfileChange(
      kind: draft.kind, languages: draft.languages, counties: draft.counties,
      contact: draft.contact, acceptsTerms: draft.acceptsTerms)
    if let settings = draft.availability {
      let schedule = outlooks.outlooks.schedule(settings, at: call.receivedAt)
      guard let schedule else {
        return outbox.fail(connection, call.call, Status(.scheduleInvalid))
      }
      change.availability = schedule
    }
    carryOut(.saveProfile(call.principal, change), .profile, for: call, on: connection)
  }

  // MARK: Replies

  private func respond(
    _ reply: Request.Reply, _ subject: Decision.Subject, to call: CallRequest,
    on connection: ConnectionID
  ) {
    let engine = state.engine
    func send(_ message: (some WireMessage)?) {
      guard let message else {
        return outbox.fail(
          connection, call.call, .of(.unspecified, "the reply could not be made"))
      }
      outbox.respond(connection, call.call, message)
    }
    switch (reply, subject) {
    case (.status(let assister), _):
      send(AssisterStatus(of: assister ?? call.principal, in: engine))
    case (.profile, _): send(Profile(of: call.principal, in: engine))
    case (.assignment, .offer(let id)): send(Assignment(accepted: id, in: engine))
    case (.heldReferral, .referral(let id)):
      send(Assignment(id, of: call.principal, in: engine))
    case (.offerClosed, .offer(let id)): send(engine.offer(id).map(OfferClosed.init))
    case (.referral, .referral(let id)): send(KODWire.Referral(id, in: engine))
    case (.referralClosed, .referral(let id)):
      send(engine.referral(id).map(CloseReferralResponse.init))
    case (.record, .referral(let id)):
      send(ReferralRecord(id, of: call.principal, in: engine))
    case (.policy, _): send(policy(version: engine.policyVersion))
    default: send(Optional<Profile>.none)
    }
  }

  private func answer(_ query: Request.Query, for call: CallRequest, on connection: ConnectionID) {
    let engine = state.engine
    /// Nil: what was asked for does not exist, or is not the caller's to see.
    func send(_ message: (some WireMessage)?, else rejection: Rejection = .referralUnknown) {
      guard let message else { return outbox.fail(connection, call.call, Status(rejection)) }
      outbox.respond(connection, call.call, message)
    }
    switch query {
    case .standing: send(Standing(of: call.principal, in: engine))
    case .profile: send(Profile(of: call.principal, in: engine))
    case .referral(let id):
      let view = engine.referral(id).flatMap { mayRead($0, call.principal) ? $0 : nil }
      send(view.map { KODWire.Referral($0, in: engine) })
    case .record(let id):
      send(ReferralRecord(id, of: call.principal, in: engine), else: .neverOffered)
    case .inspection(let id): send(ReferralRecord(inspecting: id, in: engine))
    case .explanation(let id, let assister):
      explain(id, to: assister, for: call, on: connection)
    case .queue(let queue, let last, let limit, let search):
      send(page(of: queue, after: last, limit, search))
    case .policy(let version):
      let policy = policy(version: version == 0 ? engine.policyVersion : version)
      guard let policy else {
        var check = FieldCheck()
        check.violation("version", "must be 0 to \(engine.policyVersion)")
        return outbox.fail(connection, call.call, check.invalid)
      }
      send(policy)
    case .preset(let policy):
      send(PolicyVersion(policy: KODWire.Policy(policy), preset: policy.preset))
    case .serverStatus: send(serverStatus())
    }
  }

  private func policy(version: Int) -> PolicyVersion? {
    state.engine.policyVersion(version).map { PolicyVersion($0, in: state.engine) }
  }

  /// A partner sees its own referrals, staff all.
  private func mayRead(_ referral: ReferralView, _ reader: PrincipalID) -> Bool {
    let role = state.engine.principal(reader)?.role
    return referral.partner == reader || role == .supervisor || role == .auditor
  }

  private func page(
    of queue: ReferralQueue, after last: ReferralID?, _ limit: Int, _ search: PageToken.Search
  ) -> ListQueueResponse {
    // One more than is shown says whether that was all.
    let found = state.engine.queue(queue, after: last, limit: limit + 1)
    let rows = found.prefix(limit)
    let counts = state.engine.counts
    let next = found.count > limit ? rows.last.map { [UInt32(clamping: $0.number)] } : nil
    return ListQueueResponse(
      rows: rows.compactMap { KODWire.Referral($0, in: state.engine) },
      nextPageToken: next.map { PageToken.text($0, of: search) } ?? "",
      waiting: UInt32(counts.referralsWaiting), overdue: UInt32(counts.referralsOverdue),
      promiseMissed: UInt32(counts.referralsPromiseMissed))
  }

  /// An assister is told of itself only, and of a referral that it was never offered only whether it came by (R39): the
  /// explanation names nobody and carries nothing of the Resident.
  private func explain(
    _ id: ReferralID, to name: String, for call: CallRequest, on connection: ConnectionID
  ) {
    guard let assister = state.engine.principal(named: name)?.id,
      state.engine.standing(of: assister) != nil
    else { return outbox.fail(connection, call.call, Status(.assisterUnknown)) }
    guard let view = state.engine.explain(id, to: assister) else {
      return outbox.fail(connection, call.call, Status(.referralUnknown))
    }
    outbox.respond(connection, call.call, Explanation(view, name: name))
  }

  private func serverStatus() -> ServerStatus {
    let counts = state.engine.counts
    return ServerStatus(
      server: ServerVersion.text, startedAtUs: facts.startedAt.microseconds,
      nowUs: tick.instant.microseconds, epoch: facts.streamEpoch,
      durableSequence: state.journal.durableSequence,
      sessions: UInt32(facts.sessions.load(ordering: .relaxed)),
      subscriptions: UInt32(subscriptions.count), referrals: UInt64(counts.referrals),
      offers: UInt64(counts.offers), referralsGeneral: UInt32(counts.referralsGeneral),
      referralsMass: UInt32(counts.referralsMass),
      referralsWaiting: UInt32(counts.referralsWaiting),
      referralsAssigned: UInt32(counts.referralsAssigned), assisters: UInt32(counts.assisters),
      assistersAvailable: UInt32(counts.assistersAvailable), accepts: UInt64(counts.accepts),
      logSyncs: syncs, residentBytes: UInt64(ProcessMemory.residentBytes() ?? 0),
      pushes: UInt64(counts.pushes), policyVersion: UInt32(state.engine.policyVersion),
      noticesPending: UInt32(counts.noticesPending))
  }
}

extension Request.StaffAction {
  fileprivate func command(
    by supervisor: PrincipalID, on assister: PrincipalID, _ reason: String
  ) -> Command {
    switch self {
    case .pardon: .pardon(supervisor, assister: assister, reason: reason)
    case .deregister: .deregister(supervisor, assister: assister, reason: reason)
    case .suspend: .suspend(supervisor, assister: assister, reason: reason)
    case .reinstate: .reinstate(supervisor, assister: assister, reason: reason)
    case .setCredentialDate(let until):
      .setCredentialDate(supervisor, assister: assister, until: until, reason: reason)
    case .assign(let referral): .assign(supervisor, referral, to: assister, reason: reason)
    }
  }

  /// The referral's if one was assigned, else the assister's.
  fileprivate func reply(_ assister: PrincipalID) -> Request.Reply {
    if case .assign = self { .referral } else { .status(of: assister) }
  }
}
