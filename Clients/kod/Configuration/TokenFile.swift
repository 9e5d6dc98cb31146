import Foundation
import KODWire
import Synchronization

/// The file that the token was read from, to which a renewed one goes back.
///
/// Written so that at every instant the file holds a whole token that is valid: into a new file
/// beside it, synced, and renamed over it. Its mode stays; a link to it stays a link.
final class TokenFile: Sendable {
  private struct State {
    /// What the file holds, as far as is known here.
    var token: String
    /// Of a credential that was renewed; nil: none was.
    var expiresAt: Int64?
  }

  let path: String
  private let state: Mutex<State>

  /// - Parameter token: what was read from it.
  init(path: String, token: String) {
    self.path = path
    state = Mutex(State(token: token))
  }

  /// Microseconds of the server's clock; nil: nothing was renewed.
  var renewedUntil: Int64? { state.withLock { $0.expiresAt } }

  /// A new token could go back into it: a file of one line, which may be written, in a folder which may be.
  var takesBack: Bool {
    guard let target = Self.target(path), access(target, W_OK) == 0,
      access(Self.folder(target), W_OK) == 0, let text = Self.text(target)
    else { return false }
    // What else stands in it would be lost.
    return text.split(whereSeparator: \.isNewline).count == 1
  }

  /// Makes the new token what the file holds.
  ///
  /// If somebody has put another one there meanwhile, such as a second `kod` that renewed it too, that one stays:
  /// whoever starts anew finds a token, and this process goes on with its own.
  func keep(_ renewed: RenewedCredential) throws(TokenFileError) {
    var outcome: Result<Void, TokenFileError> = .success(())
    state.withLock { state in
      do throws(TokenFileError) {
        guard let target = Self.target(path), let text = Self.text(target) else {
          throw TokenFileError("\(path) is gone")
        }
        if Self.token(in: text) == state.token {
          try Self.replace(target, with: renewed.token)
          state.token = renewed.token
        }
        state.expiresAt = renewed.expiresAtUs
      } catch {
        outcome = .failure(error)
      }
    }
    try outcome.get()
  }

  /// Writes a token into a file that is not there yet, readable by its owner alone.
  static func create(_ path: String, token: String) throws(TokenFileError) {
    var status = stat()
    guard lstat(path, &status) != 0 else { throw TokenFileError("\(path) exists already") }
    try write(token, over: path, mode: 0o600)
  }

  private static func replace(_ path: String, with token: String) throws(TokenFileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(path) }
    try write(token, over: path, mode: status.st_mode & 0o7777)
  }

  private static func write(
    _ token: String, over path: String, mode: mode_t
  ) throws(TokenFileError) {
    let folder = folder(path)
    var template = Array("\(folder)/.kod-token.XXXXXX".utf8CString)
    // Made with mode 0600.
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure(folder) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
      defer { close(descriptor) }
      let bytes = Array((token + "\n").utf8)
      guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count,
        fchmod(descriptor, mode) == 0, fsync(descriptor) == 0
      else {
        let failure = failure(temporary)
        unlink(temporary)
        throw failure
      }
    }
    guard rename(temporary, path) == 0 else {
      let failure = failure(path)
      unlink(temporary)
      throw failure
    }
    try sync(folder)
  }

  /// A name is durable when its folder is.
  private static func sync(_ folder: String) throws(TokenFileError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(folder) }
  }

  private static func failure(_ path: String) -> TokenFileError {
    TokenFileError("\(path): \(String(cString: strerror(errno)))")
  }

  /// Where the path leads, links followed; nil: not to a regular file.
  private static func target(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    var status = stat()
    guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return String(cString: resolved)
  }

  private static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
  }

  private static func token(in text: String) -> String {
    text.split(whereSeparator: \.isNewline).first.map(String.init)?
      .trimmingCharacters(in: .whitespaces) ?? ""
  }
}

/// Names the file and the system's reason, never the token.
struct TokenFileError: Error, Equatable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
