import Foundation
import KODClient
import KODJSON
import KODWire

/// `kod policy simulate`: the recorded requests under another policy.
enum PolicySimulation {
  static let command = Command(
    description: CommandDescription(
      name: "policy simulate", summary: "the recorded requests once more, under another policy",
      discussion: [
        "Three columns of the same requests: recorded is what happened; baseline is a replay under the policy that "
          + "was in force; alternative is a replay under the other one. What people would have done is modelled "
          + "(\"The simulation\" in Protocol/README.md), so compare alternative with baseline: that is the difference.",
        "Changes nothing.",
      ],
      options: PolicyCommand.choiceOptions + DeskMetrics.periodOptions,
      examples: [
        Example(
          line: "kod policy simulate --preset serial --from 2026-10-01 --to 2026-10-31",
          meaning: "October, one assister after the other"),
        Example(
          line: "kod policy simulate --set general_phase=10m --period week",
          meaning: "everybody five minutes sooner"),
      ]),
    run: { context in
      let change = try PolicyChange(context.invocation)
      try await Connection.with(context, as: Desk.principal) { connection in
        let period = try Period.chosen(
          context.invocation, clock: context.clock, now: connection.client.serverTime())
        var request = SimulatePolicyRequest(
          preset: change.whole ?? .unspecified, fromUs: period.from, toUs: period.to ?? 0)
        if change.whole == nil {
          let current = try await connection.call("policy") { client throws(ClientError) in
            try await client.getPolicy(GetPolicyRequest())
          }
          request.policy = try await change.policy(
            connection, current: current.policy ?? Policy())
        }
        let report = try await run(request, connection, context)
        context.output.emit(["report": report.json])
        context.output.say(
          lines(report, period: period, clock: context.clock, paper: context.output.paper))
      }
    })

  private static func run(
    _ request: SimulatePolicyRequest, _ connection: Connection, _ context: Context
  ) async throws -> SimulationReport {
    // Beside the result, and only where somebody looks.
    let shows = isatty(STDERR_FILENO) == 1 && !context.output.isJSON
    let paper = Paper(
      columns: RawTerminal.size().columns, style: context.output.errorStyle,
      glyphs: context.output.glyphs)
    var report: SimulationReport?
    defer { if shows { Output.write("\r\u{1b}[K", to: STDERR_FILENO) } }
    do throws(ClientError) {
      for try await item in connection.client.simulatePolicy(request) {
        switch item {
        case .progress(let progress):
          if shows { Output.write("\r" + bar(progress, on: paper) + "\u{1b}[K", to: STDERR_FILENO) }
        case .report(let found): report = found
        }
      }
    } catch {
      throw Failure(
        error, about: "simulation", clock: context.clock, server: connection.settings.address)
    }
    guard let report else {
      throw Failure(exit: .failed, message: "The simulation ended without a report.")
    }
    return report
  }

  /// `[#####     ]  50 %  500 of 1000 requests`, never wider than the paper.
  static func bar(_ progress: SimulationProgress, on paper: Paper) -> String {
    let share = Percent.text(progress.done, of: progress.total)
    let words = "\(progress.done) of \(progress.total) requests"
    let room = min(40, paper.columns - words.count - share.count - 7)
    guard room >= 4 else { return TerminalText.fitted(words, max(0, paper.columns - 1)) }
    let filled = Bars.bar(progress.done, of: progress.total, width: room, glyphs: paper.glyphs)
    let rest = String(repeating: " ", count: max(0, room - TerminalText.columns(filled)))
    return "[\(paper.style.paint(filled, .good))\(rest)] \(share)  \(words)"
  }

  // MARK: The report

  static func lines(
    _ report: SimulationReport, period: Period, clock: ClockFace, paper: Paper
  ) -> [String] {
    let recorded = report.recorded ?? SimulationFigures()
    let baseline = report.baseline ?? SimulationFigures()
    let alternative = report.alternative ?? SimulationFigures()
    var lines = paper.wrapped(period.words(clock))
    let differences = PolicyLines.differences(
      report.baselinePolicy ?? Policy(), report.alternativePolicy ?? Policy())
    lines += paper.wrapped(
      "Alternative: "
        + (differences.isEmpty
          ? "the policy that was in force."
          : differences.map { "\($0.field.name) \($0.after) in place of \($0.before)" }
            .joined(separator: "; ") + "."))
    lines.append("")
    guard recorded.requests > 0 else { return lines + ["No referral was submitted."] }
    var table = Table([
      .init(title: "", least: 14), .init(title: "RECORDED", right: true),
      .init(title: "BASELINE", right: true), .init(title: "ALTERNATIVE", right: true),
      .init(title: "DIFFERENCE", right: true),
    ])
    for row in rows {
      table.add([
        .init(row.title), .init(row.text(recorded)), .init(row.text(baseline)),
        .init(row.text(alternative)), row.difference(baseline, alternative),
      ])
    }
    return lines + table.lines(on: paper) + [""]
      + paper.wrapped("Difference: alternative against baseline.")
  }

  private struct Row {
    enum Kind {
      case count
      /// Of all requests.
      case share
      case milliseconds
    }

    var title: String
    var kind: Kind
    /// More of it is better; nil: neither.
    var moreIsBetter: Bool?
    var value: (SimulationFigures) -> UInt64

    func text(_ figures: SimulationFigures) -> String {
      let value = value(figures)
      switch kind {
      case .count: return "\(value)"
      case .share: return "\(value) (\(Percent.text(value, of: figures.requests)))"
      case .milliseconds:
        return value == 0 ? "-" : DurationText.spoken(microseconds: Int64(value) * 1_000)
      }
    }

    func difference(_ baseline: SimulationFigures, _ other: SimulationFigures) -> Table.Cell {
      let before = Int64(clamping: value(baseline))
      let change = Int64(clamping: value(other)) - before
      guard change != 0 else { return .init("=") }
      let sign = change > 0 ? "+" : "-"
      let size =
        kind == .milliseconds
        ? DurationText.spoken(microseconds: change.magnitude.clamped * 1_000)
        : "\(change.magnitude)"
      let tone: Style.Tone =
        moreIsBetter.map { $0 == (change > 0) ? .good : .bad } ?? .plain
      return .init(sign + size, tone)
    }
  }

  private static var rows: [Row] {
    [
      Row(title: "requests", kind: .count) { $0.requests },
      Row(title: "called in time", kind: .share, moreIsBetter: true) { $0.calledInPromise },
      Row(title: "accepted", kind: .share, moreIsBetter: true) { $0.accepted },
      Row(title: "never accepted", kind: .share, moreIsBetter: false) { $0.neverAccepted },
      Row(title: "went to everybody", kind: .share) { $0.wentToMass },
      Row(title: "offers to one", kind: .count) { $0.generalOffers },
      Row(title: "offers to everybody", kind: .count) { $0.massOffers },
      Row(title: "missed", kind: .count, moreIsBetter: false) { $0.misses },
      Row(title: "de-registered", kind: .count, moreIsBetter: false) { $0.deregistrations },
      Row(title: "half accepted within", kind: .milliseconds, moreIsBetter: false) {
        UInt64($0.acceptMedianMs)
      },
      Row(title: "nine of ten within", kind: .milliseconds, moreIsBetter: false) {
        UInt64($0.acceptP90Ms)
      },
    ]
  }
}

extension UInt64 {
  fileprivate var clamped: Int64 { Int64(clamping: self) }
}
