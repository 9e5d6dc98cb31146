internal import Glibc
internal import KODEngine
internal import KODJournal
internal import KODServer
internal import KODTransport

/// `kod-server run`: opens the data directory and serves until SIGTERM or SIGINT.
struct RunCommand {
  private let directory: String
  private let isDevelopment: Bool
  private let certificate: String?
  private let key: String?
  private let policy: PolicyOptions
  private let configuration: ServerConfiguration

  init(_ words: [String]) throws(UsageError) {
    let arguments = try Arguments(
      words,
      options: PolicyOptions.names.union([
        "--data", "--listen", "--certificate", "--key", "--loops", "--credential-lifetime",
      ]),
      flags: ["--dev", "--help"])
    if arguments.has("--help") {
      Standard.output(Help.run)
      ExitStatus.done.exit()
    }
    if let word = arguments.operands.first { throw UsageError("unexpected argument '\(word)'") }
    isDevelopment = arguments.has("--dev")
    certificate = arguments["--certificate"]
    key = arguments["--key"]
    if isDevelopment {
      guard certificate == nil, key == nil else {
        throw UsageError("--dev makes its own certificate; leave --certificate and --key out")
      }
    } else {
      guard certificate != nil, key != nil, arguments["--data"] != nil else {
        throw UsageError("--data, --certificate and --key are needed without --dev")
      }
    }
    directory = arguments["--data"] ?? "kod-data"
    let endpoint = try arguments.address("--listen", default: "127.0.0.1:7443")
    let loops = try arguments.integer("--loops", in: 1...64)
    policy = try PolicyOptions(arguments)
    var limits = Limits()
    if let lifetime = try arguments.lifetime("--credential-lifetime") {
      limits.credentialLifetimeMilliseconds = lifetime.microseconds / 1_000
    }
    configuration = ServerConfiguration(
      host: endpoint.host, port: endpoint.port,
      loops: loops ?? min(64, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), limits: limits)
  }

  /// What opening found, for the operator: a repair is never silent.
  private func report(_ recovery: RecoveryReport, to log: Log) {
    for file in recovery.damagedSnapshots {
      log.warning("snapshot-damaged", ["kept": file])
    }
    if let tail = recovery.tornTail {
      log.warning(
        "torn-tail-repaired",
        [
          "file": tail.file, "offset": "\(tail.offset)", "bytes": "\(tail.byteCount)",
          "sequence": "\(tail.sequence)", "kept": tail.copy,
        ])
    }
    log.info(
      "recovered",
      [
        "snapshot": recovery.snapshotSequence.map { "\($0)" } ?? "none",
        "records": "\(recovery.recordsReplayed)", "bytes": "\(recovery.bytesReplayed)",
      ])
  }

  func run() throws {
    let log = Log()
    // Before any thread starts: only `sigwait` below takes them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT] { sigaddset(&signals, signal) }
    // The terminal was closed: end cleanly too, unless `nohup` says otherwise.
    if !ProcessSettings.isIgnored(SIGHUP) { sigaddset(&signals, SIGHUP) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    let began = MonotonicClock.now()
    var toldAt = began
    let state = try DurableEngine(directory: directory) {
      guard MonotonicClock.now() - toldAt > 1_000_000_000 else { return }
      toldAt = MonotonicClock.now()
      log.info("replaying", ["bytes": "\($0.bytesDone)", "of": "\($0.bytesTotal)"])
    }
    report(state.journal.recovery, to: log)
    try policy.apply(to: state)
    let tls: TLSContext
    var development: DevelopmentSetup?
    if isDevelopment {
      let setup = try DevelopmentSetup(dataDirectory: directory)
      try setup.createPrincipals(in: state)
      tls = try setup.serverContext()
      development = setup
    } else {
      tls = try .server(certificateChain: .file(certificate ?? ""), privateKey: .file(key ?? ""))
    }

    let server = try Server(configuration, tls: tls, state: state, log: log)
    let address = Endpoint(host: configuration.host, port: server.port).description
    try development?.announce(address)
    log.info(
      "serving",
      [
        "address": address, "data": directory,
        "start_ms": "\((MonotonicClock.now() - began) / 1_000_000)",
      ])
    Standard.output("listening \(address)")

    var signal: Int32 = 0
    sigwait(&signals, &signal)
    log.info("stopping", ["signal": "\(signal)"])
    development?.withdrawAnnouncement()
    server.stop()
    log.info("stopped")
  }
}

/// The policy fields that the command line may set. What is not given stays as the data directory has it.
struct PolicyOptions {
  static let names: Set<String> = [
    "--preset", "--offer-window", "--general-phase", "--mass-window", "--misses", "--capacity",
    "--callback-promise",
  ]

  private let preset: Policy?
  private let offerWindow: Instant.Interval?
  private let generalPhase: Instant.Interval?
  private let massWindow: Instant.Interval?
  private let callbackPromise: Instant.Interval?
  private let misses: Int?
  private let capacity: Int?

  init(_ arguments: Arguments) throws(UsageError) {
    switch arguments["--preset"] {
    case nil: preset = nil
    case "phase15": preset = .phase15
    case "serial": preset = .serial
    case "lapse_to_mass": preset = .lapseToMass
    case "one_shot": preset = .oneShot
    case .some(let name):
      throw UsageError("--preset must be phase15, serial, lapse_to_mass or one_shot, not '\(name)'")
    }
    offerWindow = try arguments.interval("--offer-window")
    generalPhase = try arguments.interval("--general-phase")
    massWindow = try arguments.interval("--mass-window")
    callbackPromise = try arguments.interval("--callback-promise")
    misses = try arguments.integer("--misses", in: 1...100)
    capacity = try arguments.integer("--capacity", in: 1...1_000_000)
  }

  func apply(to state: DurableEngine) throws {
    var policy = preset ?? state.engine.policy
    if let offerWindow { policy.offerWindow = offerWindow }
    if let generalPhase { policy.generalPhase = generalPhase }
    if let massWindow { policy.massWindow = massWindow }
    if let callbackPromise { policy.callbackPromise = callbackPromise }
    if let misses { policy.missesToDeregister = UInt8(misses) }
    if let capacity { policy.capacity = UInt32(capacity) }
    guard policy != state.engine.policy else { return }
    _ = try state.perform(.setPolicy(policy), at: .now())
    try state.commit()
  }
}
