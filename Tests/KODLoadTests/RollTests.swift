import Foundation
import Testing

@testable import kod_load

@Suite struct RollTests {
  /// Opens sessions as a loop would, a few at a time; returns the credentials that stay, and those
  /// that do not.
  private func open(
    _ roles: [Character], wanted: Int?, needsPartner: Bool = true, window: Int = 3
  ) -> (kept: [Int], dismissed: [Int], isComplete: Bool?) {
    var roll = Roll(credentials: roles.count, assistersWanted: wanted, needsPartner: needsPartner)
    var onTheWay: [Int] = []
    var kept: [Int] = []
    var dismissed: [Int] = []
    while true {
      while onTheWay.count < window, let credential = roll.take() { onTheWay.append(credential) }
      guard !onTheWay.isEmpty else { break }
      let credential = onTheWay.removeFirst()
      switch roles[credential] {
      case "a":
        if roll.assisterWelcomed() == .keep {
          kept.append(credential)
          roll.ready()
        } else {
          dismissed.append(credential)
        }
      case "p":
        if roll.partnerWelcomed() == .keep {
          kept.append(credential)
          roll.ready()
        } else {
          dismissed.append(credential)
        }
      default:
        roll.otherWelcomed()
        dismissed.append(credential)
      }
    }
    return (kept, dismissed, roll.isComplete)
  }

  @Test func `without a number every assister and every partner gets a session`() {
    let result = open(["p", "p", "a", "s", "a", "a"], wanted: nil)
    #expect(result.kept == [0, 1, 2, 4, 5])
    #expect(result.dismissed == [3])
    #expect(result.isComplete == true)
  }

  @Test func `with a number no more credentials are opened than needed`() {
    let result = open(["p"] + Array(repeating: "a", count: 100), wanted: 5)
    #expect(result.kept == [0, 1, 2, 3, 4, 5])
    #expect(result.dismissed.isEmpty)
    #expect(result.isComplete == true)
  }

  @Test func `a partner at the end is found, and surplus assisters are dismissed`() {
    let result = open(Array(repeating: "a", count: 9) + ["p"], wanted: 2)
    #expect(result.kept == [0, 1, 9])
    #expect(result.isComplete == true)
  }

  @Test func `too few assisters, or no partner, is not complete`() {
    #expect(open(["p", "a", "a"], wanted: 3).isComplete == false)
    #expect(open(["a", "a"], wanted: nil).isComplete == false)
    #expect(open(["p", "s"], wanted: nil).isComplete == false)
    #expect(open(["a", "a"], wanted: nil, needsPartner: false).isComplete == true)
  }

  @Test func `token files are read by name, partners first`() throws {
    let directory = NSTemporaryDirectory() + "kod-load-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    #expect(throws: UsageError.self) { try Credential.load(directory: directory) }
    for (name, text) in [
      ("alice.token", "t1\n"), ("portal.token", "t2"), ("ca.pem", "x"), ("ben.token", " t3 \n"),
    ] {
      try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }
    let credentials = try Credential.load(directory: directory)
    #expect(credentials.map(\.name) == ["portal", "alice", "ben"])
    #expect(credentials.map(\.token) == ["t2", "t1", "t3"])
    try "".write(toFile: "\(directory)/empty.token", atomically: true, encoding: .utf8)
    #expect(throws: UsageError.self) { try Credential.load(directory: directory) }
  }
}
