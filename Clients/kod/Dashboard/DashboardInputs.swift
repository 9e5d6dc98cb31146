import Dispatch
import Foundation
import KODClient
import Synchronization

/// Everything that can happen to the dashboard, in the order in which it happened.
enum DashboardInput: Sendable {
  case event(SubscriptionEvent)
  case bytes([UInt8])
  case answer(DashboardModel.Question, Result<DashboardModel.Answer, Failure>)
  case signal(Int32)
  /// The terminal is gone.
  case hangUp
  /// The time that was waited for has come.
  case tick
}

/// A mailbox: whoever has something puts it in, the loop takes all of it at once, so that a burst of events is one
/// frame.
final class DashboardInputs: Sendable {
  private let inputs = Mutex<[DashboardInput]>([])
  private let bell: AsyncStream<Void>.Continuation
  let rings: AsyncStream<Void>

  init() {
    // One ring that nobody heard yet is as good as many.
    (rings, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func put(_ input: DashboardInput) {
    inputs.withLock { $0.append(input) }
    bell.yield()
  }

  func takeAll() -> [DashboardInput] {
    inputs.withLock { inputs in
      let all = inputs
      inputs = []
      return all
    }
  }

  /// Keys, from a queue of their own: the loop never waits for the terminal.
  func readKeys() -> any DispatchSourceRead {
    let source = DispatchSource.makeReadSource(
      fileDescriptor: STDIN_FILENO, queue: DispatchQueue(label: "kod.keys"))
    source.setEventHandler { [self] in
      var bytes = [UInt8](repeating: 0, count: 4_096)
      let count = read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 {
        put(.bytes(Array(bytes.prefix(count))))
      } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
        source.cancel()
        put(.hangUp)
      }
    }
    source.resume()
    return source
  }
}
