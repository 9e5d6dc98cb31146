internal import KODEngine
internal import KODTransport
internal import KODWire
internal import Synchronization

/// What a simulation's thread tells the writer.
struct SimulationNews: Sendable {
  enum Body: Sendable {
    case progress(done: UInt64, total: UInt64)
    /// The last word; nil: it was cancelled.
    indirect case finished(KODEngine.SimulationReport?)
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

  private var running: [(asker: Subscriber, runs: Switch, thread: OSThread)] = []

  var count: Int { running.count }

  mutating func insert(_ asker: Subscriber, _ runs: Switch, _ thread: OSThread) {
    running.append((asker, runs, thread))
  }

  func contains(_ asker: Subscriber) -> Bool {
    running.contains { $0.asker == asker && $0.runs.isOn }
  }

  /// Whether its thread has not ended, wanted or not.
  func isRunning(_ asker: Subscriber) -> Bool { running.contains { $0.asker == asker } }

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
    for simulation in running { simulation.thread.join() }
  }
}

extension CommitLoop {
  /// Requests between two looks at whether somebody still wants to know.
  private static let requestsAtOnce = 250
  private static let progressEveryMilliseconds: Int64 = 200

  func simulate(
    _ policy: KODEngine.Policy, from: Instant, to: Instant?, for call: CallRequest,
    on connection: ConnectionID
  ) {
    let extraction = SimulationExtraction(
      from: from, to: to ?? tick.instant, now: tick.instant, in: state.engine)
    guard var extraction else {
      let status = Status.of(
        .rangeTooLong,
        "at most \(SimulationLimits.requests) requests and \(SimulationLimits.assisters) assisters")
      return outbox.fail(connection, call.call, status)
    }
    ask(call, on: connection) { engine, budget in
      guard extraction.step(in: engine, budget: budget), let recording = extraction.result else {
        return .unfinished
      }
      return .simulating(recording, policy)
    }
  }

  /// The history is gathered: the rest needs no turn of the writer.
  func simulate(
    _ recording: SimulationRecording, _ policy: KODEngine.Policy, for asker: Subscriber
  ) {
    let runs = Simulations.Switch()
    let mailbox = mailbox
    do {
      let thread = try OSThread.spawn(name: "simulation") {
        var simulation = PolicySimulation(recording, alternative: policy)
        var toldAt = MonotonicClock.milliseconds()
        while runs.isOn, !simulation.step(requests: Self.requestsAtOnce) {
          let now = MonotonicClock.milliseconds()
          guard now - toldAt >= Self.progressEveryMilliseconds else { continue }
          toldAt = now
          let (done, total) = simulation.progress
          mailbox.post(
            .simulated(SimulationNews(asker: asker, body: .progress(done: done, total: total))))
        }
        mailbox.post(
          .simulated(
            SimulationNews(asker: asker, body: .finished(runs.isOn ? simulation.result : nil))))
      }
      simulations.insert(asker, runs, thread)
    } catch {
      log.warning("job-without-thread", ["job": "simulation", "cause": "\(error)"])
      refuseBusy(asker)
    }
  }

  /// Passes on what a simulation says, if its call is still open.
  func tell(_ news: SimulationNews) {
    let isWanted = simulations.contains(news.asker)
    let (connection, call) = (news.asker.connection, news.asker.call)
    switch news.body {
    case .progress(let done, let total):
      guard isWanted else { return }
      outbox.item(
        connection, call,
        SimulationItem(item: .progress(SimulationProgress(done: done, total: total))))
    case .finished(let report):
      simulations.remove(news.asker)
      guard isWanted, let report else { return outbox.settle(connection, call) }
      outbox.item(connection, call, SimulationItem(item: .report(.init(report))))
      outbox.end(connection, call)
    }
  }
}
