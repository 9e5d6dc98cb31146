import KODEngine
import TestSupport
import Testing

/// What supervisors do with what waits, and with accepted work.
@Suite("The desk") struct DeskTests {
  static let nobody = """
    > 09:00 sam watches
    > 10:00 portal submits application en 21067
    10:00 sam: referral 1 waits, noOneAvailable
    10:00 referral 1: waiting, noOneAvailable

    """

  static func waiting(_ policy: Policy = .phase15, _ lines: String...) -> Script {
    var script = Script(policy: policy)
    for line in ["09:00 sam watches", "10:00 portal submits application en 21067"] + lines {
      _ = script.run(line)
    }
    return script
  }

  @Test("R12: run again, those who were not asked are asked in a fresh general phase")
  func rerun() {
    expectTranscript(
      policy: .phase15.with {
        $0.generalPhase = .minutes(5)
        $0.offerWindow = .minutes(5)
        $0.maxGeneralOffers = 1
      },
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:05
      10:00 referral 1: general
      > 10:01 alice rejects 1
      10:01 alice: offer 1 rejected
      10:01 sam: referral 1 waits, allAsked
      10:01 referral 1: waiting, allAsked
      > 10:02 sam reruns 1 again
      refused: nobodyToAsk
      > 10:03 ben registers kynector en whole capacity 1
      10:03 ben: registration active
      10:03 ben: offer 2 of referral 1, mass until 10:18
      10:03 referral 1: mass
      > 10:04 sam reruns 1 again
      refused: referral is mass
      > 10:05 ben is off
      10:05 ben: offer 2 released
      10:05 sam: referral 1 waits, allAsked
      10:05 referral 1: waiting, allAsked
      > 10:06 ben is on
      > 10:07 sam reruns 1 again
      10:07 ben: offer 3 of referral 1, mass until 10:22
      10:07 referral 1: mass
      > 10:08 sam reruns 1 again
      """)
  }

  @Test("R12 R1 R41: a re-run that finds a general candidate starts phase and count anew")
  func freshPhase() throws {
    // A referral that waits although somebody could be asked: by the log of other rules.
    var script = Script(
      policy: .phase15.with {
        $0.generalPhase = .minutes(20)
        $0.maxGeneralOffers = 1
      })
    for line in [
      "09:00 sam watches", "09:00 ann registers kynector en whole",
      "10:00 portal submits application en 21067", "10:00 cid registers kynector en whole",
    ] { _ = script.run(line) }
    let ten = Instant(clock: "10:00")!
    let copy = script.engine.referral(ReferralID(1))!
    let submission = Submission(
      idempotencyKey: 5, partnerReference: "case", helpType: .application, language: "en",
      county: copy.county, contact: copy.contact)
    script.engine.apply(.submitted(ReferralID(2), by: copy.partner, submission, at: ten))
    let cid = script.engine.principal(named: "cid")!.id
    script.engine.apply(
      .generalOffered(
        OfferID(2), ReferralID(2), to: cid, at: ten, deadline: ten + .minutes(15),
        phaseEnds: ten + .minutes(1)))
    script.engine.apply(.rejected(OfferID(2), reason: "", at: ten))
    script.engine.apply(.waiting(ReferralID(2), .allAsked, at: ten))
    _ = script.run("10:01 cid is off")
    _ = script.run("10:01 ann rejects 1")
    #expect(
      script.run("10:02 sam reruns 2 try them").suffix(2) == [
        "10:02 ann: offer 3 of referral 2, general until 10:17", "10:02 referral 2: general",
      ])
    let offered = try #require(
      script.log.last { if case .generalOffered = $0 { true } else { false } })
    guard case .generalOffered(_, _, _, _, _, let phaseEnds) = offered else { return }
    #expect(phaseEnds == Instant(clock: "10:22"))
    // The one general Offer that the policy allows a phase was made.
    _ = script.run("10:03 bob registers kynector en whole")
    #expect(
      script.run("10:04 ann rejects 3") == [
        "10:04 ann: offer 3 rejected", "10:04 bob: offer 5 of referral 2, mass until 10:19",
        "10:04 referral 2: mass",
      ])
  }

  @Test("R12 R38: a re-run asks in mass those who let it expire, and never a former holder")
  func rerunAfterTakeBack() {
    expectTranscript(
      WorkTests.accepted + """
        > 10:03 ben is off
        > 10:04 sam takes 1 too slow
        10:04 alice: referral 1 takenBack
        10:04 sam: referral 1 waits, allAsked
        10:04 referral 1: waiting, allAsked
        > 10:04 sam reruns 1 again
        refused: nobodyToAsk
        > 10:05 policy one_shot
        10:05 sam: policy 2
        > 10:06 carla registers agent en whole
        10:06 carla: registration active
        10:06 carla: offer 2 of referral 1, mass until 10:21
        10:06 referral 1: mass
        > 10:21 time passes
        10:21 carla: offer 2 expired
        10:21 sam: referral 1 waits, massExpired
        10:21 referral 1: waiting, massExpired
        > 10:22 sam reruns 1 again
        10:22 carla: offer 3 of referral 1, mass until 10:37
        10:22 referral 1: mass
        """)
  }

  @Test("R12: assigned by hand; the assister is told, it counts as work, and capacity is no bar")
  func assigned() throws {
    expectTranscript(
      """
      > 09:00 sam watches
      > 09:00 ann registers kynector en whole capacity 1
      09:00 ann: registration active
      > 10:00 portal submits application es 21067
      10:00 sam: referral 1 waits, noOneAvailable
      10:00 referral 1: waiting, noOneAvailable
      > 10:01 portal submits application es 21067
      10:01 sam: referral 2 waits, noOneAvailable
      10:01 referral 2: waiting, noOneAvailable
      > 10:02 ann assigns 1 ann she can
      refused: roleNotAllowed
      > 10:02 sam assigns 1 portal why
      refused: assisterUnknown
      > 10:02 sam assigns 9 ann why
      refused: referralUnknown
      > 10:03 sam assigns 1 ann speaks some Spanish
      10:03 ann: referral 1 given
      10:03 referral 1: assigned to ann
      > 10:04 sam assigns 1 ann speaks some Spanish
      > 10:04 sam assigns 1 ann another time
      refused: referral is assigned
      > 10:05 sam assigns 2 ann she agreed
      10:05 ann: referral 2 given
      10:05 referral 2: assigned to ann
      > 10:06 ann closes 1 questionAnswered
      10:06 referral 1: closed, questionAnswered
      """)
    var script = DeskTests.waiting(.phase15, "10:01 ann registers kynector es whole")
    _ = script.run("10:02 sam assigns 1 ann she can")
    let engine = script.engine
    let view = try #require(engine.referral(ReferralID(1)))
    #expect(view.byHand && view.acceptedOffer == nil && view.holder == PrincipalID(3))
    #expect(
      view.acceptedAt == Instant(clock: "10:02") && view.callbackDue == Instant(clock: "10:30"))
    let notes = engine.deskNotes(of: ReferralID(1))
    #expect(notes.map(\.at) == [Instant(clock: "10:02")] && notes.map(\.by) == [PrincipalID(1)])
    #expect(notes.map(\.action) == [.assigned] && notes.map(\.reason) == ["she can"])
    #expect(engine.counts.accepts == 0 && engine.counts.assignments == 1)
  }

  @Test("R16 R38 R71: who was given it by hand and left it is not asked, and may note what was")
  func formerHolderByHand() {
    var script = Script(policy: .phase15)
    for line in [
      "09:00 sam watches", "09:00 ann registers kynector en whole", "09:01 ann is off",
      "10:00 portal submits application en 21067", "10:02 sam assigns 1 ann can",
      "10:03 ann notes 1 no time after all",
    ] { _ = script.run(line) }
    let ann = script.engine.principal(named: "ann")!.id
    #expect(script.engine.note(of: ann, on: ReferralID(1)) == "no time after all")
    #expect(
      script.run("10:04 ann releases 1 cannot").last == "10:04 referral 1: waiting, noOneAvailable")
    // Available now, and of the right language: anybody else would be asked.
    #expect(script.run("10:06 ann is on") == [])
    #expect(script.run("10:07 sam reruns 1 again") == ["refused: nobodyToAsk"])
    _ = script.run("10:08 ann notes 1 called twice")
    #expect(script.engine.note(of: ann, on: ReferralID(1)) == "called twice")
  }

  @Test("R12 R30 R37: who is not registered, may not take it, or held it before is not given it")
  func notEligible() {
    var script = Script(
      policy: .phase15.with {
        $0.roles = Policy.RoleMatrix { _, kind in kind == .kynector ? 1 : nil }
      })
    for line in [
      "09:00 sam watches", "10:00 portal submits application es 21067",
      "10:01 ann registers kynector en whole", "10:01 max registers agent es whole",
    ] { _ = script.run(line) }
    #expect(script.run("10:02 sam assigns 1 max can") == ["refused: assisterNotEligible"])
    _ = script.run("10:03 sam assigns 1 ann can")
    _ = script.run("10:04 sam takes 1 no")
    #expect(script.run("10:05 sam assigns 1 ann again") == ["refused: assisterNotEligible"])
    _ = script.run("10:06 zed registers kynector ru 21001")
    #expect(
      script.run("10:07 sam assigns 1 zed can").last == "10:07 referral 1: assigned to zed")
    // Somebody who has a credential and has not registered.
    _ = script.run("10:08 portal submits application es 21067")
    _ = script.engine.perform(
      .createPrincipal(
        NewPrincipal(
          name: "new", role: .assister, credential: 99, tokenDigest: TokenDigest(high: 9, low: 9))),
      at: Instant(clock: "10:08")!, log: &script.log)
    #expect(
      script.run("10:09 sam assigns 2 new can") == [
        "refused: assisterState(KODEngine.RegistrationState.none)"
      ])
  }

  @Test("R12 R3: a supervisor gives up what waits; nobody else does, and nothing else is given up")
  func gaveUp() {
    expectTranscript(
      DeskTests.nobody + """
        > 10:01 portal gives-up 1 no
        refused: roleNotAllowed
        > 10:02 sam gives-up 1 nobody speaks it
        10:02 referral 1: closed, unserved
        > 10:03 sam gives-up 1 nobody speaks it
        > 10:04 sam gives-up 1 another reason
        refused: referral is closed, unserved
        > 10:05 sam reruns 1 again
        refused: referral is closed, unserved
        > 10:06 alice registers kynector en whole
        10:06 alice: registration active
        > 10:07 portal submits application en 21067
        10:07 alice: offer 1 of referral 2, general until 10:22
        10:07 referral 2: general
        > 10:08 sam gives-up 2 no
        refused: referral is general
        > 10:08 sam assigns 2 alice no
        refused: referral is general
        > 10:08 sam takes 2 no
        refused: referral is general
        """)
  }

  @Test(
    "R16: taken back from its holder, from assigned and from contacted", arguments: [true, false])
  func takenBack(isContacted: Bool) throws {
    var script = WorkTests.held()
    if isContacted { _ = script.run("10:03 alice calls 1 reached") }
    #expect(
      script.run("10:04 sam takes 1 complaint") == [
        "10:04 alice: referral 1 takenBack", "10:04 ben: offer 2 of referral 1, mass until 10:19",
        "10:04 referral 1: mass",
      ])
    #expect(script.run("10:05 sam takes 1 complaint") == [])
    #expect(script.run("10:05 alice takes 1 complaint") == ["refused: roleNotAllowed"])
    #expect(script.run("10:05 alice accepts 1") == [])
    #expect(script.run("10:05 alice calls 1 reached") == ["refused: notTheHolder"])
    let view = try #require(script.engine.referral(ReferralID(1)))
    #expect(view.holder == nil && view.acceptedAt == nil && view.callbackDue == nil)
    #expect(view.reachedAt == (isContacted ? Instant(clock: "10:03") : nil))
    #expect(view.marks == [.everMass])
  }

  @Test("R17 R25: cancelled with a reason; a supervisor's is a desk note, a partner's is not")
  func cancelled() {
    var script = WorkTests.held()
    #expect(
      script.run("10:03 sam cancels 1 asked twice") == [
        "10:03 alice: referral 1 cancelled", "10:03 referral 1: cancelled",
      ])
    #expect(script.engine.deskNotes(of: ReferralID(1)).map(\.reason) == ["asked twice"])
    _ = script.run("10:04 portal submits application en 21067")
    _ = script.run("10:05 portal cancels 2 moved away")
    #expect(script.engine.deskNotes(of: ReferralID(2)) == [])
    #expect(script.engine.offer(OfferID(2))?.state == .withdrawn)
    #expect(
      script.log.contains(
        .cancelled(
          ReferralID(2), by: script.engine.principal(named: "portal")!.id, reason: "moved away",
          at: Instant(clock: "10:05")!)))
  }

  @Test("R12: assigning or giving up takes the referral out of what newcomers may join (R11)")
  func noLongerJoined() {
    var script = DeskTests.waiting(
      .phase15, "10:00 portal submits application en 21067",
      "10:01 ann registers kynector es whole",
      "10:02 sam assigns 1 ann can", "10:02 sam gives-up 2 no")
    #expect(
      script.run("10:03 bob registers kynector en whole") == ["10:03 bob: registration active"])
  }

  @Test("R2 R3 R11 R12 R17: the partner is told of every state that its referral enters")
  func partnerIsTold() {
    expectTranscript(
      work: true,
      """
      > 09:00 sam watches
      > 10:00 portal submits application en 21067
      10:00 portal: referral 1 is waiting, noOneAvailable
      10:00 sam: referral 1 waits, noOneAvailable
      10:00 referral 1: waiting, noOneAvailable
      > 10:01 alice registers kynector en whole
      10:01 alice: registration active
      10:01 portal: referral 1 is general
      10:01 alice: offer 1 of referral 1, general until 10:16
      10:01 referral 1: general
      > 10:02 portal submits application en 21067
      10:02 portal: referral 2 is mass
      10:02 alice: offer 2 of referral 2, mass until 10:17
      10:02 referral 2: mass
      > 10:03 portal cancels 2
      10:03 portal: referral 2 is cancelled
      10:03 alice: offer 2 withdrawn
      10:03 referral 2: cancelled
      > 10:04 alice rejects 1
      10:04 alice: offer 1 rejected
      10:04 portal: referral 1 is waiting, allAsked
      10:04 sam: referral 1 waits, allAsked
      10:04 referral 1: waiting, allAsked
      > 10:05 sam gives-up 1 nobody else
      10:05 portal: referral 1 is closed, unserved
      10:05 referral 1: closed, unserved
      """)
    let marks = DeskTests.waiting(.phase15, "10:01 ann registers kynector en whole")
      .engine.referral(ReferralID(1))?.marks
    #expect(marks == [.foundNobody, .everWaited])
  }

  @Test("What waits, is overdue, has missed its promise, or is open: oldest first, page by page")
  func queues() {
    var script = DeskTests.waiting()
    for _ in 2...7 { _ = script.run("10:00 portal submits application en 21067") }
    _ = script.run("10:01 ann registers kynector es whole")
    for number in [2, 4] { _ = script.run("10:02 sam assigns \(number) ann can") }
    _ = script.run("10:03 sam gives-up 5 no")
    _ = script.run("10:29 ann tries 2 noAnswer")
    _ = script.run("10:30 time passes")
    func queue(_ queue: ReferralQueue, after: UInt64? = nil, _ limit: Int = 100) -> [UInt64] {
      script.engine.queue(queue, after: after.map { ReferralID($0) }, limit: limit).map(\.number)
    }
    #expect(queue(.waiting) == [1, 3, 6, 7])
    #expect(queue(.waiting, 2) == [1, 3])
    #expect(queue(.waiting, after: 3, 2) == [6, 7])
    #expect(queue(.waiting, after: 7) == [] && queue(.waiting, after: .max) == [])
    #expect(queue(.overdue) == [4])
    #expect(queue(.promiseMissed) == [1, 3, 4, 6, 7])
    #expect(queue(.open) == [1, 2, 3, 4, 6, 7])
    let counts = script.engine.counts
    #expect(counts.referralsWaiting == 4 && counts.referralsOverdue == 1)
    #expect(counts.referralsPromiseMissed == 5)
    _ = script.run("10:31 portal cancels 4")
    #expect(queue(.overdue) == [] && queue(.promiseMissed) == [1, 3, 6, 7])
  }

  @Test("Thousands of open referrals: the queues stay in order while they come and go at random")
  func manyInQueues() {
    var script = DeskTests.waiting()
    let portal = script.engine.principal(named: "portal")!.id
    let now = Instant(clock: "10:00")!
    for key in 1..<5000 as Range<UInt128> {
      let submission = Submission(
        idempotencyKey: key << 64, partnerReference: "case", helpType: .both, language: "en",
        county: County("21067"), contact: Contact(name: "", phone: "", notes: ""))
      _ = script.engine.perform(.submit(portal, submission), at: now, log: &script.log)
    }
    var random = SeededNumbers(state: 4)
    var open = Array(1...UInt64(5000))
    for number in open.shuffled(using: &random).prefix(3500) {
      _ = script.engine.perform(.cancel(portal, ReferralID(number)), at: now, log: &script.log)
      open.removeAll { $0 == number }
    }
    #expect(script.engine.queue(.open, limit: .max).map(\.number) == open)
    #expect(script.engine.queue(.waiting, limit: .max).map(\.number) == open)
    var paged: [UInt64] = []
    while true {
      let page = script.engine.queue(.open, after: paged.last.map { ReferralID($0) }, limit: 100)
      guard !page.isEmpty else { break }
      paged += page.map(\.number)
    }
    #expect(paged == open)
  }
}
