/// What lines are drawn on: how wide it is, whether it has colours, and which characters it can show.
struct Paper: Equatable, Sendable {
  /// Nothing drawn on it is wider.
  var columns: Int
  var style: Style
  var glyphs: Glyphs

  /// Of a pipe or a file: programs that read tables want them whole.
  static let unlimited = 10_000
  /// Prose and bars that are wider than this are harder to read, not easier.
  static let readable = 100

  init(columns: Int = Paper.unlimited, style: Style = .none, glyphs: Glyphs = .unicode) {
    self.columns = columns
    self.style = style
    self.glyphs = glyphs
  }

  /// For sentences and bars.
  var textColumns: Int { min(columns, Self.readable) }

  /// A sentence in lines that fit, each behind so many spaces. Its first `hanging` characters are a label, below
  /// which the other lines begin.
  func wrapped(_ text: String, hanging: Int = 0, indent: Int = 0) -> [String] {
    // Where that leaves no room, the label is a part of the sentence.
    guard hanging == 0 || textColumns - indent - hanging >= 20 else {
      return wrapped(text, indent: indent)
    }
    let room = max(1, textColumns - indent - hanging)
    let safe = TerminalText.safe(text)
    let head = String(safe.prefix(hanging))
    let lines = TerminalText.wrapped(String(safe.dropFirst(hanging)), room)
    return lines.enumerated().map { index, line in
      String(repeating: " ", count: indent)
        + (index == 0 ? head : String(repeating: " ", count: hanging)) + line
    }
  }

  /// Columns of an output: of the terminal, else what COLUMNS says, else without a limit.
  static func columns(terminal: Int?, environment: [String: String]) -> Int {
    if let terminal, terminal > 0 { return max(20, terminal) }
    guard let text = environment["COLUMNS"], let number = Int(text), number > 0 else {
      return unlimited
    }
    return max(20, number)
  }
}

/// Which characters draw bars and curves.
enum Glyphs: Equatable, Sendable {
  case unicode
  case ascii

  /// ASCII where the locale says that it is not UTF-8, and on dumb terminals. No locale at all is common on servers and
  /// in containers, where terminals show UTF-8 all the same.
  static func fitting(environment: [String: String]) -> Glyphs {
    if environment["TERM"] == "dumb" { return .ascii }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    guard let locale = locale?.lowercased() else { return .unicode }
    return locale.contains("utf-8") || locale.contains("utf8") ? .unicode : .ascii
  }
}
