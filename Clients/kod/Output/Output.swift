import Foundation

/// Standard output and standard error, line by line.
struct Output: Sendable {
  var isJSON: Bool
  var style: Style
  /// Of standard error, where failures go.
  var errorStyle: Style

  /// Lines for people; nothing with `--json`.
  func say(_ lines: [String]) {
    if !isJSON { Output.write(lines) }
  }

  func say(_ line: String) { say([line]) }

  /// One object on one line; nothing without `--json`.
  func emit(_ json: JSON) {
    if isJSON { Output.write([json.line]) }
  }

  /// A failure goes where its reader looks: programs read one stream, people see standard error.
  func fail(_ failure: Failure) {
    if isJSON {
      Output.write([failure.json.line])
    } else {
      Output.write(errorStyle.paint(failure.line, .bad) + "\n", to: STDERR_FILENO)
    }
  }

  static func write(_ lines: [String]) {
    write(lines.map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
  }

  /// Unbuffered, so that a reader of the pipe sees each event when it happens. When nobody reads any more, the
  /// program ends at once, as if SIGPIPE had ended it.
  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN {
        // The terminal may have been made non-blocking by a program that shares it.
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&poller, 1, 100)
      } else if errno != EINTR {
        _exit(descriptor == STDERR_FILENO ? 0 : ExitStatus.failed.rawValue)
      }
    }
  }
}
