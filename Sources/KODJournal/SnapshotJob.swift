/// Writes one snapshot. A value: run it on any thread while the journal goes on, then hand the
/// outcome to `Journal.finishSnapshot`. Nothing is given back to the log before that.
public struct SnapshotJob<S: Storage>: Sendable {
  let storage: S
  let header: SnapshotHeader
  let state: [UInt8]

  /// The state includes every record up to this one.
  public var sequence: UInt64 { header.sequence }

  /// What `run()` came to.
  public struct Outcome: Sendable {
    public let sequence: UInt64
    /// Bytes of the snapshot file.
    public let byteCount: UInt64
    /// Why there is no new snapshot; the journal and the older snapshots are as good as before.
    public let failure: JournalError?
  }

  /// Writes under a temporary name in small synced steps (the log's own syncs must not wait behind
  /// a large one), renames, makes the name durable, reads everything back and compares checksums.
  public func run() -> Outcome {
    var failure: JournalError?
    do throws(JournalError) {
      let temporary = FileNames.temporarySnapshot(sequence)
      try write(to: temporary)
      try storage.rename(temporary, to: FileNames.snapshot(sequence), replacing: true)
      try storage.synchronizeDirectory(FileNames.snapshotDirectory)
      let written = try SnapshotFile.verify(storage, sequence: sequence)
      if written != header {
        failure = .damaged(
          file: FileNames.snapshot(sequence), offset: 0, sequence: sequence, .snapshotHeader)
      }
    } catch {
      failure = error
    }
    return Outcome(sequence: sequence, byteCount: header.fileByteCount, failure: failure)
  }

  private func write(to name: String) throws(JournalError) {
    // What a failed attempt at the same sequence left behind.
    if try storage.list(FileNames.snapshotDirectory).contains(where: {
      "\(FileNames.snapshotDirectory)/\($0)" == name
    }) {
      try storage.remove(name)
    }
    let file = try storage.create(name)
    defer { storage.close(file) }
    let edge = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotHeader.byteCount, alignment: 8)
    defer { edge.deallocate() }
    let start = edge.baseAddress.unsafelyUnwrapped

    try storage.reserve(file, byteCount: header.fileByteCount)
    var sum = header.write(to: start)
    try storage.write(file, at: 0, UnsafeRawBufferPointer(edge))
    var offset = 0
    while offset < state.count {
      let end = min(offset + SnapshotFile.chunkBytes, state.count)
      sum = try writeState(offset..<end, to: file, continuing: sum)
      try storage.synchronize(file)
      offset = end
    }
    SnapshotHeader.writeTrailer(stateChecksum: sum, to: start)
    try storage.write(
      file, at: UInt64(SnapshotHeader.byteCount + state.count),
      UnsafeRawBufferPointer(start: start, count: SnapshotHeader.trailerByteCount))
    try storage.synchronize(file)
  }

  private func writeState(
    _ range: Range<Int>, to file: StorageFile, continuing sum: UInt32
  ) throws(JournalError) -> UInt32 {
    // `withUnsafeBytes` takes typed throws through its result only by way of Result here.
    let result = state.withUnsafeBytes { bytes -> Result<UInt32, JournalError> in
      let chunk = UnsafeRawBufferPointer(rebasing: bytes[range])
      do throws(JournalError) {
        try storage.write(file, at: UInt64(SnapshotHeader.byteCount + range.lowerBound), chunk)
        return .success(Checksum.crc32c(chunk, continuing: sum))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
