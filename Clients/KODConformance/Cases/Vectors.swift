import Foundation
import KODJSON

/// The golden vectors, as variables of cases.
struct Vectors: Sendable {
  let path: String
  let schema: SchemaIndex
  let principals: [Principal]

  /// One set of variables for each entry that `each` asks for.
  func expansions(_ each: JSON) throws -> [(String, Variables)] {
    let allowed = ["vectors", "good", "malformed", "requests", "where"]
    for member in each.members ?? [] where !allowed.contains(member.key) {
      throw ValueError("'each' has no member '\(member.key)'")
    }
    let kinds = ["good", "malformed"].filter { each[$0] == .bool(true) }
    guard kinds.count == 1 else { throw ValueError("vectors are 'good' or 'malformed'") }
    var result: [(String, Variables)]
    switch each["vectors"]?.text {
    case "messages":
      result = try messages(kinds[0], onlyRequests: each["requests"] == .bool(true))
    case "frames": result = try frames(kinds[0])
    default: throw ValueError("vectors are 'messages' or 'frames'")
    }
    if let wanted = each["where"] {
      guard let members = wanted.members else { throw ValueError("'where' is an object") }
      result = result.filter { entry in members.allSatisfy { entry.1[$0.key] == $0.value } }
    }
    guard !result.isEmpty else { throw ValueError("there are no such vectors in \(path)") }
    return Self.distinct(result)
  }

  /// Entries whose labels are the same are counted.
  private static func distinct(_ entries: [(String, Variables)]) -> [(String, Variables)] {
    var seen: [String: Int] = [:]
    return entries.map { label, variables in
      let count = (seen[label] ?? 0) + 1
      seen[label] = count
      return (count == 1 ? label : "\(label)-again-\(count)", variables)
    }
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
      var variables = entryVariables(entry)
      // What went before, as one run of bytes: often nothing.
      let before = (entry["before"]?.elements ?? []).compactMap(\.text).joined()
      variables["before"] = .string(before)
      for (name, value) in Self.frameDefaults where variables[name] == nil {
        variables[name] = value
      }
      return (Self.label(entry["name"]?.text ?? ""), variables)
    }
  }

  /// What an entry does not say of the answer.
  private static let frameDefaults: [(String, JSON)] = [
    ("call", 0), ("frame_type", 0), ("about_call", 0), ("permanent", false), ("code", "OK"),
    ("reason", "REASON_UNSPECIFIED"), ("violations", []),
  ]

  private func entryVariables(_ entry: JSON) -> Variables {
    var variables = Variables()
    for member in entry.members ?? [] { variables[member.key] = member.value }
    if variables["stricter"] == nil { variables["stricter"] = .bool(false) }
    if variables["canonical"] == nil { variables["canonical"] = .bool(true) }
    // Long entries are written as a head and a byte so many times.
    if let head = entry["hex_head"]?.text, let repeated = entry["repeat"],
      let byte = repeated["byte"]?.text, let count = repeated["count"]?.wholeNumber
    {
      variables["hex"] = .string(head + String(repeating: byte, count: Int(count)))
    }
    return variables
  }

  /// A name of an entry as a part of a case's name.
  static func label(_ name: String) -> String {
    name.split { !CaseReader.isCaseName(String($0)) }.joined(separator: "-")
  }
}
