/// What `--help` prints.
enum HelpText {
  static var text: String {
    var lines = [
      "kod-load: load tester and race checker of kynect On Demand",
      "",
      "usage: kod-load SCENARIO [OPTION...]",
      "",
      "scenarios",
    ]
    for scenario in Options.Scenario.allCases {
      lines.append(row(scenario.rawValue, summary(of: scenario)))
    }
    lines += ["", "options"]
    for option in Option.all {
      let name = option.value.map { "\(option.name) \($0)" } ?? option.name
      let scenarios = option.scenarios.map(\.rawValue).joined(separator: ", ")
      lines.append(row(name, "\(option.help) [\(scenarios)]"))
    }
    lines += [
      "",
      "exit status",
      row("0", "every answer was right"),
      row("1", "a check failed, whatever the speed; or the run could not be completed"),
      row("2", "bad usage"),
      row("69", "the server can't be reached, or went away in the middle"),
      row("77", "the server does not permit it"),
      "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func summary(of scenario: Options.Scenario) -> String {
    switch scenario {
    case .race: "mass referrals; everybody who is offered one accepts at once; exactly one may win"
    case .fanout: "one mass referral at a time to all sessions; nobody accepts"
    case .idle: "opens sessions and keeps them alive"
    case .verify: "asks the server whether every accept in a witness file still stands"
    case .roster: "prints an import file for kod-server principal import"
    }
  }

  private static func row(_ left: String, _ right: String) -> String {
    let width = 32
    let gap = max(1, width - left.count)
    return "  \(left)\(String(repeating: " ", count: gap))\(right)"
  }
}
