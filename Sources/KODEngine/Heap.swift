/// The least of many elements at hand: a binary heap in one array.
struct Heap<Element: Comparable & Sendable>: Sendable {
  /// In heap order: the elements at 2n + 1 and 2n + 2 are not less than the one at n.
  private(set) var elements: [Element] = []

  /// The least one.
  var first: Element? { elements.first }
  var count: Int { elements.count }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard element < elements[parent] else { break }
      elements[child] = elements[parent]
      child = parent
    }
    elements[child] = element
  }

  /// There must be one.
  mutating func removeFirst() {
    let last = elements.removeLast()
    guard !elements.isEmpty else { return }
    sink(last, from: 0)
  }

  /// Which of several equal elements comes first may change.
  mutating func removeAll(where isMoot: (Element) -> Bool) {
    elements.removeAll(where: isMoot)
    for parent in stride(from: elements.count / 2 - 1, through: 0, by: -1) {
      sink(elements[parent], from: parent)
    }
  }

  private mutating func sink(_ element: Element, from start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { break }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < element else { break }
      elements[parent] = elements[child]
      parent = child
    }
    elements[parent] = element
  }
}

extension Range<Int> {
  /// The first position that is not before what is looked for; `upperBound`: all are. By halving:
  /// what is before must stand in front of what is not.
  @inline(__always)
  func partitionPoint(_ isBefore: (Int) -> Bool) -> Int {
    var low = lowerBound
    var high = upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
