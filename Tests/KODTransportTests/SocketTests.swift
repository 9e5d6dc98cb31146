import Glibc
import Testing

@testable import KODTransport

@Suite struct SocketTests {
  /// A connected pair over loopback; the poller of the caller waits for the handshake of TCP.
  static func connected(host: String, from source: String? = nil) throws -> (
    listener: Int32, client: Int32, server: Int32
  ) {
    let listener = try Socket.listen(host: host, port: 0)
    let client = try Socket.connect(
      host: host, port: Socket.localPort(of: listener), from: source)
    let poller = try Poller()
    try poller.add(client, token: 1, interest: .write)
    try poller.add(listener, token: 2, interest: .read)
    var server: Int32 = -1
    var isConnected = false
    while server < 0 || !isConnected {
      try poller.wait(timeoutMilliseconds: -1) { token, readiness in
        if token == 1, readiness.contains(.writable) {
          isConnected = Socket.finishConnect(client) == nil
        } else if token == 2, case .connection(let fd) = Socket.accept(listener) {
          server = fd
        }
      }
    }
    return (listener, client, server)
  }

  @Test(arguments: ["127.0.0.1", "::1", "localhost"])
  func `Bytes cross a loopback connection to`(host: String) throws {
    let (listener, client, server) = try Self.connected(host: host)
    defer { for fd in [listener, client, server] { Socket.close(fd) } }
    let sent = [UInt8].pattern(1000)
    #expect(sent.withUnsafeBytes { Socket.send(client, $0) } == .bytes(1000))
    var received = [UInt8](repeating: 0, count: 4096)
    #expect(received.withUnsafeMutableBytes { Socket.receive(server, into: $0) } == .bytes(1000))
    #expect(received.prefix(1000).elementsEqual(sent))
    #expect(received.withUnsafeMutableBytes { Socket.receive(server, into: $0) } == .wouldBlock)
    #expect(Socket.accept(listener) == .wouldBlock)

    let port = try Socket.localPort(of: client)
    let literal = host == "::1" ? "[::1]" : "127.0.0.1"
    #expect(Socket.peerAddress(of: server) == "\(literal):\(port)")
    #expect(Socket.peerAddress(of: listener) == "unconnected")
  }

  @Test func `Descriptors are nonblocking and closed on exec, connections without Nagle's delay`()
    throws
  {
    let (listener, client, server) = try Self.connected(host: "127.0.0.1")
    defer { for fd in [listener, client, server] { Socket.close(fd) } }
    for fd in [listener, client, server] {
      #expect(fcntl(fd, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(fd, F_GETFD) & FD_CLOEXEC != 0)
    }
    for fd in [client, server] {
      var value: Int32 = 0
      var count = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &count)
      #expect(value == 1)
    }
  }

  @Test func `A connection may come from a chosen address`() throws {
    let (listener, client, server) = try Self.connected(host: "127.0.0.1", from: "127.0.7.9")
    defer { for fd in [listener, client, server] { Socket.close(fd) } }
    #expect(Socket.peerAddress(of: server).hasPrefix("127.0.7.9:"))
  }

  @Test func `Two listeners share a port when both ask for it, and not otherwise`() throws {
    let first = try Socket.listen(host: "127.0.0.1", port: 0, reusePort: true)
    defer { Socket.close(first) }
    let port = try Socket.localPort(of: first)
    let second = try Socket.listen(host: "127.0.0.1", port: port, reusePort: true)
    Socket.close(second)
    let error = #expect(throws: TransportError.self) {
      try Socket.listen(host: "127.0.0.1", port: port)
    }
    #expect(error?.errno == EADDRINUSE)
    #expect(error?.operation == "listen 127.0.0.1:\(port)")
  }

  @Test func `Nobody listening is a refusal when the connection is finished`() throws {
    let listener = try Socket.listen(host: "127.0.0.1", port: 0)
    let port = try Socket.localPort(of: listener)
    Socket.close(listener)
    let client = try Socket.connect(host: "127.0.0.1", port: port)
    defer { Socket.close(client) }
    let poller = try Poller()
    try poller.add(client, token: 1, interest: .write)
    #expect(try poller.wait(timeoutMilliseconds: -1) == 1)
    #expect(poller.readiness(at: 0).contains(.failed))
    #expect(Socket.finishConnect(client)?.errno == ECONNREFUSED)
  }

  @Test func `The end of a stream is read as closed, and sending to nobody raises no signal`()
    throws
  {
    let (listener, client, server) = try Self.connected(host: "127.0.0.1")
    defer { for fd in [listener, server] { Socket.close(fd) } }
    Socket.finishSending(client)
    var buffer = [UInt8](repeating: 0, count: 16)
    let poller = try Poller()
    try poller.add(server, token: 5, interest: [.read, .peerClosed])
    #expect(try poller.wait(timeoutMilliseconds: -1) == 1)
    #expect(poller.readiness(at: 0).isSuperset(of: [.readable, .peerClosed]))
    #expect(buffer.withUnsafeMutableBytes { Socket.receive(server, into: $0) } == .closed)

    Socket.close(client)
    // The first bytes are answered with a reset; then the connection is gone.
    var result = [1].withUnsafeBytes { Socket.send(server, $0) }
    while case .bytes = result {
      _ = try poller.wait(timeoutMilliseconds: 10)
      result = [1].withUnsafeBytes { Socket.send(server, $0) }
    }
    #expect(result == .closed)
  }

  @Test func `A full socket would block, and becomes writable once the peer has read`() throws {
    let (listener, client, server) = try Self.connected(host: "127.0.0.1")
    defer { for fd in [listener, client, server] { Socket.close(fd) } }
    let chunk = [UInt8](repeating: 1, count: 65_536)
    var sent = 0
    while case .bytes(let count) = chunk.withUnsafeBytes({ Socket.send(client, $0) }) {
      sent += count
    }
    #expect(chunk.withUnsafeBytes { Socket.send(client, $0) } == .wouldBlock)
    let poller = try Poller()
    try poller.add(client, token: 1, interest: .write)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    try poller.add(server, token: 2, interest: .read)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var received = 0
    while received < sent {
      switch buffer.withUnsafeMutableBytes({ Socket.receive(server, into: $0) }) {
      case .bytes(let count): received += count
      case .wouldBlock: _ = try poller.wait(timeoutMilliseconds: 100)
      case let other:
        Issue.record("receive: \(other)")
        return
      }
    }
    try poller.remove(server)
    #expect(try poller.wait(timeoutMilliseconds: -1) == 1)
    #expect(poller.token(at: 0) == 1)
  }

  @Test func `Without descriptors a caller is refused by means of the reserve, and later served`()
    throws
  {
    // In a thread with a descriptor table and so a shortage of its own: other tests go on.
    let outcome = Outcome<Starvation>()
    try OSThread.spawn(name: "starving") {
      outcome.set(Result { try Self.starve() })
    }.join()
    let starvation = try outcome.get()
    #expect(starvation.accepted == .outOfDescriptors)
    #expect(starvation.refused == [true, true, false])
    #expect(starvation.told == [.closed, .closed])
    guard case .connection = starvation.acceptedLater else {
      Issue.record("later: \(starvation.acceptedLater)")
      return
    }
  }

  /// What two callers and a third, later one saw of a server without descriptors.
  private struct Starvation: Sendable {
    var accepted = Acceptance.wouldBlock
    var refused: [Bool] = []
    var told: [Transfer] = []
    var acceptedLater = Acceptance.wouldBlock
  }

  private static func starve() throws -> Starvation {
    try ProcessSettings.separateDescriptorTable()
    let listener = try Socket.listen(host: "127.0.0.1", port: 0)
    let port = try Socket.localPort(of: listener)
    let poller = try Poller()
    var reserve = try DescriptorReserve()
    var callers: [Int32] = []
    for _ in 0..<2 { callers.append(try Socket.connect(host: "127.0.0.1", port: port)) }
    var taken: [Int32] = []
    while case let fd = dup(listener), fd >= 0 { taken.append(fd) }

    var seen = Starvation()
    seen.accepted = Socket.accept(listener)
    for _ in 0..<3 { seen.refused.append(reserve.refuseOne(on: listener)) }
    for fd in callers {
      var byte: UInt8 = 0
      try poller.add(fd, token: 0, interest: .read)
      _ = try poller.wait(timeoutMilliseconds: 5000)
      seen.told.append(withUnsafeMutableBytes(of: &byte) { Socket.receive(fd, into: $0) })
      Socket.close(fd)
    }
    for fd in taken { Socket.close(fd) }
    let third = try Socket.connect(host: "127.0.0.1", port: port)
    try poller.add(listener, token: 0, interest: .read)
    _ = try poller.wait(timeoutMilliseconds: 5000)
    seen.acceptedLater = Socket.accept(listener)
    for fd in [listener, third] { Socket.close(fd) }
    return seen
  }
}
