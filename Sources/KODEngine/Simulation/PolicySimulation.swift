/// Replays recorded requests under the policy that was in force and under another one (R61), on
/// whatever thread; a piece at a time, so that progress can be told.
public struct PolicySimulation: Sendable {
  private var report: SimulationReport
  private var baseline: PolicyReplay?
  private var alternative: PolicyReplay?
  private let requests: UInt64
  public private(set) var progress: (done: UInt64, total: UInt64)

  /// - Parameter alternative: a valid policy.
  public init(_ recording: SimulationRecording, alternative policy: Policy) {
    report = SimulationReport(
      from: recording.from, to: recording.to, recorded: recording.recorded,
      baseline: SimulationFigures(), alternative: SimulationFigures(),
      baselinePolicy: recording.baselinePolicy, alternativePolicy: policy)
    requests = UInt64(recording.requests.count)
    progress = (0, 2 * requests)
    baseline = PolicyReplay(recording, recording.baselinePolicy)
    alternative = PolicyReplay(recording, policy)
  }

  /// Goes on until `requests` more have come. True: `result` is there.
  public mutating func step(requests count: Int) -> Bool {
    if baseline != nil {
      if baseline?.step(requests: count) == true, let figures = baseline?.figures {
        report.baseline = figures
        baseline = nil
      }
    } else if alternative?.step(requests: count) == true, let figures = alternative?.figures {
      report.alternative = figures
      alternative = nil
    }
    let first = baseline.map { UInt64($0.requestsDone) } ?? requests
    let second = alternative.map { UInt64($0.requestsDone) } ?? requests
    progress.done = first + second
    return alternative == nil
  }

  /// Nil: not done.
  public var result: SimulationReport? {
    baseline == nil && alternative == nil ? report : nil
  }
}
