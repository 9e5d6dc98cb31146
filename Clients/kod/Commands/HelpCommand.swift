/// `kod help`.
enum HelpCommand {
  static let command = Command(
    description: CommandDescription(
      name: "help", summary: "help on a command or a topic",
      discussion: ["Topics: " + HelpTopic.all.map(\.name).joined(separator: ", ") + "."],
      arguments: [
        ArgumentDescription(
          name: "TOPIC", summary: "a command (availability, availability hours) or a topic",
          isOptional: true, repeats: true)
      ],
      examples: [
        Example(line: "kod help watch", meaning: "the same as kod watch --help"),
        Example(line: "kod help exit-status", meaning: "what scripts can rely on"),
      ], connects: false),
    run: { context in
      Output.write(try lines(topic(context.invocation.arguments)))
    })

  /// `availability hours` from two words; nil from none.
  static func topic(_ words: [String]) -> String? {
    words.isEmpty ? nil : words.joined(separator: " ")
  }

  /// Nil: the overview.
  static func lines(_ topic: String?) throws(UsageError) -> [String] {
    guard let topic else {
      return HelpText.overview(Command.descriptions, topics: HelpTopic.all)
    }
    if let found = Command.named(topic) { return HelpText.command(found.description) }
    if let found = HelpTopic.all.first(where: { $0.name == topic }) { return found.lines }
    let commands = Command.all + Command.all.flatMap(\.subcommands)
    let names = commands.map(\.description.name) + HelpTopic.all.map(\.name)
    let near = Suggestion.nearest(to: topic, among: names)
    throw UsageError(
      "there is no help on '\(topic)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }
}
