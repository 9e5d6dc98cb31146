import KODClient
import KODJSON
import KODWire

/// What supervisors do to a referral by hand (R12, R16, R17).
enum DeskActions {
  private static let waiting = "Only for a referral that waits"

  static let rerun = action(
    "rerun", "ask again about a waiting referral, from the start", needs: waiting,
    discussion: [
      "Who was asked before is not asked alone again. If nobody may be asked now, nothing changes and it says so."
    ]
  ) { client, id, reason throws(ClientError) in
    try await client.rerunReferral(DeskRequest(referralId: id, reason: reason))
  }

  static let giveUp = action(
    "give-up", "close a waiting referral as unserved", needs: waiting,
    question: "Close referral %@ as unserved?"
  ) { client, id, reason throws(ClientError) in
    try await client.giveUpReferral(DeskRequest(referralId: id, reason: reason))
  }

  static let takeBack = action(
    "take-back", "take accepted work from its holder; everybody is asked again",
    needs: "Only accepted work can be taken back",
    question: "Take referral %@ from its holder?"
  ) { client, id, reason throws(ClientError) in
    try await client.takeBackReferral(DeskRequest(referralId: id, reason: reason))
  }

  static let cancel = action(
    "cancel", "cancel a referral; open offers are withdrawn, a holder is told",
    needs: "Only a referral that is not over can be cancelled",
    question: "Cancel referral %@?"
  ) { client, id, reason throws(ClientError) in
    try await client.cancelReferral(id, reason: reason)
  }

  static let assign = Command(
    description: CommandDescription(
      name: "desk assign", summary: "give a waiting referral to an assister by hand",
      discussion: [
        "The assister must be registered, may take this kind of help, and has not held it before. Hours, languages "
          + "and how much else they hold are yours to judge."
      ],
      arguments: [Desk.referral, Desk.assister], options: [Reasons.option],
      examples: [
        Example(line: "kod desk assign 7 ben --reason 'agreed by phone'", meaning: "ben is told")
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let assister = context.invocation.argument(1) ?? ""
      let reason = try Reasons.of(context.invocation)
      try await Connection.with(context, as: Desk.principal) { connection in
        let referral = try await ask(connection, id, waiting) { client throws(ClientError) in
          try await client.assignReferral(
            AssignReferralRequest(referralId: id, assister: assister, reason: reason))
        }
        report(referral, context)
      }
    })

  private static func action(
    _ word: String, _ summary: String, needs: String, discussion: [String] = [],
    question: String? = nil,
    _ call:
      @escaping @Sendable (KODClient, UInt64, String) async throws(ClientError) -> Referral
  ) -> Command {
    Command(
      description: CommandDescription(
        name: "desk \(word)", summary: summary, discussion: discussion,
        arguments: [Desk.referral],
        options: [Reasons.option] + (question == nil ? [] : [Confirmation.option]),
        examples: [
          Example(line: "kod desk \(word) 7 --reason 'as agreed'", meaning: "referral 7")
        ]),
      run: { context in
        let id = try context.invocation.identifier(0, "REFERRAL")
        let reason = try Reasons.of(context.invocation)
        try await Connection.with(context, as: Desk.principal) { connection in
          if let question {
            let parts = question.split(separator: "%@", omittingEmptySubsequences: false)
            try Confirmation.ask(parts.joined(separator: "\(id)"), context)
          }
          let referral = try await ask(connection, id, needs) { client throws(ClientError) in
            try await call(client, id, reason)
          }
          report(referral, context)
        }
      })
  }

  /// A referral in the wrong state is the usual mistake here: says which one it takes.
  private static func ask(
    _ connection: Connection, _ id: UInt64, _ needs: String,
    _ call: (KODClient) async throws(ClientError) -> Referral
  ) async throws(Failure) -> Referral {
    do throws(Failure) {
      return try await connection.call("referral \(id)", call)
    } catch {
      var failure = error
      if failure.reason == Reason.referralState.name {
        failure.message += " \(needs): see kod desk show \(id)."
      }
      throw failure
    }
  }

  private static func report(_ referral: Referral, _ context: Context) {
    context.output.emit(["referral": referral.json])
    context.output.say(sentence(referral))
  }

  /// What it has come to.
  static func sentence(_ referral: Referral) -> String {
    let name = "Referral \(referral.referralId)"
    switch referral.state {
    case .referralGeneral: return "\(name): an assister is being asked."
    case .referralMass:
      return "\(name): all eligible assisters are being asked (\(referral.offersOpen))."
    case .referralAssigned: return TerminalText.safe("\(name) is \(referral.holder)'s now.")
    default: return "\(name) is \(EventWords.referral(referral))."
    }
  }
}
