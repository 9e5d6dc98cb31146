import Foundation
import KODProtogen
import KODSchema
import KODWire
import Testing

/// Paths of the package, from where this file stands.
enum PackagePaths {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let proto = "Protocol/kod.proto"
  static let generated = "Sources/KODWire/Generated"
  static let fixture = "Tests/Fixtures/wire/fixture.proto"
  static let fixtureGenerated = "Tests/KODWireTests/Generated"

  static func read(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func schema() throws -> Schema {
    try Schema(text: read(proto), path: proto)
  }
}

@Suite struct `Generated code` {
  @Test func `is what the generator makes of kod.proto today`() throws {
    let files = Generator.files(for: try PackagePaths.schema(), source: PackagePaths.proto)
    #expect(files.count > 5)
    try expectCommitted(
      files, in: PackagePaths.generated, command: "swift run kod-protogen")
  }

  @Test func `of the fixture is what the generator makes of it today`() throws {
    let path = PackagePaths.fixture
    let runtime = "@testable public import KODWire"
    let schema = try Schema(text: PackagePaths.read(path), path: path)
    try expectCommitted(
      Generator.files(for: schema, source: path, runtime: runtime),
      in: PackagePaths.fixtureGenerated,
      command: "swift run kod-protogen --proto \(path) --output \(PackagePaths.fixtureGenerated)"
        + " --runtime '\(runtime)'")
  }

  private func expectCommitted(
    _ files: [GeneratedFile], in folder: String, command: String
  ) throws {
    for file in files {
      let committed = try PackagePaths.read("\(folder)/\(file.name)")
      #expect(committed == file.text, "\(file.name) is stale: \(command)")
    }
    let present = try FileManager.default.contentsOfDirectory(
      atPath: PackagePaths.root.appendingPathComponent(folder).path)
    #expect(Set(present) == Set(files.map(\.name)))
  }

  @Test func `has every message of kod.proto, in its order`() throws {
    let schema = try PackagePaths.schema()
    #expect(
      WireMessages.all.map { $0.messageName }
        == schema.messages.map { "kod.v1.\($0.name)" })
  }
}
