import TestSupport
import Testing

@testable import KODEngine

@Suite("Sorted sets") struct SortedSetTests {
  /// Around the size at which a set is split, and well above it.
  @Test("A set is what was inserted and not removed", arguments: [40, 700, 6000])
  func agreesWithSet(range: Int) {
    var random = SeededNumbers(state: UInt64(range))
    var sorted = SortedSet<Int>()
    var model = Set<Int>()
    for phase in 0..<6 {
      for step in 0..<range * 2 {
        let value = phase == 0 ? step / 2 : Int.random(in: 0..<range, using: &random)
        // Fills up in even phases, empties in odd ones.
        if Int.random(in: 0..<10, using: &random) < (phase % 2 == 0 ? 8 : 2) {
          sorted.insert(value)
          model.insert(value)
        } else {
          sorted.remove(value)
          model.remove(value)
        }
        if sorted.contains(value) != model.contains(value) { Issue.record("\(value)") }
      }
      let expected = model.sorted()
      #expect(sorted.elements == expected && sorted.count == expected.count)
      #expect(sorted.first == expected.first && sorted.last == expected.last)
      #expect(sorted.isEmpty == expected.isEmpty)
      var twin = SortedSet<Int>()
      for value in expected.reversed() { twin.insert(value) }
      #expect(twin == sorted)
      for last in [nil, -1, 0, range / 3, range] {
        for limit in [0, 1, 600, .max] {
          let behind = expected.filter { value in last.map { value > $0 } ?? true }
          #expect(sorted.page(after: last, limit: limit) == Array(behind.prefix(limit)))
        }
      }
      var visited: [Int] = []
      let start = range / 2
      let isFound = sorted.contains(from: start) { value in
        visited.append(value)
        return value > start + 900 ? nil : false
      }
      #expect(!isFound)
      let beyond = expected.filter { $0 >= start }
      let seen = beyond.prefix { $0 <= start + 900 } + beyond.filter { $0 > start + 900 }.prefix(1)
      #expect(visited == Array(seen))
    }
    for value in model.sorted() {
      #expect(sorted.first == value)
      sorted.remove(value)
    }
    #expect(sorted.isEmpty && sorted.elements == [])
  }

  @Test("Every Offer of a referral is found by its assister, however many runs there are")
  func offerRuns() {
    var random = SeededNumbers(state: 4)
    var runs = OfferRuns()
    /// By index; nil: of another referral.
    var assisters: [Int?] = []
    for _ in 0..<3000 {
      if Int.random(in: 0..<5, using: &random) == 0 {
        assisters.append(nil)
        continue
      }
      let follows = Int.random(in: 0..<10, using: &random) > 0
      let before = assisters.last ?? nil
      let assister = follows ? (before ?? 0) + 1 : Int.random(in: 0..<300, using: &random)
      runs.append(assisters.count, to: assister, follows: before.map { $0 < assister } ?? false)
      assisters.append(assister)
    }
    #expect(
      runs.flatMap { $0.first..<$0.first + $0.count }
        == assisters.indices.filter { assisters[$0] != nil })
    #expect(runs.count > 100)
    for assister in 0..<320 {
      let expected = assisters.indices.filter { assisters[$0] == assister }
      var found = Set<Int>()
      _ = runs.contains(assister, assisterOf: { assisters[$0]! }) { offer in
        found.insert(offer)
        return false
      }
      // One run holds an assister once, so that nothing is left out.
      #expect(found == Set(expected))
    }
  }
}
