/// What the order of general Offers (R37) needs to know of an assister.
struct RoutingEntry {
  var kind = AssisterKind.agent
  var counties = CountySet()
  var languages: [UInt16] = []
  var registeredAt = Instant.zero
  /// Whether there was a general Offer; whoever never had one goes first.
  var wasServed = false
  /// The last general Offer; for who never had one, the registration.
  var since = Instant.zero
}

/// Assisters of one kind and one county, or of the whole state, who all had a general Offer or all
/// had none: in the order (`since`, registration, id). R37 asks for the Offers today between the
/// first and the second of these; that number changes with every mass Offer, so it is no part of
/// the order but looked up among those who are level.
///
/// Whoever gets a general Offer goes to the end, so that nearly every insertion is an append. The
/// place left behind stays until half of the places are such. Who can be asked at the moment is in
/// a group by language: a bit per place.
struct WaitingLine {
  private var members: [UInt32] = []
  /// Parallel to `members`, ascending.
  private var since: [Instant] = []
  private var groups: [Group] = []
  private var abandoned = 0
  private let wasServed: Bool

  init(wasServed: Bool) { self.wasServed = wasServed }

  /// Those who speak one language and can be asked.
  struct Group {
    let language: Language
    private(set) var words: [UInt64] = []
    /// For 64 places at a time: no member's number of Offers today is below. Zero where nobody has
    /// looked since a member came.
    private(set) var floors: [UInt16] = []
    /// No bit is set before this word.
    private(set) var first = 0

    init(_ language: Language) { self.language = language }

    mutating func insert(_ place: Int) {
      while words.count <= place / 64 {
        words.append(0)
        floors.append(0)
      }
      words[place / 64] |= 1 << UInt64(place % 64)
      floors[place / 64] = 0
      first = min(first, place / 64)
    }

    mutating func remove(_ place: Int) {
      guard place / 64 < words.count else { return }
      words[place / 64] &= ~(1 << UInt64(place % 64))
      while first < words.count, words[first] == 0 { first += 1 }
    }

    /// Everybody from `place` on moves up by one.
    mutating func makeRoom(at place: Int) {
      guard place / 64 < words.count else { return }
      let below: UInt64 = 1 << UInt64(place % 64) - 1
      var carry = words[place / 64] >> 63
      let kept = words[place / 64] & below
      words[place / 64] = kept | (words[place / 64] & ~below) << 1
      for word in place / 64 + 1..<max(words.count, place / 64 + 1) {
        let next = words[word] >> 63
        words[word] = words[word] << 1 | carry
        carry = next
      }
      for word in place / 64..<words.count { floors[word] = 0 }
      if carry != 0 { insert(words.count * 64) }
      while first < words.count, words[first] == 0 { first += 1 }
    }

    mutating func setFloor(_ word: Int, _ floor: UInt16) { floors[word] = floor }

    mutating func forgetFloors() {
      for word in floors.indices { floors[word] = 0 }
    }
  }

  /// A language as registered, of those with a session or of those without.
  struct Language: Equatable {
    var number: UInt16
    var hasSession: Bool
  }

  // MARK: Changing

  mutating func insert(_ member: Int, _ entries: [RoutingEntry]) {
    if abandoned > 32, abandoned * 2 > members.count { dropAbandoned(entries) }
    let place = place(of: member, entries)
    if place == members.count {
      members.append(UInt32(member))
      since.append(entries[member].since)
    } else {
      members.insert(UInt32(member), at: place)
      since.insert(entries[member].since, at: place)
      for group in groups.indices { groups[group].makeRoom(at: place) }
    }
  }

  /// The member's `since` is about to change; it is in no group.
  mutating func abandonPlace() { abandoned += 1 }

  /// Takes the member out with all its places, in time that grows with the line.
  mutating func remove(_ member: Int) {
    guard members.contains(UInt32(member)) else { return }
    rebuild(keeping: members.map { $0 != UInt32(member) })
  }

  mutating func join(_ language: Language, _ member: Int, _ entries: [RoutingEntry]) {
    let place = place(of: member, entries)
    if let group = groups.firstIndex(where: { $0.language == language }) {
      groups[group].insert(place)
    } else {
      groups.append(Group(language))
      groups[groups.count - 1].insert(place)
    }
  }

  mutating func leave(_ language: Language, _ member: Int, _ entries: [RoutingEntry]) {
    guard let group = groups.firstIndex(where: { $0.language == language }) else { return }
    groups[group].remove(place(of: member, entries))
  }

  private mutating func dropAbandoned(_ entries: [RoutingEntry]) {
    let isKept = members.indices.map { place in
      let entry = entries[Int(members[place])]
      return entry.wasServed == wasServed && entry.since == since[place]
    }
    rebuild(keeping: isKept)
    abandoned = 0
  }

  private mutating func rebuild(keeping isKept: [Bool]) {
    var moved = [Int](repeating: -1, count: members.count)
    var next = 0
    for place in members.indices where isKept[place] {
      moved[place] = next
      next += 1
    }
    for place in members.indices where moved[place] >= 0 {
      members[moved[place]] = members[place]
      since[moved[place]] = since[place]
    }
    members.removeLast(members.count - next)
    since.removeLast(since.count - next)
    for group in groups.indices {
      var new = Group(groups[group].language)
      for (word, bits) in groups[group].words.enumerated() {
        var rest = bits
        while rest != 0 {
          let place = moved[word * 64 + rest.trailingZeroBitCount]
          if place >= 0 { new.insert(place) }
          rest &= rest - 1
        }
      }
      groups[group] = new
    }
  }

  /// Where the member is, or would be inserted.
  private func place(of member: Int, _ entries: [RoutingEntry]) -> Int {
    let wanted = entries[member]
    if let last = since.last, last < wanted.since { return since.count }
    return members.indices.partitionPoint { place in
      guard since[place] == wanted.since else { return since[place] < wanted.since }
      let other = Int(members[place])
      let registeredAt = entries[other].registeredAt
      return registeredAt == wanted.registeredAt
        ? other < member : registeredAt < wanted.registeredAt
    }
  }

  // MARK: Asking

  /// The first in R37's order of each group that `isMeant`; `isExcluded` is asked of those only who
  /// would be the first.
  func forEachFirst(
    where isMeant: (Language) -> Bool, floorsHold: Bool, offersToday: (Int) -> UInt32,
    isExcluded: (Int) -> Bool, _ body: (Int) -> Void
  ) {
    for group in groups where isMeant(group.language) {
      if let first = first(of: group, floorsHold, offersToday, isExcluded) { body(first) }
    }
  }

  private func first(
    of group: Group, _ floorsHold: Bool, _ offersToday: (Int) -> UInt32,
    _ isExcluded: (Int) -> Bool
  ) -> Int? {
    var first: Int?
    var fewest = UInt32.max
    var end = members.count
    var word = group.first
    while word < group.words.count, word * 64 < end {
      defer { word += 1 }
      if first != nil, floorsHold, UInt32(group.floors[word]) >= fewest { continue }
      var bits = group.words[word]
      while bits != 0 {
        let place = word * 64 + bits.trailingZeroBitCount
        bits &= bits - 1
        guard place < end else { return first }
        let member = Int(members[place])
        let offers = offersToday(member)
        guard first == nil || offers < fewest, !isExcluded(member) else { continue }
        if first == nil { end = endOfLevel(place) }
        first = member
        fewest = offers
        if offers == 0 { return first }
      }
    }
    return first
  }

  /// Behind those whose last general Offer was at the same time: in the line of those who never had
  /// one, everybody.
  private func endOfLevel(_ place: Int) -> Int {
    guard wasServed else { return members.count }
    guard place + 1 < members.count, since[place + 1] == since[place] else { return place + 1 }
    return (place + 2..<members.count).partitionPoint { since[$0] == since[place] }
  }

  /// Notes how many Offers those have whom a search for somebody with `offers` of them must look
  /// at, so that the next one need not. `offersToday` also says until when its number can't fall;
  /// the earliest such instant is returned.
  mutating func raiseFloors(
    where isMeant: (Language) -> Bool, levelWith since: Instant, to offers: UInt32,
    offersToday: (Int) -> OffersToday
  ) -> Instant {
    var hold = Instant.distantFuture
    for group in groups.indices where isMeant(groups[group].language) {
      var word = groups[group].first
      while word < groups[group].words.count {
        defer { word += 1 }
        if wasServed, self.since[word * 64] > since { break }
        var bits = groups[group].words[word]
        guard bits != 0, UInt32(groups[group].floors[word]) < offers else { continue }
        var floor = UInt16.max
        while bits != 0 {
          let today = offersToday(Int(members[word * 64 + bits.trailingZeroBitCount]))
          floor = min(floor, UInt16(clamping: today.count))
          hold = min(hold, today.until)
          bits &= bits - 1
        }
        groups[group].setFloor(word, floor)
      }
    }
    return hold
  }

  mutating func forgetFloors() {
    for group in groups.indices { groups[group].forgetFloors() }
  }
}
