internal import KODEngine
internal import KODJournal
internal import KODTransport
internal import KODWire

/// The writer: one thread that owns the engine and the journal. A turn reads like this list:
///
/// 1. collect what has gathered while the last turn synced; sleep if there is nothing,
/// 2. decide each command at the instant its bytes arrived, whatever is due before it first,
/// 3. settle what time alone makes due,
/// 4. sync the log once, if anything was staged,
/// 5. release replies and pushes: BEFORE this nobody has been told anything of the turn,
/// 6. tidy up: start a snapshot, or the next segment, on another thread.
///
/// There is no commit timer: batches grow by themselves while a sync runs.
final class CommitLoop {
  private static let idleMilliseconds: Int32 = 1000
  /// After a segment could not be made: on a full disk every try fails at once.
  private static let preparationRetryMilliseconds: Int64 = 5000

  private let state: DurableEngine
  private let mailbox: Mailbox<WriterMessage>
  private let waker: Waker
  private let poller: Poller
  private let loops: [Mailbox<LoopMessage>]
  private let facts: ServerFacts
  private let log: Log

  private let outbox: Outbox
  private var subscriptions = Subscriptions()
  private var batch: [WriterMessage] = []
  /// General offers of this turn that go to a live session (R22).
  private var delivered: [OfferID] = []
  private var pushes: [KODEngine.Push] = []
  private var syncs: UInt64 = 0
  private var tick = Tick.now()
  /// The newest of each kind.
  private var jobs: [String: OSThread] = [:]
  /// Monotonic milliseconds before which no segment is prepared.
  private var preparesFrom: Int64 = .min
  /// The log says itself that all of it is durable.
  private var isMarked = false
  private var isStopping = false

  init(
    state: DurableEngine, mailbox: Mailbox<WriterMessage>, waker: Waker,
    loops: [Mailbox<LoopMessage>], facts: ServerFacts, log: Log
  ) throws(TransportError) {
    self.state = state
    self.mailbox = mailbox
    self.waker = waker
    poller = try Poller(maximumEvents: 1)
    try poller.add(waker, token: 0)
    self.loops = loops
    self.facts = facts
    self.log = log
    outbox = Outbox(loops: loops.count)
  }

  /// Returns after `.stop`, with everything on disk and the journal closed.
  func run() {
    while !isStopping {
      collect()
      tick = .now()
      for message in batch { handle(message) }
      batch.removeAll(keepingCapacity: true)
      settle()
      commit()
      outbox.release { loop, released in loops[loop].post(.released(released)) }
      startJobs()
    }
    for job in jobs.values { job.join() }
    markDurable()
  }

  // MARK: The turn

  private func collect() {
    mailbox.drain(into: &batch)
    while batch.isEmpty {
      guard let patience = patience() else { return }
      waker.prepareToSleep()
      // A failing wait would only make the loop spin; the next look finds whatever there is.
      if mailbox.isEmpty { _ = try? poller.wait(timeoutMilliseconds: patience) }
      waker.awake()
      mailbox.drain(into: &batch)
      if batch.isEmpty, patience == Self.idleMilliseconds { markDurable() }
    }
  }

  /// Milliseconds until the engine has something due, a second at most: the wall clock may be set while we sleep.
  /// -1: for ever; nil: something is due now.
  private func patience() -> Int32? {
    guard let due = state.engine.nextDeadline else { return isMarked ? -1 : Self.idleMilliseconds }
    let left = (due - Tick.now().instant).microseconds
    return left > 0
      ? Int32(min((left + 999) / 1000, Int64(Self.idleMilliseconds))) : nil
  }

  /// An idle moment: notes on disk that the last batch was whole.
  private func markDurable() {
    guard !isMarked else { return }
    do { try state.markDurable() } catch { abandon(error) }
    isMarked = true
  }

  private func handle(_ message: WriterMessage) {
    switch message {
    case .authenticate(let connection, let credential, let digest):
      authenticate(connection, credential, digest)
    case .call(let connection, let call):
      answer(call, on: connection)
    case .unsubscribe(let connection, let principal),
      .connectionClosed(let connection, let principal):
      subscriptions.remove(connection, of: principal)
    case .snapshotFinished(let outcome):
      finish("snapshot") { () throws(JournalError) in try state.finish(outcome) }
    case .segmentPrepared(let outcome):
      if outcome.failure != nil {
        preparesFrom = tick.milliseconds + Self.preparationRetryMilliseconds
      }
      finish("segment") { () throws(JournalError) in try state.finish(outcome) }
    case .stop:
      isStopping = true
    }
  }

  /// Lapses, phase ends, reminders, and the news of which offers reach a live session.
  private func settle() {
    let now = Tick.now().instant
    if let due = state.engine.nextDeadline, due <= now {
      _ = perform(.advance, at: now)
      sendPushes()
    }
    while !delivered.isEmpty {
      let offers = delivered
      delivered.removeAll(keepingCapacity: true)
      _ = perform(.offersDelivered(offers), at: now)
      sendPushes()
    }
  }

  private func commit() {
    do {
      if try state.commit() {
        syncs += 1
        isMarked = false
      }
    } catch {
      abandon(error)
    }
  }

  /// The replies of this turn are promises that can't be kept, and a failed write or sync must not be tried again: the
  /// kernel may have dropped the pages. The next start reads what is really on disk.
  private func abandon(_ error: JournalError) -> Never {
    log.error("commit-failed", ["cause": "\(error)"])
    ExitStatus.commitFailed.exit()
  }

  // MARK: Deciding

  /// Decides, stages, applies.
  private func perform(_ command: Command, at instant: Instant) -> Result<
    Decision.Subject, Rejection
  > {
    do { return try state.perform(command, at: instant) } catch { abandon(error) }
  }

  /// What the events since the last call push, to whoever listens. After the reply to the command that caused them: one
  /// caller should not wait behind thousands of listeners.
  private func sendPushes() {
    state.takePushes(into: &pushes)
    for push in pushes { send(push) }
  }

  private func send(_ push: KODEngine.Push) {
    var item: SubscribeItem?
    let listeners = subscriptions.forEach(of: push.principal) { subscriber in
      let message = item ?? SubscribeItem(item: .push(KODWire.Push(push, in: state.engine)))
      item = message
      outbox.item(subscriber.connection, subscriber.call, message)
    }
    if listeners > 0, case .offerOpened(let offer) = push.body { noteDelivery(of: offer) }
  }

  /// R22 asks it of general offers only.
  private func noteDelivery(of offer: OfferID) {
    if let view = state.engine.offer(offer), view.kind == .general, view.state == .pending {
      delivered.append(offer)
    }
  }

  private func authenticate(_ connection: ConnectionID, _ credential: UInt64, _ digest: TokenDigest)
  {
    // The digest is compared whether or not the credential exists, so that time does not tell.
    let record = state.engine.principal(credential: credential)
    let expected = record?.tokenDigest ?? TokenDigest(high: 0, low: 0)
    let matches = expected.matches(digest)
    outbox.verdict(
      connection,
      matches ? record.map { SessionPrincipal(id: $0.id, name: $0.name, role: $0.role) } : nil)
  }

  // MARK: Calls

  private func answer(_ call: CallRequest, on connection: ConnectionID) {
    guard tick.milliseconds < call.deadline else { return }
    switch call.request {
    case .command(let command, let reply):
      switch perform(command, at: call.receivedAt) {
      case .success(let subject):
        respond(reply, subject, to: call, on: connection)
      case .failure(let rejection):
        outbox.fail(connection, call.call, Status(rejection))
      }
      sendPushes()
    case .query(let query):
      answer(query, for: call, on: connection)
    case .subscribe(let epoch, let offset):
      subscribe(call, on: connection, epoch: epoch, offset: offset)
    }
  }

  private func respond(
    _ reply: Request.Reply, _ subject: Decision.Subject, to call: CallRequest,
    on connection: ConnectionID
  ) {
    switch (reply, subject) {
    case (.standing, _):
      outbox.respond(connection, call.call, status(of: call.principal))
    case (.assignment, .offer(let id)):
      guard let offer = state.engine.offer(id), let view = state.engine.referral(offer.referral)
      else { break }
      outbox.respond(connection, call.call, Assignment(view))
    case (.offerClosed, .offer(let id)):
      guard let view = state.engine.offer(id) else { break }
      outbox.respond(
        connection, call.call,
        OfferClosed(
          offerId: id.number, referralId: view.referral.number, kind: .init(view.kind),
          state: .init(view.state), closedAtUs: view.closedAt?.microseconds ?? 0))
    case (.referral, .referral(let id)):
      guard let view = state.engine.referral(id) else { break }
      outbox.respond(connection, call.call, referral(view))
    case (.referralClosed, .referral(let id)):
      guard let view = state.engine.referral(id) else { break }
      outbox.respond(
        connection, call.call,
        CloseReferralResponse(
          referralId: id.number, outcome: view.state.outcome,
          closedAtUs: view.changedAt.microseconds))
    default:
      outbox.fail(connection, call.call, .of(.unspecified, "the reply could not be made"))
    }
  }

  private func answer(_ query: Request.Query, for call: CallRequest, on connection: ConnectionID) {
    switch query {
    case .standing:
      outbox.respond(connection, call.call, standing(of: call.principal))
    case .referral(let id):
      guard let view = state.engine.referral(id), mayRead(view, call.principal) else {
        outbox.fail(connection, call.call, Status(.referralUnknown))
        return
      }
      outbox.respond(connection, call.call, referral(view))
    case .serverStatus:
      outbox.respond(connection, call.call, serverStatus())
    }
  }

  /// A partner sees its own referrals, staff all.
  private func mayRead(_ referral: ReferralView, _ reader: PrincipalID) -> Bool {
    referral.partner == reader || state.engine.principal(reader)?.role == .supervisor
  }

  private func referral(_ view: ReferralView) -> KODWire.Referral {
    KODWire.Referral(view, holder: view.holder.flatMap { state.engine.principal($0)?.name } ?? "")
  }

  private func status(of principal: PrincipalID) -> AssisterStatus {
    guard let view = state.engine.standing(of: principal) else { return AssisterStatus() }
    return AssisterStatus(view, name: state.engine.principal(principal)?.name ?? "")
  }

  private func standing(of principal: PrincipalID) -> Standing {
    Standing(
      status: status(of: principal),
      openOffers: state.engine.openOffers(of: principal).prefix(256).compactMap {
        state.engine.offer($0).map { KODWire.Offer($0) }
      },
      assignments: state.engine.openAssignments(of: principal).prefix(16).compactMap {
        state.engine.referral($0).map { Assignment($0) }
      })
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
      pushes: UInt64(counts.pushes))
  }

  // MARK: Subscribing

  /// The position is read before the state, and nothing changes in between: one thread owns both. What comes later
  /// follows as live pushes, because the subscriber is listed at the same moment.
  private func subscribe(
    _ call: CallRequest, on connection: ConnectionID, epoch: String, offset: UInt64
  ) {
    let principal = call.principal
    guard !subscriptions.contains(connection, of: principal) else {
      outbox.fail(
        connection, call.call, .of(.subscriptionExists, "this session has a subscription"))
      return
    }
    subscriptions.insert(.init(connection: connection, call: call.call), for: principal)
    let missed =
      epoch == facts.streamEpoch ? state.engine.pushes(of: principal, after: offset) : nil
    func send(_ item: SubscribeItem.Item) {
      outbox.item(connection, call.call, SubscribeItem(item: item))
    }
    send(
      .start(
        SubscriptionStart(
          epoch: facts.streamEpoch, offset: state.engine.lastPushOffset(of: principal),
          recovered: missed != nil)))
    if let missed {
      for push in missed { send(.push(KODWire.Push(push, in: state.engine))) }
    } else {
      for id in state.engine.openOffers(of: principal) {
        if let view = state.engine.offer(id) { send(.openOffer(KODWire.Offer(view))) }
      }
      for id in state.engine.openAssignments(of: principal) {
        if let view = state.engine.referral(id) { send(.assignment(Assignment(view))) }
      }
      if state.engine.standing(of: principal) != nil { send(.status(status(of: principal))) }
      send(.stateEnd(StateEnd()))
    }
    for id in state.engine.openOffers(of: principal) { noteDelivery(of: id) }
  }

  // MARK: Housekeeping

  /// Jobs that other threads do: a snapshot (the state is copied here, in memory), the next segment.
  private func startJobs() {
    guard !isStopping else { return }
    let mailbox = mailbox
    if let job = state.beginSnapshotIfNeeded() {
      start("snapshot") { mailbox.post(.snapshotFinished(job.run())) }
    }
    if tick.milliseconds >= preparesFrom, let job = state.beginPreparationIfNeeded() {
      start("segment") { mailbox.post(.segmentPrepared(job.run())) }
    }
  }

  private func start(_ name: String, _ job: @escaping @Sendable () -> Void) {
    do {
      jobs[name] = try OSThread.spawn(name: name, job)
    } catch {
      // Here, then: a job that never reports back would never be begun again.
      log.warning("job-without-thread", ["job": name, "cause": "\(error)"])
      job()
    }
  }

  /// A job's second half. The log is whole without it: what failed is tried again later.
  private func finish(_ job: String, _ body: () throws(JournalError) -> Void) {
    do {
      try body()
      log.info("job-finished", ["job": job])
    } catch {
      log.warning("job-failed", ["job": job, "cause": "\(error)"])
    }
  }
}
