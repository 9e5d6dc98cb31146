import KODEngine
import Testing

@Suite("Timers and promises") struct TimerTests {
  @Test("R47 R40 R42: reminders at 1/3 and 4/5 of general and mass windows")
  func reminders() {
    expectTranscript(
      policy: .lapseToMass, reminders: true,
      """
      > 09:00 ann registers kynector en whole
      09:00 ann: registration active
      > 09:01 bob registers kynector en whole
      09:01 bob: registration active
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:05 ann: offer 1 reminder 1
      10:12 ann: offer 1 reminder 2
      10:15 ann: offer 1 missed, 1 in a row
      10:15 ann: offer 2 of referral 1, mass until 10:30
      10:15 bob: offer 3 of referral 1, mass until 10:30
      10:15 referral 1: mass
      10:20 ann: offer 2 reminder 1
      10:20 bob: offer 3 reminder 1
      > 10:21 ann rejects 2
      10:21 ann: offer 2 rejected
      10:27 bob: offer 3 reminder 2
      > 10:28 bob accepts 3
      10:28 bob: offer 3 accepted
      10:28 referral 1: assigned to bob
      > 10:50 time passes
      """)
  }

  @Test("R47: of two late reminders only the second is sent, and none after the deadline")
  func lateReminders() {
    var script = Script(policy: .serial)
    script.showsReminders = true
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.run("10:13 time passes") == ["10:13 ann: offer 1 reminder 2"])
    #expect(script.run("10:14 time passes") == [])
    _ = script.run("10:14 ann rejects 1")
    _ = script.run("11:00 portal submits application en 21067")
    #expect(script.run("11:15 time passes").first == "11:15 ann: offer 2 missed, 1 in a row")
  }

  @Test("R47: an odd window is cut to the microsecond below")
  func oddWindow() {
    var script = Script(
      policy: .serial.with { $0.offerWindow = Instant.Interval(microseconds: 1_000_001) })
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.nextDeadline == Instant(clock: "10:00:00.333333"))
  }

  @Test("R40 R41: windows and phase are the policy's; nextDeadline is the earliest of them")
  func nextDeadline() {
    var script = Script(policy: .phase15.with { $0.generalPhase = .minutes(4) })
    #expect(script.engine.nextDeadline == nil)
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.nextDeadline == Instant(clock: "10:04"))
    _ = script.run("10:04 time passes")
    #expect(script.engine.nextDeadline == Instant(clock: "10:05"))
    _ = script.run("10:05 time passes")
    #expect(script.engine.nextDeadline == Instant(clock: "10:09"))
    _ = script.run("10:05 ann accepts 1")
    // The callback is due at 10:30.
    #expect(script.engine.nextDeadline == Instant(clock: "10:20"))
    _ = script.run("10:06 ann closes 1 questionAnswered")
    #expect(script.engine.nextDeadline == nil)
  }

  @Test(
    "R44 R45: called back 30 minutes after submission, or 10 after the acceptance if that is later",
    arguments: [("10:05", "10:30"), ("10:20", "10:30"), ("10:25", "10:35")])
  func promise(accepted: String, due: String) throws {
    var script = Script(policy: .phase15.with { $0.offerWindow = .minutes(60) })
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    var view = try #require(script.engine.referral(ReferralID(1)))
    #expect(view.promise == Instant(clock: "10:30"))
    #expect(view.callbackDue == nil && view.acceptedAt == nil && view.holder == nil)
    _ = script.run("\(accepted) ann accepts 1")
    view = try #require(script.engine.referral(ReferralID(1)))
    #expect(view.acceptedAt == Instant(clock: accepted))
    #expect(view.callbackDue == Instant(clock: due))
    #expect(view.holder == script.engine.principal(named: "ann")?.id)
    #expect(view.acceptedOffer == OfferID(1))
  }

  @Test("Timers left behind by accepts are swept: the next deadline stays the live one's")
  func sweep() {
    var script = Script(policy: .phase15)
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("09:00 portal submits application es 21067")
    let ann = PrincipalID(1)
    let portal = script.engine.principal(named: "portal")!.id
    let nine = Instant(clock: "09:00")!
    for index in 1...UInt64(1500) {
      let submission = Submission(
        idempotencyKey: UInt128(index) << 64, partnerReference: "case", helpType: .both,
        language: "en",
        county: County("21067"), contact: Contact(name: "", phone: "", notes: ""))
      _ = script.engine.perform(.submit(portal, submission), at: nine, log: &script.log)
      _ = script.engine.perform(.accept(ann, OfferID(index)), at: nine, log: &script.log)
      _ = script.engine.perform(
        .close(ann, ReferralID(index + 1), .duplicate), at: nine, log: &script.log)
    }
    #expect(script.engine.counts.referralsClosed == 1500)
    // The promise of the one that waits.
    #expect(script.engine.nextDeadline == Instant(clock: "09:30"))
    _ = script.run("09:30 portal submits application en 21067")
    #expect(script.engine.nextDeadline == Instant(clock: "09:35"))
  }
}
