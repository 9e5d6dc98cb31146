internal import CLinux
internal import Glibc

/// A real directory. Files are opened relative to its descriptor, so a later rename of the path
/// does no harm.
public final class FileStorage: Storage {
  /// The path as given.
  public let path: String
  private let root: Int32

  /// Opens the directory at `path`; `creating` makes it first, mode 0700, if it is not there (its
  /// parent must be).
  public init(path: String, creating: Bool) throws(JournalError) {
    self.path = path
    if creating {
      if mkdir(path, 0o700) == 0 {
        try FileStorage.synchronizeParent(of: path)
      } else if errno != EEXIST {
        throw .io(IOFailure(.createDirectory, path, code: errno))
      }
    }
    root = try FileStorage.retrying(.open, path) {
      Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
  }

  deinit { _ = Glibc.close(root) }

  public func createDirectory(_ name: String) throws(JournalError) {
    guard mkdirat(root, name, 0o700) != 0, errno != EEXIST else { return }
    throw .io(IOFailure(.createDirectory, name, code: errno))
  }

  public func list(_ directory: String) throws(JournalError) -> [String] {
    let descriptor = try openDirectory(directory, for: .list)
    guard let stream = fdopendir(descriptor) else {
      let code = errno
      _ = Glibc.close(descriptor)
      throw .io(IOFailure(.list, directory, code: code))
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw .io(IOFailure(.list, directory, code: errno)) }
    return names.sorted()
  }

  public func synchronizeDirectory(_ directory: String) throws(JournalError) {
    let descriptor = try openDirectory(directory, for: .synchronizeDirectory)
    defer { _ = Glibc.close(descriptor) }
    _ = try FileStorage.retrying(.synchronizeDirectory, directory) { fsync(descriptor) }
  }

  public func create(_ name: String) throws(JournalError) -> StorageFile {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try FileStorage.retrying(.create, name) { openat(root, name, flags, 0o600) }
    return StorageFile(descriptor: descriptor, name: name)
  }

  public func open(_ name: String, writable: Bool) throws(JournalError) -> StorageFile {
    let flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try FileStorage.retrying(.open, name) { openat(root, name, flags) }
    return StorageFile(descriptor: descriptor, name: name)
  }

  public func close(_ file: StorageFile) {
    // Never repeated: on Linux the descriptor is gone even after EINTR.
    _ = Glibc.close(file.descriptor)
  }

  public func size(of file: StorageFile) throws(JournalError) -> UInt64 {
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else {
      throw .io(IOFailure(.size, file.name, code: errno))
    }
    return UInt64(status.st_size)
  }

  public func read(
    _ file: StorageFile, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(JournalError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(file.descriptor, rest.baseAddress, rest.count, off_t(offset) + done)
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw .io(IOFailure(.read, file.name, code: errno))
      }
    }
    return done
  }

  public func write(
    _ file: StorageFile, at offset: UInt64, _ bytes: UnsafeRawBufferPointer
  ) throws(JournalError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(file.descriptor, rest.baseAddress, rest.count, off_t(offset) + done)
      if count > 0 {
        done += count
      } else if count == 0 {
        // No progress and no error would be an endless loop; the disk is taken to be full.
        throw .io(IOFailure(.write, file.name, code: ENOSPC))
      } else if errno != EINTR {
        throw .io(IOFailure(.write, file.name, code: errno))
      }
    }
  }

  public func synchronize(_ file: StorageFile) throws(JournalError) {
    // EINTR is not a verdict on the data; every other failure is final and is not retried by
    // anybody.
    _ = try FileStorage.retrying(.synchronize, file.name) { fdatasync(file.descriptor) }
  }

  public func reserve(_ file: StorageFile, byteCount: UInt64) throws(JournalError) {
    while fallocate(file.descriptor, 0, 0, off_t(byteCount)) != 0 {
      switch errno {
      case EINTR: continue
      case EOPNOTSUPP: return  // the zero-filling that follows finds out
      default: throw .io(IOFailure(.reserve, file.name, code: errno))
      }
    }
  }

  public func dropCache(of file: StorageFile) {
    // Advice: a kernel that declines leaves the caller as well off as without it.
    _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  public func rename(_ name: String, to newName: String, replacing: Bool) throws(JournalError) {
    let flags = replacing ? 0 : CLinux_RENAME_NOREPLACE
    if renameat2(root, name, root, newName, flags) == 0 { return }
    // File systems without the flag say EINVAL; the names are the journal's own, so looking first
    // will do.
    guard errno == EINVAL, !replacing else {
      throw .io(IOFailure(.rename, name, code: errno))
    }
    guard faccessat(root, newName, F_OK, 0) != 0 else {
      throw .io(IOFailure(.rename, name, code: EEXIST))
    }
    guard renameat(root, name, root, newName) == 0 else {
      throw .io(IOFailure(.rename, name, code: errno))
    }
  }

  public func remove(_ name: String) throws(JournalError) {
    guard unlinkat(root, name, 0) == 0 else {
      throw .io(IOFailure(.remove, name, code: errno))
    }
  }

  public func lock(_ name: String) throws(JournalError) -> StorageFile? {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try FileStorage.retrying(.lock, name) { openat(root, name, flags, 0o600) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let code = errno
      _ = Glibc.close(descriptor)
      if code == EWOULDBLOCK { return nil }
      throw .io(IOFailure(.lock, name, code: code))
    }
    return StorageFile(descriptor: descriptor, name: name)
  }

  private func openDirectory(
    _ directory: String, for operation: IOFailure.Operation
  ) throws(JournalError) -> Int32 {
    try FileStorage.retrying(operation, directory) {
      openat(root, directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
  }

  /// Repeats `call` while a signal interrupts it.
  private static func retrying(
    _ operation: IOFailure.Operation, _ name: String, _ call: () -> Int32
  ) throws(JournalError) -> Int32 {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw .io(IOFailure(operation, name, code: errno)) }
    }
  }

  private static func synchronizeParent(of path: String) throws(JournalError) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    let parent =
      trimmed.lastIndex(of: "/").map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) }
      ?? "."
    let descriptor = try retrying(.synchronizeDirectory, parent) {
      Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { _ = Glibc.close(descriptor) }
    _ = try retrying(.synchronizeDirectory, parent) { fsync(descriptor) }
  }
}
