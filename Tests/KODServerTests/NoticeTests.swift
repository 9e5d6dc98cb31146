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

  private func subscribe(
    _ caller: Caller, channels: [KODWire.NoticeChannel] = []
  ) throws -> (call: UInt32, pending: [Notice], hasMore: Bool) {
    let call = caller.send(
      .Notices.subscribeNotices, SubscribeNoticesRequest(channels: channels))
    var pending: [Notice] = []
    while let item = try caller.item(of: call, as: NoticeItem.self)?.item {
      switch item {
      case .notice(let notice): pending.append(notice)
      case .stateEnd(let end): return (call, pending, end.hasMore)
      case .withdrawn: break
      }
    }
    return (call, pending, false)
  }

  @Test("A notifier of one channel is told of that channel only, and others' notices take no room")
  func channels() throws {
    let crowd = try Crowd(4, limits: Self.limits(open: 2))
    try crowd.submit(4)
    let nora = try Caller(crowd.server, "nora")
    let ned = try Caller(crowd.server, "ned")
    let phones = try subscribe(nora, channels: [.phone])
    #expect(phones.pending.map(\.channel) == [.phone, .phone] && phones.hasMore)
    let emails = try subscribe(ned, channels: [.email])
    #expect(emails.pending.isEmpty && !emails.hasMore)
    // The phone fails: the email is the other one's.
    let failed = AcknowledgeNoticeRequest(
      noticeId: phones.pending[0].noticeId, state: .noticeFailed)
    let _: AcknowledgeNoticeResponse = try nora.call(.Notices.acknowledgeNotice, failed)
    let items = try rest(nora, phones.call)
    #expect(notices(items).map(\.channel) == [.phone])
    #expect(notices(try rest(ned, emails.call)).map(\.channel) == [.email])
    let another = try Caller(crowd.server, "nora")
    for channels: [KODWire.NoticeChannel] in [
      [NoticeChannel(rawValue: 3)], [NoticeChannel()], [.phone, .email, .phone],
    ] {
      #expect(
        try another.refusal(
          .Notices.subscribeNotices, SubscribeNoticesRequest(channels: channels)) == .fieldInvalid)
    }
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

  // MARK: Credit

  /// A server with so many assisters who have a phone and no session, and how many requests for help it was sent.
  private final class Crowd {
    let server: TestServer
    let count: Int
    let portal: Caller
    private(set) var referrals: [UInt64] = []

    /// - Parameter count: of assisters. Each gets an offer of its own; the next one goes to everybody.
    init(_ count: Int, limits: KODServer.Limits) throws {
      self.count = count
      let names = (1...count).map { "assister\($0)" }
      var principals: [(String, KODEngine.Role)] = names.map { ($0, .assister) }
      principals += [("portal", .intakePartner), ("nora", .notifier), ("ned", .notifier)]
      server = try TestServer(principals, limits: limits) { state in
        for name in names {
          let id = try #require(state.engine.principal(named: name)?.id)
          let change = ProfileChange(
            contact: PreferredContact(phone: "+15025550101", email: "a@kod.example"))
          guard case .success = try state.perform(.saveProfile(id, change), at: .now()) else {
            throw StartError("no contact for \(name)")
          }
        }
      }
      portal = try Caller(server, "portal")
    }

    func submit(_ times: Int = 1) throws {
      for _ in 0..<times {
        let referral: Referral = try portal.call(
          .Intake.submitReferral, submission(referrals.count + 1))
        referrals.append(referral.referralId)
      }
    }

    func cancel(_ referral: UInt64) throws {
      let _: Referral = try portal.call(
        .Intake.cancelReferral, CancelReferralRequest(referralId: referral))
    }
  }

  private static func limits(open: Int) -> KODServer.Limits {
    var limits = KODServer.Limits()
    limits.maximumOpenNotices = open
    return limits
  }

  /// What else the stream has brought by now.
  private func rest(_ caller: Caller, _ call: UInt32) throws -> [NoticeItem.Item] {
    // An answer comes after whatever was told before it was asked.
    _ = try caller.refusal(.Notices.subscribeNotices, SubscribeNoticesRequest())
    return try (0..<caller.waitingItems(of: call)).map { _ in
      try #require(try caller.item(of: call, as: NoticeItem.self)?.item)
    }
  }

  private func notices(_ items: [NoticeItem.Item]) -> [Notice] {
    items.compactMap { item in
      if case .notice(let notice) = item { notice } else { nil }
    }
  }

  private func acknowledge(_ notice: Notice, by caller: Caller) throws {
    let _: AcknowledgeNoticeResponse = try caller.call(
      .Notices.acknowledgeNotice,
      AcknowledgeNoticeRequest(noticeId: notice.noticeId, state: .noticeSent))
  }

  @Test(
    "A stream begins with as many notices as may be open, the oldest first, and says so at once",
    arguments: [4, 5, 6])
  func outstanding(count: Int) throws {
    let crowd = try Crowd(count, limits: Self.limits(open: 5))
    try crowd.submit(count)
    let nora = try Caller(crowd.server, "nora")
    let stream = try subscribe(nora)
    #expect(stream.pending.count == min(count, 5))
    #expect(stream.hasMore == (count > 5))
    #expect(stream.pending.compactMap { $0.offer?.referralId } == Array(crowd.referrals.prefix(5)))
    #expect(try rest(nora, stream.call).isEmpty)
    try acknowledge(stream.pending[2], by: nora)
    let next = notices(try rest(nora, stream.call))
    #expect(next.compactMap { $0.offer?.referralId } == Array(crowd.referrals.dropFirst(5)))
  }

  @Test("Further notices follow as earlier ones are acknowledged, by whomever, or withdrawn")
  func credit() throws {
    let crowd = try Crowd(12, limits: Self.limits(open: 5))
    try crowd.submit(12)
    let nora = try Caller(crowd.server, "nora")
    let ned = try Caller(crowd.server, "ned")
    let stream = try subscribe(nora)
    let other = try subscribe(ned)
    #expect(other.pending == stream.pending)
    try acknowledge(stream.pending[0], by: ned)
    for (caller, call) in [(nora, stream.call), (ned, other.call)] {
      let next = notices(try rest(caller, call))
      #expect(next.compactMap { $0.offer?.referralId } == [crowd.referrals[5]])
    }
    // One that was told is withdrawn, and makes room.
    try crowd.cancel(crowd.referrals[1])
    let items = try rest(nora, stream.call)
    #expect(
      items.first == .withdrawn(NoticeWithdrawn(noticeId: stream.pending[1].noticeId)))
    #expect(notices(items).compactMap { $0.offer?.referralId } == [crowd.referrals[6]])
    #expect(items.count == 2)
    // One that was not told is not withdrawn either, and its turn passes.
    try crowd.cancel(crowd.referrals[7])
    #expect(try rest(nora, stream.call).isEmpty)
    try acknowledge(stream.pending[2], by: nora)
    let last = notices(try rest(nora, stream.call))
    #expect(last.compactMap { $0.offer?.referralId } == [crowd.referrals[8]])
  }

  @Test("A burst is told as it is acknowledged: everything once, the oldest first")
  func burst() throws {
    let crowd = try Crowd(12, limits: Self.limits(open: 5))
    let nora = try Caller(crowd.server, "nora")
    let stream = try subscribe(nora)
    try crowd.submit(12)
    var told = notices(try rest(nora, stream.call))
    #expect(told.count == 5)
    // Everybody at once.
    try crowd.submit()
    #expect(try rest(nora, stream.call).isEmpty)
    var next = 0
    while next < told.count {
      try acknowledge(told[next], by: nora)
      next += 1
      told += notices(try rest(nora, stream.call))
      #expect(told.count - next <= 5)
    }
    #expect(told.count == 24)
    let identities = told.map(\.noticeId)
    #expect(identities == identities.sorted())
    #expect(Set(identities).count == 24)
  }

  @Test("A burst ends no notifier that reads, however little its connection takes at once")
  func narrow() throws {
    var limits = Self.limits(open: 100)
    limits.kernelUnsentBytes = 2_048
    limits.pushQueueBytes = 4_096
    let crowd = try Crowd(60, limits: limits)
    try crowd.submit(60)
    let nora = try Caller(crowd.server, "nora", receiveBufferBytes: 4_096)
    let stream = nora.send(.Notices.subscribeNotices, SubscribeNoticesRequest())
    // Three times everybody, before anything is read.
    try crowd.submit(3)
    var told: Set<UInt64> = []
    while told.count < 240 {
      guard case .notice(let notice) = try nora.item(of: stream, as: NoticeItem.self)?.item
      else { continue }
      #expect(told.insert(notice.noticeId).inserted)
      try acknowledge(notice, by: nora)
    }
  }
}
