import KODJSON

/// Walks through the steps of a case before anything is run: every step and member is known, every
/// variable was set by an earlier step.
struct CaseCheck {
  let schema: SchemaIndex
  let macros: Macros
  let side: Side
  private(set) var assisters: Set<String> = []
  private(set) var expectsPings = false
  private(set) var changesPolicy = false

  private var known: Set<String> = []
  /// Values that are known before the run: those of `each`, and of macros.
  private var fixed = Variables()
  private var principals: [String: String] = [:]
  private var depth = 0

  init(schema: SchemaIndex, macros: Macros, side: Side) {
    self.schema = schema
    self.macros = macros
    self.side = side
  }

  mutating func check(_ one: Case) throws(ValueError) {
    known = ["language", "run"]
    known.formUnion(side == .client ? ["address", "token"] : ["tokens"])
    for (name, value) in one.variables.values {
      try checkReferences(value)
      fixed[name] = value
    }
    known.formUnion(one.variables.values.keys)
    try check(one.steps, "step ")
  }

  private mutating func check(_ steps: [JSON], _ prefix: String) throws(ValueError) {
    for (index, step) in steps.enumerated() {
      let place = "\(prefix)\(index + 1)"
      do throws(ValueError) {
        try check(step, place)
      } catch {
        throw error.description.hasPrefix("step ")
          ? error : ValueError("\(place): \(error.description)")
      }
    }
  }

  private mutating func check(_ step: JSON, _ place: String) throws(ValueError) {
    guard let members = step.members else {
      throw ValueError("a step is an object, not \(step.shortLine)")
    }
    guard let form = StepForm.all.first(where: { step[$0.verb] != nil }) else {
      throw ValueError("unknown step \(step.shortLine)")
    }
    guard form.scope == .both || (form.scope == .server) == (side == .server) else {
      throw ValueError("'\(form.verb)' is a step of \(form.scope) cases")
    }
    if form.verb == "use" { return try checkUse(members, place) }
    for name in form.required where step[name] == nil {
      throw ValueError("'\(form.verb)' needs '\(name)'")
    }
    // What a step saves is there for the steps after it; `repeat` counts for those inside.
    if form.verb == "repeat" { known.insert("i") }
    for member in members where member.key != "save" {
      let kind = member.key == form.verb ? form.subject : form.members[member.key]
      guard let kind else { throw ValueError("'\(form.verb)' has no member '\(member.key)'") }
      try check(member.value, kind, place)
    }
    try checkMeaning(step, form)
    try NameCheck(schema: schema).check(step, form.verb) { resolved($0) }
    try notePrincipals(step, form)
    if let save = step["save"] {
      guard form.members["save"] != nil else {
        throw ValueError("'\(form.verb)' has no member 'save'")
      }
      try checkReferences(save)
      if let name = resolved(save) { known.insert(name) }
    }
    if form.verb == "open", let name = resolved(step["open"]) { known.insert(name + ".welcome") }
  }

  private mutating func check(
    _ value: JSON, _ kind: MemberKind, _ place: String
  ) throws(ValueError) {
    switch kind {
    case .value, .values: try checkReferences(value)
    case .pattern: try checkPattern(value)
    case .savedName: break
    case .steps:
      guard let steps = value.elements else { throw ValueError("'steps' is an array") }
      try check(steps, place + ".")
    case .bindings:
      guard let members = value.members else { throw ValueError("'set' takes an object") }
      for member in members {
        try checkReferences(member.value)
        known.insert(member.key)
        fixed[member.key] = nil
      }
    case .frames:
      guard let frames = value.elements, !frames.isEmpty else {
        throw ValueError("'frames' is an array")
      }
      for frame in frames {
        for member in frame.members ?? [] {
          guard let kind = StepForm.frameMembers[member.key] else {
            throw ValueError("a frame has no member '\(member.key)'")
          }
          try check(member.value, kind, place)
        }
        if frame["type"]?.text == "PING" { expectsPings = true }
      }
    }
  }

  private mutating func checkUse(_ members: [JSON.Member], _ place: String) throws(ValueError) {
    guard let name = members.first(where: { $0.key == "use" })?.value.text,
      let steps = macros[name]
    else { throw ValueError("unknown macro \(members[0].value.shortLine)") }
    depth += 1
    defer { depth -= 1 }
    guard depth <= 8 else { throw ValueError("macros use one another") }
    let (outerKnown, outerFixed) = (known, fixed)
    var bound: Set<String> = []
    for member in members where member.key != "use" {
      try checkReferences(member.value)
      known.insert(member.key)
      fixed[member.key] = statically(member.value, outerFixed)
      bound.insert(member.key)
    }
    try check(steps, "\(place) (\(name)) ")
    // What the macro saved stays; its own variables go.
    known = outerKnown.union(known.subtracting(bound))
    fixed = outerFixed
  }

  // MARK: Values

  private func checkReferences(_ value: JSON) throws(ValueError) {
    switch value {
    case .string(let text):
      for reference in try TextTemplate(text).references
      where !Variables.isKnown(reference, among: known) {
        throw ValueError("there is no variable \(reference)")
      }
    case .array(let elements):
      for element in elements { try checkReferences(element) }
    case .object(let members):
      for member in members {
        if member.key.hasPrefix("$"), !Evaluation.functions.contains(member.key) {
          throw ValueError("there is no function \(member.key)")
        }
        try checkReferences(member.value)
      }
    default: break
    }
  }

  private mutating func checkPattern(_ pattern: JSON) throws(ValueError) {
    guard let members = pattern.members else {
      if let elements = pattern.elements {
        for element in elements { try checkPattern(element) }
      } else {
        try checkReferences(pattern)
      }
      return
    }
    for member in members where member.key != "$save" {
      switch member.key {
      case "$matches", "$range", "$count": try checkReferences(member.value)
      case _ where Evaluation.functions.contains(member.key): try checkReferences(pattern)
      case let key where key.hasPrefix("$") && !PatternMatch.functions.contains(key):
        throw ValueError("there is no pattern \(key)")
      default: try checkPattern(member.value)
      }
    }
    if let save = members.first(where: { $0.key == "$save" }) {
      try checkReferences(save.value)
      if let name = resolved(save.value) { known.insert(name) }
    }
  }

  /// The text, as far as it is known before the run.
  private func resolved(_ value: JSON?) -> String? {
    value.flatMap { statically($0, fixed)?.text }
  }

  private func statically(_ value: JSON, _ variables: Variables) -> JSON? {
    guard let text = value.text else { return value }
    return try? Evaluation.expand(text, variables)
  }

  // MARK: Meaning

  private mutating func checkMeaning(_ step: JSON, _ form: StepForm) throws(ValueError) {
    if form.verb == "expect" {
      let ways = ["type", "frames", "end", "nothing_ms"].filter { step[$0] != nil }
      guard ways.count == 1 else {
        throw ValueError("'expect' takes one of type, frames, end and nothing_ms")
      }
      if step["type"]?.text == "PING" { expectsPings = true }
    }
    if form.verb == "push", (step["body"] == nil) == (step["collapsed"] == nil) {
      throw ValueError("'push' takes a body or collapsed")
    }
    if form.verb == "send", (step["type"] == nil) == (step["bytes"] == nil) {
      throw ValueError("'send' takes a type or bytes")
    }
    if form.verb == "open", (step["as"] == nil) == (step["token"] == nil) {
      throw ValueError("'open' takes 'as' or 'token'")
    }
    if step["response"] != nil, step["status"] != nil {
      throw ValueError("'\(form.verb)' takes a response or a status")
    }
    for name in ["method", "of"] {
      guard let method = resolved(step[name]) else { continue }
      guard schema.method(method) != nil else { throw ValueError("unknown method \(method)") }
      if method == "Desk/SetPolicy" { changesPolicy = true }
    }
    if form.verb == "send" || form.verb == "expect", let type = resolved(step["type"]) {
      guard schema.number(type, of: "FrameType") != nil else {
        throw ValueError("unknown frame type \(type)")
      }
    }
  }

  /// Which assisters' state the case depends on.
  private mutating func notePrincipals(_ step: JSON, _ form: StepForm) throws(ValueError) {
    if form.verb == "open", let name = resolved(step["open"]) {
      principals[name] = resolved(step["as"])
    }
    var sessions: [String] = []
    switch form.verb {
    case "subscribe": sessions = [resolved(step["subscribe"])].compactMap { $0 }
    case "call", "start", "race":
      let changes = ["Get", "List", "Explain"].allSatisfy { reading in
        !(resolved(step["method"]) ?? "").hasPrefix("Assisters/\(reading)")
      }
      guard changes, (resolved(step["method"]) ?? "").hasPrefix("Assisters/") else { return }
      let subject = step[form.verb]
      sessions = (subject?.elements ?? [subject].compactMap { $0 }).compactMap { resolved($0) }
    default: return
    }
    for session in sessions {
      if let principal = principals[session], principal.hasPrefix("assister") {
        assisters.insert(principal)
      }
    }
  }
}
