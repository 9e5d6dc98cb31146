import Foundation

/// The real files.
struct Files: FileReading {
  func text(_ path: String) throws(UsageError) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path) can't be read (permissions?)")
    }
    // Nothing that is read here is longer than a few certificates.
    guard data.count <= 1 << 20, let text = String(data: data, encoding: .utf8) else {
      throw UsageError("\(path) is not a text file")
    }
    return text
  }
}
