/// A set of small indexes as bits: ascending order for free, and intersections 64 at a time.
struct DenseSet {
  private(set) var words: [UInt64] = []

  /// The 64 members from `64 * word` on; none beyond what was ever inserted.
  func word(_ word: Int) -> UInt64 { word < words.count ? words[word] : 0 }

  func contains(_ index: Int) -> Bool { word(index / 64) >> UInt64(index % 64) & 1 == 1 }

  mutating func insert(_ index: Int) {
    while words.count <= index / 64 { words.append(0) }
    words[index / 64] |= 1 << UInt64(index % 64)
  }

  mutating func remove(_ index: Int) {
    guard index / 64 < words.count else { return }
    words[index / 64] &= ~(1 << UInt64(index % 64))
  }

  mutating func formUnion(_ other: DenseSet) {
    while words.count < other.words.count { words.append(0) }
    for (word, bits) in other.words.enumerated() { words[word] |= bits }
  }

  /// Ascending.
  func forEach(_ body: (Int) -> Void) {
    for (word, bits) in words.enumerated() {
      var rest = bits
      while rest != 0 {
        body(word * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }

  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
