import KODClient
import KODJSON
import KODWire

/// `kod submit`, `kod cancel`.
enum IntakeCommands {
  static let submit = submit(named: "submit")

  /// Also `kod request submit`: one command under two names.
  static func submit(named name: String) -> Command {
    Command(
      description: CommandDescription(
        name: name, summary: "submit a Resident's request, as an intake partner",
        discussion: [
          "Submitting twice with the same --key gives the same referral. Without --key one is made up; should the "
            + "connection be lost before the answer, the message says which key to repeat it with."
        ],
        options: [
          .option("help-type", "TYPE", "application, plan or both", isRequired: true),
          .option("county", "COUNTY", "by name or FIPS code (kod help counties)", isRequired: true),
          .option("language", "LANGUAGE", "by name or tag (kod help languages)", isRequired: true),
          .option("name", "NAME", "the Resident's name", isRequired: true),
          .option("phone", "NUMBER", "where to call back", isRequired: true),
          .option(
            "reference", "TEXT",
            "your own name for the Resident; up to 64 bytes (default: made from the key)"),
          .option("notes", "TEXT", "what the assister should know"),
          .option("key", "HEX", "idempotency key: 32 hexadecimal digits, or a UUID"),
        ],
        examples: [
          Example(
            line: "kod \(name) --help-type application --county Fayette --language es \\",
            meaning: "  --name 'Maria Lopez' --phone 859-555-0123 --reference R-1001"),
          Example(
            line: "kod \(name) ... --json | jq .referral.referral_id", meaning: "the new referral"),
        ]),
      run: { context in
        let invocation = context.invocation
        let key = try invocation.value("key").map { try IdempotencyKey.parse($0) }
        let request = try submission(invocation, key: key ?? IdempotencyKey.random())
        try await Connection.with(context, as: "portal") { connection in
          do {
            let referral = try await connection.call("request") { client throws(ClientError) in
              try await client.submit(request)
            }
            context.output.emit([
              "referral": referral.json,
              "idempotency_key": .string(IdempotencyKey.text(request.idempotencyKey)),
            ])
            context.output.say(submitted(referral, clock: context.clock))
          } catch var failure as Failure where failure.exit == .unreachable {
            let text = IdempotencyKey.text(request.idempotencyKey)
            failure.message += " Repeat it safely with --key \(text)"
            throw failure
          }
        }
      })
  }

  static let cancel = cancel(named: "cancel")

  static func cancel(named name: String) -> Command {
    Command(
      description: CommandDescription(
        name: name, summary: "cancel a referral; open offers are withdrawn",
        arguments: [ArgumentDescription(name: "REFERRAL", summary: "the referral's number")],
        options: [
          .option("reason", "TEXT", "why, up to 200 bytes; supervisors must say")
        ],
        examples: [
          Example(line: "kod \(name) 7", meaning: "as the partner that submitted it"),
          Example(
            line: "kod \(name) 7 --as sam --reason 'asked for twice'", meaning: "as a supervisor"),
        ]),
      run: { context in
        let id = try context.invocation.identifier(0, "REFERRAL")
        let reason = context.invocation.value("reason") ?? ""
        try await Connection.with(context, as: "portal") { connection in
          let referral = try await connection.call("referral \(id)") { client throws(ClientError) in
            try await client.cancelReferral(id, reason: reason)
          }
          context.output.emit(["referral": referral.json])
          context.output.say("Referral \(id) is \(referral.state.word).")
        }
      })
  }

  static func submission(
    _ invocation: Invocation, key: [UInt8]
  ) throws(UsageError) -> SubmitReferralRequest {
    SubmitReferralRequest(
      idempotencyKey: key,
      partnerReference: invocation.value("reference")
        ?? "kod-" + IdempotencyKey.text(key).prefix(12),
      helpType: try HelpType.parse(invocation.required("help-type")),
      language: try Languages.parse(invocation.required("language")),
      county: try Counties.parse(invocation.required("county")).fips,
      contact: Contact(
        name: try invocation.required("name"),
        phone: try Phone.parse(invocation.required("phone")),
        notes: invocation.value("notes") ?? ""))
  }

  private static func submitted(_ referral: Referral, clock: ClockFace) -> [String] {
    let promise = clock.zonedMinute(
      referral.promiseUs, county: Counties.county(fips: referral.county))
    let next =
      switch referral.state {
      case .referralGeneral: "an assister is being asked."
      case .referralMass: "all eligible assisters are being asked (\(referral.offersOpen))."
      case .referralWaiting:
        "nobody can be asked right now (\(WireWords.spaced(referral.waitingCause.word)))."
      default: "it is \(referral.state.word)."
      }
    return [
      "Referral \(referral.referralId) is submitted: \(next)",
      "A call back is promised by \(promise).",
    ]
  }
}
