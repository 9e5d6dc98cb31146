import KODClient
import KODJSON
import KODWire

/// `kod why`: how a referral was routed, and where the caller stood (R37).
enum WhyCommand {
  static let command = Command(
    description: CommandDescription(
      name: "why", summary: "why a referral came to you, or why not",
      discussion: [
        "Every moment at which somebody was chosen, and where you stood then. A supervisor asks about others: "
          + "kod desk why."
      ],
      arguments: [ArgumentDescription(name: "REFERRAL", summary: "the referral's number")],
      examples: [Example(line: "kod why 7", meaning: "why referral 7 came to you, or not")]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      try await Connection.with(context, as: "alice") { connection in
        let profile = try await connection.profile()
        let explanation = try await connection.call("referral \(id)") {
          client throws(ClientError) in
          try await client.explainReferral(ExplainReferralRequest(referralId: id))
        }
        context.output.emit(["explanation": explanation.json])
        context.output.say(
          ExplanationWords.lines(
            explanation, kind: profile.status?.kind ?? .unspecified, isOwn: true,
            clock: ClockFace(profile), now: connection.client.serverTime(),
            paper: context.output.paper))
      }
    })
}
