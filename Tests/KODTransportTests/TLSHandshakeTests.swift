import TestSupport
import Testing

@testable import KODTransport

@Suite struct TLSHandshakeTests {
  @Test func `A client and a server agree on TLS 1.3 and AES-128-GCM`() throws {
    let pair = try Pair()
    pair.shakeHands()
    #expect(pair.isEstablished)
    #expect(pair.server.session.isEstablished && pair.client.session.isEstablished)
    #expect(pair.server.session.version == "TLSv1.3")
    #expect(pair.client.session.cipher == "TLS_AES_128_GCM_SHA256")
  }

  @Test func `The server sends no ticket: its last flight is that of the handshake`() throws {
    let pair = try Pair()
    _ = pair.client.session.start()
    let hello = pair.client.takeOutput()
    pair.server.receive(hello)
    let flight = pair.server.takeOutput()
    pair.client.receive(flight)
    let finished = pair.client.takeOutput()
    pair.server.receive(finished)
    #expect(pair.server.progress == .established)
    #expect(pair.server.takeOutput().isEmpty)
  }

  @Test func `A handshake succeeds with its flights cut at every byte`() throws {
    let probe = try Pair()
    _ = probe.client.session.start()
    let hello = probe.client.takeOutput()
    probe.server.receive(hello)
    let longest = max(hello.count, probe.server.takeOutput().count)
    #expect(longest > 500)
    let (client, server) = (try Identity.client(), try Identity.server())
    for position in 1..<longest {
      let pair = try Pair(client: client, server: server)
      pair.shakeHands { $0.cut(at: position) }
      try #require(pair.isEstablished, "cut after \(position) bytes")
    }
  }

  @Test(arguments: [1, 2, 3, 5, 64])
  func `A handshake succeeds in pieces of`(bytes: Int) throws {
    let pair = try Pair()
    pair.shakeHands { $0.pieces(of: bytes) }
    #expect(pair.isEstablished)
  }

  @Test func `A server of another authority is refused, and told so`() throws {
    let stranger = try DevelopmentAuthority.make()
    let pair = try Pair(
      client: .client(certificateAuthority: .bytes(stranger.authorityCertificate)))
    pair.shakeHands()
    guard case .failed(let failure) = pair.client.progress else {
      Issue.record("the client is \(pair.client.progress)")
      return
    }
    #expect(failure.kind == .certificateRefused)
    #expect(failure.reason.contains("certificate"))
    guard case .failed(let told) = pair.server.progress else {
      Issue.record("the server is \(pair.server.progress)")
      return
    }
    #expect(told.kind == .refusedByPeer)
  }

  @Test(arguments: ["h2", "kod/2", "kod", "kod/11", nil] as [String?])
  func `The server refuses a client that offers`(protocolName: String?) throws {
    let pair = try Pair(client: Identity.client(offering: protocolName))
    pair.shakeHands()
    guard case .failed(let failure) = pair.server.progress else {
      Issue.record("the server is \(pair.server.progress)")
      return
    }
    #expect(failure.kind == .applicationProtocol)
    // RFC 7301: no_application_protocol, which reaches the client as an alert.
    guard case .failed(let alert) = pair.client.progress else {
      Issue.record("the client is \(pair.client.progress)")
      return
    }
    #expect(alert.kind == .applicationProtocol)
    #expect(alert.reason.contains("alert no application protocol"))
  }

  @Test func `The client refuses a server that selects no protocol`() throws {
    let material = try Identity.shared.get()
    let pair = try Pair(
      server: .server(
        certificateChain: .bytes(material.serverCertificate),
        privateKey: .bytes(material.serverKey), offering: nil))
    pair.shakeHands()
    guard case .failed(let failure) = pair.client.progress else {
      Issue.record("the client is \(pair.client.progress)")
      return
    }
    #expect(failure.kind == .applicationProtocol)
  }

  @Test func `A TLS 1.2 client is refused`() throws {
    let authority = try Identity.shared.get().authorityCertificate
    let tls12: Int32 = 0x0303
    let pair = try Pair(
      client: .client(
        certificateAuthority: .bytes(authority), offering: TLSContext.protocolName, version: tls12))
    pair.shakeHands()
    guard case .failed(let failure) = pair.server.progress else {
      Issue.record("the server is \(pair.server.progress)")
      return
    }
    #expect(failure.kind == .protocolViolation)
    #expect(failure.reason == "unsupported protocol")
    guard case .failed(let alert) = pair.client.progress else {
      Issue.record("the client is \(pair.client.progress)")
      return
    }
    #expect(alert.kind == .refusedByPeer)
  }

  @Test func `A client context needs the server's name`() throws {
    let error = #expect(throws: TransportError.self) {
      _ = try End(try Identity.client())
    }
    #expect(error?.text == "a client needs the server's name")
  }

  @Test func `A handshake that goes on for ever is ended at its limit of bytes`() throws {
    let server = try End(try Identity.server())
    // A ClientHello that claims 100,000 bytes, in records of 1,000 that never complete it.
    var hello: [UInt8] = [1, 0x01, 0x86, 0xA0] + [UInt8](repeating: 0, count: 996)
    var sent = 0
    while server.progress == .handshaking, sent < 200_000 {
      server.receive([22, 3, 1, UInt8(hello.count >> 8), UInt8(hello.count & 255)] + hello)
      sent += hello.count
      hello = [UInt8](repeating: 0, count: 1000)
    }
    guard case .failed(let failure) = server.progress else {
      Issue.record("the server is \(server.progress)")
      return
    }
    #expect(failure.kind == .protocolViolation)
    #expect(sent <= TLSSession.maximumHandshakeBytes + 1000)
  }

  @Test(arguments: [
    Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
    [UInt8](repeating: 0, count: 300),
    [22, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 100),
    [23, 3, 3, 0, 20] + [UInt8](repeating: 7, count: 20),
    [21, 3, 3, 0, 2, 2, 40],
  ])
  func `Bytes that are not a handshake fail cleanly`(garbage: [UInt8]) throws {
    let server = try End(try Identity.server())
    server.receive(garbage)
    guard case .failed(let failure) = server.progress else {
      Issue.record("the server is \(server.progress)")
      return
    }
    #expect(!failure.reason.isEmpty)
    _ = server.takeOutput()

    // The failure is final, and leaves nothing in OpenSSL's queue for the next session of this
    // thread.
    server.receive(garbage)
    #expect(server.progress != .established)
    let pair = try Pair()
    pair.shakeHands()
    #expect(pair.isEstablished)
  }

  @Test func `Random bytes never establish a session nor crash it`() throws {
    var random = SeededNumbers(state: 42)
    let context = try Identity.server()
    for _ in 0..<300 {
      let server = try End(context)
      var bytes = (0..<Int.random(in: 1...600, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      // Half of them look like a record of the right length at first.
      if Bool.random(using: &random), bytes.count > 5 {
        bytes.replaceSubrange(
          0..<5,
          with: [
            22, 3, 1, UInt8((bytes.count - 5) >> 8), UInt8(truncatingIfNeeded: bytes.count - 5),
          ])
      }
      server.receive(bytes)
      #expect(server.progress != .established && server.received.isEmpty)
      server.scratch.clearOutput()
    }
  }
}
