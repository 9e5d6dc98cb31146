/// Which assisters something is due for, and when. Everybody with the same instant is in one list,
/// since a whole shift turns at 9:00. Derived from the rest of the state, so never encoded.
struct Appointments: Sendable {
  /// Each instant that `assisters` has, perhaps more than once, and some
  /// that it has no more. The first one is always of use.
  private var instants = Heap<Instant>()
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
      guard position < instants.count, instants.elements[position] <= instant else { continue }
      due.append(instants.elements[position])
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
      instants.insert(instant)
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
    while let first = instants.first, assisters[first] == nil { instants.removeFirst() }
    guard instants.count > 64 + 4 * assisters.count else { return }
    var seen: Set<Instant> = []
    instants.removeAll { [assisters] in assisters[$0] == nil || !seen.insert($0).inserted }
  }
}

extension [UInt32] {
  fileprivate mutating func insertAscending(_ member: UInt32) {
    if let last, last < member {
      append(member)
      return
    }
    let position = indices.partitionPoint { self[$0] < member }
    guard position == count || self[position] != member else { return }
    insert(member, at: position)
  }

  /// Returns how many are left.
  fileprivate mutating func removeAscending(_ members: [UInt32]) -> Int {
    if members.count == 1 {
      let position = indices.partitionPoint { self[$0] < members[0] }
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
}
