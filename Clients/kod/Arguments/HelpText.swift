/// Help, made from the same descriptions that the parser obeys. Every line fits 80 columns.
enum HelpText {
  private static let width = 80

  static func overview(_ commands: [CommandDescription], topics: [HelpTopic]) -> [String] {
    var lines = [
      "kod: accept kynect On Demand referrals, submit them, and look after them.", "",
      "Usage: kod COMMAND [ARGUMENTS] [OPTIONS]",
    ]
    for (title, members) in grouped(commands) {
      lines += ["", title] + columns(members.map { ($0.name, $0.summary) })
    }
    lines += ["", "Which server, and as whom (may stand before or after the command):"]
    lines += columns(
      (GlobalOptions.connection + GlobalOptions.everywhere + [GlobalOptions.version]).map(row))
    lines += ["", "More: kod help TOPIC"]
    lines += columns(topics.map { ($0.name, $0.summary) })
    lines += ["", "Examples:"]
    lines += examples([
      Example(line: "kod watch", meaning: "live offers of the development server, as alice"),
      Example(line: "kod accept 12", meaning: "be the first to accept offer 12"),
      Example(line: "kod demo", meaning: "a whole morning in a minute, server included"),
    ])
    return lines
  }

  /// What an assister does all day, under headings; the rest under the last.
  static let groups: [(title: String, names: [String])] = [
    ("At a glance:", ["dashboard", "watch", "updates", "status"]),
    (
      "Referrals:",
      [
        "accept", "reject", "attempt", "note", "release", "close", "referrals", "why", "metrics",
      ]
    ),
    ("Yourself:", ["register", "contact", "availability", "available"]),
  ]

  private static func grouped(
    _ commands: [CommandDescription]
  ) -> [(String, [CommandDescription])] {
    let named = Set(groups.flatMap(\.names))
    let rest = commands.filter { !named.contains($0.name) }
    return groups.map { group in
      (group.title, group.names.compactMap { name in commands.first { $0.name == name } })
    } + [("Partners, staff, and the rest:", rest)]
  }

  static func command(_ description: CommandDescription) -> [String] {
    var lines = ["kod \(description.name): \(description.summary)", ""]
    lines += usage(description)
    for sub in description.subcommands {
      lines += usage(sub).map { line in
        line.hasPrefix("Usage:") ? "      " + line.dropFirst("Usage:".count) : line
      }
    }
    for paragraph in description.discussion {
      lines += [""] + TerminalText.wrapped(paragraph, width)
    }
    if !description.subcommands.isEmpty {
      lines += ["", "Commands (each with its own --help):"]
      lines += columns(description.subcommands.map { ($0.word, $0.summary) })
    }
    if !description.arguments.isEmpty {
      lines += ["", "Arguments:"] + columns(description.arguments.map { ($0.name, $0.summary) })
    }
    if !description.options.isEmpty {
      lines += ["", "Options:"] + columns(description.options.map(row))
    }
    if description.connects {
      lines += ["", "Which server, and as whom:"] + columns(GlobalOptions.connection.map(row))
    }
    lines += ["", "Always:"] + columns(GlobalOptions.everywhere.map(row))
    if !description.examples.isEmpty {
      lines += ["", "Examples:"] + examples(description.examples)
    }
    return lines
  }

  static func usage(_ description: CommandDescription) -> [String] {
    var words = ["Usage:", "kod", description.name]
    words += description.arguments.map(\.shown)
    words += description.options.filter(\.isRequired).map { "--\($0.name) \($0.value ?? "")" }
    words.append("[OPTIONS]")
    // Breaks between options, never between an option and its value.
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = "       " + word
      } else {
        line += line.isEmpty ? word : " " + word
      }
    }
    return lines + [line]
  }

  private static func row(_ option: OptionDescription) -> (String, String) {
    let left = "--" + option.name + (option.value.map { " " + $0 } ?? "")
    return (left, option.summary + (option.repeats ? "; may be repeated" : ""))
  }

  /// Two columns; what does not fit to the right continues below.
  static func columns(_ rows: [(String, String)]) -> [String] {
    let left = min(26, (rows.map(\.0.count).max() ?? 0) + 2)
    return rows.flatMap { name, summary in
      let parts = TerminalText.wrapped(summary, width - left - 2)
      var lines: [String] = []
      if name.count + 1 > left {
        lines.append("  " + name)
      } else if let first = parts.first {
        lines.append("  " + TerminalText.padded(name, left) + first)
      }
      let rest = name.count + 1 > left ? parts[...] : parts.dropFirst()
      return lines + rest.map { String(repeating: " ", count: left + 2) + $0 }
    }
  }

  private static func examples(_ examples: [Example]) -> [String] {
    examples.flatMap { ["  \($0.line)", "      \($0.meaning)"] }
  }
}
