import KODClient
import KODJSON
import KODWire

/// `kod request`: for intake partners.
enum RequestCommand {
  static let command = Command(
    description: CommandDescription(
      name: "request", summary: "for partners: submit requests, and see what becomes of them",
      discussion: [
        "Without a command: your open requests. On a development server, without --as: as portal."
      ],
      options: listOptions,
      examples: [
        Example(line: "kod request", meaning: "what is open"),
        Example(line: "kod request watch 7", meaning: "until referral 7 is closed"),
      ]),
    subcommands: [
      IntakeCommands.submit(named: "request submit"),
      IntakeCommands.cancel(named: "request cancel"),
      status, list, RequestWatch.command,
    ],
    run: { context in try await runList(context, onlyOpen: true) })

  static let status = Command(
    description: CommandDescription(
      name: "request status", summary: "one referral, as you may see it",
      arguments: [ArgumentDescription(name: "REFERRAL", summary: "the referral's number")],
      examples: [Example(line: "kod request status 7", meaning: "referral 7")]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      try await Connection.with(context, as: "portal") { connection in
        try await StatusCommand.referral(connection, context, id)
      }
    })

  private static let listOptions: [OptionDescription] =
    [
      .flag("open", "only what is not closed or cancelled"),
      .option("reference", "TEXT", "only of this reference of yours, exactly"),
    ] + Paging.options

  static let list = Command(
    description: CommandDescription(
      name: "request list", summary: "your referrals, newest first",
      options: listOptions,
      examples: [
        Example(line: "kod request list --open", meaning: "what is on its way"),
        Example(line: "kod request list --reference R-1001", meaning: "of one Resident"),
      ]),
    run: { context in try await runList(context, onlyOpen: context.invocation.has("open")) })

  private static func runList(_ context: Context, onlyOpen: Bool) async throws {
    let paging = try Paging(context.invocation)
    let reference = context.invocation.value("reference") ?? ""
    try await Connection.with(context, as: "portal") { connection in
      let (rows, next) = try await paging.collect { size, token in
        let page = try await connection.call("requests") { client throws(ClientError) in
          try await client.listSubmissions(
            ListSubmissionsRequest(
              onlyOpen: onlyOpen, partnerReference: reference, pageSize: size, pageToken: token))
        }
        context.output.emit(Paging.json(page.rows, next: page.nextPageToken))
        return (page.rows, page.nextPageToken)
      }
      context.output.say(
        lines(
          rows, clock: context.clock, now: connection.client.serverTime(),
          paper: context.output.paper) + Paging.footer(next))
    }
  }

  static func lines(
    _ rows: [Referral], clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    guard !rows.isEmpty else { return ["No referral is like that."] }
    var table = Table([
      .init(title: "REFERRAL", right: true), .init(title: "REFERENCE", least: 8),
      .init(title: "SUBMITTED"), .init(title: "STATE", least: 14),
      .init(title: "CALL BACK", least: 12), .init(title: "HELP", rank: 1),
      .init(title: "LANGUAGE", least: 6, rank: 2), .init(title: "COUNTY", least: 8, rank: 2),
      .init(title: "HOLDER", least: 6, rank: 3),
    ])
    for row in rows {
      table.add([
        .init("\(row.referralId)", .bold), .init(row.partnerReference),
        .init(clock.brief(row.submittedAtUs, now: now)), state(row),
        promise(row, clock: clock, now: now), .init(row.helpType.word),
        .init(Languages.name(row.language)), .init(Counties.label(row.county)),
        .init(row.holder.isEmpty ? "-" : row.holder),
      ])
    }
    return table.lines(on: paper)
  }

  private static func state(_ referral: Referral) -> Table.Cell {
    switch referral.state {
    case .referralWaiting: .init(EventWords.referral(referral), .warning)
    case .referralContacted, .referralClosed: .init(EventWords.referral(referral), .good)
    default: .init(EventWords.referral(referral))
    }
  }

  /// Of what is over without a call there is nothing to promise any more.
  private static func promise(
    _ referral: Referral, clock: ClockFace, now: Int64
  ) -> Table.Cell {
    let isOver = referral.state == .referralClosed || referral.state == .referralCancelled
    if isOver, referral.firstAttemptUs == 0, !referral.promiseMissed { return .init("-") }
    return DeskQueue.promise(referral, clock: clock, now: now)
  }
}
