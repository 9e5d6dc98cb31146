internal import KODEngine
internal import KODTransport
internal import KODWire
internal import Synchronization

/// What a simulation's thread tells the writer.
struct SimulationNews: Sendable {
  enum Body: Sendable {
    case progress(done: UInt64, total: UInt64)
    /// The last word; nil: it was cancelled.
    case finished(SimulationReport?)
  }

  var asker: Subscriber
  var body: Body
}

/// Simulations on threads of their own: the writer only gathers what they need and passes on what they say.
struct Simulations {
  /// Tells a thread to stop.
  final class Switch: Sendable {
    private let isOff = Atomic(false)

    func turnOff() { isOff.store(true, ordering: .relaxed) }
    var isOn: Bool { !isOff.load(ordering: .relaxed) }
  }

  private var running: [(asker: Subscriber, runs: Switch, thread: OSThread?)] = []

  var count: Int { running.count }

  mutating func insert(_ asker: Subscriber, _ runs: Switch, _ thread: OSThread) {
    running.append((asker, runs, thread))
  }

  func contains(_ asker: Subscriber) -> Bool { running.contains { $0.asker == asker && $0.runs.isOn } }

  /// Without a call: every one of the connection. They count until their threads have ended.
  func cancel(_ connection: ConnectionID, call: UInt32?) {
    for simulation in running where simulation.asker.matches(connection, call: call) {
      simulation.runs.turnOff()
    }
  }

  mutating func remove(_ asker: Subscriber) { running.removeAll { $0.asker == asker } }

  /// Returns when every thread has ended.
  func cancelAll() {
    for simulation in running { simulation.runs.turnOff() }
    for simulation in running { simulation.thread?.join() }
  }
}

struct SimulationInput: Sendable {}
extension CommitLoop {
  func simulate(_ policy: KODEngine.Policy, from: Instant, to: Instant?, for call: CallRequest, on connection: ConnectionID) {}
  func simulate(_ input: SimulationInput, for asker: Subscriber) {}
  func tell(_ news: SimulationNews) {}
}
