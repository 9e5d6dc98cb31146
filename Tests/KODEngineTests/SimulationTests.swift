import KODEngine
import Testing

@Suite("Simulation of a policy") struct SimulationTests {
  /// A never answers, B never answers, C accepts after a minute and calls at once: under phase15.
  static let silent = """
    09:00 ann registers kynector en whole
    09:01 ben registers kynector en whole
    09:02 cat registers kynector en whole
    09:03 cat is off
    09:04 cat is back
    10:00 portal submits application en 21067
    10:16 cat accepts 4
    10:16 cat calls 1 reached
    10:30 cat closes 1 questionAnswered
    11:40 time
    """
  /// A rejects at 2, B never answers, C accepts after a minute.
  static let rejected = """
    09:00 ann registers kynector en whole
    09:01 ben registers kynector en whole
    09:02 cat registers kynector en whole
    10:00 portal submits application en 21067
    10:02 ann rejects 1
    10:16 cat accepts 3
    10:16 cat calls 1 reached
    10:30 cat closes 1 questionAnswered
    11:40 time
    """

  static func report(
    _ engine: Engine, _ alternative: Policy, from: Instant = Instant("09:30"),
    to: Instant = Instant("24:00"),
    now: Instant = Instant("24:00"), budget: Int = 3
  ) throws -> SimulationReport {
    var extraction = try #require(SimulationExtraction(from: from, to: to, now: now, in: engine))
    while !extraction.step(in: engine, budget: budget) {}
    var simulation = PolicySimulation(try #require(extraction.result), alternative: alternative)
    var done: UInt64 = 0
    while !simulation.step(requests: 1) {
      #expect(
        simulation.progress.done >= done && simulation.progress.done <= simulation.progress.total)
      done = simulation.progress.done
    }
    #expect(simulation.progress.done == simulation.progress.total)
    return try #require(simulation.result)
  }

  @Test(
    "R61: the table of the presets comes out, minute by minute",
    arguments: [
      ("phase15", 16, 16, true), ("serial", 31, 18, false), ("lapse_to_mass", 16, 18, true),
      ("one_shot", 16, 3, true),
    ])
  func table(preset: String, silent: UInt32, rejected: UInt32, promise: Bool) throws {
    let policy = Policy.named[preset]!
    let first = try SimulationTests.report(history(SimulationTests.silent), policy)
    #expect(first.alternative.acceptMedian == silent * 60_000)
    #expect(first.alternative.calledInPromise == (promise ? 1 : 0))
    #expect(first.alternative.wentToMass == (preset == "serial" ? 0 : 1))
    #expect(first.recorded.acceptMedian == 16 * 60_000 && first.baseline == first.recorded)
    #expect(first.baselinePolicy == .phase15 && first.alternativePolicy == policy)

    let second = try SimulationTests.report(history(SimulationTests.rejected), policy)
    #expect(second.alternative.acceptMedian == rejected * 60_000)
    #expect(second.recorded.acceptMedian == 16 * 60_000 && second.baseline == second.recorded)
    #expect(second.alternative.accepted == 1 && second.alternative.neverAccepted == 0)
  }

  @Test("R61: every figure of the silent history under serial, by hand")
  func figures() throws {
    let report = try SimulationTests.report(history(SimulationTests.silent), .serial)
    var recorded = SimulationFigures()
    recorded.requests = 1
    recorded.calledInPromise = 1
    recorded.wentToMass = 1
    recorded.misses = 1
    recorded.accepted = 1
    recorded.generalOffers = 1
    recorded.massOffers = 3
    recorded.acceptMedian = 960_000
    recorded.acceptP90 = 960_000
    #expect(report.recorded == recorded)
    var serial = recorded
    serial.calledInPromise = 0
    serial.wentToMass = 0
    serial.misses = 2
    serial.generalOffers = 3
    serial.massOffers = 0
    serial.acceptMedian = 1_860_000
    serial.acceptP90 = 1_860_000
    #expect(report.alternative == serial)
  }

  @Test("R31 R61: de-registrations are counted, and follow from the replay")
  func deregistrations() throws {
    let engine = history(
      """
      09:00 ann registers kynector en whole
      10:00 portal submits application en 21067
      11:00 portal submits application en 21067
      12:00 portal submits application en 21067
      13:00 portal submits application en 21067
      14:00 time
      """)
    let forgiving = Policy.phase15.with { $0.missesToDeregister = 0 }
    let report = try SimulationTests.report(engine, forgiving)
    #expect(report.recorded.deregistrations == 1 && report.recorded.misses == 3)
    #expect(report.baseline == report.recorded)
    // Nobody de-registers her now: she misses the fourth, too.
    #expect(report.alternative.deregistrations == 0 && report.alternative.misses == 4)
    let strict = Policy.phase15.with { $0.missesToDeregister = 1 }
    let other = try SimulationTests.report(engine, strict)
    #expect(other.alternative.deregistrations == 1 && other.alternative.misses == 1)
  }

  @Test("R22 R65: an Offer that reached its assister by notice alone reaches it in the replay")
  func reachedByNotice() throws {
    var script = Script(policy: .phase15)
    let notifier = script.person("postman", .notifier)
    let ann = script.person("ann")
    let contact = PreferredContact(phone: "+15025550100")
    _ = script.act("09:00", .saveProfile(ann, .complete(.day(), contact: contact)))
    _ = script.run("09:01 ann leaves")
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act(
      "10:01", .acknowledgeNotice(notifier, NoticeID(OfferID(1), attempt: 1), .sent))
    _ = script.run("11:00 portal submits application en 21067")
    _ = script.run("12:00 time")
    let report = try SimulationTests.report(script.engine, .phase15, now: Instant("12:00"))
    // Of the second nobody told her.
    #expect(report.recorded.misses == 1 && report.recorded.generalOffers == 2)
    #expect(report.baseline == report.recorded && report.alternative == report.recorded)
  }

  @Test("An assister who has no Offer of the referral takes it as one of its own recorded ones")
  func drawn() throws {
    // Ann answers after two minutes, always; under one_shot she sees what she never saw.
    let engine = history(
      """
      09:00 ben registers kynector en 21067
      09:01 ann registers kynector en whole
      10:00 portal submits application en 21111
      10:02 ann accepts 1
      10:03 ann calls 1 reached
      10:10 ann closes 1 questionAnswered
      11:00 portal submits application en 21067
      11:10 ben accepts 2
      11:11 ben calls 2 reached
      11:20 ben closes 2 questionAnswered
      11:40 time
      """)
    let wide = Policy.phase15.with {
      $0.roles = Policy.RoleMatrix { _, kind in kind == .kynector ? 1 : nil }
      $0.offerWindow = .minutes(5)
    }
    let report = try SimulationTests.report(engine, wide)
    // Ben's ten minutes are too late now; Ann, next in line, has two.
    #expect(report.baseline == report.recorded)
    #expect(report.alternative.accepted == 2 && report.alternative.misses == 1)
    #expect(report.alternative.acceptP90 == 7 * 60_000)
  }

  @Test("Availability is as recorded: who was away then is away in the replay (R26 R61)")
  func availability() throws {
    let engine = history(
      """
      09:00 ann registers kynector en whole
      09:01 ben registers kynector en whole
      10:00 portal submits application en 21067
      10:05 ann is off
      10:07 ben accepts 2
      10:08 ben calls 1 reached
      10:20 ben closes 1 questionAnswered
      10:40 ann is back
      12:00 time
      """)
    let report = try SimulationTests.report(engine, .serial)
    #expect(report.recorded.acceptMedian == 7 * 60_000 && report.baseline == report.recorded)
    #expect(report.alternative == report.recorded)
  }

  @Test("Requests cancelled in the record are cancelled in the replay, in the same instant (R17)")
  func cancelled() throws {
    let engine = history(
      """
      09:00 ann registers kynector en whole
      10:00 portal submits application en 21067
      10:03 portal cancels 1
      12:00 time
      """)
    let report = try SimulationTests.report(engine, .serial)
    #expect(report.recorded.neverAccepted == 1 && report.recorded.misses == 0)
    #expect(report.baseline == report.recorded && report.alternative == report.recorded)
  }

  @Test("A simulation comes out the same every time, in slices of any size", arguments: [3, 8])
  func deterministic(seed: UInt64) throws {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var workload = Workload(seed: seed)
    for _ in 0..<1500 { workload.step(&engine, &log) }
    let from = Instant.midnight
    let to = workload.now
    let one = try SimulationTests.report(engine, .oneShot, from: from, to: to, now: to, budget: 1)
    let other = try SimulationTests.report(
      engine, .oneShot, from: from, to: to, now: to, budget: 10_000)
    #expect(one == other)
    #expect(one.recorded.requests == UInt64(engine.counts.referrals))
    #expect(one.alternative.requests == one.recorded.requests)
    #expect(one.baseline.generalOffers > 20 && one.alternative.massOffers > 20)
  }

  @Test("More than the documented limits is refused before anything is read")
  func limits() {
    var engine = Engine(policy: .phase15)
    let at = Instant("10:00")
    engine.apply(
      .principalCreated(
        PrincipalID(1),
        NewPrincipal(
          name: "portal", role: .intakePartner, credential: 1,
          tokenDigest: TokenDigest(high: 0, low: 0)), at: at))
    for number in 1...UInt64(SimulationLimits.requests + 1) {
      let submission = Submission(
        idempotencyKey: UInt128(number), partnerReference: "case", helpType: .plan, language: "en",
        county: County("21067"), contact: Contact(name: "", phone: "", notes: ""))
      engine.apply(.submitted(ReferralID(number), by: PrincipalID(1), submission, at: at))
    }
    #expect(SimulationExtraction(from: at, to: Instant("10:01"), now: at, in: engine) == nil)
    #expect(
      SimulationExtraction(from: Instant("10:01"), to: Instant("10:02"), now: at, in: engine) != nil
    )
  }
}
