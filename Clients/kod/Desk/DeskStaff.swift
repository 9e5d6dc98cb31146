import KODClient
import KODJSON
import KODWire

/// What supervisors do to an assister's registration (R30, R31).
enum DeskStaff {
  static let pardon = action(
    "pardon", "forgive the misses; who was de-registered is active again"
  ) { client, request throws(ClientError) in
    try await client.pardonAssister(request)
  }

  static let deregister = action(
    "deregister", "end an assister's registration; open offers are withdrawn",
    question: "De-register"
  ) { client, request throws(ClientError) in
    try await client.deregisterAssister(request)
  }

  static let suspend = action(
    "suspend", "suspend an assister; accepted work stays", question: "Suspend"
  ) { client, request throws(ClientError) in
    try await client.suspendAssister(request)
  }

  static let reinstate = action("reinstate", "end a suspension") {
    client, request throws(ClientError) in
    try await client.reinstateAssister(request)
  }

  static let credential = Command(
    description: CommandDescription(
      name: "desk credential", summary: "until when a license or certificate is valid",
      discussion: [
        "A date counts as its last valid day: at the following midnight, in this terminal's time zone, the "
          + "assister is suspended. A later date ends a suspension that the old date brought. A date with a "
          + "time is that instant."
      ],
      arguments: [Desk.assister],
      options: [
        .option("until", "DATE", "2027-06-30, or 2027-06-30T17:00"),
        .flag("no-date", "it does not end"), Reasons.option,
      ],
      examples: [
        Example(
          line: "kod desk credential ben --until 2027-06-30 --reason 'license renewed'",
          meaning: "valid through June 30")
      ]),
    run: { context in
      let reason = try Reasons.of(context.invocation)
      let assister = context.invocation.argument(0) ?? ""
      // Dates do not depend on the server's clock to the second; "today" does not on the zone's edge.
      let until = try until(
        context.invocation, clock: context.clock, now: ClockFace.microseconds(.now))
      try await Connection.with(context, as: Desk.principal) { connection in
        let status = try await connection.call("assister \(assister)") {
          client throws(ClientError) in
          try await client.setCredentialDate(
            SetCredentialDateRequest(assister: assister, untilUs: until, reason: reason))
        }
        report(status, context)
      }
    })

  /// 0: no date.
  static func until(
    _ invocation: Invocation, clock: ClockFace, now: Int64
  ) throws(UsageError) -> Int64 {
    switch (invocation.value("until"), invocation.has("no-date")) {
    case (let text?, false):
      return try DateText.parse(text, .end, option: "until", clock: clock, now: now)
    case (nil, true): return 0
    default:
      throw UsageError("give --until DATE or --no-date", command: "desk credential")
    }
  }

  private static func action(
    _ word: String, _ summary: String, question: String? = nil,
    _ call:
      @escaping @Sendable (KODClient, StaffRequest) async throws(ClientError) -> AssisterStatus
  ) -> Command {
    Command(
      description: CommandDescription(
        name: "desk \(word)", summary: summary, arguments: [Desk.assister],
        options: [Reasons.option] + (question == nil ? [] : [Confirmation.option]),
        examples: [
          Example(line: "kod desk \(word) ben --reason 'as agreed'", meaning: "the assister ben")
        ]),
      run: { context in
        let assister = context.invocation.argument(0) ?? ""
        let reason = try Reasons.of(context.invocation)
        try await Connection.with(context, as: Desk.principal) { connection in
          if let question { try Confirmation.ask("\(question) \(assister)?", context) }
          let status = try await connection.call("assister \(assister)") {
            client throws(ClientError) in
            try await call(client, StaffRequest(assister: assister, reason: reason))
          }
          report(status, context)
        }
      })
  }

  private static func report(_ status: AssisterStatus, _ context: Context) {
    context.output.emit(["status": status.json])
    context.output.say(sentence(status, context.clock))
  }

  /// `through 2027-06-30`, the last valid day as it is typed, or `until 2027-06-30 17:00`.
  static func validity(_ until: Int64, _ clock: ClockFace) -> String {
    clock.midnight(until) == until
      ? "through \(clock.day(until - 1))" : "until \(clock.day(until)) \(clock.minute(until))"
  }

  static func sentence(_ status: AssisterStatus, _ clock: ClockFace) -> String {
    var text = "\(status.name): \(DeskAssisters.standing(status).text)"
    text += ", \(status.missedInARow) missed in a row"
    if status.credentialUntilUs > 0 {
      text += ", credential valid \(validity(status.credentialUntilUs, clock))"
    }
    return TerminalText.safe(text + ".")
  }
}
