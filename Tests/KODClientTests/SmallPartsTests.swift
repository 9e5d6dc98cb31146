import KODWire
import Synchronization
import Testing

@testable import KODClient

@Suite("Backoff")
struct BackoffTests {
  @Test("the first retry waits a random part of its jitter, none in the middle of nothing")
  func first() {
    let backoff = Backoff()
    #expect(backoff.delay(retry: 0, random: 0) == 0)
    #expect(backoff.delay(retry: 0, random: .max / 2) < .milliseconds(51))
    #expect(backoff.delay(retry: 0, random: .max) <= .milliseconds(100))
    #expect(backoff.delay(retry: 0, random: .max) >= .milliseconds(99))
  }

  @Test("each wait lies within its jitter, and none exceeds the maximum", arguments: 1...80)
  func bounds(_ retry: Int) {
    let backoff = Backoff()
    var middle = 500.0
    for _ in 1..<retry { middle = min(30_000, middle * 1.6) }
    let low = Double(backoff.delay(retry: retry, random: 0)) / 1e6
    let high = Double(backoff.delay(retry: retry, random: .max)) / 1e6
    #expect(abs(low - middle * 0.8) < 0.01)
    #expect(abs(high - min(30_000, middle * 1.2)) < 0.01)
  }
}

@Suite("Configuration")
struct ConfigurationTests {
  @Test(
    "an address is HOST:PORT",
    arguments: [
      ("127.0.0.1:7443", "127.0.0.1", 7443), ("kod.example:1", "kod.example", 1),
      ("[::1]:65535", "::1", 65535),
    ])
  func address(_ text: String, _ host: String, _ port: Int) throws {
    let split = try KODClient.Configuration.split(address: text)
    #expect(split.host == host && Int(split.port) == port)
  }

  @Test(
    "anything else is not",
    arguments: ["", "localhost", ":1", "a:", "a:0", "a:65536", "a:-1", "::1:5", "[]:1", "a:1x"])
  func badAddress(_ text: String) {
    #expect(throws: ClientError.self) { try KODClient.Configuration.split(address: text) }
  }

  @Test("a token does not show, however it is printed")
  func tokenIsSilent() throws {
    let token = try Token("kod1.verysecret")
    var dumped = ""
    dump([token], to: &dumped)
    for text in ["\(token)", String(reflecting: token), "\([token])", dumped] {
      #expect(!text.contains("verysecret"))
    }
  }

  @Test("a token file is one line; complaints name the file, never the token")
  func tokenFile() throws {
    let directory = try TemporaryDirectory()
    for (content, isGood) in [
      ("kod1.secret\n", true), ("kod1.secret", true), ("kod1.secret\r\n", true), ("", false),
      ("\n", false), ("kod1.secret\nsecond\n", false), ("kod1 secret\n", false),
      ("kod1.sécret\n", false), (String(repeating: "x", count: 1_025), false),
      (String(repeating: "x", count: 5_000), false),
    ] {
      let path = try directory.write(content, to: "alice.token")
      do throws(ClientError) {
        let token = try Token(file: path)
        #expect(isGood && token.text == "kod1.secret")
      } catch {
        #expect(!isGood && error.code == .invalidArgument)
        #expect(error.message.contains(path))
        #expect(!"\(error)".contains("secret") && !"\(error)".contains("xx"))
      }
    }
    #expect(throws: ClientError.self) { try Token(file: directory.path + "/nobody.token") }
  }

  @Test("a file without a certificate is no authority")
  func authorityFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("hello\n", to: "ca.pem")
    #expect(throws: ClientError.self) { try CertificateAuthority(file: path) }
  }

  @Test("the client's name fits the operator's log")
  func clientName() throws {
    var configuration = KODClient.Configuration(
      host: "h", port: 1, certificateAuthority: CertificateAuthority(pem: []),
      token: try Token("t"), clientName: "a\u{7}\n" + String(repeating: "é", count: 40))
    #expect(
      configuration.hello(configuration.token).client == "a" + String(repeating: "é", count: 31))
    configuration.clientName = "kod/1.0"
    #expect(configuration.hello(configuration.token).client == "kod/1.0")
  }
}

@Suite("SubscriptionBuffer")
struct SubscriptionBufferTests {
  static func lost() -> SubscriptionEvent { .disconnected(nil, retryIn: .zero) }

  @Test("events come out in order, and those that wait when it finishes still do")
  func order() async {
    let buffer = SubscriptionBuffer(capacity: 2) { _ in }
    buffer.append(.push(Frames.push(1)))
    buffer.append(.push(Frames.push(2)))
    #expect(buffer.room == 0)
    buffer.finish()
    buffer.append(.push(Frames.push(3)))
    #expect(await buffer.next()?.line == "push 1")
    #expect(await buffer.next()?.line == "push 2")
    #expect(await buffer.next() == nil)
  }

  @Test("the reader that empties a paused buffer says so, once")
  func caughtUp() async {
    let calls = Atomic(0)
    let buffer = SubscriptionBuffer(capacity: 2) { _ in calls.add(1, ordering: .relaxed) }
    #expect(!buffer.pause(), "nothing to wait for")
    buffer.append(.push(Frames.push(1)))
    buffer.append(.push(Frames.push(2)))
    #expect(buffer.pause())
    _ = await buffer.next()
    #expect(calls.load(ordering: .relaxed) == 0)
    _ = await buffer.next()
    #expect(calls.load(ordering: .relaxed) == 1)
    buffer.append(.push(Frames.push(3)))
    _ = await buffer.next()
    #expect(calls.load(ordering: .relaxed) == 1)
  }

  @Test("words about the connection do not pile up in a full buffer; pushes are never replaced")
  func connectionWords() async {
    let buffer = SubscriptionBuffer(capacity: 1) { _ in }
    buffer.append(.push(Frames.push(1)))
    for _ in 0..<100 { buffer.append(Self.lost()) }
    buffer.append(.connected(Welcome()))
    buffer.finish()
    var lines: [String] = []
    while let event = await buffer.next() { lines.append(event.line) }
    #expect(lines == ["push 1", "connected"])
  }

  @Test("a cancelled reader gets nil, whether it waits or is about to")
  func cancellation() async {
    let buffer = SubscriptionBuffer(capacity: 1) { _ in }
    for _ in 0..<50 {
      let reader = Task { await buffer.next() == nil }
      reader.cancel()
      #expect(await reader.value)
    }
    buffer.append(.push(Frames.push(1)))
    #expect(await buffer.next()?.line == "push 1")
  }
}
