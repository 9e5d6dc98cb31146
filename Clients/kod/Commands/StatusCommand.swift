import KODClient
import KODJSON
import KODWire

/// `kod status`: what it shows depends on who asks.
enum StatusCommand {
  static let command = Command(
    description: CommandDescription(
      name: "status", summary: "your standing, a referral, or the server",
      discussion: [
        "Without an argument: an assister's standing, open offers, and whom to call. With a referral's number: the "
          + "referral, as its partner or a supervisor sees it; an assister sees it while it is offered or held. "
          + "With the word server: the server, as an operator or a supervisor sees it.",
        "On a development server, without --as: as alice, as portal, as olive.",
      ],
      arguments: [
        ArgumentDescription(
          name: "WHAT", summary: "a referral's number, or the word server", isOptional: true)
      ],
      examples: [
        Example(line: "kod status", meaning: "alice's standing on the development server"),
        Example(line: "kod status 7", meaning: "referral 7, as the partner"),
        Example(line: "kod status server", meaning: "the development server's status"),
        Example(line: "kod status 7 --json | jq -r .referral.state", meaning: "only its state"),
      ]),
    run: { context in
      let subject = try Subject(context.invocation)
      try await Connection.with(context, as: subject.defaultPrincipal) { connection in
        switch (connection.welcome.role, subject) {
        case (.assister, .standing): try await standing(connection, context, referral: nil)
        case (.assister, .referral(let id)):
          try await standing(connection, context, referral: id)
        // What a role may not ask for, the server refuses.
        case (.operator, .standing), (.supervisor, .standing), (_, .server):
          try await server(connection, context)
        case (_, .referral(let id)): try await referral(connection, context, id)
        case (_, .standing):
          throw UsageError("name the referral: kod status REFERRAL", command: "status")
        }
      }
    })

  /// What the command's argument asks for.
  private enum Subject {
    case standing
    case server
    case referral(UInt64)

    init(_ invocation: Invocation) throws(UsageError) {
      switch invocation.argument(0) {
      case nil: self = .standing
      case "server": self = .server
      default: self = .referral(try invocation.identifier(0, "REFERRAL"))
      }
    }

    var defaultPrincipal: String {
      switch self {
      case .standing: "alice"
      case .server: "olive"
      case .referral: "portal"
      }
    }
  }

  // MARK: Assister

  private static func standing(
    _ connection: Connection, _ context: Context, referral id: UInt64?
  ) async throws {
    var standing = try await connection.call("standing") { client throws(ClientError) in
      try await client.standing()
    }
    if let id {
      standing.openOffers.removeAll { $0.referralId != id }
      standing.assignments.removeAll { $0.referralId != id }
      if standing.openOffers.isEmpty, standing.assignments.isEmpty {
        throw Failure(
          exit: .failed,
          message: "Referral \(id) is neither offered to you nor held by you at the moment.")
      }
    }
    context.output.emit([
      "status": (standing.status ?? AssisterStatus()).json,
      "open_offers": .array(standing.openOffers.map(\.json)),
      "assignments": .array(standing.assignments.map(\.json)),
    ])
    let clock = await connection.ownClock()
    context.output.say(lines(standing, clock: clock, now: connection.client.serverTime()))
  }

  static func lines(_ standing: Standing, clock: ClockFace, now: Int64) -> [String] {
    let status = standing.status ?? AssisterStatus()
    // Who has not begun to register has neither.
    let kind = status.kind == .unspecified ? "" : ", \(status.kind.word)"
    var lines = ["\(status.name)\(kind): \(StandingWords.availability(status))"]
    if !status.languages.isEmpty {
      lines.append(
        "  Helps in         \(StandingWords.languages(status)); \(StandingWords.counties(status))")
    }
    lines += [
      "  Missed in a row  \(status.missedInARow) of \(status.missesToDeregister)",
      "  Open referrals   \(status.openAssignments) of \(status.capacity)",
    ]
    lines += ["", standing.openOffers.isEmpty ? "No open offers." : "Open offers:"]
    if !standing.openOffers.isEmpty {
      var table = Table([
        .init(title: "  OFFER"), .init(title: "LEFT", right: true), .init(title: "KIND"),
        .init(title: "HELP"), .init(title: "LANGUAGE"), .init(title: "COUNTY"),
      ])
      for offer in standing.openOffers {
        table.add([
          "  \(offer.offerId)", Countdown.text(microseconds: offer.deadlineUs - now),
          offer.kind.word, offer.helpType.word, Languages.name(offer.language),
          Counties.label(offer.county),
        ])
      }
      lines += table.lines()
    }
    lines += ["", standing.assignments.isEmpty ? "Nobody to call." : "To call:"]
    for item in standing.assignments.sorted(by: { $0.callbackDueUs < $1.callbackDueUs }) {
      let contact = item.contact ?? Contact()
      let county = Counties.county(fips: item.county)
      let late = item.callbackDueUs <= now ? " OVERDUE" : ""
      lines.append(
        "  referral \(item.referralId): \(contact.name), \(contact.phone), by "
          + "\(clock.zonedMinute(item.callbackDueUs, county: county))\(late)")
      lines.append("    " + EventWords.request(item.helpType, item.language, item.county))
      if !contact.notes.isEmpty { lines.append("    \(contact.notes)") }
    }
    return lines.map(TerminalText.safe)
  }

  // MARK: Partner, supervisor

  static func referral(
    _ connection: Connection, _ context: Context, _ id: UInt64
  ) async throws {
    let referral = try await connection.call("referral \(id)") { client throws(ClientError) in
      try await client.referral(id)
    }
    context.output.emit(["referral": referral.json])
    context.output.say(
      lines(referral, clock: context.clock, now: connection.client.serverTime()))
  }

  static func lines(_ referral: Referral, clock: ClockFace, now: Int64) -> [String] {
    let state = EventWords.referral(referral)
    let county = Counties.county(fips: referral.county)
    let promise = clock.minute(referral.promiseUs, county: county)
    var lines = [
      "Referral \(referral.referralId), \(referral.partnerReference): \(state) since "
        + clock.time(referral.changedAtUs),
      "  About      "
        + EventWords.request(referral.helpType, referral.language, referral.county),
      "  Submitted  \(clock.dateAndTime(referral.submittedAtUs)), "
        + "\(DurationText.spoken(microseconds: now - referral.submittedAtUs)) ago",
      "  Call back  promised by \(promise)\(kept(referral, clock))",
      "  Offers     \(referral.offersMade) made, \(referral.offersOpen) open",
    ]
    if !referral.holder.isEmpty { lines.append("  Holder     \(referral.holder)") }
    return lines.map(TerminalText.safe)
  }

  /// Whether the promise was kept (R44).
  private static func kept(_ referral: Referral, _ clock: ClockFace) -> String {
    if referral.promiseMissed { return ": MISSED" }
    guard referral.firstAttemptUs > 0 else { return referral.overdue ? ": OVERDUE" : "" }
    return ", first called at \(clock.time(referral.firstAttemptUs))"
  }

  // MARK: Operator

  private static func server(_ connection: Connection, _ context: Context) async throws {
    let status = try await connection.call("server status") { client throws(ClientError) in
      try await client.serverStatus()
    }
    context.output.emit(["server_status": status.json])
    context.output.say(
      lines(status, address: connection.settings.address, clock: context.clock))
  }

  static func lines(_ status: ServerStatus, address: String, clock: ClockFace) -> [String] {
    let up = DurationText.spoken(microseconds: status.nowUs - status.startedAtUs)
    let waiting = status.referralsWaiting
    return [
      "\(status.server) at \(address), up \(up) (since \(clock.dateAndTime(status.startedAtUs)))",
      "  Sessions   \(status.sessions), subscriptions \(status.subscriptions)",
      "  Assisters  \(status.assisters), available \(status.assistersAvailable)",
      "  Referrals  \(status.referrals): general \(status.referralsGeneral), "
        + "mass \(status.referralsMass), waiting \(waiting), assigned \(status.referralsAssigned)",
      "  Offers     \(status.offers), accepted \(status.accepts), pushes \(status.pushes)",
      "  Log        \(status.durableSequence) records durable, \(status.logSyncs) syncs, "
        + "stream \(status.epoch)",
      "  Policy     version \(status.policyVersion)",
      "  Notices    \(status.noticesPending) pending",
      "  Memory     \(status.residentBytes / 1_048_576) MiB resident",
    ].map(TerminalText.safe)
  }
}
