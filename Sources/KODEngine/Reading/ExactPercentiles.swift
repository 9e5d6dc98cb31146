/// Exact percentiles of any number of durations, found in slices.
///
/// Nearest rank: of n values in ascending order, the median is number ⌈n / 2⌉ and the 90th
/// percentile number ⌈9 n / 10⌉, counted from 1; of none both are 0. Nothing is interpolated, so
/// that each is a duration that occurred. Durations are whole milliseconds, the rest cut off, and
/// 49 days at most.
struct ExactPercentiles {
  private var values: [UInt32] = []
  /// How many values there are by their upper 16 bits.
  private var upper: [UInt32] = []
  private var targets: [Target] = []
  /// Values before this one are counted into the targets.
  private var counted = 0

  private struct Target {
    /// Upper 16 bits of the value looked for.
    var bucket: UInt32
    /// Its number among the values of the bucket, from 1.
    var rank: UInt32
    /// How many of the bucket's values there are by their lower 16 bits.
    var lower = [UInt32](repeating: 0, count: 1 << 16)
  }

  private(set) var median: UInt32 = 0
  private(set) var p90: UInt32 = 0
  var count: Int { values.count }

  mutating func add(_ span: Instant.Interval) {
    let value = UInt32(clamping: span.microseconds / 1000)
    if upper.isEmpty { upper = [UInt32](repeating: 0, count: 1 << 16) }
    upper[Int(value >> 16)] += 1
    values.append(value)
  }

  /// Goes on finding the percentiles once every value was added; true: they are found.
  mutating func find(_ budget: inout Int) -> Bool {
    guard !values.isEmpty else { return true }
    if targets.isEmpty {
      targets = [target((values.count + 1) / 2), target((9 * values.count + 9) / 10)]
    }
    while counted < values.count {
      guard budget > 0 else { return false }
      let value = values[counted]
      for index in targets.indices where targets[index].bucket == value >> 16 {
        targets[index].lower[Int(value & 0xffff)] += 1
      }
      counted += 1
      budget -= 1
    }
    median = value(targets[0])
    p90 = value(targets[1])
    return true
  }

  private func target(_ rank: Int) -> Target {
    var rest = UInt32(rank)
    var bucket = 0
    while upper[bucket] < rest {
      rest -= upper[bucket]
      bucket += 1
    }
    return Target(bucket: UInt32(bucket), rank: rest)
  }

  private func value(_ target: Target) -> UInt32 {
    var rest = target.rank
    var low = 0
    while target.lower[low] < rest {
      rest -= target.lower[low]
      low += 1
    }
    return target.bucket << 16 | UInt32(low)
  }
}
