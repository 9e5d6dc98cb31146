import KODWire

/// View Metrics (R72): the caller's own numbers over a period.
extension DashboardScreen {
  func metricsPage() -> Body {
    var body = Body()
    body.scroll = model.metricsScroll
    body += [periods()]
    if let failure = model.metrics.failure {
      body += [Line(" could not be read: \(failure)", .bad)]
    }
    guard let metrics = model.metrics.value else {
      if model.metrics.failure == nil { body += [Line(" reading ...", .faint)] }
      return body
    }
    body += counts(metrics)
    body += [Line()]
    body += shares(metrics)
    body += byHour(metrics)
    body += outcomes(metrics)
    return body
  }

  private func periods() -> Line {
    var spans = [Span(" Period  ", .accent)]
    for period in DashboardModel.Period.allCases {
      let isCurrent = period == model.period
      spans.append(
        Span(isCurrent ? "[\(period.label)]" : " \(period.label) ", isCurrent ? .selected : .plain))
      spans.append(Span(" "))
    }
    spans.append(Span(" left right change it", .faint))
    return Line(spans: spans)
  }

  private func counts(_ metrics: Metrics) -> [Line] {
    // Short titles: at 80 columns every state is there, so that the states add up to all.
    var table = Table(
      [.init(title: "OFFERS")]
        + [
          "ALL", "ACCEPTED", "REJECTED", "MISSED", "TAKEN", "EXPIRED", "BACK", "WITHDRAWN", "OPEN",
        ].enumerated().map { index, title in
          .init(title: title, right: true, rank: max(0, index - 4))
        })
    for (name, counts) in [("general", metrics.general), ("mass", metrics.mass)] {
      let counts = counts ?? OfferCounts()
      table.add(
        [name]
          + [
            counts.received, counts.accepted, counts.rejected, counts.missed, counts.taken,
            counts.expired, counts.released, counts.withdrawn, counts.pending,
          ].map { String($0) })
    }
    let lines = table.lines(on: paper(columns - 1))
    return [Line(" " + lines[0], .faint)] + lines.dropFirst().map { Line(" " + $0) }
  }

  private func shares(_ metrics: Metrics) -> [Line] {
    let answered = [metrics.general, metrics.mass].compactMap { $0 }.reduce(UInt64(0)) {
      $0 + $1.accepted + $1.rejected + $1.released + $1.missed
    }
    let rate =
      answered == 0
      ? "no offers ended by your answer or a miss"
      : DashboardWords.permille(metrics.acceptancePermille)
    let promise =
      metrics.assignments == 0
      ? "no accepted work"
      : "\(metrics.calledInPromise) of \(metrics.assignments)  "
        + Percent.text(metrics.calledInPromise, of: metrics.assignments)
    var lines = [
      gauge("Acceptance", answered == 0 ? nil : UInt64(metrics.acceptancePermille), 1_000, rate),
      gauge(
        "Called in time", metrics.assignments == 0 ? nil : metrics.calledInPromise,
        metrics.assignments, promise),
      Line(spans: [
        Span(" \(TerminalText.padded("Time to answer", 16))", .faint),
        Span(
          "median \(DashboardWords.milliseconds(metrics.respondMedianMs)), "
            + "p90 \(DashboardWords.milliseconds(metrics.respondP90Ms))"),
      ]),
      Line(spans: [
        Span(" \(TerminalText.padded("To first call", 16))", .faint),
        Span(
          "median \(DashboardWords.milliseconds(metrics.firstCallMedianMs)), "
            + "p90 \(DashboardWords.milliseconds(metrics.firstCallP90Ms))"),
      ]),
    ]
    if metrics.brokenAcceptances > 0 {
      lines.append(Line(" ! taken away for want of a call: \(metrics.brokenAcceptances)", .bad))
    }
    return lines
  }

  private func gauge(_ label: String, _ part: UInt64?, _ whole: UInt64, _ text: String) -> Line {
    let width = max(8, min(40, columns / 3))
    var spans = [Span(" \(TerminalText.padded(label, 16))", .faint)]
    if let part {
      let bar = Bars.bar(part, of: whole, width: width, glyphs: glyphs)
      let rest = String(
        repeating: glyphs.dot, count: max(0, width - TerminalText.columns(bar)))
      spans += [Span(bar, .good), Span(rest, .faint), Span("  ")]
    }
    return Line(spans: spans + [Span(text, .bold)])
  }

  private func outcomes(_ metrics: Metrics) -> [Line] {
    guard !metrics.outcomes.isEmpty else { return [] }
    let rows = metrics.outcomes.sorted {
      ($1.count, $0.outcome.rawValue) < ($0.count, $1.outcome.rawValue)
    }
    .map { Bars.Row(label: WireWords.spaced($0.outcome.word), value: $0.count) }
    return [.heading("OUTCOMES")]
      + Bars(rows).lines(on: paper(columns - 4)).map { Line("   " + $0) }
  }

  private func byHour(_ metrics: Metrics) -> [Line] {
    guard metrics.receivedByHour.contains(where: { $0 > 0 }) else { return [] }
    let curve = Sparkline.day(metrics.receivedByHour, on: paper(columns - 4))
    return [.heading("OFFERS BY HOUR OF THE DAY")]
      + curve.enumerated().map { Line("   " + $1, $0 == 0 ? .accent : .faint) }
  }
}
