import KODClient
import KODJSON
import KODWire

/// `kod updates`: Quick Updates (R70).
enum UpdatesCommand {
  static let command = Command(
    description: CommandDescription(
      name: "updates", summary: "today at a glance: open offers, callbacks, misses, what came in",
      discussion: ["Today is the day of your own time zone (kod availability zone)."],
      examples: [
        Example(line: "kod updates", meaning: "alice's day on the development server"),
        Example(
          line: "kod updates --json | jq .updates.callbacks_overdue", meaning: "only one number"),
      ]),
    run: { context in
      try await Connection.with(context, as: "alice") { connection in
        let profile = try await connection.profile()
        let updates = try await connection.call("updates") { client throws(ClientError) in
          try await client.getUpdates(GetUpdatesRequest())
        }
        context.output.emit(["updates": updates.json])
        context.output.say(
          lines(
            updates, availability: profile.availability, clock: ClockFace(profile),
            paper: context.output.paper))
      }
    })

  static func lines(_ updates: Updates, availability: Availability?, clock: ClockFace, paper: Paper)
    -> [String]
  {
    let status = updates.status ?? AssisterStatus()
    let now = updates.nowUs
    let style = paper.style
    var lines = paper.wrapped(
      "Quick Updates: \(status.name), \(clock.weekday(now)) \(clock.day(now)) "
        + "\(clock.minute(now)) \(clock.abbreviation(now))")
    let tone: Style.Tone = status.available ? .good : .warning
    let standing = AvailabilityLines.now(
      Profile(status: status, availability: availability), clock: clock, now: now)
    lines += paper.wrapped(standing, indent: 2).map { style.paint($0, tone) }
    lines += [""]
    lines += facts(updates, status).flatMap { label, text, tone in
      paper.wrapped("\(TerminalText.padded(label, 16))\(text)", hanging: 16, indent: 2)
        .map { style.paint($0, tone) }
    }
    lines += ["", "  Received by the hour (^ is now)"]
    lines += Sparkline.day(
      updates.receivedByHour.map(UInt64.init), on: paper, indent: 2, mark: clock.hour(now))
    lines += [""] + today(updates, clock: clock, paper: paper)
    return lines
  }

  private static func facts(
    _ updates: Updates, _ status: AssisterStatus
  ) -> [(label: String, text: String, tone: Style.Tone)] {
    let open = updates.pendingGeneral + updates.pendingMass
    let overdue = updates.callbacksOverdue
    let due = updates.callbacksDue
    return [
      (
        "Open offers",
        "\(updates.pendingGeneral) general, \(updates.pendingMass) mass"
          + (open > 0 ? " (kod accept OFFER, kod reject OFFER)" : ""), open > 0 ? .bold : .plain
      ),
      (
        "To call",
        due == 0 ? "nobody" : overdue == 0 ? "\(due)" : "\(due), of them \(overdue) OVERDUE",
        overdue > 0 ? .bad : due > 0 ? .bold : .plain
      ),
      (
        "Missed today", "\(updates.missedGeneral)", updates.missedGeneral > 0 ? .warning : .plain
      ),
      streak(status),
      ("Received today", "\(updates.receivedToday)", .plain),
    ]
  }

  /// The warning is in the words (R50: at 1 and 2).
  static func streak(_ status: AssisterStatus) -> (label: String, text: String, tone: Style.Tone) {
    let missed = status.missedInARow
    let limit = status.missesToDeregister
    guard missed > 0 else { return ("In a row", "none missed", .plain) }
    let left = Int(limit) - Int(missed)
    let warning =
      limit == 0 || left < 1
      ? EventWords.streak(missed, of: limit)
      : left == 1
        ? "WARNING: \(missed) missed in a row; if you miss the next one you are de-registered"
        : "WARNING: \(missed) missed in a row; \(left) more and you are de-registered"
    return ("In a row", warning, .bad)
  }

  private static func today(_ updates: Updates, clock: ClockFace, paper: Paper) -> [String] {
    guard !updates.today.isEmpty else { return ["  Nothing received today."] }
    let shown = updates.today.count
    let more = Int(updates.receivedToday) - shown
    return ["  Today"]
      + ReferralLines.table(updates.today, clock: clock, now: updates.nowUs, notes: false)
      .lines(on: paper, indent: 2)
      + (more > 0
        ? paper.wrapped("... and \(more) more: kod referrals --from today", indent: 2) : [])
  }
}
