/// Languages by BCP 47 tag, with the names people use.
enum Languages {
  /// The ones that are asked for in Kentucky; any other well-formed tag is accepted too.
  static let known: [(tag: String, name: String)] = [
    ("en", "English"), ("es", "Spanish"), ("ar", "Arabic"), ("ase", "American Sign Language"),
    ("bn", "Bengali"), ("bs", "Bosnian"), ("de", "German"), ("fa", "Persian"), ("fr", "French"),
    ("gu", "Gujarati"), ("hi", "Hindi"), ("ht", "Haitian Creole"), ("it", "Italian"),
    ("ja", "Japanese"), ("ko", "Korean"), ("ln", "Lingala"), ("my", "Burmese"), ("ne", "Nepali"),
    ("pl", "Polish"), ("ps", "Pashto"), ("pt", "Portuguese"), ("ru", "Russian"),
    ("rw", "Kinyarwanda"), ("so", "Somali"), ("sw", "Swahili"), ("ti", "Tigrinya"),
    ("tl", "Tagalog"), ("uk", "Ukrainian"), ("ur", "Urdu"), ("vi", "Vietnamese"),
    ("zh", "Chinese"),
  ]

  /// "Spanish" for `es`; the tag itself when it is not in the list.
  static func name(_ tag: String) -> String {
    known.first { $0.tag == tag }?.name ?? tag
  }

  /// A name in any case, or a tag.
  static func parse(_ text: String) throws(UsageError) -> String {
    let wanted = text.lowercased()
    if let row = known.first(where: { $0.name.lowercased() == wanted || $0.tag == wanted }) {
      return row.tag
    }
    if isTag(text) { return text }
    if let near = Suggestion.nearest(to: wanted, among: known.map(\.name)) {
      throw UsageError("there is no language '\(text)'; did you mean '\(near)'?")
    }
    throw UsageError(
      "'\(text)' is neither a language's name nor its tag, such as es (see: kod help languages)")
  }

  /// A primary subtag of 2 or 3 letters, then subtags of up to 8 letters and digits.
  private static func isTag(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, (2...3).contains(first.count) else { return false }
    return first.allSatisfy { $0.isASCII && $0.isLetter }
      && parts.dropFirst().allSatisfy { part in
        (1...8).contains(part.count)
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
      }
  }
}
