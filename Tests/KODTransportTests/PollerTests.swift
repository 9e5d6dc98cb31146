import Glibc
import Testing

@testable import KODTransport

@Suite struct PollerTests {
  @Test func `A token comes back with all its bits`() throws {
    let poller = try Poller()
    let waker = try Waker()
    let token: UInt64 = 0xFEDC_BA98_7654_3210
    try poller.add(waker, token: token)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    waker.prepareToSleep()
    waker.wake()
    var seen: [UInt64] = []
    try poller.wait(timeoutMilliseconds: -1) { token, readiness in
      #expect(readiness == .readable)
      seen.append(token)
    }
    #expect(seen == [token])
  }

  @Test func `A level is reported for as long as it lasts, an edge once per change`() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for fd in ends { Socket.close(fd) } }
    let level = try Poller()
    let edge = try Poller()
    try level.add(ends[0], token: 1, interest: .read)
    try edge.add(ends[0], token: 1, interest: [.read, .edge])
    #expect(write(ends[1], "a", 1) == 1)
    for _ in 0..<3 { #expect(try level.wait(timeoutMilliseconds: 0) == 1) }
    #expect(try edge.wait(timeoutMilliseconds: 0) == 1)
    #expect(try edge.wait(timeoutMilliseconds: 0) == 0)
    #expect(write(ends[1], "b", 1) == 1)
    #expect(try edge.wait(timeoutMilliseconds: 0) == 1)
  }

  @Test func `The interest can be changed and taken back`() throws {
    let (listener, client, server) = try SocketTests.connected(host: "127.0.0.1")
    defer { for fd in [listener, client, server] { Socket.close(fd) } }
    let poller = try Poller()
    try poller.add(server, token: 1, interest: .read)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    try poller.modify(server, token: 2, interest: [.read, .write])
    #expect(try poller.wait(timeoutMilliseconds: -1) == 1)
    #expect(poller.token(at: 0) == 2)
    #expect(poller.readiness(at: 0) == .writable)
    try poller.remove(server)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    #expect(throws: TransportError("epoll remove", errno: ENOENT)) { try poller.remove(server) }
    #expect(throws: TransportError("epoll add", errno: EBADF)) {
      try poller.add(-1, token: 0, interest: .read)
    }
  }

  @Test func `More events than fit one wait come with the next ones, none twice, none missed`()
    throws
  {
    let poller = try Poller(maximumEvents: 4)
    var wakers: [Waker] = []
    for token in 0..<10 {
      let waker = try Waker()
      try poller.add(waker, token: UInt64(token))
      waker.prepareToSleep()
      waker.wake()
      wakers.append(waker)
    }
    var seen: [UInt64] = []
    var counts: [Int] = []
    while seen.count < 10 {
      counts.append(try poller.wait(timeoutMilliseconds: 0) { token, _ in seen.append(token) })
    }
    #expect(counts == [4, 4, 2])
    #expect(seen.sorted() == (0..<10).map(UInt64.init))
  }

  @Test func `TLS over loopback sockets: a megabyte is echoed through two pollers' events`() throws
  {
    let (listener, client, server) = try SocketTests.connected(host: "127.0.0.1")
    defer { Socket.close(listener) }
    let poller = try Poller()
    let message = [UInt8].pattern(1 << 20)
    let ends = [
      Wire(fd: client, end: try End(try Identity.client(), serverName: "127.0.0.1")),
      Wire(fd: server, end: try End(try Identity.server())),
    ]
    defer { for wire in ends { Socket.close(wire.fd) } }
    for (token, wire) in ends.enumerated() {
      try poller.add(wire.fd, token: UInt64(token), interest: [.read, .write, .peerClosed, .edge])
    }
    ends[0].end.progress = ends[0].end.session.start()
    ends[0].keepOutput()
    var hasSent = false
    var echoed = 0
    while ends[0].end.received.count < message.count {
      for wire in ends { try wire.flush() }
      if !hasSent, ends[0].end.progress == .established {
        hasSent = true
        ends[0].unsent += try ends[0].end.seal(message)
        try ends[0].flush()
      }
      let count = try poller.wait(timeoutMilliseconds: 5000)
      try #require(count > 0, "nothing moves any more")
      for index in 0..<count {
        let wire = ends[Int(poller.token(at: index))]
        if poller.readiness(at: index).contains(.readable) { try wire.read() }
      }
      let arrived = ends[1].end.received
      if arrived.count > echoed {
        ends[1].unsent += try ends[1].end.seal(Array(arrived[echoed...]))
        echoed = arrived.count
      }
    }
    #expect(ends[0].end.received == message)
  }

  /// A session on its socket, with what the socket has not taken yet.
  private final class Wire {
    let fd: Int32
    let end: End
    var unsent: [UInt8] = []

    init(fd: Int32, end: End) {
      self.fd = fd
      self.end = end
    }

    func keepOutput() { unsent += end.takeOutput() }

    func flush() throws {
      while !unsent.isEmpty {
        switch unsent.withUnsafeBytes({ Socket.send(fd, $0) }) {
        case .bytes(let count): unsent.removeFirst(count)
        case .wouldBlock: return
        case let other: throw TransportError(operation: "send", text: "\(other)")
        }
      }
    }

    func read() throws {
      while true {
        switch Socket.receive(fd, into: end.scratch.input) {
        case .bytes(let count):
          end.receive(end.scratch.input[..<count])
          keepOutput()
        case .wouldBlock: return
        case let other: throw TransportError(operation: "receive", text: "\(other)")
        }
      }
    }
  }
}
