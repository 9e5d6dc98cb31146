import Foundation
import KODJSON
import KODSchema

/// What went over the wire in a case, for people.
struct Transcript {
  private(set) var lines: [String] = []
  private let start = ContinuousClock.now
  /// Longer transcripts lose their middle: a case may send a hundred thousand frames.
  private static let maximumLines = 4_000

  mutating func note(_ text: String) {
    guard lines.count < Self.maximumLines else {
      if lines.count == Self.maximumLines { lines.append("… (more is not kept)") }
      return
    }
    let elapsed = (ContinuousClock.now - start).milliseconds
    lines.append(
      String(repeating: " ", count: max(0, 6 - String(elapsed).count))
        + "\(elapsed) ms  \(Secrets.masked(text))")
  }
}

/// Frames as text: type, call, JSON.
struct FrameText {
  let schema: SchemaIndex
  let codec: SchemaCodec

  func text(_ frame: Frame, method: MethodType?) -> String {
    var words = [schema.frameTypeName(frame.type)]
    if frame.call != 0 { words.append("call \(frame.call)") }
    if frame.header.flags != 0 { words.append("flags \(frame.header.flags)") }
    var method = method
    if schema.frameTypeName(frame.type) == "REQUEST" {
      method = schema.method(frame.header.method)
      words.append(method?.path ?? "method \(frame.header.method)")
      if frame.header.timeoutMilliseconds != 0 {
        words.append("timeout \(frame.header.timeoutMilliseconds)")
      }
    }
    if Int(frame.header.payloadBytes) != frame.payload.count {
      words.append("length \(frame.header.payloadBytes)")
    }
    if let message = schema.message(in: frame.type, method: method),
      let json = try? codec.decode(frame.payload, as: message)
    {
      words.append(json.shortLine)
    } else if !frame.payload.isEmpty {
      let isLong = frame.payload.count > 64
      words.append(
        "\(frame.payload.count) bytes \(Hex.text(frame.payload.prefix(64)))\(isLong ? "…" : "")")
    }
    return words.joined(separator: " ")
  }
}

/// Tokens never appear in what is printed.
enum Secrets {
  private static let prefix = "kod1."

  /// Whether a whole token stands in the text, also as bytes that are written as hexadecimal digits.
  static func holdsToken(_ text: String) -> Bool { masked(text) != text }

  /// The text with every token cut to its first characters.
  static func masked(_ text: String) -> String {
    guard text.contains(prefix) else { return masked(hexIn: text) }
    var result = ""
    var rest = text[...]
    while let range = rest.range(of: prefix) {
      result += rest[..<range.upperBound]
      rest = rest[range.upperBound...]
      let secret = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
      result += secret.count > 8 ? "…" : secret
      rest = rest.dropFirst(secret.count)
    }
    return masked(hexIn: result + rest)
  }

  /// The same for a token inside bytes that are shown as hexadecimal digits: `6b6f64312e` is `kod1.`.
  private static func masked(hexIn text: String) -> String {
    guard let range = text.range(of: "6b6f64312e") else { return text }
    let after = text[range.upperBound...]
    let digits = after.prefix { $0.isHexDigit }
    return text[..<range.upperBound] + "…" + masked(hexIn: String(after.dropFirst(digits.count)))
  }
}
