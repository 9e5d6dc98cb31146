import Foundation
import KODProtogen
import KODSchema
import KODVectors

/// kod-protogen [--check] [--proto FILE] [--output FOLDER] [--runtime IMPORT-LINE]
///
/// Writes the Swift codec of `FILE` into `FOLDER`, removing generated files that no longer belong
/// there.
///
/// kod-protogen vectors [--check] [--proto FILE] [--output FOLDER]
///
/// Writes the golden vectors of `FILE` likewise.
///
/// Exit status: 0 done, or up to date with `--check`; 1 stale or the proto file is wrong; 2 bad
/// usage.
@main
struct Main {
  static func main() {
    do {
      let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
      guard try arguments.run() else { exit(1) }
    } catch let failure as UsageFailure {
      report(failure.message)
      exit(2)
    } catch {
      report("\(error)")
      exit(1)
    }
  }

  static func report(_ message: String) {
    FileHandle.standardError.write(Data("kod-protogen: \(message)\n".utf8))
  }
}

struct UsageFailure: Error {
  var message: String
}

struct Arguments {
  enum Product { case codec, vectors }

  var product = Product.codec
  var isCheck = false
  var proto = "Protocol/kod.proto"
  var output: String
  var runtime: String?

  init(_ words: [String]) throws {
    var rest = words[...]
    if rest.first == "vectors" {
      rest.removeFirst()
      product = .vectors
    }
    output = product == .codec ? "Sources/KODWire/Generated" : "Protocol/vectors"
    while let word = rest.popFirst() {
      switch word {
      case "--check": isCheck = true
      case "--proto": proto = try Self.value(of: word, &rest)
      case "--output": output = try Self.value(of: word, &rest)
      case "--runtime" where product == .codec: runtime = try Self.value(of: word, &rest)
      default:
        let known = "--check, --proto FILE, --output FOLDER"
        throw UsageFailure(
          message: "unknown argument '\(word)'; known: \(known)"
            + (product == .codec ? ", --runtime IMPORT-LINE, and first: vectors" : ""))
      }
    }
  }

  private static func value(of option: String, _ rest: inout ArraySlice<String>) throws -> String {
    guard let value = rest.popFirst() else {
      throw UsageFailure(message: "\(option) needs a value")
    }
    return value
  }

  /// False: `--check` found a difference.
  func run() throws -> Bool {
    let text = try String(contentsOfFile: proto, encoding: .utf8)
    let schema = try Schema(text: text, path: proto)
    let files: [String: String]
    switch product {
    case .codec:
      let generated = Generator.files(for: schema, source: proto, runtime: runtime)
      files = Dictionary(uniqueKeysWithValues: generated.map { ($0.name, $0.text) })
    case .vectors:
      let produced = try VectorFiles.files(for: schema)
      files = Dictionary(uniqueKeysWithValues: produced.map { ($0.path, $0.text) })
    }
    let folder = GeneratedFolder(
      url: URL(fileURLWithPath: output, isDirectory: true),
      suffix: product == .codec ? ".swift" : ".json")
    let stale = folder.differences(from: files)
    if isCheck {
      for line in stale { Main.report(line) }
      return stale.isEmpty
    }
    try folder.write(files)
    print("\(files.count) files in \(output), \(stale.isEmpty ? "none" : "\(stale.count)") changed")
    return true
  }
}

/// The folder whose files with that suffix, at any depth, are generated, and no others.
struct GeneratedFolder {
  var url: URL
  var suffix: String

  private var paths: [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
    return all.filter { $0.hasSuffix(suffix) }.sorted()
  }

  /// One line for each file that is missing, different or not generated any more.
  func differences(from files: [String: String]) -> [String] {
    var lines: [String] = []
    for (path, text) in files.sorted(by: { $0.key < $1.key }) {
      guard
        let current = try? String(contentsOf: url.appendingPathComponent(path), encoding: .utf8)
      else {
        lines.append("\(path) is missing")
        continue
      }
      // Not as text: Swift takes differently composed letters for the same.
      if !current.utf8.elementsEqual(text.utf8) { lines.append("\(path) is stale") }
    }
    for path in paths where files[path] == nil {
      lines.append("\(path) does not belong there any more")
    }
    return lines
  }

  func write(_ files: [String: String]) throws {
    for path in paths where files[path] == nil {
      try FileManager.default.removeItem(at: url.appendingPathComponent(path))
    }
    for (path, text) in files {
      let file = url.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }
}
