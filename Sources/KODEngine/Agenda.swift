/// What has to be done at once because of what was applied, in R29's order. Filled and emptied by
/// `apply` alone, so that a log cut between two events of one step continues with the rest of the
/// step.
struct Agenda: Equatable, Sendable {
  /// Somebody who became available while a referral looks for anybody (R11, R38).
  struct Joiner: Equatable, Comparable {
    var referral: Int
    var assister: Int

    static func < (left: Joiner, right: Joiner) -> Bool {
      left.referral == right.referral
        ? left.assister < right.assister : left.referral < right.referral
    }
  }

  /// Assisters whose streak is complete, and since when (R31); in the order of the instants.
  var deregistrations: [(assister: Int, at: Instant)] = []
  /// Referrals that go to mass or to waiting whoever is a candidate: before new general Offers
  /// (R29).
  var changingStage: SortedSet<Int> = .init()
  /// Referrals nobody is asked about at the moment.
  var unrouted: SortedSet<Int> = .init()
  var joiners: SortedSet<Joiner> = .init()

  var isEmpty: Bool {
    deregistrations.isEmpty && changingStage.isEmpty && unrouted.isEmpty && joiners.isEmpty
  }

  static func == (left: Agenda, right: Agenda) -> Bool {
    left.deregistrations.elementsEqual(right.deregistrations) { $0 == $1 }
      && left.changingStage == right.changingStage && left.unrouted == right.unrouted
      && left.joiners == right.joiners
  }
}

/// A few values in ascending order, each once.
struct SortedSet<Element: Comparable & Sendable>: Equatable, Sendable {
  private(set) var elements: [Element] = []

  var isEmpty: Bool { elements.isEmpty }
  var first: Element? { elements.first }

  mutating func insert(_ element: Element) {
    if let last = elements.last, last < element {
      elements.append(element)
      return
    }
    let position = lowerBound(element)
    if position < elements.count, elements[position] == element { return }
    elements.insert(element, at: position)
  }

  mutating func remove(_ element: Element) {
    let position = lowerBound(element)
    guard position < elements.count, elements[position] == element else { return }
    elements.remove(at: position)
  }

  func contains(_ element: Element) -> Bool {
    let position = lowerBound(element)
    return position < elements.count && elements[position] == element
  }

  private func lowerBound(_ element: Element) -> Int {
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      if elements[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
