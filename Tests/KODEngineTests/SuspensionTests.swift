import KODEngine
import Testing

@Suite("Staff's hand on registrations") struct SuspensionTests {
  private func scene() -> (script: Script, ann: PrincipalID, sam: PrincipalID) {
    var script = Script(policy: .lapseToMass)
    let sam = script.person("sam", .supervisor)
    let ann = script.registered("ann")
    return (script, ann, sam)
  }

  /// ann in the state, by the shortest way.
  private func scene(
    in state: RegistrationState
  ) -> (script: Script, ann: PrincipalID, sam: PrincipalID) {
    var (script, ann, sam) = scene()
    switch state {
    case .active: break
    case .none: ann = script.person("new")
    case .draft:
      ann = script.person("new")
      _ = script.act("08:00", .saveProfile(ann, ProfileChange(languages: ["en"])))
    case .withdrawn: _ = script.act("08:00", .withdrawRegistration(ann))
    case .deregistered:
      _ = script.act("08:00", .deregister(sam, assister: ann, reason: "r"))
    case .suspended: _ = script.act("08:00", .suspend(sam, assister: ann, reason: "r"))
    }
    #expect(script.standing(ann).registration == state)
    return (script, ann, sam)
  }

  @Test(
    "R30 R18: what staff may do in which state, and what becomes of it; nil: refused",
    arguments: [
      (.none, [nil, nil, nil, nil]), (.draft, [nil, nil, nil, nil]),
      (.active, [.active, .deregistered, .suspended, .active]),
      (.withdrawn, [nil, nil, nil, nil]),
      (.deregistered, [.active, .deregistered, nil, nil]),
      (.suspended, [.suspended, nil, .suspended, .active]),
    ] as [(RegistrationState, [RegistrationState?])])
  func table(state: RegistrationState, expected: [RegistrationState?]) {
    for (position, becomes) in expected.enumerated() {
      var (script, ann, sam) = scene(in: state)
      let before = script.engine.encodeState()
      let commands: [Command] = [
        .pardon(sam, assister: ann, reason: "r"), .deregister(sam, assister: ann, reason: "r"),
        .suspend(sam, assister: ann, reason: "r"), .reinstate(sam, assister: ann, reason: "r"),
      ]
      let lines = script.act("09:00", commands[position])
      if let becomes {
        #expect(script.standing(ann).registration == becomes)
        #expect(!lines.contains { $0.hasPrefix("refused") })
      } else {
        #expect(lines == ["refused: assisterState(KODEngine.RegistrationState.\(state))"])
        #expect(script.engine.encodeState() == before)
      }
    }
  }

  @Test("R30: by supervisors only, of assisters only")
  func authority() {
    var (script, ann, sam) = scene()
    let bob = script.person("bob")
    let sue = script.person("sue", .auditor)
    for by in [ann, bob, sue, PrincipalID(99)] {
      #expect(
        script.act("09:00", .suspend(by, assister: ann, reason: "r"))
          == ["refused: roleNotAllowed"])
      #expect(
        script.act("09:00", .setCredentialDate(by, assister: ann, until: nil, reason: "r"))
          == ["refused: roleNotAllowed"])
    }
    for unknown in [sam, PrincipalID(99), PrincipalID(0)] {
      #expect(
        script.act("09:00", .pardon(sam, assister: unknown, reason: "r"))
          == ["refused: assisterUnknown"])
      #expect(
        script.act(
          "09:00", .setCredentialDate(sam, assister: unknown, until: nil, reason: "r"))
          == ["refused: assisterUnknown"])
    }
  }

  @Test("R25 R30: suspending withdraws open Offers, leaves work, and lets contact be saved")
  func suspending() {
    var (script, ann, sam) = scene()
    _ = script.run("09:00 portal submits application en 21067")
    _ = script.run("09:00 ann accepts 1")
    _ = script.run("09:01 portal submits application en 21067")
    #expect(
      script.act("09:02", .suspend(sam, assister: ann, reason: "audit")) == [
        "09:02 ann: offer 2 withdrawn", "09:02 ann: registration suspended",
        "09:02 sam: referral 2 waits, allAsked", "09:02 referral 2: waiting, allAsked",
      ])
    #expect(script.standing(ann).blockers == [.registration])
    #expect(script.engine.openAssignments(of: ann) == [ReferralID(1)])
    #expect(script.act("09:03", .withdrawRegistration(ann)).first?.hasPrefix("refused") == true)
    #expect(
      script.act("09:03", .saveProfile(ann, .complete()))
        == ["refused: registrationNotAllowed"])
    let contact = PreferredContact(phone: "+15025550188")
    _ = script.act("09:04", .saveProfile(ann, ProfileChange(contact: contact)))
    #expect(script.engine.profile(of: ann)?.contact == contact)
    #expect(
      script.act("09:05", .reinstate(sam, assister: ann, reason: "cleared"))
        == ["09:05 ann: registration active"])
    #expect(script.standing(ann).available)
  }

  @Test("R31: staff's de-registration tells the assister and the supervisors, without Offers")
  func deregistering() {
    var (script, ann, sam) = scene()
    _ = script.run("09:00 portal submits application en 21067")
    #expect(
      script.act("09:01", .deregister(sam, assister: ann, reason: "complaints")) == [
        "09:01 ann: offer 1 withdrawn", "09:01 ann: registration deregistered",
        "09:01 sam: ann deregistered for offers ", "09:01 sam: referral 1 waits, allAsked",
        "09:01 referral 1: waiting, allAsked",
      ])
    #expect(script.standing(ann).missedInARow == 0)
  }

  @Test("R50 R31: a pardon sets the streak to 0 and brings back who was de-registered")
  func pardoning() {
    var (script, ann, sam) = scene()
    for hour in ["09", "10", "11"] {
      _ = script.run("\(hour):00 portal submits application en 21067")
      _ = script.run("\(hour):50 time passes")
    }
    #expect(script.standing(ann).registration == .deregistered)
    #expect(script.engine.deregistrationOffers(of: ann).count == 3)
    #expect(
      script.act("12:00", .pardon(sam, assister: ann, reason: "storm"))
        == ["12:00 ann: registration active"])
    #expect(script.standing(ann).missedInARow == 0 && script.engine.missedOffers(of: ann) == [])
    #expect(script.standing(ann).available)
    _ = script.run("12:01 portal submits application en 21067")
    _ = script.run("12:50 time passes")
    #expect(script.standing(ann).missedInARow == 1)
    #expect(
      script.act("13:00", .pardon(sam, assister: ann, reason: "again"))
        == ["13:00 ann: registration active"])
    #expect(script.standing(ann).missedInARow == 0)
    let events = script.log.count
    #expect(script.act("13:01", .pardon(sam, assister: ann, reason: "again")) == [])
    #expect(script.log.count == events)
  }

  @Test("R30: staff's actions keep who, when, why; newest first")
  func notes() {
    var (script, ann, sam) = scene()
    let sue = script.person("sue", .supervisor)
    let bob = script.registered("bob")
    _ = script.act("09:00", .suspend(sam, assister: ann, reason: "audit"))
    _ = script.act("09:01", .suspend(sue, assister: bob, reason: "fraud"))
    _ = script.act("09:02", .reinstate(sue, assister: ann, reason: "cleared"))
    _ = script.act(
      "09:03", .setCredentialDate(sam, assister: ann, until: nil, reason: "no change"))
    _ = script.act(
      "09:04",
      .setCredentialDate(sam, assister: ann, until: Instant(clock: "30:00"), reason: "new"))
    let notes = script.engine.staffNotes(of: ann)
    #expect(notes.map(\.action) == [.credentialDateSet, .reinstated, .suspended])
    #expect(notes.map(\.by) == [sam, sue, sam])
    #expect(notes.map(\.at.clock) == ["09:04", "09:02", "09:00"])
    #expect(notes.map(\.reason) == ["new", "cleared", "audit"])
    #expect(script.engine.staffNotes(of: ann, limit: 1) == [notes[0]])
    #expect(script.engine.staffNotes(of: bob).map(\.reason) == ["fraud"])
    #expect(script.engine.staffNotes(of: sam) == [])
  }

  // MARK: The credential's date

  @Test("R30 R32 R27: valid until just before the date, suspended at exactly the date")
  func credentialDate() {
    var (script, ann, sam) = scene()
    _ = script.act(
      "09:00",
      .setCredentialDate(sam, assister: ann, until: Instant(clock: "10:00"), reason: "license"))
    #expect(script.standing(ann).credentialUntil == Instant(clock: "10:00"))
    #expect(script.engine.nextDeadline == Instant(clock: "10:00"))
    _ = script.run("09:59 portal submits application en 21067")
    _ = script.run("09:59:59.999999 time passes")
    #expect(script.standing(ann).available == true)
    #expect(
      script.run("10:00 time passes") == [
        "10:00 ann: offer 1 withdrawn", "10:00 ann: registration suspended",
        "10:00 sam: referral 1 waits, allAsked", "10:00 referral 1: waiting, allAsked",
      ])
    #expect(script.standing(ann).blockers == [.registration, .credential])
    // The referral's promise.
    #expect(script.engine.nextDeadline == Instant(clock: "10:29"))
  }

  @Test("R29: an accept at exactly the credential's date comes first")
  func acceptAtTheDate() {
    var (script, ann, sam) = scene()
    _ = script.act(
      "09:00",
      .setCredentialDate(sam, assister: ann, until: Instant(clock: "10:00"), reason: "license"))
    _ = script.run("09:59 portal submits application en 21067")
    #expect(
      script.run("10:00 ann accepts 1") == [
        "10:00 ann: offer 1 accepted", "10:00 ann: registration suspended",
        "10:00 referral 1: assigned to ann",
      ])
    #expect(script.engine.openAssignments(of: ann) == [ReferralID(1)])
  }

  @Test("R30: a date that is past suspends at once; a later one ends that suspension")
  func renewal() {
    var (script, ann, sam) = scene()
    let steps: [(String, String?, [String])] = [
      ("09:00", "09:00", ["09:00 ann: registration suspended"]),
      // Past as well: the suspension stays.
      ("09:01", "08:00", []),
      ("09:02", "09:03", ["09:02 ann: registration active"]),
      ("09:04", nil, ["09:04 ann: registration active"]),
    ]
    for (clock, until, lines) in steps {
      let date = until.flatMap { Instant(clock: $0) }
      let command = Command.setCredentialDate(sam, assister: ann, until: date, reason: "r")
      #expect(script.act(clock, command) == lines)
    }
    #expect(script.engine.nextDeadline == nil && script.standing(ann).available)
  }

  @Test("R30: a new date does not end staff's suspension, nor staff's word an expired credential")
  func causes() {
    var (script, ann, sam) = scene()
    let past = Instant(clock: "08:30")!
    let future = Instant(clock: "40:00")!
    _ = script.act("09:00", .setCredentialDate(sam, assister: ann, until: past, reason: "r"))
    _ = script.act("09:01", .suspend(sam, assister: ann, reason: "audit"))
    _ = script.act("09:02", .setCredentialDate(sam, assister: ann, until: future, reason: "r"))
    #expect(script.standing(ann).registration == .suspended)
    #expect(script.standing(ann).blockers == [.registration])
    _ = script.act("09:03", .reinstate(sam, assister: ann, reason: "cleared"))
    #expect(script.standing(ann).available)
    _ = script.act("09:04", .setCredentialDate(sam, assister: ann, until: past, reason: "r"))
    _ = script.act("09:05", .reinstate(sam, assister: ann, reason: "renewal filed"))
    #expect(script.standing(ann).registration == .active)
    #expect(script.standing(ann).blockers == [.credential])
    _ = script.act("09:06", .setCredentialDate(sam, assister: ann, until: future, reason: "r"))
    #expect(script.standing(ann).available)
  }

  @Test("R30 R32: a date that passes before the registration keeps its Offers away")
  func beforeRegistering() {
    var (script, _, sam) = scene()
    let bob = script.person("bob")
    _ = script.act(
      "09:00",
      .setCredentialDate(sam, assister: bob, until: Instant(clock: "09:30"), reason: "r"))
    _ = script.act("10:00", .saveProfile(bob, .complete()))
    #expect(script.standing(bob).registration == .active)
    #expect(script.standing(bob).blockers == [.credential])
  }

  @Test("R30: a date outside the instants that the engine deals with is refused")
  func dateBounds() {
    var (script, ann, sam) = scene()
    for until in [Instant(microseconds: -1), .distantFuture] {
      #expect(
        script.act("09:00", .setCredentialDate(sam, assister: ann, until: until, reason: "r"))
          == ["refused: scheduleInvalid"])
    }
  }

  @Test("R30: the credentials of everybody with the same date expire in few events")
  func manyDates() {
    var (script, _, sam) = scene()
    let date = Instant(clock: "24:00")!
    for number in 1...5000 {
      let id = script.registered("a\(number)")
      _ = script.engine.perform(
        .setCredentialDate(sam, assister: id, until: date, reason: ""), at: .midnight,
        log: &script.log)
    }
    var log: [Event] = []
    _ = script.engine.perform(.advance, at: date, log: &log)
    let sizes = log.compactMap { event -> Int? in
      if case .credentialsExpired(let ids, _) = event { ids.count } else { nil }
    }
    #expect(sizes == [4096, 904] && log.count == 2)
    #expect(script.engine.counts.assistersAvailable == 1)
  }
}
