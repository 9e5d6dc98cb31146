/// Offers of one referral with consecutive numbers, to assisters that ascend.
struct OfferRun: Equatable {
  /// Index of the first Offer.
  var first: Int
  var count: Int
}

/// Every Offer of one referral, in the order of their numbers. Most referrals have one run, which
/// takes no memory of its own. A referral that many join one by one has as many runs: from the
/// seventeenth on they are found by assister.
struct OfferRuns: RandomAccessCollection {
  private static let searchedInOrder = 16

  private var firstOffer: UInt64 = 0
  /// 0: there is no Offer.
  private var firstCount: UInt32 = 0
  /// Nothing, or one.
  private var rest: [Rest] = []

  private struct Rest {
    var runs: [OfferRun] = []
    /// The Offers beyond the runs that are searched in order.
    var late = SortedSet<Late>()
  }

  private struct Late: Comparable {
    var assister: Int
    var offer: Int

    static func < (left: Late, right: Late) -> Bool {
      left.assister == right.assister ? left.offer < right.offer : left.assister < right.assister
    }
  }

  init() {}

  var startIndex: Int { 0 }
  var endIndex: Int { firstCount == 0 ? 0 : 1 + (rest.first?.runs.count ?? 0) }

  subscript(position: Int) -> OfferRun {
    position == 0
      ? OfferRun(first: Int(firstOffer), count: Int(firstCount)) : rest[0].runs[position - 1]
  }

  /// The newest Offer of all; `follows`: its assister comes after the one of the Offer before it.
  mutating func append(_ offer: Int, to assister: Int, follows: Bool) {
    if let last, follows, last.first + last.count == offer {
      if rest.isEmpty { firstCount += 1 } else { rest[0].runs[rest[0].runs.count - 1].count += 1 }
    } else if isEmpty {
      firstOffer = UInt64(offer)
      firstCount = 1
    } else {
      if rest.isEmpty { rest.append(Rest()) }
      rest[0].runs.append(OfferRun(first: offer, count: 1))
    }
    if count > OfferRuns.searchedInOrder {
      rest[0].late.insert(Late(assister: assister, offer: offer))
    }
  }

  /// Whether any Offer to the assister satisfies `predicate`; `assisterOf` gives an Offer's.
  func contains(
    _ assister: Int, assisterOf: (Int) -> Int, where predicate: (Int) -> Bool
  ) -> Bool {
    for run in prefix(OfferRuns.searchedInOrder) {
      let range = run.first..<run.first + run.count
      let offer = range.partitionPoint { assisterOf($0) < assister }
      if offer < range.upperBound, assisterOf(offer) == assister, predicate(offer) { return true }
    }
    guard let late = rest.first?.late, !late.isEmpty else { return false }
    return late.contains(from: Late(assister: assister, offer: 0)) { late in
      late.assister == assister ? predicate(late.offer) : nil
    }
  }
}
