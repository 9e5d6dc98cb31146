import KODEngine
import Testing

@Suite("Offer states") struct OfferTests {
  @Test("R20 R27: one microsecond before the deadline is in time")
  func lastMoment() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:14:59.999999 alice accepts 1
      10:14:59.999999 alice: offer 1 accepted
      10:14:59.999999 referral 1: assigned to alice
      """)
  }

  @Test("R20 R22 R27: exactly the deadline is too late, and a miss")
  func exactlyTheDeadline() {
    expectTranscript(
      policy: .serial,
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:15 alice accepts 1
      10:15 alice: offer 1 missed, 1 in a row
      10:15 alice: offer 2 of referral 1, mass until 10:30
      10:15 referral 1: mass
      refused: offerDeadlinePassed
      > 10:30 alice accepts 2
      10:30 alice: offer 2 expired
      10:30 sam: referral 1 waits, massExpired
      10:30 referral 1: waiting, massExpired
      refused: offerDeadlinePassed
      """)
  }

  @Test("R21 R27: rejecting and switching off exactly at the deadline are too late as well")
  func exactlyTheDeadlineOtherwise() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:00 ben registers kynector en whole
      09:00 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:00 portal submits application en 21067
      10:00 ben: offer 2 of referral 2, general until 10:15
      10:00 referral 2: general
      > 10:01 portal cancels 2
      10:01 ben: offer 2 withdrawn
      10:01 referral 2: cancelled
      > 10:02 portal submits application en 21067
      10:02 ben: offer 3 of referral 3, general until 10:17
      10:02 referral 3: general
      > 10:15 alice rejects 1
      10:15 alice: offer 1 missed, 1 in a row
      10:15 alice: offer 4 of referral 1, mass until 10:30
      10:15 ben: offer 5 of referral 1, mass until 10:30
      10:15 referral 1: mass
      refused: offerDeadlinePassed
      > 10:17 ben is off
      10:17 ben: offer 3 missed, 1 in a row
      10:17 alice: offer 6 of referral 3, mass until 10:32
      10:17 ben: offer 7 of referral 3, mass until 10:32
      10:17 ben: offer 5 released
      10:17 ben: offer 7 released
      10:17 referral 3: mass
      """)
  }

  @Test("R27: a slow timer does not save a late accept, and lapses are stamped with their deadline")
  func slowTimer() throws {
    var script = Script(policy: .serial)
    _ = script.run("09:00 alice registers kynector en whole")
    _ = script.run("09:01 ben registers kynector en whole")
    _ = script.run("10:00 portal submits application en 21067")
    let lines = script.run("10:20 alice accepts 1")
    #expect(
      lines == [
        "10:15 alice: offer 1 missed, 1 in a row",
        "10:20 ben: offer 2 of referral 1, general until 10:35",
        "refused: offerDeadlinePassed",
      ])
    #expect(script.engine.offer(OfferID(1))?.closedAt == Instant(clock: "10:15"))
  }

  @Test("R27: a clock that steps back does not bring a deadline back")
  func clockStepsBack() {
    expectTranscript(
      policy: .serial,
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:15 alice: offer 1 missed, 1 in a row
      10:15 ben: offer 2 of referral 1, general until 10:30
      > 10:16 alice accepts 1
      refused: offerDeadlinePassed
      > 10:10 alice accepts 1
      refused: offerDeadlinePassed
      > 10:10 ben accepts 2
      10:15 ben: offer 2 accepted
      10:15 referral 1: assigned to ben
      """)
  }

  @Test("R21: rejecting twice is no error; accepting what was rejected is; so is the reverse")
  func rejected() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 alice rejects 1
      10:01 alice: offer 1 rejected
      10:01 ben: offer 2 of referral 1, general until 10:16
      > 10:01 alice rejects 1
      > 10:02 alice accepts 1
      refused: offerRejected
      > 10:02 alice rejects 2
      refused: offerUnknown
      > 10:03 ben accepts 2
      10:03 ben: offer 2 accepted
      10:03 referral 1: assigned to ben
      > 10:04 ben rejects 2
      refused: offerAccepted
      > 10:05 ben accepts 77
      refused: offerUnknown
      """)
  }

  @Test("R22 R23: an Offer that never reached a session expires")
  func undelivered() {
    expectTranscript(
      policy: .lapseToMass,
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:00 alice leaves
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:15 time passes
      10:15 alice: offer 1 expired
      10:15 alice: offer 2 of referral 1, mass until 10:30
      10:15 referral 1: mass
      """)
  }

  @Test("R22 R23 R36: an Offer in whose window the assister reached capacity expires")
  func unavailableMeanwhile() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole capacity 1
      09:00 alice: registration active
      > 09:00 ben registers kynector en whole
      09:00 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 portal submits application en 21067
      10:01 ben: offer 2 of referral 2, general until 10:16
      10:01 referral 2: general
      > 10:02 ben rejects 2
      10:02 ben: offer 2 rejected
      10:02 alice: offer 3 of referral 2, mass until 10:17
      10:02 referral 2: mass
      > 10:03 alice accepts 3
      10:03 alice: offer 3 accepted
      10:03 referral 2: assigned to alice
      > 10:04 alice accepts 1
      refused: capacityReached
      > 10:05 alice closes 2 questionAnswered
      10:05 referral 2: closed, questionAnswered
      > 10:15 time passes
      10:15 alice: offer 1 expired
      10:15 alice: offer 4 of referral 1, mass until 10:30
      10:15 ben: offer 5 of referral 1, mass until 10:30
      10:15 referral 1: mass
      """)
  }

  @Test("R23: a downtime in the window makes no miss, whether the window ends in it or after it")
  func downtime() {
    var script = Script(policy: .lapseToMass)
    for line in [
      "09:00 alice registers kynector en whole", "09:01 ben registers kynector en whole",
      "10:00 portal submits application en 21067", "10:10 portal submits application en 21067",
    ] { _ = script.run(line) }
    #expect(
      script.run("10:20 server starts") == [
        "10:15 alice: offer 1 expired",
        "10:20 alice: offer 3 of referral 1, mass until 10:35",
        "10:20 ben: offer 4 of referral 1, mass until 10:35",
        "10:20 referral 1: mass",
      ])
    #expect(
      script.run("10:25 time passes") == [
        "10:25 ben: offer 2 expired",
        "10:25 alice: offer 5 of referral 2, mass until 10:40",
        "10:25 ben: offer 6 of referral 2, mass until 10:40",
        "10:25 referral 2: mass",
      ])
  }

  @Test("R26: switching off releases every open Offer; the referral goes to the next")
  func released() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 alice is off
      10:01 alice: offer 1 released
      10:01 ben: offer 2 of referral 1, general until 10:16
      > 10:02 alice accepts 1
      refused: offerReleased
      > 10:02 alice is off
      > 10:03 alice is following
      > 10:04 alice rejects 1
      refused: offerReleased
      """)
  }

  @Test("R29: within one instant accepts come before the stage change, and lapses go by Offer id")
  func oneInstant() {
    let script = """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 09:02 carla registers kynector en whole
      09:02 carla: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice rejects 1
      10:02 alice: offer 1 rejected
      10:02 ben: offer 2 of referral 1, general until 10:17
      > 10:15 ben accepts 2
      10:15 ben: offer 2 accepted
      10:15 referral 1: assigned to ben
      > 10:16 portal submits application en 21067
      10:16 carla: offer 3 of referral 2, general until 10:31
      10:16 referral 2: general
      > 10:16 portal submits application en 21067
      10:16 alice: offer 4 of referral 3, general until 10:31
      10:16 referral 3: general
      > 10:31 portal submits application en 21067
      10:31 carla: offer 3 missed, 1 in a row
      10:31 alice: offer 4 missed, 1 in a row
      10:31 alice: offer 5 of referral 2, mass until 10:46
      10:31 ben: offer 6 of referral 2, mass until 10:46
      10:31 carla: offer 7 of referral 2, mass until 10:46
      10:31 alice: offer 8 of referral 3, mass until 10:46
      10:31 ben: offer 9 of referral 3, mass until 10:46
      10:31 carla: offer 10 of referral 3, mass until 10:46
      10:31 ben: offer 11 of referral 4, general until 10:46
      10:31 referral 2: mass
      10:31 referral 3: mass
      10:31 referral 4: general
      """
    expectTranscript(script)
  }
}
