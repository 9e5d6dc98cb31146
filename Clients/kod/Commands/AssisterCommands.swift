import KODClient
import KODJSON
import KODWire

/// `kod available`, `kod close`.
enum AssisterCommands {
  static let available = Command(
    description: CommandDescription(
      name: "available", summary: "switch your availability on or off",
      discussion: [
        "on: available now. off: no offers; the ones you hold are given back, which is a response and no miss. "
          + "schedule: neither; your weekly hours decide."
      ],
      arguments: [ArgumentDescription(name: "SETTING", summary: "on, off or schedule")],
      examples: [
        Example(line: "kod available on", meaning: "offers may come"),
        Example(line: "kod available off", meaning: "going to lunch"),
      ]),
    run: { context in
      try await switchAvailability(context, availability(context.invocation.argument(0) ?? ""))
    })

  /// Current availability: on, off, or neither (R32).
  static func switchAvailability(_ context: Context, _ setting: AvailabilityOverride) async throws {
    try await Connection.with(context, as: "alice") { connection in
      let status = try await connection.call("availability") { client throws(ClientError) in
        try await client.setAvailability(setting)
      }
      context.output.emit(["status": status.json])
      let clock = await connection.ownClock()
      context.output.say(sentence(status, clock: clock, now: connection.client.serverTime()))
    }
  }

  static let close = Command(
    description: CommandDescription(
      name: "close", summary: "close a referral that you hold, with an outcome",
      arguments: [
        ArgumentDescription(name: "REFERRAL", summary: "the referral's number"),
        ArgumentDescription(
          name: "OUTCOME", summary: "how it ended, such as plan_enrolled (kod help outcomes)"),
      ],
      examples: [
        Example(line: "kod close 7 application_submitted", meaning: "the application is in"),
        Example(line: "kod close 7 wrong-number", meaning: "dashes do as well"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let outcome = try Outcome.parse(context.invocation.argument(1) ?? "")
      try await Connection.with(context, as: "alice") { connection in
        let closed = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.closeReferral(id, outcome: outcome)
        }
        context.output.emit(["closed": closed.json])
        context.output.say(
          "Referral \(id) is closed: \(WireWords.spaced(closed.outcome.word)).")
      }
    })

  static func availability(_ text: String) throws(UsageError) -> AvailabilityOverride {
    switch text.lowercased() {
    case "on": return .overrideOn
    case "off": return .overrideOff
    case "schedule", "follow": return .followSchedule
    default:
      let near = Suggestion.nearest(to: text, among: ["on", "off", "schedule", "follow"])
      throw UsageError(
        "it is on, off or schedule; got '\(text)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
        command: "available")
    }
  }

  /// With a clock also how long it holds: an "on" ends at the next turn of the schedule (R33).
  static func sentence(
    _ status: AssisterStatus, clock: ClockFace? = nil, now: Int64 = 0
  ) -> String {
    guard status.available else {
      return "You are not available: \(StandingWords.whyNotAvailable(status))."
    }
    guard let clock, status.override == .overrideOn, status.overrideUntilUs > now else {
      return "You are available."
    }
    return "You are available until \(clock.zoned(status.overrideUntilUs, now: now)), "
      + "then your hours decide."
  }
}
