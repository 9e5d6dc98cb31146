import Foundation
import KODWire

@testable import KODSchema

/// The messages of kod.proto, found by a key that stays what it is when others are added: FNV-1a of
/// the name, folded to 16 bits. A number that is nobody's key means the next one upwards.
struct Catalogue {
  static let shared = Catalogue()

  struct Entry {
    let name: String
    let type: any WireMessage.Type
    /// A server decodes it.
    let isRequest: Bool
  }

  let codec: SchemaCodec
  private let entries: [(key: UInt16, entry: Entry)]

  private init() {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent("Protocol/kod.proto").path
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let schema = try? Schema(text: text, path: path)
    else { violated("\(path) can't be read") }
    codec = SchemaCodec(schema)
    entries = WireMessages.all.map { type in
      let name = String(type.messageName.split(separator: ".").last ?? "")
      let isRequest = name == "Hello" || schema.methods.contains { $0.request == name }
      return (Self.key(name), Entry(name: name, type: type, isRequest: isRequest))
    }.sorted { $0.0 < $1.0 }
  }

  func entry(for key: UInt16) -> Entry {
    (entries.first { $0.key >= key } ?? entries[0]).entry
  }

  private static func key(_ name: String) -> UInt16 {
    let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return UInt16(truncatingIfNeeded: hash >> 16 ^ hash)
  }
}
