import KODClient
import KODJSON
import KODWire

/// Why a command did not do what it was asked: for people, for programs, and as an exit status.
struct Failure: Error, Sendable {
  var exit: ExitStatus
  /// Sentences for people, without the bracketed code.
  var message: String
  /// kod.proto's spelling; empty when the failure is this program's own.
  var code = ""
  var reason = ""
  var isRetriable = false
  /// OFFER_TAKEN: when the winner accepted, microseconds.
  var takenAt: Int64?
  var violations: [FieldViolation] = []

  init(exit: ExitStatus, message: String) {
    self.exit = exit
    self.message = message
  }

  init(_ usage: UsageError) {
    self.init(exit: usage.exit, message: usage.message)
    code = usage.exit == .usage ? "USAGE" : "UNAVAILABLE"
  }

  /// `kod: Offer 12 was taken by somebody else at 10:42:07. [OFFER_TAKEN]`
  var line: String {
    // A usage error explains itself; no program acts on its code.
    let bracket = exit == .usage ? "" : reason.isEmpty ? code : reason
    let text = message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { TerminalText.safe(String($0)) }.joined(separator: "\n")
    return "kod: \(text)" + (bracket.isEmpty ? "" : " [\(bracket)]")
  }

  var json: JSON {
    var error: JSON = [
      "code": .string(code), "reason": .string(reason), "message": .string(message),
      "retriable": .bool(isRetriable),
    ]
    if let takenAt { error = error + ["taken_at_us": .integer(takenAt)] }
    if !violations.isEmpty {
      error =
        error + [
          "violations": .array(
            violations.map {
              ["path": .string($0.path), "description": .string($0.description)]
            })
        ]
    }
    return ["error": error, "exit_status": .integer(Int64(exit.rawValue))]
  }
}

extension Failure {
  /// What the client's error means for whoever typed the command. `about` names the thing, such as "offer 12".
  /// `isZoned`: no other time stands beside it that would say in which zone it is.
  init(
    _ error: ClientError, about subject: String, clock: ClockFace, isZoned: Bool = false,
    server: String
  ) {
    let taken = error.status?.takenAtUs ?? 0
    let time = clock.time(taken) + (isZoned ? " \(clock.abbreviation(taken))" : "")
    self.init(
      exit: Self.exit(for: error),
      message: FailureWords.sentence(
        error, subject: subject, takenAt: taken > 0 ? time : nil, server: server))
    code = error.code.name
    reason = error.reason == .unspecified ? "" : error.reason.name
    isRetriable = error.reason.isRetriable || error.code == .unavailable
    takenAt = taken > 0 ? taken : nil
    violations = error.status?.violations ?? []
  }

  private static func exit(for error: ClientError) -> ExitStatus {
    switch error.code {
    case .unauthenticated, .permissionDenied: .notPermitted
    case .unavailable: .unreachable
    default: .failed
    }
  }
}
