/// Counts of durations in log-linear buckets: 128 buckets to each power of two, so that a reported
/// value is at most 1/128 above the recorded one, over the whole range of UInt64, in 59 KB and
/// without allocation per value.
struct Histogram: Sendable {
  /// 2^7 buckets to each power of two.
  private static let subBits = 7
  private static let subCount = 1 << subBits
  private static let bucketCount = (64 - subBits + 1) * subCount

  private var buckets = [UInt64](repeating: 0, count: bucketCount)
  private(set) var count: UInt64 = 0
  /// Sum of all values, for the mean.
  private(set) var sum: UInt64 = 0
  private(set) var smallest: UInt64 = .max
  /// Exact. 0 when nothing was recorded.
  private(set) var largest: UInt64 = 0

  var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

  mutating func record(_ value: UInt64) {
    buckets[Self.bucket(of: value)] += 1
    count += 1
    sum &+= value
    smallest = min(smallest, value)
    largest = max(largest, value)
  }

  /// Adds what another thread recorded.
  mutating func merge(_ other: Histogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    count += other.count
    sum &+= other.sum
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  mutating func removeAll() {
    for index in buckets.indices { buckets[index] = 0 }
    (count, sum, smallest, largest) = (0, 0, .max, 0)
  }

  /// The value that `percent` of all values do not exceed (nearest rank): the upper end of its
  /// bucket, never above the largest value. 0 when nothing was recorded.
  func percentile(_ percent: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let rank = max(1, UInt64((percent / 100 * Double(count)).rounded(.up)))
    var seen: UInt64 = 0
    for index in buckets.indices {
      seen += buckets[index]
      if seen >= rank { return min(Self.upperEnd(ofBucket: index), largest) }
    }
    return largest
  }

  /// Values below 2^7 have a bucket each; above, the seven bits after the leading one choose it.
  static func bucket(of value: UInt64) -> Int {
    let magnitude = max(0, (63 - value.leadingZeroBitCount) - subBits)
    if magnitude == 0 { return Int(value) }
    return magnitude << subBits + Int(value >> UInt64(magnitude))
  }

  /// The largest value that falls into a bucket.
  static func upperEnd(ofBucket index: Int) -> UInt64 {
    if index < 2 * subCount { return UInt64(index) }
    let magnitude = UInt64(index >> subBits) - 1
    let top = UInt64(index & (subCount - 1)) + UInt64(subCount)
    return (top << magnitude) + ((1 << magnitude) - 1)
  }
}
