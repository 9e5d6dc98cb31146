import Foundation
import KODClient
import KODWire
import Testing

@testable import kod

private let clock = ScreenValues.eastern
private let now = ScreenValues.now
private let minute = ScreenValues.minute

private func push(_ body: Push.Body) -> SubscriptionEvent {
  .push(Push(offset: 1, atUs: now, body: body))
}

@Suite struct PushWordsTests {
  @Test(
    arguments: [
      (.referralWasCancelled, "the request was cancelled"),
      (.assisterWasDeregistered, "you were de-registered"),
      (.assisterWasSuspended, "your registration was suspended"),
      (.assisterWithdrew, "you ended your registration"),
      (.referralWasAssigned, "a supervisor gave the request to somebody"),
      (.unspecified, "the request was cancelled, or may no longer be offered to you"),
    ] as [(WithdrawalCause, String)])
  func `a withdrawn offer says why (R25)`(cause: WithdrawalCause, words: String) {
    let closed = OfferClosed(
      offerId: 12, state: .offerWasWithdrawn, closedAtUs: now, withdrawal: cause)
    let said = EventWords.closed(closed, clock: clock, missesToDeregister: 3).text
    #expect(said == "offer 12: withdrawn at 10:42:07: \(words)")
  }

  @Test(
    arguments: [
      (.endCancelled, "the request was cancelled; no need to call"),
      (.endReleased, "given back by you"),
      (.endTakenBack, "a supervisor took it back; no need to call"),
      (.endReclaimed, "TAKEN AWAY, no call was logged in time; no need to call any more"),
      (.unspecified, "ended without you (mass); no need to call"),
    ] as [(AssignmentEnd, String)])
  func `work that left says why (R16, R17)`(cause: AssignmentEnd, words: String) {
    let ended = AssignmentEnded(referralId: 7, state: .referralMass, cause: cause)
    #expect(EventWords.ended(ended) == "referral 7: \(words)")
  }

  private let assignment = Assignment(
    referralId: 7, county: 21_145, callbackDueUs: now + 10 * minute,
    contact: Contact(name: "Maria", phone: "+16065550123"))

  @Test func `a callback reminder says whom, by when, and how long that is (R47)`() {
    let reminder = AssignmentReminder(
      referralId: 7, number: 1, callbackDueUs: now + 10 * minute)
    let known = EventWords.callback(reminder, assignment: assignment, clock: clock, now: now)
    #expect(known.text == "referral 7: call Maria +16065550123 by 10:52 (09:52 CT), 10 min left")
    #expect(known.tone == .warning)
    let unknown = EventWords.callback(reminder, assignment: nil, clock: clock, now: now)
    #expect(unknown.text == "referral 7: call back by 10:52, 10 min left")
  }

  @Test func `an overdue callback says what to do (R45)`() {
    let reminder = AssignmentReminder(referralId: 7, number: 3, callbackDueUs: now)
    let words = EventWords.callback(reminder, assignment: nil, clock: clock, now: now)
    #expect(
      words.text
        == "referral 7: OVERDUE, no call was logged by 10:42: call back, then kod attempt 7 RESULT")
    #expect(words.tone == .bad)
  }

  @Test func `availability that changed by itself says why (R33)`() {
    let off = AvailabilityChanged(
      available: false, override: .followSchedule, blockers: 1 << 3, overrideCleared: true)
    #expect(
      EventWords.availability(off).text
        == "your switch \"on\" has ended, your hours decide: you are NOT available: outside working hours"
    )
    let on = AvailabilityChanged(available: true, override: .followSchedule)
    #expect(EventWords.availability(on).text == "you are available")
  }

  @Test func `what supervisors are told about a referral names the kind (R44 to R46)`() {
    func words(_ kind: AlertKind, _ cause: WaitingCause = .unspecified) -> String {
      EventWords.alert(ReferralAlert(referralId: 7, cause: cause, kind: kind)).text
    }
    #expect(
      words(.alertWaiting, .noOneAvailable)
        == "referral 7: nobody is being asked (no one available)")
    #expect(words(.alertPromiseMissed).contains("PROMISE MISSED"))
    #expect(words(.alertOverdue).contains("OVERDUE"))
    #expect(words(.alertReclaimed).contains("reclaimed"))
    #expect(
      EventWords.alert(AssisterAlert(assister: "gus", missedOffers: [])) == "gus was de-registered")
  }

  @Test func `a partner hears what became of its referral, and of a missed promise (R44)`() {
    let referral = Referral(
      referralId: 7, partnerReference: "R-1", state: .referralWaiting,
      waitingCause: .massExpired, county: 21_067, promiseUs: now)
    #expect(
      EventWords.update(ReferralUpdate(referral: referral), clock: clock).text
        == "referral 7 (R-1): waiting (mass expired)")
    #expect(
      EventWords.update(ReferralUpdate(referral: referral, promiseMissed: true), clock: clock).text
        == "referral 7 (R-1): PROMISE MISSED, nobody had called by 10:42")
    let closed = Referral(
      referralId: 7, partnerReference: "R-1", state: .referralClosed, outcome: .planEnrolled)
    #expect(EventWords.referral(closed) == "closed: plan enrolled")
  }

  @Test func `every state of a registration has a sentence (R30)`() {
    let words = RegistrationState.allKnown.map {
      EventWords.registration(RegistrationChanged(registration: $0)).text
    }
    #expect(Set(words).count == words.count)
    for state in RegistrationState.allKnown where state != .registrationActive {
      #expect(!StandingWords.whyNotAvailable(AssisterStatus(registration: state)).isEmpty)
    }
  }

  @Test func `every push is one line of the watch without a screen`() {
    let bodies: [Push.Body] = [
      .assignmentReminder(AssignmentReminder(referralId: 7)), .assignmentGiven(assignment),
      .availabilityChanged(AvailabilityChanged()), .policyChanged(PolicyChanged(version: 4)),
      .referralUpdate(ReferralUpdate(referral: Referral(referralId: 7))),
      .referralAlert(ReferralAlert(referralId: 7)), .assisterAlert(AssisterAlert()),
      .assignmentEnded(AssignmentEnded()), .registrationChanged(RegistrationChanged()),
    ]
    for body in bodies {
      let lines = WatchLines.lines(push(body), clock: clock, now: now, missesToDeregister: 3)
      #expect(lines.count == 1, "\(body)")
      #expect(lines.allSatisfy { !$0.text.isEmpty })
    }
  }

  @Test func `a partner's and a supervisor's state lists their referrals`() {
    let state = CurrentState(referrals: [
      Referral(
        referralId: 7, partnerReference: "R-1", state: .referralWaiting, waitingCause: .allAsked)
    ])
    let lines = WatchLines.lines(.state(state), clock: clock, now: now, missesToDeregister: 0)
    #expect(lines.map(\.text) == ["referral 7 (R-1): waiting (all asked)"])
  }
}

@Suite struct WatchPushTests {
  private func watching(_ role: Role = .assister) -> WatchModel {
    var model = WatchModel(clock: clock, server: "h:1")
    _ = model.apply(.connected(Welcome(principal: "alice", role: role)), now: now)
    _ = model.apply(.state(CurrentState(status: ScreenValues.status)), now: now)
    return model
  }

  @Test func `work given by hand is there to be called, and rings (R12)`() {
    var model = watching()
    let given = Assignment(
      referralId: 7, callbackDueUs: now, contact: Contact(name: "Maria", phone: "+1"), byHand: true)
    let effects = model.apply(push(.assignmentGiven(given)), now: now)
    #expect(effects == [.bell, .refreshStanding])
    #expect(model.assignments.map(\.referralId) == [7])
    #expect(model.notes.first?.text.contains("GIVEN TO YOU by a supervisor. Call Maria +1") == true)
    _ = model.apply(push(.assignmentGiven(given)), now: now)
    #expect(model.assignments.count == 1)
  }

  @Test func `a callback reminder names whom it knows, and rings (R47)`() {
    var model = watching()
    model.assignments = [
      Assignment(referralId: 7, contact: Contact(name: "Maria", phone: "+1"))
    ]
    let reminder = AssignmentReminder(referralId: 7, number: 2, callbackDueUs: now + 5 * minute)
    #expect(model.apply(push(.assignmentReminder(reminder)), now: now) == [.bell])
    #expect(model.notes.first?.text == "referral 7: call Maria +1 by 10:47, 5 min left")
  }

  @Test func `the schedule switching off shows at once, and is said once (R33)`() {
    var model = watching()
    let change = AvailabilityChanged(
      available: false, override: .followSchedule, blockers: 1 << 3, overrideCleared: true)
    #expect(model.apply(push(.availabilityChanged(change)), now: now) == [.refreshStanding])
    #expect(model.status?.available == false)
    #expect(model.notes.count == 1)
    _ = model.apply(push(.availabilityChanged(change)), now: now)
    #expect(model.notes.count == 1)
  }

  @Test func `one's own switch is said by its answer alone`() {
    var model = watching()
    var off = ScreenValues.status
    off.available = false
    off.override = .overrideOff
    off.blockers = 1 << 4
    model.availabilitySet(.success(off), now: now)
    let change = AvailabilityChanged(available: false, override: .overrideOff, blockers: 1 << 4)
    _ = model.apply(push(.availabilityChanged(change)), now: now)
    #expect(model.notes.map(\.text) == ["you are not available: switched off"])
  }

  @Test func `a missed promise rings for the partner, another state does not (R44)`() {
    var model = watching(.intakePartner)
    let referral = Referral(referralId: 7, partnerReference: "R-1", state: .referralAssigned)
    #expect(model.apply(push(.referralUpdate(ReferralUpdate(referral: referral))), now: now) == [])
    #expect(
      model.apply(
        push(.referralUpdate(ReferralUpdate(referral: referral, promiseMissed: true))), now: now)
        == [.bell])
    #expect(model.apply(push(.policyChanged(PolicyChanged(version: 2))), now: now) == [])
    #expect(model.notes.count == 3)
  }
}
