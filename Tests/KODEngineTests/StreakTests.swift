import KODEngine
import Testing

@Suite("The three-miss streak") struct StreakTests {
  /// One general or mass Offer to alice, and what becomes of it: M missed, A accepted, R rejected, L released,
  /// W withdrawn, T taken, E expired for a downtime; m mass expired, a mass accepted.
  private static func play(_ sequence: String, policy: Policy) -> (streak: UInt8, ended: Int?) {
    var script = Script(policy: policy.with { $0.onReject = .mass })
    var hour = 1
    func at(_ minute: String, _ what: String) { _ = script.run("\(hour):\(minute) \(what)") }
    at("00", "alice registers kynector en whole")
    var ended: Int?
    for (position, step) in sequence.filter({ $0 != " " }).enumerated() where ended == nil {
      hour += 1
      let offers = script.engine.counts.offers
      if step == "m" || step == "a" {
        // Another assister turns it down first, so that alice sees it as mass only.
        at("00", "ben registers agent en whole")
        at("00", "ben is on")
        at("01", "portal submits plan en 21067")
        at("02", "ben rejects \(offers + 1)")
        if step == "a" {
          at("03", "alice accepts \(offers + 2)")
          let referral = script.engine.counts.referrals
          at("04", "alice closes \(referral) questionAnswered")
        }
        at("05", "ben is off")
      } else {
        at("01", "portal submits application en 21067")
        switch step {
        case "A":
          at("02", "alice accepts \(offers + 1)")
          at("03", "alice closes \(script.engine.counts.referrals) questionAnswered")
        case "R": at("02", "alice rejects \(offers + 1)")
        case "L":
          at("02", "alice is off")
          at("03", "alice is on")
        case "W": at("02", "portal cancels \(script.engine.counts.referrals)")
        case "E": at("02", "server starts")
        default: break
        }
      }
      at("20", "time passes")
      at("50", "time passes")
      let alice = script.engine.standing(of: script.engine.principal(named: "alice")!.id)!
      if alice.registration == .deregistered { ended = position + 1 }
    }
    let alice = script.engine.principal(named: "alice")!.id
    #expect(
      script.engine.missedOffers(of: alice).count
        == Int(script.engine.standing(of: alice)!.missedInARow))
    return (script.engine.standing(of: alice)!.missedInARow, ended)
  }

  @Test(
    "R50: a sequence of Offers leads to a streak",
    arguments: [
      ("M", 1, nil), ("M M", 2, nil), ("M M M", 3, 3), ("M M A M", 1, nil), ("M M R M", 1, nil),
      ("M M L M", 1, nil), ("M M W M", 3, 4), ("M M E M", 3, 4), ("M M m M", 3, 4),
      ("M M a M", 3, 4), ("R R R", 0, nil), ("M R M M A M", 1, nil), ("E E E E", 0, nil),
      ("m m m m", 0, nil),
    ] as [(String, UInt8, Int?)])
  func sequences(sequence: String, streak: UInt8, ended: Int?) {
    let result = StreakTests.play(sequence, policy: .lapseToMass)
    #expect(result == (streak, ended))
  }

  @Test(
    "R50 R60: where a rejection is no response it leaves the streak, and so does a release",
    arguments: ["M M R M", "M M L M"])
  func rejectIsNoResponse(sequence: String) {
    let strict = Policy.lapseToMass.with { $0.rejectIsResponse = false }
    #expect(StreakTests.play(sequence, policy: strict) == (3, 4))
  }

  @Test("R60: the number of misses that de-register is the policy's; 0 never does")
  func otherLimits() {
    let two = Policy.lapseToMass.with { $0.missesToDeregister = 2 }
    #expect(StreakTests.play("M M", policy: two) == (2, 2))
    let never = Policy.lapseToMass.with { $0.missesToDeregister = 0 }
    #expect(StreakTests.play("M M M M M", policy: never) == (5, nil))
  }

  @Test(
    "R31 R25 R30: the third miss de-registers in its instant, open Offers are withdrawn, work stays"
  )
  func deregistered() {
    expectTranscript(
      policy: .serial,
      """
      > 08:00 sam watches
      > 08:00 alice registers kynector en whole
      08:00 alice: registration active
      > 09:00 portal submits application en 21067
      09:00 alice: offer 1 of referral 1, general until 09:15
      09:00 referral 1: general
      > 09:01 alice accepts 1
      09:01 alice: offer 1 accepted
      09:01 referral 1: assigned to alice
      > 09:02 alice tries 1 noAnswer
      > 10:00 portal submits application en 21067
      10:00 alice: offer 2 of referral 2, general until 10:15
      10:00 referral 2: general
      10:15 alice: offer 2 missed, 1 in a row
      10:15 alice: offer 3 of referral 2, mass until 10:30
      10:15 referral 2: mass
      10:30 alice: offer 3 expired
      10:30 sam: referral 2 waits, massExpired
      10:30 referral 2: waiting, massExpired
      > 11:00 portal submits application en 21067
      11:00 alice: offer 4 of referral 3, general until 11:15
      11:00 referral 3: general
      11:15 alice: offer 4 missed, 2 in a row
      11:15 alice: offer 5 of referral 3, mass until 11:30
      11:15 referral 3: mass
      > 11:20 portal submits application en 21067
      11:20 alice: offer 6 of referral 4, general until 11:35
      11:20 referral 4: general
      > 11:21 portal submits application en 21067
      11:21 alice: offer 7 of referral 5, mass until 11:36
      11:21 referral 5: mass
      11:30 alice: offer 5 expired
      11:30 sam: referral 3 waits, massExpired
      11:30 referral 3: waiting, massExpired
      > 11:35 time passes
      11:35 alice: offer 6 missed, 3 in a row
      11:35 alice: offer 7 withdrawn
      11:35 alice: registration deregistered, 3 missed
      11:35 sam: alice deregistered for offers 2 4 6
      11:35 sam: referral 5 waits, allAsked
      11:35 sam: referral 4 waits, allAsked
      11:35 referral 4: waiting, allAsked
      11:35 referral 5: waiting, allAsked
      > 11:36 alice is on
      refused: notRegistered
      > 11:37 alice accepts 7
      refused: offerWithdrawn
      > 11:38 alice closes 1 applicationSubmitted
      11:38 referral 1: closed, applicationSubmitted
      > 11:39 alice registers kynector en whole
      11:39 alice: registration active
      """)
  }

  @Test("R50: the streak survives midnight and a restart from the encoded state")
  func survives() throws {
    var script = Script(policy: .lapseToMass)
    for line in [
      "22:00 alice registers kynector en whole", "22:01 portal submits application en 21067",
      "23:00 time passes", "23:10 portal submits application en 21067", "24:30 time passes",
    ] { _ = script.run(line) }
    script.engine = try Engine(decodingState: script.engine.encodeState().span.bytes)
    _ = script.run("34:00 portal submits application en 21067")
    let lines = script.run("34:15 time passes")
    #expect(lines.contains("34:15 alice: offer 5 missed, 3 in a row"))
    #expect(lines.contains("34:15 alice: registration deregistered, 3 missed"))
  }

  @Test("R31: windows that end in the instant of the third miss have expired, not been withdrawn")
  func sameInstant() {
    var script = Script(policy: .lapseToMass.with { $0.missesToDeregister = 1 })
    for line in [
      "08:00 alice registers kynector en whole", "10:00 portal submits application en 21067",
      "10:00 portal submits application en 21067",
    ] { _ = script.run(line) }
    #expect(
      script.run("10:15 time passes") == [
        "10:15 alice: offer 1 missed, 1 in a row", "10:15 alice: offer 2 expired",
        "10:15 alice: registration deregistered, 1 missed", "10:15 referral 1: waiting, allAsked",
        "10:15 referral 2: waiting, massExpired",
      ])
  }
}
