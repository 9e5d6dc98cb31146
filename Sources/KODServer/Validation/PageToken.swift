internal import KODWire

/// Where the next page of a search begins, as text: numbers of rows, and a fingerprint of the search, so that the token
/// of one search is not taken for another's.
enum PageToken {
  /// What two requests for pages of the same search have in common.
  struct Search: Hashable, Sendable {
    fileprivate let fingerprint: UInt32

    /// - Parameter request: without page size and token.
    init(_ request: some WireMessage) {
      // FNV-1a: small, and the same in every run of every server.
      fingerprint = request.encoded().reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
  }

  /// The token of the page that begins there.
  static func text(_ numbers: [UInt32], of search: Search) -> String {
    (numbers + [search.fingerprint]).map { number in
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }.joined()
  }

  /// Nil: not a token of this search.
  static func numbers(_ text: String, count: Int, of search: Search) -> [UInt32]? {
    guard text.utf8.count == (count + 1) * 8 else { return nil }
    var rest = Substring(text)
    var numbers: [UInt32] = []
    while !rest.isEmpty {
      guard let number = UInt32(rest.prefix(8), radix: 16) else { return nil }
      numbers.append(number)
      rest = rest.dropFirst(8)
    }
    // Made again, so that one place has one spelling.
    guard numbers.popLast() == search.fingerprint, text == self.text(numbers, of: search) else {
      return nil
    }
    return numbers
  }
}

extension FieldCheck {
  /// The request for a page, after everything else has been judged: a token that is none comes last.
  func paged(
    _ token: String, of search: PageToken.Search, numbers count: Int,
    _ request: (_ place: [UInt32]) -> Request?
  ) -> Dispatcher.Judgement {
    guard isSound, !token.isEmpty else { return result { request([]) } }
    guard let numbers = PageToken.numbers(token, count: count, of: search) else {
      return .failure(Dispatcher.Refusal(.pageTokenInvalid))
    }
    return result { request(numbers) }
  }
}
