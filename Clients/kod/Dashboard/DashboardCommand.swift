import KODClient
import KODWire

/// `kod dashboard`.
enum DashboardCommand {
  static let command = Command(
    description: CommandDescription(
      name: "dashboard", summary: "the five screens of an assister, live, in the whole terminal",
      discussion: [
        "Quick Updates, Referral Manager, View Metrics, Preferred Contact, My Availability: keys 1 to 5. Offers "
          + "appear by themselves; a accepts the selected one, r rejects it. The last line names the keys that work "
          + "where you are, ? shows all of them, q quits.",
        "Countdowns follow the server's clock. When the connection is lost it says so, tries again by itself, and "
          + "then shows what is true.",
        "It needs a terminal of 40 columns and 10 rows or more; 80 by 24 shows everything. NO_COLOR works.",
      ],
      options: [
        .flag("ascii", "draw with plain ASCII (by itself where the locale is not UTF-8)"),
        .flag("no-bell", "do not ring the terminal's bell for new offers"),
      ],
      examples: [
        Example(line: "kod dashboard", meaning: "alice's, on the development server"),
        Example(line: "kod dashboard --as ben", meaning: "ben's, from another terminal"),
      ]),
    run: { context in
      if let refusal = refusal(context, isTerminal: RawTerminal.isAvailable) { throw refusal }
      try await Connection.with(context, as: "alice") { connection in
        if let failure = failure(connection.welcome) { throw failure }
        guard RawTerminal.enter() else {
          throw UsageError("this terminal can't be drawn on", command: "dashboard")
        }
        let glyphs =
          context.invocation.has("ascii")
          ? Glyphs.ascii : Glyphs.fitting(environment: context.environment)
        try await DashboardSession(connection: connection, context: context, glyphs: glyphs).run()
      }
    })

  /// Why there can be no dashboard here, before anything is sent.
  static func refusal(_ context: Context, isTerminal: Bool) -> UsageError? {
    if context.output.isJSON {
      return UsageError(
        "the dashboard is for people; for programs there are `kod updates --json` and "
          + "`kod watch --json`", command: "dashboard")
    }
    guard isTerminal, context.environment["TERM"] != "dumb" else {
      return UsageError(
        "the dashboard needs a whole terminal, for its keys and for its screen; without one there "
          + "are `kod updates` and `kod watch`", command: "dashboard")
    }
    return nil
  }

  /// The five screens are an assister's; others have their own commands.
  static func failure(_ welcome: Welcome) -> Failure? {
    let other: String
    switch welcome.role {
    case .assister: return nil
    case .supervisor, .auditor:
      other = "`kod desk` shows the waiting queue, the assisters and the program's metrics"
    case .intakePartner: other = "`kod request` submits referrals and follows them"
    case .operator: other = "`kod status server` shows the server"
    case .notifier: other = "`kod notify` takes notices to phones and mailboxes"
    default: other = "see `kod help`"
    }
    let role = WireWords.spaced(welcome.role.word)
    return Failure(
      exit: .notPermitted,
      message: "The dashboard is for assisters, and \(welcome.principal) is "
        + "\("aeio".contains(role.prefix(1)) ? "an" : "a") \(role): \(other).")
  }
}
