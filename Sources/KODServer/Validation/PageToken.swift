internal import KODEngine
internal import KODWire

/// Where the next page of a search begins, as text: a row's number, and a fingerprint of the search, so that the token
/// of one search is not taken for another's.
struct PageToken {
  /// What two requests for pages of the same search have in common.
  struct Search: Hashable, Sendable {
    let fingerprint: UInt32

    /// - Parameter request: without page size and token.
    init(_ request: some WireMessage) {
      // FNV-1a: small, and the same in every run of every server.
      fingerprint = request.encoded().reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
  }

  /// The token of the page after the row of that number.
  static func text(after row: UInt64, of search: Search) -> String {
    hexadecimal(row, digits: 16) + hexadecimal(UInt64(search.fingerprint), digits: 8)
  }

  /// The number of the last row of the page before; nil: not a token of this search.
  static func row(_ text: String, of search: Search) -> UInt64? {
    guard text.utf8.count == 24, let row = UInt64(text.prefix(16), radix: 16),
      text == self.text(after: row, of: search)
    else { return nil }
    return row
  }

  private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }
}

extension FieldCheck {
  /// The request for a page, after everything else has been judged; a token that is none comes last.
  func paged(
    _ token: String, of search: PageToken.Search, _ request: (_ after: UInt64?) -> Request?
  ) -> Dispatcher.Judgement {
    guard isSound, !token.isEmpty else { return result { request(nil) } }
    guard let row = PageToken.row(token, of: search) else {
      return .failure(
        Dispatcher.Refusal(.of(.pageTokenInvalid, "not from an earlier page of this search")))
    }
    return result { request(row) }
  }
}
