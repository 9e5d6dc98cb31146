import Foundation

/// One question before something that is hard to take back. Scripts are not asked.
enum Confirmation {
  static let option = OptionDescription.flag("yes", "do not ask, also on a terminal")

  /// - Throws: `Failure` when the answer is not yes.
  static func ask(_ question: @autoclosure () -> String, _ context: Context) throws(Failure) {
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
    guard isTerminal, !context.output.isJSON, !context.invocation.has("yes") else { return }
    Output.write("\(TerminalText.safe(question())) [y/N] ", to: STDERR_FILENO)
    guard isYes(readLine() ?? "") else {
      throw Failure(exit: .failed, message: "Nothing was changed.")
    }
  }

  static func isYes(_ answer: String) -> Bool {
    ["y", "yes"].contains(answer.trimmingCharacters(in: .whitespaces).lowercased())
  }
}

/// Whatever is done by hand says why: it is kept with the referral, the assister or the policy.
enum Reasons {
  static let option = OptionDescription.option(
    "reason", "TEXT", "why; kept with it, up to 200 bytes", isRequired: true)

  static func of(_ invocation: Invocation) throws(UsageError) -> String {
    let reason = try invocation.required("reason")
    guard !reason.isEmpty else {
      throw UsageError("--reason is empty: say why", command: invocation.command)
    }
    guard reason.utf8.count <= 200 else {
      throw UsageError(
        "--reason has \(reason.utf8.count) bytes; 200 are the most", command: invocation.command)
    }
    return reason
  }
}
