import Glibc
import KODEngine
import KODTransport
import KODWire

@testable import KODServer

/// A server in this process, on a directory of its own, with what its tests need of it.
final class TestServer {
  let server: Server
  let client: TLSContext
  let tokens: [String: String]
  private let directory: String
  var data: String { directory + "/data" }

  /// - Parameters:
  ///   - principals: name and role of whom to create; assisters are registered, English, whole state, around the clock,
  ///     unless their name begins with "new".
  ///   - prepare: what happens before the server serves.
  init(
    _ principals: [(String, KODEngine.Role)], limits: KODServer.Limits = .init(),
    segmentBytes: Int = 1 << 20, snapshotEveryBytes: UInt64 = 64 << 20, log: Log = Log(),
    prepare: (DurableEngine) throws -> Void = { _ in }
  ) throws {
    var template = Array("/tmp/kod-server-test-XXXXXX".utf8CString)
    directory = template.withUnsafeMutableBufferPointer {
      String(cString: mkdtemp($0.baseAddress!))
    }
    let state = try DurableEngine(
      directory: directory + "/data", segmentBytes: segmentBytes,
      snapshotEveryBytes: snapshotEveryBytes)
    var tokens: [String: String] = [:]
    for (name, role) in principals {
      let token = Token.generate()
      tokens[name] = token.text
      let (credential, digest) = Token.fingerprint(token.text)
      let created = try state.perform(
        .createPrincipal(
          NewPrincipal(name: name, role: role, credential: credential, tokenDigest: digest)),
        at: Instant(microseconds: WallClock.microseconds()))
      if role == .assister, !name.hasPrefix("new"), case .success(.principal(let id)) = created {
        _ = try state.perform(
          .register(
            id, Registration(kind: .kynector, languages: ["en"], counties: CountySet())),
          at: Instant(microseconds: WallClock.microseconds()))
      }
    }
    try prepare(state)
    self.tokens = tokens
    let material = try DevelopmentAuthority.make()
    client = try .client(certificateAuthority: .bytes(material.authorityCertificate))
    server = try Server(
      ServerConfiguration(host: "127.0.0.1", port: 0, loops: 2, limits: limits),
      tls: .server(
        certificateChain: .bytes(material.serverCertificate),
        privateKey: .bytes(material.serverKey)), state: state, log: log)
  }

  deinit {
    server.stop()
    _ = system("rm -rf \(directory)")
  }

  func connect(
    receiveBufferBytes: Int32? = nil, scratch: TLSScratch? = nil
  ) throws -> RawClient {
    try RawClient(
      client, port: server.port, receiveBufferBytes: receiveBufferBytes, scratch: scratch)
  }

  /// Connects and says HELLO.
  func session(
    of name: String, token: String? = nil, receiveBufferBytes: Int32? = nil,
    scratch: TLSScratch? = nil
  ) throws -> RawClient {
    let client = try connect(receiveBufferBytes: receiveBufferBytes, scratch: scratch)
    let hello = Hello(minimumVersion: 1, maximumVersion: 1, token: token ?? tokens[name] ?? "")
    client.send(.hello, payload: hello.encoded())
    guard client.read()?.type == UInt8(FrameType.welcome.rawValue) else {
      throw StartError("\(name) was not welcomed")
    }
    return client
  }
}

/// A client that sends whatever bytes a test wants. Blocks; gives up after ten seconds.
final class RawClient {
  struct Frame {
    var type: UInt8
    var call: UInt32
    var payload: [UInt8]
  }

  let descriptor: Int32
  private let poller: Poller
  private let scratch: TLSScratch
  private var session: TLSSession
  private var received: [UInt8] = []
  private var isOver = false
  /// The server's close_notify has come.
  private(set) var wasToldTheEnd = false

  /// - Parameter scratch: shared with other clients of the same thread; nil: its own.
  init(
    _ context: TLSContext, port: UInt16, receiveBufferBytes: Int32? = nil,
    scratch: TLSScratch? = nil
  ) throws {
    let scratch = scratch ?? TLSScratch(inputBytes: 16_384, outputBytes: 65_536)
    self.scratch = scratch
    descriptor =
      if let receiveBufferBytes {
        try Self.connect(to: port, receiveBufferBytes: receiveBufferBytes)
      } else {
        try Socket.connect(host: "127.0.0.1", port: port)
      }
    poller = try Poller()
    session = try TLSSession(context, scratch: scratch, serverName: "127.0.0.1")
    try poller.add(descriptor, token: 1, interest: [.write])
    _ = try poller.wait(timeoutMilliseconds: 10_000)
    try poller.modify(descriptor, token: 1, interest: [.read])
    var progress = session.start()
    flush()
    while progress == .handshaking {
      guard let bytes = receive() else { throw StartError("the connection ended") }
      progress = take(bytes)
    }
    guard progress == .established else { throw StartError("\(progress)") }
  }

  deinit { Socket.close(descriptor) }

  /// A connection that takes little at once. The buffer bounds the window only if it is set first, and a window of less
  /// than a segment is not announced again for a long time: hence the short segments.
  private static func connect(to port: UInt16, receiveBufferBytes: Int32) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    for (level, name, value) in [
      (SOL_SOCKET, SO_RCVBUF, receiveBufferBytes), (Int32(IPPROTO_TCP), TCP_MAXSEG, 536),
    ] {
      var value = value
      setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 || errno == EINPROGRESS else { throw StartError("connect: \(errno)") }
    return descriptor
  }

  func send(
    _ type: FrameType, call: UInt32 = 0, method: UInt16 = 0, payload: [UInt8] = []
  ) {
    var writer = ByteWriter()
    writer.appendFrame(type: type, call: call, method: method, payloadBytes: payload)
    send(writer.bytes)
  }

  func send(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let count = try? session.seal(rest), count > 0 else { return }
        start += count
        flush()
      }
    }
  }

  /// Says close_notify, as a client that leaves without GOING_AWAY.
  func close() {
    session.close()
    flush()
  }

  /// The next frame; nil when the server has ended the connection, or ten seconds have passed.
  func read() -> Frame? {
    while true {
      if case .frame(let header) = FrameDecoder.next(
        in: received.span.bytes, maximumPayloadBytes: 65_536)
      {
        let payload = Array(received[FrameHeader.byteCount..<header.frameBytes])
        received.removeFirst(header.frameBytes)
        return Frame(type: header.type, call: header.call, payload: payload)
      }
      guard !isOver, let bytes = receive() else { return nil }
      if take(bytes) != .established { isOver = true }
    }
  }

  private func take(_ bytes: [UInt8]) -> TLSProgress {
    var plaintext: [UInt8] = []
    let progress = bytes.withUnsafeBytes {
      session.receive($0) { plaintext.append(contentsOf: $0) }
    }
    flush()
    received.append(contentsOf: plaintext)
    if progress == .closed { wasToldTheEnd = true }
    return progress
  }

  private func receive() -> [UInt8]? {
    while true {
      switch Socket.receive(descriptor, into: scratch.input) {
      case .bytes(let count): return Array(scratch.input[..<count])
      case .wouldBlock:
        guard (try? poller.wait(timeoutMilliseconds: 10_000)) == 1 else { return nil }
      case .closed, .failed: return nil
      }
    }
  }

  private func flush() {
    while scratch.outputBytes > 0 {
      switch Socket.send(descriptor, scratch.output) {
      case .bytes(let count): scratch.consumeOutput(count)
      case .wouldBlock:
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&request, 1, 10_000) == 1 else { return scratch.clearOutput() }
      case .closed, .failed: return scratch.clearOutput()
      }
    }
  }
}

/// The state of a server that this process has just stopped.
///
/// A child that another test is starting holds a copy of every descriptor until it has become its program: for that
/// moment the directory's lock still seems taken.
func reopened(_ server: TestServer) throws -> DurableEngine {
  for _ in 0..<100 {
    if let state = try? DurableEngine(directory: server.data) { return state }
    usleep(20_000)
  }
  return try DurableEngine(directory: server.data)
}
