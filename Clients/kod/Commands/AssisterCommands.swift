import KODClient
import KODWire

/// `kod available`, `kod register`, `kod close`.
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
      let setting = try availability(context.invocation.argument(0) ?? "")
      try await Connection.with(context, as: "alice") { connection in
        let status = try await connection.call("availability") { client throws(ClientError) in
          try await client.setAvailability(setting)
        }
        context.output.emit(["status": status.json])
        context.output.say(sentence(status))
      }
    })

  static let register = Command(
    description: CommandDescription(
      name: "register", summary: "register for kynect On Demand, or come back to it",
      discussion: [
        "Also the way back after a de-registration. Without --county you are asked for the whole state."
      ],
      options: [
        .option("kind", "KIND", "agent or kynector", isRequired: true),
        .option("language", "LANGUAGE", "a language you help in", repeats: true, isRequired: true),
        .option("county", "COUNTY", "a county you help in, by name or FIPS code", repeats: true),
        .flag("accept-terms", "you accept the program's terms"),
      ],
      examples: [
        Example(
          line: "kod register --kind kynector --language en --language es --accept-terms",
          meaning: "English and Spanish, the whole state"),
        Example(
          line: "kod register --kind agent --language en --county Pike --accept-terms",
          meaning: "one county"),
      ]),
    run: { context in
      let invocation = context.invocation
      let kind = try AssisterKind.parse(invocation.required("kind"))
      let languages = try invocation.all("language").map { try Languages.parse($0) }
      let counties = try invocation.all("county").map { try Counties.parse($0).fips }
      let acceptsTerms = invocation.has("accept-terms")
      try await Connection.with(context, as: "alice") { connection in
        let request = RegisterRequest(
          kind: kind, languages: languages, counties: counties, acceptTerms: acceptsTerms)
        let status = try await connection.call("registration") { client throws(ClientError) in
          try await client.register(request)
        }
        context.output.emit(["status": status.json])
        context.output.say("You are registered. " + sentence(status))
      }
    })

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
    case "schedule": return .followSchedule
    default: throw UsageError("it is on, off or schedule; got '\(text)'", command: "available")
    }
  }

  private static func sentence(_ status: AssisterStatus) -> String {
    status.available
      ? "You are available."
      : "You are not available: \(StandingWords.whyNotAvailable(status))."
  }
}
