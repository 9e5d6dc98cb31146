/// How long to wait before connecting again.
///
/// The first retry comes at once, but for a small random part so that the clients of a restarted
/// server do not arrive in the same millisecond; then `initialDelay`, growing by `multiplier`, each
/// wait made random by `jitter`, up to `maximumDelay`. What the server asks for in a going-away
/// frame goes before all this and is honoured exactly.
public struct Backoff: Sendable, Equatable {
  /// The first retry waits a random part of this.
  public var firstJitter: Duration
  /// The second retry's wait, before jitter.
  public var initialDelay: Duration
  /// Each further wait is this much longer.
  public var multiplier: Double
  /// Share by which a wait is made longer or shorter, at random: 0.2 is ±20 %.
  public var jitter: Double
  /// No wait is longer, jitter included.
  public var maximumDelay: Duration
  /// A session that lived so long proves that the server is well: the next loss is a first one.
  public var steadyAfter: Duration

  public init(
    firstJitter: Duration = .milliseconds(100), initialDelay: Duration = .milliseconds(500),
    multiplier: Double = 1.6, jitter: Double = 0.2, maximumDelay: Duration = .seconds(30),
    steadyAfter: Duration = .seconds(5)
  ) {
    self.firstJitter = firstJitter
    self.initialDelay = initialDelay
    self.multiplier = multiplier
    self.jitter = jitter
    self.maximumDelay = maximumDelay
    self.steadyAfter = steadyAfter
  }

  /// The wait before retry number `retry`, counted from 0, in nanoseconds.
  ///
  /// - Parameter random: one draw, uniform over all 64 bits.
  func delay(retry: Int, random: UInt64) -> UInt64 {
    let share = Double(random >> 11) / Double(UInt64(1) << 53)
    guard retry > 0 else { return UInt64(Double(firstJitter.nanoseconds) * share) }
    let ceiling = Double(maximumDelay.nanoseconds)
    var base = Double(initialDelay.nanoseconds)
    // Bounded: after some fifteen steps every sensible setting has met its ceiling.
    for _ in 1..<min(max(retry, 1), 64) where base < ceiling { base *= multiplier }
    base = min(base, ceiling)
    return UInt64(max(0, min(base * (1 + jitter * (2 * share - 1)), ceiling)))
  }
}

extension Duration {
  /// Whole nanoseconds; 0 for negative durations, the maximum for what does not fit.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return .max }
    return whole.addingSaturated(UInt64(attoseconds / 1_000_000_000))
  }
}

extension UInt64 {
  /// Nanoseconds in so many milliseconds.
  static func nanoseconds(milliseconds: UInt32) -> UInt64 { UInt64(milliseconds) * 1_000_000 }

  /// For deadlines: "never" plus a while is still never.
  func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
