internal import KODSchema

/// `encode(to:)`, `init(decoding:)` and `merge` of one message.
struct MessageCodecEmitter {
  let type: MessageType

  func emit(into text: inout SwiftText) {
    text.documentation(
      "Appends the canonical encoding: fields in the order of their numbers, defaults left out.")
    if type.fields.isEmpty {
      text.line("public func encode(to writer: inout ByteWriter) {}")
    } else {
      text.block("public func encode(to writer: inout ByteWriter)", emitEncodeBody)
    }
    text.line()
    text.documentation("Reads one message that takes up all of `bytes`.")
    text.block("public init(decoding bytes: RawSpan) throws(WireError)") { text in
      text.line("self.init()")
      text.line("var cursor = WireCursor(bytes)")
      text.line("try merge(bytes, &cursor)")
    }
    text.line()
    text.documentation("Reads fields up to the cursor's end, over what is here already.")
    let merge = "mutating func merge(_ bytes: RawSpan, _ cursor: inout WireCursor)"
    text.block(merge + " throws(WireError)") { text in
      text.block("while try cursor.nextField(bytes)") { text in
        guard !type.fields.isEmpty else { return text.line("try cursor.skip(bytes)") }
        text.line("switch cursor.field {")
        for field in fields {
          text.line("case \(field.number):")
          text.indented { emitDecode(field, into: &$0) }
        }
        text.line("default:")
        text.indented { $0.line("try cursor.skip(bytes)") }
        text.line("}")
      }
    }
  }

  private var fields: [Field] { type.fields.sorted { $0.number < $1.number } }

  private func property(_ name: String) -> String { SwiftName.declared(SwiftName.field(name)) }

  // MARK: Encoding

  private func emitEncodeBody(into text: inout SwiftText) {
    var rest = fields[...]
    while let field = rest.first {
      if let oneof = field.oneof {
        let run = rest.prefix { $0.oneof == oneof }
        rest = rest.dropFirst(run.count)
        emitEncode(oneof, Array(run), into: &text)
      } else {
        rest.removeFirst()
        emitEncode(field, into: &text)
      }
    }
  }

  private func emitEncode(_ field: Field, into text: inout SwiftText) {
    let name = property(field.name)
    guard case .message = field.kind else {
      return text.line("writer.append\(codecName(field))(\(tag(field)), \(name))")
    }
    // `self.` and the fixed local names keep any field name usable.
    if field.isRepeated {
      text.block("for element in self.\(SwiftName.field(field.name))") { text in
        emitMessage(field, "element", into: &text)
      }
    } else {
      text.block("if let value = self.\(SwiftName.field(field.name))") { text in
        emitMessage(field, "value", into: &text)
      }
    }
  }

  private func emitMessage(_ field: Field, _ value: String, into text: inout SwiftText) {
    text.line("let mark = writer.beginMessage(\(tag(field)))")
    text.line("\(value).encode(to: &writer)")
    text.line("writer.endMessage(mark)")
  }

  /// One switch for the members of a oneof whose numbers follow one another.
  private func emitEncode(_ oneof: String, _ run: [Field], into text: inout SwiftText) {
    text.line("switch \(property(oneof)) {")
    for field in run {
      text.line("case .\(SwiftName.field(field.name))(let value):")
      text.indented { text in
        if case .message = field.kind { return emitMessage(field, "value", into: &text) }
        // Unlike a plain field, the member of a oneof is written even when it holds its default.
        text.line("writer.appendPresent\(codecName(field))(\(tag(field)), value)")
      }
    }
    let isComplete = run.count == type.fields.count { $0.oneof == oneof }
    text.line("\(isComplete ? "case nil" : "default"): break")
    text.line("}")
  }

  /// The field number and wire type as they stand before the value.
  private func tag(_ field: Field) -> String {
    let wireType: UInt32 =
      switch field.kind {
      case .bool, .int32, .int64, .uint32, .uint64, .enumeration: field.isRepeated ? 2 : 0
      case .string, .bytes, .message: 2
      }
    return String(field.number << 3 | wireType)
  }

  /// The part of the runtime's method names that says what it writes or reads.
  private func codecName(_ field: Field) -> String {
    let base =
      switch field.kind {
      case .bool: "Bool"
      case .int32: "Int32"
      case .int64: "Int64"
      case .uint32: "UInt32"
      case .uint64: "UInt64"
      case .string: "String"
      case .bytes: "Bytes"
      case .enumeration: "Enum"
      case .message: "Message"
      }
    return field.isRepeated ? "Repeated\(base)" : base
  }

  // MARK: Decoding

  private func emitDecode(_ field: Field, into text: inout SwiftText) {
    let name = property(field.name)
    if case .message(let message) = field.kind {
      if field.isRepeated { text.line("cursor.makeRoom(bytes, in: &\(name))") }
      text.line("let outer = try cursor.enterMessage(bytes)")
      if let oneof = field.oneof {
        emitMergeCase(field, message, oneof: oneof, into: &text)
      } else if field.isRepeated {
        text.line("var element = \(message)()")
        text.line("try element.merge(bytes, &cursor)")
        text.line("\(name).append(element)")
      } else {
        text.line("if \(name) == nil { \(name) = \(message)() }")
        text.line("try \(name)?.merge(bytes, &cursor)")
      }
      return text.line("cursor.leaveMessage(outer)")
    }
    if let oneof = field.oneof {
      let value = "try cursor.read\(codecName(field))(bytes)"
      return text.line("\(property(oneof)) = .\(SwiftName.field(field.name))(\(value))")
    }
    if field.isRepeated {
      return text.line("try cursor.read\(codecName(field))(bytes, into: &\(name))")
    }
    text.line("\(name) = try cursor.read\(codecName(field))(bytes)")
  }

  /// protobuf merges a message field that comes twice, also inside a oneof.
  private func emitMergeCase(
    _ field: Field, _ message: String, oneof: String, into text: inout SwiftText
  ) {
    let name = SwiftName.field(field.name)
    text.line("var value = \(message)()")
    text.line("if case .\(name)(let earlier) = \(property(oneof)) { value = earlier }")
    // Given up first, so that merging never copies what `earlier` holds.
    text.line("\(property(oneof)) = nil")
    text.line("try value.merge(bytes, &cursor)")
    text.line("\(property(oneof)) = .\(name)(value)")
  }
}
