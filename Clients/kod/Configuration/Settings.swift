/// Which server, whom to trust, and as whom: resolved, checked, not yet used.
struct Settings: Equatable, Sendable {
  var host: String
  var port: UInt16
  /// Path of the certificate authority's PEM file.
  var certificateAuthority: String
  var token: String
  /// Where the token was read.
  var tokenFile: String
  /// The development principal whose token this is; nil: a token file that was named.
  var developmentPrincipal: String?
  /// How long to wait for the connection and for each answer.
  var timeout: Duration

  var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Reads what configuration lies in; replaced by a dictionary in tests.
protocol FileReading {
  /// Nil: there is no such file. A file that is there and can't be read is an error that names it.
  func text(_ path: String) throws(UsageError) -> String?
}

/// Flags, then KOD_SERVER, KOD_CA and KOD_TOKEN_FILE, then the profile file, then the development server of the
/// current folder; each of the three settings on its own. `--as` and `--data` are flags that point at the development
/// server: what they would decide, environment and profile no longer do.
struct SettingsResolver {
  var environment: [String: String]
  var files: any FileReading
  static let defaultTimeout = Duration.seconds(10)

  /// `defaultPrincipal` is the development principal that the command is for.
  func resolve(
    _ invocation: Invocation, defaultPrincipal: String
  ) throws(UsageError) -> Settings {
    let data = invocation.value("data") ?? "kod-data"
    let name = invocation.value("as")
    if name != nil, invocation.value("token-file") != nil {
      throw UsageError("--as and --token-file both say who you are: give one")
    }
    let pointsAtDevelopment = name != nil || invocation.value("data") != nil
    let profile = pointsAtDevelopment ? nil : try profileFile(invocation)
    let search = Search(
      invocation: invocation, environment: pointsAtDevelopment ? [:] : environment,
      profile: profile?.values ?? [:])

    let server: String
    if let named = search.value("server", "KOD_SERVER") {
      server = named
    } else {
      server = try developmentFile(data, "server", option: "server")
    }
    let (host, port) = try Self.address(server)
    let authority = search.value("ca", "KOD_CA") ?? "\(data)/dev/ca.pem"
    if try files.text(authority) == nil {
      throw UsageError("there is no certificate authority at \(authority) (--ca FILE)")
    }
    let token: String
    let tokenFile: String
    var principal: String?
    if let path = search.value("token-file", "KOD_TOKEN_FILE") {
      guard let text = try files.text(path) else {
        throw UsageError("there is no token file \(path)")
      }
      token = try Self.oneLine(text, path)
      tokenFile = path
    } else {
      let chosen = name ?? defaultPrincipal
      principal = chosen
      guard !chosen.isEmpty, !chosen.contains("/") else {
        throw UsageError("--as takes a principal's name, such as alice")
      }
      token = try developmentFile(data, "\(chosen).token", option: "token-file")
      tokenFile = Self.developmentPath(data, "\(chosen).token")
    }
    return Settings(
      host: host, port: port, certificateAuthority: authority, token: token, tokenFile: tokenFile,
      developmentPrincipal: principal,
      timeout: try invocation.duration("timeout") ?? Self.defaultTimeout)
  }

  private struct Search {
    var invocation: Invocation
    var environment: [String: String]
    var profile: [String: String]

    /// An empty environment variable counts as unset.
    func value(_ option: String, _ variable: String) -> String? {
      if let flag = invocation.value(option) { return flag }
      if let set = environment[variable], !set.isEmpty { return set }
      return profile[option]
    }
  }

  private func profileFile(_ invocation: Invocation) throws(UsageError) -> ProfileFile? {
    let home = environment["HOME"] ?? ""
    if let path = invocation.value("profile") {
      guard let text = try files.text(path) else {
        throw UsageError("there is no profile file \(path)")
      }
      return try ProfileFile(text: text, path: path, home: home)
    }
    let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let path = (folder ?? home + "/.config") + "/kod/profile"
    guard let text = try files.text(path) else { return nil }
    return try ProfileFile(text: text, path: path, home: home)
  }

  private static func developmentPath(_ data: String, _ name: String) -> String {
    "\(data)/dev/\(name)"
  }

  private func developmentFile(
    _ data: String, _ name: String, option: String
  ) throws(UsageError) -> String {
    let path = Self.developmentPath(data, name)
    if let text = try files.text(path) { return try Self.oneLine(text, path) }
    if try files.text("\(data)/dev/ca.pem") == nil {
      throw UsageError(
        "no server is configured, and there is no development server in \(data): start one with "
          + "`kod-server run --dev`, or give --server, --ca and --token-file "
          + "(see: kod help configuration)")
    }
    if option == "server" {
      throw UsageError(
        "the development server of \(data) is not running: start it with `kod-server run --dev`",
        exit: .unreachable)
    }
    throw UsageError(
      "the development server has no principal '\(name.dropLast(".token".count))' (no \(path))")
  }

  private static func oneLine(_ text: String, _ path: String) throws(UsageError) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let trimmed = line.split(separator: " ").joined(separator: " ")
    guard !trimmed.isEmpty else { throw UsageError("\(path) is empty") }
    return trimmed
  }

  /// `HOST:PORT` or `[IPv6]:PORT`.
  static func address(_ text: String) throws(UsageError) -> (host: String, port: UInt16) {
    let wrong = UsageError("a server is HOST:PORT, such as 127.0.0.1:7443; got '\(text)'")
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
      let port = UInt16(text[text.index(after: colon)...]), port > 0
    else { throw wrong }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      throw wrong
    }
    guard !host.isEmpty, !host.contains(" ") else { throw wrong }
    return (host, port)
  }
}
