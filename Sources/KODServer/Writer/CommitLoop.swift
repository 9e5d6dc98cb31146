internal import KODEngine
internal import KODJournal
internal import KODTransport

/// The writer: one thread that owns the engine and the journal. A turn reads like this list:
///
/// 1. collect what has gathered while the last turn synced; sleep if there is nothing,
/// 2. decide each command at the instant its bytes arrived, whatever is due before it first,
/// 3. settle what time alone makes due, and which schedules must be known further ahead,
/// 4. go on with one long question, for about a millisecond,
/// 5. sync the log once, if anything was staged,
/// 6. release replies and pushes: BEFORE this nobody has been told anything of the turn,
/// 7. tidy up: start a snapshot, or the next segment, on another thread.
///
/// There is no commit timer: batches grow by themselves while a sync runs. What the calls are is in the extensions:
/// answering, credentials, subscribing, long
/// questions, notices, jobs.
final class CommitLoop {
  private static let idleMilliseconds: Int32 = 1000

  let state: DurableEngine
  let mailbox: Mailbox<WriterMessage>
  private let waker: Waker
  private let poller: Poller
  private let loops: [Mailbox<LoopMessage>]
  let facts: ServerFacts
  let limits: Limits
  let log: Log

  let outbox: Outbox
  var subscriptions = Subscriptions()
  var notifiers: Notifiers
  var questions = LongQuestions()
  var simulations = Simulations()
  var outlooks = OutlookKeeper()
  private var batch: [WriterMessage] = []
  /// General offers of this turn that go to a live session (R22).
  var delivered: [OfferID] = []
  private var pushes: [KODEngine.Push] = []
  private(set) var syncs: UInt64 = 0
  private(set) var tick = Tick.now()
  var jobs = Jobs()
  /// Credentials of this turn, to be logged once they are durable.
  var renewals: [Renewal] = []
  /// The log says itself that all of it is durable.
  private var isMarked = false
  private(set) var isStopping = false

  init(
    state: DurableEngine, mailbox: Mailbox<WriterMessage>, waker: Waker,
    loops: [Mailbox<LoopMessage>], limits: Limits, facts: ServerFacts, log: Log
  ) throws(TransportError) {
    self.state = state
    self.mailbox = mailbox
    self.waker = waker
    poller = try Poller(maximumEvents: 1)
    try poller.add(waker, token: 0)
    self.loops = loops
    self.limits = limits
    self.facts = facts
    self.log = log
    outbox = Outbox(loops: loops.count)
    notifiers = Notifiers(maximumOpen: limits.maximumOpenNotices)
  }

  /// Returns after `.stop`, with everything on disk and the journal closed.
  func run() {
    while !isStopping {
      collect()
      tick = .now()
      for message in batch { handle(message) }
      batch.removeAll(keepingCapacity: true)
      settle()
      continueQuestion()
      commit()
      logRenewals()
      outbox.release { loop, released in loops[loop].post(.released(released)) }
      startJobs()
    }
    simulations.cancelAll()
    jobs.join()
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

  /// Milliseconds until something is due, a second at most: the wall clock may be set while we sleep. Nil: something
  /// is due now.
  private func patience() -> Int32? {
    guard questions.isEmpty else { return nil }
    let due = min(state.engine.nextDeadline ?? .distantFuture, outlooks.nextLook)
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
    case .callEnded(let connection, let principal, let call):
      callEnded(call, on: connection, of: principal)
      // A simulation's place is free when its thread has ended.
      if !simulations.isRunning(Subscriber(connection: connection, call: call)) {
        outbox.settle(connection, call)
      }
    case .connectionClosed(let connection, let principal):
      callEnded(nil, on: connection, of: principal)
    case .snapshotFinished(let outcome):
      finish("snapshot") { () throws(JournalError) in try state.finish(outcome) }
    case .segmentPrepared(let outcome):
      if outcome.failure != nil { jobs.putOffPreparation(at: tick) }
      finish("segment") { () throws(JournalError) in try state.finish(outcome) }
    case .simulated(let news):
      tell(news)
    case .stop:
      isStopping = true
    }
  }

  /// Whatever the writer keeps of a call, or of all calls of a connection, is over.
  private func callEnded(
    _ call: UInt32?, on connection: ConnectionID, of principal: PrincipalID
  ) {
    unsubscribe(call, on: connection, of: principal)
    notifiers.remove(connection, call: call)
    questions.cancel(connection, call: call)
    simulations.cancel(connection, call: call)
  }

  /// Lapses, phase ends, reminders, schedules that must be known further ahead, and the news of which offers reach a
  /// live session.
  private func settle() {
    let now = Tick.now().instant
    if let due = state.engine.nextDeadline, due <= now {
      _ = perform(.advance, at: now)
      sendPushes()
    }
    extendOutlooks(at: now)
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
  func perform(_ command: Command, at instant: Instant) -> Result<Decision.Subject, Rejection> {
    do { return try state.perform(command, at: instant) } catch { abandon(error) }
  }

  /// What the events since the last call push, to whoever listens, and the notices that they make or withdraw. After
  /// the reply to the command that caused them: one caller should not wait behind thousands of listeners.
  func sendPushes() {
    state.takePushes(into: &pushes)
    if !pushes.isEmpty { sendPushes(in: state.engine) }
    sendNotices()
  }

  /// The engine comes as an argument: each look at `state.engine` copies it, which retains every table. Nothing changes
  /// it meanwhile.
  private func sendPushes(in engine: Engine) {
    for push in pushes { send(push, in: engine) }
  }
}
