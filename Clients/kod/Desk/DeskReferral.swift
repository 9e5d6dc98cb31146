import KODClient
import KODJSON
import KODWire

/// `kod desk show`.
enum DeskReferral {
  static let command = Command(
    description: CommandDescription(
      name: "desk show", summary: "one referral: every offer, every hand that touched it",
      discussion: ["No name and no phone number: those are for the holder alone."],
      arguments: [Desk.referral],
      examples: [
        Example(line: "kod desk show 7", meaning: "referral 7"),
        Example(
          line: "kod desk show 7 --json | jq .record.offers[].assister", meaning: "who was asked"),
      ]),
    run: { context in
      let id = try context.invocation.identifier(0, "REFERRAL")
      try await Connection.with(context, as: Desk.principal) { connection in
        let record = try await connection.call("referral \(id)") { client throws(ClientError) in
          try await client.inspectReferral(GetReferralRecordRequest(referralId: id))
        }
        context.output.emit(["record": record.json])
        context.output.say(
          lines(
            record, clock: context.clock, now: connection.client.serverTime(),
            paper: context.output.paper))
      }
    })

  static func lines(
    _ record: ReferralRecord, clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    let referral = record.referral ?? Referral()
    let facts =
      StatusCommand.lines(referral, clock: clock, now: now)
      + ["  Policy     version \(referral.policyVersion)"]
    // Behind the first, which is a sentence, each has a label of 13 columns.
    var lines = facts.enumerated().flatMap { paper.wrapped($1, hanging: $0 == 0 ? 0 : 13) }
    lines += ["", record.offers.isEmpty ? "Nobody was asked." : "Offers:"]
    if !record.offers.isEmpty {
      lines += offers(record.offers, clock: clock, now: now).lines(on: paper, indent: 2)
    }
    let attempts = record.assignment?.attempts ?? []
    if !attempts.isEmpty {
      lines += ["", "Calls by \(TerminalText.safe(referral.holder)):"]
      lines += attempts.map {
        "  \(clock.brief($0.atUs, now: now))  \(WireWords.spaced($0.result.word))"
          + ($0.counts ? "" : " (too soon to count)")
      }
    }
    lines += ["", record.deskNotes.isEmpty ? "Nothing was done by hand." : "By hand:"]
    for note in record.deskNotes {
      lines += paper.wrapped(
        "\(clock.brief(note.atUs, now: now))  \(note.by) \(deed(note.action)): \(note.reason)",
        indent: 2)
    }
    return lines
  }

  private static func offers(
    _ offers: [OfferRecord], clock: ClockFace, now: Int64
  ) -> Table {
    var table = Table([
      .init(title: "OFFER", right: true), .init(title: "KIND"),
      .init(title: "ASSISTER", least: 6), .init(title: "OFFERED"),
      .init(title: "WHAT CAME OF IT", least: 16), .init(title: "TOLD", least: 8, rank: 1),
    ])
    for record in offers {
      let offer = record.offer ?? Offer()
      table.add([
        .init("\(offer.offerId)"), .init(offer.kind.word), .init(record.assister, .bold),
        .init(clock.brief(offer.offeredAtUs, now: now)),
        ended(record, offer, clock: clock, now: now), .init(told(record, offer)),
      ])
    }
    return table
  }

  static func ended(
    _ record: OfferRecord, _ offer: Offer, clock: ClockFace, now: Int64
  ) -> Table.Cell {
    let at = record.endedAtUs > 0 ? " \(clock.brief(record.endedAtUs, now: now))" : ""
    switch offer.state {
    case .offerPending:
      let left = offer.deadlineUs - now
      return .init(left > 0 ? "open, \(Countdown.text(microseconds: left)) left" : "open", .warning)
    case .offerAccepted: return .init("accepted\(at)", .good)
    case .offerMissed: return .init("MISSED\(at)", .bad)
    case .offerWasWithdrawn:
      let cause = record.withdrawal
      return .init(
        "withdrawn\(at)" + (cause.rawValue == 0 ? "" : ": \(WireWords.spaced(cause.word))"))
    default: return .init("\(offer.state.word)\(at)")
    }
  }

  /// How the assister heard of it: in a session, or by notices (R22, R65).
  static func told(_ record: OfferRecord, _ offer: Offer) -> String {
    let notices = offer.notices.map { "\($0.channel.word) \($0.state.word)" }
    guard !notices.isEmpty else { return record.delivered ? "session" : "not told" }
    return notices.joined(separator: ", ")
  }

  private static func deed(_ action: DeskAction) -> String {
    switch action {
    case .rerun: "had it asked again"
    case .assignedByHand: "assigned it"
    case .gaveUp: "gave up"
    case .tookBack: "took it back"
    case .cancelledByStaff: "cancelled it"
    case .releasedByHolder: "gave it back"
    default: WireWords.spaced(action.word)
    }
  }
}
