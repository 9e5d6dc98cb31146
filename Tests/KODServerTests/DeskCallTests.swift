import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("What staff and partners call, over TLS", .serialized, .timeLimit(.minutes(2)))
struct DeskCallTests {
  private static let people: [(String, KODEngine.Role)] = [
    ("alice", .assister), ("newcomer", .assister), ("portal", .intakePartner),
    ("rival", .intakePartner), ("sam", .supervisor), ("ada", .auditor),
  ]

  @Test(
    "R12: a waiting referral is run again, given by hand, taken back, given up; all of it noted")
  func desk() throws {
    let server = try TestServer(Self.people)
    let portal = try Caller(server, "portal")
    let sam = try Caller(server, "sam")
    let ada = try Caller(server, "ada")
    let alice = try Caller(server, "alice")
    let listening = try alice.subscribe()
    // Nobody speaks it.
    let referral: Referral = try portal.call(.Intake.submitReferral, submission(1, language: "zu"))
    #expect(referral.waitingCause == .noOneAvailable)
    let id = referral.referralId
    let queue: ListQueueResponse = try ada.call(.Desk.listQueue, ListQueueRequest())
    #expect(queue.rows.map(\.referralId) == [id])
    #expect(queue.waiting == 1)

    let why = DeskRequest(referralId: id, reason: "asked again")
    #expect(try sam.refusal(.Desk.rerunReferral, why) == .nobodyToAsk)
    #expect(try ada.refusal(.Desk.rerunReferral, why) == .roleNotAllowed)
    let toNobody = AssignReferralRequest(referralId: id, assister: "nobody", reason: "x")
    #expect(try sam.refusal(.Desk.assignReferral, toNobody) == .assisterUnknown)
    let toNewcomer = AssignReferralRequest(referralId: id, assister: "newcomer", reason: "x")
    #expect(try sam.refusal(.Desk.assignReferral, toNewcomer) == .assisterState)
    let given: Referral = try sam.call(
      .Desk.assignReferral, AssignReferralRequest(referralId: id, assister: "alice", reason: "kin"))
    #expect(given.holder == "alice")
    #expect(given.state == .referralAssigned)
    guard case .assignmentGiven(let work) = try alice.push(of: listening.call) else {
      Issue.record("no assignment_given")
      return
    }
    #expect(work.contact?.phone == "+15025550100")
    #expect(work.byHand)
    #expect(work.offerId == 0)

    let back: Referral = try sam.call(
      .Desk.takeBackReferral, DeskRequest(referralId: id, reason: "on leave"))
    #expect(back.state == .referralWaiting)
    guard case .assignmentEnded(let ended) = try alice.push(of: listening.call) else {
      Issue.record("no assignment_ended")
      return
    }
    #expect(ended.cause == .endTakenBack)
    let again = AssignReferralRequest(referralId: id, assister: "alice", reason: "x")
    #expect(try sam.refusal(.Desk.assignReferral, again) == .assisterNotEligible)
    let over: Referral = try sam.call(
      .Desk.giveUpReferral, DeskRequest(referralId: id, reason: "no interpreter"))
    #expect(over.outcome == .unserved)
    #expect(try sam.refusal(.Desk.takeBackReferral, why) == .referralState)

    let record: ReferralRecord = try ada.call(
      .Desk.inspectReferral, GetReferralRecordRequest(referralId: id))
    #expect(record.deskNotes.map(\.action) == [.assignedByHand, .tookBack, .gaveUp])
    #expect(record.deskNotes.map(\.reason) == ["kin", "on leave", "no interpreter"])
    #expect(record.deskNotes.allSatisfy { $0.by == "sam" })
    #expect(record.assignment == nil)
    #expect(record.referral?.outcome == .unserved)
  }

  @Test("R30 R31: staff pardon, de-register, suspend and reinstate, and date a credential")
  func staff() throws {
    let server = try TestServer(Self.people)
    let sam = try Caller(server, "sam")
    func act(_ method: Method) throws -> AssisterStatus {
      try sam.call(method, StaffRequest(assister: "alice", reason: "x"))
    }
    #expect(try act(.Desk.suspendAssister).registration == .registrationSuspended)
    #expect(try act(.Desk.reinstateAssister).registration == .registrationActive)
    #expect(try act(.Desk.deregisterAssister).registration == .registrationDeregistered)
    let pardoned = try act(.Desk.pardonAssister)
    #expect(pardoned.registration == .registrationActive)
    #expect(pardoned.name == "alice")
    let newcomer = StaffRequest(assister: "newcomer", reason: "x")
    #expect(try sam.refusal(.Desk.suspendAssister, newcomer) == .assisterState)
    let portal = StaffRequest(assister: "portal", reason: "x")
    #expect(try sam.refusal(.Desk.pardonAssister, portal) == .assisterUnknown)
    let until = Instant.now() + .minutes(60)
    let dated: AssisterStatus = try sam.call(
      .Desk.setCredentialDate,
      SetCredentialDateRequest(assister: "alice", untilUs: until.microseconds, reason: "x"))
    #expect(dated.credentialUntilUs == until.microseconds)
    let past: AssisterStatus = try sam.call(
      .Desk.setCredentialDate,
      SetCredentialDateRequest(assister: "alice", untilUs: 1, reason: "x"))
    #expect(past.registration == .registrationSuspended)
    #expect(!past.available)

    let all: ListAssistersResponse = try sam.call(.Desk.listAssisters, ListAssistersRequest())
    #expect(all.rows.map(\.name) == ["alice", "newcomer"])
    let suspended: ListAssistersResponse = try sam.call(
      .Desk.listAssisters,
      ListAssistersRequest(registration: .registrationSuspended, nameContains: "LIC"))
    #expect(suspended.rows.map(\.name) == ["alice"])
    let one: ListAssistersResponse = try sam.call(
      .Desk.listAssisters, ListAssistersRequest(pageSize: 1))
    let next: ListAssistersResponse = try sam.call(
      .Desk.listAssisters, ListAssistersRequest(pageSize: 1, pageToken: one.nextPageToken))
    #expect(next.rows.map(\.name) == ["newcomer"])
  }

  @Test("R60 R61: a policy has a version, a preset and an author, and nobody overwrites another's")
  func policy() throws {
    let server = try TestServer(Self.people)
    let sam = try Caller(server, "sam")
    let ada = try Caller(server, "ada")
    let listening = try sam.subscribe()
    let first: PolicyVersion = try ada.call(.Desk.getPolicy, GetPolicyRequest())
    #expect(first.version == 1)
    #expect(first.preset == .phase15)
    #expect(first.by == "")
    let second: PolicyVersion = try sam.call(
      .Desk.setPolicy, SetPolicyRequest(preset: .serial, expectedVersion: 1, reason: "a try"))
    #expect(second.version == 2)
    #expect(second.preset == .serial)
    #expect(second.by == "sam")
    #expect(second.reason == "a try")
    #expect(second.sinceUs > 0)
    #expect(try sam.push(of: listening.call) == .policyChanged(PolicyChanged(version: 2)))
    let late = SetPolicyRequest(preset: .oneShot, expectedVersion: 1, reason: "x")
    #expect(try sam.refusal(.Desk.setPolicy, late) == .policyVersion)
    var own = try #require(second.policy)
    own.offerWindowMs = 60_000
    let third: PolicyVersion = try sam.call(
      .Desk.setPolicy, SetPolicyRequest(policy: own, reason: "shorter"))
    #expect(third.policy == own)
    #expect(third.preset == .unspecified)
    let old: PolicyVersion = try ada.call(.Desk.getPolicy, GetPolicyRequest(version: 2))
    #expect(old == second)
    let preset: PolicyVersion = try ada.call(.Desk.getPolicy, GetPolicyRequest(preset: .oneShot))
    #expect(preset.version == 0)
    #expect(preset.policy == KODWire.Policy(.oneShot))
    #expect(try ada.refusal(.Desk.getPolicy, GetPolicyRequest(version: 9)) == .fieldInvalid)
  }

  @Test("A current state has the 1,000 oldest referrals, and says when there are more (KOD-6.2-4)")
  func stateLimit() throws {
    let server = try TestServer(Self.people)
    let portal = try Caller(server, "portal")
    func submit(_ numbers: Range<Int>) throws {
      for number in numbers {
        let _: Referral = try portal.call(
          .Intake.submitReferral, submission(number, language: "zu"))
      }
    }
    func state(_ name: String) throws -> (referrals: Int, hasMore: Bool) {
      let caller = try Caller(server, name)
      let call = caller.send(.Pushes.subscribe, SubscribeRequest())
      var referrals = 0
      while let item = try caller.item(of: call, as: SubscribeItem.self)?.item {
        if case .openReferral = item { referrals += 1 }
        if case .stateEnd(let end) = item { return (referrals, end.hasMore) }
      }
      throw StartError("the state has no end")
    }
    try submit(0..<1_000)
    for name in ["sam", "portal"] { #expect(try state(name) == (1_000, false)) }
    try submit(1_000..<1_001)
    for name in ["sam", "portal"] { #expect(try state(name) == (1_000, true)) }
  }

  @Test("A partner hears of every state of its own referrals, and lists them")
  func partner() throws {
    let server = try TestServer(Self.people)
    let portal = try Caller(server, "portal")
    let rival = try Caller(server, "rival")
    let alice = try Caller(server, "alice")
    let first: Referral = try portal.call(.Intake.submitReferral, submission(1, language: "zu"))
    let rivals: Referral = try rival.call(.Intake.submitReferral, submission(1, language: "zu"))
    let listening = try portal.subscribe()
    let open = listening.state.compactMap { item -> UInt64? in
      if case .openReferral(let referral) = item { return referral.referralId }
      return nil
    }
    #expect(open == [first.referralId])
    let second: Referral = try portal.call(.Intake.submitReferral, submission(2))
    let standing: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
    let offer = try #require(standing.openOffers.first)
    let _: Assignment = try alice.call(
      .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer.offerId))
    guard case .referralUpdate(let submitted) = try portal.push(of: listening.call),
      case .referralUpdate(let update) = try portal.push(of: listening.call)
    else {
      Issue.record("no referral_update")
      return
    }
    #expect(submitted.referral?.referralId == second.referralId)
    #expect(submitted.referral?.state == .referralGeneral)
    #expect(update.referral?.referralId == second.referralId)
    #expect(update.referral?.state == .referralAssigned)
    #expect(update.referral?.holder == "alice")

    let sam = try Caller(server, "sam")
    let waiting = try sam.subscribe().state.compactMap { item -> UInt64? in
      if case .openReferral(let referral) = item { return referral.referralId }
      return nil
    }
    #expect(waiting == [first.referralId, rivals.referralId])

    let all: ListSubmissionsResponse = try portal.call(
      .Intake.listSubmissions, ListSubmissionsRequest(pageSize: 1))
    #expect(all.rows.map(\.referralId) == [second.referralId])
    let rest: ListSubmissionsResponse = try portal.call(
      .Intake.listSubmissions, ListSubmissionsRequest(pageSize: 1, pageToken: all.nextPageToken))
    #expect(rest.rows.map(\.referralId) == [first.referralId])
    #expect(rest.nextPageToken == "")
    let named: ListSubmissionsResponse = try portal.call(
      .Intake.listSubmissions, ListSubmissionsRequest(partnerReference: "r2"))
    #expect(named.rows.map(\.referralId) == [second.referralId])
    // A token of this partner's is none of the other's.
    let foreign = ListSubmissionsRequest(pageSize: 1, pageToken: all.nextPageToken)
    #expect(try rival.refusal(.Intake.listSubmissions, foreign) == .pageTokenInvalid)
    #expect(
      try rival.refusal(.Intake.getReferral, GetReferralRequest(referralId: first.referralId))
        == .referralUnknown)
  }
}
