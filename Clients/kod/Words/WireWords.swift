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
