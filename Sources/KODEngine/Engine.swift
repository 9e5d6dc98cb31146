/// The rules of the program as a state machine: no I/O, no clock, no randomness.
///
/// - `decide` judges and changes nothing; `apply` changes and judges nothing. The same events lead
///   to the same state, and to the same bytes of it.
/// - What an event makes necessary (the next Offer, a de-registration) is on the agenda, which is
///   state. `perform` works it off in the same instant, so that whoever logs the events of one
///   `perform` as one record never sees half of it.
public struct Engine: Sendable {
  /// By version, from 0; the last one is current.
  var policies: [Policy]
  /// The latest instant of any event: time does not go back behind it.
  var lastInstant = Instant.zero

  var languages = Interner()
  var principals: [Principal] = []
  /// Parallel to `principals`.
  var assisters: [Assister] = []
  /// Parallel to `principals`.
  var rings: [PushRing] = []
  /// Parallel to `policies`.
  var signatures = [PolicySignature()]
  /// Parallel to `principals`.
  var profiles: [AssisterProfile] = []
  var staffNotes: [StaffNoteRow] = []
  /// Ascending by Offer.
  var notices: [NoticeRow] = []
  var referrals: [Referral] = []
  var offers: [Offer] = []
  var stages: [StageRow] = []
  var deregistrations: [DeregistrationRow] = []
  var assignments: [AssignmentRow] = []
  var attempts: [AttemptRow] = []
  var deskNotes: [DeskNoteRow] = []
  /// Never empty ones.
  var notes: [NoteKey: String] = [:]
  /// When the server last began to serve (R46).
  var lastServerStart = Instant.zero
  var agenda = Agenda()

  // Derived from the above, never encoded; dictionaries serve look-ups and nothing else.
  var supervisors: [Int] = []
  var credentials: [UInt64: Int] = [:]
  var names: [String: Int] = [:]
  var submissions: [SubmissionKey: Int] = [:]
  /// Referrals before this index no longer answer for their idempotency keys.
  var firstRemembered = 0
  var routing = Routing()
  /// Referrals in mass or waiting: what somebody who becomes available may join.
  var searching = SearchIndex()
  var desk = DeskLists()
  var deadlines = Heap<Deadline>()
  /// Ends of general phases. Apart from `deadlines` because who is asked next is asked now: all
  /// that ended and turned up to now comes first.
  var phases = Heap<Deadline>()
  var reminders = Heap<Deadline>()
  /// Turns of hours, starts and ends of out-of-office.
  var turnings = Appointments()
  /// Dates of credentials that are not past.
  var expiries = Appointments()
  /// When an outlook gets short.
  var outlookNeeds = Appointments()
  var notifiers = 0
  /// No notice before this index is pending.
  var firstPendingNotice = 0
  var openGeneralOffers = 0
  var totals = EngineCounts()

  /// Pushes since `takePushes`; not state.
  var freshPushes: [Push] = []
  /// News since `takeNotices`; not state.
  var freshNotices: [NoticeNews] = []

  /// An engine that nothing has happened to, under version 1 of its policy.
  public init(policy: Policy) { policies = [policy] }

  /// The current policy. `Command.setPolicy` changes it.
  public var policy: Policy { policies[policies.count - 1] }

  /// The earliest instant at which `.advance` yields events; long past while consequences are
  /// pending.
  public var nextDeadline: Instant? {
    guard agenda.isEmpty else { return .zero }
    let first = [
      deadlines.first?.at, phases.first?.at, reminders.first?.at, turnings.first, expiries.first,
    ]
    return first.compactMap { $0 }.min()
  }

  /// Decides and applies until nothing is due at `instant`, appending each event to `log`: one
  /// record of the journal.
  ///
  /// Everything due before the command comes before it. What is due in the same instant comes
  /// before it too, except that accepts come first (R29); whether an accept is in time is judged by
  /// the deadline, never by what has been applied (R27). When the server starts, the downtime is
  /// noted before anything lapses (R23). An instant before the last event counts as that event's.
  public mutating func perform(
    _ command: Command, at instant: Instant, log: inout [Event]
  ) -> Result<Decision.Subject, Rejection> {
    let now = clamped(instant)
    switch command {
    case .serverStarted: break
    case .accept: settle(dueThrough: Instant(microseconds: now.microseconds - 1), at: now, &log)
    default: settle(dueThrough: now, at: now, &log)
    }
    let result: Result<Decision.Subject, Rejection>
    switch decide(command, at: now) {
    case .accepted(let events, let subject):
      for event in events {
        apply(event)
        log.append(event)
      }
      result = .success(subject)
    case .rejected(let rejection):
      result = .failure(rejection)
    }
    settle(dueThrough: now, at: now, &log)
    return result
  }

  private mutating func settle(dueThrough limit: Instant, at now: Instant, _ log: inout [Event]) {
    while let event = nextStep(dueThrough: limit, at: now) {
      apply(event)
      log.append(event)
    }
  }

  func clamped(_ instant: Instant) -> Instant {
    min(max(instant, lastInstant), EngineLimits.latestInstant)
  }

  /// Pushes of the events applied since the last call, in order.
  public mutating func takePushes() -> [Push] {
    let taken = freshPushes
    freshPushes.removeAll(keepingCapacity: true)
    return taken
  }

  /// The same into an array of the caller's, which is emptied first; the engine keeps that array's
  /// storage for the next pushes, so that two arrays serve for ever.
  public mutating func takePushes(into pushes: inout [Push]) {
    pushes.removeAll(keepingCapacity: true)
    swap(&pushes, &freshPushes)
  }
}

extension Rejection: Error {}

/// A partner's idempotency key.
struct SubmissionKey: Hashable {
  var partner: PrincipalID
  var key: UInt128
}
