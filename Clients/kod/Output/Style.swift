/// Colour and weight, or neither.
struct Style: Equatable, Sendable {
  enum Tone: String, Sendable {
    case plain = ""
    case bold = "1"
    case faint = "2"
    case good = "32"
    case warning = "33"
    case bad = "31"
    case reversed = "7"
  }

  var colour: Bool

  static let none = Style(colour: false)

  func paint(_ text: String, _ tone: Tone) -> String {
    colour && tone != .plain && !text.isEmpty ? "\u{1b}[\(tone.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Colour on a terminal that has it, unless the environment says NO_COLOR (any non-empty value) or TERM=dumb.
  static func fitting(isTerminal: Bool, environment: [String: String]) -> Style {
    let refused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    return Style(colour: isTerminal && !refused)
  }
}
