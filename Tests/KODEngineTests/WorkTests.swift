import KODEngine
import Testing

/// What the holder of a referral does with it.
@Suite("Accepted work") struct WorkTests {
  static let accepted = """
    > 09:00 sam watches
    > 09:00 alice registers kynector en whole
    09:00 alice: registration active
    > 09:00 ben registers kynector en whole
    09:00 ben: registration active
    > 10:00 portal submits application en 21067
    10:00 alice: offer 1 of referral 1, general until 10:15
    10:00 referral 1: general
    > 10:02 alice accepts 1
    10:02 alice: offer 1 accepted
    10:02 referral 1: assigned to alice

    """

  /// Alice holds referral 1 since 10:02.
  static func held(_ policy: Policy = .phase15) -> Script {
    var script = Script(policy: policy)
    for line in accepted.split(separator: "\n") where line.hasPrefix("> ") {
      _ = script.run(String(line.dropFirst(2)))
    }
    return script
  }

  @Test(
    "R13 R14 R18: attempts leave it assigned until one reached the Resident; then there are none")
  func attempts() throws {
    expectTranscript(
      WorkTests.accepted + """
        > 10:03 ben tries 1 noAnswer
        refused: notTheHolder
        > 10:03 alice tries 7 noAnswer
        refused: notTheHolder
        > 10:03 alice tries 1 voicemail
        > 10:04 alice calls 1 reached
        10:04 referral 1: contacted
        > 10:05 alice calls 1 reached
        refused: referral is contacted
        > 10:06 alice closes 1 applicationSubmitted
        10:06 referral 1: closed, applicationSubmitted
        > 10:07 alice tries 1 noAnswer
        refused: referral is closed, applicationSubmitted
        """)
    var script = WorkTests.held()
    _ = script.run("10:03 alice tries 1 voicemail")
    _ = script.run("10:04 alice calls 1 reached")
    let view = try #require(script.engine.referral(ReferralID(1)))
    #expect(view.firstAttemptAt == Instant(clock: "10:03"))
    #expect(view.reachedAt == Instant(clock: "10:04"))
    let id = try #require(view.currentAssignment)
    let attempts = script.engine.attempts(of: id)
    #expect(attempts.map(\.at) == [Instant(clock: "10:03"), Instant(clock: "10:04")])
    #expect(attempts.map(\.result) == [.voicemail, .reached])
    #expect(attempts.map(\.counts) == [true, false])
    #expect(script.engine.counts.attempts == 2 && script.engine.counts.referralsContacted == 1)
    // Who reaches the Resident again changes nothing of the first time.
    for line in ["10:05 alice releases 1 ill", "10:06 ben accepts 2", "10:07 ben calls 1 reached"] {
      #expect(script.run(line).last != "refused: notTheHolder")
    }
    #expect(script.engine.referral(ReferralID(1))?.state == .contacted)
    #expect(script.engine.referral(ReferralID(1))?.reachedAt == Instant(clock: "10:04"))
  }

  @Test(
    "R18: attempts are refused while nobody holds the referral", arguments: ["tries", "releases"])
  func notHeld(verb: String) {
    var script = Script(policy: .phase15)
    _ = script.run("09:00 alice registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.run("10:01 alice \(verb) 1 noAnswer") == ["refused: notTheHolder"])
  }

  @Test(
    "R43 R14: unreachable after three attempts, each at least ten minutes after the last that counted"
  )
  func unreachable() {
    var script = WorkTests.held()
    let early = ["refused: unreachableTooEarly"]
    _ = script.run("10:10 alice tries 1 noAnswer")
    // A microsecond too near: it is logged, and does not count.
    _ = script.run("10:19:59.999999 alice tries 1 voicemail")
    // Exactly ten minutes after the one that counted.
    _ = script.run("10:20 alice tries 1 voicemail")
    #expect(script.run("10:25 alice closes 1 unreachable") == early)
    _ = script.run("10:29 alice tries 1 noAnswer")
    #expect(script.run("10:29 alice closes 1 unreachable") == early)
    _ = script.run("10:30 alice tries 1 noAnswer")
    let id = script.engine.referral(ReferralID(1))!.currentAssignment!
    #expect(script.engine.attempts(of: id).map(\.counts) == [true, false, true, false, true])
    #expect(script.engine.assignment(id)?.countingAttempts == 3)
    #expect(
      script.run("10:31 alice closes 1 unreachable") == ["10:31 referral 1: closed, unreachable"])
  }

  @Test(
    "R43 R60: how many attempts, and how far apart, is the policy's",
    arguments: [(0, 0, true), (1, 10, true), (2, 10, false), (2, 1, true)])
  func unreachablePolicy(attempts: UInt32, minutes: Int64, isAllowed: Bool) {
    var script = WorkTests.held(
      .phase15.with {
        $0.unreachableAttempts = attempts
        $0.unreachableSpacing = .minutes(minutes)
      })
    _ = script.run("10:03 alice tries 1 noAnswer")
    _ = script.run("10:04 alice tries 1 noAnswer")
    let lines = script.run("10:05 alice closes 1 unreachable")
    #expect((lines == ["10:05 referral 1: closed, unreachable"]) == isAllowed)
  }

  @Test("R43: the next holder starts anew; only the holder's own attempts are looked at")
  func unreachableByTheNext() {
    var script = WorkTests.held(.phase15.with { $0.unreachableAttempts = 1 })
    _ = script.run("10:03 alice tries 1 noAnswer")
    _ = script.run("10:04 alice releases 1 ill")
    _ = script.run("10:05 ben accepts 2")
    #expect(script.run("10:06 ben closes 1 unreachable") == ["refused: unreachableTooEarly"])
    _ = script.run("10:06 ben tries 1 noAnswer")
    #expect(
      script.run("10:07 ben closes 1 unreachable") == ["10:07 referral 1: closed, unreachable"])
  }

  @Test("R15: a supervisor's outcome is not the holder's", arguments: ["10:03", "10:20"])
  func unserved(time: String) {
    var script = WorkTests.held()
    #expect(script.run("\(time) alice closes 1 unserved") == ["refused: outcomeNotAllowed"])
  }

  @Test(
    "R16 R38 R28: released, everybody but the former holder is asked; releasing twice is no error")
  func released() {
    expectTranscript(
      WorkTests.accepted + """
        > 10:04 ben releases 1 mistake
        refused: notTheHolder
        > 10:05 alice releases 1 family emergency
        10:05 alice: referral 1 released
        10:05 ben: offer 2 of referral 1, mass until 10:20
        10:05 referral 1: mass
        > 10:06 alice releases 1 family emergency
        > 10:07 ben accepts 2
        10:07 ben: offer 2 accepted
        10:07 referral 1: assigned to ben
        > 10:08 alice releases 1 family emergency
        refused: notTheHolder
        > 10:08 alice closes 1 duplicate
        refused: notTheHolder
        """)
  }

  @Test("R16: from contacted too; with nobody to ask it waits, and no former holder ends that")
  func releasedToNobody() {
    expectTranscript(
      WorkTests.accepted + """
        > 10:03 ben is off
        > 10:04 alice calls 1 reached
        10:04 referral 1: contacted
        > 10:05 alice releases 1 too hard
        10:05 alice: referral 1 released
        10:05 sam: referral 1 waits, allAsked
        10:05 referral 1: waiting, allAsked
        > 10:06 alice is off
        > 10:07 alice is on
        > 10:08 ben is on
        10:08 ben: offer 2 of referral 1, mass until 10:23
        10:08 referral 1: mass
        """)
  }

  @Test("R16 R36: releasing makes room again, in the same instant")
  func capacity() {
    expectTranscript(
      """
      > 09:00 ann registers kynector en whole capacity 1
      09:00 ann: registration active
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 ann accepts 1
      10:01 ann: offer 1 accepted
      10:01 referral 1: assigned to ann
      > 10:02 portal submits application en 21067
      10:02 referral 2: waiting, noOneAvailable
      > 10:03 ann releases 1 cannot
      10:03 ann: referral 1 released
      10:03 ann: offer 2 of referral 2, general until 10:18
      10:03 referral 1: waiting, allAsked
      10:03 referral 2: general
      """)
  }

  @Test("R71: own notes on what was ever offered or given to the assister, up to 1000 bytes")
  func notes() {
    var script = WorkTests.held()
    let alice = script.engine.principal(named: "alice")!.id
    let ben = script.engine.principal(named: "ben")!.id
    let one = ReferralID(1)
    #expect(script.run("10:03 alice notes 1 call after five") == [])
    #expect(script.engine.note(of: alice, on: one) == "call after five")
    #expect(script.run("10:03 ben notes 1 mine") == ["refused: neverOffered"])
    #expect(script.run("10:03 alice notes 9 what") == ["refused: neverOffered"])
    #expect(script.run("10:03 sam notes 1 what") == ["refused: roleNotAllowed"])
    // Written again: nothing to log.
    let count = script.log.count
    _ = script.run("10:04 alice notes 1 call after five")
    #expect(script.log.count == count)
    // Also when it is over, and by who only was asked.
    _ = script.run("10:05 alice releases 1 ill")
    _ = script.run("10:06 ben rejects 2")
    #expect(script.run("10:07 ben notes 1 no time") == [])
    #expect(script.engine.note(of: ben, on: one) == "no time")
    func save(_ text: String) -> Result<Decision.Subject, Rejection> {
      var log: [Event] = []
      return script.engine.perform(
        .saveNote(ben, one, text), at: Instant(clock: "10:08")!, log: &log)
    }
    #expect(save(String(repeating: "é", count: 501)) == .failure(.engineLimit))
    #expect(save(String(repeating: "é", count: 500)) == .success(.referral(one)))
    #expect(save("") == .success(.referral(one)))
    #expect(script.engine.note(of: ben, on: one) == nil)
    #expect(script.engine.note(of: alice, on: one) == "call after five")
  }

  @Test("Each assister's and each referral's work can be followed back, newest first")
  func chains() throws {
    var script = WorkTests.held()
    for line in [
      "10:03 alice releases 1 ill", "10:04 ben accepts 2", "10:05 ben closes 1 duplicate",
      "10:06 portal submits application en 21067", "10:06 ben accepts 3",
    ] { _ = script.run(line) }
    let engine = script.engine
    let alice = engine.principal(named: "alice")!.id
    let last = try #require(
      engine.lastAssignment(of: ReferralID(1)).flatMap { engine.assignment($0) })
    #expect(last.end == .closed && last.endedAt == Instant(clock: "10:05"))
    #expect(last.offer == OfferID(2) && last.startedAt == Instant(clock: "10:04"))
    let first = try #require(last.previousOfReferral.flatMap { engine.assignment($0) })
    #expect(first.assister == alice && first.end == .released && first.previousOfReferral == nil)
    let newest = try #require(
      engine.lastAssignment(of: last.assister).flatMap { engine.assignment($0) })
    #expect(newest.referral == ReferralID(2) && newest.end == nil && newest.endedAt == nil)
    #expect(newest.previousOfAssister == last.id)
    #expect(engine.counts.assignments == 3)
    #expect(engine.assignment(AssignmentID(0)) == nil && engine.assignment(AssignmentID(4)) == nil)
    #expect(engine.attempts(of: AssignmentID(9)) == [])
    #expect(engine.deskNotes(of: ReferralID(1)).map(\.action) == [.releasedByHolder])
  }

  @Test("Long texts and very many attempts are refused, not kept")
  func limits() {
    var script = WorkTests.held()
    let alice = script.engine.principal(named: "alice")!.id
    let long = String(repeating: "x", count: 201)
    let now = Instant(clock: "10:03")!
    #expect(
      script.engine.perform(
        .release(alice, ReferralID(1), reason: long), at: now, log: &script.log)
        == .failure(.engineLimit))
    for _ in 0..<1000 {
      _ = script.engine.perform(
        .logAttempt(alice, ReferralID(1), .noAnswer), at: now, log: &script.log)
    }
    #expect(
      script.engine.perform(
        .logAttempt(alice, ReferralID(1), .noAnswer), at: now, log: &script.log)
        == .failure(.engineLimit))
    #expect(script.engine.counts.attempts == 1000)
  }
}
