internal import KODSchema

/// The table of methods: numbers, names, roles.
struct MethodEmitter {
  let schema: Schema

  func emit(into text: inout SwiftText) {
    emitType(into: &text)
    text.line()
    emitServices(into: &text)
    text.line()
    emitFacts(into: &text)
  }

  private var services: [String] {
    var names: [String] = []
    for method in schema.methods where !names.contains(method.service) {
      names.append(method.service)
    }
    return names
  }

  private func path(_ method: MethodType) -> String {
    ".\(method.service).\(SwiftName.method(method.name))"
  }

  private func hexadecimal(_ number: UInt16) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  private func emitType(into text: inout SwiftText) {
    text.line("/// A method of the protocol, by the number that stands in a REQUEST frame.")
    text.line("@frozen")
    text.block("public struct Method: Hashable, Sendable") { text in
      text.line("/// High byte the service, low byte the method.")
      text.line("public let number: UInt16")
      text.line()
      text.line("/// For numbers known to be in the table.")
      text.line("@inlinable")
      text.line("init(known number: UInt16) { self.number = number }")
      text.line()
      text.line("/// The method with this number, nil if there is none.")
      text.block("public init?(number: UInt16)") { text in
        text.line("switch number {")
        emitCase(schema.methods, into: &text)
        text.indented { $0.line("self.init(known: number)") }
        text.line("default:")
        text.indented { $0.line("return nil") }
        text.line("}")
      }
      text.line()
      text.line("/// Every method, in the order of the proto file.")
      text.block("public static var all: [Method]") { text in
        text.line("[")
        text.indented { text in
          for method in schema.methods {
            text.line("\(method.service).\(SwiftName.method(method.name)),")
          }
        }
        text.line("]")
      }
    }
  }

  private func emitServices(into text: inout SwiftText) {
    text.block("extension Method") { text in
      for (index, service) in services.enumerated() {
        if index > 0 { text.line() }
        text.line("/// The methods of service `\(service)`.")
        text.block("public enum \(service)") { text in
          let methods = schema.methods.filter { $0.service == service }
          for (index, method) in methods.enumerated() {
            if index > 0 { text.line() }
            let stream = method.isServerStream ? "stream " : ""
            text.documentation(
              "`\(method.name)(\(method.request))` returns \(stream)`\(method.response)`.")
            if !method.comment.isEmpty { text.documentation(method.comment) }
            let name = SwiftName.declared(SwiftName.method(method.name))
            let number = hexadecimal(method.number)
            text.line("@inlinable")
            text.line("public static var \(name): Method { Method(known: \(number)) }")
          }
        }
      }
    }
  }

  private func emitFacts(into text: inout SwiftText) {
    text.block("extension Method") { text in
      text.line("/// Full name: `\(schema.packageName).Service/Method`.")
      emitSwitch("name", "String", into: &text) { method in
        "\"\(schema.packageName).\(method.service)/\(method.name)\""
      }
      text.line()
      text.line("/// Name of the request message.")
      emitSwitch("requestName", "String", into: &text) { method in
        "\"\(schema.packageName).\(method.request)\""
      }
      text.line()
      text.line("/// Name of the response message; of a server stream, of its items.")
      emitSwitch("responseName", "String", into: &text) { method in
        "\"\(schema.packageName).\(method.response)\""
      }
      text.line()
      text.line("/// Whether the answer is a stream of items in place of one response.")
      emitSwitch("isServerStream", "Bool", into: &text) { String($0.isServerStream) }
      text.line()
      text.line("/// The roles that may call it.")
      emitSwitch("allowedRoles", "[Role]", into: &text) { method in
        "[" + roleNames(method).joined(separator: ", ") + "]"
      }
      text.line()
      text.line("/// Whether `role` may call it; without allocating.")
      text.block("public func allows(_ role: Role) -> Bool") { text in
        text.line("switch number {")
        for method in schema.methods {
          text.line("case \(hexadecimal(method.number)):")
          let tests = roleNames(method).enumerated().map { index, role in
            (index == 0 ? "" : "|| ") + "role == \(role)"
          }
          text.indented { $0.fill(tests, prefix: "", hang: "  ") }
        }
        text.line("default:")
        text.indented { $0.line("false") }
        text.line("}")
      }
    }
  }

  private func roleNames(_ method: MethodType) -> [String] {
    method.roles.map { ".\(SwiftName.enumValue($0, of: "Role"))" }
  }

  /// A computed property; the last method's value is the default, since no other number can occur.
  private func emitSwitch(
    _ name: String, _ type: String, into text: inout SwiftText,
    value: (MethodType) -> String
  ) {
    text.block("public var \(name): \(type)") { text in
      var groups: [(value: String, methods: [MethodType])] = []
      for method in schema.methods {
        let value = value(method)
        if let index = groups.firstIndex(where: { $0.value == value }) {
          groups[index].methods.append(method)
        } else {
          groups.append((value, [method]))
        }
      }
      guard let last = groups.popLast() else { return }
      guard !groups.isEmpty else { return text.line(last.value) }
      text.line("switch number {")
      for group in groups {
        emitCase(group.methods, into: &text)
        text.indented { $0.line(group.value) }
      }
      text.line("default:")
      text.indented { $0.line(last.value) }
      text.line("}")
    }
  }

  private func emitCase(_ methods: [MethodType], into text: inout SwiftText) {
    let words = methods.enumerated().map { index, method in
      (index == 0 ? "case " : "") + hexadecimal(method.number)
        + (index == methods.count - 1 ? ":" : ",")
    }
    text.fill(words, prefix: "", hang: "  ")
  }
}
