internal import KODEngine
internal import KODWire

/// A question that may be long, decoded and validated.
enum Question: Sendable {
  case updates
  case metrics(from: Instant, to: Instant?)
  case programMetrics(from: Instant, to: Instant?)
  case referrals(ReferralFilter, from: ReferralPosition?, _ limit: Int, PageToken.Search)
  case submissions(
    onlyOpen: Bool, reference: String, from: UInt32?, _ limit: Int, PageToken.Search)
  case assisters(AssisterScan, _ limit: Int, PageToken.Search)
}

/// The zone that the program's own hours are told in.
private let programZone = "America/New_York"

/// A scan of the engine in slices.
private protocol Scan {
  associatedtype Result
  mutating func step(in engine: Engine, budget: Int) -> Bool
  var result: Result? { get }
}

extension AssisterMetricsScan: Scan {}
extension ProgramMetricsScan: Scan {}
extension UpdatesScan: Scan {}

extension CommitLoop {
  func answer(_ question: Question, for call: CallRequest, on connection: ConnectionID) {
    let caller = call.principal
    let now = tick.instant
    switch question {
    case .updates:
      guard let day = state.engine.day(of: caller, at: now) else {
        return outbox.fail(connection, call.call, Status(.notRegistered))
      }
      let scan = UpdatesScan(
        of: caller, dayStart: day.start, dayEnd: day.end, hours: hours(of: caller))
      ask(call, on: connection, slices(of: scan) { Updates($0, of: caller, at: now, in: $1) })
    case .metrics(let from, let to):
      let scan = AssisterMetricsScan(
        assister: caller, from: from, to: to ?? now, hours: hours(of: caller))
      ask(call, on: connection, slices(of: scan) { result, _ in Metrics(result) })
    case .programMetrics(let from, let to):
      let scan = ProgramMetricsScan(
        from: from, to: to ?? now, hours: outlooks.outlooks.hours(zone: programZone))
      ask(
        call, on: connection, slices(of: scan) { result, _ in KODWire.ProgramMetrics(result) })
    case .referrals(let filter, let position, let limit, let search):
      list(
        ReferralScan(of: caller, filter, from: position), limit, search, for: call, on: connection)
    case .submissions(let onlyOpen, let reference, let next, let limit, let search):
      list(
        SubmissionScan(of: caller, onlyOpen: onlyOpen, reference: reference, from: next), limit,
        search, for: call, on: connection)
    case .assisters(let scan, let limit, let search):
      list(scan, limit, search, for: call, on: connection)
    }
  }

  /// The assister's wall clock; without hours that were saved, the program's.
  private func hours(of assister: PrincipalID) -> HoursOfDay {
    let zone = state.engine.profile(of: assister)?.availability?.timeZone
    return outlooks.outlooks.hours(zone: zone ?? programZone)
  }

  private func slices<S: Scan, Message: WireMessage>(
    of scan: S, _ message: @escaping (S.Result, Engine) -> Message
  ) -> (Engine, Int) -> LongQuestion.Progress {
    var scan = scan
    return { engine, budget in
      guard scan.step(in: engine, budget: budget) else { return .unfinished }
      guard let result = scan.result else { return .refused(Status(.notRegistered)) }
      let message = message(result, engine)
      return .answered { $0.respond($1, $2, message) }
    }
  }

  /// A page of a list, row by row, so that it can end where the frame is full.
  private func list<S: PageScan>(
    _ scan: S, _ limit: Int, _ search: PageToken.Search, for call: CallRequest,
    on connection: ConnectionID
  ) {
    guard scan.isSound(in: state.engine) else {
      return outbox.fail(connection, call.call, .pageTokenInvalid)
    }
    var scan = scan
    var room = ReplyRoom()
    var rows: [S.Message] = []
    func page(_ next: [UInt32]?) -> LongQuestion.Progress {
      let message = S.page(rows, next.map { PageToken.text($0, of: search) } ?? "")
      return .answered { $0.respond($1, $2, message) }
    }
    ask(call, on: connection) { engine, budget in
      var left = budget
      while left > 0 {
        let place = scan.place
        var found: [S.Row] = []
        guard scan.step(in: engine, budget: left, most: 1, into: &found) else { return .unfinished }
        for row in found.compactMap({ S.message($0, engine) }) {
          guard room.take(row) else { return page(place) }
          rows.append(row)
        }
        if scan.isAtEnd { return page(nil) }
        if rows.count == limit { return page(scan.place) }
        // A row costs more than a look at one that is left out.
        left -= 8
      }
      return .unfinished
    }
  }
}

/// A scan that gives rows, and says where the next page begins.
private protocol PageScan {
  associatedtype Row
  associatedtype Message: WireMessage
  associatedtype Page: WireMessage
  mutating func step(in engine: Engine, budget: Int, most: Int, into rows: inout [Row]) -> Bool
  func isSound(in engine: Engine) -> Bool
  var isAtEnd: Bool { get }
  /// As a page token has it; nil: the beginning.
  var place: [UInt32]? { get }
  static func message(_ row: Row, _ engine: Engine) -> Message?
  static func page(_ rows: [Message], _ next: String) -> Page
}

extension ReferralScan: PageScan {
  var place: [UInt32]? {
    position.map { [$0.offer, $0.assignment, $0.newestOffer, $0.newestAssignment] }
  }

  static func message(_ row: ReferralRowView, _ engine: Engine) -> ReferralRow? {
    ReferralRow(row, in: engine)
  }

  static func page(_ rows: [ReferralRow], _ next: String) -> ListReferralsResponse {
    ListReferralsResponse(rows: rows, nextPageToken: next)
  }
}

extension SubmissionScan: PageScan {
  var place: [UInt32]? { next.map { [$0] } }

  static func message(_ row: ReferralID, _ engine: Engine) -> KODWire.Referral? {
    KODWire.Referral(row, in: engine)
  }

  static func page(_ rows: [KODWire.Referral], _ next: String) -> ListSubmissionsResponse {
    ListSubmissionsResponse(rows: rows, nextPageToken: next)
  }
}

extension AssisterScan: PageScan {
  func isSound(in engine: Engine) -> Bool { true }

  var place: [UInt32]? { [UInt32(next)] }

  static func message(_ row: PrincipalID, _ engine: Engine) -> AssisterStatus? {
    AssisterStatus(of: row, in: engine)
  }

  static func page(_ rows: [AssisterStatus], _ next: String) -> ListAssistersResponse {
    ListAssistersResponse(rows: rows, nextPageToken: next)
  }
}
