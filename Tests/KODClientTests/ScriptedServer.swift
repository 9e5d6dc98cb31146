import Glibc
import KODTransport
import KODWire
import Synchronization

@testable import KODClient

/// What a script found other than expected.
struct ScriptError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A TLS server that plays one script per connection, in order, on a thread of its own.
///
/// Scripts block and give up after a while, so that a client that does nothing fails the test in
/// place of hanging it. `finish` waits until all of them were played.
final class ScriptedServer: Sendable {
  typealias Script = @Sendable (inout ScriptedPeer) throws -> Void

  /// Making certificates costs milliseconds: once is enough for all tests.
  static let authority = Result { try DevelopmentAuthority.make() }
  static let patienceMilliseconds: Int32 = 30_000

  let port: UInt16
  private struct State {
    var outcome: Result<Void, any Error>?
    var waiter: CheckedContinuation<Void, any Error>?
  }
  private let state = Mutex(State())

  init(host: String = "127.0.0.1", _ scripts: Script...) throws {
    let material = try Self.authority.get()
    let context = try TLSContext.server(
      certificateChain: .bytes(material.serverCertificate),
      privateKey: .bytes(material.serverKey))
    let listener = try Socket.listen(host: host, port: 0)
    port = try Socket.localPort(of: listener)
    _ = try OSThread.spawn(name: "scripted-server") { [self] in
      let outcome = Result {
        for (index, script) in scripts.enumerated() {
          do {
            var peer = try ScriptedPeer.accept(listener, context)
            try script(&peer)
          } catch {
            throw ScriptError("connection \(index + 1): \(error)")
          }
        }
      }
      Socket.close(listener)
      let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        state.outcome = outcome
        return state.waiter.take()
      }
      waiter?.resume(with: outcome)
    }
  }

  /// Waits for the end of the last script.
  func finish() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = state.withLock { state -> Result<Void, any Error>? in
        if state.outcome == nil { state.waiter = continuation }
        return state.outcome
      }
      if let outcome { continuation.resume(with: outcome) }
    }
  }

  func configuration(
    host: String = "127.0.0.1", events: Int = 1_024
  ) throws -> KODClient.Configuration {
    KODClient.Configuration(
      host: host, port: port,
      certificateAuthority: CertificateAuthority(
        pem: try Self.authority.get().authorityCertificate),
      token: try Token("kod1.scripted"), clientName: "test/1",
      backoff: Backoff(firstJitter: .zero, initialDelay: .milliseconds(1)),
      defaultTimeout: .seconds(30), subscriptionBufferEvents: events)
  }
}

/// One connection as the server sees it; every operation blocks.
struct ScriptedPeer: ~Copyable {
  private let descriptor: Int32
  private let scratch: TLSScratch
  private var tls: TLSSession
  private var plaintext: [UInt8] = []
  private var frames: [ClientFrame] = []
  private var hasEnded = false

  private init(_ descriptor: Int32, _ tls: consuming TLSSession, _ scratch: TLSScratch) {
    self.descriptor = descriptor
    self.tls = tls
    self.scratch = scratch
  }

  /// Waits for a client, up to the end of the handshake.
  static func accept(_ listener: Int32, _ context: TLSContext) throws -> ScriptedPeer {
    try wait(listener, POLLIN)
    guard case .connection(let descriptor) = Socket.accept(listener) else {
      throw ScriptError("nobody connected")
    }
    let scratch = TLSScratch()
    var peer = ScriptedPeer(descriptor, try TLSSession(context, scratch: scratch), scratch)
    while !peer.tls.isEstablished, !peer.hasEnded { try peer.read() }
    return peer
  }

  deinit { Socket.close(descriptor) }

  // MARK: What the client does

  /// The next frame, which must be of this type.
  mutating func expect(_ type: FrameType) throws -> ClientFrame {
    let frame = try next()
    guard frame.header.frameType == type else {
      throw ScriptError("\(frame.line) in place of \(type.name)")
    }
    return frame
  }

  /// A REQUEST of this method, its call and what it asks.
  mutating func request<Message: WireMessage>(
    _ method: Method, as type: Message.Type = Message.self
  ) throws -> (call: UInt32, Message) {
    let frame = try expect(.request)
    guard frame.header.method == method.number else {
      throw ScriptError("\(frame.line) in place of \(method.name)")
    }
    return (frame.header.call, try frame.decoded())
  }

  /// The client says farewell and closes; on its way out it may give its stream back.
  mutating func expectFarewell() throws {
    var frame = try next()
    if frame.header.frameType == .cancel { frame = try next() }
    guard frame.header.frameType == .goingAway else {
      throw ScriptError("\(frame.line) in place of GOING_AWAY")
    }
    try expectEnd()
  }

  /// The next frame, whatever it is.
  mutating func next() throws -> ClientFrame {
    while frames.isEmpty {
      guard !hasEnded else { throw ScriptError("the client left") }
      try read()
    }
    return frames.removeFirst()
  }

  /// The client closes the connection, without another frame.
  mutating func expectEnd() throws {
    while !hasEnded, frames.isEmpty { try read() }
    guard frames.isEmpty else { throw ScriptError("\(frames[0].line) in place of the end") }
  }

  // MARK: What the server does

  /// Takes HELLO and welcomes the client.
  mutating func welcome(serverTimeUs: Int64 = 1_000_000) throws {
    let hello = try expect(.hello).decoded(as: Hello.self)
    guard hello.token == "kod1.scripted", hello.client == "test/1" else {
      throw ScriptError("an odd HELLO")
    }
    try send(Frames.welcome(serverTimeUs: serverTimeUs))
  }

  mutating func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      rest = rest.dropFirst(try rest.withUnsafeBytes { try tls.seal($0) })
      try flush()
    }
  }

  /// close_notify; the socket closes at the end of the script.
  mutating func closeTLS() throws {
    tls.close()
    try flush()
  }

  // MARK: Bytes

  private mutating func read() throws {
    try Self.wait(descriptor, POLLIN)
    switch Socket.receive(descriptor, into: scratch.input) {
    case .bytes(let count):
      var received: [UInt8] = []
      let progress = tls.receive(
        UnsafeRawBufferPointer(rebasing: scratch.input[..<count])
      ) { received.append(contentsOf: $0) }
      plaintext += received
      frames += ClientFrame.take(from: &plaintext)
      try flush()
      switch progress {
      case .handshaking, .established: break
      case .closed: hasEnded = true
      case .failed(let failure): throw ScriptError("TLS: \(failure)")
      }
    case .wouldBlock: break
    case .closed: hasEnded = true
    // A client that leaves with something unread resets the connection: it is gone all the same.
    case .failed: hasEnded = true
    }
  }

  private func flush() throws {
    while scratch.outputBytes > 0 {
      switch Socket.send(descriptor, scratch.output) {
      case .bytes(let count): scratch.consumeOutput(count)
      case .wouldBlock: try Self.wait(descriptor, POLLOUT)
      case .closed, .failed: throw ScriptError("the client is gone")
      }
    }
  }

  private static func wait(_ descriptor: Int32, _ event: Int32) throws {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    guard poll(&entry, 1, ScriptedServer.patienceMilliseconds) > 0 else {
      throw ScriptError("nothing came")
    }
  }
}
