import KODEngine

/// SplitMix64: the same population and the same requests in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// Assisters and requests in a mixture like a state's: a few big counties, mostly English.
struct Population {
  private var random: SeededGenerator
  private var requests: UInt64 = 0

  /// The rarer languages, each spoken by about one in 150.
  private static let rare = ["ar", "fr", "ne", "rw", "so", "sw", "vi", "zh"]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// One county in eight gets half of everything.
  private mutating func county() -> County {
    let index = Int.random(in: 0..<120, using: &random)
    let chosen = Bool.random(using: &random) ? index / 8 : index
    return County(fips: 21001 + 2 * UInt32(chosen))!
  }

  mutating func registration() -> Registration {
    var languages = Int.random(in: 0..<25, using: &random) == 0 ? ["es"] : ["en"]
    if Int.random(in: 0..<12, using: &random) == 0, languages == ["en"] { languages.append("es") }
    if Int.random(in: 0..<16, using: &random) == 0 {
      languages.append(Population.rare.randomElement(using: &random)!)
    }
    let isWholeState = Int.random(in: 0..<10, using: &random) < 2
    let counties = isWholeState ? 0 : Int.random(in: 1...6, using: &random)
    return Registration(
      kind: Int.random(in: 0..<5, using: &random) < 3 ? .kynector : .agent, languages: languages,
      counties: CountySet((0..<counties).map { _ in county() }))
  }

  mutating func submission(language: String? = nil) -> Submission {
    requests += 1
    let spoken: String
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<90: spoken = "en"
    case 90..<97: spoken = "es"
    default: spoken = Population.rare.randomElement(using: &random)!
    }
    return Submission(
      idempotencyKey: UInt128(requests), partnerReference: "KYN-\(10_000_000 + requests)",
      helpType: HelpType.allCases.randomElement(using: &random)!, language: language ?? spoken,
      county: county(),
      contact: Contact(
        name: "Resident \(requests)", phone: "+1502\(5_000_000 + requests)",
        notes: "Please call after five; the child's coverage ended."))
  }
}

/// An engine with a registered population, and the clock and the log that go with it.
struct Bench {
  var engine: Engine
  var population: Population
  var now = Instant(microseconds: 1_795_446_000_000_000)
  var log: [Event] = []
  let partner: PrincipalID
  let assisters: Int
  private var pushes: [Push] = []

  init(assisters: Int, policy: Policy = .phase15, seed: UInt64 = 1) {
    engine = Engine(policy: policy)
    population = Population(seed: seed)
    partner = PrincipalID(UInt32(assisters + 1))
    self.assisters = assisters
    for number in 1...UInt32(assisters + 1) {
      perform(
        .createPrincipal(
          NewPrincipal(
            name: "p\(number)", role: number > assisters ? .intakePartner : .assister,
            credential: UInt64(number), tokenDigest: TokenDigest(high: UInt128(number), low: 0))))
    }
    for number in 1...UInt32(assisters) {
      pass(1000)
      perform(.register(PrincipalID(number), population.registration()))
    }
  }

  mutating func pass(_ microseconds: Int64) {
    now = now + Instant.Interval(microseconds: microseconds)
  }

  /// The result; the events stay in `log` until the next command.
  @discardableResult
  mutating func perform(_ command: Command) -> Result<Decision.Subject, Rejection> {
    log.removeAll(keepingCapacity: true)
    let result = engine.perform(command, at: now, log: &log)
    engine.takePushes(into: &pushes)
    return result
  }

  /// The general Offer that the last command led to.
  var generalOffer: (offer: OfferID, assister: PrincipalID)? {
    for case .generalOffered(let offer, _, let assister, _, _, _) in log {
      return (offer, assister)
    }
    return nil
  }

  /// Recipients of the mass opening that the last command led to.
  var massRecipients: Int {
    for case .massOpened(_, _, let recipients, _, _) in log { return recipients.count }
    return 0
  }

  var logBytes: Int {
    var bytes: [UInt8] = []
    for event in log { event.encode(to: &bytes) }
    return bytes.count
  }
}
