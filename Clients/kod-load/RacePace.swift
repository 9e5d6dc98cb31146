/// When to submit the next referral, and which part of the run this is. A closed loop: a referral
/// is submitted when another one has been raced to its end.
struct RacePace {
  enum Phase: Int, Comparable, Sendable {
    /// Sessions are being opened.
    case opening
    /// Referrals go to one assister each until every eligible one holds an open general offer; from
    /// then on each one is mass at once (R2, R36, R37).
    case occupying
    case warmup
    case measured
    /// Nothing new; what is in flight is raced to its end.
    case draining
    /// The general offers of the set-up are cancelled.
    case tidying
    case over

    static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
  }

  /// More than any sensible number of assisters: without a mass referral by then, the policy has
  /// none.
  static let mostOccupying = 200_000

  let warmup: Int
  let rounds: Int?
  /// Length of the measured part in nanoseconds when it is not a number of rounds.
  let span: UInt64?
  let inFlight: Int
  /// Nothing is submitted: the measured part is the time that sessions are held open.
  let isHoldingOnly: Bool
  private(set) var phase = Phase.opening
  /// Monotonic nanoseconds.
  private(set) var measuredFrom: UInt64 = 0
  private(set) var measuredUntil: UInt64 = 0
  /// Races finished in the measured part.
  private(set) var completed = 0
  /// Submissions that are not answered.
  private(set) var unanswered = 0
  private var racing = 0
  private var started = 0
  private var finished = 0

  init(
    warmup: Int, rounds: Int?, seconds: Double?, inFlight: Int, isHoldingOnly: Bool = false
  ) {
    self.warmup = warmup
    self.rounds = rounds
    self.span = seconds.map { UInt64($0 * 1_000_000_000) }
    self.inFlight = inFlight
    self.isHoldingOnly = isHoldingOnly
  }

  var isRecording: Bool { phase == .measured }

  /// How many referrals to submit now.
  var wanted: Int {
    switch phase {
    case .occupying: return max(0, 1 - unanswered)
    case .warmup, .measured:
      if isHoldingOnly { return 0 }
      let room = inFlight - racing - unanswered
      guard let rounds else { return max(0, room) }
      return max(0, min(room, warmup + rounds - started - unanswered))
    default: return 0
    }
  }

  mutating func sessionsAreOpen(at now: UInt64) {
    guard phase == .opening else { return }
    phase = isHoldingOnly ? .measured : .occupying
    measuredFrom = now
  }

  mutating func submitted() { unanswered += 1 }

  /// The referral went to one assister: part of the set-up, also later when an assister became free
  /// again.
  mutating func answeredGeneral() { unanswered -= 1 }

  mutating func answeredMass(at now: UInt64) {
    unanswered -= 1
    racing += 1
    started += 1
    if phase == .occupying { phase = .warmup }
    advance(at: now)
  }

  mutating func answeredOtherwise() { unanswered -= 1 }

  mutating func completed(at now: UInt64) {
    racing -= 1
    finished += 1
    if phase == .measured { completed += 1 }
    advance(at: now)
  }

  /// Time alone ends a measured part that is given in seconds.
  mutating func advance(at now: UInt64) {
    if phase == .warmup, finished >= warmup {
      phase = .measured
      measuredFrom = now
    }
    if phase == .measured {
      let isOver = rounds.map { completed >= $0 } ?? (now - measuredFrom >= span ?? 0)
      if isOver { stop(at: now) }
    }
    if phase == .draining, racing == 0, unanswered == 0 { phase = .tidying }
  }

  /// Ends the measured part, whatever it has reached.
  mutating func stop(at now: UInt64) {
    guard phase < .draining else { return }
    if phase == .measured { measuredUntil = now }
    phase = .draining
  }

  /// The races that are left will not end.
  mutating func abandonRaces() {
    racing = 0
    unanswered = 0
    if phase == .draining { phase = .tidying }
  }

  mutating func tidied() { phase = .over }
}
