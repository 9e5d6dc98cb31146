import KODEngine
import Testing

@Suite("Routing and availability") struct RoutingTests {
  /// Who gets the first general Offer.
  private func first(
    _ help: String, _ language: String, _ county: String, among lines: [String],
    policy: Policy = .phase15
  ) -> String? {
    var script = Script(policy: policy)
    for line in lines { _ = script.run(line) }
    _ = script.run("10:00 portal submits \(help) \(language) \(county)")
    let offers = script.engine.counts.offers
    return script.engine.offer(OfferID(UInt64(offers))).flatMap { offer in
      offer.kind == .general && offer.offeredAt == Instant(clock: "10:00")
        ? script.engine.principal(offer.assister)?.name : nil
    }
  }

  @Test(
    "R37: role rank by help type comes first",
    arguments: [("application", "kim"), ("plan", "amy"), ("both", "amy")])
  func roles(help: String, expected: String) {
    #expect(
      first(
        help, "en", "21067",
        among: [
          "09:00 amy registers agent en 21067", "09:01 kim registers kynector en 21067",
        ]) == expected)
  }

  @Test("R37 R60: a role that the matrix leaves out is not asked")
  func roleNotAllowed() {
    let policy = Policy.phase15.with {
      $0.roles = Policy.RoleMatrix { help, kind in
        help == .application && kind == .agent ? nil : 1
      }
    }
    let amy = ["09:00 amy registers agent en whole"]
    #expect(first("application", "en", "21067", among: amy, policy: policy) == nil)
    #expect(first("plan", "en", "21067", among: amy, policy: policy) == "amy")
  }

  @Test("R37: the exact county before the whole state, whoever waited longer")
  func county() {
    let lines = [
      "09:00 all registers kynector en whole", "09:01 one registers kynector en 21067",
    ]
    #expect(first("application", "en", "21067", among: lines) == "one")
    #expect(first("application", "en", "21195", among: lines) == "all")
  }

  @Test("R37: language and county must match")
  func mismatch() {
    let lines = ["09:00 ann registers kynector es+ru 21067+21195"]
    #expect(first("application", "en", "21067", among: lines) == nil)
    #expect(first("application", "ru", "21001", among: lines) == nil)
    #expect(first("application", "ru", "21195", among: lines) == "ann")
  }

  @Test("R37: the longest since the last general Offer; never beats long ago")
  func longestWaiting() {
    let lines = [
      "07:00 ann registers kynector en whole", "07:01 bob registers kynector en whole",
      "08:00 portal submits application en 21067", "08:01 ann rejects 1",
      "08:02 portal cancels 1",
    ]
    #expect(first("application", "en", "21067", among: lines) == "ann")
    #expect(
      first(
        "application", "en", "21067",
        among: lines + ["08:05 cid registers kynector en whole"]) == "cid")
  }

  @Test("R37: longest since counts general Offers, and goes before the number of Offers today")
  func longestBeforeFewest() {
    // ann: a general Offer at 06:00 and a mass Offer beside it; bob: a general Offer at 06:05.
    let lines = [
      "05:00 ann registers kynector en+es whole", "05:01 bob registers kynector en whole",
      "06:00 portal submits application es 21067", "06:01 portal submits application es 21067",
      "06:02 portal cancels 1", "06:02 portal cancels 2",
      "06:05 portal submits application en 21067", "06:06 portal cancels 3",
    ]
    #expect(first("application", "en", "21067", among: lines) == "ann")
    #expect(
      first(
        "application", "en", "21067",
        among: lines + ["06:10 portal submits application en 21067", "06:11 portal cancels 4"])
        == "bob")
  }

  @Test("R37: then the fewest Offers today, then registration, then id; days begin at UTC-5")
  func ties() {
    let both = [
      "07:00 ann registers kynector en whole", "07:00 bob registers kynector en whole",
    ]
    #expect(first("application", "en", "21067", among: both) == "ann")
    #expect(
      first(
        "application", "en", "21067",
        among: [
          "07:00 ann registers kynector en 21001", "06:00 bob registers kynector en whole",
        ]) == "bob")
    // ann has had a mass Offer today, bob nothing.
    var script = Script(policy: .oneShot)
    for line in [
      "07:00 cid registers kynector es whole", "07:01 ann registers kynector en+es whole",
      "07:02 bob registers kynector en whole", "07:03 portal submits application es 21067",
      "07:04 cid rejects 1", "07:05 portal cancels 1", "10:00 portal submits application en 21067",
    ] { _ = script.run(line) }
    #expect(script.engine.offer(OfferID(2))?.kind == .mass)
    #expect(name(of: 3, script) == "bob")
    _ = script.run("10:01 portal cancels 2")
    // The next day both start from none; bob had a general Offer since, ann never.
    _ = script.run("34:00 portal submits application en 21067")
    #expect(name(of: 4, script) == "ann")
  }

  private func name(of offer: UInt64, _ script: Script) -> String? {
    script.engine.offer(OfferID(offer)).flatMap { script.engine.principal($0.assister)?.name }
  }

  @Test("R38: mass goes to all eligible, also to who missed it; not to who rejected it")
  func massRecipients() {
    expectTranscript(
      """
      > 09:00 ann registers kynector en whole
      09:00 ann: registration active
      > 09:01 bob registers agent en 21067
      09:01 bob: registration active
      > 09:02 cid registers kynector es whole
      09:02 cid: registration active
      > 09:03 dan registers kynector en 21001
      09:03 dan: registration active
      > 09:04 eve registers kynector en whole
      09:04 eve: registration active
      > 09:05 eve is off
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:15 ann: offer 1 missed, 1 in a row
      10:15 ann: offer 2 of referral 1, mass until 10:30
      10:15 bob: offer 3 of referral 1, mass until 10:30
      10:15 referral 1: mass
      > 10:16 bob rejects 3
      10:16 bob: offer 3 rejected
      > 10:17 bob is off
      > 10:18 bob is on
      > 10:20 eve is on
      10:20 eve: offer 4 of referral 1, mass until 10:30
      > 10:21 eve is off
      10:21 eve: offer 4 released
      > 10:22 eve is following
      10:22 eve: offer 5 of referral 1, mass until 10:30
      > 10:23 eve accepts 5
      10:23 eve: offer 5 accepted
      10:23 ann: offer 2 taken
      10:23 referral 1: assigned to eve
      """)
  }

  @Test("R38: who has room again joins an open mass referral, with what is left of its window")
  func joinersByCapacity() {
    expectTranscript(
      policy: .oneShot,
      """
      > 09:00 ann registers kynector en whole capacity 1
      09:00 ann: registration active
      > 09:01 bob registers agent en whole
      09:01 bob: registration active
      > 09:02 cid registers agent en whole
      09:02 cid: registration active
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 ann accepts 1
      10:01 ann: offer 1 accepted
      10:01 referral 1: assigned to ann
      > 10:02 portal submits application en 21067
      10:02 bob: offer 2 of referral 2, general until 10:17
      10:02 referral 2: general
      > 10:03 bob rejects 2
      10:03 bob: offer 2 rejected
      10:03 cid: offer 3 of referral 2, mass until 10:18
      10:03 referral 2: mass
      > 10:10 ann closes 1 planEnrolled
      10:10 ann: offer 4 of referral 2, mass until 10:18
      10:10 referral 1: closed, planEnrolled
      > 10:18 ann accepts 4
      10:18 cid: offer 3 expired
      10:18 ann: offer 4 expired
      10:18 referral 2: waiting, massExpired
      refused: offerDeadlinePassed
      """)
  }

  @Test("R32: available is registered, switched on or in hours, and with room")
  func available() {
    var script = Script(policy: .phase15)
    func standing() -> StandingView { script.engine.standing(of: PrincipalID(1))! }
    _ = script.run("08:00 ann registers kynector en+es 21067 capacity 1")
    #expect(standing().available && standing().override == .followSchedule)
    #expect(standing().languages == ["en", "es"] && standing().capacity == 1)
    _ = script.run("08:01 ann is off")
    #expect(!standing().available && script.engine.counts.assistersAvailable == 0)
    _ = script.run("08:02 ann is on")
    #expect(standing().available && script.engine.counts.assistersAvailable == 1)
    _ = script.run("08:03 portal submits application es 21067")
    _ = script.run("08:04 ann accepts 1")
    #expect(!standing().available && standing().openAssignments == 1)
    _ = script.run("08:05 ann closes 1 duplicate")
    #expect(standing().available && standing().openAssignments == 0)
  }

  @Test("R36: the policy's capacity holds where the credential sets none, from the change on")
  func capacity() {
    var script = Script(policy: .phase15.with { $0.capacity = 1 })
    for line in [
      "08:00 ann registers kynector en whole", "08:01 portal submits application en 21067",
      "08:02 ann accepts 1", "08:03 portal submits application en 21067",
    ] { _ = script.run(line) }
    #expect(script.engine.referral(ReferralID(2))?.state == .waiting(.noOneAvailable))
    let lines = script.run("08:04 policy phase15")
    #expect(lines.first == "08:04 ann: offer 2 of referral 2, general until 08:19")
  }

  @Test("R30: registering needs an assister's credential and happens once")
  func registration() {
    expectTranscript(
      """
      > 08:00 ann registers kynector en whole
      08:00 ann: registration active
      > 08:01 ann registers agent en whole
      refused: alreadyRegistered
      > 08:02 portal submits both en 21067
      08:02 ann: offer 1 of referral 1, general until 08:17
      08:02 referral 1: general
      > 08:03 portal registers agent en whole
      refused: roleNotAllowed
      > 08:04 portal is on
      refused: notRegistered
      > 08:05 ann submits both en 21067
      refused: roleNotAllowed
      """)
  }
}
