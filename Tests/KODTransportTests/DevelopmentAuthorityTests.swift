import Glibc
import Testing

@testable import KODTransport

@Suite struct DevelopmentAuthorityTests {
  @Test(arguments: ["localhost", "127.0.0.1", "::1", "kod.example.org", "10.1.2.3"])
  func `The certificate is accepted for`(name: String) throws {
    let material = try DevelopmentAuthority.make(names: ["kod.example.org", "10.1.2.3"])
    let pair = try Pair(
      client: .client(certificateAuthority: .bytes(material.authorityCertificate)),
      server: .server(
        certificateChain: .bytes(material.serverCertificate),
        privateKey: .bytes(material.serverKey)), serverName: name)
    pair.shakeHands()
    #expect(pair.isEstablished)
  }

  @Test(arguments: ["example.org", "127.0.0.2", "::2", "localhost.example.org"])
  func `The certificate is refused for`(name: String) throws {
    let pair = try Pair(serverName: name)
    pair.shakeHands()
    guard case .failed(let failure) = pair.client.progress else {
      Issue.record("the client is \(pair.client.progress)")
      return
    }
    #expect(failure.kind == .certificateRefused)
    #expect(failure.reason.contains("mismatch"))
  }

  @Test func `The files serve a server and a client; keys are for the owner only`() throws {
    let directory = try TemporaryDirectory()
    let files = try DevelopmentAuthority.make(in: directory.path)
    for (path, mode) in [
      (files.authorityCertificate, 0o644), (files.serverCertificate, 0o644),
      (files.authorityKey, 0o600), (files.serverKey, 0o600),
    ] as [(String, mode_t)] {
      var information = stat()
      #expect(stat(path, &information) == 0)
      #expect(information.st_mode & 0o777 == mode & ~currentMask(), "\(path)")
    }
    let pair = try Pair(
      client: .client(certificateAuthority: .file(files.authorityCertificate)),
      server: .server(
        certificateChain: .file(files.serverCertificate), privateKey: .file(files.serverKey)))
    pair.shakeHands()
    #expect(pair.isEstablished)
  }

  @Test func `Files that exist are never replaced`() throws {
    let directory = try TemporaryDirectory()
    try DevelopmentAuthority.make(in: directory.path)
    let error = #expect(throws: TransportError.self) {
      try DevelopmentAuthority.make(in: directory.path)
    }
    #expect(error?.errno == EEXIST)
    #expect(error?.operation == "create \(directory.path)/ca-key.pem")
  }

  @Test(arguments: ["", "a,DNS:evil.example", "exa mple", "email:x", "a:b", "naïve"])
  func `A name that is neither an address nor a DNS name is refused`(name: String) {
    #expect(throws: TransportError.self) { try DevelopmentAuthority.make(names: [name]) }
  }

  @Test func `Contexts say which file cannot be used, and why`() throws {
    let material = try Identity.shared.get()
    let other = try DevelopmentAuthority.make()
    func refusal(_ make: () throws -> TLSContext) -> TransportError? {
      #expect(throws: TransportError.self) { _ = try make() }
    }
    let missing = refusal { try .client(certificateAuthority: .file("/nowhere/ca.pem")) }
    #expect(
      missing?.description == "certificate authority /nowhere/ca.pem: No such file or directory")
    let empty = refusal { try .client(certificateAuthority: .bytes([])) }
    #expect(empty?.text == "no certificate in PEM format")
    let damaged = refusal {
      try .client(
        certificateAuthority: .bytes(
          Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)))
    }
    #expect(damaged?.text != "no certificate in PEM format" && damaged?.text.isEmpty == false)
    let mismatch = refusal {
      try .server(
        certificateChain: .bytes(material.serverCertificate), privateKey: .bytes(other.serverKey))
    }
    #expect(mismatch?.text == "key values mismatch")
    let noKey = refusal {
      try .server(
        certificateChain: .bytes(material.serverCertificate),
        privateKey: .bytes(material.serverCertificate))
    }
    #expect(noKey?.operation == "private key given as bytes")
  }

  private func currentMask() -> mode_t {
    let mask = umask(0o077)
    umask(mask)
    return mask
  }
}
