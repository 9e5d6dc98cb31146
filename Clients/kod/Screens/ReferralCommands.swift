import KODClient
import KODJSON
import KODWire

/// `kod referrals`, `kod referrals show`: the Referral Manager (R71).
enum ReferralCommands {
  static let command = Command(
    description: CommandDescription(
      name: "referrals", summary: "search everything you were ever offered or given",
      discussion: [
        "Newest first. Every option narrows the search; --state and --outcome may stand several times. Dates are days "
          + "of your own time zone, and as --to a day counts to its end. Act with kod accept, reject, attempt, "
          + "release, note and close.",
        "A row is one referral with the newest offer of it to you; with --state or --kind the newest that has them, so "
          + "that a miss is found also when the request came again.",
        "Where there is more than a page, the last line has the token of the next one.",
      ],
      options: [
        .option("state", "STATE", "of the offer: pending, accepted, missed, ...", repeats: true),
        .option("kind", "KIND", "general or mass"),
        .option("from", "DATE", "offered on this day or later"),
        .option("to", "DATE", "offered on this day or before"),
        .option("help-type", "TYPE", "application, plan or both"),
        .option("county", "COUNTY", "by name or FIPS code"),
        .option("note", "TEXT", "in your own notes, letters of any case"),
        .option("outcome", "OUTCOME", "of work that you closed (kod help outcomes)", repeats: true),
        .flag("held", "only work that you hold now"),
      ] + Paging.options,
      examples: [
        Example(line: "kod referrals --held", meaning: "what is yours to do"),
        Example(line: "kod referrals --state missed --from 2026-11-01", meaning: "what you missed"),
        Example(line: "kod referrals --county Pike --note 'call back'", meaning: "by your notes"),
        Example(
          line: "kod referrals --all --json | jq -c '.rows[]'", meaning: "all of it, for a program"),
        Example(line: "kod referrals show 7", meaning: "all about one"),
      ]),
    subcommands: [show],
    run: { context in
      let invocation = context.invocation
      // The zone is not known yet: dates are read again, and compared, when it is.
      _ = try search(invocation, clock: context.clock, now: nil)
      try await Connection.with(context, as: "alice") { connection in
        let clock = ClockFace(try await connection.profile())
        let now = connection.client.serverTime()
        var request = try search(invocation, clock: clock, now: now)
        var rows: [ReferralRow] = []
        var next = ""
        repeat {
          let asked = request
          let page = try await connection.call("search") { client throws(ClientError) in
            try await client.listReferrals(asked)
          }
          context.output.emit(Paging.json(page.rows, next: page.nextPageToken))
          rows += page.rows
          next = page.nextPageToken
          request.pageToken = next
        } while invocation.has("all") && !next.isEmpty
        context.output.say(
          lines(rows, next: next, clock: clock, now: now, paper: context.output.paper))
      }
    })

  private static let show = Command(
    description: CommandDescription(
      name: "referrals show", summary: "one referral with all that happened between it and you",
      discussion: [
        "Whom to call is in it while you hold the referral. A supervisor sees more: kod desk."
      ],
      arguments: [ArgumentDescription(name: "REFERRAL", summary: "the referral's number")],
      examples: [Example(line: "kod referrals show 7", meaning: "offers, calls, your note")]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      try await Connection.with(context, as: "alice") { connection in
        let clock = ClockFace(try await connection.profile())
        let record = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.getReferralRecord(GetReferralRecordRequest(referralId: id))
        }
        context.output.emit(["record": record.json])
        context.output.say(
          ReferralLines.record(
            record, clock: clock, now: connection.client.serverTime(), paper: context.output.paper))
      }
    })

  /// What the options ask for. Without `now` only their shape is looked at.
  static func search(
    _ invocation: Invocation, clock: ClockFace, now: Int64?
  ) throws(UsageError) -> ListReferralsRequest {
    var request = ListReferralsRequest(onlyHeld: invocation.has("held"))
    for text in invocation.all("state") { request.states.append(try OfferState.parse(text)) }
    for text in invocation.all("outcome") { request.outcomes.append(try Outcome.parse(text)) }
    if let text = invocation.value("kind") { request.kind = try OfferKind.parse(text) }
    if let text = invocation.value("help-type") { request.helpType = try HelpType.parse(text) }
    if let text = invocation.value("county") { request.county = try Counties.parse(text).fips }
    if let text = invocation.value("from") {
      request.fromUs = try DateText.parse(text, .start, option: "from", clock: clock, now: now ?? 0)
    }
    if let text = invocation.value("to") {
      request.toUs = try DateText.parse(text, .end, option: "to", clock: clock, now: now ?? 0)
      guard now == nil || request.fromUs < request.toUs else {
        throw UsageError("--to lies before --from", command: "referrals")
      }
    }
    request.noteContains = invocation.value("note") ?? ""
    guard request.noteContains.utf8.count <= 100 else {
      throw UsageError("--note looks for up to 100 bytes", command: "referrals")
    }
    if let text = invocation.value("limit") {
      guard let number = UInt32(text), (1...100).contains(number) else {
        throw UsageError("--limit is 1 to 100 rows; got '\(text)'", command: "referrals")
      }
      request.pageSize = number
    } else if invocation.has("all") {
      request.pageSize = 100
    }
    request.pageToken = invocation.value("page") ?? ""
    return request
  }

  static func lines(
    _ rows: [ReferralRow], next: String, clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    guard !rows.isEmpty else { return ["Nothing found."] }
    let zone = clock.abbreviation(now)
    var lines = ReferralLines.table(rows, clock: clock, now: now).lines(on: paper)
    lines += ["", "\(ReferralWords.count(rows.count, "referral")). Times are \(zone)."]
    if !next.isEmpty {
      // The token whole on its line, to be copied.
      lines += ["More with --all, or the next page:", "  --page \(next)"]
    }
    return lines
  }
}
