import KODJSON
import KODWire

extension Preset {
  var word: String { WireWords.word(name, without: ["PRESET_"]) }

  static let given: [Preset] = allKnown.filter { $0.rawValue != 0 }

  static func parse(_ text: String) throws(UsageError) -> Preset {
    try WireWords.parse(text, "preset", given, \.word)
  }
}
extension Continuation {
  var word: String { WireWords.word(name, without: ["CONTINUATION_", "CONTINUE_"]) }
}
extension MassAudience {
  var word: String { WireWords.word(name, without: ["MASS_AUDIENCE_", "MASS_"]) }
}
extension LanguageRelaxation {
  var word: String { WireWords.word(name, without: ["LANGUAGE_RELAXATION_", "LANGUAGE_"]) }
}
extension Reregistration {
  var word: String { WireWords.word(name, without: ["REREGISTRATION_"]) }
}
extension QueueFilter {
  var word: String { WireWords.word(name, without: ["QUEUE_"]) }
}

/// One field of the policy (R60): its name for `--set`, its words for people, and how a typed value gets in.
struct PolicyField: Sendable {
  /// As typed after `--set` and as a key of JSON, where durations end in `_ms`.
  var name: String
  var summary: String
  /// What may be typed, for errors and help.
  var values: String
  /// The value with its unit.
  var text: @Sendable (Policy) -> String
  /// False: that is no value of this field.
  var set: @Sendable (inout Policy, String) -> Bool
  var members: @Sendable (Policy) -> [JSON.Member]
  /// The server's names for it, in violations.
  var wireNames: [String]

  /// In the order of the questions: who is asked, for how long, and then what.
  static let all: [PolicyField] = [
    duration(
      "offer_window", "how long one assister alone has", \.offerWindowMs),
    duration(
      "general_phase", "how long assisters are asked one by one", \.generalPhaseMs, zero: "no end"),
    duration("mass_window", "how long everybody has", \.massWindowMs),
    choice(
      "on_reject", "after a rejection", \.onReject, [.continueNext, .continueMass], \.word,
      \.rawValue),
    choice(
      "on_lapse", "after no answer", \.onLapse, [.continueNext, .continueMass], \.word, \.rawValue),
    number(
      "max_general_offers", "how many are asked one by one", \.maxGeneralOffers, zero: "no limit"),
    roles("roles_application", "who is asked about an application, in this order", 0),
    roles("roles_plan", "who is asked about a plan, in this order", 2),
    roles("roles_both", "who is asked about both, in this order", 4),
    choice(
      "mass_audience", "who is everybody", \.massAudience, [.massEligible, .massAnyCounty], \.word,
      \.rawValue),
    choice(
      "language_relaxation", "when people of other languages are asked too", \.languageRelaxation,
      [.languageNever, .languageInMass], \.word, \.rawValue),
    flag(
      "offer_requires_session", "only who has a session is asked", \.offerRequiresSession),
    number("capacity", "open referrals an assister may hold", \.capacity),
    flag("reject_is_response", "a rejection ends a streak of misses", \.rejectIsResponse),
    number(
      "misses_to_deregister", "missed in a row until de-registered", \.missesToDeregister,
      zero: "never"),
    choice(
      "reregistration", "who may bring a de-registered assister back", \.reregistration,
      [.allowed, .staffOnly], \.word, \.rawValue),
    duration("callback_promise", "called back within", \.callbackPromiseMs),
    duration("callback_grace", "but at least this long after accepting", \.callbackGraceMs),
    duration("reclaim", "taken back when not called, after that", \.reclaimMs),
    fraction(
      "first_reminder", "first reminder, of an offer's window", \.firstReminderNumerator,
      \.firstReminderDenominator),
    fraction(
      "second_reminder", "second reminder, of an offer's window", \.secondReminderNumerator,
      \.secondReminderDenominator),
    duration(
      "first_callback_reminder", "reminder before the callback is due",
      \.firstCallbackReminderMs, zero: "none"),
    duration(
      "second_callback_reminder", "and another", \.secondCallbackReminderMs, zero: "none"),
    number("unreachable_attempts", "attempts until unreachable", \.unreachableAttempts),
    duration("unreachable_spacing", "and at least so far apart", \.unreachableSpacingMs),
  ]

  /// By name; dashes do for underscores.
  static func named(_ name: String) throws(UsageError) -> PolicyField {
    let wanted = String(name.lowercased().map { $0 == "-" ? "_" : $0 })
    if let found = all.first(where: { $0.name == wanted }) { return found }
    let near = Suggestion.nearest(to: wanted, among: all.map(\.name))
    throw UsageError(
      "the policy has no field '\(name)'"
        + (near.map { "; did you mean '\($0)'?" } ?? " (see: kod policy show)"))
  }

  /// Applies `field=value`.
  static func apply(_ assignment: String, to policy: inout Policy) throws(UsageError) {
    guard let equals = assignment.firstIndex(of: "=") else {
      throw UsageError("--set takes FIELD=VALUE, such as offer_window=10m; got '\(assignment)'")
    }
    let field = try named(String(assignment[..<equals]))
    let value = String(assignment[assignment.index(after: equals)...])
    guard field.set(&policy, value) else {
      throw UsageError("--set \(field.name) is \(field.values); got '\(value)'")
    }
  }

  /// `--set offer_window` for a violation's `policy.offer_window_ms`; nil: no field of the policy.
  static func option(_ path: String) -> String? {
    guard path.hasPrefix("policy.") else { return nil }
    let name = path.dropFirst("policy.".count)
    if name.hasPrefix("role_ranks") { return "--set roles_..." }
    return all.first { $0.wireNames.contains(String(name)) }.map { "--set \($0.name)" }
  }
}

// MARK: Kinds of fields

extension PolicyField {
  private static func duration(
    _ name: String, _ summary: String, _ path: any WritableKeyPath<Policy, UInt64> & Sendable,
    zero: String? = nil
  ) -> PolicyField {
    PolicyField(
      name: name, summary: summary,
      values: "a duration such as 90s, 15m or 1h30m" + (zero.map { ", or 0: \($0)" } ?? ""),
      text: { policy in
        let value = policy[keyPath: path]
        if value == 0, let zero { return zero }
        return DurationText.exact(.milliseconds(Int64(clamping: value)))
      },
      set: { policy, text in
        if text == "0" {
          policy[keyPath: path] = 0
          return true
        }
        guard let duration = DurationText.parse(text) else { return false }
        policy[keyPath: path] = UInt64(duration.milliseconds)
        return true
      },
      members: { [.init(key: "\(name)_ms", value: .unsigned($0[keyPath: path]))] },
      wireNames: ["\(name)_ms"])
  }

  private static func number(
    _ name: String, _ summary: String, _ path: any WritableKeyPath<Policy, UInt32> & Sendable,
    zero: String? = nil
  ) -> PolicyField {
    PolicyField(
      name: name, summary: summary,
      values: "a whole number" + (zero.map { ", 0: \($0)" } ?? ""),
      text: { policy in
        let value = policy[keyPath: path]
        return value == 0 ? zero ?? "0" : "\(value)"
      },
      set: { policy, text in
        guard let number = UInt32(text) else { return false }
        policy[keyPath: path] = number
        return true
      },
      members: { [.init(key: name, value: .count($0[keyPath: path]))] }, wireNames: [name])
  }

  private static func flag(
    _ name: String, _ summary: String, _ path: any WritableKeyPath<Policy, Bool> & Sendable
  ) -> PolicyField {
    PolicyField(
      name: name, summary: summary, values: "yes or no",
      text: { $0[keyPath: path] ? "yes" : "no" },
      set: { policy, text in
        switch text.lowercased() {
        case "yes", "true", "on": policy[keyPath: path] = true
        case "no", "false", "off": policy[keyPath: path] = false
        default: return false
        }
        return true
      },
      members: { [.init(key: name, value: .bool($0[keyPath: path]))] }, wireNames: [name])
  }

  private static func choice<Value: Equatable & Sendable>(
    _ name: String, _ summary: String, _ path: any WritableKeyPath<Policy, Value> & Sendable,
    _ values: [Value],
    _ word: @escaping @Sendable (Value) -> String, _ number: @escaping @Sendable (Value) -> Int32
  ) -> PolicyField {
    PolicyField(
      name: name, summary: summary, values: WireWords.list(values.map(word)),
      text: { WireWords.spaced(word($0[keyPath: path])) },
      set: { policy, text in
        let wanted = String(text.lowercased().map { "- ".contains($0) ? "_" : $0 })
        guard let value = values.first(where: { word($0) == wanted }) else { return false }
        policy[keyPath: path] = value
        return true
      },
      members: { policy in
        let value = policy[keyPath: path]
        return [.init(key: name, value: .word(number(value), word(value)))]
      }, wireNames: [name])
  }

  private static func fraction(
    _ name: String, _ summary: String, _ numerator: any WritableKeyPath<Policy, UInt32> & Sendable,
    _ denominator: any WritableKeyPath<Policy, UInt32> & Sendable
  ) -> PolicyField {
    PolicyField(
      name: name, summary: summary, values: "a fraction such as 1/3",
      text: { "\($0[keyPath: numerator])/\($0[keyPath: denominator])" },
      set: { policy, text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let above = UInt32(parts[0]), let below = UInt32(parts[1]) else {
          return false
        }
        policy[keyPath: numerator] = above
        policy[keyPath: denominator] = below
        return true
      },
      members: { policy in
        [
          .init(key: "\(name)_numerator", value: .count(policy[keyPath: numerator])),
          .init(key: "\(name)_denominator", value: .count(policy[keyPath: denominator])),
        ]
      }, wireNames: ["\(name)_numerator", "\(name)_denominator"])
  }

  /// Two of the role matrix's numbers: the agents', then the kynectors'.
  private static func roles(_ name: String, _ summary: String, _ index: Int) -> PolicyField {
    PolicyField(
      name: name, summary: summary,
      values: "agent,kynector or kynector,agent (first to last), equal, agent, or kynector",
      text: { policy in
        let ranks = ranks(policy, index)
        switch ranks {
        case (0, 0): return "nobody"
        case (_, 0): return "agent"
        case (0, _): return "kynector"
        case (let agent, let kynector) where agent < kynector: return "agent, kynector"
        case (let agent, let kynector) where agent > kynector: return "kynector, agent"
        default: return "equal"
        }
      },
      set: { policy, text in
        let words = text.lowercased().split(whereSeparator: { ", ".contains($0) })
        let ranks: (UInt32, UInt32)
        switch words {
        case ["agent", "kynector"]: ranks = (1, 2)
        case ["kynector", "agent"]: ranks = (2, 1)
        case ["equal"]: ranks = (1, 1)
        case ["agent"]: ranks = (1, 0)
        case ["kynector"]: ranks = (0, 1)
        default: return false
        }
        while policy.roleRanks.count < 6 { policy.roleRanks.append(0) }
        policy.roleRanks[index] = ranks.0
        policy.roleRanks[index + 1] = ranks.1
        return true
      },
      members: { policy in
        let ranks = ranks(policy, index)
        return [.init(key: name, value: ["agent": .count(ranks.0), "kynector": .count(ranks.1)])]
      }, wireNames: [])
  }

  private static func ranks(_ policy: Policy, _ index: Int) -> (UInt32, UInt32) {
    guard policy.roleRanks.count > index + 1 else { return (0, 0) }
    return (policy.roleRanks[index], policy.roleRanks[index + 1])
  }
}
