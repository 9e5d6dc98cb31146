import KODClient
import KODJSON
import KODWire

/// `kod desk why`: how a referral was routed, and where one assister stood (R37).
enum DeskWhy {
  static let command = Command(
    description: CommandDescription(
      name: "desk why", summary: "why a referral came to an assister, or why not",
      arguments: [Desk.referral, Desk.assister],
      examples: [Example(line: "kod desk why 7 ben", meaning: "where ben stood each time")]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let assister = context.invocation.argument(1) ?? ""
      try await Connection.with(context, as: Desk.principal) { connection in
        let explanation = try await connection.call("referral \(id)") {
          client throws(ClientError) in
          try await client.explainReferral(
            ExplainReferralRequest(referralId: id, assister: assister))
        }
        context.output.emit(["explanation": explanation.json])
        context.output.say(
          ExplanationWords.lines(
            explanation, kind: .unspecified, isOwn: false, clock: context.clock,
            now: connection.client.serverTime(), paper: context.output.paper))
      }
    })
}
