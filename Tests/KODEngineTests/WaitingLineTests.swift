import TestSupport
import Testing

@testable import KODEngine

/// Rows and the index over them, without an engine: long lines with many who are level.
private struct Rows {
  static let size = 330

  var routing = Routing()
  var languages = Interner()
  var assisters = [Assister](repeating: Assister(), count: size)
  var present = Set<Int>()
  var available = Set<Int>()
  var random: SeededNumbers
  var now = Instant.midnight

  init(seed: UInt64) {
    random = SeededNumbers(state: seed)
    for tag in ["en", "es", "es-MX"] {
      _ = languages.intern(tag)
      routing.addLanguage(matching: languages.matches(of: tag))
    }
  }

  mutating func demand() -> Routing.Demand {
    var policy = Policy()
    if Bool.random(using: &random) { policy.roles = Policy.RoleMatrix { _, _ in 1 } }
    var demand = Routing.Demand(
      general: Referral(
        partner: PrincipalID(1), idempotencyKey: 0, partnerReference: "",
        helpType: .application, language: .random(in: 0..<3, using: &random),
        county: Workload.counties[0], contact: Contact(name: "", phone: "", notes: ""), policy: 0,
        submittedAt: now, changedAt: now), policy)
    demand.requiresSession = Int.random(in: 0..<4, using: &random) == 0
    return demand
  }

  mutating func register(_ index: Int) {
    let kind: AssisterKind = Int.random(in: 0..<5, using: &random) == 0 ? .agent : .kynector
    let languages: [UInt16] = [[0], [0], [1], [2], [0, 1]].randomElement(using: &random)!
    let isWholeState = Int.random(in: 0..<3, using: &random) == 0
    register(index, kind, languages, isWholeState: isWholeState)
  }

  mutating func register(
    _ index: Int, _ kind: AssisterKind, _ languages: [UInt16], isWholeState: Bool
  ) {
    routing.remove(index)
    assisters[index].registration = .active
    assisters[index].registeredAt = now
    assisters[index].kind = kind
    assisters[index].languages = languages
    assisters[index].counties = CountySet(isWholeState ? [] : Workload.counties)
    routing.insert(index, assisters[index])
    setAvailable(index, true)
  }

  mutating func setAvailable(_ index: Int, _ isAvailable: Bool) {
    if isAvailable { available.insert(index) } else { available.remove(index) }
    routing.setAvailable(index, isAvailable)
  }

  mutating func setPresent(_ index: Int, _ isPresent: Bool) {
    if isPresent { present.insert(index) } else { present.remove(index) }
    routing.setPresent(index, isPresent)
  }

  /// As the engine does it, with the next step of the same assister's last Offer.
  mutating func offer(_ index: Int, _ demand: Routing.Demand) {
    learn(from: index, demand)
    assisters[index].countOffer(at: now)
    assisters[index].lastGeneralOffer = now
    assisters[index].openGeneralOffer = OfferID(1)
    routing.openGeneralOffer(index, at: now)
  }

  mutating func endOffer(_ index: Int) {
    assisters[index].openGeneralOffer = nil
    routing.closeGeneralOffer(index)
  }

  mutating func learn(from index: Int, _ demand: Routing.Demand) {
    routing.learn(from: index, demand, at: now) { [assisters, now] in
      assisters[$0].offersToday(at: now)
    }
  }

  func first(_ demand: Routing.Demand, at now: Instant, excluding: Set<Int>) -> Int? {
    routing.first(
      demand, at: now, assisters, offersToday: { assisters[$0].offersToday(at: now) },
      isExcluded: { excluding.contains($0) })
  }

  func scan(_ demand: Routing.Demand, at now: Instant, excluding: Set<Int>) -> Int? {
    let speakers = [[0], [1, 2], [1, 2]][demand.language]
    let ranks = assisters.indices.filter { index in
      let assister = assisters[index]
      return available.contains(index) && assister.openGeneralOffer == nil
        && !excluding.contains(index)
        && assister.languages.contains { speakers.contains(Int($0)) }
        && (!demand.requiresSession || present.contains(index))
    }.map {
      CandidateRank(
        $0, assisters[$0], demand, offersToday: assisters[$0].offersToday(at: now).count)
    }
    return ranks.min()?.index
  }
}

@Suite("Waiting lines") struct WaitingLineTests {
  /// With general Offers seldom, so that most never had one; often; and mostly in one instant.
  @Test(
    "R37: Offers today decide among those who are level, whatever happened since",
    arguments: [(1, 30, 60), (2, 3, 60), (3, 2, 8), (4, 12, 30)] as [(UInt64, Int, Int)])
  func agreesWithScan(seed: UInt64, offersOneIn: Int, timePassesIn60: Int) {
    var rows = Rows(seed: seed)
    for index in (0..<Rows.size - 50).shuffled(using: &rows.random) { rows.register(index) }
    var differing = 0
    var decidedByOffersToday = 0
    for _ in 0..<700 {
      step(&rows, timePassesIn60)
      let demand = rows.demand()
      var excluded: Set<Int> = []
      let later = [0, 0, 0, 600].randomElement(using: &rows.random)!
      let then = rows.now + .minutes(Int64(later))
      for _ in 0..<Int.random(in: 1...3, using: &rows.random) {
        let expected = rows.scan(demand, at: then, excluding: excluded)
        let found = rows.first(demand, at: then, excluding: excluded)
        if found != expected { differing += 1 }
        guard let expected else { break }
        if rows.assisters[expected].offersToday(at: then).count > 0 { decidedByOffersToday += 1 }
        excluded.insert(expected)
      }
      if let first = rows.scan(demand, at: rows.now, excluding: []),
        Int.random(in: 0..<offersOneIn, using: &rows.random) == 0
      {
        rows.offer(first, demand)
        if Bool.random(using: &rows.random) { rows.endOffer(first) }
      } else if let first = rows.scan(demand, at: rows.now, excluding: []) {
        // What is learnt may be learnt without an Offer; it must not change who comes next.
        rows.learn(from: first, demand)
      }
    }
    #expect(differing == 0)
    #expect(decidedByOffersToday > 100)
  }

  @Test("R37: one who comes between others of the same instant leaves nobody overlooked")
  func insertion() {
    var rows = Rows(seed: 9)
    for index in 1..<200 { rows.register(index, .kynector, [0], isWholeState: true) }
    for index in 0..<200 {
      for _ in 0..<(index == 64 ? 3 : 5) { rows.assisters[index].countOffer(at: rows.now) }
    }
    var demand = rows.demand()
    demand.language = 0
    demand.requiresSession = false
    func first() -> Int? {
      rows.first(demand, at: rows.now, excluding: [])
    }
    #expect(first() == 64)
    rows.learn(from: 64, demand)
    rows.register(0, .kynector, [0], isWholeState: true)
    #expect(first() == 64)
    rows.offer(64, demand)
    #expect(first() == 0)
    rows.setAvailable(0, false)
    #expect(first() == 1)
  }

  @Test("R37: what was learnt of Offers today ends with the day, with and without an Offer between")
  func midnight() {
    var rows = Rows(seed: 9)
    for index in 0..<200 { rows.register(index, .kynector, [0], isWholeState: true) }
    for index in 0..<200 {
      for _ in 0..<(index < 64 ? 2 : 5) { rows.assisters[index].countOffer(at: rows.now) }
    }
    var demand = rows.demand()
    demand.language = 0
    demand.requiresSession = false
    rows.learn(from: 0, demand)
    rows.now = rows.now + .minutes(1440)
    for index in 0..<64 { rows.assisters[index].countOffer(at: rows.now) }
    func first() -> Int? {
      rows.first(demand, at: rows.now, excluding: [])
    }
    #expect(first() == 64)
    for index in 64..<190 { rows.assisters[index].countOffer(at: rows.now) }
    rows.learn(from: 0, demand)
    #expect(first() == 190)
  }

  private func step(_ rows: inout Rows, _ timePassesIn60: Int) {
    if Int.random(in: 0..<60, using: &rows.random) < timePassesIn60 {
      rows.now = rows.now + .seconds(.random(in: 1...300, using: &rows.random))
    }
    let index = Int.random(in: 0..<Rows.size, using: &rows.random)
    switch Int.random(in: 0..<12, using: &rows.random) {
    case 0: rows.register(index)
    case 1..<4:
      guard rows.assisters[index].registration == .active else { return }
      rows.setAvailable(index, Bool.random(using: &rows.random))
    case 4..<6: rows.setPresent(index, Bool.random(using: &rows.random))
    case 6..<9:
      // A mass opening, to nearly all or to few.
      let reached = [2, 30, 60].randomElement(using: &rows.random)!
      for other in rows.assisters.indices
      where Int.random(in: 0..<61, using: &rows.random) < reached {
        rows.assisters[other].countOffer(at: rows.now)
      }
    default:
      for other in rows.assisters.indices where rows.assisters[other].openGeneralOffer != nil {
        if Bool.random(using: &rows.random) { rows.endOffer(other) }
      }
    }
  }
}

extension Assister {
  fileprivate mutating func countOffer(at now: Instant) {
    countOffer(at: now, dayEnds: .startOfProgramDay(now.programDay + 1))
  }
}
