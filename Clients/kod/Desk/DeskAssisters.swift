import KODClient
import KODJSON
import KODWire

/// `kod desk assisters`.
enum DeskAssisters {
  static let command = Command(
    description: CommandDescription(
      name: "desk assisters", summary: "the assisters: standing, availability, misses",
      options: [
        .flag("available", "only who is available now"),
        .option("state", "STATE", "draft, active, withdrawn, deregistered, suspended or none"),
        .option("name", "TEXT", "only names that contain this"),
      ] + Paging.options,
      examples: [
        Example(line: "kod desk assisters --available", meaning: "who could take a referral now"),
        Example(
          line: "kod desk assisters --state deregistered", meaning: "whom a pardon could bring back"
        ),
      ]),
    run: { context in
      let search = try search(context.invocation)
      let paging = try Paging(context.invocation)
      try await Connection.with(context, as: Desk.principal) { connection in
        let (rows, next) = try await paging.collect { size, token in
          var request = search
          request.pageSize = size
          request.pageToken = token
          let page = try await connection.call("assisters") {
            [request] client throws(ClientError) in
            try await client.listAssisters(request)
          }
          context.output.emit(Paging.json(page.rows, next: page.nextPageToken))
          return (page.rows, page.nextPageToken)
        }
        context.output.say(
          lines(
            rows, clock: context.clock, now: connection.client.serverTime(),
            paper: context.output.paper) + Paging.footer(next))
      }
    })

  static func search(_ invocation: Invocation) throws(UsageError) -> ListAssistersRequest {
    var request = ListAssistersRequest(
      onlyAvailable: invocation.has("available"), nameContains: invocation.value("name") ?? "")
    if let state = invocation.value("state") {
      let known = RegistrationState.allKnown.filter { $0.rawValue != 0 }
      request.registration = try WireWords.parse(state, "state of a registration", known, \.word)
    }
    return request
  }

  static func lines(
    _ rows: [AssisterStatus], clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    guard !rows.isEmpty else { return ["No assister is like that."] }
    var table = Table([
      .init(title: "ASSISTER", least: 8), .init(title: "KIND", rank: 1),
      .init(title: "STANDING", least: 12), .init(title: "MISSED", right: true),
      .init(title: "OPEN", right: true), .init(title: "BROKEN", right: true, rank: 4),
      .init(title: "LANGUAGES", least: 8, rank: 2), .init(title: "COUNTIES", least: 8, rank: 3),
      .init(title: "CREDENTIAL", rank: 4), .init(title: "LISTENS", rank: 4),
    ])
    for row in rows {
      table.add([
        .init(row.name, .bold), .init(row.kind.rawValue == 0 ? "-" : row.kind.word), standing(row),
        missed(row), .init("\(row.openAssignments)/\(row.capacity)"),
        .init("\(row.brokenAcceptances)", row.brokenAcceptances > 0 ? .warning : .plain),
        .init(row.languages.joined(separator: " ")),
        .init(counties(row)), credential(row, clock: clock, now: now),
        .init(row.hasSession ? "yes" : "no"),
      ])
    }
    return table.lines(on: paper)
  }

  static func standing(_ status: AssisterStatus) -> Table.Cell {
    if status.available { return .init("available", .good) }
    switch status.registration {
    case .registrationActive:
      let why = StandingWords.blockers(status.blockers)
      return .init("not available" + (why.isEmpty ? "" : ": \(why)"))
    case .registrationDeregistered: return .init("DE-REGISTERED", .bad)
    case .registrationSuspended: return .init("SUSPENDED", .bad)
    case .registrationNone: return .init("not registered", .faint)
    default: return .init(status.registration.word, .faint)
    }
  }

  private static func missed(_ status: AssisterStatus) -> Table.Cell {
    let limit = status.missesToDeregister
    let text = limit == 0 ? "\(status.missedInARow)" : "\(status.missedInARow)/\(limit)"
    return .init(text, status.missedInARow > 0 ? .warning : .plain)
  }

  /// `Fayette +2`, `state`.
  static func counties(_ status: AssisterStatus) -> String {
    guard let first = status.counties.first else {
      return status.registration == .registrationNone ? "-" : "whole state"
    }
    let name = Counties.county(fips: first)?.name ?? "\(first)"
    return status.counties.count == 1 ? name : "\(name) +\(status.counties.count - 1)"
  }

  private static func credential(
    _ status: AssisterStatus, clock: ClockFace, now: Int64
  ) -> Table.Cell {
    let until = status.credentialUntilUs
    guard until > 0 else { return .init("no date", .faint) }
    let month: Int64 = 30 * 86_400_000_000
    return .init(
      DeskStaff.validity(until, clock),
      until <= now ? .bad : until - now < month ? .warning : .plain)
  }
}
