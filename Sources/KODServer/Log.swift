internal import Glibc
internal import KODTransport

/// The operator's log: one line an event on standard error, `time level event key=value …`. Never a person's data and
/// never a token: values are numbers, addresses of peers, and names of credentials.
///
/// The server never waits for whoever reads it: a line that a full pipe would not take is dropped, and the next one
/// that gets through is preceded by how many were.
public struct Log: Sendable {
  /// How much it matters.
  public enum Level: String, Sendable {
    case info, warning, error
  }

  private let descriptor: Int32
  private let dropped = Locked(0)

  /// To standard error.
  public init() { self.init(descriptor: STDERR_FILENO) }

  init(descriptor: Int32) { self.descriptor = descriptor }

  public func info(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
    write(.info, event, fields)
  }

  public func warning(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
    write(.warning, event, fields)
  }

  public func error(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
    write(.error, event, fields)
  }

  private func write(_ level: Level, _ event: String, _ fields: KeyValuePairs<String, String>) {
    let line = Self.line(level, event, fields)
    // Locked: the room that was seen is still there when the line is written.
    dropped.withLock { dropped in
      if dropped > 0, put(Self.line(.warning, "log-lines-dropped", ["count": "\(dropped)"])) {
        dropped = 0
      }
      if dropped > 0 || !put(line) { dropped += 1 }
    }
  }

  /// One write call: lines of several threads do not mix. False: it would have to wait.
  private func put(_ line: String) -> Bool {
    // A pipe that is writable takes a page whole; only a longer line could wait, and none is.
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&request, 1, 0) > 0 else { return false }
    var line = line
    line.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, min($0.count, 4096)) }
    return true
  }

  private static func line(
    _ level: Level, _ event: String, _ fields: KeyValuePairs<String, String>
  ) -> String {
    var line = "\(timestamp()) \(level.rawValue) \(event)"
    for (key, value) in fields { line += " \(key)=\(quoted(value))" }
    return line + "\n"
  }

  /// RFC 3339 in UTC, to the millisecond.
  private static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func digits(_ value: some BinaryInteger, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date =
      "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
    let time =
      "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
    return "\(date)T\(time).\(digits(now.tv_nsec / 1_000_000, 3))Z"
  }

  /// Values with spaces or quotes are quoted; control characters become spaces: nobody forges a line or a field.
  static func quoted(_ value: String) -> String {
    var clean = String.UnicodeScalarView()
    var needsQuotes = false
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        needsQuotes = true
        clean.append("\\")
        clean.append(scalar)
      case "\0"..." ", "\u{7F}"..."\u{9F}":
        needsQuotes = true
        clean.append(" ")
      default:
        needsQuotes = needsQuotes || scalar == "="
        clean.append(scalar)
      }
    }
    return needsQuotes ? "\"\(String(clean))\"" : String(clean)
  }
}
