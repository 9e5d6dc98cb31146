import KODWire

/// The Referral Manager's list (R71): what was searched for, what was found so far, and what is selected.
struct ReferralSearch: Equatable {
  static let pageSize: UInt32 = 50

  var filter = ReferralFilter()
  var rows: [ReferralRow] = []
  /// Empty: no more.
  var nextPage = ""
  /// The first page.
  var reading = Reading()
  var isAskingMore = false
  /// Known by its referral: new rows come in above.
  var selected: UInt64?

  typealias Reading = DashboardModel.Reading<Bool>

  var index: Int? { rows.firstIndex { $0.offer?.referralId == selected } }
  var current: ReferralRow? { index.map { rows[$0] } }

  func request(_ clock: ClockFace, page: String = "") -> ListReferralsRequest {
    var request = filter.request(clock)
    request.pageSize = Self.pageSize
    request.pageToken = page
    return request
  }

  mutating func search(_ filter: ReferralFilter) {
    self = ReferralSearch(filter: filter)
  }

  /// A first page again: what it covers is replaced, older rows stay.
  mutating func replaceFirst(_ response: ListReferralsResponse) {
    let fresh = Set(response.rows.compactMap { $0.offer?.referralId })
    if response.nextPageToken.isEmpty || rows.count <= response.rows.count {
      rows = response.rows
      nextPage = response.nextPageToken
    } else {
      let oldest = response.rows.last?.offer?.offeredAtUs ?? 0
      rows =
        response.rows
        + rows.filter { row in
          guard let offer = row.offer else { return false }
          return !fresh.contains(offer.referralId) && offer.offeredAtUs <= oldest
        }
    }
    if index == nil { selected = rows.first?.offer?.referralId }
  }

  mutating func append(_ response: ListReferralsResponse) {
    let known = Set(rows.compactMap { $0.offer?.referralId })
    rows += response.rows.filter { row in
      row.offer.map { !known.contains($0.referralId) } ?? false
    }
    nextPage = response.nextPageToken
  }

  /// True: the end of what was found so far is near, and there is more.
  mutating func move(_ step: Int) -> Bool {
    guard !rows.isEmpty else { return false }
    let next = min(max((index ?? 0) + step, 0), rows.count - 1)
    selected = rows[next].offer?.referralId
    return next >= rows.count - 10 && !nextPage.isEmpty
  }
}

/// What of all that ever came is wanted.
struct ReferralFilter: Equatable {
  /// Words that stand for offer states, outcomes of the work, and work held now.
  enum Status: String, CaseIterable {
    case any
    case pending
    case held = "held by me"
    case accepted
    case closed = "closed by me"
    case rejected
    case missed
    case taken
    case expired
    case withdrawn
    case released = "given back"
  }
  enum Days: Int, CaseIterable {
    case any = 0
    case today = 1
    case week = 7
    case month = 30
    case quarter = 90

    var label: String {
      self == .any ? "any" : self == .today ? "today" : "last \(rawValue) days"
    }
  }

  var note = ""
  var status = Status.any
  var kind = OfferKind.unspecified
  var helpType = HelpType.unspecified
  var county: UInt32 = 0
  var days = Days.any
  /// Server microseconds: `days` is counted back from here.
  var asOf: Int64 = 0

  var isEmpty: Bool {
    note.isEmpty && status == .any && kind == .unspecified && helpType == .unspecified
      && county == 0 && days == .any
  }

  func request(_ clock: ClockFace) -> ListReferralsRequest {
    var request = ListReferralsRequest(
      kind: kind, fromUs: days == .any ? 0 : clock.midnight(asOf, days: 1 - days.rawValue),
      helpType: helpType, county: county, noteContains: note, onlyHeld: status == .held)
    switch status {
    case .any, .held: break
    case .pending: request.states = [.offerPending]
    case .accepted: request.states = [.offerAccepted]
    case .closed:
      request.outcomes = Outcome.allKnown.filter { $0 != .unspecified && $0 != .unserved }
    case .rejected: request.states = [.offerRejected]
    case .missed: request.states = [.offerMissed]
    case .taken: request.states = [.offerWasTaken]
    case .expired: request.states = [.offerExpired]
    case .withdrawn: request.states = [.offerWasWithdrawn]
    case .released: request.states = [.offerWasReleased]
    }
    return request
  }

  /// `status missed, county Pike ET`; empty: everything.
  var words: String {
    var parts: [String] = []
    if !note.isEmpty { parts.append("note has \"\(TerminalText.safe(note))\"") }
    if status != .any { parts.append(status.rawValue) }
    if kind != .unspecified { parts.append(kind.word) }
    if helpType != .unspecified { parts.append(helpType.word) }
    if county != 0 { parts.append(Counties.label(county)) }
    if days != .any { parts.append(days.label) }
    return parts.joined(separator: ", ")
  }
}
