import Foundation
import KODProtogen
import KODSchema

/// kod-protogen [--check] [--proto FILE] [--output FOLDER] [--runtime IMPORT-LINE]
///
/// Writes the Swift codec of `FILE` into `FOLDER`, removing generated files that no longer belong
/// there. Exit status: 0 done, or up to date with `--check`; 1 stale or the proto file is wrong; 2
/// bad usage.
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
  var isCheck = false
  var proto = "Protocol/kod.proto"
  var output = "Sources/KODWire/Generated"
  var runtime: String?

  init(_ words: [String]) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--check": isCheck = true
      case "--proto": proto = try Self.value(of: word, &rest)
      case "--output": output = try Self.value(of: word, &rest)
      case "--runtime": runtime = try Self.value(of: word, &rest)
      default:
        throw UsageFailure(
          message: "unknown argument '\(word)'; known: --check, --proto FILE, --output FOLDER, "
            + "--runtime IMPORT-LINE")
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
    let files = Generator.files(for: schema, source: proto, runtime: runtime)
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    let stale = GeneratedFolder(url: folder).differences(from: files)
    if isCheck {
      for line in stale { Main.report(line) }
      return stale.isEmpty
    }
    try GeneratedFolder(url: folder).write(files)
    print("\(files.count) files in \(output), \(stale.isEmpty ? "none" : "\(stale.count)") changed")
    return true
  }
}

/// The folder that holds generated files and nothing else.
struct GeneratedFolder {
  var url: URL

  private var names: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return all.filter { $0.hasSuffix(".swift") }.sorted()
  }

  /// One line for each file that is missing, different or not generated any more.
  func differences(from files: [GeneratedFile]) -> [String] {
    var lines: [String] = []
    for file in files {
      let path = url.appendingPathComponent(file.name)
      guard let current = try? String(contentsOf: path, encoding: .utf8) else {
        lines.append("\(file.name) is missing")
        continue
      }
      if current != file.text { lines.append("\(file.name) is stale") }
    }
    for name in names where !files.contains(where: { $0.name == name }) {
      lines.append("\(name) does not belong there any more")
    }
    return lines
  }

  func write(_ files: [GeneratedFile]) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for name in names where !files.contains(where: { $0.name == name }) {
      try FileManager.default.removeItem(at: url.appendingPathComponent(name))
    }
    for file in files {
      try file.text.write(
        to: url.appendingPathComponent(file.name), atomically: true, encoding: .utf8)
    }
  }
}
