import KODClient
import KODJSON
import KODWire

/// `kod desk queue`: what nobody looks after, oldest first.
enum DeskQueue {
  static let options: [OptionDescription] =
    [
      .flag("overdue", "accepted, but not called in time"),
      .flag("promise-missed", "open and past its promise"),
      .flag("open", "everything that is not closed or cancelled"),
    ] + Paging.options

  static let command = Command(
    description: CommandDescription(
      name: "desk queue", summary: "what waits for you: nobody is being asked about it",
      discussion: [
        "Oldest first, with its age, why it waits, and how long the promise to call back still holds. "
          + "Without options: the dead ends. `kod desk` alone is the same."
      ],
      options: options,
      examples: [
        Example(line: "kod desk", meaning: "the waiting queue"),
        Example(line: "kod desk queue --overdue", meaning: "accepted work that nobody has called"),
        Example(
          line: "kod desk queue --open --all --json | jq '.rows[].referral_id'",
          meaning: "every open referral, for a program"),
      ]), run: run)

  @Sendable static func run(_ context: Context) async throws {
    let filter = try filter(context.invocation)
    let paging = try Paging(context.invocation)
    try await Connection.with(context, as: Desk.principal) { connection in
      var totals = ListQueueResponse()
      let (rows, next) = try await paging.collect { size, token in
        let page = try await connection.call("queue") { client throws(ClientError) in
          try await client.listQueue(
            ListQueueRequest(filter: filter, pageSize: size, pageToken: token))
        }
        totals = page
        context.output.emit(
          Paging.json(page.rows, next: page.nextPageToken) + [
            "waiting": .count(page.waiting), "overdue": .count(page.overdue),
            "promise_missed": .count(page.promiseMissed),
          ])
        return (page.rows, page.nextPageToken)
      }
      context.output.say(
        lines(
          rows, filter: filter, totals: totals, clock: context.clock,
          now: connection.client.serverTime(), paper: context.output.paper)
          + Paging.footer(next))
    }
  }

  static func filter(_ invocation: Invocation) throws(UsageError) -> QueueFilter {
    let chosen: [(flag: String, filter: QueueFilter)] = [
      ("overdue", .queueOverdue), ("promise-missed", .queuePromiseMissed), ("open", .queueOpen),
    ].filter { invocation.has($0.flag) }
    guard chosen.count <= 1 else {
      throw UsageError(
        "--overdue, --promise-missed and --open exclude each other", command: invocation.command)
    }
    return chosen.first?.filter ?? .queueWaiting
  }

  static func lines(
    _ rows: [Referral], filter: QueueFilter, totals: ListQueueResponse, clock: ClockFace,
    now: Int64, paper: Paper
  ) -> [String] {
    var lines = [summary(totals, paper)]
    guard !rows.isEmpty else { return lines + [""] + paper.wrapped(nothing(filter)) }
    var table = Table([
      .init(title: "REFERRAL", right: true), .init(title: "AGE", right: true),
      .init(title: "STATE", least: 18), .init(title: "CALL BACK", least: 12),
      .init(title: "HELP", rank: 1), .init(title: "LANGUAGE", least: 6, rank: 2),
      .init(title: "COUNTY", least: 8, rank: 1), .init(title: "ASKED", right: true, rank: 3),
      .init(title: "HOLDER", least: 6, rank: 2), .init(title: "REFERENCE", least: 8, rank: 4),
    ])
    for row in rows {
      table.add([
        .init("\(row.referralId)", .bold), .init(age(now - row.submittedAtUs)),
        state(row), promise(row, clock: clock, now: now), .init(row.helpType.word),
        .init(Languages.name(row.language)), .init(Counties.label(row.county)),
        .init("\(row.offersMade)"), .init(row.holder.isEmpty ? "-" : row.holder),
        .init(row.partnerReference, .faint),
      ])
    }
    lines += [""] + table.lines(on: paper)
    return lines
  }

  static func summary(_ totals: ListQueueResponse, _ paper: Paper) -> String {
    func part(_ count: UInt32, _ words: String, _ tone: Style.Tone) -> String {
      paper.style.paint("\(count) \(words)", count > 0 ? tone : .good)
    }
    return [
      part(totals.waiting, "waiting", .warning), part(totals.overdue, "overdue", .bad),
      part(
        totals.promiseMissed, totals.promiseMissed == 1 ? "promise missed" : "promises missed",
        .bad),
    ].joined(separator: ", ")
  }

  private static func nothing(_ filter: QueueFilter) -> String {
    switch filter {
    case .queueOverdue: "Nothing is overdue."
    case .queuePromiseMissed: "No open referral is past its promise."
    case .queueOpen: "No referral is open."
    default: "Nothing waits: somebody is being asked about every open referral."
    }
  }

  /// `42 s`, `28 min`, `3 h 5 min`, `2 d 4 h`.
  static func age(_ microseconds: Int64) -> String {
    let hours = microseconds / 3_600_000_000
    if hours >= 48 { return "\(hours / 24) d \(hours % 24) h" }
    let seconds = max(0, microseconds) / 1_000_000
    return seconds < 10 ? "\(seconds) s" : DurationText.spoken(microseconds: microseconds)
  }

  static func state(_ referral: Referral) -> Table.Cell {
    if referral.overdue { return .init("OVERDUE (\(referral.state.word))", .bad) }
    if referral.state == .referralWaiting {
      return .init(WireWords.spaced(referral.waitingCause.word), .warning)
    }
    return .init(EventWords.referral(referral))
  }

  /// How the promise to call back stands (R44).
  static func promise(_ referral: Referral, clock: ClockFace, now: Int64) -> Table.Cell {
    let late = now - referral.promiseUs
    if referral.firstAttemptUs > 0 {
      let at = clock.brief(referral.firstAttemptUs, now: now)
      return referral.promiseMissed
        ? .init("called \(at), late", .bad) : .init("called \(at)", .good)
    }
    if referral.promiseMissed || late >= 0 { return .init("MISSED \(age(late)) ago", .bad) }
    return .init(
      "\(Countdown.text(microseconds: -late)) left", -late < 600_000_000 ? .warning : .plain)
  }
}
