import Testing

@testable import KODTransport

@Suite struct TLSSessionTests {
  @Test(arguments: [1, 150, 16_384, 16_385, 65_536, 1 << 20])
  func `Bytes arrive as they were sent, both ways`(count: Int) throws {
    let pair = try Pair()
    pair.shakeHands()
    let message = [UInt8].pattern(count)
    for piece in try pair.client.seal(message).pieces(of: 65_536) { pair.server.receive(piece) }
    #expect(pair.server.received == message)
    for piece in try pair.server.seal(message).pieces(of: 65_536) { pair.client.receive(piece) }
    #expect(pair.client.received == message)
  }

  @Test func `Plaintext may arrive with the last bytes of the handshake`() throws {
    let pair = try Pair()
    _ = pair.client.session.start()
    pair.server.receive(pair.client.takeOutput())
    pair.client.receive(pair.server.takeOutput())
    let finished = pair.client.takeOutput()
    pair.server.receive(finished + (try pair.client.seal([1, 2, 3])))
    #expect(pair.server.progress == .established)
    #expect(pair.server.received == [1, 2, 3])
  }

  @Test func `No byte is lost wherever a stream of records is cut`() throws {
    let pair = try Pair()
    pair.shakeHands()
    let messages = [[UInt8].pattern(1), .pattern(40), .pattern(90)]
    let whole = Array(messages.joined())
    let length = try messages.reduce(0) { length, message in
      let record = try pair.client.seal(message)
      pair.server.receive(record)
      return length + record.count
    }
    pair.server.received = []
    for position in 0...length {
      let stream = try messages.flatMap { try pair.client.seal($0) }
      try #require(stream.count == length)
      _ = Pair.deliver(stream.cut(at: position), to: pair.server)
      try #require(pair.server.progress == .established, "cut after \(position) bytes")
      try #require(pair.server.received == whole, "cut after \(position) bytes")
      pair.server.received = []
    }
    for size in 1...length {
      let stream = try messages.flatMap { try pair.client.seal($0) }
      _ = Pair.deliver(stream.pieces(of: size), to: pair.server)
      try #require(pair.server.received == whole, "pieces of \(size) bytes")
      pair.server.received = []
    }
  }

  @Test func `Sessions that share a scratch keep their partial records apart`() throws {
    let scratch = TLSScratch()
    let context = try Identity.server()
    var clients: [End] = []
    var servers: [End] = []
    for _ in 0..<8 {
      let client = try End(try Identity.client(), serverName: "127.0.0.1")
      let server = try End(context, scratch: scratch)
      client.progress = client.session.start()
      clients.append(client)
      servers.append(server)
    }
    // All handshakes advance together, seven bytes at a time.
    var toServer = clients.map { $0.takeOutput() }
    while toServer.contains(where: { !$0.isEmpty }) {
      for index in clients.indices where !toServer[index].isEmpty {
        servers[index].receive(toServer[index].prefix(7))
        toServer[index].removeFirst(min(7, toServer[index].count))
        let answer = servers[index].takeOutput()
        if !answer.isEmpty {
          clients[index].receive(answer)
          toServer[index] += clients[index].takeOutput()
        }
      }
    }
    let messages = clients.indices.map { [UInt8](repeating: UInt8($0), count: 50 + $0) }
    var streams: [[UInt8]] = []
    for index in clients.indices { streams.append(try clients[index].seal(messages[index])) }
    while streams.contains(where: { !$0.isEmpty }) {
      for index in clients.indices where !streams[index].isEmpty {
        servers[index].receive(streams[index].prefix(11))
        streams[index].removeFirst(min(11, streams[index].count))
      }
    }
    for index in clients.indices { #expect(servers[index].received == messages[index]) }
  }

  @Test func `Sealing stops when the output is full and goes on after it was sent`() throws {
    let server = try End(
      try Identity.server(), scratch: TLSScratch(inputBytes: 1024, outputBytes: 65_536))
    let client = try End(try Identity.client(), serverName: "localhost")
    client.progress = client.session.start()
    server.receive(client.takeOutput())
    client.receive(server.takeOutput())
    server.receive(client.takeOutput())
    let message = [UInt8].pattern(200_000)
    var taken = 0
    var rounds = 0
    while taken < message.count {
      let first = try message.withUnsafeBytes { bytes throws(TLSFailure) in
        try server.session.seal(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
      }
      #expect(
        first > 0 && first % TLSScratch.maximumRecordBytes == 0 || taken + first == message.count)
      taken += first
      let again = try message.withUnsafeBytes { bytes throws(TLSFailure) in
        try server.session.seal(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
      }
      #expect(again == 0)
      #expect(server.scratch.outputBytes <= 65_536)
      client.receive(server.takeOutput())
      rounds += 1
    }
    #expect(rounds > 2)
    #expect(client.received == message)
  }

  @Test func `The output can be consumed in parts, as a socket takes it`() throws {
    let pair = try Pair()
    pair.shakeHands()
    let message = [UInt8].pattern(5000)
    _ = try message.withUnsafeBytes { bytes throws(TLSFailure) in
      try pair.client.session.seal(bytes)
    }
    let scratch = pair.client.scratch
    while scratch.outputBytes > 0 {
      let part = scratch.output.prefix(999)
      pair.server.receive(part)
      scratch.consumeOutput(part.count)
    }
    #expect(pair.server.received == message)
  }

  @Test func `Keys change after their share of records, and the stream goes on both ways`() throws {
    let pair = try Pair()
    pair.shakeHands()
    let usual = try pair.server.seal([0])
    pair.client.receive(usual)
    for round in UInt8(1)...5 {
      pair.server.session.recordsLeft = 1
      let last = try pair.server.seal([round])
      let first = try pair.server.seal([round])
      // The change of keys is a record of its own, before the first one under the new key.
      #expect(last.count == usual.count && first.count > usual.count)
      _ = Pair.deliver((last + first).pieces(of: 7), to: pair.client)
      pair.server.receive(try pair.client.seal([round]))
    }
    #expect(pair.client.received == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    #expect(pair.server.received == [1, 2, 3, 4, 5])
    #expect(pair.isEstablished)
  }

  @Test func `A close is seen as such, after everything sent before it`() throws {
    let pair = try Pair()
    pair.shakeHands()
    let last = try pair.client.seal([9, 9])
    pair.client.session.close()
    pair.server.receive(last + pair.client.takeOutput())
    #expect(pair.server.progress == .closed)
    #expect(pair.server.received == [9, 9])

    // The other direction stays open until it is closed as well.
    pair.client.receive(try pair.server.seal([8]))
    #expect(pair.client.received == [8])
    pair.server.session.close()
    pair.client.receive(pair.server.takeOutput())
    #expect(pair.client.progress == .closed)
    #expect(throws: TLSFailure.self) { try pair.client.seal([1]) }
  }

  @Test func `Closing before the handshake and closing twice say nothing`() throws {
    let pair = try Pair()
    pair.server.session.close()
    #expect(pair.server.scratch.outputBytes == 0)
    pair.shakeHands()
    pair.server.session.close()
    #expect(pair.server.takeOutput().count > 0)
    pair.server.session.close()
    #expect(pair.server.scratch.outputBytes == 0)
  }

  @Test func `Sealing before the handshake is refused`() throws {
    let pair = try Pair()
    let failure = #expect(throws: TLSFailure.self) { try pair.client.seal([1]) }
    #expect(failure?.kind == .notEstablished)
  }

  @Test func `One altered bit anywhere in a record ends the session with an alert`() throws {
    for position in [0, 1, 3, 5, 20, 45] {
      let pair = try Pair()
      pair.shakeHands()
      var record = try pair.client.seal(.pattern(30))
      record[position] ^= 0x40
      // A longer record is waited for; its end makes it fail.
      pair.server.receive(record + [UInt8](repeating: 0, count: 17_000))
      guard case .failed = pair.server.progress else {
        Issue.record("the server is \(pair.server.progress) after byte \(position) changed")
        continue
      }
      #expect(pair.server.received.isEmpty)
      #expect(pair.server.scratch.outputBytes > 0, "the alert of byte \(position)")
    }
  }

  @Test func `A repeated record is refused`() throws {
    let pair = try Pair()
    pair.shakeHands()
    let record = try pair.client.seal([1])
    pair.server.receive(record + record)
    guard case .failed = pair.server.progress else {
      Issue.record("the server is \(pair.server.progress)")
      return
    }
    #expect(pair.server.received == [1])
  }

  @Test(.enabled(if: ProcessMemory.heapBytes() > 0, "a sanitizer's allocator does not count"))
  func `An idle session of the server takes at most 20 KB of heap`() throws {
    // 14.5 KB measured. The suites that run beside this one take memory too, for a while: the least of a few counts.
    var least = Int.max
    for _ in 0..<5 where least >= 20_000 {
      least = min(least, try Self.heapOfIdleSession())
    }
    print("heap of an idle TLSSession on the server: \(least) bytes")
    #expect(least < 20_000)
  }

  private static func heapOfIdleSession() throws -> Int {
    let scratch = TLSScratch()
    let (serverContext, clientContext) = (try Identity.server(), try Identity.client())
    let count = 1500
    var sessions: [End] = []
    sessions.reserveCapacity(count)
    let before = ProcessMemory.heapBytes()
    for _ in 0..<count {
      let server = try End(serverContext, scratch: scratch)
      let client = try End(clientContext, serverName: "localhost")
      client.progress = client.session.start()
      server.receive(client.takeOutput())
      client.receive(server.takeOutput())
      server.receive(client.takeOutput() + (try client.seal(.pattern(100))))
      client.receive(try server.seal(.pattern(100)))
      server.received = []
      try #require(server.progress == .established)
      sessions.append(server)
    }
    let each = (ProcessMemory.heapBytes() - before) / count
    withExtendedLifetime(sessions) {}
    return each
  }
}
