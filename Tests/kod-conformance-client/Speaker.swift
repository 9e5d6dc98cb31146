import Glibc
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
    var held: [JSON] = []
    var readers = 0
  }

  private let state = Mutex(State())
  private let descriptor: Int32

  init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

  func say(_ event: JSON) {
    state.withLock { _ in write(event) }
  }

  func sayOfConnection(_ event: JSON) {
    state.withLock { state in
      if state.readers > 0 { state.held.append(event) } else { write(event) }
    }
  }

  /// A subscription will be read from now on.
  func readingBegan() {
    state.withLock { $0.readers += 1 }
  }

  /// Its reader has come to a word about the connection.
  ///
  /// - Returns: how many were said.
  @discardableResult
  func catchUp() -> Int {
    state.withLock { state in
      defer { state.held.removeAll() }
      for event in state.held { write(event) }
      return state.held.count
    }
  }

  func readingEnded() {
    catchUp()
    state.withLock { $0.readers -= 1 }
    catchUp()
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
