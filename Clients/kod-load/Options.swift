import KODTransport

/// What the command line asked for. Every option is in `Option.all`, which the help text is made of
/// too.
struct Options: Equatable, Sendable {
  enum Scenario: String, CaseIterable, Sendable {
    case race, fanout, idle, verify, roster
  }

  var scenario = Scenario.race
  var server = ""
  var certificateAuthority = ""
  var credentials = ""
  var json: String?
  var threads = 1
  /// Handshakes at once while sessions are being opened.
  var connectWindow = 64
  /// How long anything that the server owes may take before the run fails.
  var patienceSeconds = 10.0
  var serverProcess: Int32?
  /// Nil: one for every assister credential.
  var sessions: Int?
  var rounds: Int?
  var seconds: Double?
  /// Referrals raced before anything is measured.
  var warmup = 20
  var referralsInFlight = 1
  var isSimultaneous = false
  var expectedRacers = ExpectedRacers.any
  var closesWonReferrals = true
  var county: UInt32?
  var witness: String?
  var toleratesLoss = false
  var assisters = 0
  var partners = 1

  enum ExpectedRacers: Equatable, Sendable {
    case any
    /// Every session whose assister is eligible.
    case all
    case exactly(Int)
  }

  /// Where the server is.
  var endpoint: Endpoint {
    get throws(UsageError) {
      do throws(TransportError) {
        let endpoint = try Endpoint(parsing: server)
        if endpoint.port != 0 { return endpoint }
      } catch {
        throw UsageError(message: "--server: \(error)")
      }
      throw UsageError(message: "--server: port 0 is nobody's")
    }
  }

  /// The length of the measured part: 200 referrals when the command line says nothing.
  var measuredRounds: Int? { rounds ?? (seconds == nil ? 200 : nil) }
}

/// The command line is wrong: exit status 2.
struct UsageError: Error, Equatable {
  var message: String
}

/// One option: its name, what follows it, what it is for, and which scenarios know it.
struct Option: Sendable {
  var name: String
  /// Nil: a switch that takes no value.
  var value: String?
  var help: String
  var scenarios: [Options.Scenario]
  var assign: @Sendable (inout Options, String) throws(UsageError) -> Void

  static let all: [Option] = connection + load + race + others
}

extension Options {
  enum Request: Equatable {
    case run(Options)
    case help
  }

  /// `arguments` without the program's name.
  static func parse(_ arguments: [String]) throws(UsageError) -> Request {
    if arguments.contains("--help") || arguments.contains("-h") { return .help }
    guard let first = arguments.first else { throw UsageError(message: "which scenario?") }
    guard let scenario = Scenario(rawValue: first) else {
      throw UsageError(message: "unknown scenario \(first)")
    }
    var options = Options()
    options.scenario = scenario
    var index = 1
    var seen: Set<String> = []
    while index < arguments.count {
      let (name, attached) = split(arguments[index])
      guard let option = Option.all.first(where: { $0.name == name }),
        option.scenarios.contains(scenario)
      else { throw UsageError(message: "\(scenario.rawValue) has no option \(name)") }
      guard seen.insert(name).inserted else { throw UsageError(message: "\(name) is given twice") }
      index += 1
      var value = ""
      if option.value != nil {
        if let attached {
          value = attached
        } else if index < arguments.count {
          value = arguments[index]
          index += 1
        } else {
          throw UsageError(message: "\(name) needs a value")
        }
      } else if attached != nil {
        throw UsageError(message: "\(name) takes no value")
      }
      try option.assign(&options, value)
    }
    try options.check()
    return .run(options)
  }

  /// `--name=value` in two parts.
  private static func split(_ argument: String) -> (String, String?) {
    guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
      return (argument, nil)
    }
    return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
  }

  private func check() throws(UsageError) {
    if scenario == .roster {
      if assisters == 0 { throw UsageError(message: "roster needs --assisters") }
      return
    }
    for (name, value) in [
      ("--server", server), ("--ca", certificateAuthority), ("--credentials", credentials),
    ] where value.isEmpty {
      throw UsageError(message: "\(scenario.rawValue) needs \(name)")
    }
    if rounds != nil, seconds != nil {
      throw UsageError(message: "--rounds and --seconds exclude each other")
    }
    if scenario == .verify, witness == nil { throw UsageError(message: "verify needs --witness") }
  }
}
