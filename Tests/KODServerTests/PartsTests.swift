import Glibc
import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("The slab of connections") struct SlabTests {
  @Test("A slot is found by slot and generation, and a late message for its former element is not")
  func generations() throws {
    var slab = Slab<Int>()
    let first = slab.nextSlot()
    _ = slab.insert(7)
    #expect(slab.pointer(slot: first.slot, generation: first.generation)?.pointee == 7)
    slab.remove(slot: first.slot)
    let isGone = slab.pointer(slot: first.slot, generation: first.generation) == nil
    #expect(isGone)
    let second = slab.nextSlot()
    _ = slab.insert(8)
    #expect(second.slot == first.slot)
    #expect(second.generation == first.generation + 1)
    #expect(slab.pointer(slot: second.slot, generation: second.generation)?.pointee == 8)
  }

  @Test("Elements never move, however many follow")
  func stability() {
    var slab = Slab<Int>()
    let pointers = (0..<2_000).map { slab.insert($0) }
    #expect(slab.count == 2_000)
    let values = pointers.map(\.pointee)
    #expect(values == Array(0..<2_000))
    #expect(slab.usedSlots.count == 2_000)
  }

  @Test(
    "A connection's id keeps loop, slot and generation apart",
    arguments: [(0, 0, 0), (63, 4_000_000, 0xFF_FFFF), (1, 2, 3)])
  func identifiers(parts: (loop: Int, slot: Int, generation: Int)) {
    let id = ConnectionID(
      loop: parts.loop, slot: parts.slot, generation: UInt32(parts.generation))
    #expect(id.loop == parts.loop)
    #expect(id.slot == parts.slot)
    #expect(id.generation == UInt32(parts.generation))
    #expect(ConnectionID(bits: id.bits) == id)
  }
}

@Suite("Subscriptions") struct SubscriptionsTests {
  private static func subscriber(_ slot: Int) -> Subscriber {
    Subscriber(connection: ConnectionID(loop: 0, slot: slot, generation: 0), call: 1)
  }

  private static func slots(_ subscriptions: Subscriptions, of principal: PrincipalID) -> [Int] {
    var slots: [Int] = []
    subscriptions.forEach(of: principal) { slots.append($0.connection.slot) }
    return slots
  }

  @Test("One principal may listen from several devices; each leaves by itself")
  func devices() {
    var subscriptions = Subscriptions()
    let alice = PrincipalID(5)
    for slot in 0..<3 { subscriptions.insert(Self.subscriber(slot), for: alice) }
    subscriptions.insert(Self.subscriber(9), for: PrincipalID(6))
    #expect(Self.slots(subscriptions, of: alice) == [0, 1, 2])
    subscriptions.remove(Self.subscriber(1).connection, of: alice)
    #expect(Self.slots(subscriptions, of: alice) == [0, 2])
    subscriptions.remove(Self.subscriber(1).connection, of: alice)
    subscriptions.remove(Self.subscriber(0).connection, of: alice)
    subscriptions.remove(Self.subscriber(2).connection, of: alice)
    #expect(Self.slots(subscriptions, of: alice) == [])
    #expect(subscriptions.count == 1)
    #expect(Self.slots(subscriptions, of: PrincipalID(1_000)) == [])
  }
}

@Suite("The outbox") struct OutboxTests {
  @Test("Nothing leaves before release; then each loop gets its own, in order, once")
  func release() {
    let outbox = Outbox(loops: 2)
    let near = ConnectionID(loop: 0, slot: 1, generation: 0)
    let far = ConnectionID(loop: 1, slot: 1, generation: 0)
    outbox.respond(near, 1, GetStandingRequest())
    outbox.fail(far, 2, Status.of(.offerUnknown, "no"))
    outbox.item(near, 3, SubscribeItem(item: .stateEnd(StateEnd())))
    var released: [Int: OutboxBatch] = [:]
    outbox.release { released[$0] = $1 }
    #expect(released[0]?.entries.map(\.call) == [1, 3])
    #expect(released[0]?.entries.map(\.isLast) == [true, false])
    #expect(released[1]?.entries.map(\.call) == [2])
    let bytes = released[0]?.entries.reduce(0) { $0 + Int($1.byteCount) }
    #expect(bytes == released[0]?.frames.count)
    var again = 0
    outbox.release { _, _ in again += 1 }
    #expect(again == 0)
  }
}

@Suite("The outbox and credentials") struct OutboxCredentialTests {
  @Test("A refresh leaves in the batch of its answer, and a refresh or verdict alone makes a batch")
  func refresh() {
    let outbox = Outbox(loops: 2)
    let near = ConnectionID(loop: 0, slot: 1, generation: 0)
    let far = ConnectionID(loop: 1, slot: 1, generation: 0)
    outbox.refresh(near, expiresAt: Instant(microseconds: 5))
    outbox.respond(near, 1, SessionCredential(expiresAtUs: 5))
    outbox.refresh(near, expiresAt: nil)
    outbox.verdict(far, .rejected)
    var released: [Int: OutboxBatch] = [:]
    outbox.release { released[$0] = $1 }
    #expect(released[0]?.refreshes.map(\.expiresAt) == [Instant(microseconds: 5), nil])
    #expect(released[0]?.entries.map(\.call) == [1])
    #expect(released[1]?.verdicts.map(\.verdict) == [.rejected])
    var again = 0
    outbox.release { _, _ in again += 1 }
    #expect(again == 0)
    outbox.refresh(far, expiresAt: nil)
    outbox.release { loop, batch in
      #expect(loop == 1 && batch.refreshes.count == 1)
      again += 1
    }
    #expect(again == 1)
  }
}

@Suite("A token") struct TokenTests {
  @Test("Tokens differ, have their shape, and their fingerprint finds them again")
  func generate() throws {
    let tokens = (0..<100).map { _ in Token.generate() }
    #expect(Set(tokens.map(\.text)).count == 100)
    for token in tokens {
      #expect(token.text.utf8.count == 85)
      #expect(Token(token.text) != nil)
      let (credential, digest) = Token.fingerprint(token.text)
      #expect(credential != 0)
      #expect(Token.fingerprint(token.text).digest.matches(digest))
    }
  }

  @Test(
    "A text that is no token has credential 0 and still a digest",
    arguments: [
      "", "kod1.", "kod1." + String(repeating: "g", count: 80),
      "KOD1." + String(repeating: "0", count: 80),
    ])
  func malformed(text: String) {
    #expect(Token(text) == nil)
    #expect(Token.fingerprint(text).credential == 0)
  }

  @Test("One changed bit does not match", arguments: [0, 63, 64, 127, 128, 255])
  func comparison(bit: Int) {
    let digest = Token.fingerprint("kod1.x").digest
    let flipped =
      bit < 128
      ? TokenDigest(high: digest.high, low: digest.low ^ 1 << UInt128(bit))
      : TokenDigest(high: digest.high ^ 1 << UInt128(bit - 128), low: digest.low)
    #expect(!digest.matches(flipped))
    #expect(digest.matches(digest))
  }
}

@Suite("The operator's log") struct LogTests {
  @Test("A reader that stops stops nobody: lines are dropped, and counted once it reads")
  func stuckReader() {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let log = Log(descriptor: ends[1])
    let long = String(repeating: "x", count: 900)
    for _ in 0..<1_000 { log.info("event", ["text": long]) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let before = read(ends[0], &bytes, bytes.count)
    let taken = bytes[..<before].count { $0 == UInt8(ascii: "\n") }
    log.info("again")
    let after = read(ends[0], &bytes, bytes.count)
    let text = String(decoding: bytes[..<after], as: UTF8.self)
    #expect(text.contains("warning log-lines-dropped count=\(1_000 - taken)\n"))
    #expect(text.hasSuffix("info again\n"))
  }

  @Test(
    "A value cannot end its quotes, its line or the terminal's patience",
    arguments: [
      ("kod 0.1.0", "\"kod 0.1.0\""), ("alice", "alice"), ("", ""), ("a=b", "\"a=b\""),
      ("x\" reason=OK", #""x\" reason=OK""#), (#"x\" y"#, #""x\\\" y""#),
      ("a\nb\u{1B}[2J\u{9B}c", "\"a b [2J c\""),
    ])
  func quoting(value: String, expected: String) {
    #expect(Log.quoted(value) == expected)
  }
}

@Suite("The stream epoch") struct StreamEpochTests {
  @Test("It is the directory's identity and the way pushes are counted, and survives a restart")
  func epoch() throws {
    let directory = "/tmp/kod-epoch-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { _ = system("rm -rf \(directory) \(directory)-other") }
    let first = try DurableEngine(directory: directory).streamEpoch
    let parts = first.split(separator: ".")
    #expect(parts.count == 2 && parts[0].count == 32)
    #expect(parts.last == "\(Engine.pushNumbering)")
    #expect(try DurableEngine(directory: directory).streamEpoch == first)
    let other = try DurableEngine(directory: directory + "-other").streamEpoch
    #expect(other != first)
  }
}
