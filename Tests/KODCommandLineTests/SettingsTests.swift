import Testing

@testable import kod

/// Files that exist only here.
private struct PaperFiles: FileReading {
  var contents: [String: String]
  func text(_ path: String) throws(UsageError) -> String? { contents[path] }
}

@Suite struct SettingsTests {
  private static let development = [
    "kod-data/dev/server": "127.0.0.1:7443\n", "kod-data/dev/ca.pem": "CA",
    "kod-data/dev/alice.token": "alice-token\n", "kod-data/dev/olive.token": "olive-token\n",
    "other/dev/server": "127.0.0.1:9000\n", "other/dev/ca.pem": "CA",
    "other/dev/alice.token": "other-alice\n",
  ]
  private static let elsewhere = [
    "flag.pem": "CA", "env.pem": "CA", "/home/kim/ca.pem": "CA",
    "/home/kim/.config/kod/ca.pem": "CA",
    "flag.token": "flag-token", "env.token": "env-token",
    "/home/kim/.config/kod/token": "profile-token",
    "/home/kim/.config/kod/profile":
      "# mine\nserver = profile:3\nca = ~/ca.pem\ntoken-file = token\n",
    "/etc/kod": "server=etc:4\nca=/home/kim/ca.pem\ntoken-file=/home/kim/.config/kod/token",
  ]
  private static let variables = [
    "HOME": "/home/kim", "KOD_SERVER": "env:2", "KOD_CA": "env.pem", "KOD_TOKEN_FILE": "env.token",
  ]

  private func resolve(
    _ line: String = "", environment: [String: String] = ["HOME": "/home/kim"],
    files: [String: String] = development, default principal: String = "alice"
  ) throws -> Settings {
    let words = ["status"] + line.split(separator: " ").map(String.init)
    let invocation = try ArgumentParser.parse(words, commands: Command.descriptions)
    return try SettingsResolver(environment: environment, files: PaperFiles(contents: files))
      .resolve(invocation, defaultPrincipal: principal)
  }

  private func message(_ body: () throws -> Settings) -> String {
    do {
      return "no error: \(try body())"
    } catch {
      return (error as? UsageError)?.message ?? "\(error)"
    }
  }

  @Test func `without anything it is the development server of the current folder`() throws {
    let settings = try resolve()
    #expect(settings.address == "127.0.0.1:7443")
    #expect(settings.certificateAuthority == "kod-data/dev/ca.pem")
    #expect(settings.token == "alice-token")
    #expect(settings.tokenFile == "kod-data/dev/alice.token")
    #expect(settings.developmentPrincipal == "alice")
    #expect(settings.timeout == .seconds(10))
  }

  @Test func `each command has its own default principal`() throws {
    #expect(try resolve(default: "olive").token == "olive-token")
  }

  @Test func `a profile beats the development server`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    let settings = try resolve(files: files)
    #expect(settings.address == "profile:3")
    #expect(settings.certificateAuthority == "/home/kim/ca.pem")
    #expect(settings.token == "profile-token")
    #expect(settings.tokenFile == "/home/kim/.config/kod/token")
    #expect(settings.developmentPrincipal == nil)
  }

  @Test func `the environment beats a profile`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    let settings = try resolve(environment: Self.variables, files: files)
    #expect(settings.address == "env:2")
    #expect(settings.certificateAuthority == "env.pem")
    #expect(settings.token == "env-token")
    #expect(settings.tokenFile == "env.token")
  }

  @Test func `flags beat the environment`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    let settings = try resolve(
      "--server flag:1 --ca flag.pem --token-file flag.token --timeout 3s",
      environment: Self.variables, files: files)
    #expect(settings.address == "flag:1")
    #expect(settings.certificateAuthority == "flag.pem")
    #expect(settings.token == "flag-token")
    #expect(settings.tokenFile == "flag.token")
    #expect(settings.timeout == .seconds(3))
  }

  @Test func `each setting is looked for on its own`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    let settings = try resolve(
      "--server flag:1", environment: ["HOME": "/home/kim", "KOD_TOKEN_FILE": "env.token"],
      files: files)
    #expect(settings.address == "flag:1")
    #expect(settings.certificateAuthority == "/home/kim/ca.pem")
    #expect(settings.token == "env-token")
  }

  @Test func `an empty variable counts as unset`() throws {
    #expect(
      try resolve(environment: ["HOME": "/home/kim", "KOD_SERVER": ""]).address
        == "127.0.0.1:7443")
  }

  @Test func `as and data point at the development server whatever the environment says`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    let olive = try resolve("--as olive", environment: Self.variables, files: files)
    #expect(olive.address == "127.0.0.1:7443")
    #expect(olive.token == "olive-token")
    let other = try resolve("--data other", environment: Self.variables, files: files)
    #expect(other.address == "127.0.0.1:9000")
    #expect(other.token == "other-alice")
  }

  @Test func `a named profile is read instead of the usual one`() throws {
    let files = Self.development.merging(Self.elsewhere) { $1 }
    #expect(try resolve("--profile /etc/kod", files: files).address == "etc:4")
  }

  @Test(
    arguments: [
      ("", [:], "no server is configured, and there is no development server in kod-data"),
      ("--as nobody", development, "the development server has no principal 'nobody'"),
      ("--as ../x", development, "--as takes a principal's name"),
      ("--as alice --token-file x", development, "--as and --token-file both say who you are"),
      ("--token-file gone", development, "there is no token file gone"),
      ("--ca gone", development, "there is no certificate authority at gone"),
      ("--profile gone", development, "there is no profile file gone"),
      ("--server localhost", development, "a server is HOST:PORT"),
      ("--timeout 5", development, "--timeout is a duration such as"),
    ] as [(String, [String: String], String)])
  func `what is missing or wrong is named`(
    line: String, files: [String: String], expected: String
  ) {
    let message = message { try resolve(line, files: files) }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test(
    arguments: [
      ("a.example:7443", "a.example", 7443), ("127.0.0.1:1", "127.0.0.1", 1),
      ("[::1]:65535", "::1", 65535),
    ] as [(String, String, UInt16)])
  func `an address is host and port`(text: String, host: String, port: UInt16) throws {
    let address = try Settings.parsed(text)
    #expect(address.host == host)
    #expect(address.port == port)
  }

  @Test(arguments: ["", "host", ":1", "host:", "host:0", "host:65536", "::1:7443", "[]:1", "a b:1"])
  func `anything else is no address`(text: String) {
    #expect(throws: UsageError.self) { try Settings.parsed(text) }
  }

  @Test func `a profile names the line that is wrong`() {
    #expect(throws: UsageError("/p, line 2: no setting is called 'sever'; did you mean 'server'?"))
    {
      try ProfileFile(text: "# x\nsever = a:1", path: "/p", home: "/h")
    }
    #expect(throws: UsageError("/p, line 1: not of the form 'key = value'")) {
      try ProfileFile(text: "server", path: "/p", home: "/h")
    }
    #expect(throws: UsageError("/p, line 1: 'ca' has no value")) {
      try ProfileFile(text: "ca =", path: "/p", home: "/h")
    }
  }
}

extension Settings {
  fileprivate static func parsed(_ text: String) throws(UsageError) -> (host: String, port: UInt16)
  {
    try SettingsResolver.address(text)
  }
}
