import KODEngine
import Testing

@Suite("Registration") struct RegistrationTests {
  @Test("R30: none, draft, active: each step names what is still missing")
  func steps() throws {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    #expect(script.standing(ann).registration == .none && script.standing(ann).kind == nil)
    #expect(script.engine.profile(of: ann)?.missing == ProfilePart.allCases)
    let steps: [(ProfileChange, RegistrationState, [ProfilePart])] = [
      (
        ProfileChange(contact: PreferredContact(phone: "+15025550100")), .draft,
        [.kind, .languages, .availability, .terms]
      ),
      (ProfileChange(languages: ["en"]), .draft, [.kind, .availability, .terms]),
      (ProfileChange(acceptsTerms: true), .draft, [.kind, .availability]),
      (ProfileChange(availability: .day()), .draft, [.kind]),
      (ProfileChange(kind: .agent), .active, []),
    ]
    for (minute, (change, state, missing)) in steps.enumerated() {
      _ = script.act("09:0\(minute)", .saveProfile(ann, change))
      let profile = try #require(script.engine.profile(of: ann))
      #expect(profile.standing.registration == state && profile.missing == missing)
      #expect(profile.standing.available == (state == .active))
    }
    let profile = try #require(script.engine.profile(of: ann))
    #expect(profile.termsAccepted && profile.contact?.phone == "+15025550100")
    #expect(profile.availability == Schedule.day().settings && profile.standing.kind == .agent)
    #expect(profile.outlookThrough == Instant(clock: "48:00"))
    let states = script.engine.pushes(of: ann, after: 0)?.compactMap { push in
      if case .registrationChanged(let state, _) = push.body { state } else { nil }
    }
    #expect(states == [.draft, .active])
  }

  @Test("R30: saving nothing changes nothing; what is saved already is a repeat")
  func repeats() {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    let events = script.log.count
    _ = script.act("09:00", .saveProfile(ann, ProfileChange()))
    _ = script.act("09:00", .saveProfile(ann, ProfileChange(languages: [])))
    #expect(script.log.count == events && script.standing(ann).registration == .none)
    _ = script.act("09:01", .saveProfile(ann, .complete()))
    let after = script.log.count
    #expect(after > events)
    _ = script.act("09:02", .saveProfile(ann, .complete()))
    #expect(script.log.count == after)
  }

  @Test("R30: everything at once, by an assister's credential only")
  func atOnce() {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    let sam = script.person("sam", .supervisor)
    let lines = script.act("09:00", .saveProfile(ann, .complete()))
    #expect(lines == ["09:00 ann: registration active"])
    #expect(
      script.act("09:00", .saveProfile(sam, .complete())) == ["refused: roleNotAllowed"])
    #expect(script.engine.profile(of: sam) == nil)
  }

  @Test("R30: registering in one word saves an empty contact and all hours, keeping what was saved")
  func inOneWord() throws {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    let words = Registration(kind: .agent, languages: ["en", "es", "en"], counties: CountySet())
    _ = script.act("09:00", .register(ann, words))
    var profile = try #require(script.engine.profile(of: ann))
    #expect(profile.contact == PreferredContact() && profile.termsAccepted)
    #expect(profile.availability?.aroundTheClock == true)
    #expect(profile.availability?.timeZone == "America/Kentucky/Louisville")
    #expect(profile.outlookThrough == nil && profile.standing.available)
    let bob = script.person("bob")
    let change = ProfileChange(
      contact: PreferredContact(email: "bob@example.org"),
      availability: .day(turns: ["10:00"]))
    _ = script.act("09:01", .saveProfile(bob, change))
    _ = script.act("09:02", .register(bob, words))
    profile = try #require(script.engine.profile(of: bob))
    #expect(profile.contact?.email == "bob@example.org" && !profile.standing.available)
    #expect(profile.standing.nextTurn == Instant(clock: "10:00"))
  }

  @Test("R30: a draft can't switch availability, and is named as one")
  func draft() {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    #expect(
      script.act("09:00", .setAvailability(ann, .on)) == ["refused: notRegistered"])
    _ = script.act("09:00", .saveProfile(ann, ProfileChange(languages: ["en"])))
    #expect(
      script.act("09:01", .setAvailability(ann, .on)) == ["refused: registrationIncomplete"])
    #expect(script.act("09:01", .withdrawRegistration(ann)) == ["refused: notRegistered"])
  }

  @Test("R30 R25 R37: an active kind changes only by registering anew; languages work at once")
  func changesWhileActive() {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann")
    #expect(
      script.act("09:00", .saveProfile(ann, ProfileChange(kind: .agent)))
        == ["refused: alreadyRegistered"])
    _ = script.run("09:01 portal submits application es 21067")
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.noOneAvailable))
    // R11: eligible by the new language, so somebody to ask.
    #expect(
      script.act("09:02", .saveProfile(ann, ProfileChange(languages: ["en", "es"]))) == [
        "09:02 ann: offer 1 of referral 1, general until 09:17", "09:02 referral 1: general",
      ])
    #expect(script.engine.profileChangedAt(of: ann) == Instant(clock: "09:02"))
    _ = script.act("09:03", .saveProfile(ann, ProfileChange(languages: ["en"])))
    #expect(script.offerStates(1...1) == [.withdrawn])
    _ = script.run("09:04 portal submits application es 21067")
    #expect(script.engine.referral(ReferralID(2))?.state == .waiting(.noOneAvailable))
  }

  @Test("R38: whoever takes on a county joins the mass referrals of that county")
  func newCounty() {
    var script = Script(policy: .oneShot)
    _ = script.run("09:00 bob registers kynector en 21067")
    _ = script.run("09:00 cid registers kynector en 21067")
    let ann = script.registered("ann")
    let elsewhere = CountySet([County("21001")])
    _ = script.act("09:00", .saveProfile(ann, ProfileChange(counties: elsewhere)))
    _ = script.run("09:01 portal submits application en 21067")
    _ = script.run("09:02 bob rejects 1")
    let both = CountySet([County("21001"), County("21067")])
    #expect(
      script.act("09:03", .saveProfile(ann, ProfileChange(counties: both)))
        == ["09:03 ann: offer 3 of referral 1, mass until 09:17"])
    _ = script.act("09:04", .saveProfile(ann, ProfileChange(counties: CountySet())))
    #expect(script.engine.counts.offers == 3)
  }

  @Test("R30 R25: withdrawing withdraws open Offers and leaves accepted work")
  func withdrawing() {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann")
    _ = script.run("09:00 portal submits application en 21067")
    _ = script.run("09:00 ann accepts 1")
    _ = script.run("09:01 portal submits application en 21067")
    #expect(
      script.act("09:02", .withdrawRegistration(ann)) == [
        "09:02 ann: offer 2 withdrawn", "09:02 ann: registration withdrawn",
        "09:02 referral 2: waiting, allAsked",
      ])
    let closed = script.engine.pushes(of: ann, after: 0)!.compactMap { push in
      if case .offerClosed(_, .withdrawn, _, let cause) = push.body { cause } else { nil }
    }
    #expect(closed == [.assisterWithdrew])
    #expect(script.engine.openAssignments(of: ann) == [ReferralID(1)])
    #expect(script.standing(ann).missedInARow == 0 && !script.standing(ann).available)
    let events = script.log.count
    #expect(script.act("09:03", .withdrawRegistration(ann)) == [])
    #expect(script.log.count == events)
    #expect(
      script.run("09:04 ann closes 1 planEnrolled").last == "09:04 referral 1: closed, planEnrolled"
    )
  }

  @Test("R30: who left registers again with terms accepted anew: streak 0, history kept")
  func again() throws {
    var script = Script(policy: .lapseToMass)
    let ann = script.registered("ann")
    _ = script.run("09:00 portal submits application en 21067")
    _ = script.run("10:00 time passes")
    #expect(script.standing(ann).missedInARow == 1)
    _ = script.act("10:01", .withdrawRegistration(ann))
    #expect(script.engine.missedOffers(of: ann).count == 1)
    // Only saved.
    let contact = PreferredContact(email: "new@example.org")
    _ = script.act("10:02", .saveProfile(ann, ProfileChange(contact: contact)))
    #expect(script.standing(ann).registration == .withdrawn)
    _ = script.act("10:03", .saveProfile(ann, ProfileChange(kind: .agent)))
    #expect(script.standing(ann).registration == .draft)
    #expect(script.engine.profile(of: ann)?.missing == [.terms])
    _ = script.act("10:04", .saveProfile(ann, ProfileChange(acceptsTerms: true)))
    let standing = script.standing(ann)
    #expect(standing.registration == .active && standing.missedInARow == 0)
    #expect(standing.kind == .agent && script.engine.profile(of: ann)?.contact == contact)
    #expect(script.engine.blockers(of: ann, at: Instant(clock: "10:01")!) == [.registration])
    #expect(script.engine.blockers(of: ann, at: Instant(clock: "09:59")!) == [])
  }

  @Test("R30 R60: after a de-registration only where the policy lets it, but saving goes on")
  func staffOnly() {
    var script = Script(
      policy: .lapseToMass.with {
        $0.missesToDeregister = 1
        $0.reregistration = .staffOnly
      })
    let ann = script.registered("ann")
    _ = script.run("09:00 portal submits application en 21067")
    _ = script.run("10:00 time passes")
    #expect(script.standing(ann).registration == .deregistered)
    for change in [ProfileChange(acceptsTerms: true), ProfileChange(kind: .agent)] {
      #expect(
        script.act("10:01", .saveProfile(ann, change)) == ["refused: registrationNotAllowed"])
    }
    _ = script.act("10:02", .saveProfile(ann, ProfileChange(languages: ["es"])))
    #expect(script.standing(ann).languages == ["es"])
    _ = script.act("10:03", .setPolicy(.lapseToMass))
    _ = script.act("10:04", .saveProfile(ann, ProfileChange(acceptsTerms: true)))
    #expect(script.standing(ann).registration == .active)
  }

  @Test("R18: more languages than there is room for are refused")
  func limits() {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    let many = (0...EngineLimits.languagesPerAssister).map { "x-\($0)" }
    #expect(
      script.act("09:00", .saveProfile(ann, ProfileChange(languages: many)))
        == ["refused: engineLimit"])
  }
}
