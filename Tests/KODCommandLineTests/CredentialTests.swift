import Foundation
import KODJSON
import KODWire
import Testing

@testable import kod

@Suite struct CredentialTests {
  /// A folder with a token file in it.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "kod-\(UUID().uuidString)")
      .path

    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, mode: Int = 0o600, to name: String = "token") throws -> String {
      let file = "\(path)/\(name)"
      try text.write(toFile: file, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      return file
    }

    func mode(_ name: String = "token") throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
    }

    var names: [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
    }

    func text(_ name: String = "token") throws -> String {
      try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
  }

  private let renewed = RenewedCredential(token: "new", expiresAtUs: 900)

  @Test(arguments: [0o600, 0o640, 0o400])
  func `a renewed token takes the old one's place in its file, whose mode stays`(mode: Int) throws {
    let folder = try Folder()
    let file = TokenFile(path: try folder.write("old\n", mode: mode), token: "old")
    try file.keep(renewed)
    #expect(try folder.text() == "new\n")
    #expect(try folder.mode() == mode)
    #expect(folder.names == ["token"], "nothing else is left")
    #expect(file.renewedUntil == 900)
    try file.keep(RenewedCredential(token: "newer", expiresAtUs: 1_000))
    #expect(try folder.text() == "newer\n")
  }

  @Test func `a link stays a link, and what it leads to is written`() throws {
    let folder = try Folder()
    _ = try folder.write("old\n", to: "real")
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    let file = TokenFile(path: link, token: "old")
    #expect(file.takesBack)
    try file.keep(renewed)
    #expect(try folder.text("real") == "new\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")
  }

  @Test func `a token that somebody else put there meanwhile stays`() throws {
    let folder = try Folder()
    let path = try folder.write("old\n")
    let file = TokenFile(path: path, token: "old")
    _ = try folder.write("from another kod\n")
    try file.keep(renewed)
    #expect(try folder.text() == "from another kod\n")
    #expect(file.renewedUntil == 900)
  }

  @Test func `a file that is gone takes nothing, and says so without the token`() throws {
    let folder = try Folder()
    let path = try folder.write("old\n")
    let file = TokenFile(path: path, token: "old")
    try FileManager.default.removeItem(atPath: path)
    #expect(!file.takesBack)
    #expect(throws: TokenFileError("\(path) is gone")) { try file.keep(renewed) }
    #expect(file.renewedUntil == nil)
    #expect(folder.names.isEmpty)
  }

  @Test func `only a regular file of one line takes a token back`() throws {
    let folder = try Folder()
    #expect(TokenFile(path: try folder.write("old"), token: "old").takesBack)
    #expect(TokenFile(path: try folder.write("old\n\n"), token: "old").takesBack)
    #expect(!TokenFile(path: try folder.write("old\nand more\n"), token: "old").takesBack)
    #expect(!TokenFile(path: try folder.write(""), token: "old").takesBack)
    #expect(!TokenFile(path: folder.path, token: "old").takesBack)
    #expect(!TokenFile(path: "/dev/null", token: "old").takesBack)
    #expect(!TokenFile(path: "/proc/self/cmdline", token: "old").takesBack)
  }

  @Test func `a file of one's own is made for its owner alone, and never over another`() throws {
    let folder = try Folder()
    let path = "\(folder.path)/guest"
    try TokenFile.create(path, token: "guest")
    #expect(try folder.text("guest") == "guest\n")
    #expect(try folder.mode("guest") == 0o600)
    #expect(throws: TokenFileError("\(path) exists already")) {
      try TokenFile.create(path, token: "other")
    }
    #expect(try folder.text("guest") == "guest\n")
    let error = #expect(throws: TokenFileError.self) {
      try TokenFile.create("\(folder.path)/no/guest", token: "secret")
    }
    #expect(error?.description == "\(folder.path)/no: No such file or directory")
  }

  @Test func `a command renews when a fifth of the longest life is left, or a tenth more`() {
    let day: Int64 = 86_400_000_000
    let longest: UInt64 = 100 * 86_400_000
    func isLate(_ left: Int64, random: UInt64 = 0) -> Bool {
      CredentialLife.isLate(
        expiry: 1_000 * day + left, now: 1_000 * day, longest: longest, random: random)
    }
    #expect(!isLate(20 * day + 1_000))
    #expect(isLate(20 * day))
    #expect(!isLate(30 * day + 1_000, random: .max))
    #expect(isLate(30 * day, random: .max))
    #expect(isLate(0))
    #expect(isLate(-day), "the server let it in all the same")
  }

  @Test func `without an end, or not knowing the longest life, a command renews nothing`() {
    #expect(!CredentialLife.isLate(expiry: 0, now: 5, longest: 1_000, random: .max))
    #expect(!CredentialLife.isLate(expiry: 10, now: 5, longest: 0, random: .max))
    #expect(!CredentialLife.isLate(expiry: .max, now: .min, longest: 1_000, random: .max))
    #expect(!CredentialLife.isLate(expiry: .max, now: 0, longest: 1_000, random: .max))
    #expect(CredentialLife.isLate(expiry: .min, now: .max, longest: 1_000, random: .max))
    #expect(!CredentialLife.isLate(expiry: 10, now: .min + 11, longest: 1, random: .max))
  }

  @Test(arguments: [
    ("1s", Duration.seconds(1)), ("90m", .seconds(5_400)), ("12h", .seconds(43_200)),
    ("30d", .seconds(2_592_000)), ("36500d", .seconds(3_153_600_000)),
  ])
  func `a lifetime is a time, days included`(text: String, duration: Duration) throws {
    #expect(try CredentialCommand.lifetime(text) == duration)
  }

  @Test(arguments: ["", "d", "0d", "36501d", "999ms", "-1d", "30", "1.5d", "1d12h"])
  func `what is no lifetime, or too short, is refused`(text: String) {
    let error = #expect(throws: UsageError.self) { try CredentialCommand.lifetime(text) }
    #expect(error?.message.contains("got '\(text)'") == true)
  }

  private var standing: CredentialCommand.Standing {
    CredentialCommand.Standing(
      principal: "alice", role: .assister, server: "127.0.0.1:7443",
      expiresAt: 1_769_940_000_000_000, now: 1_767_261_600_000_000,
      tokenFile: "kod-data/dev/alice.token", isRenewed: true)
  }

  @Test func `it says whose it is, until when, where it lies and what comes then`() throws {
    let clock = ClockFace(zone: try #require(TimeZone(identifier: "UTC")))
    let name = clock.abbreviation(standing.expiresAt)
    #expect(
      CredentialCommand.lines(standing, clock: clock) == [
        "alice, assister, at 127.0.0.1:7443",
        "  Valid       until 2026-02-01 10:00:00 \(name), 31 days from now",
        "  Token file  kod-data/dev/alice.token", "  Renewed     by itself, into this file",
      ])
    var near = standing
    near.expiresAt = near.now + 5_400_000_000
    near.isRenewed = false
    #expect(
      CredentialCommand.lines(near, clock: clock).suffix(3) == [
        "  Valid       until 2026-01-01 11:30:00 \(name), 90 min from now",
        "  Token file  kod-data/dev/alice.token",
        "  Renewed     not by itself: `kod credential renew` with --out FILE",
      ])
    var endless = standing
    endless.expiresAt = 0
    #expect(
      CredentialCommand.lines(endless, clock: clock).dropFirst() == [
        "  Valid       without an end", "  Token file  kod-data/dev/alice.token",
      ])
  }

  @Test func `programs get the same, null for no end`() {
    #expect(
      CredentialCommand.json(standing).line
        == #"{"credential":{"principal":"alice","role":"assister","expires_at_us":1769940000000000,"#
        + #""now_us":1767261600000000,"token_file":"kod-data/dev/alice.token","is_renewed":true}}"#)
    var endless = standing
    endless.expiresAt = 0
    #expect(CredentialCommand.json(endless)["credential"]?["expires_at_us"] == .null)
  }

  @Test func `the command line is what help says`() throws {
    func parse(_ line: String) throws -> Invocation {
      try ArgumentParser.parse(
        line.split(separator: " ").map(String.init), commands: Command.descriptions)
    }
    #expect(try parse("credential").command == "credential")
    let renew = try parse("credential renew --lifetime 30d --out x.token")
    #expect(renew.command == "credential renew")
    #expect(renew.value("lifetime") == "30d" && renew.value("out") == "x.token")
    #expect(throws: UsageError.self) { try parse("credential --out x") }
    #expect(throws: UsageError.self) { try parse("credential renew x") }
    #expect(HelpTopic.json.lines.joined().contains("credential renew"))
  }
}
