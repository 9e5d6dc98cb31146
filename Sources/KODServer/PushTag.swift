internal import KODEngine

/// What a queue must know of a push to tell whether it is of use any more. Crosses from the writer beside the bytes.
struct PushTag: Equatable, Sendable {
  enum Topic: UInt8, Sendable {
    /// Nothing later replaces it.
    case lasting
    case offerOpened
    case offerReminder
    case offerClosed
    case availability
    case policy
    case referralUpdate
    /// Replaces earlier updates of its referral; nothing replaces it.
    case promiseMissed
    case assignmentReminder
    case assignmentEnded
  }

  var offset: UInt64
  /// The offer or referral; 0 where there is only one to speak of.
  var subject: UInt64 = 0
  /// From this instant on it is of no use.
  var usefulUntil = Instant.distantFuture
  var topic: Topic
}

extension PushTag {
  /// Borrowed: a copy of the engine would retain every table, for each push.
  init(_ push: KODEngine.Push, in engine: borrowing Engine) {
    self.init(offset: push.offset, topic: .lasting)
    switch push.body {
    case .offerOpened(let id):
      self.topic = .offerOpened
      self.subject = id.number
      self.usefulUntil = engine.deadline(of: id) ?? .distantFuture
    case .offerReminder(let id, _):
      self.topic = .offerReminder
      self.subject = id.number
      self.usefulUntil = engine.deadline(of: id) ?? .distantFuture
    case .offerClosed(let id, _, _, _):
      self.topic = .offerClosed
      self.subject = id.number
    case .availabilityChanged: self.topic = .availability
    case .policyChanged: self.topic = .policy
    case .referralUpdate(let id, _, let promiseMissed):
      self.topic = promiseMissed ? .promiseMissed : .referralUpdate
      self.subject = id.number
    case .assignmentReminder(let id, _):
      self.topic = .assignmentReminder
      self.subject = id.number
    case .assignmentEnded(let id, _, _):
      self.topic = .assignmentEnded
      self.subject = id.number
    case .registrationChanged, .assignmentGiven, .referralAlert, .assisterDeregistered: break
    }
  }
}
