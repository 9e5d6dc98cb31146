import Glibc
import KODClient
import KODJSON
import Synchronization

/// What the client says: one JSON object a line, whole and at once, whoever says it.
///
/// What becomes of the connection is heard on the client's own thread, pushes are read by a task. So
/// that a connection is not said to be lost before the pushes that came on it, words about it wait
/// while a subscription is read, and are said when its reader has come to where they belong.
final class Speaker: Sendable {
  private struct State {
    /// Words about the connection, in order.
    var held: [ConnectionEvent] = []
    var readers = 0
  }

  private let state = Mutex(State())
  private let descriptor: Int32

  init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

  func say(_ event: JSON) {
    state.withLock { _ in write(event) }
  }

  func sayOfConnection(_ event: ConnectionEvent) {
    state.withLock { state in
      if state.readers > 0 { state.held.append(event) } else { write(Words.connection(event)) }
    }
  }

  /// A subscription will be read from now on.
  func readingBegan() {
    state.withLock { $0.readers += 1 }
  }

  /// Its reader has come to what it has of a word about the connection: that one is said, and those
  /// before it. What the subscription alone says (it begins anew, or began late) is among none of them.
  func catchUp(to event: SubscriptionEvent) {
    state.withLock { state in
      guard let index = state.held.firstIndex(where: { $0.isSame(as: event) }) else { return }
      for event in state.held[...index] { write(Words.connection(event)) }
      state.held.removeFirst(index + 1)
    }
  }

  /// The subscription was refused, unless it is the client that was: that is said once.
  func sayOfSubscription(endedBy error: ClientError) {
    state.withLock { state in
      if case .ended = state.held.first { return }
      write(Words.ended(error))
    }
  }

  func readingEnded() {
    state.withLock { state in
      state.readers -= 1
      guard state.readers == 0 else { return }
      for event in state.held { write(Words.connection(event)) }
      state.held.removeAll()
    }
  }

  /// Nobody who reads any more needs to be told so: the runner has gone.
  private func write(_ event: JSON) {
    var bytes = Array((event.line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }
}

extension ConnectionEvent {
  /// Both speak of the same session, or of the same loss: the wait is made random to the nanosecond.
  fileprivate func isSame(as event: SubscriptionEvent) -> Bool {
    switch (self, event) {
    case (.connected(let own), .connected(let other)): own == other
    case (.disconnected(_, let own), .disconnected(.some, let other)): own == other
    default: false
    }
  }
}
