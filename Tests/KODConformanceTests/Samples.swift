import Foundation
import KODJSON
import KODSchema
import Testing

@testable import KODConformance

/// The real `Protocol` folder of this checkout.
let protocolFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Protocol").path

/// The real schema.
let schemaIndex: SchemaIndex = {
  let path = protocolFolder + "/kod.proto"
  guard let text = try? String(contentsOfFile: path, encoding: .utf8),
    let schema = try? Schema(text: text, path: path)
  else { preconditionFailure("\(path) cannot be read") }
  return SchemaIndex(schema)
}()

func json(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

func evaluation(_ variables: [String: JSON] = [:]) -> Evaluation {
  Evaluation(variables: Variables(variables)) { 1_000_000 }
}

/// A folder for a test's files, gone with it.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "kod-conformance-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  /// A `Protocol` folder with the real schema and principals, and these files below `conformance`.
  func makeProtocol(_ files: [String: String]) throws {
    let proto = try String(contentsOfFile: protocolFolder + "/kod.proto", encoding: .utf8)
    try write(proto, "kod.proto")
    try write(
      String(
        contentsOfFile: protocolFolder + "/conformance/principals.csv", encoding: .utf8),
      "conformance/principals.csv")
    for (name, text) in files { try write(text, "conformance/" + name) }
  }
}

/// A file of one case.
func caseFile(_ steps: String, each: String = "", name: String = "sample", slow: Bool = false)
  -> String
{
  """
  {"about": "a sample", "cases": [{"name": "\(name)", "title": "A sample",
   "requirements": ["KOD-4.3-2"], \(each.isEmpty ? "" : "\"each\": \(each), ")
   "slow": \(slow), "steps": \(steps)}]}
  """
}
