import KODWire

/// The wire's enumerations in plain lower-case words: for JSON and for people, who read the same words with spaces.
enum WireWords {
  /// kod.proto's spelling in lower case, without the prefix that only tells enumerations apart there.
  static func word(_ name: String, without prefixes: [String] = []) -> String {
    for prefix in prefixes where name.hasPrefix(prefix) {
      return name.dropFirst(prefix.count).lowercased()
    }
    return name.lowercased()
  }

  /// The value whose word is meant, in any case, with dashes or spaces for underscores; a near one is suggested.
  static func parse<Value>(
    _ text: String, _ what: String, _ values: [Value], _ word: (Value) -> String
  ) throws(UsageError) -> Value {
    func plain(_ word: String) -> String {
      String(word.lowercased().map { "- ".contains($0) ? "_" : $0 })
    }
    let wanted = plain(text)
    if let found = values.first(where: { plain(word($0)) == wanted }) { return found }
    let words = values.map(word)
    let near = Suggestion.nearest(to: wanted, among: words)
    throw UsageError(
      "there is no \(what) '\(text)'"
        + (near.map { "; did you mean '\($0)'?" } ?? ": it is \(list(words))"))
  }

  /// `on, off or follow`.
  static func list(_ words: [String], _ last: String = "or") -> String {
    guard let final = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(last) \(final)"
  }

  /// `no_one_available` as "no one available".
  static func spaced(_ word: String) -> String {
    String(word.map { $0 == "_" ? " " : $0 })
  }
}

extension OfferKind {
  var word: String { WireWords.word(name, without: ["OFFER_KIND_"]) }
}
extension OfferState {
  var word: String {
    WireWords.word(name, without: ["OFFER_WAS_", "OFFER_STATE_", "OFFER_"])
  }
}
extension HelpType {
  var word: String { WireWords.word(name, without: ["HELP_TYPE_"]) }

  /// The ones that can be asked for, by their words.
  static func parse(_ text: String) throws(UsageError) -> HelpType {
    let known: [HelpType] = [.application, .plan, .both]
    let wanted = text.lowercased()
    if let found = known.first(where: { $0.word == wanted }) { return found }
    let near = Suggestion.nearest(to: wanted, among: known.map(\.word))
    throw UsageError(
      "a help type is application, plan or both; got '\(text)'"
        + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }
}
extension OfferState {
  /// The ones that a search can ask for.
  static func parse(_ text: String) throws(UsageError) -> OfferState {
    try WireWords.parse(
      text, "state of an offer", OfferState.allKnown.filter { $0.rawValue != 0 }, \.word)
  }
}
extension OfferKind {
  static func parse(_ text: String) throws(UsageError) -> OfferKind {
    try WireWords.parse(text, "kind of offer", [.general, .mass], \.word)
  }
}
extension ReferralState {
  var word: String { WireWords.word(name, without: ["REFERRAL_STATE_", "REFERRAL_"]) }
}
extension WaitingCause {
  var word: String { WireWords.word(name, without: ["WAITING_CAUSE_"]) }
}
extension RegistrationState {
  var word: String { WireWords.word(name, without: ["REGISTRATION_STATE_", "REGISTRATION_"]) }
}
extension AvailabilityOverride {
  var word: String {
    WireWords.word(name, without: ["AVAILABILITY_OVERRIDE_", "OVERRIDE_"])
  }
}
extension AssisterKind {
  var word: String { WireWords.word(name, without: ["ASSISTER_KIND_"]) }

  static func parse(_ text: String) throws(UsageError) -> AssisterKind {
    switch text.lowercased() {
    case "agent": return .agent
    case "kynector": return .kynector
    default: throw UsageError("an assister is an agent or a kynector; got '\(text)'")
    }
  }
}
extension Role {
  var word: String { WireWords.word(name, without: ["ROLE_"]) }
}
extension Outcome {
  var word: String { WireWords.word(name, without: ["OUTCOME_"]) }

  /// Words of `kod help outcomes`; dashes and spaces do for underscores.
  static func parse(_ text: String) throws(UsageError) -> Outcome {
    let wanted = String(text.lowercased().map { "- ".contains($0) ? "_" : $0 })
    let known = Outcome.allKnown.filter { $0.rawValue != 0 }
    if let found = known.first(where: { $0.word == wanted }) { return found }
    if let near = Suggestion.nearest(to: wanted, among: known.map(\.word)) {
      throw UsageError("there is no outcome '\(text)'; did you mean '\(near)'?")
    }
    throw UsageError("there is no outcome '\(text)' (see: kod help outcomes)")
  }
}
extension AttemptResult {
  var word: String { WireWords.word(name, without: ["ATTEMPT_RESULT_"]) }

  static func parse(_ text: String) throws(UsageError) -> AttemptResult {
    try WireWords.parse(text, "result of a call", [.reached, .noAnswer, .voicemail]) {
      String($0.word.map { $0 == "_" ? "-" : $0 })
    }
  }
}
extension WithdrawalCause {
  var word: String { WireWords.word(name, without: ["WITHDRAWAL_CAUSE_"]) }
}
extension AssignmentEnd {
  var word: String { WireWords.word(name, without: ["ASSIGNMENT_END_", "END_"]) }
}
extension Blocker {
  var word: String { WireWords.word(name, without: ["BLOCKED_BY_"]) }

  /// Those whose bits are set.
  static func set(_ bits: UInt32) -> [Blocker] {
    allKnown.filter { bits & (1 << UInt32($0.rawValue)) != 0 }
  }
}
extension NoticeChannel {
  var word: String { WireWords.word(name, without: ["NOTICE_CHANNEL_"]) }
}
extension NoticeState {
  var word: String { WireWords.word(name, without: ["NOTICE_STATE_", "NOTICE_"]) }
}
extension AlertKind {
  var word: String { WireWords.word(name, without: ["ALERT_KIND_", "ALERT_"]) }
}
extension DeskAction {
  var word: String { WireWords.word(name, without: ["DESK_ACTION_"]) }
}
extension RankStep {
  var word: String { WireWords.word(name, without: ["RANK_STEP_"]) }
}
extension ExclusionCause {
  var word: String { WireWords.word(name, without: ["EXCLUSION_CAUSE_"]) }
}
extension Weekday {
  var word: String { WireWords.word(name, without: ["WEEKDAY_"]) }

  /// `Mon`.
  var short: String { word.prefix(1).uppercased() + word.dropFirst().prefix(2) }
}
