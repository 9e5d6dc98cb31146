import CLinux
import Testing

@testable import KODJournal

/// The bytes as FORMAT.md has them.
@Suite struct FormatTests {
  @Test func `CRC-32C gives the published check value`() {
    let sum = Array("123456789".utf8).withUnsafeBytes { Checksum.crc32c($0) }
    #expect(sum == 0xE306_9283)
  }

  @Test func `instruction and table agree at every length, alignment and split`() {
    let bytes = record(5, bytes: 90)
    bytes.withUnsafeBytes { all in
      for start in 0..<9 {
        for end in start...90 {
          let part = UnsafeRawBufferPointer(rebasing: all[start..<end])
          let table = CLinux_crc32c_by_table(0, part.baseAddress, part.count)
          #expect(Checksum.crc32c(part) == table)
          let middle = (start + end) / 2
          let first = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: all[start..<middle]))
          let rest = UnsafeRawBufferPointer(rebasing: all[middle..<end])
          #expect(Checksum.crc32c(rest, continuing: first) == table)
        }
      }
    }
  }

  @Test func `the first segment of a log, byte by byte`() throws {
    let storage = SimulatedStorage()
    var witness = Witness()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.commit([[0xAA, 0xBB, 0xCC]], &witness)
    let bytes = storage.contents("log/00000000000000000001.segment") ?? []
    #expect(bytes.count == 1024)
    #expect(bytes[0..<8].elementsEqual("KODJNAL1".utf8))
    #expect(bytes.integer(8, UInt32.self) == 1, "version")
    let identity = JournalConfiguration.identityOfTests
    #expect(bytes.integer(12, UInt32.self) == Checksum.crc32c(of: identity), "chain")
    #expect(bytes.integer(16, UInt128.self) == identity)
    #expect(bytes.integer(32, UInt64.self) == 1, "number")
    #expect(bytes.integer(40, UInt64.self) == 1, "first sequence")
    #expect(bytes.integer(48, UInt64.self) == 1, "epoch")
    #expect(bytes.integer(56, UInt32.self) == 1024, "segment bytes")
    #expect(bytes.integer(60, UInt32.self) == bytes.checksum(0..<60))

    let opening = 64
    #expect(bytes[64..<68].elementsEqual("KODR".utf8))
    #expect(bytes.integer(opening + 32, UInt32.self) == 2, "kind")

    let first = 112
    #expect(bytes.integer(first + 4, UInt32.self) == 3, "payload bytes")
    #expect(bytes.integer(first + 8, UInt64.self) == 1, "epoch")
    #expect(bytes.integer(first + 16, UInt64.self) == 2, "sequence")
    #expect(bytes.integer(first + 24, UInt64.self) == 1, "durable up to")
    #expect(bytes.integer(first + 32, UInt32.self) == 1, "kind")
    #expect(bytes.integer(first + 36, UInt32.self) == bytes.checksum(opening..<opening + 44))
    #expect(bytes.integer(first + 40, UInt32.self) == bytes.checksum(first + 48..<first + 56))
    #expect(bytes.integer(first + 44, UInt32.self) == bytes.checksum(first..<first + 44))
    #expect(bytes[(first + 48)..<(first + 56)] == [0xAA, 0xBB, 0xCC, 0, 0, 0, 0, 0])
    #expect(bytes[(first + 56)...].allSatisfy { $0 == 0 })
  }

  @Test func `a snapshot, byte by byte`() throws {
    let storage = SimulatedStorage()
    var journal = try Journal.open(storage, .small()) { _, _ in }
    try journal.finishSnapshot(journal.beginSnapshot(state: [1, 2, 3]).run())
    let bytes = storage.contents("snapshot/00000000000000000001.snapshot") ?? []
    #expect(bytes.count == 64 + 3 + 16)
    #expect(bytes[0..<8].elementsEqual("KODSNAP1".utf8))
    #expect(bytes.integer(8, UInt32.self) == 1, "version")
    let segment = storage.contents("log/00000000000000000001.segment") ?? []
    #expect(bytes.integer(12, UInt32.self) == segment.checksum(64..<108), "chain")
    #expect(bytes.integer(16, UInt128.self) == JournalConfiguration.identityOfTests)
    #expect(bytes.integer(32, UInt64.self) == 1, "sequence")
    #expect(bytes.integer(40, UInt64.self) == 1, "epoch")
    #expect(bytes.integer(48, UInt64.self) == 3, "state bytes")
    #expect(bytes.integer(56, UInt32.self) == 0)
    #expect(bytes.integer(60, UInt32.self) == bytes.checksum(0..<60))
    #expect(bytes[64..<67] == [1, 2, 3])
    #expect(bytes[67..<75].elementsEqual("KSNAPEND".utf8))
    let headerSum = bytes.integer(60, UInt32.self)
    #expect(bytes.integer(79, UInt32.self) == bytes.checksum(64..<67, continuing: headerSum))
  }

  @Test func `names sort as their numbers do and are read back`() {
    #expect(FileNames.segment(7) == "log/00000000000000000007.segment")
    #expect(FileNames.number(in: "18446744073709551615.segment", suffix: ".segment") == .max)
    for name in ["7.segment", "0000000000000000000x.segment", "00000000000000000007.spare", ""] {
      #expect(FileNames.number(in: name, suffix: ".segment") == nil)
    }
  }
}

extension [UInt8] {
  func integer<I: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: I.Type) -> I {
    withUnsafeBytes { $0.baseAddress?.littleEndian(at: offset, type) ?? 0 }
  }

  func checksum(_ range: Range<Int>, continuing sum: UInt32 = 0) -> UInt32 {
    self[range].withUnsafeBytes { Checksum.crc32c($0, continuing: sum) }
  }
}
