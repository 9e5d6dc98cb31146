import Testing

@testable import kod_load

@Suite struct OptionsTests {
  private let connection = ["--server", "127.0.0.1:7443", "--ca", "ca.pem", "--credentials", "d"]

  private func parse(_ line: String) throws -> Options {
    let arguments = line.split(separator: " ").map(String.init)
    guard case .run(let options) = try Options.parse(arguments) else {
      throw UsageError(message: "help")
    }
    return options
  }

  @Test func `a race with everything said`() throws {
    let options = try parse(
      """
      race --server [::1]:7443 --ca ca.pem --credentials tokens --sessions 50 --seconds 2.5 \
      --referrals-in-flight 16 --simultaneous --no-close --expect-racers all --witness w.jsonl \
      --tolerate-loss --json=- --threads 2 --warmup 0 --county 21067 --server-pid 17
      """)
    #expect(options.server == "[::1]:7443")
    #expect(options.sessions == 50)
    #expect(options.seconds == 2.5)
    #expect(options.measuredRounds == nil)
    #expect(options.referralsInFlight == 16)
    #expect(options.isSimultaneous)
    #expect(!options.closesWonReferrals)
    #expect(options.expectedRacers == .all)
    #expect(options.witness == "w.jsonl")
    #expect(options.toleratesLoss)
    #expect(options.json == "-")
    #expect(options.threads == 2)
    #expect(options.warmup == 0)
    #expect(options.county == 21067)
    #expect(options.serverProcess == 17)
  }

  @Test func `a race with nothing said measures 200 referrals, one at a time`() throws {
    let options = try parse("race --server a:1 --ca b --credentials c")
    #expect(options.measuredRounds == 200)
    #expect(options.referralsInFlight == 1)
    #expect(options.sessions == nil)
    #expect(options.closesWonReferrals)
    #expect(options.expectedRacers == .any)
  }

  @Test(arguments: [
    "", "race", "dance", "race --server a:1 --ca b", "race --server a --ca b --credentials c",
    "race --server a:1 --ca b --credentials c --frobnicate",
    "race --server a:1 --ca b --credentials c --sessions",
    "race --server a:1 --ca b --credentials c --sessions many",
    "race --server a:1 --ca b --credentials c --sessions 0",
    "race --server a:1 --ca b --credentials c --sessions 5 --sessions 6",
    "race --server a:1 --ca b --credentials c --simultaneous=yes",
    "race --server a:1 --ca b --credentials c --rounds 5 --seconds 6",
    "race --server a:1 --ca b --credentials c --county 21002",
    "race --server a:0 --ca b --credentials c", "race --server :1 --ca b --credentials c",
    "race --server a:1 --ca b --credentials c surplus",
    "idle --server a:1 --ca b --credentials c --simultaneous",
    "verify --server a:1 --ca b --credentials c", "roster", "roster --assisters 5 --server a:1",
  ])
  func `a wrong command line is refused`(line: String) {
    #expect(throws: UsageError.self) { try parse(line) }
  }

  @Test func `help is given wherever it is asked for`() throws {
    #expect(try Options.parse(["--help"]) == .help)
    #expect(try Options.parse(["race"] + connection + ["--help"]) == .help)
    for option in Option.all { #expect(HelpText.text.contains(option.name)) }
    for scenario in Options.Scenario.allCases {
      #expect(HelpText.text.contains("\n  \(scenario.rawValue) "))
    }
  }

  @Test func `a host of version 6 stands in brackets`() throws {
    let options = try parse("race --server [::1]:7443 --ca b --credentials c")
    #expect(try options.endpoint.host == "::1")
    #expect(try options.endpoint.port == 7443)
  }
}
