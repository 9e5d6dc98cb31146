/// Telephone numbers as the server wants them: E.164.
enum Phone {
  /// `+16065550123` from that, or from a number as people write it in Kentucky: `(606) 555-0123`.
  static func parse(_ text: String) throws(UsageError) -> String {
    let wrong = UsageError(
      "a telephone number is +1 and ten digits, or just the ten; got '\(text)'")
    guard text.allSatisfy({ $0.isASCII && ($0.isNumber || " ()-.+".contains($0)) }) else {
      throw wrong
    }
    let digits = text.filter(\.isNumber)
    if text.hasPrefix("+") {
      guard (8...15).contains(digits.count) else { throw wrong }
      return "+" + digits
    }
    if digits.count == 10 { return "+1" + digits }
    if digits.count == 11, digits.hasPrefix("1") { return "+" + digits }
    throw wrong
  }
}
