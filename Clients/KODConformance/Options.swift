import KODTransport

/// A command line that makes no sense.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// What the words of the command line ask for.
struct Options: Equatable, Sendable {
  enum Command: String, Sendable, CaseIterable { case server, client, coverage }

  var command = Command.server
  var protocolFolder = "Protocol"
  var only: [String] = []
  var lists = false
  var jobs = 1
  var isVerbose = false
  var traces = false
  var junit: String?
  var json: String?
  var knownFailures: String?
  // server
  var server: String?
  var serverName: String?
  var authority: String?
  var credentials: String?
  // client
  var clientCommand: [String] = []
  // coverage
  var checks = false

  init(_ words: [String]) throws(UsageError) {
    guard let first = words.first, let command = Command(rawValue: first) else {
      throw UsageError(
        words.first.map { "unknown command '\($0)'" } ?? "which command: server, client, coverage?")
    }
    self.command = command
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      if word == "--" {
        guard command == .client else { throw UsageError("'--' belongs to client") }
        clientCommand = Array(rest)
        break
      }
      try take(word, &rest)
    }
    try check()
  }

  private mutating func take(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    func argument() throws(UsageError) -> String {
      guard let argument = rest.popFirst(), argument != "--" else {
        throw UsageError("\(word) needs a value")
      }
      return argument
    }
    switch (command, word) {
    case (_, "--protocol"): protocolFolder = try argument()
    case (.coverage, "--check"): checks = true
    case (.coverage, _): throw UsageError("unknown option '\(word)' of coverage")
    case (_, "--only"): only.append(try argument())
    case (_, "--list"): lists = true
    case (_, "--verbose"): isVerbose = true
    case (_, "--trace"): traces = true
    case (_, "--junit"): junit = try argument()
    case (_, "--json"): json = try argument()
    case (_, "--known-failures"): knownFailures = try argument()
    case (_, "--jobs"):
      let text = try argument()
      guard let number = Int(text), (1...64).contains(number) else {
        throw UsageError("--jobs takes a number from 1 to 64, not '\(text)'")
      }
      jobs = number
    case (.server, "--server"): server = try argument()
    case (.server, "--server-name"): serverName = try argument()
    case (.server, "--ca"): authority = try argument()
    case (.server, "--credentials"): credentials = try argument()
    default: throw UsageError("unknown option '\(word)' of \(command.rawValue)")
    }
  }

  private func check() throws(UsageError) {
    if lists || command == .coverage { return }
    switch command {
    case .server:
      for (value, name) in [
        (server, "--server"), (authority, "--ca"), (credentials, "--credentials"),
      ]
      where value == nil {
        throw UsageError("server needs \(name)")
      }
      do {
        _ = try Endpoint(parsing: server ?? "")
      } catch {
        throw UsageError("\(error)")
      }
    case .client:
      if clientCommand.isEmpty { throw UsageError("client needs the client's program behind --") }
    case .coverage: break
    }
  }

  static let help = """
    kod-conformance: runs the cases of Protocol/conformance against a server or a client

      kod-conformance server --server HOST:PORT --ca FILE --credentials DIR [OPTIONS]
      kod-conformance client [OPTIONS] -- PROGRAM ARGUMENTS…
      kod-conformance coverage [--check] [--protocol DIR]

    server
      --server HOST:PORT     the server under test; nobody else uses it meanwhile
      --ca FILE              whom to trust for its certificate
      --server-name NAME     what its certificate is for, if not HOST
      --credentials DIR      holds NAME.token for each principal of principals.csv
    client
      -- PROGRAM …           started once a case, told what to do on stdin
    both
      --only GLOB            only cases whose name matches (* and ?); may be repeated
      --list                 says which cases there are, and runs none
      --jobs N               so many cases at once (1); slow ones always run beside the others
      --known-failures FILE  names of cases that are known to fail, one a line
      --verbose              also prints what went over the wire in each case that fails
      --trace                the same for every case
      --junit FILE           the result as JUnit XML
      --json FILE            the result as JSON
    coverage
      --check                writes nothing; fails when Protocol/REQUIREMENTS.md is out of date,
                             or a requirement has neither a case nor a reason
    all
      --protocol DIR         where kod.proto and conformance/ are (./Protocol)

    Exit status: 0 all passed, 1 some failed, 2 wrong usage or wrong files, 69 no server there.
    """
}
