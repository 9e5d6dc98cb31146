import KODEngine
import KODWire

@testable import KODServer

/// One connection without a socket: does with the session's actions what IOLoop does, and knows by
/// itself what each frame must lead to.
struct SessionModel {
  private struct Call {
    var id: UInt32
    var isStream: Bool
    var deadline: Int64
    /// The client waits for something of it.
    var isOpen = true
    /// It counts as in flight: until the client was told its end and the writer has done with it.
    var holdsPlace = true
    var isSettled = false
  }

  /// What a frame must lead to. Where fields are judged, either may come.
  private enum Expected: Equatable {
    case nothing
    case refusal(Reason)
    case pong
    case authentication
    case cancellation
    case close(Reason)
    case performedOrRefused
    case helloJudged
  }

  private var session: Session
  private let limits: KODServer.Limits
  private var now: Int64 = 1_000
  private var held: [UInt8] = []
  private var bytesBeforeWelcome = 0
  private var isHelloSaid = false
  private var isWelcomed = false
  private var isDraining = false
  private var isClosed = false
  private var role: KODEngine.Role = .assister
  private var heardAt: Int64 = 1_000
  /// When the credential ends; nil: never.
  private var expiresAt: Int64?
  /// What CANCEL has cost, in thousandths of one.
  private var cancelDebt: Int64 = 0
  private var cancelledAt: Int64 = 0
  private(set) var newestCall: UInt32 = 0
  private var calls: [Call] = []

  init(_ limits: KODServer.Limits) {
    self.limits = limits
    session = Session(openedAt: Tick(milliseconds: 1_000, instant: Instant(microseconds: 0)))
  }

  private var tick: Tick {
    Tick(milliseconds: now, instant: Instant(microseconds: now * 1_000))
  }

  var oldestOpenCall: UInt32 { calls.first(where: \.isOpen)?.id ?? 0 }
  private var isExpired: Bool { expiresAt.map { now >= $0 } ?? false }
  private var callsInFlight: Int { calls.count(where: \.holdsPlace) }

  // MARK: The session's methods whose signatures may change

  private mutating func pass(verdict: CredentialVerdict) -> Session.Action {
    session.authenticationCompleted(verdict, session: 1, at: tick, limits: limits)
  }

  private mutating func passTime() -> Session.Action {
    session.timePassed(to: tick, limits: limits)
  }

  private var nextDeadline: Int64 { session.nextDeadline(limits, at: tick) }

  // MARK: What happens

  /// Plain text has come, as `IOLoop.opened` gets it.
  mutating func arrive(_ bytes: [UInt8], _ plan: Pieces) {
    var plan = plan
    var rest = bytes[...]
    while !rest.isEmpty, !isClosed {
      let piece = rest.prefix(plan.next(of: rest.count))
      rest = rest.dropFirst(piece.count)
      heardAt = now
      let action = session.bytesReceived(piece.count, at: tick, limits: limits)
      if !isWelcomed { bytesBeforeWelcome += piece.count }
      if bytesBeforeWelcome > 16_384, !isWelcomed {
        require(closeReason(action) == .helloLimit, "\(action) after too much before WELCOME")
        return close(action)
      }
      guard case .none = action else { violated("\(action) for bytes alone") }
      held += piece
      takeFrames()
    }
    // A closed session has nothing more to say, whatever comes.
    if isClosed, bytes.count >= 16 {
      let header = FrameHeader(decoding: bytes.span.bytes)
      let payload = Array(bytes[16...])
      let action = session.frameReceived(
        header, payload: payload.span.bytes, at: tick, limits: limits)
      guard case .none = action else { violated("\(action) after the farewell") }
    }
  }

  private mutating func takeFrames() {
    while !isClosed {
      let maximum = isWelcomed ? 65_536 : 4_096
      require(
        session.maximumPayloadBytes(limits) == maximum, "another limit than \(maximum) for payloads"
      )
      switch FrameDecoder.next(in: held.span.bytes, maximumPayloadBytes: maximum) {
      case .needMore: return
      case .tooLarge(let header):
        let action = session.oversizedFrameReceived(header, limits: limits)
        require(closeReason(action) == .frameTooLarge, "\(action) for a frame that is too large")
        close(action)
      case .frame(let header):
        let payload = Array(held[16..<header.frameBytes])
        held.removeFirst(header.frameBytes)
        let expected = expectation(header, payload)
        let action = session.frameReceived(
          header, payload: payload.span.bytes, at: tick, limits: limits)
        judge(action, expected, header, payload)
      }
    }
  }

  mutating func pass(milliseconds: Int64) {
    now += milliseconds
    passTimeUntilQuiet()
  }

  private mutating func passTimeUntilQuiet() {
    var rounds = 0
    while !isClosed {
      let action = passTime()
      switch action {
      case .none:
        require(nextDeadline > now, "nothing is due, and yet it is: \(nextDeadline) at \(now)")
        return
      case .endCall(let id, let status, _):
        require(status.reason == .callDeadline, "\(status) for time alone")
        guard let call = calls.first(where: { $0.id == id }) else { violated("no call \(id)") }
        require(call.deadline <= now, "call \(id) ended \(call.deadline - now) ms early")
        end(id, status)
      case .close:
        let reason: Reason =
          isExpired ? .credentialExpired : isWelcomed ? .keepaliveTimeout : .helloTimeout
        require(closeReason(action) == reason, "\(action) for time alone")
        require(
          isExpired || (isWelcomed ? now >= heardAt + 60_000 : now >= 11_000),
          "\(reason) too early, at \(now)")
        close(action)
      case .send, .perform, .authenticate: violated("\(action) for time alone")
      }
      rounds += 1
      require(rounds <= limits.maximumCallsInFlight + 1, "time never ends")
    }
  }

  /// The writer says whose credential it is: nobody's, or a principal's of some role.
  mutating func verdict(_ choice: UInt8) {
    let role = KODEngine.Role.allCases.chosen(by: choice)
    let owner = SessionPrincipal(id: PrincipalID(1), name: "alice", role: role)
    // Without end; at once, soon, or later.
    let end: Int64? = [nil, now, now + 1, now + 5_000].chosen(by: choice >> 4)
    let verdict: CredentialVerdict =
      switch choice % 16 {
      case 15: .rejected
      case 14: .expired(owner)
      default:
        .accepted(owner, expiresAt: end.map { Instant(microseconds: $0 * 1_000) })
      }
    let isGood = choice % 16 < 14 && end != now
    let isAwaited = isHelloSaid && !isWelcomed && !isClosed
    let action = pass(verdict: verdict)
    switch action {
    case .none: require(!isAwaited, "a verdict came to nothing")
    case .send(.welcome(let welcome)):
      require(isAwaited && isGood, "WELCOME without a verdict")
      require(welcome.version == 1 && welcome.principal == "alice", "\(welcome)")
      require(welcome.credentialExpiresAtUs == (end ?? 0) * 1_000, "\(welcome)")
      isWelcomed = true
      expiresAt = end
      self.role = role
    case .close:
      require(isAwaited && !isGood, "\(action) for a good credential")
      let reason: Reason = choice % 16 == 15 ? .tokenRejected : .credentialExpired
      require(closeReason(action) == reason, "\(action) for a bad credential")
      close(action)
    default: violated("\(action) for a verdict")
    }
    leaveIfDrained()
  }

  /// The writer's answer to a call, its last or an item before it, as `IOLoop.deliver` takes it.
  mutating func answer(call choice: UInt8, isLast: Bool) {
    guard !calls.isEmpty, !isClosed else { return }
    let index = Int(choice) % calls.count
    // The writer answers a call once, or settles it.
    guard !calls[index].isSettled else { return }
    let isWanted =
      isLast ? session.callAnswered(calls[index].id) : session.isOpen(calls[index].id)
    require(
      isWanted == calls[index].isOpen, "an answer to call \(calls[index].id): wanted \(isWanted)")
    if isLast { (calls[index].isOpen, calls[index].holdsPlace) = (false, false) }
    leaveIfDrained()
  }

  /// The writer has done with a call that it does not answer.
  mutating func settle(call choice: UInt8) {
    guard !calls.isEmpty, !isClosed else { return }
    let index = Int(choice) % calls.count
    guard calls[index].holdsPlace else { return }
    session.callSettled(calls[index].id)
    calls[index].isSettled = true
    if !calls[index].isOpen { calls[index].holdsPlace = false }
  }

  /// The answer to RefreshSession: the session goes on under another credential.
  mutating func refresh(_ choice: UInt8) {
    let end: Int64? = [nil, now + 1, now + 70_000].chosen(by: choice)
    let isTaken = session.credentialRefreshed(
      expiresAt: end.map { Instant(microseconds: $0 * 1_000) })
    require(isTaken == (isWelcomed && !isClosed), "a refreshed session, or not")
    if isTaken { expiresAt = end }
  }

  mutating func drain() {
    guard !isClosed else { return }
    isDraining = true
    session.drainStarted()
    leaveIfDrained()
  }

  /// As `IOLoop.closeIfIdle`.
  private mutating func leaveIfDrained() {
    let hasUnaryCalls = calls.contains { $0.isOpen && !$0.isStream }
    require(session.hasUnaryCalls == hasUnaryCalls, "unary calls in flight: \(!hasUnaryCalls)")
    guard isDraining, !isClosed, !hasUnaryCalls else { return }
    session.closed()
    isClosed = true
  }

  /// What holds between any two steps.
  func check() {
    guard !isClosed else { return }
    require(callsInFlight <= limits.maximumCallsInFlight, "\(callsInFlight) calls in flight")
    require((session.principal != nil) == isWelcomed, "welcomed, or not")
    for call in calls.suffix(80) {
      require(session.isOpen(call.id) == call.isOpen, "call \(call.id) is open: \(!call.isOpen)")
    }
    require(held.count < 16 + (isWelcomed ? 65_536 : 4_096), "\(held.count) bytes are held")
  }

  /// Time goes on without the client: every call ends or the session does, and the session does.
  mutating func finish() {
    var rounds = 0
    while !isClosed, rounds < 200 {
      now = max(now, nextDeadline)
      passTimeUntilQuiet()
      rounds += 1
    }
    require(isClosed, "the session outlives its client's silence")
    guard case .none = passTime() else { violated("time brings something after the farewell") }
    guard case .none = pass(verdict: .rejected) else { violated("a verdict after the farewell") }
  }

  // MARK: What the protocol wants

  private mutating func expectation(_ header: FrameHeader, _ payload: [UInt8]) -> Expected {
    if isExpired { return .close(.credentialExpired) }
    if header.flags != 0 { return .refusal(.frameFlagsUnknown) }
    switch header.frameType {
    case .hello: return isHelloSaid ? .refusal(.frameUnexpected) : .helloJudged
    case .request: return requestExpectation(header)
    case .ping:
      if !isWelcomed { return .refusal(.helloRequired) }
      return payload.count > 32 ? .refusal(.pingTooLong) : .pong
    case .pong: return .nothing
    case .goingAway: return .close(.unspecified)
    case .cancel:
      if !isWelcomed { return .refusal(.helloRequired) }
      if !spendCancel() { return .close(.cancelLimit) }
      if !payload.isEmpty { return .refusal(.payloadUnexpected) }
      let isOpen = calls.contains { $0.id == header.call && $0.isOpen }
      return isOpen ? .cancellation : .refusal(.callUnknown)
    case .welcome, .response, .item, .status: return .refusal(.frameUnexpected)
    default: return .refusal(.frameTypeUnknown)
    }
  }

  private func requestExpectation(_ header: FrameHeader) -> Expected {
    if !isWelcomed { return .refusal(.helloRequired) }
    if header.call <= newestCall { return .refusal(.callIdNotIncreasing) }
    if isDraining { return .refusal(.serverStopping) }
    if callsInFlight >= limits.maximumCallsInFlight { return .refusal(.callsInFlight) }
    guard let method = Method(number: header.method) else { return .refusal(.methodUnknown) }
    let role = KODWire.Role(rawValue: Int32(role.rawValue))
    return method.allowedRoles.contains(role) ? .performedOrRefused : .refusal(.roleNotAllowed)
  }

  /// 128 in a row, 32 a second in the long run.
  private mutating func spendCancel() -> Bool {
    cancelDebt = max(0, cancelDebt - (now - cancelledAt) * 32) + 1_000
    cancelledAt = now
    return cancelDebt <= 128_000
  }

  private mutating func judge(
    _ action: Session.Action, _ expected: Expected, _ header: FrameHeader, _ payload: [UInt8]
  ) {
    if header.frameType == .request, isWelcomed {
      newestCall = max(newestCall, header.call)
    }
    switch (action, expected) {
    case (.none, .nothing): break
    case (.send(.pong(let bytes)), .pong): require(bytes == payload, "PONG with other bytes")
    case (.authenticate, .helloJudged): isHelloSaid = true
    case (.endCall(let id, let status, _), .cancellation):
      require(status.reason == .callCancelled && id == header.call, "\(status) for CANCEL")
      end(id, status)
    case (.close, .close(let reason)):
      require(closeReason(action) == reason, "\(action) instead of \(reason)")
      close(action)
    case (.close, .helloJudged):
      require(closeReason(action) == .versionUnsupported, "\(action) for HELLO")
      close(action)
    case (.perform(let call), .performedOrRefused): begin(call, header)
    case (.send(.status(let call, let status)), .refusal(let reason)):
      require(status.reason == reason, "\(status) instead of \(reason)")
      checkRefusal(call, status, header)
    case (.send(.status(let call, let status)), .performedOrRefused),
      (.send(.status(let call, let status)), .helloJudged):
      checkRefusal(call, status, header)
    default: violated("\(action) for \(header), expected \(expected)")
    }
  }

  private func checkRefusal(_ call: UInt32, _ status: KODWire.Status, _ header: FrameHeader) {
    require(status.code == status.reason.code, "\(status.code) with \(status.reason)")
    require(status.code != .ok && status.reason != .unspecified, "a refusal without a reason")
    require(
      (status.reason == .fieldInvalid) == !status.violations.isEmpty,
      "violations with \(status.reason): \(status.violations)")
    require(status.encoded().count <= 16_384, "a refusal of \(status.encoded().count) bytes")
    require(call == 0 || call == header.call, "a status on call \(call) for \(header)")
    let isAbout = status.frameType == UInt32(header.type) && status.aboutCall == header.call
    require(call != 0 || isAbout, "a status on call 0 that does not say what it is about")
    require(!calls.contains { $0.id == call && $0.isOpen }, "an end of a call that goes on")
  }

  private mutating func begin(_ request: CallRequest, _ header: FrameHeader) {
    require(request.call == header.call && request.principal == PrincipalID(1), "\(request)")
    let isStream = request.request.isStream
    let timeout = Int64(header.timeoutMilliseconds)
    let deadline =
      isStream
      ? (timeout == 0 ? .max : now + timeout)
      : now + min(timeout == 0 ? 10_000 : timeout, 60_000)
    require(request.deadline == deadline, "due at \(request.deadline) instead of \(deadline)")
    calls.append(Call(id: header.call, isStream: isStream, deadline: deadline))
  }

  private mutating func end(_ id: UInt32, _ status: KODWire.Status) {
    require(status.code == status.reason.code, "\(status.code) with \(status.reason)")
    guard let index = calls.firstIndex(where: { $0.id == id && $0.isOpen }) else {
      violated("a second end of call \(id)")
    }
    calls[index].isOpen = false
    if calls[index].isSettled { calls[index].holdsPlace = false }
  }

  private func closeReason(_ action: Session.Action) -> Reason? {
    guard case .close(let farewell) = action else { return nil }
    require(
      farewell.reason == .unspecified
        ? farewell.code == .ok : farewell.code == farewell.reason.code, "\(farewell)")
    return farewell.reason
  }

  private mutating func close(_ action: Session.Action) {
    require(!isClosed, "a second farewell")
    isClosed = true
  }
}
