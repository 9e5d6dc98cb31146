import Foundation

/// Cases that are known to fail: one name a line, `#` begins a comment.
struct KnownFailures: Equatable, Sendable {
  let names: Set<String>

  init(names: Set<String> = []) { self.names = names }

  /// - Parameter cases: the names of all cases there are.
  /// - Throws: a line that names none of them, or one twice.
  init(text: String, file: String, cases: Set<String>) throws(CaseError) {
    var names: Set<String> = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let name = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
      if name.isEmpty { continue }
      guard cases.contains(name) else {
        throw CaseError(
          file: file, name: nil, message: "line \(index + 1): there is no case \(name)")
      }
      guard names.insert(name).inserted else {
        throw CaseError(file: file, name: nil, message: "line \(index + 1): \(name) again")
      }
    }
    self.names = names
  }
}
