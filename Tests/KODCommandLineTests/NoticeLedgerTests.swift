import Foundation
import KODWire
import Testing

@testable import kod

@Suite struct NoticeLedgerTests {
  private let now: Int64 = 1_773_067_327_000_000
  private let path =
    NSTemporaryDirectory() + "kod-ledger-" + IdempotencyKey.text(IdempotencyKey.random())

  private func identity(_ id: UInt64, ago: Int64 = 0) -> NoticeIdentity {
    NoticeIdentity(id: id, createdAt: now - ago)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch let error as UsageError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  @Test func `what was handed over is known after a restart, for a day`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      let ledger = try NoticeLedger(path: path, now: now)
      #expect(ledger.known.isEmpty)
      try ledger.remember(.init(notice: identity(1), state: .noticeSent))
      try ledger.remember(.init(notice: identity(2), state: .noticeFailed))
      try ledger.remember(
        .init(notice: identity(3, ago: NoticeLedger.keptMicroseconds), state: .noticeSent))
    }
    let ledger = try NoticeLedger(path: path, now: now)
    #expect(ledger.known == [identity(1): .noticeSent, identity(2): .noticeFailed])
  }

  @Test func `a line that a crash cut off is let go, and the next one is whole`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "1 \(now) sent\n2 \(now) se".write(toFile: path, atomically: false, encoding: .utf8)
    do {
      let ledger = try NoticeLedger(path: path, now: now)
      #expect(ledger.known == [identity(1): .noticeSent])
      try ledger.remember(.init(notice: identity(4), state: .noticeDelivered))
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == "1 \(now) sent\n4 \(now) delivered\n")
  }

  @Test(arguments: ["hello\n", "1 2 sent\nx y z\n", "1 2 pending\n", "1 2  sent\n", "\n"])
  func `a file that is something else is left alone`(text: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    #expect(
      message { _ = try NoticeLedger(path: path, now: now) }.contains("no ledger of kod notify"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test func `two runs can't share a ledger`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try NoticeLedger(path: path, now: now)
    #expect(
      message { _ = try NoticeLedger(path: path, now: now) }
        == "the ledger \(path) is in use by another kod notify")
    withExtendedLifetime(first) {}
  }

  @Test func `a folder that is not there is said`() {
    #expect(
      message { _ = try NoticeLedger(path: "/nowhere/ledger", now: now) }
        .hasPrefix("the ledger /nowhere/ledger can't be opened"))
  }
}
