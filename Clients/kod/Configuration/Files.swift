import Foundation

/// The real files.
struct Files: FileReading {
  /// Nothing that is read here is longer than a few certificates.
  private static let limit = 1 << 20

  /// All of standard input.
  func standardInput() throws(UsageError) -> String {
    let data = (try? FileHandle.standardInput.read(upToCount: Self.limit + 1)) ?? Data()
    return try text(data, "standard input")
  }

  private func text(_ data: Data, _ name: String) throws(UsageError) -> String {
    guard data.count <= Self.limit, let text = String(data: data, encoding: .utf8) else {
      throw UsageError("\(name) is not a text file")
    }
    return text
  }

  func text(_ path: String) throws(UsageError) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path) can't be read (permissions?)")
    }
    return try text(data, path)
  }
}
