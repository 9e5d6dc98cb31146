import KODClient
import KODJSON
import KODWire

/// `kod policy`: the program's rules as numbers (R60, R61).
enum PolicyCommand {
  static let command = Command(
    description: CommandDescription(
      name: "policy", summary: "for supervisors: show, change and try out the program's policy",
      discussion: [
        "Without a command: the policy in force. A referral keeps the version it started under. Auditors may run "
          + "what only reads. On a development server, without --as: as sam."
      ],
      options: showOptions,
      examples: [
        Example(line: "kod policy", meaning: "the policy in force"),
        Example(
          line: "kod policy simulate --preset serial --period month",
          meaning: "what this month would have been like"),
        Example(
          line: "kod policy set --set offer_window=10m --reason 'quicker turns'",
          meaning: "one field, the others stay"),
      ]),
    subcommands: [show, presets, set, PolicySimulation.command], run: runShow)

  private static let showOptions: [OptionDescription] = [
    .option("version", "N", "an earlier version"),
    .option("preset", "NAME", "a preset: \(WireWords.list(Preset.given.map(\.word)))"),
  ]

  static let show = Command(
    description: CommandDescription(
      name: "policy show", summary: "every field with its unit and what it means",
      options: showOptions,
      examples: [
        Example(line: "kod policy show --version 1", meaning: "how it began"),
        Example(line: "kod policy show --preset serial", meaning: "what that preset holds"),
      ]), run: runShow)

  @Sendable private static func runShow(_ context: Context) async throws {
    let request = try showRequest(context.invocation)
    try await Connection.with(context, as: Desk.principal) { connection in
      let version = try await connection.call("policy") { client throws(ClientError) in
        try await client.getPolicy(request)
      }
      context.output.emit(["policy_version": version.json])
      context.output.say(PolicyLines.show(version, context.clock, context.output.paper))
    }
  }

  static func showRequest(_ invocation: Invocation) throws(UsageError) -> GetPolicyRequest {
    let preset = try invocation.value("preset").map { (text) throws(UsageError) in
      try Preset.parse(text)
    }
    guard let text = invocation.value("version") else {
      return GetPolicyRequest(preset: preset ?? .unspecified)
    }
    guard preset == nil else {
      throw UsageError("--version and --preset exclude each other", command: invocation.command)
    }
    return GetPolicyRequest(version: try version(text, "version", invocation))
  }

  private static func version(
    _ text: String, _ option: String, _ invocation: Invocation
  ) throws(UsageError) -> UInt32 {
    guard let number = UInt32(text), number > 0 else {
      throw UsageError(
        "--\(option) is a version of the policy, a whole number from 1; got '\(text)'",
        command: invocation.command)
    }
    return number
  }

  static let presets = Command(
    description: CommandDescription(
      name: "policy presets", summary: "the presets side by side, and which one is in force",
      examples: [Example(line: "kod policy presets", meaning: "what each of the four does")]),
    run: { context in
      try await Connection.with(context, as: Desk.principal) { connection in
        let current = try await connection.call("policy") { client throws(ClientError) in
          try await client.getPolicy(GetPolicyRequest())
        }
        var versions: [PolicyVersion] = []
        for preset in Preset.given {
          versions.append(
            try await connection.call("preset \(preset.word)") { client throws(ClientError) in
              try await client.getPolicy(GetPolicyRequest(preset: preset))
            })
        }
        context.output.emit([
          "current": current.json,
          "presets": .object(
            zip(Preset.given, versions).map {
              .init(key: $0.word, value: ($1.policy ?? Policy()).json)
            }),
        ])
        context.output.say(
          PolicyLines.presets(
            zip(Preset.given, versions).map { ($0.word, $1.policy ?? Policy()) },
            current: current, paper: context.output.paper))
      }
    })

  // MARK: Change

  static let choiceOptions: [OptionDescription] = [
    .option("preset", "NAME", "a preset: \(WireWords.list(Preset.given.map(\.word)))"),
    .option(
      "set", "FIELD=VALUE", "one field (see: kod policy show); the others stay", repeats: true),
  ]

  static let set = Command(
    description: CommandDescription(
      name: "policy set", summary: "the next version of the policy",
      discussion: [
        "With --set only the named fields change, from the version in force, or from the preset that is given too. "
          + "Should somebody else change the policy in between, nothing is changed. Asks once on a terminal.",
        "Referrals that are on their way keep the version they started under.",
      ],
      options: choiceOptions + [
        .option("expect", "VERSION", "refuse unless this version is in force"),
        Reasons.option, Confirmation.option,
      ],
      examples: [
        Example(
          line: "kod policy set --preset serial --reason 'as decided in May'",
          meaning: "a preset"),
        Example(
          line: "kod policy set --set offer_window=10m --set capacity=4 --reason 'more hands'",
          meaning: "two fields"),
      ]),
    run: { context in
      let change = try PolicyChange(context.invocation)
      let reason = try Reasons.of(context.invocation)
      let expected = try context.invocation.value("expect").map { (text) throws(UsageError) in
        try version(text, "expect", context.invocation)
      }
      try await Connection.with(context, as: Desk.principal) { connection in
        let current = try await connection.call("policy") { client throws(ClientError) in
          try await client.getPolicy(GetPolicyRequest())
        }
        let policy = try await change.policy(connection, current: current.policy ?? Policy())
        let differences = PolicyLines.differences(current.policy ?? Policy(), policy)
        guard !differences.isEmpty else {
          context.output.emit(["policy_version": current.json, "changed": []])
          context.output.say("Version \(current.version) is like that already.")
          return
        }
        context.output.say(PolicyLines.changes(differences, context.output.paper))
        try Confirmation.ask("Make this version \(current.version + 1)?", context)
        let next = try await connection.call("policy") { client throws(ClientError) in
          try await client.setPolicy(
            SetPolicyRequest(
              preset: change.whole ?? .unspecified, policy: change.whole == nil ? policy : nil,
              expectedVersion: expected ?? current.version, reason: reason))
        }
        context.output.emit([
          "policy_version": next.json,
          "changed": .array(differences.map { .string($0.field.name) }),
        ])
        context.output.say("Version \(next.version) of the policy is in force.")
      }
    })
}

/// A policy as typed: a preset, fields over the one in force, or fields over a preset.
struct PolicyChange: Sendable {
  var preset: Preset?
  var assignments: [String]

  init(_ invocation: Invocation) throws(UsageError) {
    preset = try invocation.value("preset").map { (text) throws(UsageError) in
      try Preset.parse(text)
    }
    assignments = invocation.all("set")
    guard preset != nil || !assignments.isEmpty else {
      throw UsageError(
        "give --preset NAME, or --set FIELD=VALUE", command: invocation.command)
    }
    // Typed wrong is known before anything is asked.
    var trial = Policy()
    try apply(&trial)
  }

  /// The preset, if it is that and nothing else.
  var whole: Preset? { assignments.isEmpty ? preset : nil }

  func apply(_ policy: inout Policy) throws(UsageError) {
    for assignment in assignments { try PolicyField.apply(assignment, to: &policy) }
  }

  func policy(_ connection: Connection, current: Policy) async throws -> Policy {
    var policy = current
    if let preset {
      let version = try await connection.call("preset \(preset.word)") {
        client throws(ClientError) in
        try await client.getPolicy(GetPolicyRequest(preset: preset))
      }
      policy = version.policy ?? Policy()
    }
    try apply(&policy)
    return policy
  }
}
