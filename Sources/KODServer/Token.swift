public import KODEngine
internal import KODTransport

/// A bearer token: `kod1.` and 80 hexadecimal digits, of which 16 are the credential's public number and 64 its secret.
/// The server keeps the number and the SHA-256 of the whole text.
public struct Token: Sendable {
  public let text: String

  /// Nil when the text does not have a token's shape.
  public init?(_ text: String) {
    let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
    guard text.hasPrefix(Self.prefix), digits.count == 80,
      digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    self.text = text
  }

  private init(unchecked text: String) { self.text = text }

  /// A new one: 256 secret bits from the system's generator.
  public static func generate() -> Token {
    Token(unchecked: prefix + hex(SecureRandom.bytes(40)))
  }

  /// What the text claims to be. A text that is no token gives credential 0, which nobody has, and goes the same way
  /// as a wrong one, so that neither the answer nor its time tells them apart.
  public static func fingerprint(_ text: String) -> (credential: UInt64, digest: TokenDigest) {
    var text = text
    let digest = text.withUTF8 { Digest.sha256(UnsafeRawBufferPointer($0)) }
    let credential =
      Token(text).flatMap { UInt64($0.text.dropFirst(prefix.count).prefix(16), radix: 16) } ?? 0
    return (credential, TokenDigest(high: digest.high, low: digest.low))
  }

  private static let prefix = "kod1."

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
