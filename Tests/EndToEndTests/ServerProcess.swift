import Foundation
import KODClient
import KODWire

/// A real `kod-server` on a data directory of its own, started as the README starts it.
final class ServerProcess {
  let directory: URL
  private(set) var address = ""
  private var process: ChildProcess?
  private let errors: URL

  /// The folder with the built executables: where the test bundle is.
  static let binaries: URL =
    ProcessInfo.processInfo.environment["KOD_BIN"].map { URL(filePath: $0) }
    ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  /// Makes the directory; nothing runs yet.
  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "kod-test-\(UUID().uuidString)")
    errors = directory.appending(path: "server.log")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
  }

  deinit {
    process = nil
    try? FileManager.default.removeItem(at: directory)
  }

  var data: String { directory.appending(path: "kod-data").path }

  /// What the server has written to its log.
  var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  /// Starts it as a development server and waits for `listening`; again on the same port, so that clients find it.
  @discardableResult
  func start(_ options: String...) throws -> ServerProcess {
    try launch(["--dev"] + options)
  }

  /// Starts it with these options and waits for `listening`.
  @discardableResult
  func launch(_ options: [String]) throws -> ServerProcess {
    let process = try ChildProcess(
      Self.binaries.appending(path: "kod-server").path,
      ["run", "--data", data, "--listen", address.isEmpty ? "127.0.0.1:0" : address] + options,
      environment: ProcessInfo.processInfo.environment, errors: errors.path)
    self.process = process
    let line = process.readLine()
    guard !line.isEmpty else {
      throw Failure("the server ended with \(process.wait()): \(log)")
    }
    guard line.hasPrefix("listening ") else { throw Failure("unexpected: \(line)") }
    address = String(line.dropFirst("listening ".count).dropLast())
    return self
  }

  /// As if the power went: no farewell, no last sync.
  func killNine() {
    guard let process else { return }
    kill(process.identifier, SIGKILL)
    process.wait()
  }

  /// Asks it to end. Returns the exit status.
  func terminate(by signal: Int32 = SIGTERM) -> Int32 {
    guard let process else { return -1 }
    kill(process.identifier, signal)
    return process.wait()
  }

  func client(_ name: String) throws -> KODClient {
    KODClient(
      try KODClient.Configuration(
        address: address, certificateAuthorityFile: "\(data)/dev/ca.pem",
        tokenFile: "\(data)/dev/\(name).token", clientName: "EndToEndTests"))
  }

  /// Runs an executable of ours, or `sh`, in this server's directory to its end.
  func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String, errors: String) {
    let errors = directory.appending(path: "\(UUID().uuidString).err").path
    let process = try ChildProcess(
      name == "sh" ? "/bin/sh" : Self.binaries.appending(path: name).path, arguments,
      environment: ProcessInfo.processInfo.environment
        .filter { !$0.key.hasPrefix("KOD_") }.merging(environment) { $1 }, errors: errors,
      directory: directory.path)
    let output = process.readAll()
    return (process.wait(), output, try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// Runs `kod` against this server as a principal.
  func kod(
    _ arguments: String..., as name: String
  ) throws -> (status: Int32, output: String, errors: String) {
    try run(
      "kod",
      [
        "--server", address, "--ca", "\(data)/dev/ca.pem", "--token-file",
        "\(data)/dev/\(name).token",
      ] + arguments)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}

/// A subscription read step by step.
struct Listener {
  private var events: Subscription.AsyncIterator
  private(set) var position: SubscriptionPosition?
  private(set) var state: CurrentState?

  init(_ client: KODClient, after position: SubscriptionPosition? = nil) {
    events = client.subscribe(after: position).makeAsyncIterator()
  }

  /// The next event that is not a mere note about the connection.
  private mutating func next() async throws -> SubscriptionEvent {
    guard let event = await events.next() else {
      throw ServerProcess.Failure("the subscription ended")
    }
    switch event {
    case .position(let epoch, let offset, _):
      if position == nil { position = SubscriptionPosition(epoch: epoch, offset: offset) }
    case .state(let state): self.state = state
    case .push(let push): position?.offset = push.offset
    default: break
    }
    return event
  }

  /// Waits until the current state is there.
  mutating func ready() async throws -> CurrentState {
    while true {
      if case .state(let state) = try await next() { return state }
    }
  }

  /// Waits for the answer to a resume.
  mutating func recovered() async throws -> Bool {
    while true {
      if case .position(_, _, let recovered) = try await next() { return recovered }
    }
  }

  mutating func push() async throws -> Push {
    while true {
      if case .push(let push) = try await next() { return push }
    }
  }

  /// Waits for an offer of the kind.
  mutating func offer(_ kind: OfferKind) async throws -> Offer {
    while true {
      if case .offerOpened(let offer) = try await push().body, offer.kind == kind { return offer }
    }
  }

  /// Waits for word that the offer has ended.
  mutating func closing(of offer: UInt64) async throws -> OfferClosed {
    while true {
      if case .offerClosed(let closed) = try await push().body, closed.offerId == offer {
        return closed
      }
    }
  }
}

extension SubmitReferralRequest {
  /// A request that all demo assisters with English may take if they serve the county.
  static func example(
    county: UInt32 = 21067, language: String = "en", reference: String = "case-1"
  ) -> SubmitReferralRequest {
    SubmitReferralRequest(
      partnerReference: reference, helpType: .both, language: language, county: county,
      contact: Contact(name: "Pat Doe", phone: "+15025550100", notes: "call after five"))
  }
}
