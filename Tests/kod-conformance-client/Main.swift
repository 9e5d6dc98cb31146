import Foundation
import KODSchema

/// kod-conformance-client [--protocol DIR]
///
/// `KODClient` as a client under test: it is told what to do on standard input and says what happened
/// on standard output, as Protocol/conformance/README.md has it.
///
///     kod-conformance client -- .build/debug/kod-conformance-client
///
/// Exit status: 0 when standard input ended, 1 when a line of it makes no sense, 2 for bad usage.
@main
struct Main {
  static func main() {
    do {
      let schema = try schema(Array(CommandLine.arguments.dropFirst()))
      let subject = Subject(schema)
      // Blocking, and in order: a command is begun before the next one is read.
      while let line = readLine() {
        if !line.isEmpty { try subject.told(try Command(line)) }
      }
      exit(0)
    } catch let failure as UsageFailure {
      complain(failure.description)
      exit(2)
    } catch {
      complain("\(error)")
      exit(1)
    }
  }

  private static func schema(_ words: [String]) throws -> Schema {
    var folder = "Protocol"
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word == "--protocol", let value = rest.popFirst() else {
        throw UsageFailure(description: "usage: kod-conformance-client [--protocol DIR]")
      }
      folder = value
    }
    let path = folder + "/kod.proto"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw UsageFailure(description: "\(path) can't be read (--protocol DIR)")
    }
    return try Schema(text: text, path: path)
  }

  static func complain(_ text: String) {
    FileHandle.standardError.write(Data("kod-conformance-client: \(text)\n".utf8))
  }
}

struct UsageFailure: Error, CustomStringConvertible {
  var description: String
}
