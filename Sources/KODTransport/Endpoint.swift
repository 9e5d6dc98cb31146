internal import Glibc

/// A host and a port: `127.0.0.1:7443`, `[::1]:7443`, `localhost:7443`.
///
/// Host is an IPv4 literal, an IPv6 literal or `localhost` (which is 127.0.0.1 here); other names
/// are not looked up.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets.
  public var host: String
  public var port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST:PORT`; an IPv6 host stands in brackets.
  /// - Throws: what is wrong with the text.
  public init(parsing text: String) throws(TransportError) {
    func wrong(_ reason: String) -> TransportError {
      TransportError(operation: "address '\(text)'", text: reason)
    }
    let host: Substring
    let port: Substring
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { throw wrong("no ']' after the host") }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard rest.first == ":" else { throw wrong("no ':PORT' after the host") }
      port = rest.dropFirst()
    } else {
      guard let colon = text.lastIndex(of: ":") else { throw wrong("no ':PORT'") }
      host = text[..<colon]
      port = text[text.index(after: colon)...]
      guard !host.contains(":") else { throw wrong("an IPv6 host needs brackets: [::1]:7443") }
    }
    guard !host.isEmpty else { throw wrong("no host") }
    guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt16(port)
    else { throw wrong("the port is not a number from 0 to 65535") }
    self.init(host: String(host), port: number)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// An IPv4 or IPv6 socket address as the system calls take it.
struct SocketAddress {
  private var storage = sockaddr_storage()
  private(set) var byteCount: socklen_t

  var family: Int32 { Int32(storage.ss_family) }

  init(host: String, port: UInt16) throws(TransportError) {
    let literal = host == "localhost" ? "127.0.0.1" : host
    var v4 = sockaddr_in()
    var v6 = sockaddr_in6()
    if inet_pton(AF_INET, literal, &v4.sin_addr) == 1 {
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
    } else if inet_pton(AF_INET6, literal, &v6.sin6_addr) == 1 {
      v6.sin6_family = sa_family_t(AF_INET6)
      v6.sin6_port = port.bigEndian
      byteCount = socklen_t(MemoryLayout<sockaddr_in6>.size)
      withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
    } else {
      throw TransportError(
        operation: "host '\(host)'", text: "not an IPv4 or IPv6 address, nor localhost")
    }
  }

  /// The address that `getsockname` or `getpeername` fills in; nil when it fails.
  init?(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var count = byteCount
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &count) }
    }
    guard result == 0 else { return nil }
    byteCount = count
  }

  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, byteCount) }
    }
  }

  /// Host and port as text and number; nil for families other than IPv4 and IPv6.
  var endpoint: Endpoint? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let port = withUnsafeBytes(of: storage) { raw -> UInt16? in
      switch family {
      case AF_INET:
        var address = raw.load(as: sockaddr_in.self)
        inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count))
        return UInt16(bigEndian: address.sin_port)
      case AF_INET6:
        var address = raw.load(as: sockaddr_in6.self)
        inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count))
        return UInt16(bigEndian: address.sin6_port)
      default: return nil
      }
    }
    guard let port else { return nil }
    let host = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return Endpoint(host: host, port: port)
  }
}
