import Foundation
import KODTransport

/// Runs cases on threads: the slow ones all at once, the others so many at a time, and at last, one
/// after the other, those that nothing may run beside. Two cases that depend on the state of one
/// assister never run at the same time.
///
/// `@unchecked Sendable`: everything that changes is guarded by the condition's lock.
final class Schedule: @unchecked Sendable {
  private let condition = NSCondition()
  private var waiting: [Case]
  private let alone: [Case]
  private let order: [String: Int]
  private var busyAssisters: Set<String> = []
  private var results: [CaseResult] = []
  private let context: RunContext
  private let known: KnownFailures
  private let began: @Sendable (Case) -> Void
  private let ended: @Sendable (CaseResult) -> Void

  /// - Parameters:
  ///   - began: hears of each case that is started, from its thread.
  ///   - ended: hears of each result, one at a time.
  init(
    _ cases: [Case], _ context: RunContext, _ known: KnownFailures,
    began: @escaping @Sendable (Case) -> Void, ended: @escaping @Sendable (CaseResult) -> Void
  ) {
    waiting = cases.filter { !$0.isAlone }
    alone = cases.filter(\.isAlone)
    order = Dictionary(
      cases.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.context = context
    self.known = known
    self.began = began
    self.ended = ended
  }

  /// Runs all; returns in the order of the files.
  func run(jobs: Int) throws(TransportError) -> [CaseResult] {
    let slow = waiting.count { $0.isSlow }
    var threads: [OSThread] = []
    for index in 0..<(slow + jobs) {
      threads.append(
        try OSThread.spawn(name: "case-\(index)", stackBytes: 4 << 20) { [self] in
          while let one = take(slow: index < slow) { finish(one, run(one)) }
        })
    }
    for thread in threads { thread.join() }
    for one in alone { finish(one, run(one)) }
    return results.sorted { (order[$0.one.name] ?? 0) < (order[$1.one.name] ?? 0) }
  }

  /// The next case that may run now; nil: there is none left for this thread.
  private func take(slow: Bool) -> Case? {
    condition.lock()
    defer { condition.unlock() }
    while waiting.contains(where: { $0.isSlow == slow }) {
      if let index = waiting.firstIndex(where: {
        $0.isSlow == slow && busyAssisters.isDisjoint(with: $0.assisters)
      }) {
        let one = waiting.remove(at: index)
        busyAssisters.formUnion(one.assisters)
        return one
      }
      condition.wait()
    }
    return nil
  }

  private func run(_ one: Case) -> CaseResult {
    began(one)
    let start = ContinuousClock.now
    var result = CaseResult(
      one: one, failure: nil, isKnownToFail: known.names.contains(one.name), milliseconds: 0,
      transcript: [])
    do {
      let run = try CaseRun(one, context)
      result.failure = run.run()
      result.transcript = run.transcript.lines
    } catch {
      result.failure = StepFailure(step: "0", message: "\(error)")
    }
    result.milliseconds = (ContinuousClock.now - start).milliseconds
    return result
  }

  private func finish(_ one: Case, _ result: CaseResult) {
    condition.lock()
    defer { condition.unlock() }
    busyAssisters.subtract(one.assisters)
    results.append(result)
    ended(result)
    condition.broadcast()
  }
}
