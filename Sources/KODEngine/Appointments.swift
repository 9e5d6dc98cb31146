/// Which assisters something is due for, and when. Everybody with the same instant is in one list,
/// since a whole shift turns at 9:00. Derived from the rest of the state, so never encoded.
struct Appointments: Sendable {
  /// A heap, earliest first: each instant that `assisters` has, perhaps more than once, and some
  /// that it has no more. The first one is always of use.
  private var instants: [Instant] = []
  /// Ascending, never empty.
  private var assisters: [Instant: [UInt32]] = [:]

  var first: Instant? { instants.first }

  /// Ascending; empty: nobody.
  func assisters(at instant: Instant) -> [UInt32] { assisters[instant] ?? [] }

  /// The earliest up to that instant, in order; `limit` at most.
  func due(through instant: Instant, limit: Int) -> [Int] {
    var due: [Instant] = []
    var positions = [0]
    while let position = positions.popLast() {
      guard position < instants.count, instants[position] <= instant else { continue }
      due.append(instants[position])
      positions += [2 * position + 1, 2 * position + 2]
    }
    var members: [Int] = []
    var last: Instant?
    for instant in due.sorted() where instant != last && members.count < limit {
      last = instant
      members += assisters(at: instant).prefix(limit - members.count).map(Int.init)
    }
    return members
  }

  mutating func insert(_ assister: Int, at instant: Instant) {
    let member = UInt32(assister)
    if assisters[instant]?.insertAscending(member) == nil {
      assisters[instant] = [member]
      push(instant)
    }
  }

  mutating func remove(_ assister: Int, at instant: Instant) {
    remove([UInt32(assister)], at: instant)
  }

  /// Those of `members`, ascending, that are there.
  mutating func remove(_ members: [UInt32], at instant: Instant) {
    guard let rest = assisters[instant]?.removeAscending(members) else { return }
    guard rest == 0 else { return }
    assisters[instant] = nil
    while let first = instants.first, assisters[first] == nil { popFirst() }
    if instants.count > 64 + 4 * assisters.count { sweep() }
  }

  private mutating func push(_ instant: Instant) {
    instants.append(instant)
    var child = instants.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard instant < instants[parent] else { break }
      instants[child] = instants[parent]
      child = parent
    }
    instants[child] = instant
  }

  private mutating func popFirst() {
    let last = instants.removeLast()
    guard !instants.isEmpty else { return }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < instants.count else { break }
      if child + 1 < instants.count, instants[child + 1] < instants[child] { child += 1 }
      guard instants[child] < last else { break }
      instants[parent] = instants[child]
      parent = child
    }
    instants[parent] = last
  }

  /// A sorted list is a heap.
  private mutating func sweep() {
    var kept: [Instant] = []
    for instant in instants.sorted() where kept.last != instant && assisters[instant] != nil {
      kept.append(instant)
    }
    instants = kept
  }
}

extension [UInt32] {
  fileprivate mutating func insertAscending(_ member: UInt32) {
    if let last, last < member {
      append(member)
      return
    }
    let position = lowerBound(member)
    guard position == count || self[position] != member else { return }
    insert(member, at: position)
  }

  /// Returns how many are left.
  fileprivate mutating func removeAscending(_ members: [UInt32]) -> Int {
    if members.count == 1 {
      let position = lowerBound(members[0])
      if position < count, self[position] == members[0] { remove(at: position) }
    } else if starts(with: members) {
      removeFirst(members.count)
    } else {
      var next = members.startIndex
      removeAll { member in
        while next < members.endIndex, members[next] < member { next += 1 }
        return next < members.endIndex && members[next] == member
      }
    }
    return count
  }

  private func lowerBound(_ member: UInt32) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < member { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
