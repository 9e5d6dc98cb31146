public import KODWire

/// One session's life as its client sees it: bytes in, events and bytes out, no I/O and no clock.
///
/// The owner moves `output` to the server, feeds what comes back to `receive`, and calls `advance`
/// when `nextDeadline` has come. `KODClient` and `kod-load` drive sessions like this:
///
///     var session = ClientSession(hello: hello)
///     session.start(at: now)                          // HELLO is in `output`
///     session.receive(plaintext, at: now) { event, payload in … }
///     let call = session.open(.Assisters.acceptOffer, AcceptOfferRequest(offerId: 7),
///                             timeoutMilliseconds: 5_000, at: now)
///
/// Whatever the server sends, a session does not crash: bytes that break the protocol yield one
/// `violation` and end it. All times are nanoseconds of one monotonic clock.
public struct ClientSession: ~Copyable {
  /// How far a session has come.
  public enum Phase: Sendable, Equatable {
    /// Made; HELLO is not written yet.
    case new
    /// HELLO is written; waiting for WELCOME.
    case greeting
    /// Calls may be opened.
    case open
    /// Somebody said farewell, or the server broke the protocol. Further bytes are ignored.
    case ended
  }

  /// What the server's bytes meant. The payload, where there is one, is the handler's second
  /// argument.
  public enum Event: Sendable, Equatable {
    /// The session is open.
    case welcome(Welcome)
    /// A unary call ended well; payload: the method's response.
    case response(call: UInt32)
    /// One item of a server stream; payload: the item.
    case item(call: UInt32)
    /// A call ended: a refusal, or, for a stream, its end.
    case status(call: UInt32, Status)
    /// A word about the session as a whole (call 0). It goes on, unless a farewell follows.
    case notice(Status)
    /// The server's last word; the session has ended, and with it all calls in flight.
    case goingAway(GoingAway)
    /// The answer to this session's PING, and how long it took.
    case pong(roundTripNanoseconds: UInt64)
    /// The server's bytes can't be understood; the session has ended: close the connection.
    case violation(Violation)
  }

  /// What the server did that the protocol does not allow.
  public struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
    /// For people.
    public let description: String

    init(_ description: String) { self.description = description }
  }

  /// What `advance` found.
  public enum Liveness: Sendable, Equatable {
    /// Nothing is wrong. A PING may have been written to `output`.
    case alive
    /// Nothing was heard for too long: the connection is dead. The session has ended.
    case silent
  }

  struct OpenCall {
    let id: UInt32
    let isStream: Bool
    /// CANCEL was sent: the answer that may cross it on the way is of no interest.
    var isCancelled: Bool
  }

  /// Frames for the server, in plain text: send them, then empty it with
  /// `removeAll(keepingCapacity:)`.
  public var output = ByteWriter(minimumCapacity: 64)

  /// How far the session has come.
  public internal(set) var phase = Phase.new

  /// The server's limits; before WELCOME, what the protocol says.
  public internal(set) var limits = Limits().completed

  /// The payload of PING: 8 bytes, or as many as the server takes.
  var pingBytes: Int {
    limits.maximumPingBytes == 0 ? 8 : Int(min(limits.maximumPingBytes, 8))
  }
  /// A connection on which PING is not answered for so long is given up (README, "Session").
  static var pongLimitMilliseconds: UInt32 { 10_000 }

  let hello: Hello
  /// A frame whose end has not come yet.
  var partial: [UInt8] = []
  /// In order of their ids. A session has few calls in flight: a walk beats a table.
  var calls: [OpenCall] = []
  var lastCallID: UInt32 = 0
  var lastSpoke: UInt64 = 0
  var lastHeard: UInt64 = 0
  /// When the newest PING left; its payload says so too.
  var pingSent: UInt64?
  /// When the first PING left after which nothing was heard.
  var doubtedSince: UInt64?

  /// A session that will introduce itself with `hello`.
  public init(hello: Hello) { self.hello = hello }

  /// Calls that the server has not ended yet, streams and cancelled ones included. More than
  /// `limits.maximumCallsInFlight` are refused.
  public var callsInFlight: Int { calls.count }

  /// Writes HELLO. Call it once, when the connection is up.
  public mutating func start(at now: UInt64) {
    guard phase == .new else { return }
    phase = .greeting
    output.appendFrame(type: .hello, payload: hello)
    lastSpoke = now
    lastHeard = now
  }

  /// Writes a REQUEST.
  ///
  /// - Parameter timeoutMilliseconds: how long the caller will wait; 0: the server's default (unary)
  ///   or for ever (streams).
  /// - Returns: the call's id; nil, and nothing is written, when the session is not open, its ids
  ///   are used up, or the request is longer than the server takes.
  public mutating func open(
    _ method: Method, _ request: some WireMessage, timeoutMilliseconds: UInt32 = 0, at now: UInt64
  ) -> UInt32? {
    guard let id = nextCallID else { return nil }
    let mark = output.count
    let payloadBytes = output.appendFrame(
      type: .request, call: id, method: method.number, timeoutMilliseconds: timeoutMilliseconds,
      payload: request)
    guard payloadBytes <= Int(limits.maximumPayloadBytes) else {
      output.truncate(to: mark)
      return nil
    }
    began(id, method, at: now)
    return id
  }

  /// Writes a REQUEST whose payload is encoded already.
  ///
  /// - Returns: as `open` of a message does.
  public mutating func open(
    _ method: Method, payload: [UInt8], timeoutMilliseconds: UInt32 = 0, at now: UInt64
  ) -> UInt32? {
    guard let id = nextCallID, payload.count <= Int(limits.maximumPayloadBytes) else { return nil }
    output.appendFrame(
      type: .request, call: id, method: method.number, timeoutMilliseconds: timeoutMilliseconds,
      payloadBytes: payload)
    began(id, method, at: now)
    return id
  }

  /// Writes CANCEL. The call stays in flight, unheard, until the server has ended it.
  public mutating func cancel(_ call: UInt32, at now: UInt64) {
    guard phase == .open, let index = calls.firstIndex(where: { $0.id == call }),
      !calls[index].isCancelled
    else { return }
    calls[index].isCancelled = true
    output.appendFrame(type: .cancel, call: call)
    lastSpoke = now
  }

  /// Writes PING; the answer comes as `pong`. `advance` does it when it is due.
  public mutating func ping(at now: UInt64) {
    guard phase == .open else { return }
    output.appendFrame(type: .ping, payloadBytes: pingPayload(of: now))
    pingSent = now
    if doubtedSince == nil { doubtedSince = now }
    lastSpoke = now
  }

  /// An answer did not come in time: asks whether there is still somebody to answer, unless that is being asked.
  mutating func doubt(at now: UInt64) {
    if doubtedSince != nil { return }
    ping(at: now)
  }

  /// Writes GOING_AWAY, the last frame of this side, and ends the session.
  public mutating func leave(_ farewell: GoingAway) {
    guard phase == .greeting || phase == .open else { return }
    output.appendFrame(type: .goingAway, payload: farewell)
    phase = .ended
    calls.removeAll()
  }

  /// When `advance` has something to do; nil: never.
  public var nextDeadline: UInt64? {
    guard phase == .open else { return nil }
    return switch (pingDue, silenceDue) {
    case (let ping?, let silence?): min(ping, silence)
    case (let ping, let silence): ping ?? silence
    }
  }

  /// Keeps the session alive: PING after this side's silence, an end after the server's.
  public mutating func advance(to now: UInt64) -> Liveness {
    guard phase == .open else { return .alive }
    if let silenceDue, now >= silenceDue {
      phase = .ended
      return .silent
    }
    if let pingDue, now >= pingDue { ping(at: now) }
    return .alive
  }

  private var pingDue: UInt64? {
    guard limits.pingIntervalMs > 0 else { return nil }
    return lastSpoke.addingSaturated(.nanoseconds(milliseconds: limits.pingIntervalMs))
  }

  /// Nothing was heard for the silence limit, or nothing since a PING that is ten seconds old.
  private var silenceDue: UInt64? {
    let unanswered = doubtedSince?
      .addingSaturated(.nanoseconds(milliseconds: Self.pongLimitMilliseconds))
    guard limits.silenceLimitMs > 0 else { return unanswered }
    let silent = lastHeard.addingSaturated(.nanoseconds(milliseconds: limits.silenceLimitMs))
    return min(silent, unanswered ?? silent)
  }

  private var nextCallID: UInt32? {
    phase == .open && lastCallID < .max ? lastCallID + 1 : nil
  }

  private mutating func began(_ id: UInt32, _ method: Method, at now: UInt64) {
    lastCallID = id
    calls.append(OpenCall(id: id, isStream: method.isServerStream, isCancelled: false))
    lastSpoke = now
  }

  /// The instant in which it left: the last bytes of it, which tell it from its neighbours.
  func pingPayload(of instant: UInt64) -> [UInt8] {
    withUnsafeBytes(of: instant.bigEndian) { Array($0.suffix(pingBytes)) }
  }
}

extension Limits {
  /// With the protocol's own value wherever nothing is said: zero is no limit of a server's.
  var completed: Limits {
    func said(_ value: UInt32, else own: UInt32) -> UInt32 { value == 0 ? own : value }
    var limits = self
    limits.maximumPayloadBytes = said(
      maximumPayloadBytes, else: UInt32(FrameLimits.maximumPayloadBytes))
    limits.maximumCallsInFlight = said(maximumCallsInFlight, else: 64)
    limits.pingIntervalMs = said(pingIntervalMs, else: 25_000)
    limits.silenceLimitMs = said(silenceLimitMs, else: 60_000)
    return limits
  }
}
