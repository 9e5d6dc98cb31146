import Foundation
import KODClient
import KODWire

/// The dashboard alive: the only place that touches the terminal, and the one loop that touches the model. It takes
/// what came, lets the model decide, does what the model wants, draws one frame, and sleeps until something comes.
struct DashboardSession: Sendable {
  let connection: Connection
  let context: Context
  let glyphs: Glyphs

  /// How long an orderly end may take once a signal asked for it; a terminal that reads nothing must not hold it up.
  private static let grace: Duration = .seconds(2)

  /// The terminal is in raw mode already; it is restored before this returns or throws.
  func run() async throws {
    let inputs = DashboardInputs()
    let received = Signals.stream([
      SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT,
    ])
    let keyboard = inputs.readKeys()
    let events = Task {
      for await event in connection.client.subscribe() { inputs.put(.event(event)) }
    }
    let signals = Task {
      for await number in received {
        inputs.put(.signal(number))
        if [SIGTERM, SIGHUP, SIGQUIT].contains(number) { Self.insist(number) }
      }
    }
    var loop = Loop(session: self, inputs: inputs)
    let result = await loop.run()
    RawTerminal.leave()
    keyboard.cancel()
    events.cancel()
    signals.cancel()
    if loop.hasTerminal { sayFarewell(loop.model) }
    try result.get()
  }

  /// A thread of its own: the loop may stand still in a write to a terminal that nobody reads.
  private static func insist(_ number: Int32) {
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: Double(grace.milliseconds) / 1_000)
      RawTerminal.abandon(status: 128 + number)
    }
  }

  /// The alternate screen is gone, so what must not be forgotten is said once more.
  private func sayFarewell(_ model: DashboardModel) {
    let now = connection.client.serverTime()
    for item in model.calls where item.state == .referralAssigned && item.attempts.isEmpty {
      let contact = item.contact ?? Contact()
      let due = model.clock.minute(
        item.callbackDueUs, county: Counties.county(fips: item.county))
      let late = item.callbackDueUs <= now ? " (overdue)" : ""
      context.output.say(
        TerminalText.safe(
          "To call: \(contact.name), \(contact.phone), by \(due)\(late) - referral \(item.referralId)"
        ))
    }
    if !model.live.rows.isEmpty {
      context.output.say(
        "Still offered to you: \(model.live.rows.count). Switch availability off "
          + "(kod available off) if you leave.")
    }
  }

  /// The loop's own state; a value that no other task sees.
  private struct Loop {
    let session: DashboardSession
    let inputs: DashboardInputs
    var model: DashboardModel
    var decoder = KeyDecoder()
    var writer: ScreenWriter
    var size = RawTerminal.size()
    var timer: Task<Void, Never>?
    /// What the timer waits for, in the server's time.
    var alarm: Int64 = 0
    /// When the last key came, by this machine's clock.
    var lastKey = ContinuousClock.now
    /// When a stop by Control-Z ended.
    var lastStop = ContinuousClock.now - .seconds(1)
    var hasTerminal = true
    /// The next frame rings the terminal's bell.
    var rings = false
    var ending: Result<Void, Failure>?

    init(session: DashboardSession, inputs: DashboardInputs) {
      self.session = session
      self.inputs = inputs
      model = DashboardModel(
        clock: session.context.clock, server: session.connection.settings.address)
      writer = ScreenWriter(colour: session.context.output.style.colour)
    }

    var client: KODClient { session.connection.client }

    mutating func run() async -> Result<Void, Failure> {
      measure()
      draw(client.serverTime())
      for await _ in inputs.rings {
        let now = client.serverTime()
        for input in inputs.takeAll() {
          for effect in take(input, now: now) { perform(effect) }
          if let ending {
            timer?.cancel()
            return ending
          }
        }
        for effect in model.due(now) { perform(effect) }
        draw(now)
        setTimer(now)
      }
      return .success(())
    }

    private mutating func take(_ input: DashboardInput, now: Int64) -> [DashboardModel.Effect] {
      switch input {
      case .event(.ended(let error)):
        ending = .failure(failure(error, "subscription"))
        return []
      case .event(let event): return model.apply(event, now: now)
      case .bytes(let bytes):
        lastKey = .now
        return decoder.decode(bytes).flatMap { model.press($0, now: now) }
      case .answer(let question, let result):
        return model.receive(question, result, now: now)
      case .signal(SIGWINCH):
        measure()
        return [.redraw]
      case .signal(SIGTSTP): return [.suspend]
      // The end of a stop of our own, which has been seen to.
      case .signal(SIGCONT) where .now - lastStop < .milliseconds(500): return []
      case .signal(SIGCONT):
        RawTerminal.enterAgain()
        measure()
        return [.redraw]
      case .hangUp, .signal(SIGHUP):
        hasTerminal = false
        return [.quit]
      case .signal: return [.quit]
      case .tick:
        timer = nil
        guard decoder.isWaiting else { return [] }
        let quiet = Int((ContinuousClock.now - lastKey).milliseconds)
        return decoder.quiet(milliseconds: quiet).flatMap { model.press($0, now: now) }
      }
    }

    private mutating func perform(_ effect: DashboardModel.Effect) {
      switch effect {
      case .ask(let question): ask(question)
      case .quit: ending = ending ?? .success(())
      case .redraw: writer.invalidate()
      case .bell:
        rings = rings || !session.context.invocation.has("no-bell")
      case .suspend: suspend()
      }
    }

    private func ask(_ question: DashboardModel.Question) {
      Task { [session, inputs] in
        do throws(Failure) {
          inputs.put(.answer(question, .success(try await session.answer(question))))
        } catch {
          inputs.put(.answer(question, .failure(error)))
        }
      }
    }

    private func failure(_ error: ClientError, _ subject: String) -> Failure {
      Failure(
        error, about: subject, clock: session.context.clock,
        server: session.connection.settings.address)
    }

    /// As Ctrl-Z does elsewhere. The session may be lost meanwhile; it comes back by itself.
    private mutating func suspend() {
      RawTerminal.leave()
      Signals.stopJob()
      _ = RawTerminal.enter()
      lastStop = .now
      measure()
      writer.invalidate()
    }

    private mutating func measure() {
      size = RawTerminal.size()
      let least = DashboardScreen.least
      model.isBlind = size.columns < least.columns || size.rows < least.rows
    }

    private mutating func draw(_ now: Int64) {
      if model.isScrolled {
        model.keepScroll(
          within: DashboardScreen.scrollLimit(
            model, now: now, columns: size.columns, rows: size.rows))
      }
      let grid = DashboardScreen.grid(
        model, now: now, columns: size.columns, rows: size.rows, glyphs: session.glyphs)
      let frame = writer.frame(grid) + (rings ? "\u{7}" : "")
      rings = false
      if !frame.isEmpty { Output.write(frame, to: STDOUT_FILENO) }
    }

    /// One timer, for whatever comes first; none runs while nothing on the screen can change by itself but the minute.
    private mutating func setTimer(_ now: Int64) {
      var wake = model.wake(after: now)
      if decoder.isWaiting {
        let quiet = (ContinuousClock.now - lastKey).milliseconds
        let limit =
          quiet < KeyDecoder.escapeQuiet ? KeyDecoder.escapeQuiet : KeyDecoder.sequenceQuiet
        wake = min(wake, now + max(1, Int64(limit) - quiet) * 1_000)
      }
      guard wake != alarm || timer == nil else { return }
      timer?.cancel()
      alarm = wake
      let wait = Duration.microseconds(max(1_000, wake - now))
      timer = Task { [inputs] in
        guard (try? await Task.sleep(for: wait)) != nil else { return }
        inputs.put(.tick)
      }
    }
  }
}

// MARK: Calls

extension DashboardSession {
  /// One question to the server; the answer in the model's terms.
  func answer(
    _ question: DashboardModel.Question
  ) async throws(Failure) -> DashboardModel.Answer {
    try await connection.call(Self.subject(question)) { client throws(ClientError) in
      switch question {
      case .accept(let offer): .assignment(try await client.acceptOffer(offer))
      case .reject(let offer): .offerClosed(try await client.rejectOffer(offer))
      case .setAvailability(let setting): .status(try await client.setAvailability(setting))
      case .standing: .standing(try await client.standing())
      case .updates: .updates(try await client.getUpdates(GetUpdatesRequest()))
      case .referrals(let request): .referrals(try await client.listReferrals(request))
      case .record(let referral):
        .record(
          try await client.getReferralRecord(GetReferralRecordRequest(referralId: referral)))
      case .explain(let referral):
        .explanation(
          try await client.explainReferral(ExplainReferralRequest(referralId: referral)))
      case .metrics(let request): .metrics(try await client.getMetrics(request))
      case .profile: .profile(try await client.getProfile(GetProfileRequest()))
      case .attempt(let referral, let result):
        .assignment(
          try await client.logAttempt(LogAttemptRequest(referralId: referral, result: result)))
      case .release(let referral, let reason):
        .record(
          try await client.releaseReferral(
            ReleaseReferralRequest(referralId: referral, reason: reason)))
      case .note(let referral, let text):
        .record(try await client.saveNote(SaveNoteRequest(referralId: referral, note: text)))
      case .close(let referral, let outcome):
        .closed(try await client.closeReferral(referral, outcome: outcome))
      case .saveContact(let request): .profile(try await client.saveContact(request))
      case .saveAvailability(let request): .profile(try await client.saveAvailability(request))
      case .withdraw:
        .profile(try await client.withdrawRegistration(WithdrawRegistrationRequest()))
      case .register(let request): .profile(try await client.register(request))
      }
    }
  }

  /// What a failure's sentence speaks of.
  private static func subject(_ question: DashboardModel.Question) -> String {
    switch question {
    case .accept(let offer), .reject(let offer): "offer \(offer)"
    case .setAvailability, .saveAvailability: "availability"
    case .standing: "standing"
    case .updates: "today"
    case .referrals: "search"
    case .record(let id), .explain(let id), .attempt(let id, _), .release(let id, _),
      .note(let id, _), .close(let id, _):
      "referral \(id)"
    case .metrics: "metrics"
    case .profile: "profile"
    case .saveContact: "contact"
    case .withdraw, .register: "registration"
    }
  }
}
