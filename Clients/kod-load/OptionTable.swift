// Every option of every scenario, in the order of the help text.

private let online: [Options.Scenario] = [.race, .fanout, .idle, .verify]
private let loads: [Options.Scenario] = [.race, .fanout, .idle]
private let races: [Options.Scenario] = [.race, .fanout]

extension Option {
  static let connection: [Option] = [
    Option(name: "--server", value: "HOST:PORT", help: "the server", scenarios: online) {
      (options, value) throws(UsageError) in
      options.server = value
      _ = try options.endpoint
    },
    Option(
      name: "--ca", value: "FILE", help: "PEM file of the authority that signed its certificate",
      scenarios: online
    ) { (options, value) throws(UsageError) in options.certificateAuthority = value },
    Option(
      name: "--credentials", value: "DIR", help: "NAME.token files, one line each",
      scenarios: online
    ) { (options, value) throws(UsageError) in options.credentials = value },
    Option(
      name: "--json", value: "FILE", help: "also writes the result there, - for standard output",
      scenarios: online
    ) { (options, value) throws(UsageError) in options.json = value },
    Option(
      name: "--patience", value: "SECONDS",
      help: "fail when the server owes something for so long (10)", scenarios: online
    ) { (options, value) throws(UsageError) in
      options.patienceSeconds = try seconds(value, of: "--patience")
    },
  ]

  static let load: [Option] = [
    Option(
      name: "--sessions", value: "N", help: "assister sessions (one for every credential)",
      scenarios: loads
    ) { (options, value) throws(UsageError) in
      options.sessions = try count(value, of: "--sessions")
    },
    Option(name: "--threads", value: "N", help: "loops, a thread each (1)", scenarios: loads) {
      (options, value) throws(UsageError) in
      options.threads = try count(value, of: "--threads", upTo: 64)
    },
    Option(
      name: "--connect-window", value: "N", help: "handshakes at once (64)", scenarios: loads
    ) { (options, value) throws(UsageError) in
      options.connectWindow = try count(value, of: "--connect-window")
    },
    Option(
      name: "--server-pid", value: "PID", help: "reads memory and CPU of a server on this machine",
      scenarios: loads
    ) { (options, value) throws(UsageError) in
      options.serverProcess = Int32(try count(value, of: "--server-pid", upTo: Int(Int32.max)))
    },
    Option(
      name: "--seconds", value: "S", help: "length of the measured part", scenarios: loads
    ) { (options, value) throws(UsageError) in
      options.seconds = try seconds(value, of: "--seconds")
    },
    Option(
      name: "--rounds", value: "R", help: "referrals in the measured part (200)", scenarios: races
    ) { (options, value) throws(UsageError) in options.rounds = try count(value, of: "--rounds") },
    Option(
      name: "--warmup", value: "R", help: "referrals before it (20)", scenarios: races
    ) { (options, value) throws(UsageError) in
      options.warmup = try count(value, of: "--warmup", from: 0)
    },
    Option(
      name: "--referrals-in-flight", value: "K", help: "mass referrals at once (1)",
      scenarios: races
    ) { (options, value) throws(UsageError) in
      options.referralsInFlight = try count(value, of: "--referrals-in-flight", upTo: 4096)
    },
    Option(
      name: "--county", value: "FIPS", help: "of every referral (all 120 in turn)",
      scenarios: races
    ) { (options, value) throws(UsageError) in
      let code = try count(value, of: "--county", from: 21001, upTo: 21239)
      guard code % 2 == 1 else { throw UsageError(message: "--county: no county \(value)") }
      options.county = UInt32(code)
    },
    Option(
      name: "--expect-racers", value: "all|N",
      help: "fail unless every referral reaches every eligible session, or N of them",
      scenarios: races
    ) { (options, value) throws(UsageError) in
      options.expectedRacers =
        value == "all" ? .all : .exactly(try count(value, of: "--expect-racers"))
    },
  ]

  static let race: [Option] = [
    Option(
      name: "--simultaneous", value: nil,
      help: "send the accepts of a referral back to back once all its offers are here",
      scenarios: [.race]
    ) { (options, _) throws(UsageError) in options.isSimultaneous = true },
    Option(
      name: "--no-close", value: nil, help: "winners keep their referrals open (capacity!)",
      scenarios: [.race]
    ) { (options, _) throws(UsageError) in options.closesWonReferrals = false },
    Option(
      name: "--witness", value: "FILE",
      help: "race: append every acknowledged accept; verify: the file to check",
      scenarios: [.race, .verify]
    ) { (options, value) throws(UsageError) in options.witness = value },
    Option(
      name: "--tolerate-loss", value: nil,
      help: "exit 0 when the server goes away in the middle (crash tests)", scenarios: [.race]
    ) { (options, _) throws(UsageError) in options.toleratesLoss = true },
  ]

  static let others: [Option] = [
    Option(name: "--assisters", value: "N", help: "lines to print", scenarios: [.roster]) {
      (options, value) throws(UsageError) in
      options.assisters = try count(value, of: "--assisters", upTo: 1_000_000)
    },
    Option(name: "--partners", value: "M", help: "intake partners (1)", scenarios: [.roster]) {
      (options, value) throws(UsageError) in
      options.partners = try count(value, of: "--partners", from: 0, upTo: 1000)
    },
  ]

  private static func count(
    _ text: String, of name: String, from smallest: Int = 1, upTo largest: Int = 1_000_000_000
  ) throws(UsageError) -> Int {
    guard let value = Int(text), (smallest...largest).contains(value) else {
      throw UsageError(message: "\(name): \(text) is not a number from \(smallest) to \(largest)")
    }
    return value
  }

  private static func seconds(_ text: String, of name: String) throws(UsageError) -> Double {
    guard let value = Double(text), value > 0, value <= 86_400 else {
      throw UsageError(message: "\(name): \(text) is not a number of seconds up to 86400")
    }
    return value
  }
}
