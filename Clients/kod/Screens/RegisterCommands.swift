import Foundation
import KODClient
import KODJSON
import KODWire

/// `kod register`, `kod register withdraw` (R30).
enum RegisterCommands {
  static let command = Command(
    description: CommandDescription(
      name: "register", summary: "register for kynect On Demand, in one step or in several",
      discussion: [
        "Each part that is given is saved; with a kind, languages, a contact, hours and accepted terms the "
          + "registration is active, until then it is a draft. Without options it says what is saved and what is "
          + "missing, and on a terminal asks for it.",
        "Also the way back after a de-registration or a withdrawal: with --accept-terms alone you come back as you "
          + "were.",
      ],
      options: [
        .option("kind", "KIND", "agent or kynector"),
        .option("language", "LANGUAGE", "a language you help in", repeats: true),
        .option("county", "COUNTY", "a county you help in, by name or FIPS code", repeats: true),
        .flag("whole-state", "you help in every county (at first you do)"),
        .option("phone", "NUMBER", "where you are told about offers"),
        .option("email", "ADDRESS", "the same by email"),
        .flag("email-first", "told by email, by phone when that fails"),
        .option("hours", "HOURS", "such as 'mon-fri 09:00-17:00'", repeats: true),
        .option("break", "SPAN", "inside these hours, such as 12:00-12:30", repeats: true),
        .flag("around-the-clock", "every minute of every day"),
        .option("zone", "ZONE", "of the hours (at first \(AvailabilityChange.firstZone))"),
        .flag("accept-terms", "you accept the program's terms"),
      ],
      examples: [
        Example(
          line: "kod register --kind kynector --language en --language es \\",
          meaning: "  --phone 606-555-0123 --hours 'mon-fri 09:00-17:00' --accept-terms"),
        Example(
          line: "kod register --kind agent --language en --county Pike",
          meaning: "a draft: contact, hours and terms may follow"),
        Example(line: "kod register", meaning: "what is saved, what is missing"),
        Example(line: "kod register --accept-terms", meaning: "come back as you were"),
      ]),
    subcommands: [withdraw],
    run: { context in
      let typed = context.invocation
      // Before connecting: nothing is sent for a command line that can't be meant.
      _ = try request(typed, saved: Profile())
      try await Connection.with(context, as: "alice") { connection in
        let saved = try await connection.profile()
        guard let invocation = try completed(typed, saved: saved, context) else {
          show(saved, context)
          return
        }
        let request = try request(invocation, saved: saved)
        let profile: Profile
        do throws(Failure) {
          profile = try await connection.call("registration") { client throws(ClientError) in
            try await client.register(request)
          }
        } catch {
          throw named(error, request)
        }
        show(profile, context)
      }
    })

  private static let withdraw = Command(
    description: CommandDescription(
      name: "register withdraw", summary: "end your registration",
      discussion: [
        "Offers you hold are withdrawn, work you accepted stays yours. On a terminal it asks first. You may register "
          + "again, unless the program leaves that to its staff."
      ],
      options: [.flag("yes", "do not ask")],
      examples: [Example(line: "kod register withdraw --yes", meaning: "at once")]),
    run: { context in
      if Prompt.isPossible(context), !context.invocation.has("yes") {
        let answer = Prompt.line("End your registration? No offers come any more. [y/N] ")
        guard ["y", "yes"].contains(answer?.lowercased()) else {
          context.output.say("Nothing was changed.")
          return
        }
      }
      try await Connection.with(context, as: "alice") { connection in
        let profile = try await connection.call("registration") { client throws(ClientError) in
          try await client.withdrawRegistration(WithdrawRegistrationRequest())
        }
        context.output.emit(profile.json)
        context.output.say(
          "Your registration has ended. kod register --accept-terms brings you back.")
      }
    })

  // MARK: What is asked for

  private static let parts = [
    "kind", "language", "county", "phone", "email", "hours", "break", "zone",
  ]
  private static let flags = ["whole-state", "email-first", "around-the-clock", "accept-terms"]

  /// What was typed, over what is saved. The kind is left out while it can't change: an active registration keeps it
  /// unless another is asked for, which the server refuses with its reason.
  static func request(
    _ invocation: Invocation, saved: Profile
  ) throws(UsageError) -> RegisterRequest {
    let status = saved.status ?? AssisterStatus()
    var request = RegisterRequest(acceptTerms: invocation.has("accept-terms"))
    if let text = invocation.value("kind") {
      request.kind = try AssisterKind.parse(text)
    } else if status.registration != .registrationActive {
      request.kind = status.kind
    }
    for text in invocation.all("language") { request.languages.append(try Languages.parse(text)) }
    if request.languages.isEmpty { request.languages = status.languages }
    for text in invocation.all("county") { request.counties.append(try Counties.parse(text).fips) }
    guard request.counties.isEmpty || !invocation.has("whole-state") else {
      throw UsageError("--county and --whole-state exclude each other", command: "register")
    }
    if request.counties.isEmpty, !invocation.has("whole-state") {
      request.counties = status.counties
    }
    let contact = try ContactCommands.Typed(contactOnly: invocation)
    if !contact.isEmpty { request.contact = contact.over(saved.contact ?? PreferredContact()) }
    request.availability = try availability(invocation, saved: saved)
    return request
  }

  /// Nil: nothing of it was typed.
  private static func availability(
    _ invocation: Invocation, saved: Profile
  ) throws(UsageError) -> Availability? {
    let rows = invocation.all("hours")
    let isAround = invocation.has("around-the-clock")
    guard rows.isEmpty || !isAround else {
      throw UsageError("--hours and --around-the-clock exclude each other", command: "register")
    }
    guard !rows.isEmpty || invocation.value("break") == nil else {
      throw UsageError("--break needs the --hours that it lies in", command: "register")
    }
    guard !rows.isEmpty || isAround || invocation.value("zone") != nil else { return nil }
    var result = AvailabilityChange.start(saved)
    if let zone = invocation.value("zone") { result.timeZone = try AvailabilityChange.zone(zone) }
    if isAround { result = AvailabilityChange.aroundTheClock(result) }
    for row in rows {
      let words = row.split(separator: " ").map(String.init)
      guard words.count >= 2 else {
        throw UsageError(
          "--hours is days and spans, such as 'mon-fri 09:00-17:00'; got '\(row)'",
          command: "register")
      }
      let days = try HoursText.days(words[0])
      let hours = try HoursText.hours(
        days: days, spans: Array(words.dropFirst()), breaks: invocation.all("break"))
      result = AvailabilityChange.hours(result, days: days, hours)
    }
    return result
  }

  /// The command line itself when it asks for something; on a terminal otherwise with answers to what is missing;
  /// nil: there is nothing to send.
  private static func completed(
    _ typed: Invocation, saved: Profile, _ context: Context
  ) throws -> Invocation? {
    let isAsking =
      parts.contains { typed.value($0) != nil } || flags.contains { typed.has($0) }
    if isAsking { return typed }
    guard Prompt.isPossible(context), !saved.missing.isEmpty else { return nil }
    show(saved, context)
    context.output.say(["", "An empty answer leaves a part for later."])
    return answered(typed, saved.missing) { question in
      question.ask(Prompt.line) { context.output.say("  " + $0) }
    }
  }

  /// The command line with the answers as its options; nil: there was none.
  static func answered(
    _ typed: Invocation, _ missing: [String], ask: (Question) -> String?
  ) -> Invocation? {
    var answered = typed
    for question in missing.flatMap(Question.all) {
      guard let answer = ask(question) else { continue }
      if let flag = question.flag {
        if answer.lowercased().hasPrefix("y") { answered.flags.insert(flag) }
      } else {
        let parts = answer.split(separator: question.separator).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        answered.values[question.option, default: []] += parts.filter { !$0.isEmpty }
      }
    }
    return answered == typed ? nil : answered
  }

  private static func named(_ failure: Failure, _ request: RegisterRequest) -> Failure {
    if failure.reason == Reason.alreadyRegistered.name {
      var failure = failure
      failure.message =
        "You are registered already, and the kind stays while you are: end the registration first "
        + "(`kod register withdraw`)."
      return failure
    }
    guard let availability = request.availability,
      failure.violations.contains(where: { $0.path.hasPrefix("availability.") })
    else { return failure }
    var failure = failure
    let list = failure.violations.map {
      AvailabilityChange.named($0, in: availability, clock: .local)
    }
    failure.message = "The server refused the request: \(list.joined(separator: "; "))."
    return failure
  }

  // MARK: What is shown

  private static func show(_ profile: Profile, _ context: Context) {
    context.output.emit(profile.json)
    context.output.say(lines(profile, paper: context.output.paper))
  }

  static func lines(_ profile: Profile, paper: Paper) -> [String] {
    let status = profile.status ?? AssisterStatus()
    let head =
      switch status.registration {
      case .registrationActive: "You are registered. " + AssisterCommands.sentence(status)
      case .registrationDraft: "Your registration is a DRAFT: not active yet."
      case .registrationNone: "You are not registered yet."
      case .registrationWithdrawn: "You have ended your registration."
      case .registrationDeregistered: "You are DE-REGISTERED."
      case .registrationSuspended:
        "Your registration is SUSPENDED: the program's staff can help."
      default: "Your registration is \(status.registration.word)."
      }
    var lines = paper.wrapped(head)
    for part in ["kind", "languages", "contact", "availability", "terms"] {
      let isMissing = profile.missing.contains(part)
      let mark = isMissing ? "[ ]" : "[x]"
      let text = isMissing ? "missing: \(hint(part))" : saved(part, profile)
      lines += paper.wrapped(
        "\(mark) \(TerminalText.padded(part, 14))\(text)", hanging: 18, indent: 2)
    }
    let isReturn =
      status.registration == .registrationWithdrawn
      || status.registration == .registrationDeregistered
    if isReturn { lines += paper.wrapped("Come back as you were: kod register --accept-terms") }
    return lines
  }

  private static func hint(_ part: String) -> String {
    switch part {
    case "kind": "kod register --kind agent, or kynector"
    case "languages": "kod register --language en"
    case "contact": "kod register --phone NUMBER, or --email ADDRESS"
    case "availability": "kod register --hours 'mon-fri 09:00-17:00', or --around-the-clock"
    default: "kod register --accept-terms"
    }
  }

  private static func saved(_ part: String, _ profile: Profile) -> String {
    let status = profile.status ?? AssisterStatus()
    switch part {
    case "kind": return status.kind.rawValue == 0 ? "" : status.kind.word
    case "languages":
      return "\(StandingWords.languages(status)); \(StandingWords.counties(status))"
    case "contact":
      return [profile.contact?.phone, profile.contact?.email].compactMap { $0 }
        .filter { !$0.isEmpty }.joined(separator: ", ")
    case "availability":
      guard let availability = profile.availability else { return "" }
      let hours =
        availability.aroundTheClock
        ? "around the clock"
        : ReferralWords.count(availability.weeklyHours.count, "span") + " a week"
      return "\(hours), \(availability.timeZone)"
    default: return "accepted"
    }
  }
}

extension ContactCommands.Typed {
  /// Of a command whose --language means something of its own.
  init(contactOnly invocation: Invocation) throws(UsageError) {
    var invocation = invocation
    invocation.values["language"] = nil
    try self.init(invocation)
  }
}
