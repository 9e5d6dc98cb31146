/// The 16 bytes that make a submission safe to repeat.
enum IdempotencyKey {
  static func random() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// 32 hexadecimal digits; dashes, as in a UUID, are skipped.
  static func parse(_ text: String) throws(UsageError) -> [UInt8] {
    let digits = Array(text.filter { $0 != "-" })
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    guard digits.count == 32, bytes.count == 16, digits.allSatisfy(\.isHexDigit) else {
      throw UsageError("--key is 16 bytes as 32 hexadecimal digits, or a UUID; got '\(text)'")
    }
    return bytes
  }

  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
