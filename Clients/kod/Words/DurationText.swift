/// Durations as people write them: `250ms`, `5s`, `15m`, `1h30m`.
enum DurationText {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
  ]

  /// Nil unless it is numbers with units, longest unit first or not, up to 1,000 hours. A bare number has no unit
  /// and is refused: guessing one would be guessing wrong for half of the readers.
  static func parse(_ text: String) -> Duration? {
    var rest = Substring(text)
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits), digits.count <= 9 else { return nil }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isLetter }
      guard let unit = units.first(where: { $0.suffix == letters }) else { return nil }
      rest = rest.dropFirst(letters.count)
      total += number * unit.milliseconds
    }
    guard total <= 1_000 * 3_600_000 else { return nil }
    return .milliseconds(total)
  }

  /// The shortest exact form in whole units, such as `90s` or `250ms`: what the server's flags take.
  static func exact(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    if milliseconds % 60_000 == 0, milliseconds > 0 { return "\(milliseconds / 60_000)m" }
    if milliseconds % 1_000 == 0 { return "\(milliseconds / 1_000)s" }
    return "\(milliseconds)ms"
  }

  /// For sentences: `4.2 s`, `14 min`, `2 h 5 min`.
  static func spoken(microseconds: Int64) -> String {
    let milliseconds = max(0, microseconds) / 1_000
    let seconds = milliseconds / 1_000
    if seconds < 10 { return "\(seconds).\(milliseconds % 1_000 / 100) s" }
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7_200 { return "\(seconds / 60) min" }
    return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }

  /// Whole microseconds, rounded down.
  var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}

/// What is left until a deadline. Rounded down, so that it never promises more time than there is.
enum Countdown {
  /// `14:59`, `1:02:03`, and tenths in the last ten seconds: `9.9`. At or after the deadline: `0.0`.
  static func text(microseconds: Int64) -> String {
    let tenths = max(0, microseconds) / 100_000
    let seconds = tenths / 10
    if seconds < 10 { return "\(seconds).\(tenths % 10)" }
    let clock = "\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
    if seconds < 3_600 { return clock.hasPrefix("0") ? String(clock.dropFirst()) : clock }
    return "\(seconds / 3_600):\(clock)"
  }

  /// How long something has lasted, in at most five columns: `0:28`, `59:59`, then `2 h`.
  static func age(microseconds: Int64) -> String {
    let seconds = max(0, microseconds) / 1_000_000
    if seconds >= 3_600 { return "\(seconds / 3_600) h" }
    return "\(seconds / 60):\(twoDigits(seconds % 60))"
  }

  static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
