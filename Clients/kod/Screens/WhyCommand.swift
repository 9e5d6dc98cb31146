import KODClient
import KODWire

/// `kod why`: how a referral was routed, and where one assister stood (R37).
enum WhyCommand {
  static let command = Command(
    description: CommandDescription(
      name: "why", summary: "why a referral came to you, or why not",
      discussion: [
        "Every moment at which somebody was chosen, and where you stood then. Supervisors and auditors say whose "
          + "place they ask about with --assister."
      ],
      arguments: [ArgumentDescription(name: "REFERRAL", summary: "the referral's number")],
      options: [.option("assister", "NAME", "for staff: whose place (the credential's name)")],
      examples: [
        Example(line: "kod why 7", meaning: "why referral 7 came to you, or not"),
        Example(line: "kod why 7 --assister ben --as sam", meaning: "a supervisor about ben"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let assister = context.invocation.value("assister") ?? ""
      try await Connection.with(context, as: assister.isEmpty ? "alice" : "sam") { connection in
        let isOwn = connection.welcome.role == .assister
        guard isOwn == assister.isEmpty else {
          throw UsageError(
            isOwn
              ? "assisters ask about themselves: leave --assister out"
              : "name whose place: --assister NAME",
            command: "why")
        }
        let explanation = try await connection.call("referral \(id)") {
          client throws(ClientError) in
          try await client.explainReferral(
            ExplainReferralRequest(referralId: id, assister: assister))
        }
        context.output.emit(["explanation": explanation.json])
        let profile = isOwn ? try await connection.profile() : Profile()
        context.output.say(
          ExplanationWords.lines(
            explanation, kind: profile.status?.kind ?? .unspecified, isOwn: isOwn,
            clock: isOwn ? ClockFace(profile) : context.clock,
            now: connection.client.serverTime(), paper: context.output.paper))
      }
    })
}
