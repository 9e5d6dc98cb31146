import Testing

@testable import KODTransport

@Suite struct EndpointTests {
  @Test(arguments: [
    ("127.0.0.1:7443", "127.0.0.1", 7443), ("[::1]:0", "::1", 0),
    ("localhost:65535", "localhost", 65535), ("[fe80::1:2]:1", "fe80::1:2", 1),
  ])
  func `A host and a port are read and written back`(text: String, host: String, port: UInt16)
    throws
  {
    let endpoint = try Endpoint(parsing: text)
    #expect(endpoint == Endpoint(host: host, port: port))
    #expect(endpoint.description == text)
  }

  @Test(arguments: [
    ("", "no ':PORT'"), ("localhost", "no ':PORT'"), (":7443", "no host"), ("[]:7443", "no host"),
    ("127.0.0.1:", "the port is not a number from 0 to 65535"),
    ("127.0.0.1:65536", "the port is not a number from 0 to 65535"),
    ("127.0.0.1:+80", "the port is not a number from 0 to 65535"),
    ("127.0.0.1:-1", "the port is not a number from 0 to 65535"),
    ("::1:7443", "an IPv6 host needs brackets: [::1]:7443"),
    ("[::1", "no ']' after the host"), ("[::1]7443", "no ':PORT' after the host"),
  ])
  func `What is not a host and a port is refused with the reason`(text: String, reason: String) {
    let error = #expect(throws: TransportError.self) { try Endpoint(parsing: text) }
    #expect(error?.text == reason)
    #expect(error?.operation == "address '\(text)'")
  }

  @Test(arguments: ["example.org", "127.0.0.256", "1.2.3", "::g", "", "127.0.0.1 "])
  func `A host that is not an address is refused`(host: String) {
    let error = #expect(throws: TransportError.self) { try Socket.listen(host: host, port: 0) }
    #expect(error?.text == "not an IPv4 or IPv6 address, nor localhost")
  }
}
