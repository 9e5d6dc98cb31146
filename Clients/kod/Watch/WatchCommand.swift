import KODClient
import KODJSON
import KODWire

/// `kod watch`.
enum WatchCommand {
  static let command = Command(
    description: CommandDescription(
      name: "watch", summary: "live offers with countdown; accept or reject with a key",
      discussion: [
        "Keys: 1 to 9 or the arrows select an offer (a number stays with its offer until it ends), a accepts, "
          + "r rejects, v switches your availability, q quits, Ctrl-L draws anew.",
        "Countdowns follow the server's clock. When the connection is lost it says so, tries again by itself, and "
          + "afterwards shows what is true then.",
        "Without a terminal, with --json, or with TERM=dumb it prints a line per event and reads no keys. "
          + "A supervisor sees alerts instead of offers, a partner what becomes of its referrals.",
      ],
      options: options,
      examples: [
        Example(line: "kod watch", meaning: "alice's offers on the development server"),
        Example(line: "kod watch --as ben", meaning: "ben's, from another terminal"),
        Example(
          line: "kod watch --json --for 60s > events.jsonl",
          meaning: "a minute of events for a program"),
      ]),
    run: { context in try await watch(context, as: "alice") })

  static let options: [OptionDescription] = [
    .option("for", "DURATION", "stop after this long, with status 0"),
    .flag("no-bell", "do not ring the terminal's bell for new offers"),
  ]

  static func watch(_ context: Context, as principal: String) async throws {
    let limit = try context.invocation.duration("for")
    try await Connection.with(context, as: principal) { connection in
      // The same times as on every other screen of the assister.
      var context = context
      context.clock = await connection.ownClock()
      let isScreen =
        !context.output.isJSON && RawTerminal.isAvailable && context.environment["TERM"] != "dumb"
      if isScreen, RawTerminal.enter() {
        let session = WatchSession(connection: connection, context: context, limit: limit)
        try await session.run()
      } else {
        try await WatchLines(connection: connection, context: context).run(limit: limit)
      }
    }
  }
}
