import Testing

@testable import kod

@Suite struct ArgumentParserTests {
  private func parse(_ line: String) throws -> Invocation {
    try ArgumentParser.parse(
      line.split(separator: " ").map(String.init), commands: Command.descriptions)
  }

  private func message(_ line: String) -> String {
    do {
      let invocation = try parse(line)
      return "no error: \(invocation)"
    } catch let error as UsageError {
      return error.message
    } catch {
      return "another error: \(error)"
    }
  }

  @Test func `a command with its argument and an option after it`() throws {
    let invocation = try parse("reject 12 --reason busy --json")
    #expect(invocation.command == "reject")
    #expect(invocation.arguments == ["12"])
    #expect(invocation.value("reason") == "busy")
    #expect(invocation.has("json"))
  }

  @Test func `global options may stand before the command or after it`() throws {
    for line in ["--server h:1 --json accept 3", "accept 3 --server h:1 --json"] {
      let invocation = try parse(line)
      #expect(invocation.value("server") == "h:1")
      #expect(invocation.has("json"))
      #expect(invocation.arguments == ["3"])
    }
  }

  @Test func `a value may follow an equals sign, and may then look like an option`() throws {
    let invocation = try parse("reject 12 --reason=--no--")
    #expect(invocation.value("reason") == "--no--")
  }

  @Test func `after two dashes everything is an argument`() throws {
    #expect(try parse("accept -- --json").arguments == ["--json"])
  }

  @Test func `repeatable options keep every value in order`() throws {
    let invocation = try parse("register --kind agent --language en --language es")
    #expect(invocation.all("language") == ["en", "es"])
  }

  @Test(arguments: [
    ("acept 3", "there is no command 'acept'; did you mean 'accept'?"),
    ("frobnicate", "there is no command 'frobnicate'"),
    ("accept 3 --jsn", "there is no option '--jsn'; did you mean '--json'?"),
    ("accept 3 -j", "there is no option '-j'"),
    ("accept 3 --reason x", "'--reason' is an option of 'kod reject'"),
    ("--reason x accept 3", "'--reason' belongs after its command: kod reject --reason"),
    ("accept", "OFFER is missing: the offer's number, as kod watch and kod status show it"),
    ("accept 3 4", "'4' is one argument too many"),
    ("accept 3 --server", "--server needs a value: --server HOST:PORT"),
    ("accept 3 --server --json", "--server needs a value: --server HOST:PORT"),
    ("accept 3 --json=yes", "--json takes no value"),
    ("accept 3 --server a:1 --server b:2", "--server stands 2 times"),
    (
      "submit --county Pike",
      "missing: --help-type TYPE, --language LANGUAGE, --name NAME, --phone NUMBER"
    ),
    ("demo --timeout 1s", "there is no option '--timeout'"),
  ])
  func `bad usage is refused with a word that helps`(line: String, expected: String) {
    #expect(message(line) == expected)
  }

  @Test func `help is given without the arguments that the command needs`() throws {
    #expect(try parse("submit --help").has("help"))
    #expect(try parse("accept -h").has("help"))
  }

  @Test func `an identifier is a whole number from 1`() throws {
    #expect(try parse("accept 12").identifier(0, "OFFER") == 12)
    for bad in ["0", "-1", "x", "1.5", "99999999999999999999"] {
      let invocation = Invocation(command: "accept", arguments: [bad])
      #expect(throws: UsageError.self) { try invocation.identifier(0, "OFFER") }
    }
  }

  @Test func `every command and topic has help, in at most 80 columns`() throws {
    let commands = Command.all + Command.all.flatMap(\.subcommands)
    let names = commands.map(\.description.name) + HelpTopic.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count >= 38)
    for name in [nil] + names.map(Optional.some) {
      let lines = try HelpCommand.lines(name)
      #expect(lines.count > 2)
      for line in lines { #expect(line.count <= 80, "\(name ?? "overview"): \(line)") }
    }
  }

  @Test func `the overview shows every command once, under a heading`() throws {
    let lines = try HelpCommand.lines(nil)
    for name in Command.descriptions.map(\.name) {
      #expect(lines.count { $0.hasPrefix("  \(name) ") } == 1, "\(name)")
    }
    #expect(lines.contains("Referrals:"))
  }

  @Test func `every command shows an example`() {
    for description in Command.descriptions.flatMap({ [$0] + $0.subcommands }) {
      #expect(!description.examples.isEmpty, "\(description.name)")
    }
  }

  @Test func `help on something unknown suggests`() {
    #expect(throws: UsageError("there is no help on 'wacth'; did you mean 'watch'?")) {
      try HelpCommand.lines("wacth")
    }
  }
}

@Suite struct SubcommandTests {
  private func parse(_ line: String) throws -> Invocation {
    try ArgumentParser.parse(
      line.split(separator: " ").map(String.init), commands: Command.descriptions)
  }

  @Test(
    arguments: [
      ("availability", "availability", []),
      (
        "availability hours mon 09:00-17:00",
        "availability hours", ["mon", "09:00-17:00"]
      ),
      (
        "availability --json hours mon 9am-1pm 2pm-6pm", "availability hours",
        ["mon", "9am-1pm", "2pm-6pm"]
      ),
      ("availability out clear 2026-12-24", "availability out", ["clear", "2026-12-24"]),
      ("referrals --held", "referrals", []), ("referrals show 7", "referrals show", ["7"]),
      ("contact set --phone 6065550123", "contact set", []),
      ("register withdraw --yes", "register withdraw", []),
      ("note 7 call on Friday", "note", ["7", "call", "on", "Friday"]),
      ("attempt 7 no-answer", "attempt", ["7", "no-answer"]),
    ] as [(String, String, [String])])
  func `words below a command are its own`(
    line: String, command: String, arguments: [String]
  ) throws {
    let invocation = try parse(line)
    #expect(invocation.command == command)
    #expect(invocation.arguments == arguments)
    #expect(Command.named(invocation.command) != nil)
  }

  @Test(arguments: [
    (
      "availability huors mon 9am-5pm",
      "there is no 'kod availability huors'; did you mean 'kod availability hours'?"
    ),
    (
      "availability nonsense",
      "there is no 'kod availability nonsense' (there are hours, clear, around-the-clock, zone, out, "
        + "set, on, off, follow)"
    ),
    ("availability hours mon", "SPAN is missing: hours, such as 09:00-17:00"),
    ("availability hours", "DAYS is missing: the days, such as mon-fri"),
    ("availability zone", "ZONE is missing: its IANA name"),
    ("availability zone A B", "'B' is one argument too many"),
    (
      "availability --break 12:00-12:30 hours mon 9am-5pm",
      "'--break' is an option of 'kod availability hours'"
    ),
    (
      "referrals --held show 7",
      "'--held' is an option of 'kod referrals', not of 'kod referrals show'"
    ),
    ("referrals 7", "there is no 'kod referrals 7' (there are show)"),
    ("referrals shwo 7", "there is no 'kod referrals shwo'; did you mean 'kod referrals show'?"),
    ("metrics --perod week", "there is no option '--perod'; did you mean '--period'?"),
    ("refferals", "there is no command 'refferals'; did you mean 'referrals'?"),
    ("release 7", "missing: --reason TEXT"),
    ("note", "REFERRAL is missing: the referral's number, as kod referrals --held shows it"),
    ("updates now", "'now' is one argument too many"),
  ])
  func `bad usage below a command is refused with a word that helps`(
    line: String, expected: String
  ) {
    #expect(throws: UsageError.self) { try parse(line) }
    do {
      _ = try parse(line)
    } catch {
      #expect((error as? UsageError)?.message == expected)
    }
  }

  @Test func `help finds a subcommand by its words`() throws {
    #expect(HelpCommand.topic(["availability", "hours"]) == "availability hours")
    #expect(HelpCommand.topic([]) == nil)
    let lines = try HelpCommand.lines("availability hours")
    #expect(lines.contains("Usage: kod availability hours DAYS SPAN... [OPTIONS]"))
    let whole = try HelpCommand.lines("availability")
    #expect(whole.contains("       kod availability hours DAYS SPAN... [OPTIONS]"))
    #expect(throws: UsageError("there is no help on 'contact sat'; did you mean 'contact set'?")) {
      try HelpCommand.lines("contact sat")
    }
  }

  @Test func `subcommands carry their command's name`() {
    for command in Command.all {
      for sub in command.subcommands {
        #expect(sub.description.name == "\(command.description.name) \(sub.description.word)")
      }
    }
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1),
    ("kitten", "sitting", 3), ("a", "ab", 1),
  ])
  func `edits between two words`(left: String, right: String, edits: Int) {
    #expect(Suggestion.distance(left, right) == edits)
  }

  @Test func `what starts as typed comes first, far words do not come`() {
    let words = ["available", "accept", "cancel"]
    #expect(Suggestion.nearest(to: "avail", among: words) == "available")
    #expect(Suggestion.nearest(to: "cancle", among: words) == "cancel")
    #expect(Suggestion.nearest(to: "zzz", among: words) == nil)
  }
}
