import KODClient
import KODJSON
import KODWire

/// `kod request watch`: what becomes of a partner's requests, as it happens.
enum RequestWatch {
  static let command = Command(
    description: CommandDescription(
      name: "request watch", summary: "live: asked, assigned, contacted, promise missed",
      discussion: [
        "A line for every change. With a number: of that referral alone, and it ends when the referral is closed or "
          + "cancelled. Without: of all of yours, until Ctrl-C."
      ],
      arguments: [
        ArgumentDescription(name: "REFERRAL", summary: "only this one", isOptional: true)
      ],
      options: [.option("for", "DURATION", "stop after this long, with status 0")],
      examples: [
        Example(line: "kod request watch 7", meaning: "until referral 7 is over"),
        Example(
          line: "kod request watch --json | jq -c .referral.state", meaning: "for a program"),
      ]),
    run: { context in
      let id =
        context.invocation.argument(0) == nil
        ? nil : try context.invocation.identifier(0, "REFERRAL")
      let limit = try context.invocation.duration("for")
      try await Connection.with(context, as: "portal") { connection in
        let watching = Task { try await watch(id, connection, context) }
        let timer = limit.map { limit in
          Task {
            try await Task.sleep(for: limit)
            watching.cancel()
          }
        }
        defer { timer?.cancel() }
        try await watching.value
      }
    })

  private static func watch(
    _ id: UInt64?, _ connection: Connection, _ context: Context
  ) async throws {
    // Before anything is watched: a number that is not there is an error, not silence.
    if let id {
      _ = try await connection.call("referral \(id)") { client throws(ClientError) in
        try await client.referral(id)
      }
    }
    var model = RequestWatchModel(id: id)
    for await event in connection.client.subscribe() {
      let now = connection.client.serverTime()
      var events: [RequestWatchModel.Line] = model.apply(event, clock: context.clock, now: now)
      if let asked = model.takeQuestion() {
        // It is not among the open ones (any more): how it ended only the server knows.
        let referral = try await connection.call("referral \(asked)") {
          client throws(ClientError) in
          try await client.referral(asked)
        }
        events += model.found(referral, clock: context.clock)
      }
      for line in events { say(line, now: now, context) }
      if model.isOver { return }
      if case .ended(let error) = event {
        throw Failure(
          error, about: "subscription", clock: context.clock, server: connection.settings.address)
      }
    }
  }

  private static func say(_ line: RequestWatchModel.Line, now: Int64, _ context: Context) {
    context.output.emit(line.json)
    let time = context.output.style.paint(context.clock.time(now), .faint)
    context.output.say(
      "\(time)  \(context.output.style.paint(TerminalText.safe(line.text), line.tone))")
  }
}

/// What is known of the watched requests: events in, lines out.
struct RequestWatchModel {
  struct Line: Equatable {
    var text: String
    var tone: Style.Tone
    var json: JSON
  }

  /// Nil: all of them.
  let id: UInt64?
  /// The watched one is closed or cancelled.
  private(set) var isOver = false
  private var question: UInt64?
  /// What was said of each last, so that a repeated state says nothing.
  private var said: [UInt64: ReferralState] = [:]

  init(id: UInt64?) { self.id = id }

  /// A referral whose end has to be asked for.
  mutating func takeQuestion() -> UInt64? {
    defer { question = nil }
    return question
  }

  mutating func apply(
    _ event: SubscriptionEvent, clock: ClockFace, now: Int64
  ) -> [Line] {
    switch event {
    case .state(let state):
      if let id, !state.referrals.contains(where: { $0.referralId == id }) { question = id }
      return state.referrals.flatMap { found($0, clock: clock) }
    case .push(let push):
      guard case .referralUpdate(let update) = push.body, let referral = update.referral,
        isWatched(referral)
      else { return [] }
      note(referral)
      let words = EventWords.update(update, clock: clock)
      return [Line(text: words.text, tone: words.tone, json: push.json)]
    case .disconnected(let error, let wait):
      let why = error.map { ": \($0.message)" } ?? ""
      let next = DurationText.spoken(microseconds: wait.microseconds)
      return [
        Line(
          text: "NOT CONNECTED\(why); next try in \(next)", tone: .bad,
          json: WatchLines.json(event, now: now))
      ]
    case .connected, .position, .collapsed, .ended: return []
    }
  }

  /// How a referral stands, when that is news.
  mutating func found(_ referral: Referral, clock: ClockFace) -> [Line] {
    guard isWatched(referral), said[referral.referralId] != referral.state else { return [] }
    note(referral)
    let words = EventWords.update(ReferralUpdate(referral: referral), clock: clock)
    let promise = clock.minute(
      referral.promiseUs, county: Counties.county(fips: referral.county))
    let due =
      isOver || referral.firstAttemptUs > 0
      ? "" : referral.promiseMissed ? "; PROMISE MISSED" : "; a call is promised by \(promise)"
    return [
      Line(
        text: words.text + due, tone: words.tone,
        json: ["event": "referral", "referral": referral.json])
    ]
  }

  private func isWatched(_ referral: Referral) -> Bool {
    id.map { $0 == referral.referralId } ?? true
  }

  private mutating func note(_ referral: Referral) {
    let over = referral.state == .referralClosed || referral.state == .referralCancelled
    // What is over needs no memory: no state tells of it again.
    said[referral.referralId] = over ? nil : referral.state
    if over, id == referral.referralId { isOver = true }
  }
}
