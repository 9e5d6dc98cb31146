/// Reading snapshots back: the whole state for recovery, only its checksum after writing.
enum SnapshotFile {
  static let chunkBytes = 1 << 20

  /// A snapshot's state in memory. Owns its buffer.
  final class State {
    let header: SnapshotHeader
    private let memory: UnsafeMutableRawBufferPointer

    fileprivate init(_ header: SnapshotHeader, _ memory: UnsafeMutableRawBufferPointer) {
      self.header = header
      self.memory = memory
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }
  }

  /// Reads and verifies a snapshot. Throws `.damaged` unless every byte is as written.
  static func load<S: Storage>(
    _ storage: S, sequence: UInt64
  ) throws(JournalError) -> State {
    let name = FileNames.snapshot(sequence)
    let file = try storage.open(name, writable: false)
    defer { storage.close(file) }
    try storage.synchronize(file)
    storage.dropCache(of: file)
    let (header, seed) = try readHeader(storage, file, sequence: sequence)
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(header.stateBytes), alignment: 4096)
    let state = State(header, memory)
    var sum = seed
    var offset = 0
    while offset < memory.count {
      let chunk = UnsafeMutableRawBufferPointer(
        rebasing: memory[offset..<min(offset + chunkBytes, memory.count)])
      try readFully(storage, file, at: offset + SnapshotHeader.byteCount, chunk, sequence)
      sum = Checksum.crc32c(UnsafeRawBufferPointer(chunk), continuing: sum)
      offset += chunk.count
    }
    try verifyTrailer(storage, file, header, stateChecksum: sum)
    return state
  }

  /// Reads a snapshot from the disk and throws `.damaged` unless every byte is as written.
  static func verify<S: Storage>(
    _ storage: S, sequence: UInt64
  ) throws(JournalError) -> SnapshotHeader {
    let file = try storage.open(FileNames.snapshot(sequence), writable: false)
    defer { storage.close(file) }
    storage.dropCache(of: file)
    let (header, seed) = try readHeader(storage, file, sequence: sequence)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 4096)
    defer { chunk.deallocate() }
    var sum = seed
    var offset = 0
    let stateBytes = Int(header.stateBytes)
    while offset < stateBytes {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: chunk[..<min(chunkBytes, stateBytes - offset)])
      try readFully(storage, file, at: offset + SnapshotHeader.byteCount, part, sequence)
      sum = Checksum.crc32c(UnsafeRawBufferPointer(part), continuing: sum)
      offset += part.count
    }
    try verifyTrailer(storage, file, header, stateChecksum: sum)
    return header
  }

  private static func readHeader<S: Storage>(
    _ storage: S, _ file: StorageFile, sequence: UInt64
  ) throws(JournalError) -> (SnapshotHeader, seed: UInt32) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotHeader.byteCount, alignment: 8)
    defer { buffer.deallocate() }
    try readFully(storage, file, at: 0, buffer, sequence)
    let bytes = UnsafeRawBufferPointer(buffer)
    switch SnapshotHeader.read(from: bytes) {
    case .sound(let header):
      guard header.sequence == sequence else {
        throw .damaged(file: file.name, offset: 0, sequence: sequence, .sequence)
      }
      // Before the state is given memory: a length is believed only if the file has it.
      guard try storage.size(of: file) == header.fileByteCount else {
        throw .damaged(file: file.name, offset: 48, sequence: sequence, .truncatedFile)
      }
      return (header, bytes.baseAddress.unsafelyUnwrapped.littleEndian(at: 60, UInt32.self))
    case .unsupportedVersion(let version):
      throw .unsupportedVersion(file: file.name, version: version)
    case .blank, .unreadable:
      throw .damaged(file: file.name, offset: 0, sequence: sequence, .snapshotHeader)
    }
  }

  private static func verifyTrailer<S: Storage>(
    _ storage: S, _ file: StorageFile, _ header: SnapshotHeader, stateChecksum: UInt32
  ) throws(JournalError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotHeader.trailerByteCount, alignment: 8)
    defer { buffer.deallocate() }
    let offset = SnapshotHeader.byteCount + Int(header.stateBytes)
    try readFully(storage, file, at: offset, buffer, header.sequence)
    guard
      SnapshotHeader.isTrailer(
        UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped), stateChecksum: stateChecksum)
    else {
      throw .damaged(
        file: file.name, offset: UInt64(SnapshotHeader.byteCount), sequence: header.sequence,
        .snapshotState)
    }
  }

  private static func readFully<S: Storage>(
    _ storage: S, _ file: StorageFile, at offset: Int, _ buffer: UnsafeMutableRawBufferPointer,
    _ sequence: UInt64
  ) throws(JournalError) {
    let count = try storage.read(file, at: UInt64(offset), into: buffer)
    guard count == buffer.count else {
      throw .damaged(
        file: file.name, offset: UInt64(offset + count), sequence: sequence, .truncatedFile)
    }
  }
}
