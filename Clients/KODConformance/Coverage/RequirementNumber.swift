/// `KOD-4.3-2`: the second requirement of section 4.3.
struct RequirementNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
  let chapter: Int
  let section: Int
  let number: Int

  init?(_ text: some StringProtocol) {
    guard text.hasPrefix("KOD-") else { return nil }
    let parts = text.dropFirst(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let place = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard place.count == 2, let chapter = Self.plain(place[0]), let section = Self.plain(place[1]),
      let number = Self.plain(parts[1])
    else { return nil }
    self.chapter = chapter
    self.section = section
    self.number = number
  }

  private static func plain(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      text == "0" || !text.hasPrefix("0")
    else { return nil }
    return Int(text)
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.chapter, left.section, left.number) < (right.chapter, right.section, right.number)
  }

  var description: String { "KOD-\(chapter).\(section)-\(number)" }
}
