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

/// Which part of a long list is wanted: a page, the page after another one, or everything.
struct Paging {
  static let options: [OptionDescription] = [
    .option("limit", "NUMBER", "rows a page, 1 to 100 (default: 50)"),
    .option("page", "TOKEN", "the page after the one that showed it"),
    .flag("all", "every page"),
  ]

  var size: UInt32 = 0
  var token: String
  var isAll: Bool

  init(_ invocation: Invocation) throws(UsageError) {
    isAll = invocation.has("all")
    token = invocation.value("page") ?? ""
    if let text = invocation.value("limit") {
      guard let number = UInt32(text), (1...100).contains(number) else {
        throw UsageError(
          "--limit is 1 to 100 rows; got '\(text)'", command: invocation.command)
      }
      size = number
    } else if isAll {
      size = 100
    }
  }

  /// Reads the page, or all from there on. `next`: the token of what follows; empty: that was all.
  func collect<Row>(
    _ page: (_ size: UInt32, _ token: String) async throws -> (rows: [Row], next: String)
  ) async throws -> (rows: [Row], next: String) {
    var (rows, next) = try await page(size, token)
    while isAll, !next.isEmpty {
      let more = try await page(size, next)
      rows += more.rows
      next = more.next
    }
    return (rows, next)
  }

  static func footer(_ next: String) -> [String] {
    next.isEmpty ? [] : ["", "More: the same with --page \(next), or all with --all"]
  }
}
