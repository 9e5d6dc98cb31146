import KODEngine
import Testing

/// Two rules at once: what neither rule's own tests reach.
@Suite("Rules that meet") struct InterplayTests {
  // MARK: Who comes when the mass window is over

  @Test("R10 R11 R29: a shift that begins in the instant in which mass ends is asked all the same")
  func shiftAtTheEndOfMass() {
    var script = Script(policy: .oneShot)
    _ = script.registered("ann")
    _ = script.registered("bob")
    _ = script.registered("cid", .day(turns: ["10:16"]))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:01 ann rejects 1")
    #expect(
      script.run("10:16 time passes") == [
        "10:16 bob: offer 2 expired", "10:16 bob: offer 3 of referral 1, mass until 10:31",
        "10:16 cid: offer 4 of referral 1, mass until 10:31",
      ])
    // It waited in between, if only for that instant (R10).
    let causes = script.log.compactMap { event -> WaitingCause? in
      if case .waiting(_, let cause, _) = event { cause } else { nil }
    }
    #expect(causes == [.massExpired])
  }

  @Test("R10 R11: who came while a general Offer outlasted the mass window is asked after it")
  func cameAfterMass() {
    expectTranscript(
      policy: .phase15.with {
        $0.generalPhase = .minutes(5)
        $0.massWindow = .minutes(5)
      },
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:05 referral 1: mass
      > 10:12 ben registers kynector en whole
      10:12 ben: registration active
      > 10:13 alice rejects 1
      10:13 alice: offer 1 rejected
      10:13 sam: referral 1 waits, massExpired
      10:13 ben: offer 2 of referral 1, mass until 10:18
      """)
  }

  @Test("R11 R23: who came to work while the server was down is asked about what expired meanwhile")
  func downtimeOverMassAndShift() {
    var script = Script(policy: .oneShot)
    _ = script.registered("ann")
    _ = script.registered("bob")
    let cid = script.registered("cid", .day(turns: ["11:00", "12:00", "13:00"]))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:01 ann rejects 1")
    // Mass ended at 10:16; cid came, left for lunch and is back.
    let lines = script.run("13:30 server starts")
    #expect(lines.contains("10:16 bob: offer 2 expired"))
    #expect(lines.contains("13:30 cid: offer 4 of referral 1, mass until 13:45"))
    #expect(script.engine.openOffers(of: cid) == [OfferID(4)])
  }

  // MARK: The desk

  @Test("R12 R28: an assignment is repeated only by naming the same assister again")
  func assignedOnce() {
    var script = DeskTests.waiting()
    _ = script.run("10:01 ann registers kynector es whole")
    _ = script.run("10:01 bob registers kynector es whole")
    _ = script.run("10:02 sam assigns 1 ann can")
    #expect(script.run("10:03 sam assigns 1 ann can") == [])
    #expect(script.run("10:03 sam assigns 1 bob can") == ["refused: referral is assigned"])
    _ = script.run("10:04 ann closes 1 duplicate")
    #expect(script.run("10:05 sam assigns 1 ann can") == [])
    #expect(
      script.run("10:05 sam assigns 1 bob can") == ["refused: referral is closed, duplicate"])
  }

  // MARK: Work and Offers of one assister

  @Test("R16 R36 R38: who gives work back keeps an open general Offer and joins what is in mass")
  func releaseUnderAnOpenOffer() {
    var script = Script(policy: .oneShot)
    for line in [
      "09:00 ann registers kynector en whole capacity 1",
      "09:01 bob registers kynector en whole", "10:00 portal submits application en 21067",
      // Referral 2 goes to bob, referral 3 to nobody but, in mass, ann and bob.
      "10:01 portal submits application en 21067",
      "10:02 portal submits application en 21067",
    ] { _ = script.run(line) }
    // Offers 3 and 4: referral 3 is in mass. Ann takes it and is full; her general Offer stays.
    #expect(script.engine.offer(OfferID(3))?.kind == .mass)
    _ = script.run("10:03 ann accepts 3")
    #expect(script.offerStates(1...4) == [.pending, .pending, .accepted, .taken])
    _ = script.run("10:04 bob rejects 2")
    #expect(script.engine.referral(ReferralID(2))?.state == .waiting(.allAsked))
    #expect(
      script.run("10:05 ann releases 3 ill") == [
        "10:05 ann: referral 3 released", "10:05 bob: offer 5 of referral 3, mass until 10:20",
        "10:05 ann: offer 6 of referral 2, mass until 10:20", "10:05 referral 2: mass",
        "10:05 referral 3: mass",
      ])
    // Full for two minutes of its window: no miss.
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [.expired])
  }

  @Test("R38 R36: whoever has room again in the last microsecond of a mass window joins it")
  func lastMicrosecond() {
    var script = Script(policy: .oneShot)
    for line in [
      "09:00 ann registers kynector en whole", "09:01 bob registers kynector en whole capacity 1",
      "10:00 portal submits application en 21067", "10:00 portal submits application en 21067",
      "10:00 bob accepts 2", "10:01 ann rejects 1",
    ] { _ = script.run(line) }
    // Nobody was left, so ann's new colleague opens mass.
    _ = script.run("10:02 cid registers kynector en whole")
    #expect(script.engine.referral(ReferralID(1))?.state == .mass)
    #expect(
      script.run("10:16:59.999999 bob closes 2 duplicate") == [
        "10:16:59.999999 bob: offer 4 of referral 1, mass until 10:17",
        "10:16:59.999999 referral 2: closed, duplicate",
      ])
    _ = script.run("10:17 time passes")
    #expect(script.offerStates(3...4) == [.expired, .expired])
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.massExpired))
  }

  // MARK: Availability under an open Offer

  @Test(
    "R33 R22 R35: on that ends under an open Offer: at the start of the shift a lapse is a miss, at its end not",
    arguments: [("10:10", "17:00", OfferState.missed), ("08:00", "10:10", .expired)])
  func onEndsUnderAnOffer(start: String, end: String, state: OfferState) {
    var script = Script(policy: .serial)
    let ann = script.registered("ann", .day(turns: [start, end]))
    _ = script.run("09:00 ann is on")
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:15 time passes")
    #expect(script.standing(ann).override == .followSchedule)
    #expect(script.offerStates(1...1) == [state])
  }

  @Test(
    "R22 R60: with offer_requires_session a session that ends and comes back under an Offer it saw excuses nothing"
  )
  func sessionsUnderAnOffer() {
    var script = Script(policy: .serial.with { $0.offerRequiresSession = true })
    let ann = script.registered("ann")
    _ = script.act("09:00", .sessionsChanged(ann, hasSession: true, isFresh: true))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act("10:05", .sessionsChanged(ann, hasSession: false, isFresh: false))
    // R32 knows no sessions: the Offer reached one, and ann was available all through.
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [.missed])
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.allAsked))
  }

  @Test("R29 R22 R30: a credential's date at exactly the deadline: missed, then suspended")
  func credentialAtTheDeadline() {
    var script = Script(policy: .serial.with { $0.missesToDeregister = 1 })
    let ann = script.registered("ann")
    let sam = script.person("sam", .supervisor)
    let date = Instant(clock: "10:15")!
    _ = script.act("09:00", .setCredentialDate(sam, assister: ann, until: date, reason: "r"))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:15 time passes")
    // The one miss that the policy allows came first (R31).
    #expect(script.offerStates(1...1) == [.missed])
    #expect(script.standing(ann).registration == .deregistered)
    #expect(script.standing(ann).blockers == [.registration, .credential])
    _ = script.act("10:20", .pardon(sam, assister: ann, reason: "r"))
    #expect(script.standing(ann).registration == .active && !script.standing(ann).available)
    _ = script.act("10:21", .setCredentialDate(sam, assister: ann, until: nil, reason: "r"))
    #expect(script.engine.openOffers(of: ann) == [])
    #expect(script.standing(ann).available)
  }

  @Test("R30 R34: the schedule goes on while somebody is de-registered, and holds after a pardon")
  func scheduleWhileDeregistered() {
    var script = Script(policy: .serial)
    let sam = script.person("sam", .supervisor)
    let ann = script.registered("ann", .day(turns: ["09:00", "17:00", "33:00", "41:00"]))
    _ = script.act("10:00", .deregister(sam, assister: ann, reason: "r"))
    let next = ScheduleOutlook.clock(
      from: "48:00", through: "72:00", inside: false, turns: ["57:00", "65:00"])
    _ = script.act("20:00", .extendOutlook(ann, next))
    _ = script.act("34:00", .pardon(sam, assister: ann, reason: "r"))
    #expect(script.standing(ann).available)
    #expect(script.standing(ann).nextTurn == Instant(clock: "41:00"))
    _ = script.run("60:00 time passes")
    #expect(script.standing(ann).available && script.standing(ann).blockers == [])
  }

  @Test(
    "R31 R50 R30: who was de-registered and registers anew starts at 0, with three misses ahead")
  func newStreak() {
    var script = Script(policy: .serial.with { $0.missesToDeregister = 2 })
    let ann = script.registered("ann")
    for line in ["10:00", "11:00"] { _ = script.run("\(line) portal submits application en 21067") }
    _ = script.run("12:00 time passes")
    #expect(script.standing(ann).registration == .deregistered)
    #expect(script.engine.deregistrationOffers(of: ann).count == 2)
    _ = script.act("12:01", .saveProfile(ann, ProfileChange(acceptsTerms: true)))
    #expect(script.standing(ann).registration == .active)
    #expect(script.standing(ann).missedInARow == 0 && script.engine.missedOffers(of: ann) == [])
    _ = script.run("13:00 portal submits application en 21067")
    _ = script.run("13:15 time passes")
    #expect(script.standing(ann).missedInARow == 1 && script.standing(ann).registration == .active)
  }

  @Test(
    "R25 R60: an Offer is withdrawn when its assister would not be asked any more, and only then")
  func lostEligibility() {
    var script = Script(policy: .oneShot.with { $0.massAudience = .anyCounty })
    let ann = script.registered("ann")
    _ = script.registered("bob")
    for _ in 1...2 { _ = script.run("10:00 portal submits application en 21067") }
    // Offer 2, bob's, goes to everybody: offer 3 is ann's, of referral 2.
    _ = script.run("10:01 bob rejects 2")
    let nearer = ProfileChange(counties: CountySet([County("21067"), County("21111")]))
    #expect(script.act("10:02", .saveProfile(ann, nearer)) == [])
    #expect(
      script.act("10:03", .saveProfile(ann, ProfileChange(counties: CountySet([County("21111")]))))
        == [
          "10:03 ann: offer 1 withdrawn", "10:03 bob: offer 4 of referral 1, general until 10:18",
        ])
    // Mass asks for no county, but for the language.
    #expect(script.offerStates(1...4) == [.withdrawn, .rejected, .pending, .pending])
    #expect(
      script.act("10:04", .saveProfile(ann, ProfileChange(languages: ["es"]))) == [
        "10:04 ann: offer 3 withdrawn", "10:04 referral 2: waiting, allAsked",
      ])
    #expect(script.standing(ann).available && script.standing(ann).missedInARow == 0)
    #expect(script.run("10:05 ann accepts 3") == ["refused: offerWithdrawn"])
  }

  // MARK: Policy

  @Test("R12 R60: a re-run goes by the version that the referral started under")
  func rerunUnderTheOldPolicy() {
    var script = Script(policy: .phase15.with { $0.massWindow = .minutes(7) })
    for line in [
      "09:00 sam watches", "09:00 ann registers kynector en whole",
      "10:00 portal submits application en 21067", "10:15 time passes", "10:22 time passes",
    ] { _ = script.run(line) }
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.massExpired))
    _ = script.run("10:31 policy one_shot")
    #expect(
      script.run("10:32 sam reruns 1 again").contains(
        "10:32 ann: offer 3 of referral 1, mass until 10:39"))
    #expect(script.engine.referral(ReferralID(1))?.policyVersion == 1)
  }
}
