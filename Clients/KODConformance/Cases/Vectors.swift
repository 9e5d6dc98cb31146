import Foundation
import KODJSON

/// The golden vectors, as variables of cases.
struct Vectors: Sendable {
  let path: String
  let schema: SchemaIndex
  let principals: [Principal]

  /// One set of variables for each entry that `each` asks for.
  func expansions(_ each: JSON) throws -> [(String, Variables)] {
    let allowed = ["vectors", "good", "malformed", "requests"]
    for member in each.members ?? [] where !allowed.contains(member.key) {
      throw ValueError("'each' has no member '\(member.key)'")
    }
    let kinds = ["good", "malformed"].filter { each[$0] == .bool(true) }
    guard kinds.count == 1 else { throw ValueError("vectors are 'good' or 'malformed'") }
    let result: [(String, Variables)]
    switch each["vectors"]?.text {
    case "messages":
      result = try messages(kinds[0], onlyRequests: each["requests"] == .bool(true))
    case "frames": result = try frames(kinds[0])
    default: throw ValueError("vectors are 'messages' or 'frames'")
    }
    guard !result.isEmpty else { throw ValueError("there are no such vectors in \(path)") }
    return result
  }

  private func messages(_ kind: String, onlyRequests: Bool) throws -> [(String, Variables)] {
    let folder = path + "/messages"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var result: [(String, Variables)] = []
    for name in names.sorted() where name.hasSuffix(".json") {
      let file = try CaseFolder.json(folder + "/" + name, "vectors/messages/" + name)
      let message = file["message"]?.text ?? String(name.dropLast(5))
      let methods = (file["methods"]?.elements ?? []).compactMap(\.text)
      if onlyRequests, methods.isEmpty { continue }
      for entry in file[kind]?.elements ?? [] {
        for method in onlyRequests ? methods : [methods.first ?? ""] {
          var variables = entryVariables(entry)
          variables["message"] = .string(message)
          variables["method"] = .string(method)
          let role = schema.method(method)?.roles.first
          variables["role"] = .string(role ?? "")
          variables["principal"] = .string(
            principals.first { $0.role == role }?.name ?? "")
          var label = [message, Self.label(entry["name"]?.text ?? "")]
          if onlyRequests, methods.count > 1 {
            label.append(method.split(separator: "/").last.map(String.init) ?? method)
          }
          result.append((label.joined(separator: "/"), variables))
        }
      }
    }
    return result
  }

  private func frames(_ kind: String) throws -> [(String, Variables)] {
    let file = try CaseFolder.json(path + "/frames.json", "vectors/frames.json")
    return (file[kind]?.elements ?? []).map { entry in
      (Self.label(entry["name"]?.text ?? ""), entryVariables(entry))
    }
  }

  private func entryVariables(_ entry: JSON) -> Variables {
    var variables = Variables()
    for member in entry.members ?? [] { variables[member.key] = member.value }
    if variables["stricter"] == nil { variables["stricter"] = .bool(false) }
    if variables["canonical"] == nil { variables["canonical"] = variables["hex"] }
    return variables
  }

  /// A name of an entry as a part of a case's name.
  private static func label(_ name: String) -> String {
    String(name.map { CaseReader.isCaseName(String($0)) ? $0 : "-" })
  }
}
