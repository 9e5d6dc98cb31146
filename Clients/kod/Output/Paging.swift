import KODJSON

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

  /// A page as programs get it.
  static func json(_ rows: [some JSONRecord], next: String) -> JSON {
    ["rows": .array(rows.map(\.json)), "next_page_token": .string(next)]
  }

  static func footer(_ next: String) -> [String] {
    next.isEmpty ? [] : ["", "More: the same with --page \(next), or all with --all"]
  }
}
