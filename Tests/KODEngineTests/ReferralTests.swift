import KODEngine
import Testing

@Suite("Referral states") struct ReferralTests {
  @Test("R1 R4: the first general Offer goes out at submission; an accept assigns")
  func offeredAndAccepted() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 alice accepts 1
      10:01 alice: offer 1 accepted
      10:01 referral 1: assigned to alice
      """)
  }

  @Test("R2: without a general candidate everybody eligible is asked at once")
  func straightToMass() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 portal submits application en 21067
      10:01 alice: offer 2 of referral 2, mass until 10:16
      10:01 referral 2: mass
      """)
  }

  @Test("R3: nobody is there; supervisors are told")
  func nobody() {
    expectTranscript(
      """
      > 09:00 sam watches
      > 10:00 portal submits application en 21067
      10:00 sam: referral 1 waits, noOneAvailable
      10:00 referral 1: waiting, noOneAvailable
      """)
  }

  @Test("R5: rejected, the next one is asked at once")
  func rejectedToNext() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice rejects 1
      10:02 alice: offer 1 rejected
      10:02 ben: offer 2 of referral 1, general until 10:17
      """)
  }

  @Test("R6: when the phase is over, mass; the open general Offer stays open to its own deadline")
  func phaseOver() {
    expectTranscript(
      """
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
      > 10:15 time passes
      10:15 carla: offer 3 of referral 1, mass until 10:30
      10:15 referral 1: mass
      > 10:16 ben accepts 2
      10:16 ben: offer 2 accepted
      10:16 carla: offer 3 taken
      10:16 referral 1: assigned to ben
      """)
  }

  @Test("R6: no further candidate but mass recipients: mass before the phase is over")
  func exhaustedToMass() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 portal submits application en 21067
      10:01 ben: offer 2 of referral 2, general until 10:16
      10:01 referral 2: general
      > 10:02 alice rejects 1
      10:02 alice: offer 1 rejected
      10:02 ben: offer 3 of referral 1, mass until 10:17
      10:02 referral 1: mass
      """)
  }

  @Test("R6: with nobody to ask but an open general Offer it is mass, and waits when that ends")
  func massOfNobody() {
    expectTranscript(
      policy: .phase15.with { $0.generalPhase = .minutes(5) },
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:05 referral 1: mass
      > 10:06 ben registers kynector en whole
      10:06 ben: registration active
      10:06 ben: offer 2 of referral 1, mass until 10:20
      > 10:07 ben rejects 2
      10:07 ben: offer 2 rejected
      > 10:15 time passes
      10:15 alice: offer 1 missed, 1 in a row
      10:15 sam: referral 1 waits, allAsked
      10:15 referral 1: waiting, allAsked
      """)
  }

  @Test("R7: everybody was asked and nobody is left")
  func allAsked() {
    expectTranscript(
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice rejects 1
      10:02 alice: offer 1 rejected
      10:02 sam: referral 1 waits, allAsked
      10:02 referral 1: waiting, allAsked
      """)
  }

  @Test("R8 R24 R28: the first accept of a mass referral wins; the loser learns when")
  func massWinner() {
    expectTranscript(
      policy: .oneShot,
      """
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
      10:02 ben: offer 2 of referral 1, mass until 10:17
      10:02 carla: offer 3 of referral 1, mass until 10:17
      10:02 referral 1: mass
      > 10:03 carla accepts 3
      10:03 carla: offer 3 accepted
      10:03 ben: offer 2 taken
      10:03 referral 1: assigned to carla
      > 10:03:00.000001 ben accepts 2
      refused: offerTaken at 10:03
      > 10:04 carla accepts 3
      > 10:04 alice accepts 3
      refused: offerUnknown
      """)
  }

  @Test("R9: the last open mass Offer was rejected: waiting at once")
  func massRejected() {
    expectTranscript(
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 portal submits application en 21067
      10:01 alice: offer 2 of referral 2, mass until 10:16
      10:01 referral 2: mass
      > 10:02 alice rejects 2
      10:02 alice: offer 2 rejected
      10:02 sam: referral 2 waits, allAsked
      10:02 referral 2: waiting, allAsked
      """)
  }

  @Test("R10 R23 R42: the mass window ends with nobody; it expires for all and counts for nobody")
  func massExpired() {
    expectTranscript(
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:01 ben registers kynector en whole
      09:01 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:15 alice: offer 1 missed, 1 in a row
      10:15 alice: offer 2 of referral 1, mass until 10:30
      10:15 ben: offer 3 of referral 1, mass until 10:30
      10:15 referral 1: mass
      > 10:30 time passes
      10:30 alice: offer 2 expired
      10:30 ben: offer 3 expired
      10:30 sam: referral 1 waits, massExpired
      10:30 referral 1: waiting, massExpired
      """)
  }

  @Test("R10: a general Offer that outlasts the mass window is waited for")
  func massWindowShorterThanGeneral() {
    expectTranscript(
      policy: .phase15.with {
        $0.generalPhase = .minutes(5)
        $0.massWindow = .minutes(5)
      },
      """
      > 09:00 sam watches
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:00 ben registers kynector en whole
      09:00 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      10:05 ben: offer 2 of referral 1, mass until 10:10
      10:05 referral 1: mass
      > 10:10 time passes
      10:10 ben: offer 2 expired
      > 10:15 time passes
      10:15 alice: offer 1 missed, 1 in a row
      10:15 sam: referral 1 waits, massExpired
      10:15 referral 1: waiting, massExpired
      """)
  }

  @Test("R11: who becomes available gets a general Offer of what nobody was asked about")
  func waitingToGeneral() {
    expectTranscript(
      """
      > 10:00 portal submits application en 21067
      10:00 referral 1: waiting, noOneAvailable
      > 10:01 portal submits application en 21067
      10:01 referral 2: waiting, noOneAvailable
      > 10:05 alice registers kynector en whole
      10:05 alice: registration active
      10:05 alice: offer 1 of referral 1, general until 10:20
      10:05 alice: offer 2 of referral 2, mass until 10:20
      10:05 referral 1: general
      10:05 referral 2: mass
      """)
  }

  @Test("R11: what others were asked about goes to mass for somebody new, not for the same again")
  func waitingToMass() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:02 alice rejects 1
      10:02 alice: offer 1 rejected
      10:02 referral 1: waiting, allAsked
      > 10:03 alice is off
      > 10:04 alice is on
      > 10:05 ben registers kynector es whole
      10:05 ben: registration active
      > 10:06 carla registers kynector en whole
      10:06 carla: registration active
      10:06 carla: offer 2 of referral 1, mass until 10:21
      10:06 referral 1: mass
      """)
  }

  @Test("R15 R18: the holder closes with an outcome; nobody else, and nothing twice")
  func closed() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 09:00 ben registers kynector en whole
      09:00 ben: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 alice closes 1 questionAnswered
      refused: notTheHolder
      > 10:02 alice accepts 1
      10:02 alice: offer 1 accepted
      10:02 referral 1: assigned to alice
      > 10:03 ben closes 1 questionAnswered
      refused: notTheHolder
      > 10:04 alice closes 1 unreachable
      refused: unreachableTooEarly
      > 10:04 alice closes 1 unserved
      refused: outcomeNotAllowed
      > 10:05 alice closes 1 questionAnswered
      10:05 referral 1: closed, questionAnswered
      > 10:06 alice closes 1 questionAnswered
      > 10:06 alice closes 1 duplicate
      refused: referral is closed, questionAnswered
      > 10:07 portal cancels 1
      refused: referral is closed, questionAnswered
      > 10:08 alice closes 7 duplicate
      refused: notTheHolder
      """)
  }

  @Test("R17 R25: cancelling withdraws open Offers and tells the holder")
  func cancelled() {
    expectTranscript(
      """
      > 09:00 alice registers kynector en whole
      09:00 alice: registration active
      > 10:00 portal submits application en 21067
      10:00 alice: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:01 portal cancels 1
      10:01 alice: offer 1 withdrawn
      10:01 referral 1: cancelled
      > 10:02 alice accepts 1
      refused: offerWithdrawn
      > 10:02 portal cancels 1
      > 10:03 portal submits application en 21067
      10:03 alice: offer 2 of referral 2, general until 10:18
      10:03 referral 2: general
      > 10:04 alice accepts 2
      10:04 alice: offer 2 accepted
      10:04 referral 2: assigned to alice
      > 10:05 sam cancels 2
      10:05 alice: referral 2 cancelled
      10:05 referral 2: cancelled
      > 10:06 alice closes 2 duplicate
      refused: referral is cancelled
      > 10:07 portal submits application es 21067
      10:07 sam: referral 3 waits, noOneAvailable
      10:07 referral 3: waiting, noOneAvailable
      > 10:08 alice cancels 3
      refused: roleNotAllowed
      > 10:08 other submits application es 21067
      10:08 sam: referral 4 waits, noOneAvailable
      10:08 referral 4: waiting, noOneAvailable
      > 10:09 other cancels 3
      refused: referralUnknown
      > 10:10 portal cancels 3
      10:10 referral 3: cancelled
      """)
  }
}
