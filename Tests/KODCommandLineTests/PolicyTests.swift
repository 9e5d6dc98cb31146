import KODWire
import Testing

@testable import kod

@Suite struct PolicyFieldTests {
  private func set(_ assignment: String) throws -> Policy {
    var policy = DeskValues.policy
    try PolicyField.apply(assignment, to: &policy)
    return policy
  }

  @Test(arguments: [
    ("offer_window=10m", "offer_window", "10m"), ("general-phase=0", "general_phase", "no end"),
    ("mass_window=90s", "mass_window", "90s"), ("on_reject=mass", "on_reject", "mass"),
    ("ON_LAPSE=next", "on_lapse", "next"),
    ("max_general_offers=0", "max_general_offers", "no limit"),
    ("roles_plan=kynector,agent", "roles_plan", "kynector, agent"),
    ("roles_both=equal", "roles_both", "equal"),
    ("roles_application=agent", "roles_application", "agent"),
    ("mass_audience=any-county", "mass_audience", "any county"),
    ("language_relaxation=in_mass", "language_relaxation", "in mass"),
    ("offer_requires_session=yes", "offer_requires_session", "yes"),
    ("capacity=7", "capacity", "7"),
    ("reject_is_response=no", "reject_is_response", "no"),
    ("misses_to_deregister=0", "misses_to_deregister", "never"),
    ("reregistration=staff-only", "reregistration", "staff only"),
    ("callback_promise=45m", "callback_promise", "45m"),
    ("callback_grace=5m", "callback_grace", "5m"),
    ("reclaim=20m", "reclaim", "20m"), ("first_reminder=1/2", "first_reminder", "1/2"),
    ("second_reminder=9/10", "second_reminder", "9/10"),
    ("first_callback_reminder=15m", "first_callback_reminder", "15m"),
    ("second_callback_reminder=0", "second_callback_reminder", "none"),
    ("unreachable_attempts=5", "unreachable_attempts", "5"),
    ("unreachable_spacing=1h", "unreachable_spacing", "60m"),
  ])
  func `every field can be set, and only that one changes (R60)`(
    assignment: String, name: String, text: String
  ) throws {
    let policy = try set(assignment)
    let field = try PolicyField.named(name)
    #expect(field.text(policy) == text)
    for other in PolicyField.all where other.name != name {
      #expect(other.members(policy) == other.members(DeskValues.policy), "\(other.name)")
    }
  }

  @Test func `the fields cover the whole message: a policy set field by field is that policy`()
    throws
  {
    var built = Policy()
    for field in PolicyField.all {
      let text = field.text(DeskValues.policy)
      // "no end" is typed as 0.
      #expect(field.set(&built, text) || field.set(&built, "0"), "\(field.name)=\(text)")
    }
    #expect(built == DeskValues.policy)
  }

  @Test(arguments: [
    ("offer_window", "--set takes FIELD=VALUE, such as offer_window=10m; got 'offer_window'"),
    ("offer_windo=1m", "the policy has no field 'offer_windo'; did you mean 'offer_window'?"),
    ("zzz=1", "the policy has no field 'zzz' (see: kod policy show)"),
    ("offer_window=10", "--set offer_window is a duration such as 90s, 15m or 1h30m; got '10'"),
    ("on_reject=stop", "--set on_reject is next or mass; got 'stop'"),
    ("capacity=-1", "--set capacity is a whole number; got '-1'"),
    ("first_reminder=0.3", "--set first_reminder is a fraction such as 1/3; got '0.3'"),
    ("reject_is_response=maybe", "--set reject_is_response is yes or no; got 'maybe'"),
  ])
  func `what is no field or no value is refused with what would be`(
    assignment: String, message: String
  ) {
    #expect(throws: UsageError(message)) { try set(assignment) }
  }

  @Test(arguments: [
    ("policy.offer_window_ms", "--set offer_window"),
    ("policy.first_reminder_numerator", "--set first_reminder"),
    ("policy.role_ranks[2]", "--set roles_..."), ("policy.capacity", "--set capacity"),
  ])
  func `the server's violations come out at the option that was typed`(
    path: String, option: String
  ) {
    #expect(PolicyField.option(path) == option)
  }

  @Test func `a field outside the policy is somebody else's`() {
    #expect(PolicyField.option("contact.name") == nil)
  }

  @Test func `a change names its fields with both values, and nothing else`() {
    let differences = PolicyLines.differences(DeskValues.policy, DeskValues.serial)
    #expect(differences.map(\.field.name) == ["general_phase"])
    #expect(differences.first?.before == "15m" && differences.first?.after == "no end")
    #expect(PolicyLines.differences(DeskValues.policy, DeskValues.policy).isEmpty)
  }

  @Test func `presets are known by name, near misses are suggested`() throws {
    #expect(try Preset.parse("lapse-to-mass") == .lapseToMass)
    #expect(Preset.given.map(\.word) == ["phase15", "serial", "lapse_to_mass", "one_shot"])
    #expect(throws: UsageError("there is no preset 'seriel'; did you mean 'serial'?")) {
      try Preset.parse("seriel")
    }
  }
}

@Suite struct PolicyChangeTests {
  private func change(_ line: String) throws -> PolicyChange {
    try PolicyChange(
      ArgumentParser.parse(
        line.split(separator: " ").map(String.init), commands: Command.descriptions))
  }

  @Test func `a preset alone is sent as the preset, with fields as the whole policy`() throws {
    #expect(try change("policy simulate --preset serial").whole == .serial)
    #expect(try change("policy simulate --preset serial --set capacity=2").whole == nil)
    #expect(try change("policy simulate --set capacity=2").whole == nil)
  }

  @Test func `a wrong value is known before anything is asked`() {
    #expect(throws: UsageError.self) { try change("policy simulate --set capacity=many") }
    #expect(
      throws: UsageError("give --preset NAME, or --set FIELD=VALUE", command: "policy simulate")
    ) {
      try change("policy simulate")
    }
  }

  @Test(arguments: ["--version 0", "--version x", "--version 1 --preset serial"])
  func `a version is a number from 1, and no preset`(options: String) throws {
    let invocation = try ArgumentParser.parse(
      "policy show \(options)".split(separator: " ").map(String.init),
      commands: Command.descriptions)
    #expect(throws: UsageError.self) { try PolicyCommand.showRequest(invocation) }
  }
}
