internal import Glibc
internal import KODEngine
internal import KODServer

/// `kod-server principal import FILE`: creates principals in bulk, on a data directory that no server is using.
struct PrincipalCommand {
  private let file: String
  private let directory: String
  private let credentials: String

  init(_ words: [String]) throws(UsageError) {
    let arguments = try Arguments(
      words, options: ["--data", "--credentials"], flags: ["--help"])
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
  }

  /// All or nothing: the whole file is checked before the first principal is created.
  func run() throws {
    let rows = try Roster.parse(readFile(file))
    let state = try DurableEngine(directory: directory)
    for row in rows where state.engine.principal(named: row.name) != nil {
      throw StartError("\(file):\(row.line): principal '\(row.name)' exists")
    }
    let files = try CredentialFiles(directory: credentials)
    for row in rows {
      let token = Token.generate()
      try files.write(token, for: row.name)
      try state.create(
        name: row.name, role: row.role, token: token, capacity: row.capacity,
        registration: row.registration)
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

/// The import file: comma-separated, with the header `name,role,kind,languages,counties,capacity`. Several languages or
/// counties are separated by spaces; no county means the whole state, no capacity the policy's.
enum Roster {
  struct Row {
    var line: Int
    var name: String
    var role: Role
    var capacity: UInt32?
    var registration: Registration?
  }

  static let header = "name,role,kind,languages,counties,capacity"

  static func parse(_ text: String) throws(StartError) -> [Row] {
    // To Swift the end of a line as Windows writes it is one character.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .enumerated().map { (number: $0 + 1, text: $1) }
      .filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
    guard let first = lines.first, first.text == header else {
      throw StartError("the first line must be '\(header)'")
    }
    var rows: [Row] = []
    var names: Set<String> = []
    for line in lines.dropFirst() {
      let row = try parse(line.text, line: line.number)
      guard names.insert(row.name).inserted else {
        throw StartError("line \(line.number): name '\(row.name)' stands twice")
      }
      rows.append(row)
    }
    return rows
  }

  private static func parse(_ text: Substring, line: Int) throws(StartError) -> Row {
    let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    func wrong(_ what: String) -> StartError { StartError("line \(line): \(what)") }
    guard fields.count == 6 else { throw wrong("6 fields are needed, \(fields.count) are there") }
    let name = fields[0]
    let isPlain = name.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
        || $0 == 46 || $0 == 95
    }
    guard isPlain, (1...64).contains(name.utf8.count), !name.hasPrefix(".") else {
      throw wrong("name must have 1 to 64 letters, digits, '-', '_' or '.'")
    }
    guard let role = roles[fields[1]] else {
      throw wrong("role must be one of \(roles.keys.sorted().joined(separator: ", "))")
    }
    let capacity = UInt32(fields[5])
    guard fields[5].isEmpty || capacity.map({ $0 > 0 }) == true else {
      throw wrong("capacity must be a number from 1")
    }
    let registration = role == .assister ? try registration(fields, wrong) : nil
    return Row(
      line: line, name: name, role: role, capacity: capacity, registration: registration)
  }

  private static func registration(
    _ fields: [String], _ wrong: (String) -> StartError
  ) throws(StartError) -> Registration {
    guard let kind = kinds[fields[2]] else { throw wrong("kind must be agent or kynector") }
    let languages = fields[3].split(separator: " ").map { $0.lowercased() }
    guard (1...16).contains(languages.count) else { throw wrong("1 to 16 languages are needed") }
    if let bad = languages.first(where: { !LanguageTag.isWellFormed($0) }) {
      throw wrong("'\(bad)' is not a language tag, such as en or es-MX")
    }
    let codes = fields[4].split(separator: " ")
    let counties = codes.compactMap { UInt32($0).flatMap(County.init) }
    guard counties.count == codes.count else {
      throw wrong("counties must be FIPS codes from 21001 to 21239")
    }
    return Registration(kind: kind, languages: languages, counties: CountySet(counties))
  }

  private static let kinds: [String: AssisterKind] = ["agent": .agent, "kynector": .kynector]
  private static let roles: [String: Role] = [
    "assister": .assister, "intake_partner": .intakePartner, "supervisor": .supervisor,
    "operator": .operator,
  ]
}
