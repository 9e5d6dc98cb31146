import KODWire

/// An assister's numbers on paper (R72).
enum MetricsLines {
  static func lines(
    _ metrics: Metrics, period: Period, clock: ClockFace, explains: Bool = false, paper: Paper
  ) -> [String] {
    let general = metrics.general ?? OfferCounts()
    let mass = metrics.mass ?? OfferCounts()
    var lines = paper.wrapped("View Metrics: \(period.words(clock))")
    lines += [""]
    lines +=
      general.received + mass.received == 0
      ? ["  No offers in this period."]
      : offers(general, mass, paper: paper).lines(on: paper, indent: 2)
    lines += [""]
    lines += facts(metrics).flatMap { label, text in
      paper.wrapped("\(TerminalText.padded(label, 20))\(text)", hanging: 20, indent: 2)
    }
    if !metrics.outcomes.isEmpty {
      lines += ["", "  Outcomes of work you closed"]
      lines += Bars(
        metrics.outcomes.map {
          .init(label: WireWords.spaced($0.outcome.word), value: $0.count, tone: .good)
        }
      ).lines(on: paper, indent: 2)
    }
    if metrics.receivedByHour.contains(where: { $0 > 0 }) {
      lines += [""]
      lines += paper.wrapped(
        "Offers received by hour of the day (\(clock.zone.identifier))", indent: 2)
      lines += Sparkline.day(metrics.receivedByHour, on: paper, indent: 2)
    }
    return explains ? lines + [""] + definitions(paper) : lines
  }

  /// How offers can end, in the order of a list, with what they count.
  static func states(_ counts: OfferCounts) -> [(word: String, count: UInt64, tone: Style.Tone)] {
    [
      ("pending", counts.pending, .plain), ("accepted", counts.accepted, .good),
      ("rejected", counts.rejected, .plain), ("missed", counts.missed, .bad),
      ("expired", counts.expired, .plain), ("taken", counts.taken, .plain),
      ("withdrawn", counts.withdrawn, .plain), ("released", counts.released, .plain),
    ]
  }

  private static func offers(
    _ general: OfferCounts, _ mass: OfferCounts, paper: Paper
  ) -> Table {
    var table = Table([
      .init(title: "OFFERS"), .init(title: "GENERAL", right: true),
      .init(title: "MASS", right: true), .init(title: "ALL", right: true),
      .init(title: "SHARE", right: true, rank: 1), .init(title: "", rank: 2),
    ])
    let received = general.received + mass.received
    table.add(["received", "\(general.received)", "\(mass.received)", "\(received)", "", ""])
    let rows = zip(states(general), states(mass))
    let most = rows.map { $0.count + $1.count }.max() ?? 0
    for (left, right) in rows {
      let sum = left.count + right.count
      let bar = Bars.bar(sum, of: most, width: 24, glyphs: paper.glyphs)
      table.add([
        .init(left.word), .init("\(left.count)"), .init("\(right.count)"), .init("\(sum)"),
        .init(sum == 0 ? "" : Percent.text(sum, of: received)), .init(bar, left.tone),
      ])
    }
    return table
  }

  private static func facts(_ metrics: Metrics) -> [(String, String)] {
    let general = metrics.general ?? OfferCounts()
    let mass = metrics.mass ?? OfferCounts()
    let answerable = [general, mass].reduce(0) {
      $0 + $1.accepted + $1.rejected + $1.released + $1.missed
    }
    let rate =
      answerable == 0
      ? "none yet"
      : "\(metrics.acceptancePermille / 10).\(metrics.acceptancePermille % 10)%"
    let promise = Percent.text(metrics.calledInPromise, of: metrics.assignments)
    return [
      ("Acceptance rate", rate),
      ("Time to answer", times(metrics.respondMedianMs, metrics.respondP90Ms)),
      ("Time to first call", times(metrics.firstCallMedianMs, metrics.firstCallP90Ms)),
      (
        "Accepted or given",
        "\(metrics.assignments); called \(metrics.called), inside the promise \(metrics.calledInPromise)"
          + (promise.isEmpty ? "" : " (\(promise))")
      ),
      (
        "Taken away",
        "\(metrics.brokenAcceptances)"
          + (metrics.brokenAcceptances > 0 ? " for want of a call" : "")
      ),
    ]
  }

  /// `median 1 min, 90th percentile 4 min`.
  static func times(_ median: UInt32, _ p90: UInt32) -> String {
    guard median > 0 || p90 > 0 else { return "none yet" }
    func spoken(_ milliseconds: UInt32) -> String {
      DurationText.spoken(microseconds: Int64(milliseconds) * 1_000)
    }
    return "median \(spoken(median)), 90th percentile \(spoken(p90))"
  }

  // MARK: Definitions

  private static let meanings: [(String, String)] = [
    ("received", "offers made to you in the period, however they ended; the sum of the others."),
    ("pending", "still open."),
    ("accepted", "you won the referral."),
    ("rejected", "you said no. A response, not a miss."),
    (
      "missed",
      "general offers whose time ran out while you were available and had been told. These count toward "
        + "de-registration."
    ),
    (
      "expired",
      "time ran out, but not as a miss: every mass offer, and general ones when you were not available all through, "
        + "were not told, or the server was down."
    ),
    ("taken", "somebody else accepted first."),
    ("withdrawn", "the request was cancelled, or might no longer be offered to you."),
    ("released", "you switched availability off while it was open. A response, not a miss."),
    (
      "Acceptance rate",
      "accepted, of those that ended accepted, rejected, released or missed."
    ),
    ("Time to answer", "from the offer to your accept or reject."),
    ("Time to first call", "from accepting to the first call you logged."),
    (
      "Accepted or given",
      "work you won, or were given by a supervisor, in the period. Called: with a call logged. Inside the promise: the "
        + "first call not after the time that the Resident was promised."
    ),
    ("Taken away", "accepted work that went to others because no call was logged in time."),
  ]

  /// An offer belongs to the period in which it was made, work to the one in which it was accepted.
  static func definitions(_ paper: Paper) -> [String] {
    ["What the numbers mean"]
      + meanings.flatMap { label, text in
        paper.wrapped("\(TerminalText.padded(label, 20))\(text)", hanging: 20, indent: 2)
      }
      + paper.wrapped(
        "An offer belongs to the period in which it was made, work to the one in which it was accepted or given."
      )
  }
}
