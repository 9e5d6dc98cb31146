internal import KODWire
internal import Synchronization

/// What an `EventBuffer` carries.
protocol BufferedEvent: Sendable {
  /// Only the newest word about the connection is of interest.
  var isAboutConnection: Bool { get }
}

typealias SubscriptionBuffer = EventBuffer<SubscriptionEvent>
typealias StreamBuffer = EventBuffer<StreamEvent>

/// Events on their way from the loop's thread to the reader's task.
///
/// Bounded, and nothing is ever dropped: when no room is left the loop stops the server's stream and
/// calls `pause`; when the reader has read everything, `caughtUp` asks the loop to begin again
/// where the stream stopped. Words about the connection take no more room than one of them: a newer
/// one replaces an unread older one.
final class EventBuffer<Event: BufferedEvent>: Sendable {
  private struct State {
    /// Read from `head`; emptied at once when all is read, so that nothing is moved per event.
    var events: [Event] = []
    var head = 0
    var reader: CheckedContinuation<Event?, Never>?
    var isFinished = false
    var isPaused = false

    var count: Int { events.count - head }
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let caughtUp: @Sendable (EventBuffer) -> Void

  init(capacity: Int, caughtUp: @escaping @Sendable (EventBuffer) -> Void) {
    self.capacity = max(1, capacity)
    self.caughtUp = caughtUp
  }

  // MARK: The loop's side

  /// How many events can be appended.
  var room: Int { state.withLock { capacity - $0.count } }

  func append(_ event: Event) {
    let reader = state.withLock { state -> CheckedContinuation<Event?, Never>? in
      guard !state.isFinished else { return nil }
      if let reader = state.reader.take() { return reader }
      if state.count >= capacity, event.isAboutConnection,
        let last = state.events.last, last.isAboutConnection
      {
        state.events[state.events.count - 1] = event
      } else {
        state.events.append(event)
      }
      return nil
    }
    reader?.resume(returning: event)
  }

  /// The stream stands still until `caughtUp` was called.
  ///
  /// - Returns: false if everything has been read already; then it will not be called.
  func pause() -> Bool {
    state.withLock { state in
      state.isPaused = state.count > 0
      return state.isPaused
    }
  }

  /// What is in the buffer may still be read; then the sequence ends.
  func finish() {
    let reader = state.withLock { state -> CheckedContinuation<Event?, Never>? in
      state.isFinished = true
      return state.reader.take()
    }
    reader?.resume(returning: nil)
  }

  // MARK: The reader's side

  private enum Step {
    case give(Event?, isCaughtUp: Bool)
    case wait
  }

  /// The next event; nil at the end, when the task is cancelled, or when another task is waiting for
  /// the same stream's next event.
  func next() async -> Event? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        switch state.withLock({ Self.take(&$0, waiting: continuation) }) {
        case .wait: break
        case .give(let event, let isCaughtUp):
          if isCaughtUp { caughtUp(self) }
          continuation.resume(returning: event)
        }
      }
    } onCancel: {
      state.withLock { $0.reader.take() }?.resume(returning: nil)
    }
  }

  private static func take(
    _ state: inout State, waiting continuation: CheckedContinuation<Event?, Never>
  ) -> Step {
    if state.count > 0 {
      let event = state.events[state.head]
      state.head += 1
      guard state.count == 0 else { return .give(event, isCaughtUp: false) }
      state.events.removeAll(keepingCapacity: true)
      state.head = 0
      defer { state.isPaused = false }
      return .give(event, isCaughtUp: state.isPaused)
    }
    // The cancellation handler has run already, or will find the reader: both under this lock.
    guard !state.isFinished, state.reader == nil, !Task.isCancelled else {
      return .give(nil, isCaughtUp: false)
    }
    state.reader = continuation
    return .wait
  }
}

extension SubscriptionEvent: BufferedEvent {
  var isAboutConnection: Bool {
    switch self {
    case .connected, .disconnected: true
    case .position, .state, .push, .collapsed, .ended: false
    }
  }
}
