import KODClient
import KODJSON
import KODWire

/// `kod desk metrics`: the program's figures (R72).
enum DeskMetrics {
  static let periodOptions: [OptionDescription] = [
    .option("period", "NAME", "today, week, month or year (default: month)"),
    .option("from", "DATE", "in place of a period: from this day or instant on"),
    .option("to", "DATE", "through this day, or until this instant (default: now)"),
  ]

  static let command = Command(
    description: CommandDescription(
      name: "desk metrics", summary: "the funnel, calls inside 30 minutes, waits, coverage gaps",
      discussion: [
        "Of the referrals submitted in the period. What each number means: \"The numbers\" in README.md. Gaps are "
          + "counties, languages and hours where requests found nobody or were not called in time, the worst first."
      ],
      options: periodOptions + [
        .option("top", "N", "this many rows of each list of gaps (default: 5)")
      ],
      examples: [
        Example(line: "kod desk metrics", meaning: "this month so far"),
        Example(
          line: "kod desk metrics --from 2026-11-01 --to 2026-11-07 --top 20",
          meaning: "a week, with longer lists"),
      ]),
    run: { context in
      let top = try top(context.invocation)
      try await Connection.with(context, as: Desk.principal) { connection in
        let now = connection.client.serverTime()
        let period = try Period.chosen(context.invocation, clock: context.clock, now: now)
        let metrics = try await connection.call("metrics") { client throws(ClientError) in
          try await client.getProgramMetrics(
            GetMetricsRequest(fromUs: period.from, toUs: period.to ?? 0))
        }
        context.output.emit(["program_metrics": metrics.json])
        context.output.say(
          lines(
            metrics, period: period, top: top, clock: context.clock, paper: context.output.paper)
        )
      }
    })

  static func top(_ invocation: Invocation) throws(UsageError) -> Int {
    guard let text = invocation.value("top") else { return 5 }
    guard let number = Int(text), number > 0 else {
      throw UsageError("--top is a whole number from 1; got '\(text)'", command: "desk metrics")
    }
    return number
  }

  static func lines(
    _ metrics: ProgramMetrics, period: Period, top: Int, clock: ClockFace, paper: Paper
  ) -> [String] {
    var lines = paper.wrapped(period.words(clock)) + [""]
    guard metrics.submitted > 0 else { return lines + ["No referral was submitted."] }
    lines += funnel(metrics).lines(on: paper, indent: 2, of: metrics.submitted)
    lines += [""] + promise(metrics, paper) + [""]
    lines += waits(metrics).flatMap { paper.wrapped($0, hanging: 21) }
    lines += [""] + offers(metrics).lines(on: paper, indent: 2)
    if !metrics.outcomes.isEmpty {
      lines += ["", "Outcomes:"]
      lines += Bars(
        metrics.outcomes.sorted {
          ($1.count, $0.outcome.rawValue) < ($0.count, $1.outcome.rawValue)
        }
        .map {
          Bars.Row(
            label: WireWords.spaced($0.outcome.word), value: $0.count,
            tone: $0.outcome == .unserved ? .bad : .plain)
        }
      ).lines(on: paper, indent: 2)
    }
    return lines + gaps(metrics, top: top, paper: paper)
  }

  /// What became of the requests, step by step; shares are of all of them.
  static func funnel(_ metrics: ProgramMetrics) -> Bars {
    Bars([
      .init(label: "submitted", value: metrics.submitted),
      .init(label: "offered", value: metrics.offered),
      .init(label: "assigned", value: metrics.assigned),
      .init(label: "called", value: metrics.called),
      .init(label: "called in time", value: metrics.calledInPromise, tone: .good),
      .init(label: "reached", value: metrics.contacted),
      .init(label: "closed", value: metrics.closed),
      .init(label: "served", value: metrics.served, tone: .good),
    ])
  }

  private static func promise(_ metrics: ProgramMetrics, _ paper: Paper) -> [String] {
    // Those whose promise is not decided yet, and the cancelled ones, count on neither side.
    let decided = metrics.calledInPromise + metrics.promiseMissed
    let share =
      decided == 0
      ? "none is decided yet" : "\(Percent.text(metrics.calledInPromise, of: decided)) in time"
    let lead = paper.wrapped("Promise to call back: \(share), \(metrics.promiseMissed) missed.").map
    {
      paper.style.paint($0, metrics.promiseMissed > 0 ? .warning : .good)
    }
    let rest = [
      "\(metrics.`open`) open, \(metrics.cancelled) cancelled, \(metrics.wentToMass) went to "
        + "everybody, \(metrics.everWaited) waited at a dead end.",
      "\(metrics.deregistrations) de-registered for misses, \(metrics.brokenAcceptances) accepted "
        + "and never called.",
    ]
    return lead + rest.flatMap { paper.wrapped($0) }
  }

  private static func waits(_ metrics: ProgramMetrics) -> [String] {
    [
      "Until accepted:      " + spread(metrics.acceptMedianMs, metrics.acceptP90Ms),
      "Until first called:  " + spread(metrics.waitMedianMs, metrics.waitP90Ms),
    ]
  }

  private static func spread(_ median: UInt32, _ p90: UInt32) -> String {
    guard median > 0 || p90 > 0 else { return "nobody yet" }
    return "half within \(spoken(median)), nine of ten within \(spoken(p90))"
  }

  private static func spoken(_ milliseconds: UInt32) -> String {
    DurationText.spoken(microseconds: Int64(milliseconds) * 1_000)
  }

  private static func offers(_ metrics: ProgramMetrics) -> Table {
    let titles = [
      "OFFERS", "MADE", "ACCEPTED", "REJECTED", "MISSED", "EXPIRED", "TAKEN", "WITHDRAWN",
      "RELEASED", "OPEN",
    ]
    var table = Table(
      titles.enumerated().map { index, title in
        .init(title: title, right: index > 0, rank: index > 5 ? index : 0)
      })
    for (name, counts) in [("general", metrics.general), ("mass", metrics.mass)] {
      let counts = counts ?? OfferCounts()
      table.add(
        [name]
          + [
            counts.received, counts.accepted, counts.rejected, counts.missed, counts.expired,
            counts.taken, counts.withdrawn, counts.released, counts.pending,
          ].map(String.init))
    }
    return table
  }

  // MARK: Coverage

  private static func gaps(_ metrics: ProgramMetrics, top: Int, paper: Paper) -> [String] {
    let lists: [(title: String, cells: [CoverageCell], name: (CoverageCell) -> String)] = [
      ("COUNTY", metrics.byCounty, { Counties.label($0.county) }),
      ("LANGUAGE", metrics.byLanguage, { Languages.name($0.language) }),
      ("HOUR (ET)", metrics.byHour, { "\(Countdown.twoDigits(Int64($0.hour))):00" }),
    ]
    var lines = ["", "Coverage gaps, worst first:"]
    var found = false
    for list in lists {
      let worst = worst(list.cells)
      guard !worst.isEmpty else { continue }
      found = true
      var table = Table([
        .init(title: list.title, least: 10), .init(title: "REQUESTS", right: true),
        .init(title: "FOUND NOBODY", right: true), .init(title: "PROMISE MISSED", right: true),
        .init(title: "CALLED IN TIME", right: true, rank: 1),
      ])
      for cell in worst.prefix(top) {
        table.add([
          .init(list.name(cell)), .init("\(cell.submitted)"),
          .init("\(cell.foundNobody)", cell.foundNobody > 0 ? .warning : .plain),
          .init("\(cell.promiseMissed)", cell.promiseMissed > 0 ? .bad : .plain),
          .init(Percent.text(cell.calledInPromise, of: cell.submitted)),
        ])
      }
      lines += table.lines(on: paper, indent: 2)
      if worst.count > top { lines.append("  and \(worst.count - top) more (--top)") }
      lines.append("")
    }
    guard found else {
      return [""] + paper.wrapped("No coverage gaps: everybody found somebody, in time.")
    }
    lines.append("Requests by hour of the day (ET):")
    var hours = [UInt64](repeating: 0, count: 24)
    for cell in metrics.byHour where cell.hour < 24 { hours[Int(cell.hour)] = cell.submitted }
    return lines + Sparkline.day(hours, on: paper, indent: 2)
  }

  /// Those with a gap at all: most missed promises first, then most that found nobody.
  static func worst(_ cells: [CoverageCell]) -> [CoverageCell] {
    cells.enumerated()
      .filter { $0.element.foundNobody > 0 || $0.element.promiseMissed > 0 }
      .sorted { left, right in
        let (a, b) = (left.element, right.element)
        if a.promiseMissed != b.promiseMissed { return a.promiseMissed > b.promiseMissed }
        if a.foundNobody != b.foundNobody { return a.foundNobody > b.foundNobody }
        return left.offset < right.offset
      }.map(\.element)
  }
}
