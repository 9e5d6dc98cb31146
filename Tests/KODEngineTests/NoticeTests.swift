import KODEngine
import Testing

@Suite("Notices outside a session") struct NoticeTests {
  private static let both = PreferredContact(phone: "+15025550100", email: "ann@example.org")

  private func scene(
    _ contact: PreferredContact = both, policy: Policy = .phase15
  ) -> (script: Script, ann: PrincipalID, notifier: PrincipalID) {
    var script = Script(policy: policy)
    let notifier = script.person("postman", .notifier)
    let ann = script.person("ann")
    _ = script.act("00:00", .saveProfile(ann, .complete(.day(), contact: contact)))
    // No session: nothing is delivered by one.
    _ = script.run("00:00 ann leaves")
    return (script, ann, notifier)
  }

  private func id(_ offer: UInt64, _ attempt: Int = 1) -> NoticeID {
    NoticeID(OfferID(offer), attempt: attempt)
  }

  @Test("R65: a notice is made for who is available without a session, and says what it must")
  func opening() throws {
    var (script, ann, _) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.takeNotices() == [.opened(id(1))])
    #expect(script.engine.takeNotices() == [])
    let notice = try #require(script.engine.notice(id(1)))
    #expect(notice.assister == ann && notice.offer == OfferID(1) && notice.attempt == 1)
    #expect(notice.channel == .phone && notice.address == "+15025550100")
    #expect(notice.language == "en" && notice.state == .pending)
    #expect(notice.createdAt == Instant(clock: "10:00") && notice.changedAt == notice.createdAt)
    #expect(script.engine.outstandingNotices() == [id(1)])
    #expect(script.engine.counts.noticesPending == 1)
    #expect(id(1).number == 2 && id(1, 2).number == 3 && id(7, 2).offer == OfferID(7))
    #expect(id(7, 2).attempt == 2)
  }

  @Test(
    "R65 R73: the channel is the phone unless the email comes first, or is all there is",
    arguments: [
      (PreferredContact(phone: "+1", email: "a@b"), NoticeChannel.phone, "+1"),
      (PreferredContact(phone: "+1", email: "a@b", emailFirst: true), .email, "a@b"),
      (PreferredContact(email: "a@b"), .email, "a@b"),
      (PreferredContact(phone: "+1", emailFirst: true), .phone, "+1"),
    ])
  func channels(contact: PreferredContact, channel: NoticeChannel, address: String) {
    var (script, _, _) = scene(contact)
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.notice(id(1))?.channel == channel)
    #expect(script.engine.notice(id(1))?.address == address)
  }

  @Test("R65: none with a session, without an address, or without a notifier")
  func none() {
    var (script, ann, _) = scene()
    _ = script.act("09:00", .sessionsChanged(ann, hasSession: true, isFresh: true))
    _ = script.run("10:00 portal submits application en 21067")
    #expect(script.engine.notices(of: OfferID(1)) == [])
    var (second, _, _) = scene(PreferredContact())
    _ = second.run("10:00 portal submits application en 21067")
    #expect(second.engine.notices(of: OfferID(1)) == [])
    var third = Script(policy: .phase15)
    _ = third.registered("ann")
    _ = third.run("10:00 portal submits application en 21067")
    #expect(third.engine.counts.offers == 1 && third.engine.takeNotices() == [])
    #expect(third.engine.notice(id(1)) == nil && third.engine.outstandingNotices() == [])
  }

  // MARK: Acknowledgements

  @Test(
    "R65: sent may be followed by delivered or failed, which are final; repeats change nothing",
    arguments: [
      ([], .pending, "settled"), ([], .sent, "event"), ([], .delivered, "event"),
      ([], .failed, "event"), ([], .withdrawn, "settled"), ([.sent], .sent, "repeat"),
      ([.sent], .delivered, "event"), ([.sent], .failed, "event"), ([.sent], .pending, "settled"),
      ([.delivered], .delivered, "repeat"), ([.delivered], .sent, "settled"),
      ([.delivered], .failed, "settled"), ([.failed], .failed, "repeat"),
      ([.failed], .sent, "settled"), ([.failed], .delivered, "settled"),
      ([.sent, .delivered], .sent, "settled"), ([.sent, .failed], .delivered, "settled"),
    ] as [([NoticeState], NoticeState, String)])
  func transitions(before: [NoticeState], state: NoticeState, result: String) {
    var (script, _, notifier) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    for state in before {
      #expect(script.act("10:01", .acknowledgeNotice(notifier, id(1), state)) == [])
    }
    let events = script.log.count
    let current = script.engine.notice(id(1))?.state
    let lines = script.act("10:02", .acknowledgeNotice(notifier, id(1), state))
    #expect(lines == (result == "settled" ? ["refused: noticeSettled"] : []))
    #expect(script.log.count == events + (result == "event" ? 1 : 0))
    #expect(script.engine.notice(id(1))?.state == (result == "event" ? state : current))
  }

  @Test("R65: by notifiers only, of notices that are there and not withdrawn")
  func refusals() {
    var (script, ann, notifier) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    #expect(
      script.act("10:01", .acknowledgeNotice(ann, id(1), .sent)) == ["refused: roleNotAllowed"])
    for unknown in [id(1, 2), id(2), NoticeID(0), NoticeID(1), NoticeID(.max)] {
      #expect(
        script.act("10:01", .acknowledgeNotice(notifier, unknown, .sent))
          == ["refused: noticeUnknown"])
    }
    _ = script.run("10:02 ann rejects 1")
    #expect(
      script.act("10:03", .acknowledgeNotice(notifier, id(1), .sent))
        == ["refused: noticeUnknown"])
  }

  @Test("R65: when the first channel fails the second is tried, and the Offer records each")
  func secondChannel() {
    var (script, _, notifier) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.engine.takeNotices()
    _ = script.act("10:01", .acknowledgeNotice(notifier, id(1), .sent))
    #expect(script.engine.outstandingNotices() == [])
    _ = script.act("10:02", .acknowledgeNotice(notifier, id(1), .failed))
    #expect(script.engine.takeNotices() == [.opened(id(1, 2))])
    #expect(script.engine.outstandingNotices() == [id(1, 2)])
    _ = script.act("10:03", .acknowledgeNotice(notifier, id(1, 2), .delivered))
    let records = script.engine.notices(of: OfferID(1))
    #expect(records.map(\.channel) == [.phone, .email])
    #expect(records.map(\.state) == [.failed, .delivered])
    #expect(records.map(\.changedAt.clock) == ["10:02", "10:03"])
    #expect(records.map(\.createdAt.clock) == ["10:00", "10:02"])
    #expect(script.engine.counts.noticesPending == 0)
  }

  @Test("R65: no second channel without a second address, with a session, or after the Offer's end")
  func noSecondChannel() {
    var (script, _, notifier) = scene(PreferredContact(phone: "+1"))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act("10:01", .acknowledgeNotice(notifier, id(1), .failed))
    #expect(script.engine.notices(of: OfferID(1)).count == 1)
    var (second, ann, postman) = scene()
    _ = second.run("10:00 portal submits application en 21067")
    _ = second.act("10:01", .sessionsChanged(ann, hasSession: true, isFresh: true))
    _ = second.act("10:02", .acknowledgeNotice(postman, id(1), .failed))
    #expect(second.engine.notices(of: OfferID(1)).count == 1)
    var (third, _, courier) = scene()
    _ = third.run("10:00 portal submits application en 21067")
    _ = third.act("10:01", .acknowledgeNotice(courier, id(1), .sent))
    _ = third.run("10:02 ann rejects 1")
    _ = third.act("10:03", .acknowledgeNotice(courier, id(1), .failed))
    #expect(third.engine.notices(of: OfferID(1)).map(\.state) == [.failed])
  }

  @Test("R65: a notice whose Offer has ended is withdrawn from the stream")
  func withdrawn() {
    var (script, _, notifier) = scene(policy: .oneShot)
    let bob = script.person("bob")
    _ = script.act("00:01", .saveProfile(bob, .complete()))
    _ = script.run("00:01 bob leaves")
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:01 ann rejects 1")
    _ = script.run("10:02 portal submits application en 21067")
    #expect(
      script.engine.takeNotices() == [
        .opened(id(1)), .withdrawn(id(1)), .opened(id(2)), .opened(id(3)),
      ])
    _ = script.act("10:03", .acknowledgeNotice(notifier, id(3), .sent))
    _ = script.run("10:04 portal cancels 1")
    // The one that was sent stays what it is; another is withdrawn.
    #expect(script.engine.takeNotices() == [.withdrawn(id(2))])
    #expect(script.engine.notice(id(3))?.state == .sent)
    #expect(script.engine.notice(id(2))?.state == .withdrawn)
    #expect(script.engine.notice(id(2))?.changedAt == Instant(clock: "10:04"))
    #expect(script.engine.outstandingNotices() == [])
    #expect(script.engine.counts.noticesPending == 0)
  }

  @Test("R65: what is outstanding comes in order and survives a snapshot")
  func outstanding() throws {
    var (script, _, notifier) = scene(policy: .oneShot)
    for name in ["bob", "cid"] {
      let id = script.person(name)
      _ = script.act("00:01", .saveProfile(id, .complete(.day(), contact: Self.both)))
      _ = script.run("00:01 \(name) leaves")
    }
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.run("10:01 ann rejects 1")
    #expect(script.engine.outstandingNotices() == [id(2), id(3)])
    _ = script.act("10:02", .acknowledgeNotice(notifier, id(3), .sent))
    _ = script.act("10:03", .acknowledgeNotice(notifier, id(2), .failed))
    var twin = try Engine(decodingState: script.engine.encodeState().span.bytes)
    #expect(twin.outstandingNotices() == [id(2, 2)])
    #expect(twin.counts == script.engine.counts && twin.takeNotices() == [])
    #expect(twin.notices(of: OfferID(2)) == script.engine.notices(of: OfferID(2)))
  }

  @Test("R65: a notice whose address was taken away is not handed out any more")
  func addressGone() {
    var (script, ann, _) = scene(PreferredContact(phone: "+1"))
    _ = script.run("10:00 portal submits application en 21067")
    let change = ProfileChange(contact: PreferredContact(email: "a@b"))
    _ = script.act("10:01", .saveProfile(ann, change))
    #expect(script.engine.outstandingNotices() == [])
  }

  // MARK: R22

  @Test(
    "R22 R23: a lapse is a miss if word of the Offer went out, and expired if none did",
    arguments: [
      ([], OfferState.expired), ([(1, .sent)], .missed), ([(1, .delivered)], .missed),
      ([(1, .sent), (1, .delivered)], .missed), ([(1, .failed)], .expired),
      ([(1, .sent), (1, .failed)], .expired), ([(1, .failed), (2, .sent)], .missed),
      ([(1, .failed), (2, .failed)], .expired),
    ] as [([(Int, NoticeState)], OfferState)])
  func handedOver(acknowledgements: [(Int, NoticeState)], state: OfferState) {
    var (script, ann, notifier) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    for (attempt, state) in acknowledgements {
      _ = script.act("10:01", .acknowledgeNotice(notifier, id(1, attempt), state))
    }
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [state])
    #expect(script.standing(ann).missedInARow == (state == .missed ? 1 : 0))
  }

  @Test(
    "R22 R27 R29: word that goes out at exactly the deadline comes too late",
    arguments: [("10:14:59.999999", OfferState.missed), ("10:15", .expired)])
  func atTheDeadline(clock: String, state: OfferState) {
    var (script, _, notifier) = scene()
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act(clock, .acknowledgeNotice(notifier, id(1), .sent))
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [state])
  }

  @Test("R22 R65: a session that saw it makes a miss even when every channel failed")
  func sessionSawIt() {
    var (script, _, notifier) = scene(PreferredContact(phone: "+1"))
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.act("10:01", .acknowledgeNotice(notifier, id(1), .failed))
    _ = script.act("10:02", .offersDelivered([OfferID(1)]))
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [.missed])
  }

  @Test("A mass opening costs the log nothing for its notices")
  func noLogBytes() {
    func opening(notifier: Bool) -> [Event] {
      var script = Script(policy: .oneShot)
      if notifier { _ = script.person("postman", .notifier) } else { _ = script.person("x") }
      for number in 1...300 { _ = script.registered("a\(number)") }
      _ = script.run("10:00 portal submits application en 21067")
      let first = script.engine.offer(OfferID(1))!.assister
      var log: [Event] = []
      _ = script.engine.perform(
        .reject(first, OfferID(1), reason: ""), at: Instant(clock: "10:01")!, log: &log)
      #expect(script.engine.takeNotices().count == (notifier ? 301 : 0))
      return log
    }
    #expect(opening(notifier: true) == opening(notifier: false))
  }
}
