/// One token of the `.proto` text.
struct Token: Equatable {
  enum Kind: Equatable {
    /// Also dotted names: `google.protobuf.MethodOptions`.
    case word(String)
    case integer(UInt64)
    case string(String)
    case symbol(Character)
    case end

    var description: String {
      switch self {
      case .word(let word): "'\(word)'"
      case .integer(let number): "'\(number)'"
      case .string(let text): "\"\(text)\""
      case .symbol(let symbol): "'\(symbol)'"
      case .end: "the end of the file"
      }
    }
  }

  var kind: Kind
  var location: Location
}

/// A `//` comment. Comments are not tokens: the parser looks them up by line.
struct Comment: Equatable {
  var text: String
  /// False: code stands before it on the same line.
  var standsAlone: Bool
}

/// Cuts the text into tokens and collects the comments by line.
struct Tokenizer {
  private let path: String
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var location = Location(line: 1, column: 1)
  private var lineHasCode = false

  private(set) var tokens: [Token] = []
  private(set) var comments: [Int: Comment] = [:]

  init(text: String, path: String) throws(ProtoError) {
    self.path = path
    scalars = Array(text.unicodeScalars)
    while let scalar = current {
      try tokenize(scalar)
    }
    tokens.append(Token(kind: .end, location: location))
  }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func advance() {
    if scalars[index] == "\n" {
      location = Location(line: location.line + 1, column: 1)
      lineHasCode = false
    } else {
      location.column += 1
    }
    index += 1
  }

  private mutating func tokenize(_ scalar: Unicode.Scalar) throws(ProtoError) {
    switch scalar {
    case " ", "\t", "\r", "\n":
      advance()
    case "/":
      try tokenizeComment()
    case "\"":
      try tokenizeString()
    case "0"..."9":
      try tokenizeInteger()
    case "a"..."z", "A"..."Z", "_":
      tokenizeWord()
    case "{", "}", "[", "]", "(", ")", "=", ";", ",", "-":
      append(.symbol(Character(scalar)), at: location)
      advance()
    default:
      throw failure("unexpected character '\(scalar)'")
    }
  }

  private mutating func append(_ kind: Token.Kind, at location: Location) {
    tokens.append(Token(kind: kind, location: location))
    lineHasCode = true
  }

  private mutating func tokenizeComment() throws(ProtoError) {
    let start = location
    let standsAlone = !lineHasCode
    advance()
    guard current == "/" else {
      throw ProtoError(path: path, location: start, message: "expected a // comment")
    }
    advance()
    var text = ""
    while let scalar = current, scalar != "\n" {
      text.unicodeScalars.append(scalar)
      advance()
    }
    comments[start.line] = Comment(text: trimmed(text), standsAlone: standsAlone)
  }

  private mutating func tokenizeString() throws(ProtoError) {
    let start = location
    advance()
    var text = ""
    while let scalar = current, scalar != "\"" {
      guard scalar != "\n", scalar != "\\" else {
        throw failure("a string may hold neither a line end nor a backslash")
      }
      text.unicodeScalars.append(scalar)
      advance()
    }
    guard current != nil else {
      throw ProtoError(path: path, location: start, message: "the string does not end")
    }
    advance()
    append(.string(text), at: start)
  }

  private mutating func tokenizeInteger() throws(ProtoError) {
    let start = location
    let digits = takeWord()
    let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
    let value =
      isHexadecimal ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits, radix: 10)
    guard let value else {
      throw ProtoError(
        path: path, location: start, message: "'\(digits)' is not a 64-bit integer")
    }
    append(.integer(value), at: start)
  }

  private mutating func tokenizeWord() {
    let start = location
    append(.word(takeWord()), at: start)
  }

  private mutating func takeWord() -> String {
    var text = ""
    while let scalar = current, isWordScalar(scalar) {
      text.unicodeScalars.append(scalar)
      advance()
    }
    return text
  }

  private func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".": true
    default: false
    }
  }

  private func failure(_ message: String) -> ProtoError {
    ProtoError(path: path, location: location, message: message)
  }
}

/// The text without spaces at its ends.
func trimmed(_ text: String) -> String {
  var part = text[...]
  while part.first == " " || part.first == "\t" { part.removeFirst() }
  while part.last == " " || part.last == "\t" || part.last == "\r" { part.removeLast() }
  return String(part)
}
