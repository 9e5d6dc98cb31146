// What is asked of a text, wherever it comes from: a request, a roster.

extension UInt8 {
  var isASCIIDigit: Bool { (48...57).contains(self) }
  var isASCIILetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
}

/// A language's name.
public enum LanguageTag {
  public static let maximumBytes = 35

  /// The shape of a BCP 47 tag: letters and digits in groups of up to eight, the first of two or three letters.
  public static func isWellFormed(_ tag: String) -> Bool {
    let groups = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return tag.utf8.count <= maximumBytes
      && groups.enumerated().allSatisfy { index, group in
        (index == 0 ? 2...3 : 1...8).contains(group.count)
          && group.allSatisfy { $0.isASCIILetter || (index > 0 && $0.isASCIIDigit) }
      }
  }

  /// Tags compare without regard to case (RFC 5646, 2.1.1): kept in lower case.
  static func canonical(_ tag: String) -> String {
    String(decoding: tag.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
  }
}

/// A telephone number.
public enum PhoneNumber {
  /// E.164: a plus sign and 7 to 15 digits, the first not zero.
  public static func isWellFormed(_ phone: String) -> Bool {
    let digits = phone.utf8.dropFirst()
    return phone.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count)
      && digits.allSatisfy(\.isASCIIDigit) && digits.first != UInt8(ascii: "0")
  }
}

/// An email address.
public enum EmailAddress {
  /// The longest that mail can carry (RFC 5321, 4.5.3.1.3, without its brackets).
  public static let maximumBytes = 254

  /// What HTML asks of an email field, and no longer than mail can carry: up to 64 bytes before the @, names of hosts
  /// behind it. ASCII only, and no comments or quotes, which nobody has and many programs fail on.
  public static func isWellFormed(_ address: String) -> Bool {
    let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, address.utf8.count <= maximumBytes else { return false }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return (1...64).contains(parts[0].count)
      && parts[0].allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || marks.contains($0) }
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
          && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == hyphen }
      }
  }

  private static let hyphen = UInt8(ascii: "-")
  private static let marks = Set(".!#$%&'*+/=?^_`{|}~-".utf8)
}

/// The name of a credential.
public enum PrincipalName {
  /// 1 to 64 letters, digits, `-`, `_` and `.`, not starting with a dot: it names a file, too.
  public static func isWellFormed(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy {
        $0.isASCIIDigit || $0.isASCIILetter || $0 == 45 || $0 == 46 || $0 == 95
      }
  }
}
