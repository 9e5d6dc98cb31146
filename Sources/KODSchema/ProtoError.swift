/// A place in the `.proto` text; both count from 1.
package struct Location: Hashable, Sendable {
  package var line: Int
  package var column: Int
}

/// What is wrong with the `.proto` text, and where. Prints as `kod.proto:12:3: field number 7 …`.
package struct ProtoError: Error, Equatable, CustomStringConvertible {
  package var path: String
  package var location: Location
  package var message: String

  package var description: String {
    "\(path):\(location.line):\(location.column): \(message)"
  }
}
