import Foundation
import KODJSON
import KODSchema

/// The schemas that the tests use, from where this file stands.
enum Schemas {
  static func kod() throws -> Schema { try read("Protocol/kod.proto") }
  static func fixture() throws -> Schema { try read("Tests/Fixtures/wire/fixture.proto") }

  private static func read(_ path: String) throws -> Schema {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Schema(
      text: String(contentsOf: root.appending(path: path), encoding: .utf8), path: path)
  }
}

extension JSON {
  init(_ text: String) throws {
    try self.init(parsing: Array(text.utf8))
  }
}

/// Bytes from hexadecimal digits; spaces are for people.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.filter { $0 != " " }
  return stride(from: 0, to: digits.count, by: 2).map { index in
    let start = digits.index(digits.startIndex, offsetBy: index)
    return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
  }
}
