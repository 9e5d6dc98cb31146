/// What was typed, taken apart by a command's description.
struct Invocation: Equatable, Sendable {
  /// Empty: no command was named.
  var command: String
  var arguments: [String] = []
  var values: [String: [String]] = [:]
  var flags: Set<String> = []

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// The last one wins, as with environment-built command lines one expects.
  func value(_ option: String) -> String? { values[option]?.last }

  func all(_ option: String) -> [String] { values[option] ?? [] }

  func argument(_ index: Int) -> String? {
    arguments.indices.contains(index) ? arguments[index] : nil
  }

  /// The value of an option that the parser made sure is there.
  func required(_ option: String) throws(UsageError) -> String {
    guard let value = value(option) else {
      throw UsageError("--\(option) is missing", command: command)
    }
    return value
  }

  /// An identifier such as an offer's or a referral's: a whole number from 1.
  func identifier(_ index: Int, _ name: String) throws(UsageError) -> UInt64 {
    guard let text = argument(index) else {
      throw UsageError("\(name) is missing", command: command)
    }
    guard let number = UInt64(text), number > 0 else {
      throw UsageError(
        "\(name) is a whole number from 1, as `kod watch` and `kod status` show it; got '\(text)'",
        command: command)
    }
    return number
  }

  func duration(_ option: String) throws(UsageError) -> Duration? {
    guard let text = value(option) else { return nil }
    guard let duration = DurationText.parse(text) else {
      throw UsageError(
        "--\(option) is a duration such as 250ms, 5s, 15m or 1h30m; got '\(text)'",
        command: command)
    }
    return duration
  }
}

/// Takes a command line apart.
enum ArgumentParser {
  /// `words` is the command line without the program's name.
  static func parse(
    _ words: [String], commands: [CommandDescription]
  ) throws(UsageError) -> Invocation {
    var invocation = Invocation(command: "")
    var description: CommandDescription?
    var index = 0
    var optionsEnded = false
    while index < words.count {
      let word = words[index]
      index += 1
      if !optionsEnded, word == "--" {
        optionsEnded = true
      } else if !optionsEnded, word == "-h" {
        invocation.flags.insert("help")
      } else if !optionsEnded, word.hasPrefix("-"), word != "-" {
        try takeOption(word, words, &index, description, commands, &invocation)
      } else if description == nil {
        guard let found = commands.first(where: { $0.name == word }) else {
          throw unknownCommand(word, commands)
        }
        description = found
        invocation.command = found.name
      } else if let parent = description, !optionsEnded, invocation.arguments.isEmpty,
        !parent.subcommands.isEmpty
      {
        description = try takeSubcommand(word, of: parent, &invocation)
      } else {
        invocation.arguments.append(word)
      }
    }
    if let description { try check(invocation, against: description) }
    return invocation
  }

  /// A word that is no subcommand is the command's own argument, if it takes one.
  private static func takeSubcommand(
    _ word: String, of parent: CommandDescription, _ invocation: inout Invocation
  ) throws(UsageError) -> CommandDescription {
    if let found = parent.subcommands.first(where: { $0.word == word }) {
      let typed = Array(invocation.values.keys) + Array(invocation.flags)
      let known = Set(found.allOptions.map(\.name))
      if let stray = typed.sorted().first(where: { !known.contains($0) }) {
        throw UsageError(
          "'--\(stray)' is an option of 'kod \(parent.name)', not of 'kod \(found.name)'",
          command: found.name)
      }
      invocation.command = found.name
      return found
    }
    guard parent.arguments.isEmpty else {
      invocation.arguments.append(word)
      return parent
    }
    let words = parent.subcommands.map(\.word)
    let near = Suggestion.nearest(to: word, among: words)
    throw UsageError(
      "there is no 'kod \(parent.name) \(word)'"
        + (near.map { "; did you mean 'kod \(parent.name) \($0)'?" }
          ?? " (there are \(words.joined(separator: ", ")))"),
      command: parent.name)
  }

  private static func unknownCommand(
    _ word: String, _ commands: [CommandDescription]
  ) -> UsageError {
    if let near = Suggestion.nearest(to: word, among: commands.map(\.name)) {
      return UsageError("there is no command '\(word)'; did you mean '\(near)'?")
    }
    return UsageError("there is no command '\(word)'")
  }

  private static func takeOption(
    _ word: String, _ words: [String], _ index: inout Int, _ description: CommandDescription?,
    _ commands: [CommandDescription], _ invocation: inout Invocation
  ) throws(UsageError) {
    let known =
      description?.allOptions
      ?? GlobalOptions.connection + GlobalOptions.everywhere + [GlobalOptions.version]
    let body = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst(1)
    let equals = body.firstIndex(of: "=")
    let name = String(equals.map { body[..<$0] } ?? body)
    guard word.hasPrefix("--"), let option = known.first(where: { $0.name == name }) else {
      throw unknownOption(word, name, known, description, commands)
    }
    guard let valueName = option.value else {
      guard equals == nil else {
        throw UsageError("--\(name) takes no value", command: description?.name)
      }
      invocation.flags.insert(name)
      return
    }
    let value: String
    if let equals {
      value = String(body[body.index(after: equals)...])
    } else if index < words.count, !words[index].hasPrefix("--") {
      value = words[index]
      index += 1
    } else {
      throw UsageError(
        "--\(name) needs a value: --\(name) \(valueName)", command: description?.name)
    }
    invocation.values[name, default: []].append(value)
  }

  private static func unknownOption(
    _ word: String, _ name: String, _ known: [OptionDescription],
    _ description: CommandDescription?, _ commands: [CommandDescription]
  ) -> UsageError {
    let typed = word.split(separator: "=").first.map(String.init) ?? word
    if let near = Suggestion.nearest(to: name, among: known.map(\.name)) {
      return UsageError(
        "there is no option '\(typed)'; did you mean '--\(near)'?", command: description?.name)
    }
    // An option of a command that was not named yet, or of another command.
    let below = description?.subcommands ?? []
    let owners = (below + commands + commands.flatMap(\.subcommands)).filter { command in
      command.options.contains { $0.name == name }
    }
    if let owner = owners.first, owner.name != description?.name {
      return UsageError(
        description == nil
          ? "'--\(name)' belongs after its command: kod \(owner.name) --\(name)"
          : "'--\(name)' is an option of 'kod \(owner.name)'", command: description?.name)
    }
    return UsageError("there is no option '\(typed)'", command: description?.name)
  }

  private static func check(
    _ invocation: Invocation, against description: CommandDescription
  ) throws(UsageError) {
    guard !invocation.has("help") else { return }
    let isOpenEnded = description.arguments.last?.repeats ?? false
    if invocation.arguments.count > description.arguments.count, !isOpenEnded {
      let extra = invocation.arguments[description.arguments.count]
      throw UsageError("'\(extra)' is one argument too many", command: description.name)
    }
    let missing = description.arguments.dropFirst(invocation.arguments.count).filter {
      !$0.isOptional
    }
    if let first = missing.first {
      throw UsageError("\(first.name) is missing: \(first.summary)", command: description.name)
    }
    let absent = description.options.filter {
      $0.isRequired && invocation.values[$0.name] == nil
    }
    if !absent.isEmpty {
      let list = absent.map { "--\($0.name) \($0.value ?? "")" }.joined(separator: ", ")
      throw UsageError("missing: \(list)", command: description.name)
    }
    for option in description.allOptions where !option.repeats {
      if let values = invocation.values[option.name], values.count > 1 {
        throw UsageError("--\(option.name) stands \(values.count) times", command: description.name)
      }
    }
  }
}
