/// Reads the part of proto3 that `kod.proto` uses; anything else is refused by name.
struct Parser {
  let path: String
  private let tokens: [Token]
  private let comments: [Int: Comment]
  private var index = 0
  /// The section of the file: the heading under the last `// ----` rule, or the last service.
  private var section = "Messages"

  private(set) var file = SyntaxFile()

  init(text: String, path: String) throws(ProtoError) {
    let tokenizer = try Tokenizer(text: text, path: path)
    self.path = path
    tokens = tokenizer.tokens
    comments = tokenizer.comments
    try parseSyntaxStatement()
    while current.kind != .end {
      try parseDeclaration()
    }
    guard !file.packageName.isEmpty else {
      throw failure(at: Location(line: 1, column: 1), "no package statement")
    }
  }

  // MARK: Declarations

  private mutating func parseSyntaxStatement() throws(ProtoError) {
    let location = current.location
    guard current.kind == .word("syntax") else {
      throw failure(at: location, "the first statement must be: syntax = \"proto3\";")
    }
    advance()
    try expect("=")
    let syntax = try takeString("the syntax")
    guard syntax == "proto3" else {
      throw failure(at: location, "syntax \"\(syntax)\" is not supported, only \"proto3\"")
    }
    try expect(";")
  }

  private mutating func parseDeclaration() throws(ProtoError) {
    let start = current.location
    updateSection(before: start.line)
    let keyword = try takeWord("a declaration")
    switch keyword {
    case "package":
      guard file.packageName.isEmpty else { throw failure(at: start, "a second package statement") }
      file.packageName = try takeWord("a package name")
      try expect(";")
    case "import":
      let imported = try takeString("a file name")
      guard imported == "google/protobuf/descriptor.proto" else {
        throw failure(
          at: start, "import \"\(imported)\": only google/protobuf/descriptor.proto is known")
      }
      try expect(";")
    case "enum": try parseEnum(at: start)
    case "message": try parseMessage(at: start)
    case "service": try parseService(at: start)
    case "extend": try parseExtension(at: start)
    default:
      throw failure(at: start, "'\(keyword)' cannot begin a declaration")
    }
  }

  private mutating func parseEnum(at start: Location) throws(ProtoError) {
    let name = try takeName("an enum")
    var result = EnumSyntax(
      name: name, location: start, comment: leadingComment(start.line), section: section)
    try expect("{")
    while !take("}") {
      let location = current.location
      let word = try takeWord("an enum value or '}'")
      if word == "reserved" {
        try parseReserved(into: &result.reserved)
        continue
      }
      guard word != "option" else { throw failure(at: location, "enum options are not supported") }
      try expect("=")
      let isNegative = take("-")
      let magnitude = try takeInteger("the number of '\(word)'")
      guard magnitude <= UInt64(Int32.max) else {
        throw failure(at: location, "the number of '\(word)' does not fit in 32 bits")
      }
      let options = try parseBracketedOptions()
      let comment = memberComment(from: location.line)
      try expect(";")
      result.values.append(
        EnumValueSyntax(
          name: word, number: isNegative ? -Int64(magnitude) : Int64(magnitude),
          location: location, comment: comment, options: options))
    }
    file.enums.append(result)
  }

  private mutating func parseMessage(at start: Location) throws(ProtoError) {
    let name = try takeName("a message")
    var result = MessageSyntax(
      name: name, location: start, comment: leadingComment(start.line), section: section)
    try expect("{")
    while !take("}") {
      let location = current.location
      switch current.kind {
      case .word("reserved"):
        advance()
        try parseReserved(into: &result.reserved)
      case .word("oneof"):
        advance()
        try parseOneof(at: location, into: &result)
      case .word("message"), .word("enum"), .word("option"), .word("extensions"), .word("extend"):
        throw failure(at: location, "\(current.kind.description) inside a message is not supported")
      default:
        result.fields.append(try parseField(oneof: nil))
      }
    }
    file.messages.append(result)
  }

  private mutating func parseOneof(
    at start: Location, into message: inout MessageSyntax
  ) throws(ProtoError) {
    let name = try takeName("a oneof")
    message.oneofs.append(
      OneofSyntax(name: name, location: start, comment: leadingComment(start.line)))
    try expect("{")
    while !take("}") {
      let field = try parseField(oneof: name)
      guard !field.isRepeated else {
        throw failure(at: field.location, "'\(field.name)' in a oneof cannot be repeated")
      }
      message.fields.append(field)
    }
  }

  private mutating func parseField(oneof: String?) throws(ProtoError) -> FieldSyntax {
    let location = current.location
    var typeName = try takeWord("a field")
    let isRepeated = typeName == "repeated"
    switch typeName {
    case "repeated": typeName = try takeWord("the type of a repeated field")
    case "optional", "required", "group", "map":
      throw failure(at: location, "'\(typeName)' fields are not supported")
    default: break
    }
    let name = try takeName("a field of type '\(typeName)'")
    try expect("=")
    let number = try takeInteger("the number of field '\(name)'")
    guard current.kind != .symbol("[") else {
      throw failure(at: current.location, "field options are not supported")
    }
    let comment = memberComment(from: location.line)
    try expect(";")
    return FieldSyntax(
      name: name, typeName: typeName, number: number, isRepeated: isRepeated, oneof: oneof,
      location: location, comment: comment)
  }

  private mutating func parseReserved(into reserved: inout ReservedSyntax) throws(ProtoError) {
    repeat {
      if case .string(let name) = current.kind {
        advance()
        reserved.names.append(name)
        continue
      }
      let location = current.location
      let first = try takeInteger("a reserved number or name")
      var last = first
      if current.kind == .word("to") {
        advance()
        last = try takeInteger("the end of a reserved range")
      }
      guard first <= last else {
        throw failure(at: location, "the reserved range \(first) to \(last) is empty")
      }
      reserved.ranges.append(first...last)
    } while take(",")
    try expect(";")
  }

  private mutating func parseService(at start: Location) throws(ProtoError) {
    let name = try takeName("a service")
    section = name
    var result = ServiceSyntax(name: name, location: start)
    try expect("{")
    while !take("}") {
      let location = current.location
      let word = try takeWord("'rpc' or '}'")
      guard word == "rpc" else { throw failure(at: location, "expected 'rpc', found '\(word)'") }
      result.methods.append(try parseMethod(at: location))
    }
    file.services.append(result)
  }

  private mutating func parseMethod(at start: Location) throws(ProtoError) -> MethodSyntax {
    let name = try takeName("a method")
    let (request, requestIsStream) = try parseMethodType()
    guard !requestIsStream else {
      throw failure(at: start, "'\(name)': the protocol has no client streams")
    }
    let returns = current.location
    guard try takeWord("'returns'") == "returns" else {
      throw failure(at: returns, "expected 'returns'")
    }
    let (response, isServerStream) = try parseMethodType()
    var result = MethodSyntax(
      name: name, request: request, response: response, isServerStream: isServerStream,
      location: start, comment: leadingComment(start.line), options: [])
    if take(";") { return result }
    try expect("{")
    while !take("}") {
      let location = current.location
      guard try takeWord("'option' or '}'") == "option" else {
        throw failure(at: location, "expected 'option'")
      }
      result.options.append(try parseOption())
      try expect(";")
    }
    return result
  }

  private mutating func parseMethodType() throws(ProtoError) -> (name: String, isStream: Bool) {
    try expect("(")
    var name = try takeWord("a message name")
    let isStream = name == "stream"
    if isStream { name = try takeWord("a message name") }
    try expect(")")
    return (name, isStream)
  }

  private mutating func parseExtension(at start: Location) throws(ProtoError) {
    let extended = try takeWord("the options to extend")
    var result = ExtensionSyntax(extended: extended, location: start, fields: [])
    try expect("{")
    while !take("}") {
      result.fields.append(try parseField(oneof: nil))
    }
    file.extensions.append(result)
  }

  private mutating func parseBracketedOptions() throws(ProtoError) -> [OptionSyntax] {
    guard take("[") else { return [] }
    var options: [OptionSyntax] = []
    repeat {
      options.append(try parseOption())
    } while take(",")
    try expect("]")
    return options
  }

  private mutating func parseOption() throws(ProtoError) -> OptionSyntax {
    let location = current.location
    let isExtension = take("(")
    let name = try takeWord("an option name")
    if isExtension { try expect(")") }
    try expect("=")
    let value: OptionSyntax.Value
    switch current.kind {
    case .word(let word): value = .word(word)
    case .integer(let number): value = .integer(number)
    case .string(let text): value = .string(text)
    default:
      throw failure(
        at: current.location, "expected the value of '\(name)', found \(current.kind.description)")
    }
    advance()
    return OptionSyntax(name: name, isExtension: isExtension, value: value, location: location)
  }
}

// MARK: - Tokens and comments

extension Parser {
  private var current: Token { tokens[index] }

  private mutating func advance() {
    if index < tokens.count - 1 { index += 1 }
  }

  private mutating func take(_ symbol: Character) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  private mutating func expect(_ symbol: Character) throws(ProtoError) {
    guard take(symbol) else {
      throw failure(
        at: current.location, "expected '\(symbol)', found \(current.kind.description)")
    }
  }

  private mutating func takeWord(_ what: String) throws(ProtoError) -> String {
    guard case .word(let word) = current.kind else {
      throw failure(at: current.location, "expected \(what), found \(current.kind.description)")
    }
    advance()
    return word
  }

  /// A word without dots.
  private mutating func takeName(_ what: String) throws(ProtoError) -> String {
    let location = current.location
    let name = try takeWord("the name of \(what)")
    guard !name.contains(".") else {
      throw failure(at: location, "the name of \(what), '\(name)', may not have dots")
    }
    return name
  }

  private mutating func takeInteger(_ what: String) throws(ProtoError) -> UInt64 {
    guard case .integer(let number) = current.kind else {
      throw failure(at: current.location, "expected \(what), found \(current.kind.description)")
    }
    advance()
    return number
  }

  private mutating func takeString(_ what: String) throws(ProtoError) -> String {
    guard case .string(let text) = current.kind else {
      throw failure(
        at: current.location, "expected \(what) in quotes, found \(current.kind.description)")
    }
    advance()
    return text
  }

  private func failure(at location: Location, _ message: String) -> ProtoError {
    ProtoError(path: path, location: location, message: message)
  }

  /// The comment lines that stand directly above a declaration.
  private func leadingComment(_ line: Int) -> String {
    var lines: [String] = []
    var above = line - 1
    while let comment = comments[above], comment.standsAlone {
      lines.insert(comment.text, at: 0)
      above -= 1
    }
    return lines.joined(separator: "\n")
  }

  /// What stands above a member and what stands behind it, up to the line of its semicolon.
  private func memberComment(from line: Int) -> String {
    var parts = [leadingComment(line)]
    if let trailing = comments[current.location.line], !trailing.standsAlone {
      parts.append(trailing.text)
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// A rule of dashes with a heading under it begins a section, named by the heading's last word.
  private mutating func updateSection(before line: Int) {
    var above = line - 1
    let previousEnd = index == 0 ? 0 : tokens[index - 1].location.line
    while above > previousEnd {
      if let rule = comments[above], rule.standsAlone, rule.text.hasPrefix("----"),
        let heading = comments[above + 1], let word = heading.text.split(separator: " ").last
      {
        section = word.prefix(1).uppercased() + word.dropFirst()
        return
      }
      above -= 1
    }
  }
}
