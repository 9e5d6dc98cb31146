import Foundation
import KODClient
import KODWire
import Testing

/// What an operator and a script see: files, statuses, refusals.
@Suite("Operating the server", .serialized, .timeLimit(.minutes(2)))
struct OperatorTests {
  @Test("--dev makes the authority and one token a principal, once, readable by the owner only")
  func developmentFiles() async throws {
    let server = try ServerProcess().start()
    let dev = "\(server.data)/dev"
    let names = try FileManager.default.contentsOfDirectory(atPath: dev)
    let tokens = names.filter { $0.hasSuffix(".token") }
    #expect(tokens.count == 13)
    for name in tokens + ["server-key.pem", "ca-key.pem"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(dev)/\(name)")
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    let before = try tokens.map { try String(contentsOfFile: "\(dev)/\($0)", encoding: .utf8) }
    #expect(Set(before).count == 13)
    let authority = try Data(contentsOf: URL(filePath: "\(dev)/ca.pem"))
    #expect(server.terminate() == 0)
    try server.start()
    let after = try tokens.map { try String(contentsOfFile: "\(dev)/\($0)", encoding: .utf8) }
    #expect(before == after)
    #expect(try Data(contentsOf: URL(filePath: "\(dev)/ca.pem")) == authority)
    #expect(try await server.client("alice").connect().principal == "alice")
  }

  @Test("Started without standard streams, it serves, and no log line lands in a file of its data")
  func closedStreams() async throws {
    let server = try ServerProcess().start()
    #expect(server.terminate() == 0)
    let line =
      "exec '\(ServerProcess.binaries.path)/kod-server' run --dev --data '\(server.data)' "
      + "--listen \(server.address) <&- >&- 2>&-"
    let bare = try ChildProcess("/bin/sh", ["-c", line], environment: [:])
    let portal = try server.client("portal")
    #expect(try await portal.submit(.example()).referralId == 1)
    kill(bare.identifier, SIGTERM)
    #expect(bare.wait() == 0)
    for name in try FileManager.default.subpathsOfDirectory(atPath: server.data) {
      let bytes = FileManager.default.contents(atPath: "\(server.data)/\(name)")
      #expect(bytes?.range(of: Data("serving".utf8)) == nil, "\(name)")
    }
    try server.start()
    #expect(try await portal.referral(1).referralId == 1)
  }

  @Test("What keeps it from starting is named once, and plainly")
  func refusals() throws {
    let server = try ServerProcess()
    let file = server.directory.appending(path: "file").path
    #expect(FileManager.default.createFile(atPath: file, contents: nil))
    let refused = try server.run("kod-server", ["run", "--dev", "--data", file])
    #expect(refused.status == 1)
    #expect(refused.errors.hasPrefix("kod-server: \(file): "))
    let starved = try server.run(
      "sh",
      [
        "-c", "ulimit -n 200; exec '\(ServerProcess.binaries.path)/kod-server' \"$@\"", "sh",
        "run", "--dev", "--data", server.data, "--listen", "127.0.0.1:0",
      ])
    #expect(starved.status == 1)
    #expect(starved.errors.contains("200 file descriptors"))
  }

  @Test("SIGHUP, SIGINT and SIGTERM end it cleanly", arguments: [SIGHUP, SIGINT, SIGTERM])
  func endingSignals(signal: Int32) throws {
    let server = try ServerProcess().start()
    #expect(server.terminate(by: signal) == 0)
    #expect(server.log.contains("stopped"))
  }

  @Test("A second server on the same directory refuses, and the first goes on")
  func secondServer() async throws {
    let server = try ServerProcess().start()
    let second = try server.run(
      "kod-server", ["run", "--dev", "--data", server.data, "--listen", "127.0.0.1:0"])
    #expect(second.status == 1)
    #expect(second.errors.contains("in use"))
    #expect(try await server.client("olive").serverStatus().referrals == 0)
  }

  @Test("A port that another server holds is refused, not shared")
  func portInUse() async throws {
    let server = try ServerProcess().start()
    let other = try ServerProcess()
    let second = try other.run(
      "kod-server", ["run", "--dev", "--data", other.data, "--listen", server.address])
    #expect(second.status == 1)
    #expect(second.errors.contains(server.address))
  }

  @Test(
    "A torn tail is repaired with a copy kept; damage in the middle refuses and names the place")
  func damage() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    for number in 1...5 { _ = try await portal.submit(.example(reference: "\(number)")) }
    #expect(server.terminate() == 0)
    let log = URL(filePath: server.data).appending(path: "log")
    let segment = try #require(
      try FileManager.default.contentsOfDirectory(atPath: log.path).sorted()
        .first { $0.hasSuffix(".segment") })
    let file = log.appending(path: segment)
    let whole = try Data(contentsOf: file)
    let end = try #require(whole.lastIndex { $0 != 0 }) + 1

    // The half of a record that a crash leaves behind: whatever was never acknowledged may go.
    var torn = whole
    let tail = whole[(end - 40)..<end]
    torn.replaceSubrange(end..<(end + tail.count), with: tail)
    try torn.write(to: file)
    try server.start()
    #expect(try await portal.referral(5).partnerReference == "5")
    #expect(server.terminate() == 0)
    let kept = try FileManager.default.subpathsOfDirectory(atPath: server.data)
      .filter { $0.contains("torn") }
    #expect(!kept.isEmpty)

    var damaged = try Data(contentsOf: file)
    damaged[end / 2] ^= 1
    try damaged.write(to: file)
    let refused = try server.run(
      "kod-server", ["run", "--dev", "--data", server.data, "--listen", "127.0.0.1:0"])
    #expect(refused.status == 1)
    #expect(refused.errors.contains(segment))
    #expect(refused.errors.contains("offset"))
    #expect(refused.errors.contains("sequence"))
    #expect(try Data(contentsOf: file) == damaged)
  }

  @Test("kod finds the development server of the current directory, or what the environment names")
  func withoutFlags() async throws {
    let server = try ServerProcess().start()
    let plain = try server.run("kod", ["status", "--json"])
    #expect(plain.status == 0, "\(plain.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(plain.output.utf8))
    #expect(object is [String: Any])
    let submitted = try server.run(
      "kod",
      [
        "submit", "--county", "Jefferson", "--help-type", "both", "--language", "es", "--name",
        "Pat Doe", "--phone", "+15025550100",
      ])
    #expect(submitted.status == 0, "\(submitted.errors)")
    let elsewhere = try server.run(
      "kod", ["accept", "1"],
      environment: [
        "KOD_SERVER": server.address, "KOD_CA": "\(server.data)/dev/ca.pem",
        "KOD_TOKEN_FILE": "\(server.data)/dev/carla.token",
      ])
    #expect(elsewhere.status == 0, "\(elsewhere.errors)")
    #expect(elsewhere.output.contains("Pat Doe"))
    let late = try server.run("kod", ["accept", "1", "--as", "alice"])
    #expect(late.status == 1)
    #expect((late.output + late.errors).contains("OFFER_UNKNOWN"))
  }

  @Test("Exit statuses: 0 done, 1 refused, 2 bad usage, 69 unreachable, 77 not permitted")
  func exitStatuses() async throws {
    let server = try ServerProcess().start()
    #expect(try server.kod("status", as: "alice").status == 0)
    #expect(try server.kod("accept", "999", as: "alice").status == 1)
    #expect(try server.kod("accept", as: "alice").status == 2)
    #expect(try server.kod("frobnicate", as: "alice").status == 2)
    #expect(
      try server.kod(
        "submit", "--county", "Fayette", "--help-type", "both", "--language", "en", "--name", "Pat",
        "--phone", "+15025550100", as: "alice"
      ).status == 77)
    let forged = server.directory.appending(path: "forged.token")
    try ("kod1." + String(repeating: "0", count: 80)).write(
      to: forged, atomically: true, encoding: .utf8)
    let wrong = try server.run(
      "kod",
      [
        "--server", server.address, "--ca", "\(server.data)/dev/ca.pem", "--token-file",
        forged.path, "status",
      ])
    #expect(wrong.status == 77)
    #expect(server.terminate() == 0)
    #expect(try server.kod("status", as: "alice").status == 69)
  }

  @Test(
    "Bad usage of the server is named and ends with status 2",
    arguments: [
      ["run", "--frob"], ["run", "--offer-window", "soon", "--dev"], ["run"], ["walk"], [],
      ["run", "--dev", "--listen", "nowhere"], ["principal", "import"],
      ["principal", "import", "roster.csv", "--lifetime", "999ms"],
      ["principal", "import", "roster.csv", "--lifetime", "3651d"],
      ["principal", "import", "roster.csv", "--lifetime", "soon"],
      ["run", "--dev", "--credential-lifetime", "999ms"],
      ["run", "--dev", "--credential-lifetime", "3651d"],
    ])
  func badUsage(arguments: [String]) throws {
    let server = try ServerProcess()
    let result = try server.run("kod-server", arguments)
    #expect(result.status == 2)
    #expect(result.errors.contains("kod-server: "))
  }

  @Test("Principals are imported in bulk, all or none, and can sign in")
  func bulkImport() async throws {
    let server = try ServerProcess()
    let roster = server.directory.appending(path: "roster.csv")
    let header = "name,role,kind,languages,counties,capacity\n"
    try
      (header + "r-1,assister,kynector,en es,21067 21111,7\np-1,intake_partner,,,,\nbad,chef,,,,\n")
      .write(to: roster, atomically: true, encoding: .utf8)
    let credentials = server.directory.appending(path: "credentials").path
    let arguments = [
      "principal", "import", roster.path, "--data", server.data, "--credentials", credentials,
    ]
    let refused = try server.run("kod-server", arguments)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("line 4"))
    #expect(!FileManager.default.fileExists(atPath: credentials))

    // What would be lost without a registration to hold it.
    try (header + "i-1,assister,,,21067,7\n").write(to: roster, atomically: true, encoding: .utf8)
    #expect(try server.run("kod-server", arguments).errors.contains("line 2: counties needs kind"))

    try (header + "s-1,supervisor,,en,,\n").write(to: roster, atomically: true, encoding: .utf8)
    #expect(try server.run("kod-server", arguments).errors.contains("line 2: languages is for"))

    // Nobody would ever be matched with it.
    try (header + "r-1,assister,kynector,english,21067,7\n")
      .write(to: roster, atomically: true, encoding: .utf8)
    #expect(try server.run("kod-server", arguments).errors.contains("line 2: 'english'"))

    // As a spreadsheet saves it: a byte order mark, and lines that end as Windows ends them.
    let lines = [
      String(header.dropLast()), "r-1,assister,kynector,en es,21067 21111,7",
      "p-1,intake_partner,,,,", "i-1,assister,,,,3", "",
    ]
    try ("\u{FEFF}" + lines.joined(separator: "\r\n"))
      .write(to: roster, atomically: true, encoding: .utf8)
    #expect(try server.run("kod-server", arguments).status == 0)
    #expect(try server.run("kod-server", arguments).status == 1)
    try server.start()
    let client = KODClient(
      try KODClient.Configuration(
        address: server.address, certificateAuthorityFile: "\(server.data)/dev/ca.pem",
        tokenFile: "\(credentials)/r-1.token"))
    let status = try #require(try await client.standing().status)
    #expect(status.available)
    #expect(status.capacity == 7)
    #expect(status.languages == ["en", "es"])
    #expect(status.counties == [21067, 21111])

    // R30: a credential only; the rest is the assister's own to say.
    let kod = [
      "--server", server.address, "--ca", "\(server.data)/dev/ca.pem", "--token-file",
      "\(credentials)/i-1.token",
    ]
    let before = try server.run("kod", kod + ["status", "--json"])
    let lacking = try server.run("kod", kod + ["register"])
    #expect(lacking.output.contains("missing: kod register --kind"), "\(lacking.output)")
    #expect(before.output.contains("\"registration\":\"none\""), "\(before.output)")
    let registered = try server.run(
      "kod",
      kod + [
        "register", "--kind", "agent", "--language", "en", "--phone", "+15025550107",
        "--around-the-clock", "--zone", "America/Chicago", "--accept-terms",
      ])
    #expect(registered.status == 0, "\(registered.errors)")
    let after = try server.run("kod", kod + ["status", "--json"])
    #expect(after.output.contains("\"registration\":\"active\""), "\(after.output)")
  }

  @Test("Imported tokens end when --lifetime says, and without it never")
  func importedLifetime() async throws {
    let server = try ServerProcess()
    let roster = server.directory.appending(path: "roster.csv")
    let credentials = server.directory.appending(path: "credentials").path
    func imported(_ name: String, _ options: String...) throws -> ClosedRange<Date> {
      try "name,role,kind,languages,counties,capacity\n\(name),intake_partner,,,,\n"
        .write(to: roster, atomically: true, encoding: .utf8)
      let before = Date()
      let result = try server.run(
        "kod-server",
        ["principal", "import", roster.path, "--data", server.data, "--credentials", credentials]
          + options)
      #expect(result.status == 0, "\(result.errors)")
      return before...Date()
    }
    _ = try imported("always")
    let month = try imported("month", "--lifetime", "30d")
    let moment = try imported("moment", "--lifetime", "1s")
    try server.start()
    func end(_ name: String) async throws -> Date {
      let client = KODClient(
        try KODClient.Configuration(
          address: server.address, certificateAuthorityFile: "\(server.data)/dev/ca.pem",
          tokenFile: "\(credentials)/\(name).token"))
      let microseconds = try await client.connect().credentialExpiresAtUs
      return Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
    #expect(try await end("always").timeIntervalSince1970 == 0)
    let days = 30.0 * 86_400
    #expect(
      (month.lowerBound + (days - 1)...month.upperBound + (days + 1)).contains(
        try await end("month")))
    while Date() < moment.upperBound + 1 { try await Task.sleep(for: .milliseconds(50)) }
    do {
      _ = try await end("moment")
      Issue.record("a token that has ended was taken")
    } catch {
      #expect((error as? ClientError)?.reason == .credentialExpired)
    }
  }

  @Test(
    "Without --dev the server uses the certificate it is given, and nobody exists whom nobody created"
  )
  func production() async throws {
    let maker = try ServerProcess().start()
    #expect(maker.terminate() == 0)
    let pair = [
      "--certificate", "\(maker.data)/dev/server.pem", "--key", "\(maker.data)/dev/server-key.pem",
    ]
    let server = try ServerProcess()
    let roster = server.directory.appending(path: "roster.csv")
    try "name,role,kind,languages,counties,capacity\nclinic,intake_partner,,,,\n"
      .write(to: roster, atomically: true, encoding: .utf8)
    let credentials = server.directory.appending(path: "credentials").path
    let imported = try server.run(
      "kod-server",
      ["principal", "import", roster.path, "--data", server.data, "--credentials", credentials])
    #expect(imported.status == 0)
    try server.launch(pair)
    #expect(!FileManager.default.fileExists(atPath: "\(server.data)/dev"))
    func client(_ token: String) throws -> KODClient {
      KODClient(
        try KODClient.Configuration(
          address: server.address, certificateAuthorityFile: "\(maker.data)/dev/ca.pem",
          tokenFile: token))
    }
    let clinic = try client("\(credentials)/clinic.token")
    #expect(try await clinic.connect().principal == "clinic")
    // R3: nobody is there to ask.
    let referral = try await clinic.submit(.example())
    #expect(referral.state == .referralWaiting)
    #expect(referral.waitingCause == .noOneAvailable)
    do {
      _ = try await client("\(maker.data)/dev/alice.token").connect()
      Issue.record("a stranger's token was taken")
    } catch {
      #expect((error as? ClientError)?.reason == .tokenRejected)
    }
    let busy = try server.run(
      "kod-server",
      ["principal", "import", roster.path, "--data", server.data, "--credentials", credentials])
    #expect(busy.status == 1)
    #expect(busy.errors.contains("in use"))
  }

  @Test("Neither names, phones nor tokens are in the server's log")
  func privacy() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    _ = try await portal.submit(.example())
    #expect(server.terminate() == 0)
    let token = try String(contentsOfFile: "\(server.data)/dev/portal.token", encoding: .utf8)
    for secret in [
      "Pat Doe", "+15025550100", "call after five", String(token.dropLast().suffix(64)),
    ] {
      #expect(!server.log.contains(secret))
    }
    #expect(server.log.contains("serving"))
  }
}
