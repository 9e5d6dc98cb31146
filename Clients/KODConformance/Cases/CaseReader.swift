import KODJSON

/// Makes cases of a file's JSON: nothing that is not understood is passed over.
struct CaseReader {
  let file: String
  let side: Side
  let schema: SchemaIndex
  let macros: Macros
  let vectors: Vectors

  func cases(_ root: JSON) throws(CaseError) -> [Case] {
    let members = try members(
      of: root, named: nil, allowed: ["about", "cases"], required: ["about", "cases"])
    guard members["about"]?.text != nil, let list = members["cases"]?.elements else {
      throw wrong(nil, "'about' is a text and 'cases' an array")
    }
    var cases: [Case] = []
    for one in list { cases += try expanded(one) }
    return cases
  }

  private func wrong(_ name: String?, _ message: String) -> CaseError {
    CaseError(file: file, name: name, message: message)
  }

  private func members(
    of value: JSON, named name: String?, allowed: Set<String>, required: [String]
  ) throws(CaseError) -> [String: JSON] {
    guard let list = value.members else {
      throw wrong(name, "expected an object, found \(value.shortLine)")
    }
    var members: [String: JSON] = [:]
    for member in list {
      guard allowed.contains(member.key) else {
        throw wrong(name, "unknown member '\(member.key)'")
      }
      guard members.updateValue(member.value, forKey: member.key) == nil else {
        throw wrong(name, "'\(member.key)' stands there twice")
      }
    }
    for key in required where members[key] == nil { throw wrong(name, "no '\(key)'") }
    return members
  }

  private func expanded(_ value: JSON) throws(CaseError) -> [Case] {
    let name = value["name"]?.text
    let members = try members(
      of: value, named: name,
      allowed: ["name", "title", "requirements", "each", "slow", "steps"],
      required: ["name", "title", "requirements", "steps"])
    guard let name, Self.isCaseName(name) else {
      throw wrong(name, "a name is made of letters, digits, '.' and '-'")
    }
    guard let title = members["title"]?.text, !title.isEmpty else {
      throw wrong(name, "the title is a text")
    }
    guard let steps = members["steps"]?.elements, !steps.isEmpty else {
      throw wrong(name, "no steps")
    }
    var isSlow = false
    if let slow = members["slow"] {
      guard case .bool(let value) = slow else { throw wrong(name, "'slow' is true or false") }
      isSlow = value
    }
    let plain = Case(
      name: name, title: title, requirements: try requirements(members["requirements"], name),
      file: file, side: side, isSlow: isSlow, variables: Variables(), steps: steps)
    var cases: [Case] = []
    for (suffix, variables) in try expansions(members["each"], name) {
      var one = plain
      one.variables = variables
      if let suffix { one.name += "/" + suffix }
      var check = CaseCheck(schema: schema, macros: macros, side: side)
      do throws(ValueError) {
        try check.check(one)
      } catch {
        throw wrong(one.name, error.description)
      }
      one.assisters = check.assisters
      one.expectsPings = check.expectsPings
      one.isAlone = check.changesPolicy
      cases.append(one)
    }
    return cases
  }

  private func requirements(_ value: JSON?, _ name: String) throws(CaseError) -> [String] {
    guard let list = value?.elements, !list.isEmpty else {
      throw wrong(name, "at least one requirement")
    }
    var requirements: [String] = []
    for element in list {
      guard let number = element.text, RequirementNumber(number) != nil else {
        throw wrong(name, "\(element.shortLine) is not a requirement such as KOD-4.3-2")
      }
      guard !requirements.contains(number) else {
        throw wrong(name, "\(number) stands there twice")
      }
      requirements.append(number)
    }
    return requirements
  }

  private func expansions(
    _ each: JSON?, _ name: String
  ) throws(CaseError) -> [(suffix: String?, Variables)] {
    guard let each else { return [(nil, Variables())] }
    if each["vectors"] != nil {
      do {
        return try vectors.expansions(each).map { ($0, $1) }
      } catch {
        throw wrong(name, "\(error)")
      }
    }
    guard let list = each.elements, !list.isEmpty else {
      throw wrong(name, "'each' is an array of objects, or vectors")
    }
    var result: [(String?, Variables)] = []
    for (index, object) in list.enumerated() {
      guard let members = object.members else {
        throw wrong(name, "'each' has objects only, not \(object.shortLine)")
      }
      var variables = Variables()
      var suffix = String(index)
      for member in members {
        if member.key == "_" {
          guard let text = member.value.text, Self.isCaseName(text) else {
            throw wrong(name, "'_' is made of letters, digits, '.' and '-'")
          }
          suffix = text
        } else {
          variables[member.key] = member.value
        }
      }
      result.append((suffix, variables))
    }
    return result
  }

  static func isCaseName(_ name: String) -> Bool {
    !name.isEmpty
      && name.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-")
      }
  }

  // MARK: Macros

  static func macros(_ root: JSON) throws(CaseError) -> Macros {
    var macros: Macros = [:]
    for member in root.members ?? [] where member.key != "about" {
      guard let steps = member.value["steps"]?.elements, !steps.isEmpty else {
        throw CaseError(file: "macros.json", name: member.key, message: "no steps")
      }
      for inner in member.value.members ?? [] where !["about", "steps"].contains(inner.key) {
        throw CaseError(
          file: "macros.json", name: member.key, message: "unknown member '\(inner.key)'")
      }
      guard macros.updateValue(steps, forKey: member.key) == nil else {
        throw CaseError(
          file: "macros.json", name: member.key, message: "there is another of this name")
      }
    }
    return macros
  }
}
