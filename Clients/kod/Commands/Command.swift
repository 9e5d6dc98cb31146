/// A command's description and what it does.
struct Command: Sendable {
  var description: CommandDescription
  /// `kod availability hours` below `kod availability`.
  let subcommands: [Command]
  /// Throws `UsageError` or `Failure`.
  var run: @Sendable (Context) async throws -> Void

  init(
    description: CommandDescription, subcommands: [Command] = [],
    run: @escaping @Sendable (Context) async throws -> Void
  ) {
    self.description = description
    self.subcommands = subcommands
    self.run = run
    self.description.subcommands = subcommands.map(\.description)
  }

  /// By its whole name, such as `availability hours`.
  static func named(_ name: String) -> Command? {
    (all + all.flatMap(\.subcommands)).first { $0.description.name == name }
  }

  static let all: [Command] = [
    DashboardCommand.command, WatchCommand.command, OfferCommands.accept, OfferCommands.reject,
    WorkCommands.attempt,
    WorkCommands.note, WorkCommands.release, AssisterCommands.close, UpdatesCommand.command,
    ReferralCommands.command, WhyCommand.command, MetricsCommand.command, ContactCommands.command,
    AvailabilityCommands.command, AssisterCommands.available, RegisterCommands.command,
    IntakeCommands.submit, RequestCommand.command, StatusCommand.command, IntakeCommands.cancel,
    Desk.command, PolicyCommand.command, NotifyCommand.command, DemoCommand.command,
    CredentialCommand.command, HelpCommand.command,
  ]

  static var descriptions: [CommandDescription] { all.map(\.description) }
}

/// What a command works with.
struct Context: Sendable {
  var invocation: Invocation
  var output: Output
  var clock: ClockFace
  var environment: [String: String]

  func settings(defaultPrincipal: String) throws(UsageError) -> Settings {
    try SettingsResolver(environment: environment, files: Files())
      .resolve(invocation, defaultPrincipal: defaultPrincipal)
  }
}

/// The program's version; the protocol's is negotiated by the client.
enum Version {
  static let text = "kod 0.1.0 (protocol kod/1)"
}
