import KODWire
import Testing

@testable import kod_load

@Suite struct OfferLedgerTests {
  private struct Session {
    var ledger = OfferLedger()
    var violations: [Violation] = []
    var kinds: [Violation.Kind] { violations.map(\.kind) }

    init() { ledger.subscribed(at: 10) }

    mutating func pushed(_ offset: UInt64) {
      var found: [Violation] = []
      ledger.pushed(at: offset) { found.append($0) }
      violations += found
    }

    @discardableResult
    mutating func opened(_ id: UInt64, kind: OfferKind = .mass) -> Bool {
      var found: [Violation] = []
      let isNew = ledger.opened(
        Offer(offerId: id, referralId: id + 100, kind: kind, deadlineUs: 900),
        isRaced: kind == .mass
      ) { found.append($0) }
      violations += found
      return isNew
    }

    mutating func answered(_ answer: OfferLedger.Answer, _ id: UInt64) {
      var found: [Violation] = []
      ledger.answered(answer, offer: id) { found.append($0) }
      violations += found
    }

    mutating func closed(_ id: UInt64, _ state: OfferState) {
      var found: [Violation] = []
      ledger.closed(OfferClosed(offerId: id, referralId: id + 100, state: state)) {
        found.append($0)
      }
      violations += found
    }

    mutating func reminded(_ id: UInt64) {
      var found: [Violation] = []
      ledger.reminded(OfferReminder(offerId: id, referralId: id + 100)) { found.append($0) }
      violations += found
    }
  }

  @Test func `offsets that count up by one are right`() {
    var session = Session()
    for offset in UInt64(11)...20 { session.pushed(offset) }
    #expect(session.kinds.isEmpty)
    #expect(session.ledger.offset == 20)
  }

  @Test func `a gap in the offsets is a lost push, reported once`() {
    var session = Session()
    session.pushed(11)
    session.pushed(13)
    session.pushed(14)
    #expect(session.kinds == [.pushLost])
  }

  @Test func `an offset that comes again is a repeated push`() {
    var session = Session()
    session.pushed(11)
    session.pushed(11)
    session.pushed(12)
    #expect(session.kinds == [.pushRepeated])
  }

  @Test func `a lost race ends with the answer and the push, in either order`() {
    for pushFirst in [true, false] {
      var session = Session()
      session.opened(1)
      if pushFirst { session.closed(1, .offerWasTaken) } else { session.answered(.lost, 1) }
      #expect(session.ledger.open.count == 1)
      if pushFirst { session.answered(.lost, 1) } else { session.closed(1, .offerWasTaken) }
      #expect(session.ledger.open.isEmpty)
      #expect(session.kinds.isEmpty)
    }
  }

  @Test func `a won race ends with the answer; its own closing may come before or after`() {
    for pushFirst in [true, false] {
      var session = Session()
      session.opened(1)
      if pushFirst { session.closed(1, .offerAccepted) }
      session.answered(.won, 1)
      if !pushFirst { session.closed(1, .offerAccepted) }
      #expect(session.ledger.open.isEmpty)
      #expect(session.kinds.isEmpty)
    }
  }

  @Test func `R28: a winner that is told "taken" by push is caught, before and after its answer`() {
    for pushFirst in [true, false] {
      var session = Session()
      session.opened(1)
      if pushFirst { session.closed(1, .offerWasTaken) }
      session.answered(.won, 1)
      if !pushFirst { session.closed(1, .offerWasTaken) }
      #expect(session.kinds == [pushFirst ? .wronglyTold : .pushAfterClosing])
    }
  }

  @Test func `a loser that is told "expired" by push is caught`() {
    var session = Session()
    session.opened(1)
    session.answered(.lost, 1)
    session.closed(1, .offerExpired)
    #expect(session.kinds == [.wronglyTold])
  }

  @Test func `an offer that is opened twice is caught`() {
    var session = Session()
    let isFirstNew = session.opened(1)
    let isSecondNew = session.opened(1)
    #expect(isFirstNew)
    #expect(!isSecondNew)
    #expect(session.kinds == [.pushRepeated])
  }

  @Test func `R27: nothing comes of an offer that is over`() {
    var session = Session()
    session.opened(1, kind: .general)
    session.closed(1, .offerWasWithdrawn)
    session.opened(1)
    session.reminded(1)
    session.closed(1, .offerWasWithdrawn)
    #expect(session.kinds == [.pushAfterClosing, .pushAfterClosing, .pushAfterClosing])
  }

  @Test func `a closing that comes twice while the accept is in flight is caught`() {
    var session = Session()
    session.opened(1)
    session.closed(1, .offerWasTaken)
    session.closed(1, .offerWasTaken)
    session.reminded(1)
    #expect(session.kinds == [.pushRepeated, .pushAfterClosing])
  }

  @Test func `a closing or a reminder of an offer that was never opened is caught`() {
    var session = Session()
    session.closed(9, .offerWasTaken)
    session.reminded(9)
    #expect(session.kinds == [.pushUnknown, .pushUnknown])
  }

  @Test func `offers of the state at the start may be closed and reminded of`() {
    var session = Session()
    session.ledger.inherited(Offer(offerId: 3, referralId: 103, kind: .mass))
    session.reminded(3)
    #expect(session.ledger.entry(offer: 3)?.isInherited == true)
    session.closed(3, .offerExpired)
    #expect(session.ledger.open.isEmpty)
    #expect(session.kinds.isEmpty)
  }

  @Test func `long runs do not grow`() {
    var session = Session()
    for id in UInt64(1)...1_000 {
      session.opened(id)
      session.answered(.lost, id)
      session.closed(id, .offerWasTaken)
    }
    #expect(session.ledger.open.isEmpty)
    #expect(session.kinds.isEmpty)
    session.closed(1_000, .offerWasTaken)
    session.closed(1, .offerWasTaken)
    #expect(session.kinds == [.pushAfterClosing, .pushUnknown])
  }
}
