/// Where things lie in the data directory. Numbers have twenty digits, so that names sort as
/// numbers do.
enum FileNames {
  static let lock = "lock"
  static let logDirectory = "log"
  static let snapshotDirectory = "snapshot"
  static let tornDirectory = "torn"

  static let segmentSuffix = ".segment"
  static let spareSuffix = ".spare"
  static let snapshotSuffix = ".snapshot"
  static let temporarySuffix = ".tmp"
  static let damagedSuffix = ".damaged"

  static func segment(_ number: UInt64) -> String { "log/\(digits(number))\(segmentSuffix)" }
  static func spare(_ number: UInt64) -> String { "log/\(digits(number))\(spareSuffix)" }
  static func snapshot(_ sequence: UInt64) -> String {
    "snapshot/\(digits(sequence))\(snapshotSuffix)"
  }
  static func temporarySnapshot(_ sequence: UInt64) -> String {
    "snapshot/\(digits(sequence))\(temporarySuffix)"
  }
  static func damagedSnapshot(_ sequence: UInt64) -> String {
    "snapshot/\(digits(sequence))\(damagedSuffix)"
  }
  /// A copy of torn bytes; `attempt` tells copies of the same place apart.
  static func torn(segment: UInt64, offset: UInt64, attempt: Int) -> String {
    "torn/\(digits(segment))-\(offset)-\(attempt).torn"
  }

  /// The number in `name` if it is twenty digits and `suffix`, else nil.
  static func number(in name: String, suffix: String) -> UInt64? {
    guard name.utf8.count == 20 + suffix.utf8.count, name.hasSuffix(suffix) else { return nil }
    let digits = name.utf8.prefix(20)
    guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return UInt64(Substring(digits))
  }

  private static func digits(_ number: UInt64) -> String {
    let text = String(number)
    return String(repeating: "0", count: 20 - text.utf8.count) + text
  }
}
