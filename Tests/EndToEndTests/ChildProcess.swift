import Glibc
import Synchronization

/// A process of ours, by `posix_spawn` and `waitpid`. (Foundation's `Process` learns of an exit through a socket that
/// children started at the same time inherit, and then waits for them too.)
final class ChildProcess {
  let identifier: pid_t
  private var status: Int32?
  private let output: Int32

  /// Standard input is empty, standard output a pipe, nothing else is inherited.
  ///
  /// - Parameters:
  ///   - errors: the file that standard error is appended to; nil: the same pipe as the output.
  ///   - directory: where it starts; nil: here.
  init(
    _ path: String, _ arguments: [String], environment: [String: String], errors: String? = nil,
    directory: String? = nil
  ) throws {
    (identifier, output) = try Self.starting.withLock { _ in
      try Self.spawn(path, arguments, environment, errors, directory)
    }
  }

  /// One at a time: no child inherits another one's pipe before it is marked close-on-exec.
  private static let starting = Mutex(())

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ errors: String?,
    _ directory: String?
  ) throws -> (pid_t, Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure("pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    if let errors {
      posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, errors, O_WRONLY | O_APPEND | O_CREAT, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    }
    // The C library's own way to start elsewhere is not standard; a shell's is.
    let command =
      directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0, path] } ?? [path]
    var words = (command + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var child = pid_t()
    let refused = posix_spawn(&child, command[0], &actions, nil, &words, &variables)
    guard refused == 0 else {
      close(ends[0])
      throw Failure("start \(path)", refused)
    }
    return (child, ends[0])
  }

  deinit {
    if status == nil {
      kill(identifier, SIGKILL)
      wait()
    }
    close(output)
  }

  /// Up to the next line feed, or to the end of the output.
  func readLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.last != UInt8(ascii: "\n"), read(output, &byte, 1) == 1 { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// All that is left, until the process closes its end.
  func readAll() -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(output, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
    }
  }

  /// The exit status; 128 and the signal's number for a process that a signal ended, as a shell says it.
  @discardableResult
  func wait() -> Int32 {
    if let status { return status }
    var state: Int32 = 0
    while waitpid(identifier, &state, 0) < 0, errno == EINTR {}
    let signal = state & 0x7F
    let result = signal == 0 ? state >> 8 & 0xFF : 128 + signal
    status = result
    return result
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ operation: String, _ code: Int32) {
      description = "\(operation): \(String(cString: strerror(code)))"
    }
  }
}
