internal import KODEngine
internal import KODWire

/// A policy as a supervisor sends it (R60), every field of it by its path.
extension FieldCheck {
  /// Nil: none, or none that is known, which is a violation.
  mutating func preset(_ path: String, _ preset: Preset) -> KODEngine.Policy? {
    guard preset != .unspecified else { return nil }
    let policy = KODEngine.Policy.presets.first { $0.preset == preset }?.policy
    if policy == nil { violation(path, "must be one of the presets") }
    return policy
  }

  /// A preset, or else the policy that is given.
  mutating func policy(_ preset: Preset, _ policy: KODWire.Policy?) -> KODEngine.Policy? {
    guard preset == .unspecified else {
      if policy != nil { violation("policy", "must not be given with a preset") }
      return self.preset("preset", preset)
    }
    guard let policy else {
      violation("policy", "must be given without a preset")
      return nil
    }
    let count = violations.count
    let chosen = self.policy(policy)
    if violations.count == count, !chosen.isValid {
      violation("policy", "must be a policy that the program can work by")
    }
    return chosen
  }

  private mutating func policy(_ message: KODWire.Policy) -> KODEngine.Policy {
    var policy = KODEngine.Policy()
    policy.onReject =
      word("policy.on_reject", message.onReject, "CONTINUE_NEXT or CONTINUE_MASS") ?? .next
    policy.onLapse =
      word("policy.on_lapse", message.onLapse, "CONTINUE_NEXT or CONTINUE_MASS") ?? .next
    let phase = span("general_phase_ms", message.generalPhaseMs)
    policy.generalPhase = message.generalPhaseMs == 0 ? nil : phase
    policy.offerWindow = span("offer_window_ms", message.offerWindowMs, atLeast: 1)
    policy.massWindow = span("mass_window_ms", message.massWindowMs, atLeast: 1)
    policy.maxGeneralOffers = message.maxGeneralOffers
    policy.rejectIsResponse = message.rejectIsResponse
    policy.missesToDeregister = small("misses_to_deregister", message.missesToDeregister, 0...255)
    number("policy.capacity", message.capacity, in: 1...1_000_000)
    policy.capacity = message.capacity
    policy.callbackPromise = span("callback_promise_ms", message.callbackPromiseMs)
    policy.callbackGrace = span("callback_grace_ms", message.callbackGraceMs)
    policy.reclaim = span("reclaim_ms", message.reclaimMs)
    policy.unreachableSpacing = span("unreachable_spacing_ms", message.unreachableSpacingMs)
    number("policy.unreachable_attempts", message.unreachableAttempts, in: 0...255)
    policy.unreachableAttempts = message.unreachableAttempts
    reminders(message, &policy)
    callbackReminders(message, &policy)
    roles(message.roleRanks, &policy)
    policy.massAudience =
      word(
        "policy.mass_audience", message.massAudience, "MASS_ELIGIBLE or MASS_ANY_COUNTY")
      ?? .eligible
    policy.languageRelaxation =
      word(
        "policy.language_relaxation", message.languageRelaxation,
        "LANGUAGE_NEVER or LANGUAGE_IN_MASS") ?? .never
    policy.reregistration =
      word(
        "policy.reregistration", message.reregistration,
        "REREGISTRATION_ALLOWED or REREGISTRATION_STAFF_ONLY") ?? .allowed
    policy.offerRequiresSession = message.offerRequiresSession
    return policy
  }

  /// Milliseconds, 30 days at most.
  private mutating func span(
    _ field: String, _ milliseconds: UInt64, atLeast least: UInt64 = 0
  ) -> Instant.Interval {
    let most = UInt64(EngineLimits.longestSpan.microseconds / 1000)
    number("policy.\(field)", milliseconds, in: least...most, unit: " ms (30 days)")
    return Instant.Interval(microseconds: Int64(min(milliseconds, most)) * 1000)
  }

  private mutating func small(
    _ field: String, _ value: UInt32, _ range: ClosedRange<UInt32>
  ) -> UInt8 {
    number("policy.\(field)", value, in: range)
    return UInt8(clamping: value)
  }

  /// R47: two parts of a window, the first before the second.
  private mutating func reminders(_ message: KODWire.Policy, _ policy: inout KODEngine.Policy) {
    let count = violations.count
    let first = KODEngine.Policy.Fraction(
      small("first_reminder_numerator", message.firstReminderNumerator, 1...255),
      of: small("first_reminder_denominator", message.firstReminderDenominator, 1...255))
    let second = KODEngine.Policy.Fraction(
      small("second_reminder_numerator", message.secondReminderNumerator, 1...255),
      of: small("second_reminder_denominator", message.secondReminderDenominator, 1...255))
    policy.firstReminder = first
    policy.secondReminder = second
    guard violations.count == count else { return }
    if second.numerator >= second.denominator {
      violation("policy.second_reminder_numerator", "must be less than its denominator")
    }
    if Int(first.numerator) * Int(second.denominator)
      >= Int(second.numerator) * Int(first.denominator)
    {
      violation("policy.first_reminder_numerator", "must make a smaller part than the second")
    }
  }

  /// R47: how long before the callback is due; the second comes after the first.
  private mutating func callbackReminders(
    _ message: KODWire.Policy, _ policy: inout KODEngine.Policy
  ) {
    policy.firstCallbackReminder = span(
      "first_callback_reminder_ms", message.firstCallbackReminderMs)
    policy.secondCallbackReminder = span(
      "second_callback_reminder_ms", message.secondCallbackReminderMs)
    if message.firstCallbackReminderMs > 0,
      message.secondCallbackReminderMs >= message.firstCallbackReminderMs
    {
      violation("policy.second_callback_reminder_ms", "must be less than the first")
    }
  }

  private mutating func roles(_ ranks: [UInt32], _ policy: inout KODEngine.Policy) {
    if ranks.count != 6 { violation("policy.role_ranks", "must have 6 entries") }
    for (index, rank) in ranks.prefix(6).enumerated() {
      number("policy.role_ranks[\(index)]", rank, in: 0...255)
    }
    policy.roles = .init { help, kind in
      let index = Int(help.rawValue - 1) * 2 + Int(kind.rawValue - 1)
      return index < ranks.count && ranks[index] > 0 ? UInt8(clamping: ranks[index]) : nil
    }
  }
}

extension KODEngine.Policy {
  /// R61.
  static let presets: [(preset: Preset, policy: KODEngine.Policy)] = [
    (.phase15, .phase15), (.serial, .serial), (.lapseToMass, .lapseToMass), (.oneShot, .oneShot),
  ]
}

extension KODWire.Policy {
  init(_ policy: KODEngine.Policy) {
    func milliseconds(_ span: Instant.Interval) -> UInt64 { UInt64(span.microseconds / 1000) }
    self.init(
      onReject: .init(rawValue: Int32(policy.onReject.rawValue)),
      onLapse: .init(rawValue: Int32(policy.onLapse.rawValue)),
      generalPhaseMs: policy.generalPhase.map(milliseconds) ?? 0,
      offerWindowMs: milliseconds(policy.offerWindow),
      massWindowMs: milliseconds(policy.massWindow),
      maxGeneralOffers: policy.maxGeneralOffers, rejectIsResponse: policy.rejectIsResponse,
      missesToDeregister: UInt32(policy.missesToDeregister), capacity: policy.capacity,
      callbackPromiseMs: milliseconds(policy.callbackPromise),
      callbackGraceMs: milliseconds(policy.callbackGrace), reclaimMs: milliseconds(policy.reclaim),
      firstReminderNumerator: UInt32(policy.firstReminder.numerator),
      firstReminderDenominator: UInt32(policy.firstReminder.denominator),
      secondReminderNumerator: UInt32(policy.secondReminder.numerator),
      secondReminderDenominator: UInt32(policy.secondReminder.denominator),
      roleRanks: KODEngine.HelpType.allCases.flatMap { help in
        KODEngine.AssisterKind.allCases.map { UInt32(policy.roles.rank(help, $0) ?? 0) }
      },
      massAudience: .init(rawValue: Int32(policy.massAudience.rawValue)),
      languageRelaxation: .init(rawValue: Int32(policy.languageRelaxation.rawValue)),
      reregistration: .init(rawValue: Int32(policy.reregistration.rawValue)),
      offerRequiresSession: policy.offerRequiresSession,
      unreachableAttempts: policy.unreachableAttempts,
      unreachableSpacingMs: milliseconds(policy.unreachableSpacing),
      firstCallbackReminderMs: milliseconds(policy.firstCallbackReminder),
      secondCallbackReminderMs: milliseconds(policy.secondCallbackReminder))
  }
}
