internal import KODSchema

/// A message as a struct with its codec.
struct MessageEmitter {
  let type: MessageType
  let schema: Schema

  func emit(into text: inout SwiftText) {
    text.documentation(type.comment.isEmpty ? "Message `\(type.name)`." : type.comment)
    text.block("public struct \(type.name): WireMessage") { text in
      text.line("/// The full name in the proto file.")
      text.line(
        "public static var messageName: String { \"\(schema.packageName).\(type.name)\" }")
      for member in members {
        text.line()
        member.emitDeclaration(into: &text)
      }
      for oneof in type.oneofs {
        text.line()
        emitOneof(oneof, into: &text)
      }
      text.line()
      emitInitializers(into: &text)
      text.line()
      MessageCodecEmitter(type: type).emit(into: &text)
    }
  }

  // MARK: Stored properties

  /// A stored property: a field, or a oneof with all its fields.
  private struct Member {
    var name: String
    var swiftType: String
    var defaultValue: String
    var comment: String

    func emitDeclaration(into text: inout SwiftText) {
      text.documentation(comment)
      text.line("public var \(SwiftName.declared(name)): \(swiftType)\(initialValue)")
    }

    private var initialValue: String { defaultValue == "nil" ? "" : " = \(defaultValue)" }
  }

  private var members: [Member] {
    var seen: Set<String> = []
    return type.fields.compactMap { field in
      guard let oneof = field.oneof else { return member(field) }
      guard seen.insert(oneof).inserted else { return nil }
      let comment = type.oneofs.first { $0.name == oneof }?.comment ?? ""
      return Member(
        name: SwiftName.field(oneof), swiftType: "\(SwiftName.oneof(oneof))?",
        defaultValue: "nil",
        comment: comment.isEmpty ? "One of the cases, or none." : comment)
    }
  }

  private func member(_ field: Field) -> Member {
    let base = elementType(field)
    let meaning = field.comment.isEmpty ? "." : ": \(field.comment)"
    let name = SwiftName.field(field.name)
    let comment = "Field \(field.number)\(meaning)"
    if field.isRepeated {
      return Member(name: name, swiftType: "[\(base)]", defaultValue: "[]", comment: comment)
    }
    if case .message = field.kind {
      return Member(name: name, swiftType: "\(base)?", defaultValue: "nil", comment: comment)
    }
    return Member(
      name: name, swiftType: base, defaultValue: defaultValue(field), comment: comment)
  }

  private func elementType(_ field: Field) -> String {
    switch field.kind {
    case .bool: "Bool"
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .enumeration(let name), .message(let name): name
    }
  }

  private func defaultValue(_ field: Field) -> String {
    switch field.kind {
    case .bool: "false"
    case .int32, .int64, .uint32, .uint64: "0"
    case .string: "\"\""
    case .bytes: "[]"
    case .enumeration(let name): "\(name)()"
    case .message: "nil"
    }
  }

  private func emitOneof(_ oneof: Oneof, into text: inout SwiftText) {
    text.documentation("The cases of `\(SwiftName.field(oneof.name))`.")
    text.block("public enum \(SwiftName.oneof(oneof.name)): Equatable, Sendable") { text in
      for field in type.fields where field.oneof == oneof.name {
        let meaning = field.comment.isEmpty ? "." : ": \(field.comment)"
        text.documentation("Field \(field.number)\(meaning)")
        let name = SwiftName.declared(SwiftName.field(field.name))
        text.line("case \(name)(\(elementType(field)))")
      }
    }
  }

  private func emitInitializers(into text: inout SwiftText) {
    text.line("/// A message with every field at its default.")
    text.line("public init() {}")
    guard !members.isEmpty else { return }
    text.line()
    text.line("/// A message with the given fields; the others are at their defaults.")
    text.line("public init(")
    text.indented { text in
      for (index, member) in members.enumerated() {
        let comma = index == members.count - 1 ? "" : ","
        let name = SwiftName.declared(member.name)
        text.line("\(name): \(member.swiftType) = \(member.defaultValue)\(comma)")
      }
    }
    text.block(")") { text in
      for member in members {
        text.line("self.\(member.name) = \(SwiftName.declared(member.name))")
      }
    }
  }
}
