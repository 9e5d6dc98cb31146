import KODJSON
import KODWire

/// Which notice is handed over when, and what the server hears of it: events in, effects out. Instants are the
/// server's, in microseconds.
struct NotifyModel {
  enum Effect: Equatable {
    case run(Notice)
    /// Before the server hears of it.
    case remember(NoticeLedger.Entry)
    case acknowledge(NoticeIdentity, NoticeState, detail: String)
    case say(Line)
  }

  struct Line: Equatable {
    var text: String
    var tone = Style.Tone.plain
    var json: JSON
  }

  /// What came of an acknowledgement.
  enum Answer: Equatable {
    case settled
    /// Nobody heard it, as far as is known.
    case lost
    case refused(String)
  }

  private enum Stage: Equatable {
    case queued(notBefore: Int64)
    case running
    /// The server was told, is being told, or will be at the instant.
    case handled(NoticeState, detail: String, tellAt: Int64?)
  }

  private struct Item {
    var notice: Notice
    var stage: Stage
    var tries = 0
    /// The offer has ended while the command ran.
    var isWithdrawn = false
  }

  let channels: Set<NoticeChannel>
  let jobs: Int
  private var items: [UInt64: Item] = [:]
  /// In order of arrival.
  private var order: [UInt64] = []
  /// Told since the server began to tell what is pending.
  private var told: Set<UInt64> = []
  private var remembered: [NoticeIdentity: NoticeState]
  private(set) var isStopping = false
  private var running = 0
  private var asking = 0

  static let firstPause: Int64 = 1_000_000
  static let longestPause: Int64 = 30_000_000
  /// Before the deadline the last try has to be over, so that the other channel still has a chance.
  static let lastCall: Int64 = 1_000_000
  static let retellPause: Int64 = 5_000_000
  /// After its deadline a notice does not come again; a little longer, because clocks are estimates.
  static let memory: Int64 = 600_000_000

  init(
    channels: Set<NoticeChannel>, jobs: Int, remembered: [NoticeIdentity: NoticeState] = [:]
  ) {
    self.channels = channels
    self.jobs = jobs
    self.remembered = remembered
  }

  /// Nothing runs and nothing is being told: the program may end, if it is to.
  var isIdle: Bool { running == 0 && asking == 0 }

  /// When `advance` has something to do; nil: not before something happens.
  var nextDue: Int64? {
    let hasRoom = running < jobs && !isStopping
    return items.values.compactMap { item in
      switch item.stage {
      case .queued(let notBefore): hasRoom ? notBefore : nil
      case .handled(_, _, let tellAt): tellAt
      case .running: nil
      }
    }.min()
  }

  // MARK: What the server says

  mutating func began() { told.removeAll() }

  mutating func noticed(_ notice: Notice, now: Int64) -> [Effect] {
    let id = notice.noticeId
    told.insert(id)
    // Another notifier's.
    guard channels.contains(notice.channel) else { return [] }
    if var known = items[id], NoticeIdentity(known.notice) == NoticeIdentity(notice) {
      // It comes again because the server has not heard what came of it.
      if case .handled(let state, let detail, _) = known.stage {
        known.stage = .handled(state, detail: detail, tellAt: now)
        items[id] = known
      }
      return advance(now)
    }
    guard items[id]?.stage != .running else { return [] }
    var item = Item(notice: notice, stage: .queued(notBefore: now))
    var effects: [Effect] = []
    if let state = remembered[NoticeIdentity(notice)] {
      item.stage = .handled(state, detail: "handed over before a restart", tellAt: now)
      effects.append(say(notice, "\(state.word) before, not handed over again", state: state))
    }
    if items.updateValue(item, forKey: id) == nil { order.append(id) }
    return effects + advance(now)
  }

  mutating func withdrawn(_ id: UInt64) -> [Effect] {
    guard var item = items[id] else { return [] }
    switch item.stage {
    case .running:
      item.isWithdrawn = true
      items[id] = item
      return [say(item.notice, "withdrawn; its command is left to finish")]
    case .queued:
      forget(id)
      return [say(item.notice, "withdrawn, not handed over", state: .noticeWithdrawn)]
    case .handled:
      return []
    }
  }

  /// What is pending has been told: what waits here and was not among it is pending no more. Unless there is more: then
  /// it comes again, if it still is, and nobody says so if it is not.
  mutating func current(hasMore: Bool) -> [Effect] {
    let untold = order.filter { !told.contains($0) }
    guard hasMore else { return untold.flatMap { withdrawn($0) } }
    for id in untold {
      if case .queued = items[id]?.stage { forget(id) }
    }
    return []
  }

  // MARK: What commands come to

  mutating func finished(_ id: UInt64, _ result: ChildCommand.Result, now: Int64) -> [Effect] {
    guard var item = items[id], item.stage == .running else { return [] }
    running -= 1
    item.tries += 1
    if result.ending == .exited(75) {
      let pause = min(Self.longestPause, Self.firstPause << Int64(min(item.tries - 1, 10)))
      let deadline = item.notice.offer?.deadlineUs ?? 0
      if item.isWithdrawn {
        forget(id)
        return [say(item.notice, "withdrawn, not tried again", state: .noticeWithdrawn)]
          + advance(now)
      }
      if now + pause < deadline - Self.lastCall {
        item.stage = .queued(notBefore: now + pause)
        items[id] = item
        let wait = DurationText.spoken(microseconds: pause)
        return [say(item.notice, "not now, again in \(wait)\(words(result))", result: result)]
          + advance(now)
      }
    }
    let (state, detail) = Self.verdict(result)
    item.stage = .handled(state, detail: detail, tellAt: nil)
    items[id] = item
    asking += 1
    let identity = NoticeIdentity(item.notice)
    let tone: Style.Tone = state == .noticeFailed ? .bad : .good
    return [
      .remember(NoticeLedger.Entry(notice: identity, state: state)),
      .acknowledge(identity, state, detail: detail),
      say(
        item.notice,
        state == .noticeFailed ? "FAILED: \(detail)\(words(result))" : state.word, tone: tone,
        state: state, result: result),
    ] + advance(now)
  }

  mutating func answered(
    _ identity: NoticeIdentity, _ answer: Answer, now: Int64
  ) -> [Effect] {
    asking -= 1
    guard var item = items[identity.id], NoticeIdentity(item.notice) == identity,
      case .handled(let state, let detail, nil) = item.stage
    else { return [] }
    switch answer {
    case .settled: return advance(now)
    case .lost:
      item.stage = .handled(state, detail: detail, tellAt: now + Self.retellPause)
      items[identity.id] = item
      return [
        say(item.notice, "the server did not hear that it is \(state.word)", tone: .warning)
      ]
    case .refused(let why): return [say(item.notice, why, tone: .warning)]
    }
  }

  /// Nothing more is started.
  mutating func stop() { isStopping = true }

  /// What a command's end means (documented in `kod notify --help`), and why, for the operator's log: no address is
  /// in it.
  static func verdict(_ result: ChildCommand.Result) -> (NoticeState, detail: String) {
    switch result.ending {
    case .exited(0): (.noticeSent, "")
    case .exited(100): (.noticeDelivered, "")
    case .exited(75): (.noticeFailed, "exit status 75 until the deadline")
    case .exited(let status): (.noticeFailed, "exit status \(status)")
    case .signalled(let signal): (.noticeFailed, "ended by signal \(signal)")
    case .timedOut: (.noticeFailed, "took too long")
    case .notStarted(let why): (.noticeFailed, "not started: \(why)")
    }
  }

  // MARK: Time

  /// Starts what may be started, tells what is to be told, forgets what is long over.
  mutating func advance(_ now: Int64) -> [Effect] {
    var effects: [Effect] = []
    for id in order {
      guard var item = items[id] else { continue }
      switch item.stage {
      case .queued(let notBefore) where notBefore <= now && running < jobs && !isStopping:
        guard now < item.notice.offer?.deadlineUs ?? 0 else {
          // Too late to be of use to anybody; the server will say so too.
          forget(id)
          effects.append(say(item.notice, "too late, not handed over", tone: .warning))
          continue
        }
        item.stage = .running
        running += 1
        effects.append(.run(item.notice))
      case .handled(let state, let detail, let tellAt?) where tellAt <= now:
        item.stage = .handled(state, detail: detail, tellAt: nil)
        asking += 1
        effects.append(.acknowledge(NoticeIdentity(item.notice), state, detail: detail))
      case .handled(_, _, nil) where now > (item.notice.offer?.deadlineUs ?? 0) + Self.memory:
        forget(id)
        continue
      default: continue
      }
      items[id] = item
    }
    return effects
  }

  private mutating func forget(_ id: UInt64) {
    items[id] = nil
    order.removeAll { $0 == id }
  }

  // MARK: Words

  private func words(_ result: ChildCommand.Result) -> String {
    result.lastLine.isEmpty ? "" : " (\(result.lastLine))"
  }

  private func say(
    _ notice: Notice, _ text: String, tone: Style.Tone = .plain, state: NoticeState? = nil,
    result: ChildCommand.Result? = nil
  ) -> Effect {
    let offer = notice.offer ?? Offer()
    var json: JSON = [
      "event": "notice", "notice_id": .unsigned(notice.noticeId),
      "channel": .string(notice.channel.word), "attempt": .count(notice.attempt),
      "offer_id": .unsigned(offer.offerId), "referral_id": .unsigned(offer.referralId),
      "state": state.map { .string($0.word) } ?? .null, "message": .string(text),
    ]
    if case .exited(let status) = result?.ending {
      json = json + ["command_exit_status": .integer(Int64(status))]
    }
    return .say(
      Line(
        text: "notice \(notice.noticeId) (\(notice.channel.word), offer \(offer.offerId)): \(text)",
        tone: tone, json: json))
  }
}
