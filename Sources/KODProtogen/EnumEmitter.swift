internal import KODSchema

/// An open enum: a receiver must live with values that a newer sender knows.
struct EnumEmitter {
  let type: EnumType

  func emit(into text: inout SwiftText) {
    text.documentation(type.comment.isEmpty ? "Enum `\(type.name)`." : type.comment)
    text.documentation("An open enum: values this program does not know keep their number.")
    text.line("@frozen")
    text.block("public struct \(type.name): WireEnum") { text in
      text.line("/// The number on the wire.")
      text.line("public var rawValue: Int32")
      text.line()
      text.line("/// The value with this number, known or not.")
      text.line("@inlinable")
      text.line("public init(rawValue: Int32) { self.rawValue = rawValue }")
      text.line()
      text.line("/// Zero, what a message without the field says.")
      text.line("@inlinable")
      text.line("public init() { self.init(rawValue: 0) }")
      for value in type.values {
        text.line()
        let meaning = value.comment.isEmpty ? "" : ": \(value.comment)"
        text.documentation("`\(value.name)` = \(value.number)\(meaning)")
        text.line("@inlinable")
        let name = SwiftName.declared(swiftName(value))
        text.line(
          "public static var \(name): \(type.name) { \(type.name)(rawValue: \(value.number)) }")
      }
      text.line()
      emitTables(into: &text)
    }
    if type.values.contains(where: { $0.code != nil }) {
      text.line()
      emitCodes(into: &text)
    }
  }

  private func swiftName(_ value: EnumValue) -> String {
    SwiftName.enumValue(value.name, of: type.name)
  }

  private func emitTables(into text: inout SwiftText) {
    text.line("/// Every value of this version, in the order of the proto file.")
    text.block("public static var allKnown: [\(type.name)]") { text in
      text.array(type.values.map { ".\(swiftName($0))" })
    }
    text.line()
    text.line("/// The spelling of the proto file; of an unknown value its number.")
    text.block("public var name: String") { text in
      text.line("switch rawValue {")
      for value in type.values {
        text.line("case \(value.number): \"\(value.name)\"")
      }
      text.line("default: String(rawValue)")
      text.line("}")
    }
  }

  private func emitCodes(into text: inout SwiftText) {
    text.block("extension \(type.name)") { text in
      text.documentation(
        "The status code that always comes with it; `.unknown` for a value not known here.")
      text.block("public var code: Code") { text in
        text.line("switch rawValue {")
        var codes: [String] = []
        for code in type.values.compactMap(\.code) where !codes.contains(code) {
          codes.append(code)
        }
        for code in codes {
          let numbers = type.values.filter { $0.code == code }.map { String($0.number) }
          emitCase(numbers, into: &text)
          text.indented { $0.line(".\(SwiftName.enumValue(code, of: "Code"))") }
        }
        text.line("default:")
        text.indented { $0.line(".unknown") }
        text.line("}")
      }
      text.line()
      text.line("/// Whether the same call, repeated later, can succeed.")
      text.block("public var isRetriable: Bool") { text in
        text.line("switch rawValue {")
        emitCase(
          type.values.filter(\.isRetriable).map { String($0.number) }, into: &text)
        text.indented { $0.line("true") }
        text.line("default:")
        text.indented { $0.line("false") }
        text.line("}")
      }
    }
  }

  private func emitCase(_ numbers: [String], into text: inout SwiftText) {
    guard !numbers.isEmpty else { return }
    let words = numbers.enumerated().map { index, number in
      (index == 0 ? "case " : "") + number + (index == numbers.count - 1 ? ":" : ",")
    }
    text.fill(words, prefix: "", hang: "  ")
  }
}
