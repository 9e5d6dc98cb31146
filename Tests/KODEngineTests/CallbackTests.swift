import KODEngine
import Testing

/// R44 to R47: promises, callbacks, and what becomes of work that nobody does.
@Suite("Promises and callbacks") struct CallbackTests {
  @Test("R44 R45 R46 R47: reminders, the broken promise, overdue, reclaimed, as they are told")
  func wholeStory() {
    expectTranscript(
      work: true,
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:00 ben registers kynector en whole
      09:00 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 portal: referral 1 is general
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice accepts 1
      10:02 portal: referral 1 is assigned
      10:02 alice: offer 1 accepted
      10:02 referral 1: assigned to alice
      10:20 alice: referral 1 call reminder 1
      10:25 alice: referral 1 call reminder 2
      10:30 portal: referral 1 is assigned, promise missed
      10:30 sam: referral 1 promiseMissed
      10:30 alice: referral 1 overdue
      10:30 sam: referral 1 overdue
      > 10:45 time passes
      10:45 alice: referral 1 reclaimed
      10:45 sam: referral 1 reclaimed
      10:45 portal: referral 1 is mass
      10:45 ben: offer 2 of referral 1, mass until 11:00
      10:45 referral 1: mass
      > 10:46 ben accepts 2
      10:46 portal: referral 1 is assigned
      10:46 ben: offer 2 accepted
      10:46 referral 1: assigned to ben
      10:51 ben: referral 1 call reminder 2
      > 10:52 ben calls 1 reached
      10:52 portal: referral 1 is contacted
      10:52 referral 1: contacted
      > 11:52 time passes
      """)
  }

  @Test(
    "R44: called back means an attempt, whatever its result; exactly at the promise is too late",
    arguments: [
      ("10:29:59.999999", AttemptResult.noAnswer, false), ("10:30", .reached, true),
      ("10:29:59.999999", .reached, false), ("10:30:00.000001", .noAnswer, true),
    ])
  func promise(time: String, result: AttemptResult, isMissed: Bool) throws {
    var script = WorkTests.held()
    _ = script.run("\(time) alice tries 1 \(result)")
    let view = try #require(script.engine.referral(ReferralID(1)))
    #expect(view.promiseMissed == isMissed)
    #expect(view.firstAttemptAt == Instant(clock: time))
    _ = script.run("10:40 time passes")
    #expect(script.engine.referral(ReferralID(1))?.promiseMissed == isMissed)
    #expect(script.engine.counts.referralsPromiseMissed == (isMissed ? 1 : 0))
  }

  @Test("R44: it is missed in every open state, and not once it is closed or cancelled")
  func promiseInAnyState() {
    var script = DeskTests.waiting()
    script.showsWork = true
    for _ in 2...4 { _ = script.run("10:00 portal submits application en 21067") }
    _ = script.run("10:10 portal cancels 2")
    _ = script.run("10:20 sam gives-up 3 no")
    _ = script.run("10:25 ann registers kynector es whole")
    _ = script.run("10:26 sam assigns 4 ann can")
    #expect(
      script.run("10:30 time passes") == [
        "10:30 portal: referral 1 is waiting, noOneAvailable, promise missed",
        "10:30 sam: referral 1 promiseMissed",
        "10:30 portal: referral 4 is assigned, promise missed",
        "10:30 sam: referral 4 promiseMissed",
      ])
    // Cancelled in the instant of the promise: it was open by then.
    _ = script.run("11:00 portal submits application en 21067")
    #expect(
      script.run("11:30 portal cancels 5").prefix(2) == [
        "11:30 portal: referral 5 is waiting, noOneAvailable, promise missed",
        "11:30 sam: referral 5 promiseMissed",
      ])
    #expect(script.engine.referral(ReferralID(5))?.promiseMissed == true)
  }

  @Test(
    "R44: an attempt of an earlier holder keeps the promise; R45: the next holder owes one again")
  func earlierHolder() throws {
    var script = WorkTests.held()
    for line in [
      "10:03 alice tries 1 noAnswer", "10:04 alice releases 1 ill", "10:05 ben accepts 2",
    ] {
      _ = script.run(line)
    }
    _ = script.run("10:30 time passes")
    let view = try #require(script.engine.referral(ReferralID(1)))
    #expect(!view.promiseMissed && view.overdue)
    #expect(view.firstAttemptAt == Instant(clock: "10:03"))
    #expect(script.run("10:45 time passes").first == "10:45 ben: referral 1 reclaimed")
  }

  @Test(
    "R45: overdue from the due instant on, until an attempt",
    arguments: [("10:29:59.999999", false), ("10:30", true)])
  func overdue(time: String, isOverdue: Bool) throws {
    var script = WorkTests.held()
    _ = script.run("\(time) time passes")
    #expect(script.engine.referral(ReferralID(1))?.overdue == isOverdue)
    #expect(script.engine.queue(.overdue, limit: 9).count == (isOverdue ? 1 : 0))
    _ = script.run("10:31 alice tries 1 noAnswer")
    let view = try #require(script.engine.referral(ReferralID(1)))
    #expect(!view.overdue && script.engine.counts.referralsOverdue == 0)
    let assignment = try #require(view.currentAssignment.flatMap { script.engine.assignment($0) })
    #expect(assignment.becameOverdue && !assignment.isOverdue)
    // An attempt in time: not reclaimed, ever.
    _ = script.run("20:00 time passes")
    #expect(script.engine.referral(ReferralID(1))?.state == .assigned)
  }

  @Test(
    "R46 R27: an attempt at exactly the instant of the reclaim is too late, a microsecond before is not"
  )
  func reclaimBoundary() {
    var early = WorkTests.held()
    #expect(early.run("10:44:59.999999 alice tries 1 noAnswer") == [])
    #expect(early.run("10:45 time passes") == [])
    var late = WorkTests.held()
    #expect(late.run("10:45 alice tries 1 noAnswer").last == "refused: notTheHolder")
    #expect(late.engine.standing(of: PrincipalID(2))?.brokenAcceptances == 1)
  }

  @Test(
    "R46: nobody left to ask: it waits, with an alert; the assister who broke it is not asked again"
  )
  func reclaimedToNobody() {
    expectTranscript(
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole capacity 1
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice accepts 1
      10:02 alice: offer 1 accepted
      10:02 referral 1: assigned to alice
      10:45 alice: referral 1 reclaimed
      10:45 sam: referral 1 waits, allAsked
      10:45 referral 1: waiting, allAsked
      > 10:50 portal submits application en 21067
      10:50 alice: offer 2 of referral 2, general until 11:05
      10:50 referral 2: general
      """)
  }

  @Test(
    "R47: reminders of the callback, and none that would not come after the acceptance",
    arguments: [
      ("10:19:59.999999", ["10:20 1", "10:25 2"]),
      // The first one would come with the acceptance.
      ("10:20", ["10:25 2"]),
      // Due ten minutes after it, so again.
      ("10:24", ["10:29 2"]),
    ])
  func reminders(accepted: String, times: [String]) {
    let expected = times.map { time in
      let words = time.split(separator: " ")
      return "\(words[0]) ann: referral 1 call reminder \(words[1])"
    }
    var script = Script(policy: .phase15.with { $0.offerWindow = .minutes(60) })
    script.showsWork = true
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("\(accepted) ann accepts 1")
    var lines: [String] = []
    while let next = script.engine.nextDeadline, next < Instant(clock: "10:40")! {
      lines += script.run("\(next.clock) time passes")
    }
    let told = lines.filter { $0.contains("call reminder") }
    #expect(told == expected)
  }

  @Test("R47 R60: of two late reminders only the second is sent; with 0 there are none")
  func remindersOfThePolicy() {
    var late = WorkTests.held()
    late.showsWork = true
    #expect(late.run("10:26 time passes") == ["10:26 alice: referral 1 call reminder 2"])
    var none = WorkTests.held(
      .phase15.with {
        $0.firstCallbackReminder = .seconds(0)
        $0.secondCallbackReminder = .seconds(0)
      })
    none.showsWork = true
    #expect(none.engine.nextDeadline == Instant(clock: "10:30"))
    #expect(none.run("10:29 time passes") == [])
    var second = WorkTests.held(.phase15.with { $0.firstCallbackReminder = .seconds(0) })
    #expect(second.engine.nextDeadline == Instant(clock: "10:25"))
    second.showsWork = true
    #expect(second.run("10:25 time passes") == ["10:25 alice: referral 1 call reminder 2"])
    var tried = WorkTests.held()
    tried.showsWork = true
    _ = tried.run("10:03 alice tries 1 noAnswer")
    #expect(tried.run("10:40 time passes") == [])
  }

  @Test(
    "R27 R45 R46: noted with its own instant after a downtime; the holder gets the whole span again"
  )
  func downtime() throws {
    var script = WorkTests.held()
    script.showsWork = true
    #expect(
      script.run("10:50 server starts") == [
        "10:30 portal: referral 1 is assigned, promise missed",
        "10:30 sam: referral 1 promiseMissed",
        "10:30 alice: referral 1 overdue", "10:30 sam: referral 1 overdue",
      ])
    #expect(script.engine.nextDeadline == Instant(clock: "11:05"))
    // A restart moves it again, from a snapshot too.
    _ = script.run("11:00 server starts")
    script.engine = try Engine(decodingState: script.engine.encodeState().span.bytes)
    #expect(script.engine.nextDeadline == Instant(clock: "11:15"))
    #expect(script.run("11:14:59.999999 time passes") == [])
    #expect(script.run("11:15 time passes").first == "11:15 alice: referral 1 reclaimed")
    #expect(script.engine.referral(ReferralID(1))?.promise == Instant(clock: "10:30"))
  }

  @Test("R46: a downtime that was over before the callback was due changes nothing")
  func earlyDowntime() {
    var script = WorkTests.held()
    _ = script.run("10:20 server starts")
    _ = script.run("10:30 time passes")
    #expect(script.engine.nextDeadline == Instant(clock: "10:45"))
  }

  @Test("R60: promise, grace, reclaim are those of the version that the referral started under")
  func versions() {
    var script = WorkTests.held()
    let tight = Policy.phase15.with {
      $0.callbackPromise = .minutes(1)
      $0.callbackGrace = .minutes(1)
      $0.reclaim = .minutes(1)
    }
    _ = script.engine.perform(.setPolicy(tight), at: Instant(clock: "10:03")!, log: &script.log)
    _ = script.run("10:03 portal submits application en 21067")
    _ = script.run("10:03 ben accepts 2")
    _ = script.run("10:04 time passes")
    #expect(script.engine.queue(.overdue, limit: 9) == [ReferralID(2)])
    #expect(script.run("10:05 time passes").first == "10:05 ben: referral 2 reclaimed")
    _ = script.run("10:44 time passes")
    #expect(script.engine.referral(ReferralID(1))?.state == .assigned)
    #expect(script.engine.referral(ReferralID(1))?.policyVersion == 1)
    #expect(script.engine.referral(ReferralID(2))?.policyVersion == 2)
  }

  @Test("R60: callback reminders in the wrong order, and spans too long, are refused")
  func invalid() {
    #expect(!Policy.phase15.with { $0.secondCallbackReminder = .minutes(10) }.isValid)
    #expect(!Policy.phase15.with { $0.firstCallbackReminder = .minutes(-1) }.isValid)
    #expect(!Policy.phase15.with { $0.unreachableSpacing = .minutes(100_000) }.isValid)
    #expect(Policy.phase15.with { $0.secondCallbackReminder = .seconds(0) }.isValid)
    #expect(Policy.phase15.with { $0.firstCallbackReminder = .seconds(0) }.isValid)
  }

  // MARK: One instant

  @Test(
    "R29: in one instant: the accept, a lapse, a reclaim, marks, then mass and new Offers, reminders last"
  )
  func order() {
    let policy = Policy.phase15.with {
      $0.callbackPromise = .minutes(10)
      $0.callbackGrace = .minutes(0)
      $0.reclaim = .minutes(5)
      $0.offerWindow = .minutes(15)
      $0.generalPhase = nil
      $0.onLapse = .mass
    }
    var script = Script(policy: policy)
    script.showsWork = true
    script.showsReminders = true
    for line in [
      "09:00 sam watches", "09:00 ann registers kynector en whole",
      "09:01 bob registers kynector en whole", "09:02 cid registers kynector en whole",
      // Referral 1: accepted, due at 10:10, reclaimed at 10:15.
      "10:00 portal submits application en 21067", "10:00 ann accepts 1",
      // Referral 2: bob's Offer lapses at 10:15. Referral 3: cid accepts then.
      "10:00 portal submits application en 21067",
      "10:00 portal submits application en 21067",
      // Referral 4: its promise ends at 10:15; ann's Offer of it has its first reminder at 10:10.
      "10:05 portal submits application en 21067",
      // Referral 5: its Offer has its first reminder at 10:15.
      "10:09 dan registers kynector es whole", "10:10 portal submits application es 21067",
    ] { _ = script.run(line) }
    _ = script.run("10:14:59 time passes")
    // Too late for cid, whose deadline it is; in time for ann.
    #expect(
      script.run("10:15 ann accepts 4") == [
        "10:15 portal: referral 4 is assigned", "10:15 ann: offer 4 accepted",
        "10:15 bob: offer 2 missed, 1 in a row", "10:15 cid: offer 3 missed, 1 in a row",
        "10:15 ann: referral 1 reclaimed", "10:15 sam: referral 1 reclaimed",
        "10:15 portal: referral 1 is mass", "10:15 bob: offer 6 of referral 1, mass until 10:30",
        "10:15 cid: offer 7 of referral 1, mass until 10:30",
        "10:15 portal: referral 2 is mass", "10:15 ann: offer 8 of referral 2, mass until 10:30",
        "10:15 bob: offer 9 of referral 2, mass until 10:30",
        "10:15 cid: offer 10 of referral 2, mass until 10:30",
        "10:15 portal: referral 3 is mass", "10:15 ann: offer 11 of referral 3, mass until 10:30",
        "10:15 bob: offer 12 of referral 3, mass until 10:30",
        "10:15 cid: offer 13 of referral 3, mass until 10:30",
        "10:15 portal: referral 4 is assigned, promise missed",
        "10:15 sam: referral 4 promiseMissed", "10:15 ann: referral 4 overdue",
        "10:15 sam: referral 4 overdue", "10:15 dan: offer 5 reminder 1", "10:15 referral 1: mass",
        "10:15 referral 2: mass",
        "10:15 referral 3: mass", "10:15 referral 4: assigned to ann",
      ])
  }

  @Test(
    "R29: what is missed is noted after the lapses of its instant and before new general Offers")
  func marksBeforeOffers() {
    var script = Script(policy: .serial)
    for line in [
      "09:00 ann registers kynector en whole", "09:01 bob registers kynector en whole",
      "09:45 portal submits application es 21067", "10:00 portal submits application en 21067",
    ] { _ = script.run(line) }
    _ = script.run("10:14 time passes")
    script.showsWork = true
    #expect(
      script.run("10:15 time passes") == [
        "10:15 ann: offer 1 missed, 1 in a row",
        "10:15 portal: referral 1 is waiting, noOneAvailable, promise missed",
        "10:15 bob: offer 2 of referral 2, general until 10:30",
      ])
  }

  @Test(
    "R29: an attempt, a reclaim and a promise in one instant: the times decide, then the attempt")
  func attemptInTheSameInstant() {
    var script = WorkTests.held(
      .phase15.with {
        $0.callbackPromise = .minutes(10)
        $0.callbackGrace = .seconds(0)
        $0.reclaim = .minutes(5)
      })
    // Referral 2 is promised for the instant at which referral 1 is reclaimed.
    _ = script.run("10:05 portal submits application en 21067")
    _ = script.run("10:06 ben accepts 2")
    _ = script.run("10:14:59 time passes")
    script.showsWork = true
    #expect(
      script.run("10:15 alice tries 1 noAnswer") == [
        "10:15 alice: referral 1 reclaimed", "10:15 sam: referral 1 reclaimed",
        "10:15 portal: referral 1 is mass", "10:15 ben: offer 3 of referral 1, mass until 10:30",
        "10:15 portal: referral 2 is assigned, promise missed",
        "10:15 sam: referral 2 promiseMissed", "10:15 ben: referral 2 overdue",
        "10:15 sam: referral 2 overdue", "10:15 referral 1: mass", "refused: notTheHolder",
      ])
    // Ben is as late as the overdue mark says, but keeps the work.
    #expect(script.run("10:15 ben tries 2 noAnswer") == [])
    #expect(script.engine.referral(ReferralID(2))?.overdue == false)
    #expect(script.engine.referral(ReferralID(2))?.promiseMissed == true)
  }
}
