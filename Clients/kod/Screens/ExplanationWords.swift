import KODWire

/// An explanation in sentences (R37).
enum ExplanationWords {
  /// `kind`: what the assister is, as far as it is known. `isOwn`: the reader is the assister.
  static func lines(
    _ explanation: Explanation, kind: AssisterKind, isOwn: Bool, clock: ClockFace, now: Int64,
    paper: Paper
  ) -> [String] {
    let voice = Voice(
      name: explanation.assister, isOwn: isOwn, kind: kind, clock: clock, now: now)
    let whom = isOwn ? "" : ", seen from \(explanation.assister)"
    var lines = paper.wrapped("Referral \(explanation.referralId)\(whom):")
    guard !explanation.moments.isEmpty else {
      return lines + paper.wrapped("Nobody has been chosen for it yet.", indent: 2)
    }
    for moment in explanation.moments {
      // Seconds: several of them may lie within a minute.
      let isToday = clock.daysFrom(now, to: moment.atUs) == 0
      let instant = isToday ? clock.time(moment.atUs) : clock.dateAndTime(moment.atUs)
      let time = "\(instant) \(clock.abbreviation(moment.atUs))  "
      lines += paper.wrapped(
        time + voice.sentence(moment), hanging: TerminalText.columns(time), indent: 2)
    }
    return lines
  }
}

/// Who speaks to whom about one assister.
private struct Voice {
  var name: String
  var isOwn: Bool
  var kind: AssisterKind
  var clock: ClockFace
  var now: Int64

  private var subject: String { isOwn ? "You" : name }
  private var was: String { isOwn ? "were" : "was" }
  private var had: String { isOwn ? "you had" : "\(name) had" }

  func sentence(_ moment: RoutingMoment) -> String {
    if moment.offered { return offered(moment) }
    let what =
      switch moment.kind {
      case .general: "It went to somebody else alone."
      case .mass: "It went to everybody eligible at once."
      default: "Nobody could be asked."
      }
    let history =
      moment.historyKept
      ? "" : " What \(isOwn ? "your" : "the") availability was so long ago is not kept any more."
    guard moment.excluded.isEmpty else {
      let reasons = moment.excluded.map { exclusion($0, moment) }.joined(separator: "; ")
      return "\(what) \(subject) could not be asked: \(reasons).\(history)"
    }
    guard moment.kind == .general else { return what + history }
    return "\(what) \(subject) could have been asked too, but \(rank(moment)).\(history)"
  }

  private func offered(_ moment: RoutingMoment) -> String {
    guard moment.kind == .general else {
      return "\(subject) \(was) asked, together with everybody else who was eligible."
    }
    let first = "\(subject) \(was) asked alone"
    switch moment.candidates {
    case 0: return first + "."
    case 1: return first + ": nobody else could be."
    default:
      let step = moment.decidedBy.rawValue == 0 ? "" : ", \(ahead(moment.decidedBy))"
      return first + ": first of \(moment.candidates) who could be\(step)."
    }
  }

  /// Why first, in the words of the step that decided.
  private func ahead(_ step: RankStep) -> String {
    switch step {
    case .byRole: "by the role that is asked first for this help"
    case .byCounty: "by the county itself before the whole state"
    case .byLastOffer: "having waited longest since the last general offer"
    case .byOffersToday: "with the fewest offers that day"
    case .byRegistration: "registered the longest"
    default: "all else being equal"
    }
  }

  private func rank(_ moment: RoutingMoment) -> String {
    let own = moment.own ?? RankFacts()
    let chosen = moment.chosen ?? RankFacts()
    switch moment.decidedBy {
    case .byRole:
      switch kind {
      case .agent: return "kynectors are asked before agents for this help"
      case .kynector: return "agents are asked before kynectors for this help"
      default: return "another role is asked first for this help"
      }
    case .byCounty:
      return
        "the one asked helps in this very county, \(isOwn ? "you help" : "\(name) helps") in the whole state"
    case .byLastOffer:
      return "the one asked had waited longer since the last general offer (\(last(chosen)); "
        + "\(isOwn ? "you" : name): \(last(own)))"
    case .byOffersToday:
      return "the one asked had \(ReferralWords.count(chosen.offersToday, "offer")) that day, "
        + "\(had) \(own.offersToday)"
    case .byRegistration:
      let isOneDay = clock.day(chosen.registeredAtUs) == clock.day(own.registeredAtUs)
      let isOneSecond = clock.time(chosen.registeredAtUs) == clock.time(own.registeredAtUs)
      // Two equal times would explain nothing: whole rosters are registered within a second.
      guard !(isOneDay && isOneSecond) else {
        return "the one asked has been registered longer, by less than a second"
      }
      let since = { isOneDay ? clock.dateAndTime($0) : clock.day($0) }
      return "the one asked has been registered longer (since \(since(chosen.registeredAtUs)); "
        + "\(isOwn ? "you" : name): \(since(own.registeredAtUs)))"
    case .byId: return "all else was equal, and somebody has to be first"
    default: return "somebody else came first in the order"
    }
  }

  private func last(_ facts: RankFacts) -> String {
    facts.lastGeneralOfferUs == 0
      ? "never had one" : clock.when(facts.lastGeneralOfferUs, now: now)
  }

  private func exclusion(_ cause: ExclusionCause, _ moment: RoutingMoment) -> String {
    let help = isOwn ? "you do not help" : "\(name) does not help"
    switch cause {
    case .notAvailable:
      let why = StandingWords.blockers(moment.blockers)
      return "not available" + (why.isEmpty ? "" : " (\(why))")
    case .roleDoesNotTakeIt:
      return kind.rawValue == 0
        ? "this help is not for that role" : "this help is not for \(kind.word)s"
    case .otherLanguage: return "\(help) in this language"
    case .otherCounty: return "\(help) in this county"
    case .hadOpenGeneralOffer:
      // R38: who still has it alone gets no second offer of it.
      return moment.kind == .mass
        ? "\(had) it as a general offer still" : "\(had) another general offer open"
    case .wasAskedBefore: return "asked about this one before"
    case .hadNoSession: return "no session was open, which the policy asks for"
    case .registeredLater: return "not registered then"
    default: return WireWords.spaced(cause.word)
    }
  }
}
