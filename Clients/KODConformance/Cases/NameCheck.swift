import KODJSON
import KODSchema

/// Looks for names of fields and enum values that the schema does not have, in values and patterns
/// alike: a pattern that nothing can match must not make a case pass in which nothing should come.
struct NameCheck {
  let schema: SchemaIndex

  /// - Parameter resolve: the text of a member as far as it is known before the run.
  func check(
    _ step: JSON, _ verb: String, resolve: (JSON?) -> String?
  ) throws(ValueError) {
    let method = resolve(step["method"]).flatMap { schema.method($0) }
    let named = resolve(step["of"]).flatMap { schema.method($0) } ?? method
    switch verb {
    case "call", "start", "race":
      if let method {
        try check(step["request"], .message(method.request))
        for request in step["requests"]?.elements ?? [] {
          try check(request, .message(method.request))
        }
        try check(step["response"], .message(method.response))
      }
      try check(step["status"], .message("Status"))
      try check(step["losers"], .message("Status"))
    case "answer": try check(step["status"], .message("Status"))
    case "push", "no_push":
      try check(step["body"], .message("Push"))
      try check(step["collapsed"], .message("PushesCollapsed"))
    case "subscribe":
      try check(step["start"], .message("SubscriptionStart"))
      try check(step["state"], .many(.message("SubscribeItem")))
    case "send", "expect":
      for frame in [step] + (step["frames"]?.elements ?? []) {
        let carried = resolve(frame["of"] ?? frame["method"]).flatMap { schema.method($0) } ?? named
        guard let type = resolve(frame["type"]).flatMap({ schema.number($0, of: "FrameType") }),
          let message = schema.message(in: UInt8(truncatingIfNeeded: type), method: carried)
        else { continue }
        try check(frame["message"], .message(message))
      }
    case "welcome": try check(step["with"], .message("Welcome"))
    case "hear", "hear_nothing_ms":
      let pattern = verb == "hear" ? step["hear"] : step["like"]
      try check(pattern?["push"], .message("Push"))
      try check(pattern?["items"], .many(.message("SubscribeItem")))
      try check(pattern?["code"], .one(.enumeration("Code")))
      try check(pattern?["reason"], .one(.enumeration("Reason")))
    default: break
    }
  }

  func check(_ value: JSON?, _ type: ValueType) throws(ValueError) {
    switch value {
    case .object(let members)?:
      if members.contains(where: { $0.key.hasPrefix("$") }) {
        for member in members { try checkFunction(member, type) }
      } else if case .message(let message) = type, let fields = schema.fields(of: message) {
        for member in members {
          guard let field = fields[member.key] else {
            throw ValueError("\(message) has no field \(member.key)")
          }
          try check(member.value, ValueType(field))
        }
      }
    case .array(let elements)?:
      for element in elements { try check(element, type.element) }
    case .string(let text)?:
      guard case .one(.enumeration(let name)) = type, !text.contains("$"),
        schema.number(text, of: name) == nil
      else { return }
      throw ValueError("\(name) has no value \(text)")
    default: break
    }
  }

  private func checkFunction(_ member: JSON.Member, _ type: ValueType) throws(ValueError) {
    switch member.key {
    case "$is", "$not": try check(member.value, type)
    case "$any_of":
      for choice in member.value.elements ?? [] { try check(choice, type) }
    case "$contains":
      for element in member.value.elements ?? [] { try check(element, type.element) }
    default: break
    }
  }
}
