import Foundation
import KODClient
import KODWire
import Testing

/// Credentials that end, between the real programs.
@Suite("Credentials that end", .serialized, .timeLimit(.minutes(2)))
struct CredentialEndTests {
  /// A server with a partner and an assister whose credentials end.
  private struct Setting {
    let server: ServerProcess
    let credentials: String

    init(lifetime: String, longest: String) throws {
      server = try ServerProcess()
      credentials = server.directory.appending(path: "credentials").path
      let roster = server.directory.appending(path: "roster.csv")
      try
        "name,role,kind,languages,counties,capacity\nclinic,intake_partner,,,,\nrita,assister,kynector,en,21067,5\n"
        .write(to: roster, atomically: true, encoding: .utf8)
      let imported = try server.run(
        "kod-server",
        [
          "principal", "import", roster.path, "--data", server.data, "--credentials", credentials,
          "--lifetime", lifetime,
        ])
      try #require(imported.status == 0, "\(imported.errors)")
      try server.start("--credential-lifetime", longest)
    }

    func path(_ name: String) -> String { "\(credentials)/\(name).token" }

    func token(_ name: String) throws -> String {
      try String(contentsOfFile: path(name), encoding: .utf8)
        .trimmingCharacters(in: .newlines)
    }

    func configuration(_ token: String) throws -> KODClient.Configuration {
      let (host, port) = try KODClient.Configuration.split(address: server.address)
      return KODClient.Configuration(
        host: host, port: port,
        certificateAuthority: try CertificateAuthority(file: "\(server.data)/dev/ca.pem"),
        token: try Token(token), clientName: "EndToEndTests")
    }

    func kod(
      _ words: String..., token: String
    ) throws -> (status: Int32, output: String, errors: String) {
      try server.run(
        "kod",
        words + [
          "--server", server.address, "--ca", "\(server.data)/dev/ca.pem", "--token-file", token,
        ])
    }
  }

  /// What `kod credential --json` tells.
  private struct Told: Decodable {
    struct Credential: Decodable {
      var principal: String
      var expires_at_us: Int64?
      var now_us: Int64
      var is_renewed: Bool

      var minutesLeft: Int64? { expires_at_us.map { ($0 - now_us) / 60_000_000 } }
    }
    var credential: Credential

    init(_ line: String) throws {
      self = try JSONDecoder().decode(Told.self, from: Data(line.utf8))
    }
  }

  @Test(
    "A command that finds little time left renews the token in its file, and the next one has no need to"
  )
  func commands() throws {
    let setting = try Setting(lifetime: "30m", longest: "10h")
    let path = setting.path("rita")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    let first = try setting.token("rita")
    // Refused, as half of what is asked is: it renews all the same.
    #expect(try setting.kod("accept", "99", token: path).status == 1)
    let second = try setting.token("rita")
    #expect(second != first)
    #expect(
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    let told = try Told(try setting.kod("credential", "--json", token: path).output).credential
    #expect(told.principal == "rita" && told.is_renewed)
    #expect(try #require(told.minutesLeft) > 500)
    #expect(try setting.token("rita") == second)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: setting.credentials).sorted() == [
        "clinic.token", "rita.token",
      ])
  }

  @Test("kod credential renew makes one on demand: in place of the old one, or for elsewhere")
  func onDemand() throws {
    let setting = try Setting(lifetime: "9h", longest: "10h")
    let path = setting.path("clinic")
    let first = try setting.token("clinic")
    let guest = setting.path("guest")
    let made = try setting.kod(
      "credential", "renew", "--lifetime", "90m", "--out", guest, token: path)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("90 min from now") || made.output.contains("89 min from now"))
    #expect(!made.output.contains(try setting.token("guest")))
    #expect(try setting.token("clinic") == first)
    let again = try setting.kod("credential", "renew", "--out", guest, token: path)
    #expect(again.status == 2 && again.errors.contains("exists already"))
    let told = try Told(try setting.kod("credential", "--json", token: guest).output).credential
    #expect(told.principal == "clinic")

    let renewed = try setting.kod("credential", "renew", "--json", token: path)
    #expect(try #require(try Told(renewed.output).credential.minutesLeft) > 590)
    #expect(try setting.token("clinic") != first)
    // A longer one than the server gives is the server's to refuse.
    let tooLong = try setting.kod("credential", "renew", "--lifetime", "11h", token: path)
    #expect(tooLong.status == 1, "\(tooLong)")
  }

  @Test("A session goes on under a token that the program brought, and later ones begin with it")
  func explicitly() async throws {
    let setting = try Setting(lifetime: "1h", longest: "10h")
    let client = KODClient(try setting.configuration(try setting.token("rita")))
    let first = try await client.connect()
    let renewed = try await client.renewCredential(lifetime: .seconds(7_200))
    #expect(renewed.expiresAtUs - first.credentialExpiresAtUs > 3_500_000_000)
    let session = try await client.refreshSession(token: try Token(renewed.token))
    #expect(session.expiresAtUs == renewed.expiresAtUs)
    let clinic = try Token(try setting.token("clinic"))
    let refusal = await #expect(throws: ClientError.self) {
      try await client.refreshSession(token: clinic)
    }
    #expect(refusal?.reason == .tokenRejected)
    // The server comes back: HELLO says the new one.
    #expect(setting.server.terminate() == 0)
    try setting.server.start("--credential-lifetime", "10h")
    let second = try await client.connect(keepTrying: true)
    #expect(second.credentialExpiresAtUs == renewed.expiresAtUs)
    await client.close()
  }

  @Test("A client that keeps its credential outlives the one it began with, in one session")
  func byItself() async throws {
    let setting = try Setting(lifetime: "8s", longest: "1h")
    let (kept, keep) = AsyncStream.makeStream(of: RenewedCredential.self)
    let (changes, change) = AsyncStream.makeStream(of: ConnectionEvent.self)
    var configuration = try setting.configuration(try setting.token("rita"))
    configuration.renewal = CredentialRenewal { keep.yield($0) }
    configuration.connectionChanged = { change.yield($0) }
    let client = KODClient(configuration)
    let welcome = try await client.connect()
    var credentials = kept.makeAsyncIterator()
    let renewed = try #require(await credentials.next())
    while client.serverTime() <= welcome.credentialExpiresAtUs + 200_000 {
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(try await client.standing().status?.name == "rita")
    let other = KODClient(try setting.configuration(renewed.token))
    #expect(try await other.connect().credentialExpiresAtUs == renewed.expiresAtUs)
    await client.close()
    await other.close()
    change.finish()
    var count = 0
    for await event in changes {
      guard case .connected = event else {
        Issue.record("\(event)")
        continue
      }
      count += 1
    }
    #expect(count == 1)
  }

  @Test("One that has ended opens no session any more, and a client that renews nothing is told so")
  func ended() async throws {
    let setting = try Setting(lifetime: "2s", longest: "1h")
    let path = setting.path("clinic")
    try await Task.sleep(for: .seconds(3))
    let refused = try setting.kod("credential", token: path)
    #expect(refused.status == 77)
    #expect(refused.errors.contains("[CREDENTIAL_EXPIRED]"), "\(refused.errors)")
    let client = KODClient(try setting.configuration(try setting.token("clinic")))
    let error = await #expect(throws: ClientError.self) { try await client.connect() }
    #expect(error?.reason == .credentialExpired)
  }
}
