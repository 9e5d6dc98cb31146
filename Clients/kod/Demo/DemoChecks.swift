import KODWire

/// The demo's verdict: what must be true of any morning, judged from what the sessions saw.
struct DemoCheck: Equatable, Sendable {
  var isPassed: Bool
  var text: String

  /// `tellsStory`: the built-in morning, which must show what the demo is there to show.
  static func all(
    of facts: DemoFacts, requested: Int, wasKilled: Bool, tellsStory: Bool = false
  ) -> [DemoCheck] {
    var checks = [
      submissions(facts, requested), winners(facts), races(facts), answers(facts), offers(facts),
      sessions(facts, wasKilled: wasKilled),
    ]
    if tellsStory { checks.append(story(facts)) }
    if let acknowledged = facts.acknowledgedBeforeKill {
      let lost = facts.lostByKill
      checks.append(
        DemoCheck(
          isPassed: lost.isEmpty,
          text: lost.isEmpty
            ? "kill -9: all \(acknowledged) accepts acknowledged before it stand"
            : "kill -9: accepts LOST for \(list(lost))"))
    }
    let stopped = facts.stopStatus == 0
    checks.append(
      DemoCheck(
        isPassed: stopped,
        text: stopped
          ? "the server stopped cleanly on SIGTERM"
          : "the server did not stop cleanly: "
            + (facts.stopStatus.map { "status \($0)" } ?? "it had to be killed")))
    return checks
  }

  private static func submissions(_ facts: DemoFacts, _ requested: Int) -> DemoCheck {
    let referrals = Set(facts.submitted.map(\.referral.referralId)).count
    let passed = referrals == requested && facts.failedSubmissions.isEmpty
    let failed = facts.failedSubmissions.joined(separator: "; ")
    return DemoCheck(
      isPassed: passed,
      text: "\(requested) requests became \(referrals) referrals"
        + (failed.isEmpty ? "" : "; failed: \(failed)"))
  }

  /// Exactly one winner where the server names a holder, and the same; none anywhere else.
  private static func winners(_ facts: DemoFacts) -> DemoCheck {
    var wrong: [String] = []
    var won = 0
    for item in facts.submitted {
      let id = item.referral.referralId
      let winners = facts.winners(of: id)
      let holder = facts.final[id]?.holder ?? ""
      if winners.count > 1 {
        wrong.append("referral \(id) was won by \(winners.joined(separator: " AND "))")
      } else if (winners.first ?? "") != holder {
        wrong.append(
          "referral \(id): the server's holder is '\(holder)', the session told so is "
            + "'\(winners.first ?? "")'")
      } else if winners.count == 1 {
        won += 1
      }
      let state = facts.final[id]?.state ?? .unspecified
      if [.referralGeneral, .referralMass, .unspecified].contains(state) {
        wrong.append("referral \(id) is still '\(state.word)'")
      }
    }
    let unserved = facts.submitted.count - won
    return DemoCheck(
      isPassed: wrong.isEmpty,
      text: wrong.isEmpty
        ? "\(won) referrals have exactly one winner, the one that the server names; "
          + "\(unserved) have none (cancelled)"
        : wrong.joined(separator: "; "))
  }

  private static func races(_ facts: DemoFacts) -> DemoCheck {
    let raced = facts.racedReferrals
    let bad = raced.filter { facts.winners(of: $0).count != 1 }
    let accepts = facts.accepts.count {
      raced.contains($0.offer.referralId) && $0.offer.kind == .mass
    }
    return DemoCheck(
      isPassed: bad.isEmpty,
      text: bad.isEmpty
        ? "races: \(raced.count), with \(accepts) accepts; exactly one winner each"
        : "races without exactly one winner: \(list(bad))")
  }

  /// A general offer lapsed into mass, a race took place, staff was alerted.
  private static func story(_ facts: DemoFacts) -> DemoCheck {
    let lapsed = facts.submitted.count { item in
      let kinds = facts.kinds(of: item.referral.referralId)
      return kinds.contains(.general) && kinds.contains(.mass)
    }
    let passed = lapsed > 0 && !facts.racedReferrals.isEmpty && facts.alerts > 0
    return DemoCheck(
      isPassed: passed,
      text: passed
        ? "\(lapsed) referrals went from general to mass; alerts to staff: \(facts.alerts)"
        : "the morning did not show a lapse into mass, a race and an alert")
  }

  /// Every accept was answered, and "taken" names the instant that the winner was told.
  private static func answers(_ facts: DemoFacts) -> DemoCheck {
    var wrong: [String] = []
    var told = 0
    for accept in facts.accepts {
      let what = "\(accept.assister)'s accept of offer \(accept.offer.offerId)"
      switch accept.answer {
      case nil: wrong.append("\(what) got no answer")
      case .unknown(let why): wrong.append("\(what): \(why)")
      case .won: break
      case .refused("OFFER_TAKEN", let takenAt):
        told += 1
        if takenAt == nil || takenAt != facts.wonAt(accept.offer.referralId) {
          wrong.append("\(what) was told another instant than the winner")
        }
      case .refused: break
      }
    }
    return DemoCheck(
      isPassed: wrong.isEmpty,
      text: wrong.isEmpty
        ? "\(facts.accepts.count) accepts, all answered; \(told) were told \"taken\", "
          + "at the winner's instant"
        : wrong.joined(separator: "; "))
  }

  /// No lost and no phantom offer: shown once, ended once.
  private static func offers(_ facts: DemoFacts) -> DemoCheck {
    var wrong: [String] = []
    var shown = 0
    for (name, seat) in facts.seats.sorted(by: { $0.key < $1.key }) {
      shown += seat.shown.count
      for id in seat.shown.keys.sorted() {
        let ends = Set(seat.ends[id] ?? [])
        if ends.isEmpty { wrong.append("\(name) was never told the end of offer \(id)") }
        if ends.count > 1 {
          let words = ends.map(\.word).sorted().joined(separator: " and ")
          wrong.append("\(name) was told that offer \(id) is \(words)")
        }
      }
      let phantom = seat.ends.keys.filter { seat.shown[$0] == nil }.sorted()
      if !phantom.isEmpty { wrong.append("\(name) was told the end of unseen \(list(phantom))") }
      let twice = seat.shownTwice + seat.endedTwice
      if !twice.isEmpty { wrong.append("\(name) was told twice of \(list(twice))") }
    }
    return DemoCheck(
      isPassed: wrong.isEmpty,
      text: wrong.isEmpty
        ? "\(shown) offers were shown once and ended once: none lost, none phantom"
        : wrong.joined(separator: "; "))
  }

  private static func sessions(_ facts: DemoFacts, wasKilled: Bool) -> DemoCheck {
    let expected = wasKilled ? 2 : 1
    let wrong = facts.seats.filter { $0.value.refusal != nil || $0.value.connections < expected }
    let lost = facts.seats.filter { !wasKilled && $0.value.connections > 1 }
    let names = wrong.keys.sorted().joined(separator: ", ")
    if !wrong.isEmpty {
      return DemoCheck(isPassed: false, text: "sessions that did not (re)connect: \(names)")
    }
    if !lost.isEmpty {
      let names = lost.keys.sorted().joined(separator: ", ")
      return DemoCheck(isPassed: false, text: "sessions lost their connection: \(names)")
    }
    return DemoCheck(
      isPassed: true,
      text: wasKilled
        ? "all \(facts.seats.count) assisters' sessions came back by themselves"
        : "all \(facts.seats.count) assisters' sessions stayed up")
  }

  private static func list(_ ids: [UInt64]) -> String {
    ids.map(String.init).joined(separator: ", ")
  }
}
