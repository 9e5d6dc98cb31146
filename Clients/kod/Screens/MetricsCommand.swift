import KODClient
import KODJSON
import KODWire

/// `kod metrics`: View Metrics, the caller's own (R72).
enum MetricsCommand {
  static let command = Command(
    description: CommandDescription(
      name: "metrics", summary: "your numbers over a period: offers, times, outcomes",
      discussion: [
        "Periods are days of your own time zone; weeks begin on Monday. As --to a day counts to its end. Without a "
          + "period: this month. --explain says what each number means. For the whole program: kod desk."
      ],
      options: [
        .option("period", "PERIOD", "today, week, month or year, until now"),
        .option("from", "DATE", "from this day on"), .option("to", "DATE", "to this day"),
        .flag("explain", "what the numbers mean"),
      ],
      examples: [
        Example(line: "kod metrics", meaning: "this month"),
        Example(line: "kod metrics --period week --explain", meaning: "since Monday, explained"),
        Example(line: "kod metrics --from 2026-10-01 --to 2026-10-31", meaning: "all of October"),
      ]),
    run: { context in
      let invocation = context.invocation
      _ = try Period.chosen(invocation, clock: context.clock, now: .max / 4)
      try await Connection.with(context, as: "alice") { connection in
        let clock = ClockFace(try await connection.profile())
        let period = try Period.chosen(
          invocation, clock: clock, now: connection.client.serverTime())
        let metrics = try await connection.call("period") { client throws(ClientError) in
          try await client.getMetrics(
            GetMetricsRequest(fromUs: period.from, toUs: period.to ?? 0))
        }
        context.output.emit(["metrics": metrics.json, "time_zone": .string(clock.zone.identifier)])
        context.output.say(
          MetricsLines.lines(
            metrics, period: period, clock: clock, explains: invocation.has("explain"),
            paper: context.output.paper))
      }
    })
}
