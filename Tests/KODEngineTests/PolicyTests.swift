import KODEngine
import Testing

@Suite("Policy") struct PolicyTests {
  private static let registrations = """
    > 09:00 ann registers kynector en whole
    09:00 ann: registration active
    > 09:01 bob registers kynector en whole
    09:01 bob: registration active
    > 09:02 cid registers kynector en whole
    09:02 cid: registration active
    > 10:00 portal submits application en 21067
    10:00 ann: offer 1 of referral 1, general until 10:15
    10:00 referral 1: general

    """

  @Test("R61 phase15: A silent, B silent, C accepts in 1 minute: mass at 15, C at 16")
  func phase15Silent() {
    expectTranscript(
      policy: .phase15,
      PolicyTests.registrations + """
        10:15 ann: offer 1 missed, 1 in a row
        10:15 ann: offer 2 of referral 1, mass until 10:30
        10:15 bob: offer 3 of referral 1, mass until 10:30
        10:15 cid: offer 4 of referral 1, mass until 10:30
        10:15 referral 1: mass
        > 10:16 cid accepts 4
        10:16 cid: offer 4 accepted
        10:16 ann: offer 2 taken
        10:16 bob: offer 3 taken
        10:16 referral 1: assigned to cid
        """)
  }

  @Test("R61 phase15: A rejects at 2: B at 2; mass at 15, B's open to 17; C at 16, B not a miss")
  func phase15Rejected() {
    expectTranscript(
      policy: .phase15,
      PolicyTests.registrations + """
        > 10:02 ann rejects 1
        10:02 ann: offer 1 rejected
        10:02 bob: offer 2 of referral 1, general until 10:17
        10:15 cid: offer 3 of referral 1, mass until 10:30
        10:15 referral 1: mass
        > 10:16 cid accepts 3
        10:16 cid: offer 3 accepted
        10:16 bob: offer 2 taken
        10:16 referral 1: assigned to cid
        """)
  }

  @Test("R61 serial: B at 15, C at 30, accepted at 31: the promise is broken")
  func serialSilent() {
    expectTranscript(
      policy: .serial,
      PolicyTests.registrations + """
        10:15 ann: offer 1 missed, 1 in a row
        10:15 bob: offer 2 of referral 1, general until 10:30
        10:30 bob: offer 2 missed, 1 in a row
        10:30 cid: offer 3 of referral 1, general until 10:45
        > 10:31 cid accepts 3
        10:31 cid: offer 3 accepted
        10:31 referral 1: assigned to cid
        """)
  }

  @Test("R61 serial: A rejects at 2: B missed at 17, C at 18")
  func serialRejected() {
    expectTranscript(
      policy: .serial,
      PolicyTests.registrations + """
        > 10:02 ann rejects 1
        10:02 ann: offer 1 rejected
        10:02 bob: offer 2 of referral 1, general until 10:17
        10:17 bob: offer 2 missed, 1 in a row
        10:17 cid: offer 3 of referral 1, general until 10:32
        > 10:18 cid accepts 3
        10:18 cid: offer 3 accepted
        10:18 referral 1: assigned to cid
        """)
  }

  @Test("R61 lapse_to_mass: silent: mass at 15, C at 16")
  func lapseToMassSilent() {
    expectTranscript(
      policy: .lapseToMass,
      PolicyTests.registrations + """
        10:15 ann: offer 1 missed, 1 in a row
        10:15 ann: offer 2 of referral 1, mass until 10:30
        10:15 bob: offer 3 of referral 1, mass until 10:30
        10:15 cid: offer 4 of referral 1, mass until 10:30
        10:15 referral 1: mass
        > 10:16 cid accepts 4
        10:16 cid: offer 4 accepted
        10:16 ann: offer 2 taken
        10:16 bob: offer 3 taken
        10:16 referral 1: assigned to cid
        """)
  }

  @Test("R61 lapse_to_mass: A rejects at 2: mass at 17, C at 18")
  func lapseToMassRejected() {
    expectTranscript(
      policy: .lapseToMass,
      PolicyTests.registrations + """
        > 10:02 ann rejects 1
        10:02 ann: offer 1 rejected
        10:02 bob: offer 2 of referral 1, general until 10:17
        10:17 bob: offer 2 missed, 1 in a row
        10:17 bob: offer 3 of referral 1, mass until 10:32
        10:17 cid: offer 4 of referral 1, mass until 10:32
        10:17 referral 1: mass
        > 10:18 cid accepts 4
        10:18 cid: offer 4 accepted
        10:18 bob: offer 3 taken
        10:18 referral 1: assigned to cid
        """)
  }

  @Test("R61 one_shot: silent: mass at 15, C at 16; A rejects at 2: mass at 2, C at 3")
  func oneShot() {
    expectTranscript(
      policy: .oneShot,
      PolicyTests.registrations + """
        10:15 ann: offer 1 missed, 1 in a row
        10:15 ann: offer 2 of referral 1, mass until 10:30
        10:15 bob: offer 3 of referral 1, mass until 10:30
        10:15 cid: offer 4 of referral 1, mass until 10:30
        10:15 referral 1: mass
        > 10:16 cid accepts 4
        10:16 cid: offer 4 accepted
        10:16 ann: offer 2 taken
        10:16 bob: offer 3 taken
        10:16 referral 1: assigned to cid
        """)
    expectTranscript(
      policy: .oneShot,
      PolicyTests.registrations + """
        > 10:02 ann rejects 1
        10:02 ann: offer 1 rejected
        10:02 bob: offer 2 of referral 1, mass until 10:17
        10:02 cid: offer 3 of referral 1, mass until 10:17
        10:02 referral 1: mass
        > 10:03 cid accepts 3
        10:03 cid: offer 3 accepted
        10:03 bob: offer 2 taken
        10:03 referral 1: assigned to cid
        """)
  }

  @Test("R60: a referral keeps the version it started under; a new one starts under the new")
  func versions() {
    expectTranscript(
      policy: .phase15,
      PolicyTests.registrations + """
        > 10:01 policy one_shot
        > 10:01 policy one_shot
        > 10:02 portal submits application en 21067
        10:02 bob: offer 2 of referral 2, general until 10:17
        10:02 referral 2: general
        > 10:03 ann rejects 1
        10:03 ann: offer 1 rejected
        10:03 cid: offer 3 of referral 1, general until 10:18
        > 10:04 bob rejects 2
        10:04 bob: offer 2 rejected
        10:04 ann: offer 4 of referral 2, mass until 10:19
        10:04 cid: offer 5 of referral 2, mass until 10:19
        10:04 referral 2: mass
        """)
  }

  @Test("R60: after the most general Offers a referral may have comes mass")
  func maxGeneralOffers() {
    expectTranscript(
      policy: Policy.serial.with { $0.maxGeneralOffers = 1 },
      PolicyTests.registrations + """
        > 10:02 ann rejects 1
        10:02 ann: offer 1 rejected
        10:02 bob: offer 2 of referral 1, mass until 10:17
        10:02 cid: offer 3 of referral 1, mass until 10:17
        10:02 referral 1: mass
        """)
  }

  @Test("R60: mass may relax language and county; a general Offer never does")
  func relaxations() {
    let relaxed = Policy.phase15.with {
      $0.languageRelaxation = .inMass
      $0.massAudience = .anyCounty
    }
    expectTranscript(
      policy: relaxed,
      """
      > 09:00 ann registers kynector es 21001
      09:00 ann: registration active
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, mass until 10:15
      10:00 referral 1: mass
      """)
  }

  @Test("R60: a de-registered assister registers again only where the policy lets it")
  func reregistration() {
    expectTranscript(
      policy: Policy.lapseToMass.with {
        $0.missesToDeregister = 1
        $0.reregistration = .staffOnly
      },
      """
      > 09:00 ann registers kynector en whole
      09:00 ann: registration active
      > 10:00 portal submits application en 21067
      10:00 ann: offer 1 of referral 1, general until 10:15
      10:00 referral 1: general
      > 10:15 time passes
      10:15 ann: offer 1 missed, 1 in a row
      10:15 ann: registration deregistered, 1 missed
      10:15 referral 1: waiting, allAsked
      > 10:16 ann registers kynector en whole
      refused: registrationNotAllowed
      """)
  }

  @Test(
    "R60: a policy that can't work is refused",
    arguments: [
      { $0.offerWindow = .seconds(0) }, { $0.massWindow = .minutes(100_000) },
      { $0.generalPhase = .seconds(-1) }, { $0.capacity = 0 },
      { $0.secondReminder = Policy.Fraction(1, of: 4) },
      { $0.firstReminder = Policy.Fraction(0, of: 3) },
      { $0.callbackPromise = .seconds(-5) },
    ] as [@Sendable (inout Policy) -> Void])
  func invalid(change: @Sendable (inout Policy) -> Void) {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    let policy = Policy.phase15.with(change)
    #expect(!policy.isValid)
    #expect(
      engine.perform(.setPolicy(policy), at: .midnight, log: &log) == .failure(.policyInvalid))
    #expect(log.isEmpty && engine.policy == .phase15)
  }

  @Test("R60 R61: the presets are valid and differ as their names say")
  func presets() {
    #expect(Policy.named.values.allSatisfy { $0.isValid })
    #expect(Set(Policy.named.values).count == 4)
    #expect(Policy() == .phase15)
  }
}
