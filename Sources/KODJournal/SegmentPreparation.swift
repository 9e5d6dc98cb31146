/// Makes the next segment ahead of need: a file of zeros, synced, under a name that recovery does
/// not look at. A value: run it on any thread, then hand the outcome to
/// `Journal.finishPreparation`.
public struct SegmentPreparation<S: Storage>: Sendable {
  let storage: S
  let name: String
  let byteCount: Int
  /// The file exists: a recycled segment whose records must go.
  let isRecycled: Bool

  /// What `run()` came to.
  public struct Outcome: Sendable {
    let name: String
    let isRecycled: Bool
    let result: Result<StorageFile, JournalError>

    /// Why the file could not be made, a full disk for instance.
    public var failure: JournalError? {
      if case .failure(let error) = result { error } else { nil }
    }
  }

  /// Fills the file in small synced steps, so that the log's own syncs are not held up behind it.
  /// Takes about a millisecond per MiB.
  public func run() -> Outcome {
    do throws(JournalError) {
      return Outcome(name: name, isRecycled: isRecycled, result: .success(try fill()))
    } catch {
      // A new file that could not be filled would only keep a full disk full. Should the removal
      // fail, the next opening finds it as a spare.
      if !isRecycled { try? storage.remove(name) }
      return Outcome(name: name, isRecycled: isRecycled, result: .failure(error))
    }
  }

  private func fill() throws(JournalError) -> StorageFile {
    let file = try isRecycled ? storage.open(name, writable: true) : storage.create(name)
    do throws(JournalError) {
      try storage.reserve(file, byteCount: UInt64(byteCount))
      try storage.writeZeros(file, 0..<byteCount)
      return file
    } catch {
      storage.close(file)
      throw error
    }
  }
}

extension Storage {
  /// Zeros, synced at least once per MiB.
  func writeZeros(_ file: StorageFile, _ range: Range<Int>) throws(JournalError) {
    let chunkBytes = 1 << 20
    let zeros = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(chunkBytes, range.count), alignment: 4096)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    defer { zeros.deallocate() }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(chunkBytes, range.upperBound - offset)
      try write(
        file, at: UInt64(offset), UnsafeRawBufferPointer(rebasing: zeros[..<count]))
      try synchronize(file)
      offset += count
    }
  }
}
