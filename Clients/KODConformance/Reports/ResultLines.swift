/// What people read: a line a case, and what went wrong under it.
struct ResultLines: Sendable {
  var isVerbose = false
  var traces = false

  func lines(_ result: CaseResult) -> [String] {
    let requirements = result.one.requirements.joined(separator: " ")
    var lines: [String]
    switch result.outcome {
    case .passed: lines = ["ok   \(result.one.name)  \(requirements)"]
    case .knownFailure: lines = ["known \(result.one.name)  \(requirements)"]
    case .failed, .unexpectedlyPassed:
      lines = ["FAILED \(result.one.name)  \(requirements)", "       \(result.one.title)"]
    }
    if result.outcome != .passed, let reason = result.reason { lines.append("       \(reason)") }
    if traces || isVerbose && result.failsTheRun {
      lines += result.transcript.map { "       | \($0)" }
    }
    return lines
  }

  func summary(_ result: RunResult) -> [String] {
    let known = result.knownFailures
    return (known > 0 ? ["\(known) failed as known"] : []) + [result.summary]
  }
}
