import Foundation
import Testing

/// Taste that a test enforces: layering, sizes, words that must not appear.
@Suite struct TidyTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private struct Source {
    var path: String
    var lines: [Substring]
    var isGenerated: Bool { path.contains("/Generated/") }
  }

  private static func sources(_ folders: String...) throws -> [Source] {
    try folders.flatMap { folder -> [Source] in
      let base = root.appending(path: folder)
      let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
      return try names.filter { $0.hasSuffix(".swift") }.map { name in
        let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
        return Source(
          path: "\(folder)/\(name)",
          lines: text.split(separator: "\n", omittingEmptySubsequences: false))
      }
    }
  }

  @Test("Only the entries that the user fixed stand at the top level")
  func topLevel() throws {
    let entries = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
      .filter { !$0.hasPrefix(".") && $0 != "kod-data" && $0 != "Package.resolved" }
    #expect(
      Set(entries) == ["Package.swift", "Sources", "Tests", "Protocol", "Clients", "README.md"])
  }

  @Test("There is no package dependency")
  func noPackages() throws {
    let manifest = try String(
      contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    #expect(!manifest.contains(".package("))
  }

  /// What each module may import of the project, and whether Foundation is among the rest.
  private static let layers: [(folder: String, mayImport: Set<String>, foundation: Bool)] = [
    ("Sources/KODWire", [], false),
    ("Sources/KODEngine", [], false),
    ("Sources/KODJournal", ["CLinux"], false),
    ("Sources/KODTransport", ["CLinux", "COpenSSL"], false),
    ("Sources/KODCalendar", ["KODEngine"], true),
    (
      "Sources/KODServer", ["KODCalendar", "KODEngine", "KODJournal", "KODTransport", "KODWire"],
      false
    ),
    (
      "Sources/kod-server", ["KODServer", "KODEngine", "KODJournal", "KODTransport", "KODWire"],
      false
    ),
    ("Sources/KODJSON", [], false),
    ("Sources/KODSchema", ["KODJSON"], false),
    ("Sources/KODProtogen", ["KODSchema"], true),
    ("Sources/KODVectors", ["KODJSON", "KODSchema"], false),
    ("Sources/kod-protogen", ["KODProtogen", "KODSchema", "KODVectors"], true),
    ("Clients/KODClient", ["KODTransport", "KODWire"], true),
    ("Clients/kod", ["KODClient", "KODJSON", "KODWire"], true),
    ("Clients/kod-load", ["KODClient", "KODTransport", "KODWire"], true),
    (
      "Tests/kod-conformance-client", ["KODClient", "KODJSON", "KODSchema", "KODWire"], true
    ),
    ("Clients/KODConformance", ["KODJSON", "KODSchema", "KODTransport", "KODWire"], true),
    ("Clients/kod-conformance", ["KODConformance"], true),
  ]

  @Test("Dependencies point down only", arguments: layers.indices)
  func layering(index: Int) throws {
    let layer = Self.layers[index]
    let ours: Set<String> = [
      "CLinux", "COpenSSL", "KODWire", "KODEngine", "KODCalendar", "KODJournal", "KODTransport",
      "KODServer",
      "KODClient", "KODConformance", "KODJSON", "KODProtogen", "KODSchema", "KODVectors",
    ]
    for source in try Self.sources(layer.folder) {
      for line in source.lines {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), position < 2,
          position + 1 < words.count
        else { continue }
        let module = String(words[position + 1])
        if ours.contains(module) {
          #expect(layer.mayImport.contains(module), "\(source.path) imports \(module)")
        }
        if module.hasPrefix("Foundation") {
          #expect(layer.foundation, "\(source.path) imports \(module)")
        }
      }
    }
  }

  @Test("Files hold one idea: none over 800 lines, lines within 120 columns")
  func sizes() throws {
    for source in try Self.sources("Sources", "Clients", "Tests") where !source.isGenerated {
      #expect(source.lines.count <= 800, "\(source.path) has \(source.lines.count) lines")
      for (number, line) in source.lines.enumerated() where line.count > 120 {
        Issue.record("\(source.path):\(number + 1) has \(line.count) columns")
      }
    }
  }

  @Test("No unfinished marks, no vague names")
  func words() throws {
    let marks: Set<Substring> = ["TODO", "FIXME", "XXX"]
    let banned = ["fatalError(\"", "try!"]
    let vague = ["Manager", "Helper", "Util"]
    for source in try Self.sources("Sources", "Clients") where !source.isGenerated {
      for (number, line) in source.lines.enumerated() {
        for word in line.split(whereSeparator: { !$0.isLetter }) where marks.contains(word) {
          Issue.record("\(source.path):\(number + 1) is marked \(word)")
        }
        for word in banned where line.contains(word) {
          Issue.record("\(source.path):\(number + 1) contains \(word)")
        }
        for word in vague
        where ["struct ", "class ", "enum ", "protocol ", "actor "].contains(where: { keyword in
          line.contains(keyword)
            && line.split(separator: keyword).dropFirst().contains {
              $0.prefix { $0.isLetter || $0.isNumber }.contains(word)
            }
        }) {
          Issue.record("\(source.path):\(number + 1) declares a \(word)")
        }
      }
    }
  }

  @Test("Unchecked concurrency has its reason beside it")
  func uncheckedReasons() throws {
    for source in try Self.sources("Sources", "Clients") {
      for (number, line) in source.lines.enumerated()
      where !line.drop(while: { $0 == " " }).hasPrefix("//")
        && (line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"))
      {
        let before = source.lines[max(0, number - 8)..<number]
        #expect(
          before.contains { $0.contains("//") }, "\(source.path):\(number + 1) gives no reason")
      }
    }
  }

  @Test("Every public declaration of the libraries' files is documented where it is a type")
  func documentedTypes() throws {
    for source in try Self.sources("Sources", "Clients") where !source.isGenerated {
      for (number, line) in source.lines.enumerated() {
        let declares = [
          "public struct ", "public enum ", "public final class ", "public protocol ",
        ]
        guard declares.contains(where: { line.drop { $0 == " " }.hasPrefix($0) }), number > 0 else {
          continue
        }
        var above = number - 1
        while above > 0, source.lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
          above -= 1
        }
        #expect(
          source.lines[above].contains("//"), "\(source.path):\(number + 1) has no doc comment")
      }
    }
  }
}
