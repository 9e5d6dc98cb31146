import KODEngine
import Testing

@Suite("Presence") struct PresenceTests {
  /// ann, inside hours from 9 to 17, at 18:00 switched on.
  private func scene() -> (script: Script, ann: PrincipalID) {
    var script = Script(policy: .phase15)
    script.showsAvailability = true
    let ann = script.registered("ann", .day(turns: ["09:00", "17:00", "33:00"]))
    _ = script.run("18:00 ann is on")
    return (script, ann)
  }

  @Test("R33: opening a session outside working hours clears on, and says so")
  func clears() {
    var (script, ann) = scene()
    #expect(
      script.act("18:05", .sessionsChanged(ann, hasSession: true, isFresh: true))
        == ["18:05 ann: available false, followSchedule, cleared"])
    #expect(script.standing(ann).hasSession)
    // Switched on again afterwards it holds until the next boundary.
    _ = script.run("18:06 ann is on")
    #expect(script.standing(ann).available)
    _ = script.run("32:59 time passes")
    #expect(script.standing(ann).override == .on)
    _ = script.run("33:00 time passes")
    #expect(script.standing(ann).override == .followSchedule)
  }

  @Test("R33: a session that is resumed, a second one, or one that ends clears nothing")
  func clearsNothing() {
    var (script, ann) = scene()
    #expect(
      script.act("18:05", .sessionsChanged(ann, hasSession: true, isFresh: false)) == [])
    #expect(script.act("18:06", .sessionsChanged(ann, hasSession: true, isFresh: true)) == [])
    #expect(script.act("18:07", .sessionsChanged(ann, hasSession: false, isFresh: true)) == [])
    #expect(script.standing(ann).override == .on && !script.standing(ann).hasSession)
  }

  @Test(
    "R33 R27: inside hours on stays: from the first instant to just before the last",
    arguments: [("09:00", true), ("16:59:59.999999", true), ("17:00", false), ("08:59", false)])
  func insideHours(clock: String, stays: Bool) {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann", .day(turns: ["09:00", "17:00"]))
    _ = script.run("\(clock) ann is on")
    _ = script.act(clock, .sessionsChanged(ann, hasSession: true, isFresh: true))
    #expect(script.standing(ann).override == (stays ? .on : .followSchedule))
  }

  @Test("R33: off stays off whoever opens a session")
  func off() {
    var (script, ann) = scene()
    _ = script.run("18:01 ann is off")
    _ = script.act("18:05", .sessionsChanged(ann, hasSession: true, isFresh: true))
    #expect(script.standing(ann).override == .off)
  }

  @Test("R33 R22: the Offer that is open then may be accepted, and its lapse is no miss")
  func openOffer() {
    var (script, ann) = scene()
    _ = script.run("18:01 portal submits application en 21067")
    _ = script.act("18:05", .sessionsChanged(ann, hasSession: true, isFresh: true))
    #expect(script.offerStates(1...1) == [.pending])
    _ = script.run("18:16 time passes")
    #expect(script.offerStates(1...1) == [.expired])
  }

  @Test("A server that starts knows of no sessions; they come again")
  func restart() {
    var (script, ann) = scene()
    _ = script.act("18:05", .sessionsChanged(ann, hasSession: true, isFresh: false))
    _ = script.run("18:10 server starts")
    #expect(!script.standing(ann).hasSession && script.standing(ann).override == .on)
    let sam = script.person("sam", .supervisor)
    #expect(
      script.act("18:11", .sessionsChanged(sam, hasSession: true, isFresh: true))
        == ["refused: roleNotAllowed"])
  }

  // MARK: offer_requires_session

  private static let strict = Policy.phase15.with { $0.offerRequiresSession = true }

  @Test("R60: a policy may ask only who has a session, general and mass alike")
  func requiresSession() {
    #expect(PresenceTests.strict.isValid)
    var script = Script(policy: PresenceTests.strict.with { $0.onReject = .mass })
    _ = script.registered("ann")
    let bob = script.registered("bob")
    let cid = script.registered("cid")
    _ = script.registered("dee")
    _ = script.act("09:00", .sessionsChanged(bob, hasSession: true, isFresh: true))
    _ = script.act("09:00", .sessionsChanged(cid, hasSession: true, isFresh: true))
    #expect(
      script.run("10:00 portal submits application en 21067").first
        == "10:00 bob: offer 1 of referral 1, general until 10:15")
    #expect(
      script.run("10:01 bob rejects 1") == [
        "10:01 bob: offer 1 rejected", "10:01 cid: offer 2 of referral 1, mass until 10:16",
        "10:01 referral 1: mass",
      ])
  }

  @Test("R60 R11 R38: opening a session makes somebody of whom nobody was there")
  func joinsBySession() {
    var script = Script(policy: PresenceTests.strict)
    let ann = script.registered("ann")
    let bob = script.registered("bob")
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.noOneAvailable))
    #expect(
      script.act("10:05", .sessionsChanged(ann, hasSession: true, isFresh: true)) == [
        "10:05 ann: offer 1 of referral 1, general until 10:20", "10:05 referral 1: general",
      ])
    _ = script.run("10:20 time passes")
    #expect(script.engine.referral(ReferralID(1))?.state == .mass)
    #expect(
      script.act("10:21", .sessionsChanged(bob, hasSession: true, isFresh: true))
        == ["10:21 bob: offer 3 of referral 1, mass until 10:35"])
  }

  @Test("R60: what started under another policy asks for no session")
  func otherVersion() {
    var script = Script(policy: .phase15)
    _ = script.registered("ann")
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act("10:01", .setPolicy(PresenceTests.strict))
    _ = script.registered("bob", at: "10:01")
    #expect(
      script.run("10:02 ann rejects 1").contains(
        "10:02 bob: offer 2 of referral 1, general until 10:17"))
    _ = script.run("10:03 portal submits application en 21067")
    #expect(script.engine.referral(ReferralID(2))?.state == .waiting(.noOneAvailable))
  }

  @Test("R60: a snapshot remembers the session of somebody who registers only afterwards")
  func decodedBeforeRegistration() throws {
    var script = Script(policy: PresenceTests.strict)
    let ann = script.id("ann", .assister)
    _ = script.act("09:00", .sessionsChanged(ann, hasSession: true, isFresh: true))
    script.engine = try Engine(decodingState: script.engine.encodeState().span.bytes)
    _ = script.run("09:01 ann registers kynector en whole")
    #expect(
      script.run("10:00 portal submits application en 21067").first
        == "10:00 ann: offer 1 of referral 1, general until 10:15")
  }
}
