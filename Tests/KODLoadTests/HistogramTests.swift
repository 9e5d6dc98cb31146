import Testing

@testable import kod_load

@Suite struct HistogramTests {
  /// Nearest rank, the definition that the histogram approximates.
  private func exact(_ sorted: [UInt64], _ percent: Double) -> UInt64 {
    let rank = max(1, Int((percent / 100 * Double(sorted.count)).rounded(.up)))
    return sorted[rank - 1]
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `a percentile is at most one part in 128 above the sorted data's`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var histogram = Histogram()
    var values: [UInt64] = []
    for _ in 0..<20_000 {
      // Log-uniform over 2^0 ... 2^40 nanoseconds, so that every magnitude is met.
      let value = random.next() >> (24 + random.next() % 40)
      values.append(value)
      histogram.record(value)
    }
    values.sort()
    for percent in [0.0, 1, 10, 50, 90, 99, 99.9, 99.99, 100] {
      let expected = exact(values, percent)
      let actual = histogram.percentile(percent)
      #expect(actual >= expected)
      #expect(actual - expected <= expected / 128)
    }
    #expect(histogram.largest == values.last)
    #expect(histogram.smallest == values.first)
    #expect(histogram.count == 20_000)
    #expect(histogram.mean == Double(values.reduce(0, +)) / 20_000)
  }

  @Test func `buckets follow one another without gap or overlap`() {
    var previous = Histogram.upperEnd(ofBucket: 0)
    #expect(previous == 0)
    for index in 1..<7424 {
      #expect(Histogram.bucket(of: previous + 1) == index)
      let end = Histogram.upperEnd(ofBucket: index)
      #expect(Histogram.bucket(of: end) == index)
      previous = end
    }
    #expect(previous == .max)
  }

  @Test func `small values are exact`() {
    var histogram = Histogram()
    for value in UInt64(1)...100 { histogram.record(value) }
    #expect(histogram.percentile(50) == 50)
    #expect(histogram.percentile(99) == 99)
    #expect(histogram.percentile(100) == 100)
  }

  @Test func `merging two is recording all in one`() {
    var first = Histogram()
    var second = Histogram()
    var whole = Histogram()
    var random = SplitMix(seed: 9)
    for index in 0..<5_000 {
      let value = random.next() >> 30
      if index % 3 == 0 { first.record(value) } else { second.record(value) }
      whole.record(value)
    }
    first.merge(second)
    #expect(first.count == whole.count)
    #expect(first.sum == whole.sum)
    #expect(first.smallest == whole.smallest)
    #expect(first.largest == whole.largest)
    for percent in [1.0, 50, 99, 99.99] {
      #expect(first.percentile(percent) == whole.percentile(percent))
    }
  }

  @Test func `an empty one reports zeros, also after removal`() {
    var histogram = Histogram()
    #expect(histogram.percentile(50) == 0)
    histogram.record(7)
    histogram.removeAll()
    #expect(histogram.count == 0)
    #expect(histogram.largest == 0)
    #expect(histogram.percentile(99) == 0)
    #expect(histogram.mean == 0)
  }
}

/// A seeded generator, so that a failure repeats.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
