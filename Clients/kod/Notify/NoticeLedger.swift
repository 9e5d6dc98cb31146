import Foundation
import KODWire

/// What was handed over, remembered over restarts: a line for each notice, on disk before the server hears of it.
final class NoticeLedger: Sendable {
  struct Entry: Equatable, Sendable {
    var notice: NoticeIdentity
    var state: NoticeState

    var line: String { "\(notice.id) \(notice.createdAt) \(state.word)" }
  }

  /// A notice lives as long as its offer: minutes. Who was away for a day need not remember more.
  static let keptMicroseconds: Int64 = 24 * 3_600 * 1_000_000

  /// What the file held, by notice.
  let known: [NoticeIdentity: NoticeState]
  private let descriptor: Int32
  private let path: String

  /// - Throws: the file can't be used, belongs to another run, or is something else than a ledger.
  init(path: String, now: Int64) throws(UsageError) {
    self.path = path
    let opened = try Self.open(path)
    let entries: [Entry]
    do throws(UsageError) {
      entries = try Self.entries(try Files().text(path) ?? "", path)
    } catch {
      close(opened)
      throw error
    }
    let kept = entries.filter { $0.notice.createdAt > now - Self.keptMicroseconds }
    known = Dictionary(kept.map { ($0.notice, $0.state) }) { _, last in last }
    // Always: a line that a crash cut off must not have the next one appended to it.
    descriptor = try Self.rewrite(path, kept, replacing: opened)
  }

  deinit { close(descriptor) }

  /// On disk when it returns.
  func remember(_ entry: Entry) throws(Failure) {
    let bytes = Array((entry.line + "\n").utf8)
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == bytes.count, fdatasync(descriptor) == 0 else {
      throw Failure(
        exit: .failed,
        message: "The ledger \(path) can't be written: \(String(cString: strerror(errno))).")
    }
  }

  /// `17 1795449600000000 sent`. The last line may be cut off by a crash; others are whole.
  static func entries(_ text: String, _ path: String) throws(UsageError) -> [Entry] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    lines.removeLast()
    var entries: [Entry] = []
    for (index, line) in lines.enumerated() {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 3, let id = UInt64(parts[0]), let created = Int64(parts[1]),
        let state = [NoticeState.noticeSent, .noticeDelivered, .noticeFailed]
          .first(where: { $0.word == parts[2] })
      else {
        throw UsageError("\(path), line \(index + 1): this is no ledger of kod notify")
      }
      entries.append(Entry(notice: NoticeIdentity(id: id, createdAt: created), state: state))
    }
    return entries
  }

  private static func open(_ path: String) throws(UsageError) -> Int32 {
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw UsageError("the ledger \(path) can't be opened: \(String(cString: strerror(errno)))")
    }
    var opened = stat()
    var named = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0,
      stat(path, &named) == 0, opened.st_ino == named.st_ino
    else {
      close(descriptor)
      throw UsageError("the ledger \(path) is in use by another kod notify")
    }
    return descriptor
  }

  /// The new file takes the old one's place whole or not at all, and is locked before it has the name.
  private static func rewrite(
    _ path: String, _ entries: [Entry], replacing old: Int32
  ) throws(UsageError) -> Int32 {
    defer { close(old) }
    let draft = path + ".new"
    let bytes = Array(entries.map { $0.line + "\n" }.joined().utf8)
    let descriptor = Foundation.open(
      draft, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
    let written =
      descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0
      && bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
      && fsync(descriptor) == 0 && rename(draft, path) == 0
    guard written else {
      let why = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw UsageError("the ledger \(path) can't be written: \(why)")
    }
    return descriptor
  }
}

/// Which notice it is, also over servers: numbers begin anew with another log, the instant does not come again.
struct NoticeIdentity: Hashable, Sendable {
  var id: UInt64
  /// Microseconds.
  var createdAt: Int64

  init(id: UInt64, createdAt: Int64) {
    self.id = id
    self.createdAt = createdAt
  }

  init(_ notice: Notice) { self.init(id: notice.noticeId, createdAt: notice.createdAtUs) }
}
