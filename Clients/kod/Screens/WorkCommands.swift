import KODClient
import KODJSON
import KODWire

/// `kod attempt`, `kod release`, `kod note`: what a holder does between accepting and closing.
enum WorkCommands {
  private static let referral = ArgumentDescription(
    name: "REFERRAL", summary: "the referral's number, as kod referrals --held shows it")

  static let attempt = Command(
    description: CommandDescription(
      name: "attempt", summary: "log a call to the Resident, and what came of it",
      discussion: [
        "The first one keeps the promise to call back, whatever its result. After reached the referral is "
          + "contacted; after enough of the others, some minutes apart, it may be closed as unreachable."
      ],
      arguments: [
        referral, ArgumentDescription(name: "RESULT", summary: "reached, no-answer or voicemail"),
      ],
      examples: [
        Example(line: "kod attempt 7 reached", meaning: "you spoke with the Resident"),
        Example(line: "kod attempt 7 no-answer", meaning: "nobody answered"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let result = try AttemptResult.parse(context.invocation.argument(1) ?? "")
      try await Connection.with(context, as: "alice") { connection in
        let assignment = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.logAttempt(LogAttemptRequest(referralId: id, result: result))
        }
        context.output.emit(["assignment": assignment.json])
        context.output.say(logged(assignment, result))
      }
    })

  static let release = Command(
    description: CommandDescription(
      name: "release", summary: "give accepted work back, with a reason",
      discussion: [
        "The request is offered to everybody eligible at once, but not to you again. Staff read the reason."
      ],
      arguments: [referral],
      options: [.option("reason", "TEXT", "why, up to 200 bytes", isRequired: true)],
      examples: [
        Example(
          line: "kod release 7 --reason 'called away to an emergency'",
          meaning: "somebody else calls")
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let reason = try context.invocation.required("reason")
      try await Connection.with(context, as: "alice") { connection in
        let record = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.releaseReferral(ReleaseReferralRequest(referralId: id, reason: reason))
        }
        context.output.emit(["record": record.json])
        context.output.say("Referral \(id) is given back. No need to call.")
      }
    })

  static let note = Command(
    description: CommandDescription(
      name: "note", summary: "your own note on a referral you were offered",
      discussion: [
        "Only you see it. It replaces the one before; kod referrals --note TEXT finds it again."
      ],
      arguments: [
        referral,
        ArgumentDescription(
          name: "TEXT", summary: "up to 1000 bytes", isOptional: true, repeats: true),
      ],
      options: [.flag("clear", "no note any more")],
      examples: [
        Example(line: "kod note 7 'call again on Friday'", meaning: "save it"),
        Example(line: "kod note 7 --clear", meaning: "take it away"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      let note = try text(context.invocation)
      try await Connection.with(context, as: "alice") { connection in
        let record = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.saveNote(SaveNoteRequest(referralId: id, note: note))
        }
        context.output.emit(["record": record.json])
        context.output.say(
          note.isEmpty
            ? "Referral \(id) has no note any more." : "Your note on referral \(id) is saved.")
      }
    })

  /// The note's words, or none with --clear.
  static func text(_ invocation: Invocation) throws(UsageError) -> String {
    let words = invocation.arguments.dropFirst().joined(separator: " ")
    let isBlank = words.allSatisfy(\.isWhitespace)
    guard isBlank == invocation.has("clear") else {
      throw UsageError(
        isBlank ? "TEXT is missing: the note, or --clear for none" : "--clear takes no text")
    }
    guard words.utf8.count <= 1_000 else {
      throw UsageError("a note has up to 1000 bytes; this one has \(words.utf8.count)")
    }
    return isBlank ? "" : words
  }

  static func logged(_ assignment: Assignment, _ result: AttemptResult) -> [String] {
    let id = assignment.referralId
    guard result != .reached else {
      return ["Referral \(id): reached. Close it when you are done: kod close \(id) OUTCOME"]
    }
    let counting = assignment.attempts.count(where: \.counts)
    let last = assignment.attempts.last?.counts ?? false
    return [
      "Referral \(id): \(WireWords.spaced(result.word)), "
        + "\(ReferralWords.count(assignment.attempts.count, "attempt")) so far.",
      "Toward unreachable: \(counting)"
        + (last ? "." : "; this one came too soon after the last to count."),
    ]
  }
}
