/// Language tags by small numbers, in the order they first occurred.
struct Interner: Sendable {
  private(set) var strings: [String] = []
  private var numbers: [String: UInt16] = [:]

  var count: Int { strings.count }

  func number(_ string: String) -> UInt16? { numbers[string] }

  mutating func intern(_ string: String) -> UInt16 {
    if let number = numbers[string] { return number }
    let number = UInt16(strings.count)
    strings.append(string)
    numbers[string] = number
    return number
  }

  subscript(_ number: UInt16) -> String { strings[Int(number)] }

  func isMatch(_ one: UInt16, _ other: UInt16) -> Bool {
    one == other || Self.isMatch(self[one], self[other])
  }

  /// The numbers of the known tags that match it.
  func matches(of tag: String) -> DenseSet {
    var matches = DenseSet()
    for (number, known) in strings.enumerated() where Self.isMatch(known, tag) {
      matches.insert(number)
    }
    return matches
  }

  /// Whether somebody who gave one tag can help somebody who gave the other (R37): they are equal,
  /// or one goes on, at a hyphen, where the other ends (RFC 4647's basic filtering, both ways).
  /// Letters' case says nothing.
  static func isMatch(_ left: String, _ right: String) -> Bool {
    var left = left.utf8.makeIterator()
    var right = right.utf8.makeIterator()
    while true {
      switch (left.next(), right.next()) {
      case (nil, nil): return true
      case (let next?, nil), (nil, let next?): return next == UInt8(ascii: "-")
      case (let one?, let other?): guard lowercased(one) == lowercased(other) else { return false }
      }
    }
  }

  private static func lowercased(_ letter: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) ? letter | 0x20 : letter
  }
}

extension Engine {
  mutating func intern(_ language: String) -> UInt16 {
    if let number = languages.number(language) { return number }
    let number = languages.intern(language)
    routing.addLanguage(matching: languages.matches(of: language))
    return number
  }
}
