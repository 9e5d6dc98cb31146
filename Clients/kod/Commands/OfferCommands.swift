import KODClient
import KODJSON
import KODWire

/// `kod accept`, `kod reject`.
enum OfferCommands {
  private static let offer = ArgumentDescription(
    name: "OFFER", summary: "the offer's number, as kod watch and kod status show it")

  static let accept = Command(
    description: CommandDescription(
      name: "accept", summary: "accept an offer; the first valid accept wins",
      discussion: [
        "Prints whom to call, and by when. If somebody else was faster, or the deadline has passed, it says so "
          + "and ends with status 1. Accepting again what you already won gives the same answer again."
      ],
      arguments: [offer],
      examples: [
        Example(line: "kod accept 12", meaning: "accept offer 12"),
        Example(
          line: "kod accept 12 --json | jq -r .assignment.contact.phone",
          meaning: "the number to call"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "OFFER")
      try await Connection.with(context, as: "alice") { connection in
        let assignment = try await connection.call("offer \(id)") { client throws(ClientError) in
          try await client.acceptOffer(id)
        }
        let clock = await connection.ownClock()
        let now = connection.client.serverTime()
        context.output.emit(["assignment": assignment.json])
        context.output.say(won(assignment, clock: clock, now: now))
      }
    })

  static let reject = Command(
    description: CommandDescription(
      name: "reject", summary: "reject an offer; it goes to the next assister at once",
      discussion: ["A rejection is a response: it does not count as a miss."],
      arguments: [offer],
      options: [
        .option("reason", "TEXT", "why, for the program's statistics; up to 200 bytes")
      ],
      examples: [
        Example(line: "kod reject 12", meaning: "reject offer 12"),
        Example(line: "kod reject 12 --reason 'on a call'", meaning: "and say why"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "OFFER")
      let reason = context.invocation.value("reason") ?? ""
      try await Connection.with(context, as: "alice") { connection in
        let closed = try await connection.call("offer \(id)") { client throws(ClientError) in
          try await client.rejectOffer(id, reason: reason)
        }
        context.output.emit(["offer_closed": closed.json])
        context.output.say("Offer \(id) is rejected.")
      }
    })

  /// The winner's lines: whom to call, by when, about what.
  static func won(_ assignment: Assignment, clock: ClockFace, now: Int64) -> [String] {
    let contact = assignment.contact ?? Contact()
    let county = Counties.county(fips: assignment.county)
    let left = assignment.callbackDueUs - now
    let due = clock.zonedMinute(assignment.callbackDueUs, county: county)
    var lines = [
      "Offer \(assignment.offerId) is yours: referral \(assignment.referralId).",
      "  Call   \(contact.name), \(contact.phone)",
      "  By     \(due)" + (left > 0 ? ", in \(Countdown.text(microseconds: left))" : ", overdue"),
      "  About  "
        + EventWords.request(assignment.helpType, assignment.language, assignment.county),
    ]
    if !contact.notes.isEmpty { lines.append("  Notes  \(contact.notes)") }
    return lines.map(TerminalText.safe)
  }
}
