import KODClient
import KODJSON
import KODWire

/// `kod availability` and what is below it (R74).
enum AvailabilityCommands {
  static let command = Command(
    description: CommandDescription(
      name: "availability", summary: "your hours, breaks, zone, out of office, and the switch",
      discussion: [
        "Without a command: what holds now and until when, the week, and when you are out of office; all times are "
          + "those of your own zone. With --json: the same as an object that `kod availability set` takes back."
      ],
      examples: [
        Example(line: "kod availability", meaning: "what holds now, and the week"),
        Example(
          line: "kod availability hours mon-fri 09:00-17:00 --break 12:00-12:30",
          meaning: "five days, with lunch"),
        Example(
          line: "kod availability out --from 2026-12-24 --to 2026-12-27",
          meaning: "away for four whole days"),
        Example(
          line: "kod availability --json > week.json; kod availability set week.json",
          meaning: "out, edited, and in again"),
      ]),
    subcommands: [
      hours, clear, aroundTheClock, zone, out, set, switching("on", .overrideOn),
      switching("off", .overrideOff), switching("follow", .followSchedule),
    ],
    run: { context in
      try await Connection.with(context, as: "alice") { connection in
        show(try await connection.profile(), connection, context)
      }
    })

  private static let hours = Command(
    description: CommandDescription(
      name: "availability hours", summary: "set the hours of some days; the others stay",
      discussion: [
        "DAYS: mon, mon-fri, mon,wed,fri, daily, weekdays, weekend. SPAN: 09:00-17:00 or 9am-5pm; an end that is not "
          + "after the start is on the next day, 24:00 is the end of the day. A day may have several spans. Breaks "
          + "lie inside them, on each of the days."
      ],
      arguments: [
        ArgumentDescription(name: "DAYS", summary: "the days, such as mon-fri"),
        ArgumentDescription(name: "SPAN", summary: "hours, such as 09:00-17:00", repeats: true),
      ],
      options: [.option("break", "SPAN", "no offers in it, such as 12:00-12:30", repeats: true)],
      examples: [
        Example(
          line: "kod availability hours mon-fri 09:00-17:00 --break 12:00-12:30",
          meaning: "five days, with lunch"),
        Example(
          line: "kod availability hours sat 8am-noon 6pm-10pm", meaning: "two spans on Saturday"),
        Example(line: "kod availability hours fri 22:00-06:00", meaning: "into Saturday morning"),
      ]),
    run: { context in
      let invocation = context.invocation
      let days = try HoursText.days(invocation.argument(0) ?? "")
      let hours = try HoursText.hours(
        days: days, spans: Array(invocation.arguments.dropFirst()), breaks: invocation.all("break"))
      try await change(context) { saved, _, _ in
        AvailabilityChange.hours(saved, days: days, hours)
      }
    })

  private static let clear = Command(
    description: CommandDescription(
      name: "availability clear", summary: "no hours on some days, or on any",
      arguments: [
        ArgumentDescription(
          name: "DAYS", summary: "the days, such as sat,sun; without it all", isOptional: true)
      ],
      examples: [
        Example(line: "kod availability clear sat", meaning: "no hours on Saturday"),
        Example(line: "kod availability clear", meaning: "only the switch makes you available"),
      ]),
    run: { context in
      let days = try context.invocation.argument(0).map { (text) throws(UsageError) in
        try HoursText.days(text)
      }
      try await change(context) { saved, _, _ in
        AvailabilityChange.hours(saved, days: days ?? HoursText.week, [])
      }
    })

  private static let aroundTheClock = Command(
    description: CommandDescription(
      name: "availability around-the-clock", summary: "every minute of every day",
      discussion: ["Replaces the weekly hours. Out of office and the switch still count."],
      examples: [Example(line: "kod availability around-the-clock", meaning: "no hours to keep")]),
    run: { context in
      try await change(context) { saved, _, _ in AvailabilityChange.aroundTheClock(saved) }
    })

  private static let zone = Command(
    description: CommandDescription(
      name: "availability zone", summary: "the time zone that your hours are in",
      discussion: [
        "The hours stay what they are on the wall: 09:00 is 09:00 in the new zone. Most of Kentucky is "
          + "America/Kentucky/Louisville, its west America/Chicago (kod help counties)."
      ],
      arguments: [ArgumentDescription(name: "ZONE", summary: "its IANA name")],
      examples: [
        Example(line: "kod availability zone America/Chicago", meaning: "Central time")
      ]),
    run: { context in
      let zone = try AvailabilityChange.zone(context.invocation.argument(0) ?? "")
      try await change(context) { saved, _, _ in
        var changed = saved
        changed.timeZone = zone
        return changed
      }
    })

  private static let out = Command(
    description: CommandDescription(
      name: "availability out", summary: "out of office from one day to another",
      discussion: [
        "Dates are days of your own zone; as --to a day counts to its end. Without --from it begins now. Out of office "
          + "beats the switch. `kod availability out clear` ends all of it, with a date only what touches that day."
      ],
      arguments: [
        ArgumentDescription(name: "clear", summary: "take out of office back", isOptional: true),
        ArgumentDescription(
          name: "DATE", summary: "of clear: only what touches this day", isOptional: true),
      ],
      options: [
        .option("from", "DATE", "first day, such as 2026-12-24 or 2026-12-24T13:00"),
        .option("to", "DATE", "last day"), .flag("no-end", "until you clear it"),
      ],
      examples: [
        Example(
          line: "kod availability out --from 2026-12-24 --to 2026-12-27", meaning: "four whole days"
        ),
        Example(line: "kod availability out --to 15:00", meaning: "from now until three"),
        Example(line: "kod availability out --no-end", meaning: "from now on"),
        Example(line: "kod availability out clear", meaning: "back again"),
      ]),
    run: { context in
      let invocation = context.invocation
      let isClear = try clears(invocation)
      try await change(context) { (saved, clock, now) throws(UsageError) in
        if isClear {
          return try AvailabilityChange.clearing(
            saved, day: invocation.argument(1), clock: clock, now: now)
        }
        let range = try AvailabilityChange.absence(invocation, clock: clock, now: now)
        return AvailabilityChange.adding(range, to: saved, now: now)
      }
    })

  /// Whether `out` is followed by `clear`, which takes no dates as options.
  static func clears(_ invocation: Invocation) throws(UsageError) -> Bool {
    guard let word = invocation.argument(0) else { return false }
    guard word == "clear" else {
      throw UsageError(
        "after `out` stands clear or nothing; dates are given with --from and --to; got '\(word)'")
    }
    guard invocation.value("from") == nil, invocation.value("to") == nil, !invocation.has("no-end")
    else {
      throw UsageError("`out clear` takes a date alone: kod availability out clear 2026-12-24")
    }
    return true
  }

  private static let set = Command(
    description: CommandDescription(
      name: "availability set", summary: "all of it from a file, as --json prints it",
      discussion: [
        "Keys: time_zone, around_the_clock, weekly_hours [{day, start, end, breaks [{start, end}]}], out_of_office "
          + "[{start_us, end_us}]. Times of the day are minutes after midnight, or text such as \"09:00\". What the "
          + "file leaves out is empty afterwards."
      ],
      arguments: [ArgumentDescription(name: "FILE", summary: "JSON; - is standard input")],
      examples: [
        Example(line: "kod availability set week.json", meaning: "replace everything"),
        Example(
          line: "kod availability --json --as ben | kod availability set - --as gus",
          meaning: "gus works as ben does"),
      ]),
    run: { context in
      let path = context.invocation.argument(0) ?? ""
      let text = path == "-" ? try Files().standardInput() : try Files().text(path)
      guard let text else { throw UsageError("there is no file \(path)") }
      let availability = try AvailabilityFile.read(text)
      try await change(context) { _, _, _ in availability }
    })

  private static func switching(_ word: String, _ setting: AvailabilityOverride) -> Command {
    let (summary, meaning) =
      switch setting {
      case .overrideOn: ("available now, until the schedule's next turn", "an hour early")
      case .overrideOff: ("no offers, until you switch again", "going to lunch")
      default: ("neither on nor off: your hours decide", "as the week says")
      }
    return Command(
      description: CommandDescription(
        name: "availability \(word)", summary: summary,
        discussion: [
          "The same as kod available \(setting == .followSchedule ? "schedule" : word)."
        ],
        examples: [Example(line: "kod availability \(word)", meaning: meaning)]),
      run: { context in try await AssisterCommands.switchAvailability(context, setting) })
  }

  // MARK: Work

  private static func change(
    _ context: Context,
    _ body: @escaping @Sendable (Availability, ClockFace, Int64) throws -> Availability
  ) async throws {
    try await Connection.with(context, as: "alice") { connection in
      let profile = try await connection.profile()
      let availability = try body(
        AvailabilityChange.start(profile), ClockFace(profile), connection.client.serverTime())
      let saved: Profile
      do throws(Failure) {
        saved = try await connection.call("availability") { client throws(ClientError) in
          try await client.saveAvailability(SaveAvailabilityRequest(availability: availability))
        }
      } catch {
        throw named(error, in: availability, ClockFace(profile))
      }
      show(saved, connection, context)
    }
  }

  private static func named(
    _ failure: Failure, in availability: Availability, _ clock: ClockFace
  ) -> Failure {
    guard !failure.violations.isEmpty else { return failure }
    var failure = failure
    let list = failure.violations.map {
      AvailabilityChange.named($0, in: availability, clock: clock)
    }
    failure.message = "The server refused the hours: \(list.joined(separator: "; "))."
    return failure
  }

  private static func show(_ profile: Profile, _ connection: Connection, _ context: Context) {
    let status = profile.status ?? AssisterStatus()
    context.output.emit([
      "availability": profile.availability?.json ?? .null, "status": status.json,
      "missing": .array(profile.missing.map { .string($0) }),
    ])
    context.output.say(
      AvailabilityLines.lines(
        profile, clock: ClockFace(profile), now: connection.client.serverTime(),
        paper: context.output.paper))
  }
}

extension Connection {
  /// What the caller has saved; it also says in which zone the caller lives.
  func profile() async throws(Failure) -> Profile {
    try await call("profile") { client throws(ClientError) in
      try await client.getProfile(GetProfileRequest())
    }
  }

  /// The clock of the caller's own zone; this computer's where that can't be learned: what was asked for is not to
  /// fail for it.
  func ownClock() async -> ClockFace {
    guard welcome.role == .assister, let profile = try? await profile() else { return clock }
    return ClockFace(profile)
  }
}
