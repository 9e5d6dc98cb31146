/// A directory of named files, as the journal sees it: the only way it touches a disk. Names are
/// relative, with `/` between a directory and a file. Safe to call from several threads; each file
/// is used by one at a time. `FileStorage` is the real one; tests bring one that loses what was not
/// synced.
public protocol Storage: AnyObject, Sendable {
  /// Creates a directory unless it is there already. Not durable before its parent is synchronized.
  func createDirectory(_ name: String) throws(JournalError)
  /// Names of the files in `directory`, ascending.
  func list(_ directory: String) throws(JournalError) -> [String]
  /// Makes creations, renames and removals in `directory` durable; the empty name is the root.
  func synchronizeDirectory(_ directory: String) throws(JournalError)

  /// Creates a file that must not exist, readable by the owner only.
  func create(_ name: String) throws(JournalError) -> StorageFile
  /// Opens a file that must exist.
  func open(_ name: String, writable: Bool) throws(JournalError) -> StorageFile
  /// Closes without synchronizing. Errors are of no use here: whatever mattered was synchronized
  /// before.
  func close(_ file: StorageFile)
  /// In bytes.
  func size(of file: StorageFile) throws(JournalError) -> UInt64
  /// Reads until `buffer` is full or the file ends; returns the bytes read.
  func read(
    _ file: StorageFile, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(JournalError) -> Int
  /// Writes all of `bytes`.
  func write(
    _ file: StorageFile, at offset: UInt64, _ bytes: UnsafeRawBufferPointer
  ) throws(JournalError)
  /// Makes what was written durable. After a failure nothing is known about the file's unsynced
  /// bytes.
  func synchronize(_ file: StorageFile) throws(JournalError)
  /// Reserves room for `byteCount` bytes, so that a full disk is noticed before anything is
  /// written.
  func reserve(_ file: StorageFile, byteCount: UInt64) throws(JournalError)
  /// Forgets clean cached pages: what is read next comes from the disk, not from memory that a
  /// failed synchronization left behind.
  func dropCache(of file: StorageFile)

  /// Gives `name` its new name; one that exists is replaced only if asked.
  func rename(_ name: String, to newName: String, replacing: Bool) throws(JournalError)
  func remove(_ name: String) throws(JournalError)
  /// Takes the exclusive lock on a file, creating it; nil if somebody holds it. Closing the file,
  /// or the end of the process, gives it back.
  func lock(_ name: String) throws(JournalError) -> StorageFile?
}

/// An open file of a `Storage`. It carries its name so that every error can say it.
public struct StorageFile: Equatable, Sendable {
  public let descriptor: Int32
  public let name: String

  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }
}
