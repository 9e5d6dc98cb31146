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

/// How many rows of a list are wanted, and reading as many pages as that takes.
enum Paging {
  static let limit = OptionDescription.option(
    "limit", "N", "this many rows at most (default: 100)")
  static let all = OptionDescription.flag("all", "every row there is")

  /// Nil: all.
  static func wanted(_ invocation: Invocation) throws(UsageError) -> Int? {
    guard let text = invocation.value("limit") else { return invocation.has("all") ? nil : 100 }
    guard !invocation.has("all") else {
      throw UsageError("--limit and --all exclude each other", command: invocation.command)
    }
    guard let number = Int(text), number > 0 else {
      throw UsageError(
        "--limit is a whole number from 1; got '\(text)'", command: invocation.command)
    }
    return number
  }

  /// Reads pages of at most 100 rows until `wanted` rows are there or there are no more.
  ///
  /// - Returns: true with the rows when more of them would follow.
  static func collect<Row>(
    _ wanted: Int?, _ page: (_ size: UInt32, _ token: String) async throws -> ([Row], next: String)
  ) async throws -> (rows: [Row], hasMore: Bool) {
    var rows: [Row] = []
    var token = ""
    repeat {
      let size = UInt32(clamping: min(100, (wanted ?? .max) - rows.count))
      let (more, next) = try await page(size, token)
      rows += more
      token = next
    } while !token.isEmpty && rows.count < wanted ?? .max
    return (rows, !token.isEmpty)
  }

  static func footer(_ count: Int, hasMore: Bool) -> [String] {
    hasMore ? ["", "These are the first \(count). More: --limit \(count * 2), or --all."] : []
  }
}
