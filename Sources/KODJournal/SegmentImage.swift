/// Where in the log's order a record stands: what it must look like to be the next one.
struct LogPosition: Equatable, Sendable {
  /// Sequence of the record expected.
  var sequence: UInt64
  var epoch: UInt64
  /// Header checksum of the record before.
  var chain: UInt32
}

/// A whole segment in memory, for reading at start-up. A class because it owns its buffer.
final class SegmentImage {
  let name: String
  let number: UInt64
  private let memory: UnsafeMutableRawBufferPointer

  /// Reads the file. `settling` first makes it durable and drops it from the cache, so that what is
  /// read is what the disk holds: a killed process leaves bytes that only look written.
  init<S: Storage>(
    _ storage: S, name: String, number: UInt64, settling: Bool
  ) throws(JournalError) {
    let file = try storage.open(name, writable: false)
    defer { storage.close(file) }
    if settling {
      try storage.synchronize(file)
      storage.dropCache(of: file)
    }
    let byteCount = Int(try storage.size(of: file))
    self.name = name
    self.number = number
    memory = .allocate(byteCount: byteCount, alignment: 4096)
    // From here on `self` is whole, so a thrown error still frees the memory.
    let chunkBytes = 1 << 20
    var offset = 0
    while offset < byteCount {
      let end = min(offset + chunkBytes, byteCount)
      let chunk = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<end])
      let count = try storage.read(file, at: UInt64(offset), into: chunk)
      guard count == chunk.count else {
        throw .damaged(file: name, offset: UInt64(offset + count), sequence: 0, .truncatedFile)
      }
      offset = end
    }
  }

  deinit { memory.deallocate() }

  var byteCount: Int { memory.count }
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  /// What stands at `offset`, where the record of `position` is expected.
  func place(at offset: Int, expecting position: LogPosition) -> Found {
    guard offset + RecordHeader.byteCount <= byteCount else {
      return isBlank(from: offset) ? .blank : .unreadable(.headerChecksum)
    }
    let source = bytes.baseAddress.unsafelyUnwrapped + offset
    guard let (header, checksum) = RecordHeader.read(from: source) else {
      return isBlank(from: offset) ? .blank : .unreadable(.headerChecksum)
    }
    let end = offset + RecordHeader.recordByteCount(Int(header.payloadBytes))
    guard end <= byteCount else { return .unreadable(.length) }
    let padded = bytes[(offset + RecordHeader.byteCount)..<end]
    guard Checksum.crc32c(UnsafeRawBufferPointer(rebasing: padded)) == header.payloadChecksum else {
      return .unreadable(.payloadChecksum)
    }
    guard header.sequence == position.sequence, header.durableUpTo < header.sequence else {
      return .unreadable(.sequence)
    }
    guard header.chain == position.chain else { return .unreadable(.chain) }
    guard let kind = RecordKind(rawValue: header.kind) else { return .unreadable(.kind) }
    let epochFollows =
      kind == .opening ? header.epoch >= position.epoch : header.epoch == position.epoch
    guard epochFollows else { return .unreadable(.epoch) }
    let payloadStart = offset + RecordHeader.byteCount
    return .record(
      Record(
        header: header, kind: kind, checksum: checksum,
        payload: payloadStart..<payloadStart + Int(header.payloadBytes), end: end))
  }

  func isBlank(from offset: Int) -> Bool {
    UnsafeRawBufferPointer(rebasing: bytes[min(offset, byteCount)...]).isAllZero
  }

  /// True if a record header at or after `offset` says that record `sequence` was durable when it
  /// was staged. Headers are looked for at every place one can begin; their payloads do not matter.
  func marks(_ sequence: UInt64, from offset: Int) -> Bool {
    var place = offset & ~(RecordHeader.alignment - 1)
    let base = bytes.baseAddress.unsafelyUnwrapped
    while place + RecordHeader.byteCount <= byteCount {
      if let (header, _) = RecordHeader.read(from: base + place), header.durableUpTo >= sequence,
        header.sequence > header.durableUpTo
      {
        return true
      }
      place += RecordHeader.alignment
    }
    return false
  }

  /// From `offset` to the last byte that is not zero.
  func tornRange(from offset: Int) -> Range<Int> {
    let end = bytes[offset...].lastIndex { $0 != 0 }.map { $0 + 1 } ?? offset
    return offset..<end
  }

  struct Record {
    var header: RecordHeader
    var kind: RecordKind
    var checksum: UInt32
    var payload: Range<Int>
    var end: Int
  }

  enum Found {
    case record(Record)
    case blank
    case unreadable(Damage)

    var place: RecoveryDecision.Place {
      switch self {
      case .record: .record
      case .blank: .blank
      case .unreadable: .unreadable
      }
    }

    var damage: Damage {
      if case .unreadable(let damage) = self { damage } else { .missingRecord }
    }
  }
}
