import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("Notices", .serialized, .timeLimit(.minutes(2))) struct NoticeTests {
  private static let people: [(String, KODEngine.Role)] = [
    ("alice", .assister), ("portal", .intakePartner), ("nora", .notifier), ("ned", .notifier),
  ]

  private static func server() throws -> TestServer {
    let server = try TestServer(people)
    let alice = try Caller(server, "alice")
    let _: Profile = try alice.call(
      .Assisters.saveContact,
      SaveContactRequest(
        contact: PreferredContact(phone: "+15025550101", email: "alice@kod.example")))
    return server
  }

  private func subscribe(_ caller: Caller) throws -> (call: UInt32, pending: [Notice]) {
    let call = caller.send(.Notices.subscribeNotices, SubscribeNoticesRequest())
    var pending: [Notice] = []
    while case .notice(let notice) = try caller.item(of: call, as: NoticeItem.self)?.item {
      pending.append(notice)
    }
    return (call, pending)
  }

  @Test("R65: every notifier gets every notice, what is pending first, and any may acknowledge it")
  func two() throws {
    let server = try Self.server()
    let portal = try Caller(server, "portal")
    let nora = try Caller(server, "nora")
    let ned = try Caller(server, "ned")
    let referral: Referral = try portal.call(.Intake.submitReferral, submission(1))
    let first = try subscribe(nora)
    let notice = try #require(first.pending.first)
    #expect(first.pending.count == 1)
    #expect(notice.channel == .phone)
    #expect(notice.address == "+15025550101")
    #expect(notice.language == "en")
    #expect(notice.textKey == "offer.general")
    #expect(notice.attempt == 1)
    #expect(notice.offer?.referralId == referral.referralId)
    let second = try subscribe(ned)
    #expect(second.pending == first.pending)
    #expect(
      try nora.refusal(.Notices.subscribeNotices, SubscribeNoticesRequest()) == .subscriptionExists)

    // The phone fails: the email is tried, and both are told.
    let failed = AcknowledgeNoticeRequest(
      noticeId: notice.noticeId, state: .noticeFailed, detail: "no line")
    let answer: AcknowledgeNoticeResponse = try ned.call(.Notices.acknowledgeNotice, failed)
    #expect(answer.state == .noticeFailed)
    var emails: [Notice] = []
    for (caller, call) in [(nora, first.call), (ned, second.call)] {
      if case .notice(let email) = try caller.item(of: call, as: NoticeItem.self)?.item {
        emails.append(email)
      }
    }
    let email = try #require(emails.first)
    #expect(emails == [email, email])
    #expect(email.channel == .email)
    #expect(email.attempt == 2)
    let sent = AcknowledgeNoticeRequest(noticeId: email.noticeId, state: .noticeSent)
    for _ in 0..<2 {
      let _: AcknowledgeNoticeResponse = try nora.call(.Notices.acknowledgeNotice, sent)
    }
    let settled = AcknowledgeNoticeRequest(noticeId: notice.noticeId, state: .noticeDelivered)
    #expect(try nora.refusal(.Notices.acknowledgeNotice, settled) == .noticeSettled)
    let unknown = AcknowledgeNoticeRequest(noticeId: 999, state: .noticeSent)
    #expect(try nora.refusal(.Notices.acknowledgeNotice, unknown) == .noticeUnknown)

    // The offer records them (R65), and nothing is pending any more.
    let alice = try Caller(server, "alice")
    let standing: Standing = try alice.call(.Assisters.getStanding, GetStandingRequest())
    #expect(standing.openOffers.first?.notices.map(\.state) == [.noticeFailed, .noticeSent])
    let late = try Caller(server, "nora")
    #expect(try subscribe(late).pending.isEmpty)
  }

  @Test("R65: a notice whose offer ended is withdrawn from the stream")
  func withdrawn() throws {
    let server = try Self.server()
    let portal = try Caller(server, "portal")
    let nora = try Caller(server, "nora")
    let stream = try subscribe(nora)
    let referral: Referral = try portal.call(.Intake.submitReferral, submission(1))
    guard case .notice(let notice) = try nora.item(of: stream.call, as: NoticeItem.self)?.item
    else {
      Issue.record("no notice")
      return
    }
    let _: Referral = try portal.call(
      .Intake.cancelReferral, CancelReferralRequest(referralId: referral.referralId))
    let item = try nora.item(of: stream.call, as: NoticeItem.self)?.item
    #expect(item == .withdrawn(NoticeWithdrawn(noticeId: notice.noticeId)))
    let sent = AcknowledgeNoticeRequest(noticeId: notice.noticeId, state: .noticeSent)
    #expect(try nora.refusal(.Notices.acknowledgeNotice, sent) == .noticeUnknown)
  }
}
