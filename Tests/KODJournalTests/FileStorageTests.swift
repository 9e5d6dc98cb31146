import Foundation
import Testing

@testable import KODJournal

/// The journal on real files.
@Suite struct FileStorageTests {
  /// A data directory of its own, gone at the end.
  struct Scratch: ~Copyable {
    let parent = FileManager.default.temporaryDirectory.appending(path: "kod-\(UUID().uuidString)")
    var path: String { parent.appending(path: "data").path }

    init() throws {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: parent) }

    func mode(_ name: String) throws -> Int {
      let file = name.isEmpty ? path : "\(path)/\(name)"
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      return try #require(attributes[.posixPermissions] as? Int)
    }
  }

  @Test func `a life on disk: rotate, prepare, snapshot, recycle, close, open`() throws {
    let scratch = try Scratch()
    var witness = Witness()
    for opening in 0..<3 {
      let storage = try FileStorage(path: scratch.path, creating: true)
      var replay = Witness.Replay()
      var journal = try Journal.open(storage, .small(4096)) { replay.take($0, $1) }
      #expect(replay.records == witness.staged)
      #expect(journal.epoch == UInt64(opening + 1))
      for round in 0..<20 {
        try journal.commit(
          (0..<9).map { record(round * 9 + $0, bytes: round * 40 + $0) }, &witness)
        try journal.prepareNext()
        if round % 5 == 4 { try journal.snapshot(witness) }
      }
      try journal.close()
    }
    let storage = try FileStorage(path: scratch.path, creating: false)
    let summary = try JournalInspection.run(storage) { (_, _) throws(JournalError) in }
    #expect(summary.epoch == 3 && summary.snapshots.count == 2 && summary.tornTailBytes == 0)
    #expect(try contents(storage, .small(4096)).records == witness.staged)
  }

  @Test func `everything is readable by the owner only`() throws {
    let scratch = try Scratch()
    let storage = try FileStorage(path: scratch.path, creating: true)
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.snapshot(Witness())
    for directory in ["", "log", "snapshot", "torn"] {
      #expect(try scratch.mode(directory) == 0o700)
    }
    let files = [
      "lock", "log/00000000000000000001.segment", "snapshot/00000000000000000001.snapshot",
    ]
    for file in files { #expect(try scratch.mode(file) == 0o600) }
  }

  @Test func `the lock holds between two openers of one process, too`() throws {
    let scratch = try Scratch()
    let storage = try FileStorage(path: scratch.path, creating: true)
    let other = try FileStorage(path: scratch.path, creating: true)
    let journal = try Journal.open(storage, .small()) { _, _ in }
    #expect(throws: JournalError.locked(file: "lock")) { _ = try contents(other) }
    try journal.close()
    _ = try contents(other)
  }

  @Test func `an operation that fails names the file and the reason`() throws {
    let scratch = try Scratch()
    let missing = JournalError.io(IOFailure(.open, scratch.path, code: 2))
    #expect(throws: missing) { _ = try FileStorage(path: scratch.path, creating: false) }
    #expect(
      missing.description == "\(scratch.path): open failed: No such file or directory (errno 2)")
    let storage = try FileStorage(path: scratch.path, creating: true)
    let file = try storage.create("a")
    #expect(throws: JournalError.io(IOFailure(.create, "a", code: 17))) {
      _ = try storage.create("a")
    }
    #expect(throws: JournalError.io(IOFailure(.remove, "b", code: 2))) { try storage.remove("b") }
    storage.close(file)
    #expect(throws: JournalError.io(IOFailure(.synchronize, "a", code: 9))) {
      try storage.synchronize(file)
    }
  }

  @Test func `renaming replaces only if asked`() throws {
    let scratch = try Scratch()
    let storage = try FileStorage(path: scratch.path, creating: true)
    for name in ["a", "b"] { storage.close(try storage.create(name)) }
    #expect(throws: JournalError.io(IOFailure(.rename, "a", code: 17))) {
      try storage.rename("a", to: "b", replacing: false)
    }
    try storage.rename("a", to: "b", replacing: true)
    #expect(try storage.list("") == ["b"])
  }

  @Test func `reading past the end gives what there is`() throws {
    let scratch = try Scratch()
    let storage = try FileStorage(path: scratch.path, creating: true)
    let file = try storage.create("a")
    defer { storage.close(file) }
    let bytes = [UInt8](1...10)
    try bytes.withUnsafeBytes { try storage.write(file, at: 5, $0) }
    #expect(try storage.size(of: file) == 15)
    var buffer = [UInt8](repeating: 0xEE, count: 12)
    let count = try buffer.withUnsafeMutableBytes { try storage.read(file, at: 8, into: $0) }
    #expect(count == 7)
    #expect(buffer == [4, 5, 6, 7, 8, 9, 10, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE])
  }
}
