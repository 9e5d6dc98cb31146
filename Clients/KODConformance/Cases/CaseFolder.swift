import Foundation
import KODJSON
import KODSchema

/// Everything under `Protocol`: schema, cases, macros, vectors.
struct CaseFolder: Sendable {
  let path: String
  let schema: SchemaIndex
  let codec: SchemaCodec
  let macros: Macros
  let cases: [Case]

  /// Reads and checks all of it.
  /// - Throws: `CaseError`, `ProtoError` or a file error; the first thing that is wrong.
  init(path: String) throws {
    self.path = path
    let schema = try Schema(
      text: String(contentsOfFile: path + "/kod.proto", encoding: .utf8),
      path: path + "/kod.proto")
    self.schema = SchemaIndex(schema)
    codec = SchemaCodec(schema)
    let macrosPath = path + "/conformance/macros.json"
    macros =
      FileManager.default.fileExists(atPath: macrosPath)
      ? try CaseReader.macros(try Self.json(macrosPath, "macros.json")) : [:]
    let vectors = Vectors(
      path: path + "/vectors", schema: self.schema,
      principals: try Principal.read(path + "/conformance/principals.csv"))
    var cases: [Case] = []
    for side in Side.allCases {
      let folder = path + "/conformance/" + side.rawValue
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names.sorted() where name.hasSuffix(".json") {
        let file = "\(side.rawValue)/\(name)"
        let reader = CaseReader(
          file: file, side: side, schema: self.schema, macros: macros, vectors: vectors)
        cases += try reader.cases(try Self.json(folder + "/" + name, file))
      }
    }
    var seen: [String: String] = [:]
    for one in cases {
      if let other = seen.updateValue(one.file, forKey: one.name) {
        throw CaseError(
          file: one.file, name: one.name, message: "there is a case of this name in \(other)")
      }
    }
    self.cases = cases
  }

  static func json(_ path: String, _ file: String) throws -> JSON {
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    do {
      return try JSON(parsing: bytes)
    } catch {
      throw CaseError(file: file, name: nil, message: "\(error)")
    }
  }
}

/// A line of `principals.csv`: who the tested server knows.
struct Principal: Sendable, Equatable {
  var name: String
  /// As the schema names it: `INTAKE_PARTNER`.
  var role: String

  static func read(_ path: String) throws -> [Principal] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map {
      let cells = $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Principal(name: cells[0], role: cells.count > 1 ? cells[1].uppercased() : "")
    }
  }
}
