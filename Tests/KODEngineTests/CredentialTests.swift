import KODEngine
import Testing

@Suite("Credentials that end") struct CredentialTests {
  private static let ann = PrincipalID(1)
  private static let noon = Instant.midnight + .minutes(720)
  private static let step = Instant.Interval(microseconds: 1)

  private static func engine(firstExpiresAt: Instant? = nil) -> Engine {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    _ = engine.perform(
      .createPrincipal(
        NewPrincipal(
          name: "ann", role: .operator, credential: 7, tokenDigest: TokenDigest(high: 1, low: 2),
          credentialExpiresAt: firstExpiresAt)), at: .midnight, log: &log)
    return engine
  }

  private static func new(_ number: UInt64, until end: Instant?) -> NewCredential {
    NewCredential(
      number: number, tokenDigest: TokenDigest(high: 3, low: UInt128(number)), expiresAt: end)
  }

  @Test("A credential is valid before its end, and at exactly that instant no longer")
  func end() throws {
    let engine = Self.engine(firstExpiresAt: Self.noon)
    let record = try #require(engine.credential(7))
    #expect(record.principal == Self.ann && record.expiresAt == Self.noon)
    #expect(record.isValid(at: Self.noon + Instant.Interval(microseconds: -1)))
    #expect(!record.isValid(at: Self.noon))
    #expect(Self.engine().credential(7)?.isValid(at: EngineLimits.latestInstant) == true)
  }

  @Test("Several are valid side by side; the next issue drops those that have ended, no other")
  func dropped() {
    var engine = Self.engine(firstExpiresAt: Self.noon)
    var log: [Event] = []
    let early = Self.noon + Instant.Interval(microseconds: -1)
    func issue(_ number: UInt64, until end: Instant?, at: Instant) {
      let result = engine.perform(
        .issueCredential(Self.ann, Self.new(number, until: end)), at: at, log: &log)
      #expect(result == .success(.principal(Self.ann)))
    }
    issue(8, until: Self.noon + .minutes(5), at: early)
    #expect(engine.credential(7) != nil && engine.credential(8)?.principal == Self.ann)
    // Past its end it stays until something is issued: whoever shows it is told that it has ended.
    issue(9, until: nil, at: Self.noon)
    #expect(engine.credential(7) == nil)
    #expect(engine.credential(8) != nil && engine.credential(9)?.expiresAt == nil)
    issue(10, until: nil, at: Self.noon + .minutes(60))
    #expect(engine.credential(8) == nil && engine.credential(9) != nil)
  }

  @Test("16 are valid at the same time, the 17th is refused, and an ended one makes room")
  func limit() {
    var engine = Self.engine(firstExpiresAt: Self.noon)
    var log: [Event] = []
    func issue(_ number: UInt64, at: Instant) -> Result<Decision.Subject, Rejection> {
      engine.perform(.issueCredential(Self.ann, Self.new(number, until: nil)), at: at, log: &log)
    }
    for number in 100..<UInt64(115) {
      #expect(issue(number, at: .midnight) == .success(.principal(Self.ann)))
    }
    let early = Self.noon + Instant.Interval(microseconds: -1)
    #expect(issue(115, at: early) == .failure(.credentialLimit))
    #expect(log.count == 15)
    #expect(issue(115, at: Self.noon) == .success(.principal(Self.ann)))
    #expect(issue(116, at: Self.noon) == .failure(.credentialLimit))
  }

  @Test("Nobody's, and a number that is in use, are refused")
  func refused() {
    var engine = Self.engine()
    var log: [Event] = []
    for nobody in [PrincipalID(0), PrincipalID(2), PrincipalID(.max)] {
      let command = Command.issueCredential(nobody, Self.new(8, until: nil))
      #expect(engine.perform(command, at: .midnight, log: &log) == .failure(.principalUnknown))
    }
    let taken = Command.issueCredential(Self.ann, Self.new(7, until: nil))
    #expect(engine.perform(taken, at: .midnight, log: &log) == .failure(.credentialExists))
    #expect(log.isEmpty)
  }

  @Test("An end beyond what an instant can say is the last instant, and before 1970 the first")
  func clamped() throws {
    var engine = Self.engine(firstExpiresAt: Instant(microseconds: .max))
    #expect(engine.credential(7)?.expiresAt == EngineLimits.latestInstant)
    var log: [Event] = []
    let before = Self.new(8, until: Instant(microseconds: -5))
    _ = engine.perform(.issueCredential(Self.ann, before), at: .midnight, log: &log)
    #expect(engine.credential(8)?.expiresAt == Instant(microseconds: 0))
    let bytes = engine.encodeState()
    #expect(try Engine(decodingState: bytes.span.bytes).credential(7) == engine.credential(7))
  }

  @Test("The state with credentials comes back as it was, and replay gives the same bytes")
  func coding() throws {
    var engine = Self.engine(firstExpiresAt: Self.noon)
    let start = engine
    var log: [Event] = []
    for number in 20..<UInt64(30) {
      let end = number % 2 == 0 ? Self.noon + .minutes(Int64(number)) : nil
      _ = engine.perform(
        .issueCredential(Self.ann, Self.new(number, until: end)),
        at: Self.noon + .minutes(Int64(number) - 10), log: &log)
    }
    let bytes = engine.encodeState()
    let decoded = try Engine(decodingState: bytes.span.bytes)
    #expect(decoded.encodeState() == bytes)
    #expect(decoded.credential(28) == engine.credential(28) && decoded.credential(28) != nil)
    var record: [UInt8] = []
    for event in log { event.encode(to: &record) }
    var replayed = start
    for event in try Event.decodeAll(record.span.bytes) {
      #expect(replayed.fits(event))
      replayed.apply(event)
    }
    #expect(replayed.encodeState() == bytes)
  }

  private static let at = Instant(microseconds: 300)
  private static let goldenPrincipal: [UInt8] = [
    1, 1, 97, 4, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ]

  private static let golden: [(Event, [UInt8])] = [
    (
      .principalCreated(
        ann,
        NewPrincipal(
          name: "a", role: .operator, credential: 7, tokenDigest: TokenDigest(high: 1, low: 2)),
        at: at), [8, 172, 2] + goldenPrincipal
    ),
    (
      .principalCreated(
        ann,
        NewPrincipal(
          name: "a", role: .operator, credential: 7, tokenDigest: TokenDigest(high: 1, low: 2),
          credentialExpiresAt: Instant(microseconds: 301)), at: at),
      [9, 172, 2] + goldenPrincipal + [173, 2]
    ),
    (
      .credentialIssued(
        PrincipalID(2),
        NewCredential(
          number: 7, tokenDigest: TokenDigest(high: 1, low: 2),
          expiresAt: Instant(microseconds: 5)), at: at),
      [240, 1, 172, 2, 2] + goldenPrincipal[4..<44] + [6]
    ),
    (
      .credentialIssued(
        PrincipalID(2),
        NewCredential(number: 7, tokenDigest: TokenDigest(high: 1, low: 2), expiresAt: nil), at: at),
      [240, 1, 172, 2, 2] + goldenPrincipal[4..<44] + [0]
    ),
  ]

  @Test("The bytes of each kind and version stay what they are", arguments: golden.indices)
  func bytes(index: Int) throws {
    let (event, expected) = Self.golden[index]
    var bytes: [UInt8] = []
    event.encode(to: &bytes)
    #expect(bytes == expected)
    #expect(try Event.decodeAll(expected.span.bytes) == [event])
    for length in 1..<bytes.count {
      let part = Array(bytes[..<length])
      #expect(throws: EngineCodingError.self) { try Event.decodeAll(part.span.bytes) }
    }
    for position in bytes.indices {
      for mask: UInt8 in [0x01, 0x02, 0x10, 0x80, 0xff] {
        var copy = bytes
        copy[position] ^= mask
        guard let events = try? Event.decodeAll(copy.span.bytes) else { continue }
        var engine = Self.engine()
        for event in events where engine.fits(event) { engine.apply(event) }
        var again: [UInt8] = []
        for event in events { event.encode(to: &again) }
        #expect(again == copy, "two spellings: \(events)")
      }
    }
  }

  @Test("A state of format 2, which knew one credential a principal, is read and goes on")
  func formerFormat() throws {
    var script = Script(policy: .phase15)
    for line in [
      "08:00 sam watches", "08:00 alice registers kynector en+es whole capacity 2",
      "09:00 portal submits application en 21067", "09:01 alice accepts 1",
    ] { _ = script.run(line) }
    let former = try #require(Self.bytes(hexadecimal: Self.stateOfFormat2))
    #expect(former[0] == 2)
    var engine = try Engine(decodingState: former.span.bytes)
    let state = engine.encodeState()
    #expect(state[0] == 3)
    #expect(try Engine(decodingState: state.span.bytes).encodeState() == state)
    // The same history; the program of then pushed a partner one thing less.
    #expect(engine.referral(ReferralID(1)) == script.engine.referral(ReferralID(1)))
    #expect(engine.offer(OfferID(1)) == script.engine.offer(OfferID(1)))
    let (alice, portal) = (PrincipalID(2), PrincipalID(3))
    #expect(engine.lastPushOffset(of: alice) == script.engine.lastPushOffset(of: alice))
    #expect(engine.lastPushOffset(of: portal) + 1 == script.engine.lastPushOffset(of: portal))
    let record = try #require(engine.credential(2))
    #expect(record.principal == engine.principal(named: "alice")?.id)
    #expect(record.tokenDigest == TokenDigest(high: 2, low: 0) && record.expiresAt == nil)
    var log: [Event] = []
    let issue = Command.issueCredential(record.principal, Self.new(50, until: nil))
    #expect(
      engine.perform(issue, at: Self.noon, log: &log) == .success(.principal(record.principal)))
    let older = [1] + former.dropFirst()
    #expect(throws: EngineCodingError(problem: .unknownFormat(1), offset: 1)) {
      try Engine(decodingState: older.span.bytes)
    }
  }

  @Test("A state whose principal has no credential, 17, or one that another has, is refused")
  func damagedState() throws {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    for (name, number) in [("aaa", UInt64(0xAAAA)), ("bbb", 0xBBBB)] {
      _ = engine.perform(
        .createPrincipal(
          NewPrincipal(
            name: name, role: .operator, credential: number,
            tokenDigest: TokenDigest(high: 1, low: 2))), at: .midnight, log: &log)
    }
    let bytes = engine.encodeState()
    #expect(throws: Never.self) { try Engine(decodingState: bytes.span.bytes) }
    let first = try #require(bytes.indices.first { bytes[$0...].starts(with: [3, 97, 97, 97]) })
    for count: UInt8 in [0, 17] {
      var copy = bytes
      #expect(copy[first + 6] == 1)
      copy[first + 6] = count
      #expect(throws: EngineCodingError.self) { try Engine(decodingState: copy.span.bytes) }
    }
    let second = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xBB, 0xBB, 0]) })
    var copy = bytes
    copy.replaceSubrange(second..<second + 2, with: [0xAA, 0xAA])
    #expect(throws: EngineCodingError.self) { try Engine(decodingState: copy.span.bytes) }
  }

  private static func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.filter { !$0.isWhitespace }.compactMap { $0.hexDigitValue.map(UInt8.init) }
    guard digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// What the program that wrote format 2 made of the script in `formerFormat`.
  private static let stateOfFormat2 = """
    0280feabb0a09e980301010181d293ad0380d293ad0380d293ad030001030580a4a7da06808c8d9e0280d293ad03
    010304050201010201010101010003808c8d9e02808c8d9e0280c6868f010202656e026573030373616d03010000
    00000000000100000000000000000000000000000000000000000000000000000000000000000005616c69636501
    02000000000000000200000000000000000000000000000000000000000000000000000000000000030302010102
    00010000000000000000000000000000000080a88fdf929e980300000081f0dd93a09e98030180a8f8a8e99f9803
    00040304403dbe120f6600000b403dbe120f66010001807727200f6680020203f0af60200f66800206706f727461
    6c020400000000000000040000000000000000000000000000000000000000000000000000000000000000014008
    f0af60200f6680020103eb03000000000000000000000000000004636173650100211203416e6e0c2b3135303235
    353530313030000080f0dd93a09e980340809c9c3981c2f1c0a39e98030000000000000000000001000180e0bba7
    c0bcb00680d293ad03120801809c9c390000000100010280fcd7e0c0bcb00600000000000000000000630000001b
    416d65726963612f4b656e7475636b792f4c6f75697376696c6c650100000000000081a88fdf929e98030180a88f
    df929e9803000000
    """
}
