import KODWire

/// What one session was pushed and answered, offer by offer. It judges what one session can judge
/// alone: offsets without gaps, nothing twice, nothing after an offer's end, no answer that
/// contradicts a push.
struct OfferLedger {
  /// Offers that ended this many endings ago are forgotten; a server that repeats one of them later
  /// shows as `pushUnknown` instead of `pushAfterClosing`.
  private static let remembered = 32

  struct Entry {
    var offer: UInt64
    var referral: UInt64
    var isMass: Bool
    /// Whether it was open before this session subscribed: not ours to race.
    var isInherited: Bool
    var deadline: Int64
    /// An accept was sent, or will be: its answer is awaited. Known from the start, because the
    /// closing may come in the same read as the offer, before the accept has left.
    var isRaced = false
    var answer = Answer.none
    /// `.pending` until a closing was pushed.
    var closing = OfferState.offerPending
  }

  enum Answer { case none, won, lost, refused }

  private(set) var open: [Entry] = []
  private var ended: [(offer: UInt64, isWon: Bool)] = []
  private var endedNext = 0
  /// The offset of the last push, or the subscription's start.
  private(set) var offset: UInt64 = 0

  init() {}

  mutating func subscribed(at start: UInt64) { offset = start }

  /// An offer of the current state, before any push.
  mutating func inherited(_ offer: Offer) {
    open.append(
      Entry(
        offer: offer.offerId, referral: offer.referralId, isMass: offer.kind == .mass,
        isInherited: true, deadline: offer.deadlineUs))
  }

  /// Every push, whatever it says, comes through here first.
  mutating func pushed(at newOffset: UInt64, _ report: (Violation) -> Void) {
    let expected = offset + 1
    if newOffset > expected {
      report(
        Violation(
          kind: .pushLost, detail: "offset \(newOffset) came where \(expected) was due"))
    } else if newOffset < expected {
      report(
        Violation(
          kind: .pushRepeated, detail: "offset \(newOffset) came where \(expected) was due"))
    }
    offset = max(offset, newOffset)
  }

  /// True when the offer is new, and therefore may be raced.
  mutating func opened(
    _ offer: Offer, isRaced: Bool, _ report: (Violation) -> Void
  ) -> Bool {
    if index(of: offer.offerId) != nil {
      report(
        Violation(
          kind: .pushRepeated, referral: offer.referralId, offer: offer.offerId,
          detail: "opened a second time"))
      return false
    }
    if ending(of: offer.offerId) != nil {
      report(
        Violation(
          kind: .pushAfterClosing, referral: offer.referralId, offer: offer.offerId,
          detail: "opened after its end"))
      return false
    }
    open.append(
      Entry(
        offer: offer.offerId, referral: offer.referralId, isMass: offer.kind == .mass,
        isInherited: false, deadline: offer.deadlineUs, isRaced: isRaced))
    return true
  }

  func entry(offer: UInt64) -> Entry? { index(of: offer).map { open[$0] } }

  mutating func answered(_ answer: Answer, offer: UInt64, _ report: (Violation) -> Void) {
    guard let index = index(of: offer) else { return }
    open[index].answer = answer
    endIfComplete(index, report)
  }

  mutating func reminded(_ reminder: OfferReminder, _ report: (Violation) -> Void) {
    if let index = index(of: reminder.offerId), open[index].closing == .offerPending { return }
    reportStray(reminder.offerId, reminder.referralId, "reminded of", report)
  }

  mutating func closed(_ closing: OfferClosed, _ report: (Violation) -> Void) {
    guard let index = index(of: closing.offerId) else {
      // A winner may be told that its offer is accepted: by a push beside the answer.
      if let isWon = ending(of: closing.offerId), isWon, closing.state == .offerAccepted { return }
      reportStray(closing.offerId, closing.referralId, "\(closing.state.name) pushed for", report)
      return
    }
    guard open[index].closing == .offerPending else {
      report(
        Violation(
          kind: .pushRepeated, referral: closing.referralId, offer: closing.offerId,
          detail: "closed a second time, now \(closing.state.name)"))
      return
    }
    open[index].closing = closing.state
    endIfComplete(index, report)
  }

  /// An entry ends when its accept, if it is raced, is answered and its closing is here. Only a
  /// winner needs none.
  private mutating func endIfComplete(_ index: Int, _ report: (Violation) -> Void) {
    let entry = open[index]
    let isAnswered = entry.answer != .none || !entry.isRaced
    guard isAnswered, entry.closing != .offerPending || entry.answer == .won else { return }
    switch (entry.answer, entry.closing) {
    case (.won, .offerAccepted), (.won, .offerPending), (.lost, .offerWasTaken), (.none, _),
      (.refused, _):
      break
    default:
      report(
        Violation(
          kind: .wronglyTold, referral: entry.referral, offer: entry.offer,
          detail: "the accept was \(entry.answer), the push says \(entry.closing.name)"))
    }
    open.swapAt(index, open.count - 1)
    open.removeLast()
    remember(entry.offer, isWon: entry.answer == .won)
  }

  private mutating func remember(_ offer: UInt64, isWon: Bool) {
    if ended.count < Self.remembered {
      ended.append((offer, isWon))
    } else {
      ended[endedNext] = (offer, isWon)
      endedNext = (endedNext + 1) % Self.remembered
    }
  }

  private func reportStray(
    _ offer: UInt64, _ referral: UInt64, _ what: String, _ report: (Violation) -> Void
  ) {
    let isKnown = ending(of: offer) != nil || index(of: offer) != nil
    report(
      Violation(
        kind: isKnown ? .pushAfterClosing : .pushUnknown, referral: referral, offer: offer,
        detail: "\(what) an offer that \(isKnown ? "is over" : "was never opened here")"))
  }

  private func index(of offer: UInt64) -> Int? {
    for index in open.indices where open[index].offer == offer { return index }
    return nil
  }

  /// Whether the ended offer was won; nil: not among the remembered ones.
  private func ending(of offer: UInt64) -> Bool? {
    for entry in ended where entry.offer == offer { return entry.isWon }
    return nil
  }
}
