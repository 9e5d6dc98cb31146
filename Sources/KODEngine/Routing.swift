/// Who may be asked about a referral, and in what order (R37, R38). Whoever keeps it up to date
/// says who registered for what, who is available, who has a session and who has an open general
/// Offer; how the answers are found stays in here.
///
/// Mass recipients are found by intersecting sets of everybody; the next one to get a general Offer
/// stands first in one of a few waiting lines.
struct Routing {
  private var available = DenseSet()
  private var present = DenseSet()
  private var kinds = [DenseSet](repeating: DenseSet(), count: AssisterKind.allCases.count)
  private var wholeState = DenseSet()
  private var counties = [DenseSet](repeating: DenseSet(), count: 120)
  private var languages: [Language] = []

  // For general Offers.
  private var entries: [RoutingEntry] = []
  private var registered = DenseSet()
  private var hasGeneralOffer = DenseSet()
  /// Those whose bits are set in their waiting lines.
  private var listed = DenseSet()
  private var lines: [WaitingLine]
  /// The floors of the waiting lines hold before this instant.
  private var floorsHold = Instant.distantFuture

  private struct Language {
    /// Registered with exactly this tag.
    var registered = DenseSet()
    /// Registered with a tag that matches.
    var speakers = DenseSet()
    /// The languages whose tags match.
    var matches: DenseSet
  }

  private static let wholeStateArea = 120

  init() {
    let areas = Routing.wholeStateArea + 1
    lines = (0..<areas * 2 * AssisterKind.allCases.count).map { line in
      WaitingLine(wasServed: line % 2 == 1)
    }
  }

  private static func line(_ kind: AssisterKind, _ area: Int, wasServed: Bool) -> Int {
    ((Int(kind.rawValue) - 1) * (wholeStateArea + 1) + area) * 2 + (wasServed ? 1 : 0)
  }

  // MARK: Keeping up to date

  var availableCount: Int { available.count }

  func isAvailable(_ assister: Int) -> Bool { available.contains(assister) }

  mutating func setAvailable(_ assister: Int, _ isAvailable: Bool) {
    if isAvailable { available.insert(assister) } else { available.remove(assister) }
    refreshListing(assister)
  }

  /// Whether the assister has a session, for policies that ask for one.
  mutating func setPresent(_ assister: Int, _ isPresent: Bool) {
    guard isPresent != present.contains(assister) else { return }
    let wasListed = listed.contains(assister)
    if wasListed { setListed(assister, false) }
    if isPresent { present.insert(assister) } else { present.remove(assister) }
    if wasListed { setListed(assister, true) }
  }

  /// The next language; it matches itself.
  mutating func addLanguage(matching matches: DenseSet) {
    let number = languages.count
    var language = Language(matches: matches)
    matches.forEach { other in
      guard other < number else { return }
      languages[other].matches.insert(number)
      language.speakers.formUnion(languages[other].registered)
    }
    languages.append(language)
  }

  /// Files the assister under what it registered with; `remove` undoes it.
  mutating func insert(_ index: Int, _ assister: Assister) {
    while entries.count <= index { entries.append(RoutingEntry()) }
    entries[index] = RoutingEntry(assister)
    registered.insert(index)
    if assister.openGeneralOffer != nil { hasGeneralOffer.insert(index) }
    kinds[Int(assister.kind.rawValue) - 1].insert(index)
    if assister.counties.isWholeState { wholeState.insert(index) }
    for county in assister.counties.indexes { counties[county].insert(index) }
    for language in assister.languages {
      languages[Int(language)].registered.insert(index)
      languages[Int(language)].matches.forEach { languages[$0].speakers.insert(index) }
    }
    forEachLine(of: entries[index]) { $0.insert(index, $1) }
    refreshListing(index)
  }

  /// The same for all that are registered, in an order that lets every line be appended to.
  mutating func insertAll(of assisters: [Assister]) {
    let indexes = assisters.indices.filter { assisters[$0].isFiled }
    let keyed = indexes.map { (entry: RoutingEntry(assisters[$0]), index: $0) }
    for (_, index) in keyed.sorted(by: Routing.isBefore) { insert(index, assisters[index]) }
  }

  private static func isBefore(
    _ left: (entry: RoutingEntry, index: Int), _ right: (entry: RoutingEntry, index: Int)
  ) -> Bool {
    (left.entry.since, left.entry.registeredAt, left.index)
      < (right.entry.since, right.entry.registeredAt, right.index)
  }

  mutating func remove(_ index: Int) {
    guard registered.contains(index) else { return }
    setListed(index, false)
    let entry = entries[index]
    // Places in both lines of a kind and county, since one may be an abandoned one.
    for wasServed in [false, true] {
      var either = entry
      either.wasServed = wasServed
      forEachLine(of: either) { line, _ in line.remove(index) }
    }
    registered.remove(index)
    kinds[Int(entry.kind.rawValue) - 1].remove(index)
    wholeState.remove(index)
    for county in entry.counties.indexes { counties[county].remove(index) }
    for language in entry.languages {
      languages[Int(language)].registered.remove(index)
      languages[Int(language)].matches.forEach { languages[$0].speakers.remove(index) }
    }
  }

  /// A general Offer opens: nobody is asked twice at a time (R36), and who was asked goes to the
  /// end.
  mutating func openGeneralOffer(_ index: Int, at instant: Instant) {
    hasGeneralOffer.insert(index)
    guard registered.contains(index) else { return }
    refreshListing(index)
    guard !entries[index].wasServed || entries[index].since != instant else { return }
    forEachLine(of: entries[index]) { line, _ in line.abandonPlace() }
    entries[index].wasServed = true
    entries[index].since = instant
    forEachLine(of: entries[index]) { $0.insert(index, $1) }
  }

  mutating func closeGeneralOffer(_ index: Int) {
    hasGeneralOffer.remove(index)
    refreshListing(index)
  }

  private mutating func refreshListing(_ index: Int) {
    let isListed =
      available.contains(index) && !hasGeneralOffer.contains(index) && registered.contains(index)
    setListed(index, isListed)
  }

  private mutating func setListed(_ index: Int, _ isListed: Bool) {
    guard isListed != listed.contains(index) else { return }
    if isListed { listed.insert(index) } else { listed.remove(index) }
    let hasSession = present.contains(index)
    let entry = entries[index]
    forEachLine(of: entry) { line, entries in
      for number in entry.languages {
        let language = WaitingLine.Language(number: number, hasSession: hasSession)
        if isListed {
          line.join(language, index, entries)
        } else {
          line.leave(language, index, entries)
        }
      }
    }
  }

  private mutating func forEachLine(
    of entry: RoutingEntry, _ body: (inout WaitingLine, [RoutingEntry]) -> Void
  ) {
    let first = Routing.line(entry.kind, 0, wasServed: entry.wasServed)
    if entry.counties.isWholeState { body(&lines[first + Routing.wholeStateArea * 2], entries) }
    for county in entry.counties.indexes { body(&lines[first + county * 2], entries) }
  }

  // MARK: Asking

  /// What a referral asks of an assister, apart from what has happened between the two.
  struct Demand {
    var helpType: HelpType
    var language: Int
    var county: County
    var roles: Policy.RoleMatrix
    var anyLanguage = false
    var anyCounty = false
    /// Only of assisters with a session (R60).
    var requiresSession: Bool

    init(general referral: Referral, _ policy: Policy) {
      helpType = referral.helpType
      language = Int(referral.language)
      county = referral.county
      roles = policy.roles
      requiresSession = policy.offerRequiresSession
    }

    init(mass referral: Referral, _ policy: Policy) {
      self.init(general: referral, policy)
      anyLanguage = policy.languageRelaxation == .inMass
      anyCounty = policy.massAudience == .anyCounty
    }

    /// The rank asked next after those of `rank`, 0 being before all.
    func rank(after rank: UInt8) -> UInt8? {
      var next: UInt8?
      for kind in AssisterKind.allCases {
        guard let other = roles.rank(helpType, kind), other > rank else { continue }
        next = min(next ?? other, other)
      }
      return next
    }
  }

  /// Available assisters that match, ascending.
  func forEachMatch(_ demand: Demand, _ body: (Int) -> Void) {
    for word in 0..<available.words.count {
      var matches = matches(demand, word)
      while matches != 0 {
        body(word * 64 + matches.trailingZeroBitCount)
        matches &= matches - 1
      }
    }
  }

  func isMatch(_ demand: Demand, _ assister: Int) -> Bool {
    matches(demand, assister / 64) >> UInt64(assister % 64) & 1 == 1
  }

  private func matches(_ demand: Demand, _ word: Int) -> UInt64 {
    var matches = available.word(word)
    guard matches != 0 else { return 0 }
    if demand.requiresSession { matches &= present.word(word) }
    if !demand.anyLanguage { matches &= languages[demand.language].speakers.word(word) }
    if !demand.anyCounty {
      matches &= wholeState.word(word) | counties[Int(demand.county.index)].word(word)
    }
    var allowed: UInt64 = 0
    if demand.roles.rank(demand.helpType, .agent) != nil { allowed |= kinds[0].word(word) }
    if demand.roles.rank(demand.helpType, .kynector) != nil { allowed |= kinds[1].word(word) }
    return matches & allowed
  }

  /// The languages of referrals that an assister with these languages can serve, ascending.
  func served(by languages: [UInt16]) -> DenseSet {
    var served = DenseSet()
    for language in languages { served.formUnion(self.languages[Int(language)].matches) }
    return served
  }

  /// The first in R37's order who is available, matches, and has no open general Offer.
  func first(
    _ demand: Demand, at now: Instant, _ assisters: [Assister],
    offersToday: (Int) -> OffersToday, isExcluded: (Int) -> Bool
  ) -> Int? {
    var rank: UInt8 = 0
    while let next = demand.rank(after: rank) {
      rank = next
      for area in [Int(demand.county.index), Routing.wholeStateArea] {
        for wasServed in [false, true] {
          var first: CandidateRank?
          forEachFirst(demand, rank, area, wasServed, now, offersToday, isExcluded) { index in
            let candidate = CandidateRank(
              index, assisters[index], demand, offersToday: offersToday(index).count)
            if let best = first, !(candidate < best) { return }
            first = candidate
          }
          if let first { return first.index }
        }
      }
    }
    return nil
  }

  private func forEachFirst(
    _ demand: Demand, _ rank: UInt8, _ area: Int, _ wasServed: Bool, _ now: Instant,
    _ offersToday: (Int) -> OffersToday, _ isExcluded: (Int) -> Bool, _ body: (Int) -> Void
  ) {
    for kind in AssisterKind.allCases where demand.roles.rank(demand.helpType, kind) == rank {
      lines[Routing.line(kind, area, wasServed: wasServed)].forEachFirst(
        where: { isMeant($0, demand) }, floorsHold: now < floorsHold,
        offersToday: { offersToday($0).count }, isExcluded: isExcluded, body)
    }
  }

  private func isMeant(_ language: WaitingLine.Language, _ demand: Demand) -> Bool {
    languages[demand.language].matches.contains(Int(language.number))
      && (language.hasSession || !demand.requiresSession)
  }

  /// Whoever was found by `first` had to be compared with others who were level and had other
  /// numbers of Offers today; this keeps what was learnt about them for the next search. To be told
  /// before the Offer changes anything. Says nothing about who is found, only how soon.
  mutating func learn(
    from chosen: Int, _ demand: Demand, at now: Instant, offersToday: (Int) -> OffersToday
  ) {
    let offers = offersToday(chosen).count
    guard offers > 0, registered.contains(chosen) else { return }
    if now >= floorsHold {
      for line in lines.indices { lines[line].forgetFloors() }
      floorsHold = .distantFuture
    }
    let entry = entries[chosen]
    let area =
      entry.counties.isWholeState ? Routing.wholeStateArea : Int(demand.county.index)
    let rank = demand.roles.rank(demand.helpType, entry.kind)
    for kind in AssisterKind.allCases where demand.roles.rank(demand.helpType, kind) == rank {
      let line = Routing.line(kind, area, wasServed: entry.wasServed)
      let matches = languages[demand.language].matches
      let hold = lines[line].raiseFloors(
        where: { matches.contains(Int($0.number)) }, levelWith: entry.since, to: offers,
        offersToday: offersToday)
      floorsHold = min(floorsHold, hold)
    }
  }
}

extension RoutingEntry {
  init(_ assister: Assister) {
    kind = assister.kind
    counties = assister.counties
    languages = assister.languages
    registeredAt = assister.registeredAt
    wasServed = assister.lastGeneralOffer != nil
    since = assister.lastGeneralOffer ?? assister.registeredAt
  }
}

extension CountySet {
  /// Ascending.
  var indexes: CountyIndexes { CountyIndexes(rest: bits) }
}

struct CountyIndexes: Sequence, IteratorProtocol {
  fileprivate var rest: UInt128

  mutating func next() -> Int? {
    guard rest != 0 else { return nil }
    defer { rest &= rest - 1 }
    return rest.trailingZeroBitCount
  }
}
