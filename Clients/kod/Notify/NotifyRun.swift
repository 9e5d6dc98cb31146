import Foundation
import KODClient
import KODJSON
import KODWire

/// `kod notify` alive: one loop that takes notices, ends of commands, answers and signals in order.
struct NotifyRun: Sendable {
  private enum Input: Sendable {
    case event(NoticeEvent)
    case finished(UInt64, ChildCommand.Result)
    case answered(NoticeIdentity, NotifyModel.Answer)
    case due
    case stop
  }

  let connection: Connection
  let context: Context
  let options: NotifyOptions
  let texts: NoticeTexts
  let ledger: NoticeLedger?

  func run() async throws {
    let (inputs, sender) = AsyncStream<Input>.makeStream()
    let signals = Signals.stream([SIGINT, SIGTERM, SIGHUP])
    let stream = connection.client.noticeStream(
      channels: options.channels.sorted { $0.rawValue < $1.rawValue })
    var tasks = [
      Task { for await event in stream { sender.yield(.event(event)) } },
      Task { for await _ in signals { sender.yield(.stop) } },
    ].map { task in { @Sendable in task.cancel() } }
    if let limit = options.limit {
      let timer = Task {
        try await Task.sleep(for: limit)
        sender.yield(.stop)
      }
      tasks.append { timer.cancel() }
    }
    defer { for cancel in tasks { cancel() } }
    var loop = Loop(run: self, sender: sender)
    try await loop.run(inputs)
  }

  // MARK: What a command gets

  /// Standard input.
  func input(_ notice: Notice, now: Int64) -> [UInt8] {
    let text = texts.text(notice)
    guard notice.channel == .email, let from = options.from else {
      return NoticeMessage.phone(text)
    }
    return NoticeMessage.email(text, notice, from: from, now: now)
  }

  /// This program's environment, and the notice.
  static func environment(
    _ notice: Notice, subject: String, inherited: [String: String]
  ) -> [String: String] {
    let offer = notice.offer ?? Offer()
    let own = [
      "KOD_NOTICE_ID": "\(notice.noticeId)", "KOD_CHANNEL": notice.channel.word,
      "KOD_ADDRESS": notice.address, "KOD_LANGUAGE": notice.language,
      "KOD_TEXT_KEY": notice.textKey, "KOD_DEADLINE": instant(offer.deadlineUs),
      "KOD_OFFER": "\(offer.offerId)", "KOD_REFERRAL": "\(offer.referralId)",
      "KOD_HELP_TYPE": offer.helpType.word, "KOD_COUNTY": "\(offer.county)",
      "KOD_COUNTY_NAME": Counties.county(fips: offer.county)?.name ?? "",
      "KOD_ATTEMPT": "\(notice.attempt)", "KOD_SUBJECT": subject,
    ]
    return inherited.merging(own) { _, new in new }
  }

  /// `2026-11-23T16:24:46Z`: ISO 8601, rounded down, so that nobody is told more time than there is.
  static func instant(_ microseconds: Int64) -> String {
    let text = ClockFace(zone: .gmt).dateAndTime(microseconds)
    return text.split(separator: " ").joined(separator: "T") + "Z"
  }

  /// Nil: it may be given to a program.
  static func fault(_ notice: Notice) -> String? {
    switch notice.channel {
    case .email: MailAddress.isUsable(notice.address) ? nil : "the email address can't be used"
    default:
      notice.address.hasPrefix("+")
        && notice.address.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
        ? nil : "the phone number can't be used"
    }
  }

  // MARK: The loop

  private struct Loop {
    let run: NotifyRun
    let sender: AsyncStream<Input>.Continuation
    var model: NotifyModel
    let commands = RunningCommands()
    var timer: Task<Void, any Error>?
    var failure: Failure?

    init(run: NotifyRun, sender: AsyncStream<Input>.Continuation) {
      self.run = run
      self.sender = sender
      model = NotifyModel(
        channels: run.options.channels, jobs: run.options.jobs,
        remembered: run.ledger?.known ?? [:])
    }

    var client: KODClient { run.connection.client }

    mutating func run(_ inputs: AsyncStream<Input>) async throws {
      defer { timer?.cancel() }
      for await input in inputs {
        let now = client.serverTime()
        for effect in take(input, now: now) { try perform(effect, now: now) }
        if model.isStopping, model.isIdle {
          if let failure { throw failure }
          return
        }
        wake(now)
      }
    }

    private mutating func take(_ input: Input, now: Int64) -> [NotifyModel.Effect] {
      switch input {
      case .event(let event): return take(event, now: now)
      case .finished(let id, let result): return model.finished(id, result, now: now)
      case .answered(let identity, let answer):
        return model.answered(identity, answer, now: now)
      case .due: return model.advance(now)
      case .stop:
        guard !model.isStopping else {
          commands.terminate()
          exit(ExitStatus.failed.rawValue)
        }
        model.stop()
        return model.isIdle
          ? []
          : [
            .say(
              .init(
                text: "stopping when the running commands are done; once more ends at once",
                tone: .warning, json: ["event": "stopping"]))
          ]
      }
    }

    private mutating func take(_ event: NoticeEvent, now: Int64) -> [NotifyModel.Effect] {
      switch event {
      case .notice(let notice): return model.noticed(notice, now: now)
      case .withdrawn(let id): return model.withdrawn(id)
      case .current(let hasMore): return model.current(hasMore: hasMore)
      case .began:
        model.began()
        return []
      case .connected(let welcome):
        return [
          .say(
            .init(
              text: "connected as \(welcome.principal) (\(WireWords.spaced(welcome.role.word)))",
              tone: .good,
              json: ["event": "connected", "principal": .string(welcome.principal)]))
        ]
      case .disconnected(let error, let wait):
        let why = error.map { ": \($0.message)" } ?? ""
        return [
          .say(
            .init(
              text: "NOT CONNECTED\(why); next try in "
                + DurationText.spoken(microseconds: wait.microseconds), tone: .bad,
              json: [
                "event": "disconnected", "message": .string(error?.message ?? ""),
                "retry_in_ms": .integer(wait.milliseconds),
              ]))
        ]
      case .ended(let error):
        failure = Failure(
          error, about: "notices", clock: run.context.clock,
          server: run.connection.settings.address)
        model.stop()
        return []
      }
    }

    private func perform(_ effect: NotifyModel.Effect, now: Int64) throws(Failure) {
      switch effect {
      case .run(let notice): start(notice, now: now)
      case .remember(let entry): try run.ledger?.remember(entry)
      case .acknowledge(let identity, let state, let detail):
        Task { [client, sender] in
          sender.yield(
            .answered(identity, await Self.tell(client, identity.id, state, detail)))
        }
      case .say(let line):
        run.context.output.emit(line.json)
        let time = run.context.output.style.paint(run.context.clock.time(now), .faint)
        run.context.output.say(
          "\(time)  \(run.context.output.style.paint(TerminalText.safe(line.text), line.tone))")
      }
    }

    private func start(_ notice: Notice, now: Int64) {
      if let fault = NotifyRun.fault(notice) {
        sender.yield(
          .finished(notice.noticeId, ChildCommand.Result(ending: .notStarted(fault))))
        return
      }
      let input = run.input(notice, now: now)
      let environment = NotifyRun.environment(
        notice, subject: run.texts.text(notice).subject, inherited: run.context.environment)
      Task { [run, sender, commands] in
        let result = await ChildCommand.run(
          run.options.command, input: input, environment: environment,
          timeout: run.options.execTimeout, running: commands)
        sender.yield(.finished(notice.noticeId, result))
      }
    }

    private static func tell(
      _ client: KODClient, _ id: UInt64, _ state: NoticeState, _ detail: String
    ) async -> NotifyModel.Answer {
      do throws(ClientError) {
        _ = try await client.acknowledgeNotice(
          AcknowledgeNoticeRequest(noticeId: id, state: state, detail: detail))
        return .settled
      } catch {
        switch error.reason {
        // Withdrawn while it was being sent: nobody waits for the answer.
        case .noticeUnknown: return .settled
        case .noticeSettled: return .refused("another notifier said otherwise before")
        default: break
        }
        let isLost =
          error.code == .unavailable || error.code == .deadlineExceeded || error.reason.isRetriable
        return isLost ? .lost : .refused("the server refused: \(error.message)")
      }
    }

    /// One timer, for what is due next.
    private mutating func wake(_ now: Int64) {
      timer?.cancel()
      guard let due = model.nextDue else { return }
      timer = Task { [sender] in
        try await Task.sleep(for: .microseconds(max(0, due - now) + 1_000))
        sender.yield(.due)
      }
    }
  }
}
