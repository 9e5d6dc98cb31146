internal import Glibc
internal import KODEngine
internal import KODTransport

/// A command line that can't be understood; exit status 2.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Options of one command: `--name value`, `--name=value`, flags, and what is left.
struct Arguments {
  private var values: [String: String] = [:]
  private var flags: Set<String> = []
  private(set) var operands: [String] = []

  /// - Parameters:
  ///   - options: names that take a value.
  ///   - known: names that do not.
  init(_ words: [String], options: Set<String>, flags known: Set<String>) throws(UsageError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if known.contains(name), parts.count == 1 {
        flags.insert(name)
      } else if options.contains(name) {
        guard values[name] == nil else { throw UsageError("\(name) is given twice") }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
          throw UsageError("\(name) needs a value")
        }
        values[name] = value
      } else {
        throw UsageError("unknown option '\(name)'")
      }
    }
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  subscript(_ option: String) -> String? { values[option] }

  func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = values[option] else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "\(option) must be \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return value
  }

  /// `250ms`, `5s`, `15m`, `2h`, `90d`.
  func interval(_ option: String) throws(UsageError) -> Instant.Interval? {
    guard let text = values[option] else { return nil }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let microseconds: Int64? =
      switch text.dropFirst(digits.count) {
      case "ms": 1_000
      case "s": 1_000_000
      case "m": 60_000_000
      case "h": 3_600_000_000
      case "d": 86_400_000_000
      default: nil
      }
    guard let microseconds, let count = Int64(digits), (1...1_000_000).contains(count) else {
      throw UsageError("\(option) must be a duration such as 5s or 15m, not '\(text)'")
    }
    return Instant.Interval(microseconds: count * microseconds)
  }

  /// How long a credential is valid: a second to ten years.
  func lifetime(_ option: String) throws(UsageError) -> Instant.Interval? {
    guard let lifetime = try interval(option) else { return nil }
    guard (1_000_000...3650 * 86_400_000_000).contains(lifetime.microseconds) else {
      throw UsageError("\(option) must be 1s to 3650d, not '\(values[option] ?? "")'")
    }
    return lifetime
  }

  /// `HOST:PORT`, with brackets around an IPv6 address.
  func address(_ option: String, default fallback: String) throws(UsageError) -> Endpoint {
    let text = values[option] ?? fallback
    do { return try Endpoint(parsing: text) } catch {
      throw UsageError("\(option) must be HOST:PORT, not '\(text)'")
    }
  }
}

/// The standard streams, unbuffered: a script that waits for a line gets it at once.
enum Standard {
  static func output(_ line: String) { write(line, to: STDOUT_FILENO) }
  static func error(_ line: String) { write(line, to: STDERR_FILENO) }

  private static func write(_ line: String, to descriptor: Int32) {
    var text = line + "\n"
    text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
