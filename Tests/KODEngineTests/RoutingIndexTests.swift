import TestSupport
import Testing

@testable import KODEngine

/// A few hundred assisters in three counties, so that many are level, many Offers are made in one
/// instant, and the order of the lines changes all the time.
private struct Crowd {
  static let size = 150
  static let languages = ["en", "es", "es-MX", "es-ES", "EN-us", "ru"]

  var engine: Engine
  var random: SeededNumbers
  var now = Instant.midnight + .minutes(600)
  var log: [Event] = []
  var present: Set<Int> = []
  private var submitted: UInt128 = 0

  init(seed: UInt64) {
    engine = Engine(policy: .phase15)
    random = SeededNumbers(state: seed)
    for number in 1...UInt32(Crowd.size + 1) {
      let role: Role = number > Crowd.size ? .intakePartner : .assister
      _ = engine.perform(
        .createPrincipal(
          NewPrincipal(
            name: "p\(number)", role: role, credential: UInt64(number),
            tokenDigest: TokenDigest(high: 1, low: 1))), at: now, log: &log)
    }
    // Most in one instant, in any order of their numbers.
    for number in (1...UInt32(Crowd.size - 20)).shuffled(using: &random) {
      _ = engine.perform(.register(PrincipalID(number), registration()), at: now, log: &log)
    }
    log = []
  }

  mutating func registration() -> Registration {
    let counties = Workload.counties.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    let languages = Crowd.languages.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    return Registration(
      kind: Int.random(in: 0..<4, using: &random) == 0 ? .agent : .kynector,
      languages: languages.isEmpty ? ["en"] : languages, counties: CountySet(counties))
  }

  /// The next command; the events it led to are in `log`.
  mutating func step() {
    log = []
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<9: break
    case 9..<19: now = now + .seconds(.random(in: 1...20, using: &random))
    default: now = now + .minutes(.random(in: 1...400, using: &random))
    }
    let assister = PrincipalID(.random(in: 1...UInt32(Crowd.size), using: &random))
    let command: Command
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<36: command = .submit(PrincipalID(UInt32(Crowd.size + 1)), submission())
    case 36..<46: command = .register(assister, registration())
    case 46..<56:
      let override = [AvailabilityOverride.on, .on, .off].randomElement(using: &random)!
      command = .setAvailability(assister, override)
    case 56..<60: command = .setPolicy(policy())
    case 60..<62: command = .advance
    case 62..<66:
      let number = UInt64.random(in: 0...UInt64(engine.counts.referrals), using: &random)
      command = .cancel(PrincipalID(UInt32(Crowd.size + 1)), ReferralID(number))
    default: command = response()
    }
    _ = engine.perform(command, at: now, log: &log)
    if Bool.random(using: &random) { present.formSymmetricDifference([assister.index]) }
  }

  mutating func newReferral() -> Event {
    let id = ReferralID(UInt64(engine.counts.referrals + 1))
    return .submitted(id, by: PrincipalID(UInt32(Crowd.size + 1)), submission(), at: now)
  }

  private mutating func submission() -> Submission {
    submitted += 1
    return Submission(
      idempotencyKey: submitted, partnerReference: "case",
      helpType: HelpType.allCases.randomElement(using: &random)!,
      language: (Crowd.languages + ["es-mx", "fr", "vi"]).randomElement(using: &random)!,
      county: Workload.counties.randomElement(using: &random)!,
      contact: Contact(name: "Ann", phone: "+15025550100", notes: ""))
  }

  /// To the Offer of somebody who has one.
  private mutating func response() -> Command {
    let open = (1...UInt32(Crowd.size)).filter { !engine.openOffers(of: PrincipalID($0)).isEmpty }
    guard let who = open.randomElement(using: &random).map({ PrincipalID($0) }) else {
      return .advance
    }
    let offer = engine.openOffers(of: who).randomElement(using: &random)!
    switch Int.random(in: 0..<8, using: &random) {
    case 0..<2: return .accept(who, offer)
    case 2: return .offersDelivered([offer])
    default: return .reject(who, offer, reason: "")
    }
  }

  private mutating func policy() -> Policy {
    var policy = Policy.named.sorted { $0.key < $1.key }.randomElement(using: &random)!.value
    policy.capacity = .random(in: 1...3, using: &random)
    if Int.random(in: 0..<3, using: &random) == 0 { policy.languageRelaxation = .inMass }
    if Int.random(in: 0..<3, using: &random) == 0 { policy.massAudience = .anyCounty }
    if Int.random(in: 0..<3, using: &random) == 0 {
      policy.roles = Policy.RoleMatrix { help, kind in
        help == .application && kind == .agent ? nil : help == .plan ? 2 : 1
      }
    }
    return policy
  }
}

@Suite("Routing by index") struct RoutingIndexTests {
  static let seeds: [UInt64] = Array(1...6)

  @Test("R37 R38: whom the indexes find is whom a look at everybody finds", arguments: seeds)
  func agreesWithPlainScan(seed: UInt64) throws {
    var crowd = Crowd(seed: seed)
    var found = 0
    var nobody = 0
    var recipients = 0
    for step in 0..<160 {
      crowd.step()
      // Indexes that grew with the history, and such as were made at once.
      if step % 60 == 59 {
        crowd.engine = try Engine(decodingState: crowd.engine.encodeState().span.bytes)
      }
      for assister in 0..<Crowd.size {
        crowd.engine.routing.setPresent(assister, crowd.present.contains(assister))
      }
      // Half of the time about a new referral, whom nobody was asked about.
      var engine = crowd.engine
      if step % 2 == 0 { engine.apply(crowd.newReferral()) }
      guard let last = engine.referrals.indices.last else { continue }
      let index = step % 2 == 0 ? last : Int.random(in: 0...last, using: &crowd.random)
      let later = [0, 0, 60, 1440].randomElement(using: &crowd.random)!
      let now = crowd.now + .minutes(Int64(later))
      let scan = PlainScan(engine: engine, present: crowd.present)
      let candidate = engine.candidate(index, now)
      #expect(candidate == scan.candidate(index, at: now))
      #expect(
        sessionCandidate(engine, index, now)
          == scan.candidate(index, at: now, requiresSession: true))
      let mass = engine.massRecipients(index)
      #expect(mass == scan.massRecipients(index))
      if candidate == nil { nobody += 1 } else { found += 1 }
      recipients += mass.count
    }
    #expect(found > 40 && nobody > 20 && recipients > 2000)
  }

  private func sessionCandidate(_ engine: Engine, _ index: Int, _ now: Instant) -> Int? {
    let referral = engine.referrals[index]
    var demand = Routing.Demand(general: referral, engine.policies[referral.policy])
    demand.requiresSession = true
    return engine.routing.first(
      demand, at: now, engine.assisters,
      offersToday: { engine.assisters[$0].offersToday(at: now) },
      isExcluded: { engine.wasAsked(referral, $0) })
  }

  @Test("R37: every general Offer goes to the first of a look at everybody", arguments: seeds)
  func offersGoToTheFirst(seed: UInt64) {
    var crowd = Crowd(seed: seed + 100)
    var offers = 0
    for _ in 0..<200 {
      var before = crowd.engine
      crowd.step()
      for event in crowd.log {
        if case .generalOffered(_, let referral, let assister, let at, _, _) = event {
          offers += 1
          let first = PlainScan(engine: before).candidate(referral.index, at: at)
          #expect(first == assister.index)
        }
        before.apply(event)
      }
    }
    #expect(offers > 40)
  }

  @Test("R11 R38: who becomes available joins what looks for such as they are")
  func joiners() {
    let joined = Self.seeds.reduce(0) { $0 + joins(seed: $1 + 200) }
    #expect(joined > 20)
  }

  private func joins(seed: UInt64) -> Int {
    var crowd = Crowd(seed: seed)
    var joined = 0
    for _ in 0..<120 {
      var twin = crowd.engine
      crowd.step()
      for event in crowd.log {
        let (known, before) = (twin.agenda.joiners.elements, twin)
        twin.apply(event)
        let arrived = twin.assisters.indices.filter {
          twin.isAvailable($0) && !before.isAvailable($0)
        }
        guard !arrived.isEmpty else { continue }
        let scan = PlainScan(engine: twin)
        let expected = arrived.flatMap { assister in
          scan.joinable(by: assister).map { Agenda.Joiner(referral: $0, assister: assister) }
        }
        let new = twin.agenda.joiners.elements.filter { !known.contains($0) }
        #expect(new == expected.filter { !known.contains($0) }.sorted())
        joined += expected.count
      }
    }
    return joined
  }

  @Test("R60: where a session is required, nobody without one is asked, in general or in mass")
  func sessions() {
    var script = Script(policy: .phase15)
    for line in [
      "09:00 ann registers kynector en whole", "09:01 bob registers kynector en 21067",
      "09:02 cid registers agent en whole", "09:10 ann is off", "09:10 bob is off",
      "09:10 cid is off", "09:15 portal submits application en 21067", "09:16 ann is on",
      "09:17 portal cancels 1", "09:20 bob is on", "09:20 cid is on",
    ] { _ = script.run(line) }
    var engine = script.engine
    let ids = ["ann", "bob", "cid"].map { engine.principal(named: $0)!.id.index }
    var demand = Routing.Demand(general: engine.referrals[0], engine.policy)
    func first(_ excluded: Set<Int> = []) -> Int? {
      engine.routing.first(
        demand, at: .midnight + .minutes(600), engine.assisters,
        offersToday: { _ in OffersToday(count: 0, until: .distantFuture) },
        isExcluded: { excluded.contains($0) })
    }
    func all() -> [Int] {
      var all: [Int] = []
      engine.routing.forEachMatch(demand) { all.append($0) }
      return all
    }
    #expect(first() == ids[1] && all() == ids.sorted())
    demand.requiresSession = true
    #expect(first() == nil && all() == [])
    engine.routing.setPresent(ids[2], true)
    engine.routing.setPresent(ids[0], true)
    #expect(first() == ids[0] && first([ids[0]]) == ids[2] && all() == [ids[0], ids[2]].sorted())
    engine.routing.setAvailable(ids[0], false)
    engine.routing.setPresent(ids[0], false)
    engine.routing.setPresent(ids[1], true)
    #expect(first() == ids[1] && first([ids[1]]) == ids[2])
    engine.routing.setAvailable(ids[0], true)
    engine.routing.setPresent(ids[1], false)
    #expect(first() == ids[2] && all() == [ids[2]])
    demand.requiresSession = false
    #expect(first() == ids[1] && first([ids[1]]) == ids[0])
  }
}
