internal import Glibc

/// The operator's log: one line an event on standard error, `time level event key=value …`. Never a person's data and
/// never a token: values are numbers, addresses of peers, and names of credentials.
public struct Log: Sendable {
  /// How much it matters.
  public enum Level: String, Sendable {
    case info, warning, error
  }

  public init() {}

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
    var line = "\(Self.timestamp()) \(level.rawValue) \(event)"
    for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
    line += "\n"
    // One write call: lines of several threads do not mix.
    line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
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
