import KODWire
import Testing

@testable import KODClient

/// Drives one session and writes down what happens, one line an event.
struct SessionTranscript: ~Copyable {
  var session = ClientSession(
    hello: Hello(minimumVersion: 1, maximumVersion: 1, token: "t", client: "test"))
  var lines: [String] = []
  var pending: [UInt8] = []

  /// Feeds the bytes in pieces of `size`, or all at once.
  mutating func receive(_ bytes: [UInt8], pieces size: Int? = nil, at now: UInt64 = 0) {
    var events: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size ?? max(1, bytes.count)) {
      let piece = Array(bytes[start..<min(start + (size ?? bytes.count), bytes.count)])
      session.receive(piece.span.bytes, at: now) { event, payload in
        events.append(Self.line(event, payload.byteCount))
      }
    }
    lines += events
  }

  mutating func written() -> [String] {
    session.output.withUnsafeBytes { pending.append(contentsOf: $0) }
    session.output.removeAll()
    return ClientFrame.take(from: &pending).map(\.line)
  }

  mutating func open(limits: Limits = Frames.limits) {
    session.start(at: 0)
    receive(Frames.welcome(limits: limits))
    _ = written()
    lines = []
  }

  static func line(_ event: ClientSession.Event, _ payloadBytes: Int) -> String {
    switch event {
    case .welcome(let welcome): "welcome \(welcome.principal)"
    case .response(let call): "response \(call), \(payloadBytes) bytes"
    case .item(let call): "item \(call), \(payloadBytes) bytes"
    case .status(let call, let status): "status \(call) \(status.reason.name)"
    case .notice(let status): "notice \(status.reason.name)"
    case .goingAway(let farewell): "going away \(farewell.reason.name)"
    case .pong(let roundTrip): "pong after \(roundTrip) ns"
    case .violation: "violation"
    }
  }
}

@Suite("ClientSession")
struct ClientSessionTests {
  static let exchange: [UInt8] =
    Frames.welcome()
    + Frames.response(1, Assignment(referralId: 4, contact: Contact(name: "Ana")))
    + Frames.start(2, offset: 5, recovered: true)
    + Frames.raw(type: .ping, payload: [1, 2, 3])
    + Frames.push(2, 6)
    + Frames.raw(type: FrameType(rawValue: 77), flags: 1, payload: [9, 9])
    + Frames.status(3, .offerTaken)
    + Frames.status(0, .frameTypeUnknown)
    + Frames.status(2, Status())
    + Frames.goingAway(.serverStopping)

  /// What the exchange means, whatever the pieces. Calls are opened before it: a server may not
  /// answer before WELCOME, so the session is put into its place by hand.
  static func transcript(pieces: Int?) -> [String] {
    var run = SessionTranscript()
    run.session.start(at: 0)
    let welcomeBytes = Frames.welcome().count
    run.receive(Array(exchange[..<welcomeBytes]), pieces: pieces)
    for method in [Method.Assisters.acceptOffer, .Pushes.subscribe, .Assisters.acceptOffer] {
      _ = run.session.open(method, payload: [], timeoutMilliseconds: 5_000, at: 0)
    }
    run.receive(Array(exchange[welcomeBytes...]), pieces: pieces)
    return run.lines + run.written()
  }

  static let expected = [
    "welcome alice", "response 1, 9 bytes", "item 2, 10 bytes", "item 2, 12 bytes",
    "status 3 OFFER_TAKEN", "notice FRAME_TYPE_UNKNOWN", "status 2 REASON_UNSPECIFIED",
    "going away SERVER_STOPPING",
    "HELLO", "REQUEST 1 AcceptOffer 5000ms", "REQUEST 2 Subscribe 5000ms",
    "REQUEST 3 AcceptOffer 5000ms", "PONG",
  ]

  @Test("an exchange reads the same in one piece and one byte at a time, and in every size between")
  func everyPieceSize() {
    #expect(Self.transcript(pieces: nil) == Self.expected)
    for size in 1..<Self.exchange.count {
      #expect(Self.transcript(pieces: size) == Self.expected, "pieces of \(size) bytes")
    }
  }

  @Test("an exchange reads the same when it is cut in two at any byte")
  func everySplit() {
    let welcomeBytes = Frames.welcome().count
    let rest = Array(Self.exchange[welcomeBytes...])
    for split in 0...rest.count {
      var run = SessionTranscript()
      run.open()
      for method in [Method.Assisters.acceptOffer, .Pushes.subscribe, .Assisters.acceptOffer] {
        _ = run.session.open(method, payload: [], at: 0)
      }
      run.receive(Array(rest[..<split]))
      run.receive(Array(rest[split...]))
      #expect(run.lines == Array(Self.expected[1...7]), "cut at byte \(split)")
    }
  }

  @Test("PONG carries the server's payload back")
  func answersPing() {
    var run = SessionTranscript()
    run.open()
    run.receive(Frames.raw(type: .ping, payload: [5, 6]))
    #expect(run.session.output.bytes == Frames.raw(type: .pong, payload: [5, 6]))
  }

  static let broken: KeyValuePairs<String, [UInt8]> = [
    "a frame too large": Frames.raw(
      type: .item, call: 1, payload: .init(repeating: 0, count: 65_537)),
    "a second WELCOME": Frames.welcome(),
    "flags": Frames.raw(type: .status, call: 1, flags: 1),
    "a response to a stream": Frames.response(2, Assignment()),
    "an item of a unary call": Frames.item(1, nil),
    "STATUS OK for a unary call": Frames.status(1, Status()),
    "a response to no call": Frames.response(0, Assignment()),
    "a response to a call of the future": Frames.response(3, Assignment()),
    "a STATUS that does not decode": Frames.raw(type: .status, call: 1, payload: [0xff]),
    "a GOING_AWAY that does not decode": Frames.raw(type: .goingAway, payload: [0x0a, 9]),
    "a REQUEST from a server": Frames.raw(type: .request, call: 1),
    "HELLO from a server": Frames.raw(type: .hello),
    "CANCEL from a server": Frames.raw(type: .cancel, call: 1),
  ]

  @Test(
    "bytes that break the protocol end the session with one violation, and nothing after it counts",
    arguments: ClientSessionTests.broken.map(\.key))
  func violations(_ name: String) throws {
    let bytes = try #require(Self.broken.first { $0.key == name }).value
    for size in [nil, 1] as [Int?] {
      var run = SessionTranscript()
      run.open()
      _ = run.session.open(.Assisters.acceptOffer, AcceptOfferRequest(), at: 0)
      _ = run.session.open(.Pushes.subscribe, SubscribeRequest(), at: 0)
      run.receive(bytes + Frames.status(1, .offerTaken), pieces: size)
      #expect(run.lines == ["violation"])
      #expect(run.session.phase == .ended)
      #expect(run.session.open(.Assisters.acceptOffer, AcceptOfferRequest(), at: 0) == nil)
    }
  }

  @Test("before WELCOME only WELCOME, notices, PING and GOING_AWAY make sense")
  func beforeWelcome() {
    for (bytes, meaning) in [
      (Frames.response(1, Assignment()), "violation"),
      (Frames.status(1, .helloRequired), "violation"),
      (Frames.welcome(version: 2), "violation"),
      (Frames.status(0, .fieldInvalid), "notice FIELD_INVALID"),
      (Frames.goingAway(.tokenRejected, permanent: true), "going away TOKEN_REJECTED"),
    ] {
      var run = SessionTranscript()
      run.session.start(at: 0)
      run.receive(bytes)
      #expect(run.lines == [meaning])
    }
  }

  @Test("no bytes a server can send make a session crash")
  func damagedBytes() {
    // Every byte of a good exchange replaced by some others: the outcome varies, the survival not.
    let exchange = Self.exchange
    for index in exchange.indices {
      for value in [0x00, 0x01, 0x7f, 0x80, 0xff] as [UInt8] {
        var damaged = exchange
        damaged[index] = value
        var run = SessionTranscript()
        run.session.start(at: 0)
        run.receive(damaged, pieces: 7)
        let violations = run.lines.filter { $0 == "violation" }.count
        #expect(violations <= 1)
        #expect(violations == 0 || run.session.phase == .ended)
      }
    }
  }

  @Test("answers that cross a CANCEL are not heard, and the call is in flight until it has ended")
  func cancel() {
    var run = SessionTranscript()
    run.open()
    let first = run.session.open(.Assisters.acceptOffer, AcceptOfferRequest(), at: 0)!
    let second = run.session.open(.Pushes.subscribe, SubscribeRequest(), at: 0)!
    run.session.cancel(first, at: 0)
    run.session.cancel(first, at: 0)
    run.session.cancel(second, at: 0)
    #expect(run.written().suffix(2) == ["CANCEL 1", "CANCEL 2"])
    #expect(run.session.callsInFlight == 2)
    run.receive(Frames.response(first, Assignment()) + Frames.push(second, 1))
    #expect(run.lines.isEmpty)
    #expect(run.session.callsInFlight == 1)
    // The server did not know the first call any more, and ends the second.
    run.receive(Frames.status(first, .callUnknown) + Frames.status(second, .callCancelled))
    #expect(run.lines == ["status 2 CALL_CANCELLED"])
    #expect(run.session.callsInFlight == 0)
  }

  @Test("a request longer than the server takes is not written")
  func tooLong() {
    var run = SessionTranscript()
    run.open()
    let long = RejectOfferRequest(offerId: 1, reason: String(repeating: "x", count: 70_000))
    #expect(run.session.open(.Assisters.rejectOffer, long, at: 0) == nil)
    #expect(run.session.open(.Assisters.rejectOffer, payload: long.encoded(), at: 0) == nil)
    #expect(run.written().isEmpty)
    #expect(run.session.open(.Assisters.rejectOffer, RejectOfferRequest(), at: 0) == 1)
  }

  @Test("PING after its own silence; the answer tells the round trip")
  func keepalive() {
    var run = SessionTranscript()
    run.open()
    #expect(run.session.nextDeadline == .seconds(25))
    #expect(run.session.advance(to: .seconds(24)) == .alive)
    #expect(run.written().isEmpty)
    #expect(run.session.advance(to: .seconds(25)) == .alive)
    var bytes = run.session.output.bytes
    let ping = ClientFrame.take(from: &bytes)
    #expect(run.written() == ["PING"])
    run.receive(Frames.raw(type: .pong, payload: [1]), at: .seconds(26))
    run.receive(Frames.raw(type: .pong, payload: ping[0].payload), at: .seconds(26))
    run.receive(Frames.raw(type: .pong, payload: ping[0].payload), at: .seconds(27))
    #expect(run.lines == ["pong after 1000000000 ns"])
    // Whatever is said postpones the next PING.
    _ = run.session.open(.Assisters.getStanding, GetStandingRequest(), at: .seconds(30))
    #expect(run.session.nextDeadline == .seconds(55))
  }

  @Test("a server that does not answer PING for ten seconds is dead, any other word saves it")
  func unansweredPing() {
    var run = SessionTranscript()
    run.open()
    #expect(run.session.advance(to: .seconds(25)) == .alive)
    #expect(run.session.nextDeadline == .seconds(35))
    run.receive(Frames.status(0, .frameTypeUnknown), at: .seconds(34))
    #expect(run.session.advance(to: .seconds(35)) == .alive)
    #expect(run.session.advance(to: .seconds(50)) == .alive)
    #expect(run.session.advance(to: .seconds(60)) == .silent)
    #expect(run.session.phase == .ended)
    #expect(run.session.nextDeadline == nil)
  }

  @Test("a server that says nothing for the silence limit is dead even without PING")
  func silence() {
    var run = SessionTranscript()
    run.open(limits: Limits(silenceLimitMs: 1_000))
    #expect(run.session.nextDeadline == .seconds(1))
    #expect(run.session.advance(to: .milliseconds(999)) == .alive)
    #expect(run.session.advance(to: .seconds(1)) == .silent)
  }

  @Test("limits that WELCOME leaves out are the protocol's own")
  func missingLimits() {
    var run = SessionTranscript()
    run.open(limits: Limits())
    #expect(run.session.limits.maximumPayloadBytes == 65_536)
    #expect(run.session.limits.maximumCallsInFlight == 64)
    #expect(run.session.nextDeadline == .seconds(25))
    #expect(run.session.advance(to: .seconds(25)) == .alive)
    #expect(run.session.nextDeadline == .seconds(35))
  }

  @Test("a limit of WELCOME counts also where it is more than the protocol's own")
  func largeLimit() {
    var run = SessionTranscript()
    run.open(limits: Limits(maximumPayloadBytes: 70_000))
    let request = SaveNoteRequest(note: String(repeating: "x", count: 69_996))
    #expect(run.session.open(.Assisters.saveNote, request, at: 0) == 1)
    let longer = SaveNoteRequest(note: String(repeating: "x", count: 69_997))
    #expect(run.session.open(.Assisters.saveNote, longer, at: 0) == nil)
    let later = FrameType(rawValue: 200)
    run.receive(Frames.raw(type: later, payload: [UInt8](repeating: 0, count: 70_000)))
    #expect(run.session.phase == .open)
    run.receive(Frames.raw(type: later, payload: [UInt8](repeating: 0, count: 70_001)))
    #expect(run.session.phase == .ended)
  }

  @Test("the ten seconds count from the first PING after which nothing came, not from the newest")
  func manyPings() {
    var run = SessionTranscript()
    run.open(limits: Limits(pingIntervalMs: 1_000, silenceLimitMs: 60_000))
    for second in 1...10 { #expect(run.session.advance(to: .seconds(UInt64(second))) == .alive) }
    #expect(run.session.nextDeadline == .seconds(11))
    #expect(run.session.advance(to: .seconds(11)) == .silent)
  }

  @Test("nothing but HELLO is said before WELCOME, not even PONG")
  func earlyPing() {
    var run = SessionTranscript()
    run.session.start(at: 0)
    #expect(run.written() == ["HELLO"])
    run.receive(Frames.raw(type: .ping, payload: [1]))
    #expect(run.written().isEmpty)
    #expect(run.session.phase == .greeting)
  }

  @Test("GOING_AWAY is the last frame of its sender")
  func leave() {
    var run = SessionTranscript()
    run.open()
    run.session.leave(GoingAway(message: "bye"))
    run.session.leave(GoingAway(message: "bye"))
    run.session.ping(at: 0)
    #expect(run.session.open(.Assisters.getStanding, GetStandingRequest(), at: 0) == nil)
    run.receive(Frames.raw(type: .ping))
    #expect(run.written() == ["GOING_AWAY"])
  }
}
