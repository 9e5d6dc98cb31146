/// An option that takes a value (`--county NAME`) or, without a value name, a flag (`--json`).
struct OptionDescription: Equatable, Sendable {
  /// Without the dashes.
  var name: String
  /// How help names the value; nil: a flag.
  var value: String?
  var summary: String
  /// May stand several times.
  var repeats = false
  /// Usage is refused without it.
  var isRequired = false

  static func flag(_ name: String, _ summary: String) -> OptionDescription {
    OptionDescription(name: name, value: nil, summary: summary)
  }

  static func option(
    _ name: String, _ value: String, _ summary: String, repeats: Bool = false,
    isRequired: Bool = false
  ) -> OptionDescription {
    OptionDescription(
      name: name, value: value, summary: summary, repeats: repeats, isRequired: isRequired)
  }
}

/// A positional argument.
struct ArgumentDescription: Equatable, Sendable {
  /// In capitals, as help shows it.
  var name: String
  var summary: String
  var isOptional = false
  /// The last one may stand several times.
  var repeats = false

  /// As usage shows it: `DAYS`, `[WHAT]`, `SPAN...`.
  var shown: String {
    let name = repeats ? "\(name)..." : name
    return isOptional ? "[\(name)]" : name
  }
}

struct Example: Equatable, Sendable {
  var line: String
  var meaning: String
}

/// What a command is called, takes and does, for the parser and for help: one description, so that the two agree.
struct CommandDescription: Equatable, Sendable {
  /// Of a subcommand the whole: `availability hours`.
  var name: String
  var summary: String
  /// Paragraphs for `--help`, below the summary.
  var discussion: [String] = []
  var arguments: [ArgumentDescription] = []
  var options: [OptionDescription] = []
  var examples: [Example] = []
  /// Takes the options that say which server, and as whom.
  var connects = true
  /// Their names begin with this one's.
  var subcommands: [CommandDescription] = []

  /// The last word of the name.
  var word: String { name.split(separator: " ").last.map(String.init) ?? name }

  /// All options that may follow the command.
  var allOptions: [OptionDescription] {
    options + (connects ? GlobalOptions.connection : []) + GlobalOptions.everywhere
  }
}

/// Options that belong to no single command. They may stand before the command or after it.
enum GlobalOptions {
  static let connection: [OptionDescription] = [
    .option("server", "HOST:PORT", "the server (KOD_SERVER)"),
    .option("ca", "FILE", "certificate authority that vouches for it, PEM (KOD_CA)"),
    .option("token-file", "FILE", "file with the credential's token (KOD_TOKEN_FILE)"),
    .option("profile", "FILE", "settings file instead of ~/.config/kod/profile"),
    .option("as", "NAME", "a principal of the development server: alice, portal, olive, ..."),
    .option("data", "DIR", "data directory of the development server (default: kod-data)"),
    .option("timeout", "DURATION", "give up after this long (default: 10s)"),
  ]

  static let everywhere: [OptionDescription] = [
    .flag("json", "print JSON, one object a line (see: kod help json)"),
    .flag("help", "show this help"),
  ]

  static let version = OptionDescription.flag("version", "print the version")
}
