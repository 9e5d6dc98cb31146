import KODJSON
import KODWire

/// The tables at the end of the demo.
enum DemoSummary {
  static func lines(
    _ facts: DemoFacts, checks: [DemoCheck], seconds: Double, style: Style
  ) -> [String] {
    var lines = ["", style.paint("Referrals", .bold)] + referrals(facts)
    lines += ["", style.paint("Assisters", .bold)] + assisters(facts)
    lines += ["", style.paint("Checks, counted from outside the server", .bold)]
    for check in checks {
      let mark = check.isPassed ? style.paint("  ok    ", .good) : style.paint("  FAILED", .bad)
      let parts = TerminalText.wrapped(check.text, 70)
      lines.append(mark + " " + (parts.first ?? ""))
      lines += parts.dropFirst().map { "         " + $0 }
    }
    let failed = checks.count { !$0.isPassed }
    let duration = "\(Int(seconds.rounded())) s"
    lines += [
      "",
      failed == 0
        ? style.paint("All \(checks.count) checks passed in \(duration).", .good)
        : style.paint("\(failed) of \(checks.count) checks FAILED.", .bad),
    ]
    return lines
  }

  private static func referrals(_ facts: DemoFacts) -> [String] {
    var table = Table([
      .init(title: "  #", right: true), .init(title: "REQUEST"), .init(title: "WENT"),
      .init(title: "ASKED", right: true), .init(title: "WINNER"),
      .init(title: "AFTER", right: true),
    ])
    for item in facts.submitted.sorted(by: { $0.referral.referralId < $1.referral.referralId }) {
      let id = item.referral.referralId
      let final = facts.final[id]
      let help = item.request.helpType.word
      let language = Languages.name(item.request.language)
      let after = facts.wonAt(id).map {
        DurationText.spoken(microseconds: $0 - item.referral.submittedAtUs)
      }
      let winners = facts.winners(of: id)
      table.add([
        String(id), "\(help), \(language), \(item.request.county.nameAndZone)", went(facts, id),
        String(final?.offersMade ?? 0),
        winners.isEmpty ? final?.state.word ?? "unknown" : winners.joined(separator: "+"),
        after ?? "",
      ])
    }
    return table.lines()
  }

  private static func went(_ facts: DemoFacts, _ referral: UInt64) -> String {
    let kinds = facts.kinds(of: referral)
    let general = kinds.contains(.general)
    let mass = kinds.contains(.mass)
    return general && mass ? "general>mass" : general ? "general" : mass ? "mass" : "nowhere"
  }

  private static func assisters(_ facts: DemoFacts) -> [String] {
    var table = Table([
      .init(title: "  NAME"), .init(title: "GENERAL", right: true),
      .init(title: "MASS", right: true), .init(title: "WON", right: true),
      .init(title: "TAKEN", right: true), .init(title: "REJECTED", right: true),
      .init(title: "MISSED", right: true), .init(title: "EXPIRED", right: true),
      .init(title: "STATE"),
    ])
    for (name, seat) in facts.seats.sorted(by: { $0.key < $1.key }) {
      table.add([
        "  \(name)", String(seat.shown(.general)), String(seat.shown(.mass)),
        String(seat.count(.offerAccepted)), String(seat.count(.offerWasTaken)),
        String(seat.count(.offerRejected)), String(seat.count(.offerMissed)),
        String(seat.count(.offerExpired)), seat.registration.word,
      ])
    }
    return table.lines()
  }

  static func json(_ facts: DemoFacts, checks: [DemoCheck], seconds: Double) -> JSON {
    [
      "event": "summary", "passed": .bool(checks.allSatisfy(\.isPassed)),
      "seconds": .number((seconds * 10).rounded() / 10),
      "checks": .array(
        checks.map { ["passed": .bool($0.isPassed), "text": .string($0.text)] }),
      "referrals": .array(
        facts.submitted.map { item in
          let id = item.referral.referralId
          return [
            "reference": .string(item.request.reference), "referral_id": .unsigned(id),
            "winners": .array(facts.winners(of: id).map { .string($0) }),
            "state": .string(facts.final[id]?.state.word ?? "unknown"),
          ]
        }),
      "accepts": .unsigned(UInt64(facts.accepts.count)),
      "races": .unsigned(UInt64(facts.racedReferrals.count)),
    ]
  }
}
