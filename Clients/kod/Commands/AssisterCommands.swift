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
        "Also the way back after a de-registration: without --kind, --language and --county you come back as you "
          + "were. With any of them all is new, and without --county you are asked for the whole state."
      ],
      options: [
        .option("kind", "KIND", "agent or kynector"),
        .option("language", "LANGUAGE", "a language you help in", repeats: true),
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
        Example(line: "kod register --accept-terms", meaning: "come back as you were"),
      ]),
    run: { context in
      let typed = try registration(context.invocation)
      try await Connection.with(context, as: "alice") { connection in
        var request = typed
        if request == nil {
          let standing = try await connection.call("registration") { client throws(ClientError) in
            try await client.standing()
          }
          request = repeated(standing.status ?? AssisterStatus())
        }
        guard var request else {
          throw UsageError(
            "you were not registered before: --kind and --language say as what", command: "register"
          )
        }
        request.acceptTerms = context.invocation.has("accept-terms")
        let profile = try await connection.call("registration") { client throws(ClientError) in
          try await client.register(request)
        }
        let status = profile.status ?? AssisterStatus()
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

  /// What was typed, without the terms; nil: nothing, so it is to be as it was.
  static func registration(_ invocation: Invocation) throws(UsageError) -> RegisterRequest? {
    let needed = ["kind", "language"]
    guard !(needed + ["county"]).allSatisfy({ invocation.value($0) == nil }) else { return nil }
    let absent = needed.filter { invocation.value($0) == nil }
    guard absent.isEmpty else {
      let list = absent.map { "--\($0)" }.joined(separator: ", ")
      throw UsageError("missing: \(list)", command: "register")
    }
    var request = RegisterRequest(kind: try AssisterKind.parse(invocation.required("kind")))
    for text in invocation.all("language") { request.languages.append(try Languages.parse(text)) }
    for text in invocation.all("county") { request.counties.append(try Counties.parse(text).fips) }
    return request
  }

  /// The registration that the standing tells of, to be made again; nil: there never was one.
  static func repeated(_ status: AssisterStatus) -> RegisterRequest? {
    guard status.kind != .unspecified, !status.languages.isEmpty else { return nil }
    return RegisterRequest(
      kind: status.kind, languages: status.languages, counties: status.counties)
  }

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
