import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("What an assister calls, over TLS", .serialized, .timeLimit(.minutes(2)))
struct AssisterCallTests {
  private static let people: [(String, KODEngine.Role)] = [
    ("alice", .assister), ("ben", .assister), ("newcomer", .assister), ("portal", .intakePartner),
    ("sam", .supervisor),
  ]

  @Test("R30: registration goes by steps, and says what is missing until it is active")
  func registration() throws {
    let server = try TestServer(Self.people)
    let caller = try Caller(server, "newcomer")
    func profile(_ method: Method, _ message: some WireMessage) throws -> Profile {
      try caller.call(method, message)
    }
    let nothing = try profile(.Assisters.getProfile, GetProfileRequest())
    #expect(nothing.status?.registration == .registrationNone)
    #expect(nothing.contact == nil)
    let first = try profile(
      .Assisters.register, RegisterRequest(kind: .agent, languages: ["en", "es-MX"]))
    #expect(first.status?.registration == .registrationDraft)
    #expect(first.missing == ["contact", "availability", "terms"])
    #expect(first.status?.languages == ["en", "es-mx"])
    let refusal = try caller.refusal(
      .Assisters.setAvailability, SetAvailabilityRequest(override: .overrideOn))
    #expect(refusal == .registrationIncomplete)
    let second = try profile(
      .Assisters.saveContact,
      SaveContactRequest(contact: PreferredContact(email: "new@kod.example", emailFirst: true)))
    #expect(second.missing == ["availability", "terms"])
    #expect(second.contact?.emailFirst == true)
    let hours = Availability(
      timeZone: "America/Chicago",
      weeklyHours: [
        DailyHours(
          day: .monday, start: 480, end: 1020, breaks: [HoursBreak(start: 720, end: 780)])
      ],
      outOfOffice: [OutOfOffice(startUs: 1_000, endUs: 2_000)])
    let third = try profile(
      .Assisters.saveAvailability, SaveAvailabilityRequest(availability: hours))
    #expect(third.missing == ["terms"])
    #expect(third.availability == hours)
    let active = try profile(.Assisters.register, RegisterRequest(acceptTerms: true))
    #expect(active.status?.registration == .registrationActive)
    #expect(active.termsAccepted)
    #expect(active.missing == [])
    #expect((active.status?.nextTurnUs ?? 0) > 0)
    #expect(active == (try profile(.Assisters.getProfile, GetProfileRequest())))
    let gone = try profile(.Assisters.withdrawRegistration, WithdrawRegistrationRequest())
    #expect(gone.status?.registration == .registrationWithdrawn)
    #expect(gone.contact?.email == "new@kod.example")
  }

  /// Submits, and accepts as whoever it is offered to.
  private func accepted(
    _ server: TestServer, _ number: Int = 1
  ) throws -> (holder: Caller, other: Caller, assignment: Assignment) {
    let portal = try Caller(server, "portal")
    let referral: Referral = try portal.call(.Intake.submitReferral, submission(number))
    for (name, other) in [("alice", "ben"), ("ben", "alice")] {
      let caller = try Caller(server, name)
      let standing: Standing = try caller.call(.Assisters.getStanding, GetStandingRequest())
      if let offer = standing.openOffers.first(where: { $0.referralId == referral.referralId }) {
        let assignment: Assignment = try caller.call(
          .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer.offerId))
        return (caller, try Caller(server, other), assignment)
      }
    }
    throw StartError("nobody was asked")
  }

  @Test("R13 R14 R16 R39: calls are logged by the holder, and the contact goes with the work")
  func work() throws {
    let server = try TestServer(Self.people)
    let (holder, other, assignment) = try accepted(server)
    let referral = assignment.referralId
    #expect(assignment.contact?.phone == "+15025550100")
    #expect(assignment.callbackDueUs > assignment.acceptedAtUs)
    let attempt = LogAttemptRequest(referralId: referral, result: .noAnswer)
    let tried: Assignment = try holder.call(.Assisters.logAttempt, attempt)
    #expect(tried.attempts.map(\.result) == [.noAnswer])
    #expect(tried.attempts.map(\.counts) == [true])
    #expect(try other.refusal(.Assisters.logAttempt, attempt) == .notTheHolder)
    let unreachable = CloseReferralRequest(referralId: referral, outcome: .unreachable)
    #expect(try holder.refusal(.Assisters.closeReferral, unreachable) == .unreachableTooEarly)
    let note = SaveNoteRequest(referralId: referral, note: "Ask for Pat")
    let noted: ReferralRecord = try holder.call(.Assisters.saveNote, note)
    #expect(noted.row?.note == "Ask for Pat")
    #expect(noted.assignment?.contact?.name == "Pat Doe")
    #expect(noted.assignment?.note == "Ask for Pat")
    #expect(try other.refusal(.Assisters.saveNote, note) == .neverOffered)
    let record = GetReferralRecordRequest(referralId: referral)
    #expect(try other.refusal(.Assisters.getReferralRecord, record) == .neverOffered)
    let unknown = GetReferralRecordRequest(referralId: 99)
    #expect(try other.refusal(.Assisters.getReferralRecord, unknown) == .neverOffered)

    let released: ReferralRecord = try holder.call(
      .Assisters.releaseReferral, ReleaseReferralRequest(referralId: referral, reason: "ill"))
    #expect(released.assignment == nil)
    #expect(released.row?.wasHolder == true)
    #expect(released.row?.isHolder == false)
    #expect(released.row?.assignmentEnd == .endReleased)
    #expect(released.row?.state == .unspecified)
    // R28: the winner may repeat the accept, but the contact is somebody else's now.
    let again: Assignment = try holder.call(
      .Assisters.acceptOffer, AcceptOfferRequest(offerId: assignment.offerId))
    #expect(again.contact == nil)
    #expect(again.state == .unspecified)
    #expect(again.acceptedAtUs == assignment.acceptedAtUs)
  }

  @Test("R28 R39: repeating an accept after the close shows no contact any more")
  func afterClose() throws {
    let server = try TestServer(Self.people)
    let (holder, _, assignment) = try accepted(server)
    let close = CloseReferralRequest(referralId: assignment.referralId, outcome: .bothDone)
    let closed: CloseReferralResponse = try holder.call(.Assisters.closeReferral, close)
    #expect(closed.outcome == .bothDone)
    let again: Assignment = try holder.call(
      .Assisters.acceptOffer, AcceptOfferRequest(offerId: assignment.offerId))
    #expect(again.contact == nil)
    #expect(again.state == .referralClosed)
    let record: ReferralRecord = try holder.call(
      .Assisters.getReferralRecord, GetReferralRecordRequest(referralId: assignment.referralId))
    #expect(record.assignment?.contact == nil)
    #expect(record.row?.outcome == .bothDone)
  }

  @Test("R70 R71 R72: updates, the list by pages and the numbers tell of the same referrals")
  func reading() throws {
    let server = try TestServer([("alice", .assister), ("portal", .intakePartner)])
    let portal = try Caller(server, "portal")
    let alice = try Caller(server, "alice")
    for number in 1...5 {
      let _: Referral = try portal.call(.Intake.submitReferral, submission(number))
      let standing: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
      let offer = try #require(standing.openOffers.first)
      if number == 3 {
        let _: Assignment = try alice.call(
          .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer.offerId))
        let _: ReferralRecord = try alice.call(
          .Assisters.saveNote,
          SaveNoteRequest(referralId: offer.referralId, note: "Zwei Kinder"))
      } else {
        let _: OfferClosed = try alice.call(
          .Assisters.rejectOffer, RejectOfferRequest(offerId: offer.offerId))
      }
    }
    let updates: Updates = try alice.call(.Assisters.getUpdates, GetUpdatesRequest())
    #expect(updates.receivedToday == 5)
    #expect(updates.today.compactMap(\.offer?.referralId) == [5, 4, 3, 2, 1])
    #expect(updates.receivedByHour.reduce(0, +) == 5)
    #expect(updates.callbacksDue == 1)
    #expect(updates.dayStartUs <= updates.nowUs)
    #expect(updates.nowUs < updates.dayEndUs)

    var request = ListReferralsRequest(pageSize: 2)
    var pages: [[UInt64]] = []
    repeat {
      let page: ListReferralsResponse = try alice.call(.Assisters.listReferrals, request)
      pages.append(page.rows.compactMap(\.offer?.referralId))
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && pages.count < 9
    #expect(pages == [[5, 4], [3, 2], [1]])
    let found: ListReferralsResponse = try alice.call(
      .Assisters.listReferrals, ListReferralsRequest(noteContains: "zwei"))
    #expect(found.rows.map(\.note) == ["Zwei Kinder"])
    #expect(found.nextPageToken == "")

    let first: ListReferralsResponse = try alice.call(
      .Assisters.listReferrals, ListReferralsRequest(pageSize: 2))
    let refusal = try alice.refusal(
      .Assisters.listReferrals, ListReferralsRequest(kind: .mass, pageToken: first.nextPageToken))
    #expect(refusal == .pageTokenInvalid)

    let metrics: Metrics = try alice.call(.Assisters.getMetrics, GetMetricsRequest())
    #expect(metrics.general?.received == 5)
    #expect(metrics.general?.rejected == 4)
    #expect(metrics.acceptancePermille == 200)
    #expect(metrics.assignments == 1)
  }

  @Test("A page ends where the frame is full, and the next one goes on there")
  func fullPages() throws {
    let server = try TestServer([("alice", .assister), ("portal", .intakePartner)])
    let portal = try Caller(server, "portal")
    let alice = try Caller(server, "alice")
    for number in 1...90 {
      let referral: Referral = try portal.call(.Intake.submitReferral, submission(number))
      let _: ReferralRecord = try alice.call(
        .Assisters.saveNote,
        SaveNoteRequest(
          referralId: referral.referralId, note: String(repeating: "n", count: 1_000)))
      let standing: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
      let _: OfferClosed = try alice.call(
        .Assisters.rejectOffer,
        RejectOfferRequest(offerId: try #require(standing.openOffers.first).offerId))
    }
    var request = ListReferralsRequest(pageSize: 100)
    let page: ListReferralsResponse = try alice.call(.Assisters.listReferrals, request)
    #expect((50..<90).contains(page.rows.count))
    request.pageToken = page.nextPageToken
    let rest: ListReferralsResponse = try alice.call(.Assisters.listReferrals, request)
    #expect(
      (page.rows + rest.rows).compactMap(\.offer?.referralId)
        == (1...90).reversed().map(UInt64.init))
    #expect(rest.nextPageToken == "")
    let updates: Updates = try alice.call(.Assisters.getUpdates, GetUpdatesRequest())
    #expect(updates.receivedToday == 90)
    #expect((50..<90).contains(updates.today.count))
  }

  @Test("R37: an assister is told why, of itself only; staff of anybody")
  func explanations() throws {
    let server = try TestServer(Self.people)
    let (holder, other, assignment) = try accepted(server)
    let request = ExplainReferralRequest(referralId: assignment.referralId)
    let why: Explanation = try holder.call(.Assisters.explainReferral, request)
    #expect(why.moments.map(\.offered) == [true])
    let whyNot: Explanation = try other.call(.Assisters.explainReferral, request)
    #expect(whyNot.moments.map(\.offered) == [false])
    let unknown = ExplainReferralRequest(referralId: 77)
    #expect(try holder.refusal(.Assisters.explainReferral, unknown) == .referralUnknown)
    let sam = try Caller(server, "sam")
    let ofStaff: Explanation = try sam.call(
      .Assisters.explainReferral,
      ExplainReferralRequest(referralId: assignment.referralId, assister: whyNot.assister))
    #expect(ofStaff == whyNot)
    let nobody = ExplainReferralRequest(referralId: 1, assister: "portal")
    #expect(try sam.refusal(.Assisters.explainReferral, nobody) == .assisterUnknown)
  }
}
