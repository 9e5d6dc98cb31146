import Glibc
import Testing

@testable import KODTransport

/// One authority and server certificate for the tests that do not care which.
enum Identity {
  static let shared: Result<DevelopmentAuthority.Material, TransportError> = Result {
    () throws(TransportError) in try DevelopmentAuthority.make()
  }

  static func server() throws -> TLSContext {
    let material = try shared.get()
    return try .server(
      certificateChain: .bytes(material.serverCertificate), privateKey: .bytes(material.serverKey))
  }

  static func client(offering name: String? = TLSContext.protocolName) throws -> TLSContext {
    try .client(
      certificateAuthority: .bytes(try shared.get().authorityCertificate), offering: name)
  }
}

/// One end of a connection in memory: a session with what came out of it.
final class End {
  let scratch: TLSScratch
  var session: TLSSession
  var received: [UInt8] = []
  var progress = TLSProgress.handshaking

  init(_ context: TLSContext, scratch: TLSScratch? = nil, serverName: String? = nil) throws {
    self.scratch = scratch ?? TLSScratch()
    session = try TLSSession(context, scratch: self.scratch, serverName: serverName)
  }

  /// The ciphertext to send; the output is empty afterwards.
  func takeOutput() -> [UInt8] {
    let bytes = Array(scratch.output)
    scratch.clearOutput()
    return bytes
  }

  /// Feeds the bytes from memory that is overwritten right after, as a loop's input buffer is.
  func receive(_ bytes: some Collection<UInt8>) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    var plaintext: [UInt8] = []
    progress = session.receive(UnsafeRawBufferPointer(buffer)) {
      plaintext.append(contentsOf: $0)
    }
    received += plaintext
    _ = buffer.initializeMemory(as: UInt8.self, repeating: 0xEE)
  }

  /// Seals everything, emptying the output whenever it is full; returns the ciphertext.
  func seal(_ plaintext: [UInt8]) throws -> [UInt8] {
    var ciphertext: [UInt8] = []
    var taken = 0
    while taken < plaintext.count {
      let count = try plaintext.withUnsafeBytes { bytes throws(TLSFailure) in
        try session.seal(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
      }
      try #require(count > 0)
      taken += count
      ciphertext += takeOutput()
    }
    return ciphertext
  }
}

/// A client and a server with nothing but arrays between them.
struct Pair {
  let client: End
  let server: End

  init(
    client clientContext: TLSContext? = nil, server serverContext: TLSContext? = nil,
    serverName: String = "localhost"
  ) throws {
    client = try End(clientContext ?? Identity.client(), serverName: serverName)
    server = try End(serverContext ?? Identity.server())
  }

  /// Runs the handshake, with every flight cut by `pieces`, until both ends have nothing more to
  /// say.
  func shakeHands(cut pieces: ([UInt8]) -> [ArraySlice<UInt8>] = { [$0[...]] }) {
    client.progress = client.session.start()
    for _ in 0..<4 {
      let flight = client.takeOutput()
      let answer = Self.deliver(pieces(flight), to: server)
      let reply = Self.deliver(pieces(answer), to: client)
      if reply.isEmpty { break }
      _ = Self.deliver(pieces(reply), to: server)
    }
  }

  /// Feeds the pieces one by one and returns what the receiver answered.
  static func deliver(_ pieces: [ArraySlice<UInt8>], to end: End) -> [UInt8] {
    var answer: [UInt8] = []
    for piece in pieces where !piece.isEmpty {
      end.receive(piece)
      answer += end.takeOutput()
    }
    return answer
  }

  var isEstablished: Bool { client.progress == .established && server.progress == .established }
}

extension Array where Element == UInt8 {
  /// Pieces of `size` bytes, the last one shorter.
  func pieces(of size: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }

  /// Two pieces, the first of `count` bytes (or all of them, if there are fewer).
  func cut(at count: Int) -> [ArraySlice<UInt8>] {
    [prefix(count), dropFirst(count)]
  }

  /// Bytes that differ from their neighbours, so that a lost or repeated one shows.
  static func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  }
}

/// A directory that goes away with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/kod-transport-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TransportError("mkdtemp", errno: errno) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    for name in ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"] {
      unlink(path + "/" + name)
    }
    rmdir(path)
  }
}
