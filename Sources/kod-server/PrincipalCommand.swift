internal import Glibc
internal import KODEngine
internal import KODServer

/// `kod-server principal import FILE`: creates principals in bulk, on a data directory that no server is using.
struct PrincipalCommand {
  private let file: String
  private let directory: String
  private let credentials: String
  private let lifetime: Instant.Interval?

  init(_ words: [String]) throws(UsageError) {
    let arguments = try Arguments(
      words, options: ["--data", "--credentials", "--lifetime"], flags: ["--help"])
    if arguments.has("--help") {
      Standard.output(Help.principal)
      ExitStatus.done.exit()
    }
    guard arguments.operands.count == 2, arguments.operands[0] == "import" else {
      throw UsageError("principal import takes one FILE")
    }
    file = arguments.operands[1]
    directory = arguments["--data"] ?? "kod-data"
    credentials = arguments["--credentials"] ?? directory + "/dev"
    lifetime = try arguments.lifetime("--lifetime")
  }

  /// All or nothing: the whole file is checked before the first principal is created.
  func run() throws {
    let rows = try Roster.parse(readFile(file))
    let state = try DurableEngine(directory: directory)
    for row in rows where state.engine.principal(named: row.name) != nil {
      throw StartError("\(file):\(row.line): principal '\(row.name)' exists")
    }
    let files = try CredentialFiles(directory: credentials)
    // One end for all of them: whoever renews knows one date.
    let expiresAt = lifetime.map { Instant.now() + $0 }
    var outlooks = Outlooks()
    for row in rows {
      let token = Token.generate()
      try files.write(token, for: row.name)
      try state.create(
        name: row.name, role: row.role, token: token, expiresAt: expiresAt,
        capacity: row.capacity, assister: row.assister, &outlooks)
    }
    try state.commit()
    try state.markDurable()
    Standard.output("imported \(rows.count) principals, tokens in \(credentials)")
  }

  private func readFile(_ path: String) throws -> String {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count >= 0 else { throw FileError("read", path) }
      if count == 0 {
        // Spreadsheets begin a file with a byte order mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        return String(decoding: bytes, as: UTF8.self)
      }
      bytes.append(contentsOf: chunk.prefix(count))
    }
  }
}
