import Foundation
import KODProtogen
import KODWire
import Testing

/// Paths of the package, from where this file stands.
enum PackagePaths {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let proto = "Protocol/kod.proto"
  static let generated = "Sources/KODWire/Generated"

  static func read(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func schema() throws -> Schema {
    try Generator.schema(of: read(proto), path: proto)
  }
}

@Suite struct `Generated code` {
  @Test func `is what the generator makes of kod.proto today`() throws {
    let files = Generator.files(for: try PackagePaths.schema(), source: PackagePaths.proto)
    #expect(files.count > 5)
    for file in files {
      let committed = try PackagePaths.read("\(PackagePaths.generated)/\(file.name)")
      #expect(committed == file.text, "\(file.name) is stale: swift run kod-protogen")
    }
    let folder = PackagePaths.root.appendingPathComponent(PackagePaths.generated)
    let present = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(present) == Set(files.map(\.name)))
  }

  @Test func `has every message of kod.proto, in its order`() throws {
    let schema = try PackagePaths.schema()
    #expect(
      WireMessages.all.map { $0.messageName }
        == schema.messages.map { "kod.v1.\($0.name)" })
  }
}
