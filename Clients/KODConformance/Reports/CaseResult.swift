/// What came of a case.
struct CaseResult: Sendable {
  enum Outcome: String, Sendable {
    case passed
    case failed
    /// It failed, as was known.
    case knownFailure = "known_failure"
    /// It passed, though it is on the list of known failures: that has to be struck out.
    case unexpectedlyPassed = "unexpectedly_passed"
  }

  var one: Case
  var failure: StepFailure?
  var isKnownToFail: Bool
  var milliseconds: Int64
  var transcript: [String]

  var outcome: Outcome {
    switch (failure, isKnownToFail) {
    case (nil, false): .passed
    case (nil, true): .unexpectedlyPassed
    case (_, false): .failed
    case (_, true): .knownFailure
    }
  }

  /// Whether it fails the run.
  var failsTheRun: Bool { outcome == .failed || outcome == .unexpectedlyPassed }

  /// What is wrong, for reports.
  var reason: String? {
    failure?.description
      ?? (isKnownToFail ? "it passes: strike it from the list of known failures" : nil)
  }
}

/// The result of a run.
struct RunResult: Sendable {
  var cases: [CaseResult]
  var milliseconds: Int64

  var passed: Int { cases.count { $0.outcome == .passed } }
  var failed: Int { cases.count { $0.failsTheRun } }
  var knownFailures: Int { cases.count { $0.outcome == .knownFailure } }

  /// The last line of the output.
  var summary: String { "\(passed) passed, \(failed) failed" }
}
