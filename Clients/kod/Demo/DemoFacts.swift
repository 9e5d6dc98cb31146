import KODWire

/// What the demo's sessions saw, counted from outside the server: the material of the checks and of the summary.
struct DemoFacts: Sendable {
  /// What an accept was answered.
  enum Answer: Equatable, Sendable {
    /// At the winner's instant, server microseconds.
    case won(at: Int64)
    /// `takenAt` comes with OFFER_TAKEN.
    case refused(reason: String, takenAt: Int64?)
    /// No answer that settles it.
    case unknown(String)

    var isWon: Bool {
      if case .won = self { return true }
      return false
    }
  }

  struct Accept: Equatable, Sendable {
    var assister: String
    var offer: Offer
    var answer: Answer?
  }

  /// One assister's session, over all its connections.
  struct Seat: Equatable, Sendable {
    var kind = AssisterKind.unspecified
    /// Every offer that was shown, by id.
    var shown: [UInt64: Offer] = [:]
    /// Every end of an offer that was told, by id: by push, or by the answer to the own call.
    var ends: [UInt64: [OfferState]] = [:]
    /// Offers that were pushed as opened twice, or as closed twice.
    var shownTwice: [UInt64] = []
    var endedTwice: [UInt64] = []
    var pushedEnds: Set<UInt64> = []
    var rejected = 0
    var registration = RegistrationState.registrationActive
    var connections = 0
    var isSubscribed = false
    var isConnected = false
    /// Why the server ended the session for good.
    var refusal: String?

    func count(_ state: OfferState) -> Int { ends.values.count { $0.contains(state) } }
    func shown(_ kind: OfferKind) -> Int { shown.values.count { $0.kind == kind } }
  }

  struct Submitted: Equatable, Sendable {
    var request: DemoRequest
    var referral: Referral
    var sentAt: Int64
  }

  var seats: [String: Seat] = [:]
  var accepts: [Accept] = []
  var submitted: [Submitted] = []
  var failedSubmissions: [String] = []
  /// The server's last word on each referral, by id.
  var final: [UInt64: Referral] = [:]
  /// Referrals whose holder closed them.
  var closed: Set<UInt64> = []
  var alerts = 0
  var cancelled: Set<UInt64> = []
  /// Accepts acknowledged before a kill, and of those the ones that the server had lost after it.
  var acknowledgedBeforeKill: Int?
  var lostByKill: [UInt64] = []
  /// Exit status of the server's stop; nil: it had to be killed.
  var stopStatus: Int32?

  /// Everybody who was told to have won the referral.
  func winners(of referral: UInt64) -> [String] {
    var names: [String] = []
    for accept in accepts where accept.offer.referralId == referral {
      if accept.answer?.isWon == true, !names.contains(accept.assister) {
        names.append(accept.assister)
      }
    }
    return names
  }

  func wonAt(_ referral: UInt64) -> Int64? {
    for accept in accepts where accept.offer.referralId == referral {
      if case .won(let at) = accept.answer { return at }
    }
    return nil
  }

  /// The kinds of offer that the sessions were shown of the referral.
  func kinds(of referral: UInt64) -> Set<OfferKind> {
    Set(
      seats.values.flatMap { seat in
        seat.shown.values.filter { $0.referralId == referral }.map(\.kind)
      })
  }

  /// Referrals of which several sessions were waiting for the answer to their accept.
  var racedReferrals: [UInt64] {
    var askers: [UInt64: Set<String>] = [:]
    for accept in accepts where accept.offer.kind == .mass {
      askers[accept.offer.referralId, default: []].insert(accept.assister)
    }
    return askers.filter { $0.value.count > 1 }.keys.sorted()
  }

  /// Whether every offer that was shown has ended, as far as the sessions were told.
  var allOffersEnded: Bool {
    seats.values.allSatisfy { seat in seat.shown.keys.allSatisfy { seat.ends[$0] != nil } }
  }
}
