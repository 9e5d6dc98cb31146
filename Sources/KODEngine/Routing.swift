/// Who may be asked about a referral, and in what order (R37, R38). Callers know three questions
/// and one update; how the answers are found stays in here.
struct Routing {
  private var available = DenseSet()
  private var kinds = [DenseSet](repeating: DenseSet(), count: AssisterKind.allCases.count)
  private var wholeState = DenseSet()
  private var counties = [DenseSet](repeating: DenseSet(), count: 120)
  private var languages: [DenseSet] = []

  var availableCount: Int { available.count }

  func isAvailable(_ assister: Int) -> Bool { available.contains(assister) }

  mutating func setAvailable(_ assister: Int, _ isAvailable: Bool) {
    if isAvailable { available.insert(assister) } else { available.remove(assister) }
  }

  /// Files the assister under what it registered with; `remove` undoes it with the same values.
  mutating func insert(_ index: Int, _ assister: Assister) {
    kinds[Int(assister.kind.rawValue) - 1].insert(index)
    if assister.counties.isWholeState { wholeState.insert(index) }
    for county in 0..<120 where assister.counties.bits >> UInt128(county) & 1 == 1 {
      counties[county].insert(index)
    }
    for language in assister.languages {
      while languages.count <= Int(language) { languages.append(DenseSet()) }
      languages[Int(language)].insert(index)
    }
  }

  mutating func remove(_ index: Int, _ assister: Assister) {
    kinds[Int(assister.kind.rawValue) - 1].remove(index)
    wholeState.remove(index)
    for county in 0..<120 where assister.counties.bits >> UInt128(county) & 1 == 1 {
      counties[county].remove(index)
    }
    for language in assister.languages { languages[Int(language)].remove(index) }
  }

  /// What a referral asks of an assister, apart from what has happened between the two.
  struct Demand {
    var helpType: HelpType
    var language: Int
    var county: County
    var roles: Policy.RoleMatrix
    var anyLanguage = false
    var anyCounty = false

    init(general referral: Referral, _ policy: Policy) {
      helpType = referral.helpType
      language = Int(referral.language)
      county = referral.county
      roles = policy.roles
    }

    init(mass referral: Referral, _ policy: Policy) {
      self.init(general: referral, policy)
      anyLanguage = policy.languageRelaxation == .inMass
      anyCounty = policy.massAudience == .anyCounty
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
    if !demand.anyLanguage {
      matches &= demand.language < languages.count ? languages[demand.language].word(word) : 0
    }
    if !demand.anyCounty {
      matches &= wholeState.word(word) | counties[Int(demand.county.index)].word(word)
    }
    var allowed: UInt64 = 0
    if demand.roles.rank(demand.helpType, .agent) != nil { allowed |= kinds[0].word(word) }
    if demand.roles.rank(demand.helpType, .kynector) != nil { allowed |= kinds[1].word(word) }
    return matches & allowed
  }
}

/// R37's order: the smaller is asked first.
struct CandidateRank: Comparable {
  var role: UInt8
  var wholeState: Bool
  var lastGeneralOffer: Instant
  var offersToday: UInt32
  var registeredAt: Instant
  var index: Int

  init(_ index: Int, _ assister: Assister, _ demand: Routing.Demand, today: Int32) {
    role = demand.roles.rank(demand.helpType, assister.kind) ?? .max
    wholeState = assister.counties.isWholeState
    lastGeneralOffer = assister.lastGeneralOffer ?? Instant(microseconds: .min)
    offersToday = assister.dayOfOffers == today ? assister.offersOnDay : 0
    registeredAt = assister.registeredAt
    self.index = index
  }

  static func < (left: CandidateRank, right: CandidateRank) -> Bool {
    if left.role != right.role { return left.role < right.role }
    if left.wholeState != right.wholeState { return right.wholeState }
    if left.lastGeneralOffer != right.lastGeneralOffer {
      return left.lastGeneralOffer < right.lastGeneralOffer
    }
    if left.offersToday != right.offersToday { return left.offersToday < right.offersToday }
    if left.registeredAt != right.registeredAt { return left.registeredAt < right.registeredAt }
    return left.index < right.index
  }
}
