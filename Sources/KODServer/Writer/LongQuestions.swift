internal import KODEngine
internal import KODTransport
internal import KODWire

/// A question that may have to look at more than fits into a turn of the writer. Worked off in slices: first one when
/// it is asked, which as a rule is all, then one a turn.
struct LongQuestion {
  /// What a slice came to.
  enum Progress {
    /// There is more to look at.
    case unfinished
    /// To be told to whoever asked.
    case answered((Outbox, ConnectionID, UInt32) -> Void)
    case refused(Status)
    /// The history is gathered; the rest is another thread's.
    case simulating(SimulationRecording, KODEngine.Policy)
  }

  var asker: Subscriber
  /// Monotonic milliseconds.
  var deadline: Int64
  /// Looks at so many rows at most.
  let slice: (Engine, _ budget: Int) -> Progress
}

/// The questions that are being worked off, in turns.
struct LongQuestions {
  /// At once, simulations included: what they hold in memory is bounded by it.
  static let most = 4
  /// When it is asked: what most questions need, and no more than a command costs.
  static let firstBudget = 2_000
  /// Between two looks at the clock.
  static let stepBudget = 500
  /// Of a turn.
  static let sliceNanoseconds: Int64 = 1_000_000
  /// Advice to whoever is told BUSY.
  static let retryAfterMilliseconds: UInt32 = 250

  private var waiting: [LongQuestion] = []

  var count: Int { waiting.count }
  var isEmpty: Bool { waiting.isEmpty }

  mutating func append(_ question: LongQuestion) { waiting.append(question) }

  /// The one whose turn it is; to be appended again if it is not done.
  mutating func next() -> LongQuestion? { waiting.isEmpty ? nil : waiting.removeFirst() }

  /// Without a call: every one of the connection.
  mutating func cancel(_ connection: ConnectionID, call: UInt32?) {
    waiting.removeAll { $0.asker.matches(connection, call: call) }
  }
}

extension CommitLoop {
  /// Answers at once if a little work is enough; else the question waits for its turns, unless too many do.
  func ask(
    _ call: CallRequest, on connection: ConnectionID,
    _ slice: @escaping (Engine, _ budget: Int) -> LongQuestion.Progress
  ) {
    let question = LongQuestion(
      asker: Subscriber(connection: connection, call: call.call), deadline: call.deadline,
      slice: slice)
    let progress = slice(state.engine, LongQuestions.firstBudget)
    guard case .unfinished = progress else { return settle(progress, of: question) }
    guard questions.count + simulations.count < LongQuestions.most else {
      return refuseBusy(question.asker)
    }
    questions.append(question)
  }

  func refuseBusy(_ asker: Subscriber) {
    var status = Status.of(.busy, "as many long questions as may run at once")
    status.retryAfterMs = LongQuestions.retryAfterMilliseconds
    outbox.fail(asker.connection, asker.call, status)
  }

  /// One question's slice of the turn: about a millisecond.
  func continueQuestion() {
    guard let question = questions.next() else { return }
    // The session tells the client.
    guard tick.milliseconds < question.deadline else {
      return outbox.settle(question.asker.connection, question.asker.call)
    }
    let end = MonotonicClock.now() + LongQuestions.sliceNanoseconds
    repeat {
      let progress = question.slice(state.engine, LongQuestions.stepBudget)
      guard case .unfinished = progress else { return settle(progress, of: question) }
    } while MonotonicClock.now() < end
    questions.append(question)
  }

  private func settle(_ progress: LongQuestion.Progress, of question: LongQuestion) {
    let asker = question.asker
    switch progress {
    case .unfinished: break
    case .answered(let answer): answer(outbox, asker.connection, asker.call)
    case .refused(let status): outbox.fail(asker.connection, asker.call, status)
    case .simulating(let recording, let policy):
      guard questions.count + simulations.count < LongQuestions.most else {
        return refuseBusy(asker)
      }
      simulate(recording, policy, for: asker)
    }
  }
}
