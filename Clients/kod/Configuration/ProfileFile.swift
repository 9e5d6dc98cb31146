import Foundation

/// `key = value`, one a line; `#` starts a comment line. Keys: `server`, `ca`, `token-file`.
struct ProfileFile: Equatable {
  static let keys = ["server", "ca", "token-file"]

  var values: [String: String] = [:]

  /// Relative paths in it are relative to the folder it lies in, and `~/` is the home folder.
  init(text: String, path: String, home: String) throws(UsageError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      let place = "\(path), line \(index + 1)"
      guard let equals = trimmed.firstIndex(of: "=") else {
        throw UsageError("\(place): not of the form 'key = value'")
      }
      let key = trimmed[..<equals].trimmingCharacters(in: .whitespaces)
      var value = trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
      guard Self.keys.contains(key) else {
        let near = Suggestion.nearest(to: key, among: Self.keys)
        throw UsageError(
          "\(place): no setting is called '\(key)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
        )
      }
      guard !value.isEmpty else { throw UsageError("\(place): '\(key)' has no value") }
      if key != "server" { value = Self.resolve(value, folder: folder, home: home) }
      values[key] = value
    }
  }

  private static func resolve(_ path: String, folder: String, home: String) -> String {
    if path.hasPrefix("~/") { return home + path.dropFirst(1) }
    return path.hasPrefix("/") ? path : folder + "/" + path
  }
}
