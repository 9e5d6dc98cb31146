/// Values in ascending order, each once. Small ones are one array; large ones are split, so that
/// inserting and removing never move more than a few hundred values.
struct SortedSet<Element: Comparable & Sendable>: Equatable, Sendable {
  private static var most: Int { 512 }

  /// Empty only if the set is.
  private var head: [Element] = []
  /// The arrays that follow, none of them empty.
  private var tail: [[Element]] = []
  private(set) var count = 0

  var isEmpty: Bool { head.isEmpty }
  var first: Element? { head.first }
  var last: Element? { tail.last?.last ?? head.last }
  var elements: [Element] { tail.isEmpty ? head : head + tail.joined() }

  mutating func insert(_ element: Element) {
    if let last, last < element {
      count += 1
      append(element)
      return
    }
    let part = part(of: element)
    if part < 0 {
      if Self.insert(element, into: &head) { count += 1 }
      if head.count > Self.most { tail.insert(Self.split(&head), at: 0) }
    } else {
      if Self.insert(element, into: &tail[part]) { count += 1 }
      if tail[part].count > Self.most { tail.insert(Self.split(&tail[part]), at: part + 1) }
    }
  }

  mutating func remove(_ element: Element) {
    let part = part(of: element)
    if part < 0 {
      if Self.remove(element, from: &head) { count -= 1 }
      if head.isEmpty, !tail.isEmpty { head = tail.removeFirst() }
    } else {
      if Self.remove(element, from: &tail[part]) { count -= 1 }
      if tail[part].isEmpty { tail.remove(at: part) }
    }
  }

  func contains(_ element: Element) -> Bool {
    let part = part(of: element)
    let values = part < 0 ? head : tail[part]
    let position = Self.position(of: element, in: values)
    return position < values.count && values[position] == element
  }

  /// Whether any element from `start` on satisfies the predicate, which says nil where to stop.
  func contains(from start: Element, where predicate: (Element) -> Bool?) -> Bool {
    var part = part(of: start)
    var position = Self.position(of: start, in: part < 0 ? head : tail[part])
    while part < tail.count {
      let values = part < 0 ? head : tail[part]
      while position < values.count {
        guard let isFound = predicate(values[position]) else { return false }
        if isFound { return true }
        position += 1
      }
      part += 1
      position = 0
    }
    return false
  }

  /// Up to `limit` of those behind `element`, or of all.
  func page(after element: Element?, limit: Int) -> [Element] {
    var page: [Element] = []
    var part = element.map { self.part(of: $0) } ?? -1
    while part < tail.count, page.count < limit {
      let values = part < 0 ? head : tail[part]
      let first = element.map { last in values.indices.partitionPoint { values[$0] <= last } } ?? 0
      page += values[first...].prefix(limit - page.count)
      part += 1
    }
    return page
  }

  static func == (left: SortedSet, right: SortedSet) -> Bool {
    left.count == right.count && left.elements == right.elements
  }

  private mutating func append(_ element: Element) {
    if tail.isEmpty, head.count < Self.most {
      head.append(element)
    } else if let last = tail.indices.last, tail[last].count < Self.most {
      tail[last].append(element)
    } else {
      tail.append([element])
    }
  }

  /// The array where the element is or would be: -1 is `head`, others are indexes of `tail`.
  private func part(of element: Element) -> Int {
    tail.indices.partitionPoint { tail[$0][0] <= element } - 1
  }

  /// False: it was there.
  private static func insert(_ element: Element, into values: inout [Element]) -> Bool {
    let position = position(of: element, in: values)
    if position < values.count, values[position] == element { return false }
    values.insert(element, at: position)
    return true
  }

  /// False: it was not there.
  private static func remove(_ element: Element, from values: inout [Element]) -> Bool {
    let position = position(of: element, in: values)
    guard position < values.count, values[position] == element else { return false }
    values.remove(at: position)
    return true
  }

  private static func split(_ values: inout [Element]) -> [Element] {
    let upper = Array(values[(values.count / 2)...])
    values.removeLast(upper.count)
    return upper
  }

  /// The first position whose value is not before the element.
  private static func position(of element: Element, in values: [Element]) -> Int {
    values.indices.partitionPoint { values[$0] < element }
  }
}
