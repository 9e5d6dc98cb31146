import Foundation
import KODJSON

/// Standard output and standard error, line by line.
struct Output: Sendable {
  var isJSON: Bool
  var style: Style
  /// Of standard error, where failures go.
  var errorStyle: Style
  /// Of standard output.
  var columns = Paper.unlimited
  var glyphs = Glyphs.unicode

  var paper: Paper { Paper(columns: columns, style: style, glyphs: glyphs) }

  init(isJSON: Bool, style: Style, errorStyle: Style) {
    self.isJSON = isJSON
    self.style = style
    self.errorStyle = errorStyle
  }

  /// Standard output and standard error as this process finds them.
  init(isJSON: Bool, environment: [String: String]) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    self.init(
      isJSON: isJSON, style: .fitting(isTerminal: isTerminal, environment: environment),
      errorStyle: .fitting(isTerminal: isatty(STDERR_FILENO) == 1, environment: environment))
    columns = Paper.columns(
      terminal: isTerminal ? RawTerminal.size().columns : nil, environment: environment)
    glyphs = .fitting(environment: environment)
  }

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
