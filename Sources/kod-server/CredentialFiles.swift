internal import Glibc
internal import KODServer

/// Token files: one line, readable by the owner only, one a principal.
struct CredentialFiles {
  let directory: String

  /// Makes the directory if it is not there.
  init(directory: String) throws {
    self.directory = directory
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw FileError("make", directory) }
  }

  /// The token that the file holds; nil when there is no file.
  func read(_ name: String) throws -> Token? {
    let path = path(name)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError("open", path)
    }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw FileError("read", path) }
    let line = buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
    guard let token = Token(String(decoding: line, as: UTF8.self)) else {
      throw StartError("\(path) does not hold a token; remove it to have a new one made")
    }
    return token
  }

  /// Writes the file whole: under another name first, synced, then renamed.
  func write(_ token: Token, for name: String) throws {
    try replaceFile(path(name), with: token.text + "\n", mode: 0o600)
  }

  private func path(_ name: String) -> String { "\(directory)/\(name).token" }
}

/// Replaces a file in one step: a reader sees the old one or the new one.
func replaceFile(_ path: String, with text: String, mode: mode_t) throws {
  let temporary = path + ".new"
  unlink(temporary)
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
  guard descriptor >= 0 else { throw FileError("create", temporary) }
  defer { close(descriptor) }
  var text = text
  let isWritten = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
  guard isWritten, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
    throw FileError("write", path)
  }
}

/// A file that can't be used, with the system's reason.
struct FileError: Error, CustomStringConvertible {
  let description: String

  init(_ operation: String, _ path: String) {
    description = "cannot \(operation) \(path): \(String(cString: strerror(errno)))"
  }
}
