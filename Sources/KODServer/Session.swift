internal import KODEngine
internal import KODWire

/// One client's session: what has been said, which calls are open, what is due. Sans-I/O: methods are events, they
/// return what is to be done, and nothing here touches a socket, a clock or the engine.
struct Session {
  /// What the connection is to do.
  enum Action {
    case none
    case send(Answer)
    /// Ask the writer whose credential this is.
    case authenticate(credential: UInt64, digest: TokenDigest)
    case perform(CallRequest)
    /// The call is over: tell the client, and if the writer keeps something of it, tell the writer.
    case endCall(UInt32, Status, isKept: Bool)
    /// Say why, then close.
    case close(GoingAway)
  }

  /// A frame that the session answers by itself.
  enum Answer {
    case welcome(Welcome)
    case status(call: UInt32, Status)
    case pong([UInt8])
  }

  enum Phase: Equatable {
    case awaitingHello
    case authenticating(version: UInt32)
    case established
    case closing
  }

  /// A call in flight: one that the writer has not done with, or whose end the client has not been told.
  ///
  /// A call that was cancelled or ran into its deadline is over for the client at once and keeps its place until the
  /// writer has done with it: else opening and cancelling would get any amount of work into the server.
  private struct OpenCall {
    var id: UInt32
    var isStream: Bool
    var isKept: Bool
    /// Monotonic milliseconds; `.max` for a stream without a deadline.
    var deadline: Int64
    /// The client has been told the end.
    var isOver = false
    /// The writer has done with it and gives no answer: it saw the deadline pass first.
    var isSettled = false
  }

  private(set) var phase = Phase.awaitingHello
  /// Whose session it is, once it has been welcomed.
  private(set) var principal: SessionPrincipal?
  /// For the log: whose token it was that opened the session, or would have, had it not ended.
  private(set) var ownerName = ""
  /// The program's name and version, as HELLO gave them: for the log.
  private(set) var client = ""
  private var openCalls: [OpenCall] = []
  private var newestCall: UInt32 = 0
  private var cancels = CancelBudget()
  private var bytesBeforeWelcome = 0
  private var heardAt: Int64
  private let openedAt: Int64
  private var isDraining = false
  private let isBeyondLimit: Bool
  private let versions: ClosedRange<UInt32>
  /// When the credential that the session is under ends; nil: never. The session ends with it, unless it is refreshed
  /// first.
  private(set) var expiresAt: Instant?

  /// - Parameters:
  ///   - isBeyondLimit: the server holds as many sessions as it may; this one is only told so.
  ///   - versions: of the protocol, that the server speaks.
  init(
    openedAt tick: Tick, isBeyondLimit: Bool = false,
    versions: ClosedRange<UInt32> = ProtocolVersion.supported
  ) {
    self.isBeyondLimit = isBeyondLimit
    self.versions = versions
    openedAt = tick.milliseconds
    heardAt = tick.milliseconds
  }

  /// The largest payload that the next frame may have.
  func maximumPayloadBytes(_ limits: Limits) -> Int {
    principal == nil ? limits.maximumHelloBytes : limits.maximumPayloadBytes
  }

  /// A drained session has nothing left to wait for: streams are the server's to end.
  var hasUnaryCalls: Bool { openCalls.contains { !$0.isStream && !$0.isOver } }

  // MARK: Events

  /// Bytes have come out of TLS. Any traffic shows that the client lives.
  mutating func bytesReceived(_ count: Int, at tick: Tick, limits: Limits) -> Action {
    heardAt = tick.milliseconds
    guard principal == nil else { return .none }
    bytesBeforeWelcome += count
    guard bytesBeforeWelcome > limits.maximumBytesBeforeWelcome else { return .none }
    return close(.helloLimit, "more than \(limits.maximumBytesBeforeWelcome) bytes before WELCOME")
  }

  /// A whole frame has arrived.
  mutating func frameReceived(
    _ header: FrameHeader, payload: RawSpan, at tick: Tick, limits: Limits
  ) -> Action {
    let type = FrameType(rawValue: Int32(header.type))
    if case .closing = phase { return .none }
    if isExpired(at: tick) { return closeExpired() }
    if header.flags != 0 {
      return refuse(header, .frameFlagsUnknown, "flags are reserved and must be zero")
    }
    switch type {
    case .hello: return helloReceived(payload, header)
    case .ping: return pingReceived(payload, header, limits)
    case .pong: return .none
    case .goingAway:
      phase = .closing
      return .close(GoingAway(code: .ok, message: "goodbye"))
    case .request where principal == nil, .cancel where principal == nil:
      return refuseCall(header, .helloRequired, "say HELLO first")
    case .request: return requestReceived(header, payload, tick, limits)
    case .cancel: return cancelReceived(header, tick, limits)
    case .welcome, .response, .item, .status:
      return refuse(header, .frameUnexpected, "a client does not send this type")
    default:
      return refuse(header, .frameTypeUnknown, "unknown frame type")
    }
  }

  /// A header announces more than the limit: from here on the framing can't be trusted.
  mutating func oversizedFrameReceived(_ header: FrameHeader, limits: Limits) -> Action {
    close(
      .frameTooLarge,
      "payload of \(header.payloadBytes) bytes; \(maximumPayloadBytes(limits)) are allowed")
  }

  /// The writer has looked the credential up.
  mutating func authenticationCompleted(
    _ verdict: CredentialVerdict, session: UInt64, at tick: Tick, limits: Limits
  ) -> Action {
    guard case .authenticating(let version) = phase else { return .none }
    let principal: SessionPrincipal
    switch verdict {
    case .rejected: return close(.tokenRejected, "the token is not valid", permanent: true)
    case .expired(let owner):
      ownerName = owner.name
      return closeExpired()
    case .accepted(let owner, let end):
      ownerName = owner.name
      principal = owner
      expiresAt = end
    }
    // Its time may have run out on the way here.
    if isExpired(at: tick) { return closeExpired() }
    phase = .established
    self.principal = principal
    return .send(
      .welcome(
        Welcome(
          version: version, sessionId: session, principal: principal.name,
          role: KODWire.Role(rawValue: Int32(principal.role.rawValue)),
          serverTimeUs: tick.instant.microseconds, limits: limits.advertised,
          server: ServerVersion.text, credentialExpiresAtUs: expiresAt?.microseconds ?? 0,
          minorVersion: ProtocolVersion.minor)))
  }

  /// The session is under another credential of its principal now, as the answer to its call says: it ends then, or,
  /// with nil, which only a credential without end gives, never. False: the session is over.
  mutating func credentialRefreshed(expiresAt end: Instant?) -> Bool {
    guard phase == .established else { return false }
    expiresAt = end
    return true
  }

  /// The writer's last word on a call. False: the client was told already (cancelled, deadline), so drop it.
  mutating func callAnswered(_ call: UInt32) -> Bool {
    guard let index = openCalls.firstIndex(where: { $0.id == call }) else { return false }
    return !openCalls.remove(at: index).isOver
  }

  /// The writer has done with a call that it does not answer. Its place is free once the client knows the end.
  mutating func callSettled(_ call: UInt32) {
    guard let index = openCalls.firstIndex(where: { $0.id == call }) else { return }
    if openCalls[index].isOver {
      openCalls.remove(at: index)
    } else {
      openCalls[index].isSettled = true
    }
  }

  /// Whether the client still waits for something of the call.
  func isOpen(_ call: UInt32) -> Bool { openCalls.contains { $0.id == call && !$0.isOver } }

  func isStream(_ call: UInt32) -> Bool { openCalls.contains { $0.id == call && $0.isStream } }

  /// The call is over for the client.
  private mutating func end(at index: Int, _ reason: Reason, _ message: String) -> Action {
    let call = openCalls[index]
    if call.isSettled {
      openCalls.remove(at: index)
    } else {
      openCalls[index].isOver = true
      openCalls[index].deadline = .max
    }
    return .endCall(call.id, .of(reason, message), isKept: call.isKept && !call.isSettled)
  }

  /// Monotonic milliseconds of the next thing that time alone brings about.
  ///
  /// A credential's end is on the wall clock: its place on the other clock holds until the wall clock is set. Silence
  /// makes sure that somebody looks again within a minute, and a frame looks by itself.
  func nextDeadline(_ limits: Limits, at tick: Tick) -> Int64 {
    guard principal != nil else { return openedAt + limits.helloTimeoutMilliseconds }
    var next = heardAt + limits.silenceLimitMilliseconds
    if let expiresAt {
      let left = (expiresAt - tick.instant).microseconds
      // Rounded up: a look before the end would only be repeated.
      next = min(next, tick.milliseconds + max(0, left / 1000 + (left % 1000 > 0 ? 1 : 0)))
    }
    return openCalls.reduce(next) { min($0, $1.deadline) }
  }

  /// Time has passed; call again until it returns `.none`.
  mutating func timePassed(to tick: Tick, limits: Limits) -> Action {
    let milliseconds = tick.milliseconds
    if case .closing = phase { return .none }
    guard principal != nil else {
      guard milliseconds >= openedAt + limits.helloTimeoutMilliseconds else { return .none }
      return close(.helloTimeout, "no HELLO in time")
    }
    if isExpired(at: tick) { return closeExpired() }
    if milliseconds >= heardAt + limits.silenceLimitMilliseconds {
      return close(.keepaliveTimeout, "nothing heard for too long")
    }
    guard let index = openCalls.firstIndex(where: { $0.deadline <= milliseconds }) else {
      return .none
    }
    return end(at: index, .callDeadline, "not answered in time; the outcome is not known")
  }

  /// The server is stopping: no new calls; those in flight are still answered.
  mutating func drainStarted() { isDraining = true }

  /// The connection is about to close, whoever wanted it.
  mutating func closed() { phase = .closing }

  // MARK: Frames

  private mutating func helloReceived(_ payload: RawSpan, _ header: FrameHeader) -> Action {
    guard phase == .awaitingHello else {
      return refuse(header, .frameUnexpected, "HELLO has been said")
    }
    let hello: Hello
    do { hello = try Hello(decoding: payload) } catch {
      return refuse(header, .payloadMalformed, "HELLO: \(error)")
    }
    var check = FieldCheck()
    check.text("client", hello.client, bytes: 0...64)
    if hello.maximumVersion < hello.minimumVersion {
      check.violation("maximum_version", "must not be below minimum_version")
    }
    if var status = check.status {
      (status.frameType, status.aboutCall) = (UInt32(header.type), header.call)
      return .send(.status(call: 0, status))
    }
    client = hello.client
    // The highest that both speak.
    let version = min(hello.maximumVersion, versions.upperBound)
    guard version >= hello.minimumVersion, version >= versions.lowerBound else {
      return closeUnsupported()
    }
    if isBeyondLimit {
      return close(
        .sessionLimit, "the server holds as many sessions as it may", hint: .sessionLimit)
    }
    phase = .authenticating(version: version)
    let (credential, digest) = Token.fingerprint(hello.token)
    return .authenticate(credential: credential, digest: digest)
  }

  private mutating func pingReceived(
    _ payload: RawSpan, _ header: FrameHeader, _ limits: Limits
  ) -> Action {
    guard principal != nil else {
      return .send(.status(call: 0, .of(.helloRequired, "say HELLO first", about: header)))
    }
    guard payload.byteCount <= limits.maximumPingBytes else {
      return refuse(header, .pingTooLong, "at most \(limits.maximumPingBytes) bytes")
    }
    return .send(.pong(payload.withUnsafeBytes { [UInt8]($0) }))
  }

  private mutating func requestReceived(
    _ header: FrameHeader, _ payload: RawSpan, _ tick: Tick, _ limits: Limits
  ) -> Action {
    guard let principal else { return .none }
    guard header.call > newestCall else {
      return .send(
        .status(
          call: 0,
          .of(.callIdNotIncreasing, "the newest call was \(newestCall)", about: header)))
    }
    newestCall = header.call
    func refused(_ status: Status) -> Action { .send(.status(call: header.call, status)) }
    if isDraining { return refused(.of(.serverStopping, "the server is stopping")) }
    guard openCalls.count < limits.maximumCallsInFlight else {
      return refused(.of(.callsInFlight, "\(limits.maximumCallsInFlight) calls are in flight"))
    }
    switch Dispatcher.request(
      method: header.method, payload: payload, principal: principal, limits: limits)
    {
    case .failure(let refusal): return refused(refusal.status)
    case .success(let request):
      let isStream = request.isStream
      let deadline = deadline(
        header.timeoutMilliseconds, isStream: isStream, at: tick, limits: limits)
      openCalls.append(
        OpenCall(
          id: header.call, isStream: isStream, isKept: request.isKept, deadline: deadline))
      return .perform(
        CallRequest(
          call: header.call, principal: principal.id, deadline: deadline, receivedAt: tick.instant,
          request: request))
    }
  }

  private func deadline(
    _ timeout: UInt32, isStream: Bool, at tick: Tick, limits: Limits
  ) -> Int64 {
    if isStream { return timeout == 0 ? .max : tick.milliseconds + Int64(timeout) }
    let wanted = timeout == 0 ? limits.defaultTimeoutMilliseconds : Int64(timeout)
    return tick.milliseconds + min(wanted, limits.maximumTimeoutMilliseconds)
  }

  /// Each CANCEL costs, whether or not there is something to cancel.
  private mutating func cancelReceived(
    _ header: FrameHeader, _ tick: Tick, _ limits: Limits
  ) -> Action {
    guard cancels.spend(at: tick.milliseconds, limits) else {
      return close(
        .cancelLimit,
        "more than \(limits.cancelBurst) calls cancelled in a row, or \(limits.cancelsPerSecond) a second",
        hint: .cancelLimit)
    }
    guard header.payloadBytes == 0 else {
      return refuse(header, .payloadUnexpected, "CANCEL carries no payload")
    }
    guard let index = openCalls.firstIndex(where: { $0.id == header.call && !$0.isOver }) else {
      return refuseCall(header, .callUnknown, "no such call is in flight")
    }
    return end(at: index, .callCancelled, "cancelled by the client")
  }

  // MARK: Answers

  /// Refuses a frame and goes on: on its own call if it opens one, whose id is used up then, else on call 0.
  private mutating func refuse(
    _ header: FrameHeader, _ reason: Reason, _ message: String
  ) -> Action {
    let isRequest =
      header.type == UInt8(FrameType.request.rawValue) && header.call > newestCall
    if isRequest, principal != nil { newestCall = header.call }
    return .send(
      .status(
        call: isRequest ? header.call : 0,
        isRequest ? .of(reason, message) : .of(reason, message, about: header)))
  }

  /// Refuses a frame on the call that it names; if that is call 0, says which frame it was.
  private func refuseCall(_ header: FrameHeader, _ reason: Reason, _ message: String) -> Action {
    .send(
      .status(
        call: header.call,
        header.call == 0 ? .of(reason, message, about: header) : .of(reason, message)))
  }

  private mutating func close(
    _ reason: Reason, _ message: String, hint: ReconnectHint = .ownBackoff, permanent: Bool = false
  ) -> Action {
    phase = .closing
    return .close(
      GoingAway(
        code: reason.code, reason: reason, message: message,
        reconnectAfterMs: hint.afterMilliseconds, reconnectSpreadMs: hint.spreadMilliseconds,
        permanent: permanent))
  }

  private mutating func closeUnsupported() -> Action {
    phase = .closing
    let (low, high) = (versions.lowerBound, versions.upperBound)
    let reason = Reason.versionUnsupported
    return .close(
      GoingAway(
        code: reason.code, reason: reason,
        message: "this server speaks version \(low == high ? "\(low)" : "\(low) to \(high)")",
        permanent: true, minimumVersion: low, maximumVersion: high))
  }

  // MARK: The credential's end

  /// At exactly its end a credential is not valid any more.
  private func isExpired(at tick: Tick) -> Bool { !tick.instant.isBefore(end: expiresAt) }

  private mutating func closeExpired() -> Action {
    close(.credentialExpired, "the credential's time is over", permanent: true)
  }
}

/// What the writer finds out about a token that a client began its session with.
enum CredentialVerdict: Equatable, Sendable {
  /// Valid before `expiresAt`; nil: without end.
  case accepted(SessionPrincipal, expiresAt: Instant?)
  /// It was right, but its time is over.
  case expired(SessionPrincipal)
  case rejected
}

/// Who a session belongs to.
struct SessionPrincipal: Equatable, Sendable {
  var id: PrincipalID
  var name: String
  var role: KODEngine.Role
}
