internal import Glibc

/// Something the operating system or OpenSSL refused while a socket, poller, context or file was
/// set up.
///
/// What happens to an established connection is not an error but a result: ``Transfer``,
/// ``TLSProgress``.
public struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, with its object: `listen 127.0.0.1:7443`.
  public let operation: String
  /// The operating system's error number; 0 when the refusal is not the system's.
  public let errno: Int32
  /// The reason in words; never contains key material.
  public let text: String

  public init(operation: String, errno: Int32 = 0, text: String) {
    self.operation = operation
    self.errno = errno
    self.text = text
  }

  /// The refusal of a system call that has just failed with `errno`.
  init(_ operation: String, errno: Int32) {
    // glibc's strerror is safe on threads since 2.32 (the buffer of unknown numbers is per thread).
    self.init(operation: operation, errno: errno, text: String(cString: strerror(errno)))
  }

  public var description: String { "\(operation): \(text)" }
}
