/// What sessions saw of mass referrals, put together across all of them: it judges what no session
/// can judge alone. Loops hand over their observations a tick at a time.
struct RaceBoard {
  enum Mode: Equatable, Sendable {
    /// Every session accepts as soon as it is offered the referral.
    case race
    /// The accepts are held until every offer of the referral has arrived.
    case simultaneousRace
    /// Nobody accepts; the partner cancels once every offer has arrived.
    case fanout
  }

  enum Observation: Equatable, Sendable {
    /// The partner was answered that its referral is mass, with so many offers.
    case submitted(Submission)
    /// `at`: by the server's clock; `now`: monotonic.
    case opened(referral: UInt64, offeredAt: Int64, now: UInt64)
    case won(referral: UInt64, session: UInt32, offer: UInt64, acceptedAt: Int64)
    case lost(referral: UInt64, takenAt: Int64)
    case refused(referral: UInt64)
    case told(referral: UInt64, session: UInt32, state: ClosingState, closedAt: Int64)
  }

  struct Submission: Equatable, Sendable {
    var referral: UInt64
    /// As the server answered.
    var offers: UInt32
    /// How many of the open sessions may get it.
    var eligible: UInt32
    var partner: UInt32
    /// Monotonic nanoseconds.
    var sentAt: UInt64
  }

  /// The closings that matter here.
  enum ClosingState: Equatable, Sendable { case taken, accepted, withdrawn, other }

  /// What follows from the observations, for the loops to do.
  enum Consequence: Equatable, Sendable {
    /// Every offer is here: send the accepts now.
    case release(referral: UInt64)
    /// Every offer is here: the partner cancels.
    case cancel(referral: UInt64, partner: UInt32)
    case completed(Completion)
  }

  struct Completion: Equatable, Sendable {
    var referral: UInt64
    var racers: UInt32
    /// Monotonic nanoseconds from the submission to the first and to the last offer.
    var firstOfferAfter: UInt64
    var lastOfferAfter: UInt64
  }

  private struct Record {
    var referral: UInt64
    /// 0: the submission is not answered yet, or not ours.
    var offersMade: UInt32 = 0
    var expected: UInt32 = 0
    var opened: UInt32 = 0
    var won: UInt32 = 0
    var lost: UInt32 = 0
    var refused: UInt32 = 0
    var toldTaken: UInt32 = 0
    var toldOther: UInt32 = 0
    var isReleased = false
    var partner: UInt32 = 0
    var sentAt: UInt64 = 0
    var firstAt: UInt64 = 0
    var lastAt: UInt64 = 0
    var activeAt: UInt64 = 0
    var winner: UInt32 = 0
    var acceptedAt: Int64 = 0
    /// The time that losers were told; 0: none yet.
    var takenAt: Int64 = 0
    var lastOfferedAt: Int64 = 0
  }

  let mode: Mode
  let expectedRacers: Options.ExpectedRacers
  private(set) var violations = ViolationLog()
  /// Mass referrals that reached our sessions without being ours: left over, or another client's.
  var foreignReferrals: Int { records.count { $0.offersMade == 0 } }
  var unfinished: Int { records.count { $0.offersMade != 0 } }

  private var records: [Record] = []
  private var positions: [UInt64: Int] = [:]
  private var finished: Set<UInt64> = []
  /// Overdue ones, reported already: what still comes of them says nothing new.
  private var abandoned: Set<UInt64> = []
  /// The record that was met last: observations come in runs of one referral.
  private var recent = 0

  init(mode: Mode, expectedRacers: Options.ExpectedRacers = .any) {
    self.mode = mode
    self.expectedRacers = expectedRacers
  }

  mutating func report(_ violation: Violation) { violations.append(violation) }

  mutating func apply(
    _ observation: Observation, at now: UInt64, _ then: (Consequence) -> Void
  ) {
    switch observation {
    case .submitted(let submission):
      submitted(submission, now, then)
    case .opened(let referral, let offeredAt, let arrivedAt):
      opened(referral, offeredAt, arrivedAt, then)
    case .won(let referral, let session, let offer, let acceptedAt):
      won(referral, session, offer, acceptedAt, now, then)
    case .lost(let referral, let takenAt):
      guard let index = position(of: referral, now) else { return }
      records[index].lost += 1
      toldTime(index, takenAt)
      completeIfDone(index, then)
    case .refused(let referral):
      guard let index = position(of: referral, now) else { return }
      records[index].refused += 1
      completeIfDone(index, then)
    case .told(let referral, let session, let state, let closedAt):
      told(referral, session, state, closedAt, now, then)
    }
  }

  private mutating func submitted(
    _ submission: Submission, _ now: UInt64, _ then: (Consequence) -> Void
  ) {
    guard let index = position(of: submission.referral, now) else { return }
    // Assisters without a session here are offered it too: only ours can be waited for.
    let expected = max(1, min(submission.offers, submission.eligible))
    records[index].offersMade = submission.offers
    records[index].expected = expected
    records[index].partner = submission.partner
    records[index].sentAt = submission.sentAt
    let wanted: Int? =
      switch expectedRacers {
      case .any: nil
      case .all: Int(submission.eligible)
      case .exactly(let count): count
      }
    if let wanted, Int(expected) != wanted {
      report(
        Violation(
          kind: .racersUnexpected, referral: submission.referral,
          detail: "\(expected) racers (\(submission.offers) offers) where \(wanted) were expected"))
    }
    allArrivedIfDue(index, then)
    completeIfDone(index, then)
  }

  private mutating func opened(
    _ referral: UInt64, _ offeredAt: Int64, _ now: UInt64, _ then: (Consequence) -> Void
  ) {
    guard let index = position(of: referral, now) else {
      if abandoned.contains(referral) { return }
      report(
        Violation(
          kind: .pushAfterClosing, referral: referral,
          detail: "an offer was pushed after every racer had been told the end"))
      return
    }
    records[index].opened += 1
    records[index].lastOfferedAt = max(records[index].lastOfferedAt, offeredAt)
    if records[index].firstAt == 0 { records[index].firstAt = now }
    records[index].lastAt = now
    if records[index].offersMade != 0, records[index].opened > records[index].offersMade {
      report(
        Violation(
          kind: .racersUnexpected, referral: referral,
          detail: "more sessions got the offer than offers were made"))
    }
    if records[index].won > 0, offeredAt > records[index].acceptedAt {
      reportOfferedLate(index)
    }
    allArrivedIfDue(index, then)
    completeIfDone(index, then)
  }

  private mutating func won(
    _ referral: UInt64, _ session: UInt32, _ offer: UInt64, _ acceptedAt: Int64, _ now: UInt64,
    _ then: (Consequence) -> Void
  ) {
    guard let index = position(of: referral, now) else {
      if abandoned.contains(referral) { return }
      report(
        Violation(
          kind: .twoWinners, referral: referral, offer: offer,
          detail: "acknowledged to session \(session) after the race was over"))
      return
    }
    if records[index].won > 0 {
      report(
        Violation(
          kind: .twoWinners, referral: referral, offer: offer,
          detail: "acknowledged to session \(session) after session \(records[index].winner)"))
    } else {
      records[index].winner = session
      records[index].acceptedAt = acceptedAt
    }
    records[index].won += 1
    if records[index].lastOfferedAt > acceptedAt { reportOfferedLate(index) }
    completeIfDone(index, then)
  }

  private mutating func told(
    _ referral: UInt64, _ session: UInt32, _ state: ClosingState, _ closedAt: Int64,
    _ now: UInt64, _ then: (Consequence) -> Void
  ) {
    // A winner's own closing may come after the race is complete.
    if state == .accepted { return }
    guard let index = position(of: referral, now) else { return }
    if state == .taken {
      records[index].toldTaken += 1
      toldTime(index, closedAt)
      if mode == .fanout {
        report(
          Violation(
            kind: .wronglyTold, referral: referral, detail: "taken, but nobody accepted it"))
      }
    } else {
      records[index].toldOther += 1
      if mode != .fanout || state != .withdrawn {
        report(
          Violation(
            kind: .wronglyTold, referral: referral,
            detail: "session \(session) was told \(state) in the middle of the race"))
      }
    }
    completeIfDone(index, then)
  }

  /// Every loser hears one and the same time, the winner's (R28).
  private mutating func toldTime(_ index: Int, _ time: Int64) {
    if records[index].takenAt == 0 {
      records[index].takenAt = time
    } else if records[index].takenAt != time {
      report(
        Violation(
          kind: .wronglyTold, referral: records[index].referral,
          detail: "taken at \(time) for one, at \(records[index].takenAt) for another"))
    }
  }

  private mutating func reportOfferedLate(_ index: Int) {
    report(
      Violation(
        kind: .pushAfterClosing, referral: records[index].referral,
        detail: "offered at \(records[index].lastOfferedAt), accepted at "
          + "\(records[index].acceptedAt)"))
  }

  private mutating func allArrivedIfDue(_ index: Int, _ then: (Consequence) -> Void) {
    let record = records[index]
    guard record.expected != 0, record.opened == record.expected, !record.isReleased else { return }
    records[index].isReleased = true
    switch mode {
    case .race: break
    case .simultaneousRace: then(.release(referral: record.referral))
    case .fanout: then(.cancel(referral: record.referral, partner: record.partner))
    }
  }

  private mutating func completeIfDone(_ index: Int, _ then: (Consequence) -> Void) {
    let record = records[index]
    guard record.expected != 0, record.opened >= record.expected else { return }
    let answers = record.won + record.lost + record.refused
    let tidings = record.toldTaken + record.toldOther
    if mode == .fanout {
      guard tidings >= record.expected else { return }
    } else {
      guard answers >= record.opened else { return }
      if record.won > 0 || isWonElsewhere(record) {
        guard tidings + record.won >= record.opened else { return }
      }
      judge(record)
    }
    remove(index)
    then(
      .completed(
        Completion(
          referral: record.referral, racers: record.opened,
          firstOfferAfter: record.firstAt &- min(record.firstAt, record.sentAt),
          lastOfferAfter: record.lastAt &- min(record.lastAt, record.sentAt))))
  }

  private mutating func judge(_ record: Record) {
    if record.won > 0 {
      guard record.takenAt != 0, record.takenAt != record.acceptedAt else { return }
      report(
        Violation(
          kind: .wronglyTold, referral: record.referral,
          detail: "accepted at \(record.acceptedAt), taken at \(record.takenAt)"))
    } else if !isWonElsewhere(record) {
      report(
        Violation(
          kind: .noWinner, referral: record.referral,
          detail: "\(record.opened) accepts answered, \(record.lost) times taken"))
    }
  }

  /// Whether an assister without a session here can have won it.
  private func isWonElsewhere(_ record: Record) -> Bool {
    record.won == 0 && record.offersMade > record.opened && record.lost == record.opened
  }

  /// Reports every race in which nothing has happened since `limit`; true when there was one.
  mutating func reportOverdue(notActiveSince limit: UInt64) -> Bool {
    var hasOverdue = false
    for index in records.indices.reversed() {
      let record = records[index]
      guard record.offersMade != 0, record.activeAt < limit else { continue }
      hasOverdue = true
      let answers = record.won + record.lost + record.refused
      if record.opened < record.expected {
        report(
          Violation(
            kind: .pushLost, referral: record.referral,
            detail: "\(record.opened) of \(record.expected) offers were pushed"))
      } else {
        report(
          Violation(
            kind: .loserNotTold, referral: record.referral,
            detail: "\(record.opened) racers: \(answers) accepts answered (\(record.won) won), "
              + "\(record.toldTaken) told by push that it was taken, \(record.toldOther) otherwise"
          ))
      }
      abandoned.insert(record.referral)
      remove(index)
    }
    return hasOverdue
  }

  /// The record of a referral, made if it is new; nil when its race is over.
  private mutating func position(of referral: UInt64, _ now: UInt64) -> Int? {
    if recent < records.count, records[recent].referral == referral {
      records[recent].activeAt = now
      return recent
    }
    if let known = positions[referral] {
      recent = known
    } else {
      guard !finished.contains(referral) else { return nil }
      recent = records.count
      records.append(Record(referral: referral))
      positions[referral] = recent
    }
    records[recent].activeAt = now
    return recent
  }

  private mutating func remove(_ index: Int) {
    finished.insert(records[index].referral)
    positions[records[index].referral] = nil
    records.swapAt(index, records.count - 1)
    records.removeLast()
    if index < records.count { positions[records[index].referral] = index }
  }
}
