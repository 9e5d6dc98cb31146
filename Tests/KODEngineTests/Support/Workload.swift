import KODEngine
import TestSupport

/// A seeded mixture of everything that can happen, likely and unlikely, valid and not.
struct Workload {
  var random: SeededNumbers
  var now = Instant.midnight + .minutes(600)
  private var created = 0
  private var issued: UInt64 = 0

  static let languages = ["en", "es", "ru"]
  static let counties = [County(fips: 21067)!, County(fips: 21111)!, County(fips: 21195)!]
  static let assisters = 9
  static let partners = 2
  /// After the partners.
  static let supervisor = PrincipalID(UInt32(assisters + partners + 1))
  static let notifier = PrincipalID(UInt32(assisters + partners + 2))

  init(seed: UInt64) { random = SeededNumbers(state: seed) }

  /// Performs the next command and returns it with its result and instant.
  @discardableResult
  mutating func step(
    _ engine: inout Engine, _ log: inout [Event]
  ) -> (Command, Result<Decision.Subject, Rejection>) {
    let command = next(engine)
    return (command, engine.perform(command, at: now, log: &log))
  }

  mutating func next(_ engine: Engine) -> Command {
    if created < Workload.assisters + Workload.partners + 2 { return create() }
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<3: break
    case 3..<9:
      now = now + Instant.Interval(microseconds: .random(in: 1...90_000_000, using: &random))
    case 9: now = engine.nextDeadline.map { max(now, $0) } ?? now
    case 10:
      now = engine.nextDeadline.map { max(now, $0 + Instant.Interval(microseconds: -1)) } ?? now
    default:
      now = now + Instant.Interval(microseconds: .random(in: 1...900_000_000, using: &random))
    }
    let assister = PrincipalID(.random(in: 1...UInt32(Workload.assisters), using: &random))
    if Int.random(in: 0..<5, using: &random) == 0 { return nextAboutAssisters(assister, engine) }
    let choice = Int.random(in: 0..<140, using: &random)
    switch choice {
    case 130...: return issue()
    case 100...: return work(choice, of: assister, engine)
    case 0..<8: return .register(assister, registration())
    case 8..<28: return .submit(partner(), submission())
    case 28..<52: return .accept(assister, offer(of: assister, engine))
    case 52..<64: return .reject(assister, offer(of: assister, engine), reason: "busy")
    case 64..<72:
      let outcome = Outcome.allCases.randomElement(using: &random)!
      return .close(assister, referral(of: assister, engine), outcome)
    case 72..<75:
      let who = Bool.random(using: &random) ? partner() : Workload.supervisor
      return .cancel(who, anyReferral(engine))
    case 75..<83:
      let override = [AvailabilityOverride.on, .off, .followSchedule].randomElement(using: &random)!
      return .setAvailability(assister, override)
    case 83..<93:
      let open = (1...UInt32(Workload.assisters)).flatMap { engine.openOffers(of: PrincipalID($0)) }
      return .offersDelivered(open)
    case 93: return .serverStarted
    case 94: return .setPolicy(policy())
    default: return .advance
    }
  }

  /// What is done with accepted work, and by hand.
  private mutating func work(
    _ choice: Int, of assister: PrincipalID, _ engine: Engine
  ) -> Command {
    let supervisor = PrincipalID(UInt32(Workload.assisters + Workload.partners + 1))
    let reason = ["ill", "wrong zone", ""].randomElement(using: &random)!
    switch choice {
    case ..<109:
      let result = AttemptResult.allCases.randomElement(using: &random)!
      return .logAttempt(assister, referral(of: assister, engine), result)
    case ..<112: return .release(assister, referral(of: assister, engine), reason: reason)
    case ..<114: return .takeBack(supervisor, referral(of: assister, engine), reason: reason)
    case ..<119: return .rerun(supervisor, waiting(engine), reason: reason)
    case ..<123:
      let anybody = PrincipalID(.random(in: 1...UInt32(created + 1), using: &random))
      return .assign(supervisor, waiting(engine), to: anybody, reason: reason)
    case ..<125: return .giveUp(supervisor, waiting(engine), reason: reason)
    case ..<126: return .giveUp(assister, waiting(engine), reason: reason)
    default: return .saveNote(assister, anyReferral(engine), reason)
    }
  }

  /// Mostly one that waits.
  private mutating func waiting(_ engine: Engine) -> ReferralID {
    let waiting = engine.queue(.waiting, limit: 20)
    if let one = waiting.randomElement(using: &random), Int.random(in: 0..<8, using: &random) > 0 {
      return one
    }
    return anyReferral(engine)
  }

  private mutating func create() -> Command {
    created += 1
    let role: Role =
      created <= Workload.assisters
      ? .assister
      : created <= Workload.assisters + Workload.partners
        ? .intakePartner : created == Workload.notifier.number ? .notifier : .supervisor
    return .createPrincipal(
      NewPrincipal(
        name: "p\(created)", role: role, credential: UInt64(created),
        tokenDigest: TokenDigest(high: UInt128(created), low: 1),
        capacity: created % 3 == 0 ? 1 : nil,
        credentialExpiresAt: created % 4 == 0 ? now + .minutes(Int64(created) * 10) : nil))
  }

  /// Mostly to one of two, so that they come to the limit; now and then to nobody, or a number that
  /// is taken.
  private mutating func issue() -> Command {
    if Int.random(in: 0..<8, using: &random) > 0 { issued += 1 }
    let anybody = UInt32.random(in: 0...UInt32(created + 1), using: &random)
    let principal = Bool.random(using: &random) ? anybody : .random(in: 1...2, using: &random)
    let lifetime = Int64.random(in: -60...20_000, using: &random)
    return .issueCredential(
      PrincipalID(principal),
      NewCredential(
        number: 1_000 + issued, tokenDigest: TokenDigest(high: 7, low: UInt128(issued)),
        expiresAt: lifetime % 5 == 0 ? nil : now + .seconds(lifetime)))
  }

  private mutating func partner() -> PrincipalID {
    PrincipalID(UInt32(Workload.assisters + .random(in: 1...Workload.partners, using: &random)))
  }

  mutating func registration() -> Registration {
    let languages = Workload.languages.filter { _ in Bool.random(using: &random) }
    let counties = Workload.counties.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    return Registration(
      kind: Bool.random(using: &random) ? .agent : .kynector,
      languages: languages.isEmpty ? ["en"] : languages, counties: CountySet(counties))
  }

  private mutating func submission() -> Submission {
    Submission(
      idempotencyKey: .random(in: 0...400, using: &random), partnerReference: "case",
      helpType: HelpType.allCases.randomElement(using: &random)!,
      language: Workload.languages.randomElement(using: &random)!,
      county: Workload.counties.randomElement(using: &random)!,
      contact: Contact(name: "Zoë", phone: "+15025550100", notes: "after five"))
  }

  /// Mostly an open one of the assister's own.
  private mutating func offer(of assister: PrincipalID, _ engine: Engine) -> OfferID {
    let open = engine.openOffers(of: assister)
    if let own = open.randomElement(using: &random), Int.random(in: 0..<8, using: &random) > 0 {
      return own
    }
    return OfferID(.random(in: 0...UInt64(engine.counts.offers + 1), using: &random))
  }

  private mutating func referral(of assister: PrincipalID, _ engine: Engine) -> ReferralID {
    engine.openAssignments(of: assister).randomElement(using: &random) ?? anyReferral(engine)
  }

  private mutating func anyReferral(_ engine: Engine) -> ReferralID {
    ReferralID(.random(in: 0...UInt64(engine.counts.referrals + 1), using: &random))
  }

  private mutating func policy() -> Policy {
    var policy = Policy.named.sorted { $0.key < $1.key }.randomElement(using: &random)!.value
    policy.capacity = .random(in: 1...4, using: &random)
    policy.maxGeneralOffers = .random(in: 0...3, using: &random)
    policy.offerRequiresSession = Int.random(in: 0..<9, using: &random) == 0
    policy.reregistration = Bool.random(using: &random) ? .allowed : .staffOnly
    policy.rejectIsResponse = Bool.random(using: &random)
    policy.massWindow = .seconds(.random(in: 60...900, using: &random))
    policy.offerWindow = .seconds(.random(in: 60...900, using: &random))
    policy.callbackPromise = .seconds(.random(in: 0...1800, using: &random))
    policy.callbackGrace = .seconds(.random(in: 0...600, using: &random))
    policy.reclaim = .seconds(.random(in: 0...900, using: &random))
    policy.unreachableAttempts = .random(in: 0...2, using: &random)
    policy.unreachableSpacing = .seconds(.random(in: 0...300, using: &random))
    policy.secondCallbackReminder = .seconds(.random(in: 0...200, using: &random))
    policy.firstCallbackReminder = .seconds(.random(in: 201...400, using: &random))
    return policy
  }
}
