import KODEngine

/// What the events say about promises, accepted work and what was done by hand, told without the
/// engine. Times are judged from scratch, by the rules' own words.
struct WorkHistory {
  struct ReferralModel {
    var policy: Policy
    var submittedAt: Instant
    var firstAttemptAt: Instant?
    var endedAt: Instant?
    var holding: Int?
    var isContacted = false
    var desk: [DeskAction] = []

    var promise: Instant { submittedAt + policy.callbackPromise }
  }

  struct AssignmentModel {
    var referral: UInt64
    var assister: UInt32
    var byHand: Bool
    var startedAt: Instant
    var end: AssignmentEnd?
    var attempts: [(at: Instant, result: AttemptResult, counts: Bool)] = []
  }

  /// By number, from 1.
  var referrals: [ReferralModel] = []
  var assignments: [AssignmentModel] = []
  var notes: [String: String] = [:]
  var broken: [UInt32: Int] = [:]
  var promisesMissed: Set<UInt64> = []
  var lastServerStart = Instant.midnight
  var contradictions: [String] = []

  // MARK: Judged from scratch

  func due(_ assignment: AssignmentModel) -> Instant {
    let referral = referrals[Int(assignment.referral) - 1]
    return max(referral.promise, assignment.startedAt + referral.policy.callbackGrace)
  }

  /// R45.
  func isOverdue(_ referral: UInt64, at now: Instant) -> Bool {
    guard let index = referrals[Int(referral) - 1].holding else { return false }
    return assignments[index].attempts.isEmpty && due(assignments[index]) <= now
  }

  /// R44: nobody had tried when it was over, and it was still open.
  func isPromiseMissed(_ referral: UInt64, at now: Instant) -> Bool {
    let model = referrals[Int(referral) - 1]
    let wasTried = model.firstAttemptAt.map { $0 < model.promise } ?? false
    let wasOver = model.endedAt.map { $0 < model.promise } ?? false
    return model.promise <= now && !wasTried && !wasOver
  }

  /// R46.
  func reclaimInstant(_ assignment: AssignmentModel) -> Instant {
    max(due(assignment), lastServerStart)
      + referrals[Int(assignment.referral) - 1].policy.reclaim
  }

  func hasHeld(_ assister: UInt32, _ referral: UInt64) -> Bool {
    assignments.contains { $0.assister == assister && $0.referral == referral }
  }

  // MARK: Noting

  mutating func submitted(_ policy: Policy, at: Instant) {
    referrals.append(ReferralModel(policy: policy, submittedAt: at))
  }

  mutating func began(
    _ referral: UInt64, _ assister: UInt32, byHand: Bool, at: Instant
  ) {
    if referrals[Int(referral) - 1].holding != nil {
      contradictions.append("second holder of referral \(referral)")
    }
    if hasHeld(assister, referral) {
      contradictions.append("referral \(referral) to its former holder \(assister)")
    }
    referrals[Int(referral) - 1].holding = assignments.count
    assignments.append(
      AssignmentModel(referral: referral, assister: assister, byHand: byHand, startedAt: at))
  }

  mutating func note(_ event: Event) {
    switch event {
    case .attemptLogged(let id, let result, let counts, let at):
      noteAttempt(id.number, result, counts, at)
    case .released(let id, _, _):
      end(id.number, .released)
      desk(id, .releasedByHolder)
    case .takenBack(let id, _, _, _):
      end(id.number, .takenBack)
      desk(id, .tookBack)
    case .reclaimed(let id, let at): noteReclaim(id.number, at)
    case .rerun(let id, _, _, _, _): desk(id, .rerun)
    case .assigned(let id, let assister, _, _, let at):
      began(id.number, assister.number, byHand: true, at: at)
      desk(id, .assigned)
    case .gaveUp(let id, _, _, let at):
      referrals[Int(id.number) - 1].endedAt = at
      desk(id, .gaveUp)
    case .closed(let id, let outcome, let at):
      noteClosing(id.number, outcome)
      end(id.number, .closed)
      referrals[Int(id.number) - 1].endedAt = at
    case .cancelled(let id, _, _, let at):
      end(id.number, .cancelled)
      referrals[Int(id.number) - 1].endedAt = at
    case .noteSaved(let assister, let id, let text, _):
      notes["\(assister.number)/\(id.number)"] = text.isEmpty ? nil : text
    case .promiseMissed(let id):
      if !promisesMissed.insert(id.number).inserted { contradictions.append("twice: \(event)") }
    case .serverStarted(let at): lastServerStart = at
    default: break
    }
  }

  private mutating func desk(_ id: ReferralID, _ action: DeskAction) {
    referrals[Int(id.number) - 1].desk.append(action)
  }

  private mutating func end(_ referral: UInt64, _ end: AssignmentEnd) {
    guard let index = referrals[Int(referral) - 1].holding else {
      if end != .cancelled { contradictions.append("\(end) of referral \(referral), not held") }
      return
    }
    assignments[index].end = end
    referrals[Int(referral) - 1].holding = nil
    referrals[Int(referral) - 1].isContacted = false
  }

  /// R13, R14, R18, R43.
  private mutating func noteAttempt(
    _ referral: UInt64, _ result: AttemptResult, _ counts: Bool, _ at: Instant
  ) {
    guard let index = referrals[Int(referral) - 1].holding,
      !referrals[Int(referral) - 1].isContacted
    else {
      contradictions.append("attempt on referral \(referral)")
      return
    }
    let spacing = referrals[Int(referral) - 1].policy.unreachableSpacing
    let previous = assignments[index].attempts.last { $0.counts }
    let shouldCount = result != .reached && previous.map { $0.at + spacing <= at } ?? true
    if counts != shouldCount { contradictions.append("attempt counts: \(counts)") }
    assignments[index].attempts.append((at, result, counts))
    if referrals[Int(referral) - 1].firstAttemptAt == nil {
      referrals[Int(referral) - 1].firstAttemptAt = at
    }
    if result == .reached { referrals[Int(referral) - 1].isContacted = true }
  }

  private mutating func noteReclaim(_ referral: UInt64, _ at: Instant) {
    if let index = referrals[Int(referral) - 1].holding {
      let assignment = assignments[index]
      if !assignment.attempts.isEmpty { contradictions.append("reclaimed after an attempt") }
      if at != reclaimInstant(assignment) { contradictions.append("reclaimed at \(at)") }
      broken[assignment.assister, default: 0] += 1
    }
    end(referral, .reclaimed)
  }

  /// R15, R43.
  private mutating func noteClosing(_ referral: UInt64, _ outcome: Outcome) {
    let model = referrals[Int(referral) - 1]
    let counting = model.holding.map { assignments[$0].attempts.count { $0.counts } } ?? 0
    let isEarly = outcome == .unreachable && counting < Int(model.policy.unreachableAttempts)
    if outcome == .unserved || isEarly { contradictions.append("closed as \(outcome)") }
  }
}
