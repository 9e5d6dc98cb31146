/// From the names of the proto file to those of the generated Swift.
package enum SwiftName {
  /// `offer_id` to `offerId`.
  package static func field(_ name: String) -> String {
    lowerCamel(name.split(separator: "_").map { String($0) })
  }

  /// `OFFER_TAKEN` to `offerTaken`; the enum's own name in front is dropped: `REASON_UNSPECIFIED`
  /// of `Reason` to `unspecified`.
  package static func enumValue(_ name: String, of enumName: String) -> String {
    let prefix = upperSnake(enumName) + "_"
    let rest = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    return lowerCamel(rest.split(separator: "_").map { $0.lowercased() })
  }

  /// `AcceptOffer` to `acceptOffer`.
  package static func method(_ name: String) -> String {
    name.prefix(1).lowercased() + name.dropFirst()
  }

  /// `body` to `Body`.
  package static func oneof(_ name: String) -> String {
    let camel = field(name)
    return camel.prefix(1).uppercased() + camel.dropFirst()
  }

  /// The name where it is declared: with backticks if it is a keyword.
  package static func declared(_ name: String) -> String {
    keywords.contains(name) ? "`\(name)`" : name
  }

  private static func lowerCamel(_ words: [String]) -> String {
    let capitalized = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
    return (words.first ?? "") + capitalized.joined()
  }

  /// `FrameType` to `FRAME_TYPE`.
  private static func upperSnake(_ name: String) -> String {
    var result = ""
    for character in name {
      if character.isUppercase, !result.isEmpty { result += "_" }
      result += character.uppercased()
    }
    return result
  }

  /// Swift's reserved words, as far as they can collide with a lower-case name.
  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
    "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
    "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
    "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while",
  ]
}
