import KODJSON

/// The variables of a running case, by name. `a.welcome` may be a name of its own or a part of `a`:
/// the longest name that exists counts, what is left of the text is the way into its value.
struct Variables: Sendable {
  private(set) var values: [String: JSON] = [:]

  init(_ values: [String: JSON] = [:]) { self.values = values }

  subscript(name: String) -> JSON? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The value that `reference` (without its dollar) leads to.
  /// - Throws: which part does not exist.
  func value(of reference: String) throws(ValueError) -> JSON {
    let parts = reference.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for count in stride(from: parts.count, to: 0, by: -1) {
      let name = parts[..<count].joined(separator: ".")
      guard var value = values[name] else { continue }
      for (index, part) in parts[count...].enumerated() {
        guard let inner = value.part(part) else {
          let way = parts[...(count + index)].joined(separator: ".")
          throw ValueError("there is no $\(way) in \(value.shortLine)")
        }
        value = inner
      }
      return value
    }
    throw ValueError("there is no variable \(parts[0])")
  }

  /// Whether a reference leads to one of these names or a part of it.
  static func isKnown(_ reference: String, among names: Set<String>) -> Bool {
    let parts = reference.split(separator: ".", omittingEmptySubsequences: false)
    return (1...max(1, parts.count)).contains {
      names.contains(parts.prefix($0).joined(separator: "."))
    }
  }
}

/// A value or pattern that cannot be made sense of.
struct ValueError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension JSON {
  /// A member of an object, an element of an array.
  func part(_ name: String) -> JSON? {
    if case .array(let elements) = self, let index = Int(name) {
      return elements.indices.contains(index) ? elements[index] : nil
    }
    return self[name]
  }

  /// The number, also one that is written as text.
  var wholeNumber: Int64? {
    switch self {
    case .integer(let number): number
    case .unsigned(let number): Int64(exactly: number)
    case .number(let number): Int64(exactly: number)
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// The only member of an object that has one, if its name begins with a dollar.
  var function: (name: String, argument: JSON)? {
    guard case .object(let members) = self, members.count == 1, members[0].key.hasPrefix("$") else {
      return nil
    }
    return (members[0].key, members[0].value)
  }

  /// On one line, cut where it gets long.
  var shortLine: String {
    let line = line
    return line.count > 400 ? line.prefix(400) + "…" : line
  }
}
