import Foundation
import KODClient
import KODWire
import Testing

@testable import kod

private let second: Int64 = 1_000_000
private let noon: Int64 = 43_200 * second

private func offer(
  _ id: UInt64, kind: OfferKind = .general, county: UInt32 = 21_067, left: Int64 = 900
) -> Offer {
  Offer(
    offerId: id, referralId: 100 + id, kind: kind, helpType: .application, language: "es",
    county: county, submittedAtUs: noon - 28 * second, offeredAtUs: noon,
    deadlineUs: noon + left * second, state: .offerPending)
}

private func push(_ body: Push.Body) -> SubscriptionEvent {
  .push(Push(offset: 1, atUs: noon, body: body))
}

private func closed(
  _ id: UInt64, _ state: OfferState, missed: UInt32 = 0
) -> SubscriptionEvent {
  push(
    .offerClosed(
      OfferClosed(
        offerId: id, referralId: 100 + id, state: state, closedAtUs: noon, missedInARow: missed)))
}

private func watching(_ offers: [Offer] = []) -> WatchModel {
  var model = WatchModel(clock: ClockFace(zone: .gmt), server: "127.0.0.1:7443")
  _ = model.apply(.connected(Welcome(principal: "alice", role: .assister)), now: noon)
  let status = AssisterStatus(
    name: "alice", kind: .kynector, registration: .registrationActive, available: true,
    missesToDeregister: 3, capacity: 5)
  _ = model.apply(.state(CurrentState(status: status, offers: offers)), now: noon)
  return model
}

private let taken = {
  var failure = Failure(exit: .failed, message: "Offer 1 was taken by somebody else at 12:00:00.")
  failure.reason = "OFFER_TAKEN"
  failure.code = "ABORTED"
  return failure
}()

@Suite struct WatchModelTests {
  @Test func `what the answer and the push say alike is noted once`() {
    var model = WatchModel(clock: ClockFace(zone: .gmt), server: "127.0.0.1:7443")
    for at in [noon, noon + 1_999_999, noon + 2_000_000] {
      model.note("you are available", at: at)
    }
    #expect(model.notes.map(\.at) == [noon + 2_000_000, noon])
  }

  @Test func `an offer appears with its push and goes with its end`() {
    var model = watching()
    #expect(model.rows.isEmpty)
    #expect(model.apply(push(.offerOpened(offer(1))), now: noon) == [.bell])
    #expect(model.rows.map(\.offer.offerId) == [1])
    #expect(model.selected == 1)
    _ = model.apply(closed(1, .offerWasTaken), now: noon)
    #expect(model.rows.isEmpty)
    #expect(model.notes.first?.text == "offer 1: taken by somebody else at 12:00:00")
  }

  @Test func `the same offer shown twice is one row`() {
    var model = watching([offer(1)])
    _ = model.apply(push(.offerOpened(offer(1))), now: noon)
    #expect(model.rows.count == 1)
  }

  @Test func `a number stays with its offer when an earlier one ends`() {
    var model = watching([offer(1), offer(2), offer(3)])
    _ = model.apply(closed(1, .offerExpired), now: noon)
    #expect(model.rows.map(\.number) == [2, 3])
    _ = model.apply(push(.offerOpened(offer(4))), now: noon)
    #expect(model.rows.map(\.number) == [2, 3, 1])
  }

  @Test func `a accepts the selected offer, once`() {
    var model = watching([offer(1), offer(2)])
    #expect(model.press(.character("2"), now: noon) == [])
    #expect(model.press(.character("a"), now: noon) == [.accept(2)])
    #expect(model.press(.character("a"), now: noon) == [])
    #expect(model.rows.last?.asking == .accept)
  }

  @Test func `arrows select and stop at both ends`() {
    var model = watching([offer(1), offer(2)])
    _ = model.press(.up, now: noon)
    #expect(model.selected == 1)
    _ = model.press(.down, now: noon)
    _ = model.press(.down, now: noon)
    #expect(model.selected == 2)
    #expect(model.press(.character("r"), now: noon) == [.reject(2)])
  }

  @Test func `a key meant for an offer that just ended does not hit the next one`() {
    var model = watching([offer(1), offer(2)])
    _ = model.apply(closed(1, .offerWasTaken), now: noon)
    #expect(model.selected == 2)
    #expect(model.press(.character("a"), now: noon + 200_000) == [])
    #expect(model.hint.contains("press again"))
    #expect(model.press(.character("a"), now: noon + 300_000) == [.accept(2)])
  }

  @Test func `a key for a referral that turned from general to mass does reach it`() {
    var model = watching([offer(1)])
    _ = model.apply(closed(1, .offerMissed), now: noon)
    var mass = offer(2, kind: .mass)
    mass.referralId = 101
    _ = model.apply(push(.offerOpened(mass)), now: noon)
    #expect(model.press(.character("a"), now: noon + 200_000) == [.accept(2)])
  }

  @Test func `the guard passes by itself, and a selection of one's own lifts it`() {
    var model = watching([offer(1), offer(2), offer(3)])
    _ = model.apply(closed(1, .offerWasTaken), now: noon)
    #expect(model.press(.character("a"), now: noon + second) == [.accept(2)])
    _ = model.apply(closed(2, .offerWasTaken), now: noon + second)
    _ = model.press(.character("3"), now: noon + second)
    #expect(model.press(.character("a"), now: noon + second) == [.accept(3)])
  }

  @Test func `winning shows whom to call and by when`() {
    var model = watching([offer(1)])
    _ = model.press(.character("a"), now: noon)
    let assignment = Assignment(
      referralId: 101, offerId: 1, helpType: .application, language: "es", county: 21_145,
      callbackDueUs: noon + 1_800 * second, contact: Contact(name: "Maria", phone: "+16065550123"))
    _ = model.accepted(1, .success(assignment), now: noon)
    #expect(model.rows.isEmpty)
    #expect(model.assignments.map(\.referralId) == [101])
    #expect(
      model.notes.first?.text
        == "offer 1: WON, referral 101. Call Maria +16065550123 by 12:30 (06:30 CT)")
  }

  @Test func `winning shows what the Resident wants known, at a length that leaves room`() {
    var model = watching([offer(1)])
    let long = "Deaf: text first.\n" + String(repeating: "word ", count: 400)
    let assignment = Assignment(
      referralId: 101, offerId: 1, contact: Contact(name: "Maria", phone: "+1", notes: long))
    _ = model.accepted(1, .success(assignment), now: noon)
    let text = model.notes.first?.text ?? ""
    #expect(text.contains(". Notes: Deaf: text first.\u{b7}word"))
    #expect(text.hasSuffix("~") && text.count < 320)
  }

  @Test func `the push of one's own accept adds no second word, whichever comes first`() {
    for pushFirst in [true, false] {
      var model = watching([offer(1)])
      _ = model.press(.character("a"), now: noon)
      if pushFirst { _ = model.apply(closed(1, .offerAccepted), now: noon) }
      _ = model.accepted(1, .success(Assignment(referralId: 101, offerId: 1)), now: noon)
      if !pushFirst { _ = model.apply(closed(1, .offerAccepted), now: noon) }
      #expect(model.notes.count == 1)
      #expect(model.notes.first?.text.contains("WON") == true)
    }
  }

  @Test func `losing is said once, whichever of answer and push comes first (R28)`() {
    for pushFirst in [true, false] {
      var model = watching([offer(1)])
      _ = model.press(.character("a"), now: noon)
      if pushFirst { _ = model.apply(closed(1, .offerWasTaken), now: noon) }
      _ = model.accepted(1, .failure(taken), now: noon)
      if !pushFirst { _ = model.apply(closed(1, .offerWasTaken), now: noon) }
      #expect(model.rows.isEmpty)
      #expect(model.notes.count == 1)
      #expect(model.notes.first?.text.contains("taken by somebody else at 12:00:00") == true)
    }
  }

  @Test func `an accept without an answer leaves the offer to be asked for again`() {
    var model = watching([offer(1)])
    _ = model.press(.character("a"), now: noon)
    let lost = Failure(exit: .unreachable, message: "The connection was lost.")
    _ = model.accepted(1, .failure(lost), now: noon)
    #expect(model.press(.character("a"), now: noon) == [.accept(1)])
  }

  @Test
  func `an accept whose answer was lost is not somebody else's when it turns out to have won`() {
    var model = watching([offer(1)])
    _ = model.press(.character("a"), now: noon)
    let lost = Failure(exit: .unreachable, message: "The connection was lost.")
    _ = model.accepted(1, .failure(lost), now: noon)
    let effects = model.apply(closed(1, .offerAccepted), now: noon)
    #expect(model.notes.first?.text == "offer 1: WON after all, see whom to call")
    #expect(effects == [.refreshStanding])
  }

  @Test func `without a connection nothing is sent, and it says so`() {
    var model = watching([offer(1)])
    _ = model.apply(.disconnected(nil, retryIn: .seconds(2)), now: noon)
    #expect(model.press(.character("a"), now: noon) == [])
    #expect(model.hint == "not connected: nothing was sent")
    #expect(
      model.connection
        == .lost(since: noon, retryAt: noon + 2 * second, why: "the connection was lost"))
  }

  @Test func `without a connection that is said also when the list is empty`() {
    var model = watching()
    _ = model.apply(.disconnected(nil, retryIn: .seconds(2)), now: noon)
    #expect(model.press(.character("a"), now: noon) == [])
    #expect(model.hint == "not connected: nothing was sent")
  }

  @Test func `a reconnect rings only for offers that are new`() {
    var model = watching([offer(1)])
    let same = model.apply(.state(CurrentState(offers: [offer(1)])), now: noon)
    #expect(same == [])
    let more = model.apply(.state(CurrentState(offers: [offer(1), offer(2)])), now: noon)
    #expect(more == [.bell])
  }

  @Test func `an accept asked before a reconnect gets one word, from its answer`() {
    var model = watching([offer(1)])
    _ = model.press(.character("a"), now: noon)
    _ = model.apply(.state(CurrentState()), now: noon)
    #expect(model.rows.isEmpty && model.notes.isEmpty)
    _ = model.accepted(1, .success(Assignment(referralId: 101, offerId: 1)), now: noon)
    #expect(model.notes.map { $0.text.contains("WON") } == [true])
  }

  @Test func `after a reconnect the server's state is the truth`() {
    var model = watching([offer(1), offer(2)])
    _ = model.apply(.disconnected(nil, retryIn: .seconds(2)), now: noon)
    _ = model.apply(.connected(Welcome(principal: "alice", role: .assister)), now: noon)
    _ = model.apply(.state(CurrentState(offers: [offer(2), offer(3)])), now: noon)
    #expect(model.rows.map(\.offer.offerId) == [2, 3])
    #expect(model.notes.contains { $0.text == "offer 1: ended while you were disconnected" })
  }

  @Test func `v toggles what is effective now`() {
    var model = watching()
    #expect(model.press(.character("v"), now: noon) == [.setAvailability(.overrideOff)])
    model.status?.available = false
    #expect(model.press(.character("v"), now: noon) == [.setAvailability(.overrideOn)])
  }

  @Test func `a miss counts up and a third says what follows (R50)`() {
    var model = watching([offer(1)])
    _ = model.apply(closed(1, .offerMissed, missed: 2), now: noon)
    #expect(model.status?.missedInARow == 2)
    #expect(
      model.notes.first?.text.contains("2 missed in a row; at 3 you are de-registered") == true)
    let change = RegistrationChanged(
      registration: .registrationDeregistered, missedInARow: 3, missedOffers: [4, 7, 9])
    _ = model.apply(push(.registrationChanged(change)), now: noon)
    #expect(model.notes.first?.text.contains("DE-REGISTERED") == true)
    #expect(model.notes.first?.text.contains("4, 7, 9") == true)
  }

  @Test func `q and control-C quit`() {
    var model = watching()
    #expect(model.press(.character("q"), now: noon) == [.quit])
    #expect(model.press(.interrupt, now: noon) == [.quit])
  }
}

@Suite struct WatchScreenTests {
  private func screen(
    _ model: WatchModel, now: Int64 = noon, columns: Int = 80, rows: Int = 24, colour: Bool = false
  ) -> [String] {
    WatchScreen.lines(
      model, now: now, columns: columns, rows: rows, style: Style(colour: colour))
  }

  private func plain(_ line: String) -> String {
    line.replacing(/\u{1b}\[[0-9;]*m/, with: "")
  }

  private func full() -> WatchModel {
    var model = watching((1...14).map { offer($0, kind: $0 % 2 == 0 ? .mass : .general) })
    model.assignments = (1...6).map {
      Assignment(
        referralId: $0, helpType: .both, language: "zh", county: 21_177,
        callbackDueUs: noon + Int64($0) * 60 * second,
        contact: Contact(name: "田中 花子 田中 花子 田中 花子", phone: "+16065550123"))
    }
    for index in 0..<30 {
      model.note("note \(index) " + String(repeating: "x", count: 90), at: noon)
    }
    model.status?.missedInARow = 2
    return model
  }

  @Test(arguments: [true, false])
  func `exactly 24 lines of at most 80 columns, whatever there is to show`(colour: Bool) {
    for model in [watching(), watching([offer(1)]), full()] {
      let lines = screen(model, colour: colour)
      #expect(lines.count == 24)
      for line in lines { #expect(TerminalText.columns(plain(line)) <= 80, "\(plain(line))") }
    }
  }

  @Test(arguments: [(80, 24), (40, 10), (20, 5), (200, 60), (1, 1)])
  func `other sizes get what fits`(columns: Int, rows: Int) {
    let lines = screen(full(), columns: columns, rows: rows)
    #expect(lines.count == rows)
    for line in lines { #expect(TerminalText.columns(line) <= columns) }
  }

  @Test func `without colour there is no escape code, with colour the same text`() {
    let bare = screen(full())
    #expect(!bare.contains { $0.contains("\u{1b}") })
    let coloured = screen(full(), colour: true)
    #expect(coloured.contains { $0.contains("\u{1b}[") })
    #expect(coloured.map(plain) == bare)
  }

  @Test func `a row shows what R39 allows, with the countdown of the given instant`() {
    let model = watching([offer(1, kind: .mass, county: 21_145)])
    let lines = screen(model, now: noon + second)
    #expect(
      lines.contains("> 1   14:59  mass     application  Spanish      McCracken CT      0:29  1"),
      "\(lines)")
  }

  @Test func `60 columns hold the whole row but its id, and all keys`() {
    let model = watching([offer(1, kind: .mass, county: 21_145)])
    let lines = screen(model, now: noon + second, columns: 60, rows: 15)
    #expect(
      lines.contains("> 1   14:59 mass    application Spanish  McCracken CT   0:29"), "\(lines)")
    #expect(lines.last == " 1-9 select  a accept  r reject  v availability  q quit")
    #expect(!lines.contains { $0.hasSuffix("~") })
    #expect(screen(model, columns: 40, rows: 15).last == " a accept  r reject  q quit")
  }

  @Test func `the deadline itself is too late (R27): the row says so`() {
    let model = watching([offer(1)])
    #expect(screen(model, now: noon + 900 * second).contains { $0.contains("time up") })
    #expect(!screen(model, now: noon + 899 * second).contains { $0.contains("time up") })
  }

  @Test func `the selected offer is in sight however many there are`() {
    var model = full()
    model.selected = 14
    #expect(screen(model).contains { $0.hasPrefix(">") && $0.hasSuffix("  14") })
    model.selected = 1
    #expect(screen(model).contains { $0.hasPrefix("> 1") })
  }

  @Test func `a lost connection is the second line`() {
    var model = watching([offer(1)])
    _ = model.apply(
      .disconnected(ClientError(code: .unavailable, message: "reset"), retryIn: .seconds(4)),
      now: noon)
    #expect(
      screen(model, now: noon + second)[1]
        == " NOT CONNECTED since 12:00:00, next try in 3.0 s: reset")
    let named = ClientError(code: .unavailable, message: "127.0.0.1:7443: Connection refused")
    _ = model.apply(.disconnected(named, retryIn: .seconds(4)), now: noon)
    #expect(screen(model, now: noon + second)[1].hasSuffix("in 3.0 s: Connection refused"))
  }

  @Test func `availability and the streak are the second line otherwise`() {
    var model = watching()
    #expect(screen(model)[1] == " AVAILABLE")
    model.status?.missedInARow = 1
    #expect(screen(model)[1] == " AVAILABLE   1 missed in a row; at 3 you are de-registered")
    model.status?.available = false
    model.status?.override = .overrideOff
    #expect(screen(model)[1].hasPrefix(" NOT AVAILABLE: switched off"))
    model.status?.registration = .registrationDeregistered
    #expect(
      screen(model)[1]
        == " NOT AVAILABLE: de-registered (kod register --accept-terms brings you back)")
  }

  @Test func `a Resident's name can't drive the terminal`() {
    var model = watching()
    model.assignments = [
      Assignment(
        referralId: 1, callbackDueUs: noon, contact: Contact(name: "a\u{1b}[2Jb", phone: "+1"))
    ]
    #expect(!screen(model).contains { $0.contains("\u{1b}") })
  }
}
