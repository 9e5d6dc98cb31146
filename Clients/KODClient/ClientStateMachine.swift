internal import KODWire

/// What one client wants from its server, and how far it has got: sessions, calls, retries and the
/// subscription, without a socket, a clock or a thread.
///
/// Commands and events come in as method calls; what has to be done comes out as `actions`, in
/// order, and as bytes, by `drainOutput`. The loop carries both out after each step. Times are nanoseconds
/// of one monotonic clock.
///
/// What outlives a session: the subscription's position, calls that may be repeated, and nothing
/// else. A call that may not be repeated ends with UNAVAILABLE when its session is lost.
struct ClientStateMachine: ~Copyable {
  /// Names a command's waiting task.
  typealias Ticket = UInt64

  enum Action {
    /// Open a TCP and a TLS connection; report `connectionOpened` or `connectionLost`.
    case connect
    /// Send `lastWords`, then close the connection. Nothing of it is reported any more.
    case disconnect
    case finishConnect(Ticket, Result<Welcome, ClientError>)
    case finishCall(Ticket, Result<[UInt8], ClientError>)
    case deliver(SubscriptionEvent)
    /// The subscriber's buffer is full: report `subscriberCaughtUp` when it has been read.
    case awaitSubscriber
    case endSubscription
    case deliverToStream(Ticket, StreamEvent)
    case endStream(Ticket)
    case learnTime(ServerClock)
    /// Have the program make it durable; report `credentialKept`.
    case keepCredential(RenewedCredential)
    case tellRenewalFailed(ClientError)
    case connectionChanged(ConnectionEvent)
  }

  enum Phase {
    /// Nothing wants a connection.
    case idle
    /// The loop opens a connection; given up at `deadline`.
    case connecting(deadline: UInt64)
    /// HELLO is out.
    case greeting(deadline: UInt64, began: UInt64)
    case ready(since: UInt64)
    /// The last attempt failed; the next one starts at `until`.
    case waiting(until: UInt64, because: ClientError, isServersWish: Bool)
    /// For good: the server refused permanently, or the program closed the client.
    case over(ClientError)
  }

  let configuration: KODClient.Configuration
  var random: any RandomNumberGenerator & Sendable

  var phase = Phase.idle
  var session: ClientSession?
  var clock: ServerClock?
  /// Attempts since a session last was steady.
  var retries = 0
  /// After the first WELCOME the connection is kept up even when nobody waits for it.
  var staysConnected = false

  var connectTickets: [Ticket] = []
  /// Those of `connectTickets` that wait on when an attempt fails.
  var persistentTickets: Set<Ticket> = []
  var calls: [Ticket: PendingCall] = [:]
  /// Calls that are not on the wire, in order of arrival.
  var queue: [Ticket] = []
  var ticketOfCall: [UInt32: Ticket] = [:]
  var subscription: SubscriptionPhase = .none
  /// How many events the subscriber's buffer still takes; the loop refreshes it before each step.
  var subscriberRoom = 0
  /// Streams other than the subscription.
  var streams: [Ticket: StreamCall] = [:]
  /// The credential, which outlives sessions too.
  var renewal: RenewalStateMachine

  private(set) var actions: [Action] = []
  /// What a session that this side ended still had to say; sent by `disconnect`.
  private(set) var lastWords: [UInt8] = []

  init(
    _ configuration: KODClient.Configuration,
    random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.configuration = configuration
    self.random = random
    renewal = RenewalStateMachine(token: configuration.token)
  }

  mutating func takeActions() -> [Action] {
    defer { actions.removeAll() }
    return actions
  }

  mutating func act(_ action: Action) { actions.append(action) }

  mutating func takeLastWords() -> [UInt8] {
    defer { lastWords.removeAll() }
    return lastWords
  }

  /// Hands out, and forgets, what is to be sent.
  mutating func drainOutput(_ send: (UnsafeRawBufferPointer) -> Void) {
    guard var current = session.take() else { return }
    if !current.output.isEmpty {
      current.output.withUnsafeBytes(send)
      current.output.removeAll()
    }
    session = consume current
  }

  // MARK: Commands

  /// - Parameter isPersistent: an attempt that fails is followed by others, until one is refused for
  ///   good.
  mutating func connect(_ ticket: Ticket, isPersistent: Bool = false, at now: UInt64) {
    if isPersistent { persistentTickets.insert(ticket) }
    switch phase {
    case .over(let error): finishConnect([ticket], .failure(error))
    case .ready:
      if let welcome { finishConnect([ticket], .success(welcome)) }
    case .waiting(_, _, isServersWish: false), .idle:
      // Somebody asks now: the wait is over. (Not one that the server asked for.)
      connectTickets.append(ticket)
      startConnecting(at: now)
    default: connectTickets.append(ticket)
    }
  }

  /// Takes back a `connect` or a call. What is finished already is not.
  mutating func cancel(_ ticket: Ticket, at now: UInt64) {
    if let index = connectTickets.firstIndex(of: ticket) {
      connectTickets.remove(at: index)
      finishConnect([ticket], .failure(.cancelled))
    }
    cancelCall(ticket, at: now)
  }

  /// Ends everything; the connection is closed with a farewell.
  mutating func close(at now: UInt64) {
    if case .over = phase { return }
    session?.leave(GoingAway(code: .ok, message: "the client was closed"))
    let isConnected = isConnecting
    end(.closed, subscriptionEvent: nil)
    if isConnected { act(.disconnect) }
  }

  private mutating func finishConnect(
    _ tickets: [Ticket], _ result: Result<Welcome, ClientError>
  ) {
    for ticket in tickets {
      persistentTickets.remove(ticket)
      act(.finishConnect(ticket, result))
    }
  }

  // MARK: The connection

  /// TCP and TLS are up.
  mutating func connectionOpened(at now: UInt64) {
    guard case .connecting(let deadline) = phase else { return }
    renewal.sessionToken = renewal.token
    var fresh = ClientSession(hello: configuration.hello(renewal.token))
    fresh.start(at: now)
    session = consume fresh
    phase = .greeting(deadline: deadline, began: now)
  }

  /// The connection could not be made, or ended without a farewell.
  mutating func connectionLost(_ error: ClientError, at now: UInt64) {
    guard isConnecting else { return }
    lost(error, waitingFor: nil, at: now)
  }

  /// Plain text from the server.
  mutating func received(_ bytes: RawSpan, at now: UInt64) {
    var batch: [(event: ClientSession.Event, payload: [UInt8])] = []
    session?.receive(bytes, at: now) { event, payload in
      batch.append((event, payload.withUnsafeBytes { Array($0) }))
    }
    for (event, payload) in batch {
      // An earlier event of the batch may have ended the session.
      guard session != nil else { return }
      handle(event, payload, at: now)
    }
    pump(at: now)
  }

  private mutating func handle(
    _ event: ClientSession.Event, _ payload: [UInt8], at now: UInt64
  ) {
    switch event {
    case .welcome(let welcome): welcomed(welcome, at: now)
    case .response(let call):
      if !renewalAnswered(call, payload, at: now) { callAnswered(call, payload, at: now) }
    case .item(let call):
      if !streamItemReceived(call, payload) { itemReceived(call, payload, at: now) }
    case .status(let call, let status):
      if subscription.call == call {
        subscriptionEnded(status, at: now)
      } else if !streamEnded(call, status, at: now), !renewalRefused(call, status, at: now) {
        callRefused(call, status, at: now)
      }
    case .notice(let status):
      // Once a session is open it tells of a defect, at most. Before, it refuses HELLO.
      // The same HELLO would be refused again.
      guard case .greeting = phase else { return }
      let error = ClientError(status)
      act(.disconnect)
      act(.connectionChanged(.ended(error)))
      end(error, subscriptionEvent: .ended(error))
    case .goingAway(let farewell): goingAway(farewell, at: now)
    case .pong(let roundTrip):
      clock?.observe(roundTrip: roundTrip)
      if let clock { act(.learnTime(clock)) }
    case .violation(let violation):
      breakConnection(.violation(violation.description), at: now)
    }
  }

  private mutating func welcomed(_ welcome: Welcome, at now: UInt64) {
    guard case .greeting(_, let began) = phase else { return }
    phase = .ready(since: now)
    self.welcome = welcome
    staysConnected = true
    let estimate = ServerClock(
      welcomeMicroseconds: welcome.serverTimeUs, arrival: now,
      roundTrip: now >= began ? now - began : 0)
    clock = estimate
    act(.learnTime(estimate))
    sessionCredentialEnds(at: welcome.credentialExpiresAtUs, at: now)
    act(.connectionChanged(.connected(welcome)))
    finishConnect(connectTickets, .success(welcome))
    connectTickets.removeAll()
    if subscription.exists { deliver(.connected(welcome)) }
    streamsWelcomed(welcome)
  }

  private mutating func goingAway(_ farewell: GoingAway, at now: UInt64) {
    let error = ClientError(farewell)
    act(.disconnect)
    // The same credential would fail again; the one that follows it is another.
    let goesOn = farewell.reason == .credentialExpired && renewal.hasSuccessor
    guard !farewell.permanent || goesOn else {
      act(.connectionChanged(.ended(error)))
      end(error, subscriptionEvent: .ended(error))
      return
    }
    let hasHint = farewell.reconnectAfterMs > 0 || farewell.reconnectSpreadMs > 0
    let spread = UInt64.nanoseconds(milliseconds: farewell.reconnectSpreadMs)
    let hint =
      UInt64.nanoseconds(milliseconds: farewell.reconnectAfterMs)
      + random.next().multipliedFullWidth(by: spread + 1).high
    lost(error, waitingFor: hasHint ? hint : nil, at: now)
  }

  /// The program found an answer of the server that does not decode.
  mutating func answerWasUnsound(_ message: String, at now: UInt64) {
    guard case .ready = phase else { return }
    breakConnection(.violation(message), at: now)
  }

  /// This side gives the connection up.
  mutating func breakConnection(_ error: ClientError, at now: UInt64) {
    act(.disconnect)
    lost(error, waitingFor: nil, at: now)
  }

  /// The welcome of the session that is up.
  private(set) var welcome: Welcome?

  /// The loop has, or is making, a connection.
  var isConnecting: Bool {
    switch phase {
    case .connecting, .greeting, .ready: true
    case .idle, .waiting, .over: false
    }
  }

  mutating func startConnecting(at now: UInt64) {
    switch phase {
    case .idle, .waiting: break
    default: return
    }
    phase = .connecting(
      deadline: now.addingSaturated(configuration.connectTimeout.nanoseconds))
    act(.connect)
  }

  private mutating func lost(_ error: ClientError, waitingFor hint: UInt64?, at now: UInt64) {
    if case .ready(let since) = phase,
      now >= since.addingSaturated(configuration.backoff.steadyAfter.nanoseconds)
    {
      retries = 0
    }
    dropSession()
    renewal.sessionLost()
    phase = .idle
    // That the connection is lost is told before what follows from it.
    let mark = actions.count
    finishConnect(connectTickets.filter { !persistentTickets.contains($0) }, .failure(error))
    connectTickets.removeAll { !persistentTickets.contains($0) }
    callsLost(error)
    subscription.connectionLost()
    shortStreamsLost(error)
    // Also who does not want another connection now must not come back before the server wishes.
    guard wantsConnection || hint != nil else { return }
    let delay = hint ?? configuration.backoff.delay(retry: retries, random: random.next())
    phase = .waiting(
      until: now.addingSaturated(delay), because: error, isServersWish: hint != nil)
    guard wantsConnection else { return }
    retries += 1
    actions.insert(
      .connectionChanged(
        .disconnected(error, retryIn: .nanoseconds(Int64(clamping: delay)))), at: mark)
    if subscription.exists {
      deliver(.disconnected(error, retryIn: .nanoseconds(Int64(clamping: delay))))
    }
    lastingStreamsLost(error, retryIn: delay)
  }

  private mutating func dropSession() {
    if let old = session.take() { lastWords = old.output.bytes }
    welcome = nil
  }

  private var wantsConnection: Bool {
    staysConnected || subscription.exists || !connectTickets.isEmpty || !calls.isEmpty
      || !streams.isEmpty
  }

  /// The end of all things; `error` is what later commands get.
  private mutating func end(_ error: ClientError, subscriptionEvent: SubscriptionEvent?) {
    dropSession()
    phase = .over(error)
    renewal.phase = .resting
    finishConnect(connectTickets, .failure(error))
    connectTickets.removeAll()
    callsEnded(error)
    streamsEnded(subscriptionEvent == nil ? nil : error)
    guard subscription.exists else { return }
    if let subscriptionEvent { deliver(subscriptionEvent) }
    subscription = .none
    act(.endSubscription)
  }

  // MARK: Time

  /// When `advance` has something to do; nil: never.
  var nextDeadline: UInt64? {
    var earliest: UInt64?
    func consider(_ instant: UInt64?) {
      guard let instant else { return }
      earliest = min(earliest ?? instant, instant)
    }
    switch phase {
    case .connecting(let deadline), .greeting(let deadline, _): consider(deadline)
    case .waiting(let until, _, _): consider(until)
    case .ready:
      consider(session.nextDeadline)
      // Without room it is an answer that moves the queue on, not time.
      if session.hasRoomForCall {
        consider(subscription.nextDeadline)
        for stream in streams.values { consider(stream.nextDeadline) }
        for ticket in queue { consider(calls[ticket]?.notBefore) }
      }
    case .idle, .over: break
    }
    for call in calls.values { consider(call.deadline) }
    consider(renewalDeadline)
    return earliest
  }

  mutating func advance(to now: UInt64) {
    expireCalls(at: now)
    advanceRenewal(to: now)
    switch phase {
    case .connecting(let deadline) where now >= deadline,
      .greeting(let deadline, _) where now >= deadline:
      breakConnection(
        .unavailable("no answer within \(configuration.connectTimeout)"), at: now)
    case .waiting(let until, _, _) where now >= until:
      if wantsConnection { startConnecting(at: now) } else { phase = .idle }
    case .ready:
      if session?.advance(to: now) == .silent {
        breakConnection(.unavailable("the server fell silent"), at: now)
      } else {
        pump(at: now)
      }
    default: break
    }
  }

  /// Sends what waits, as far as the session takes it: what keeps the session first, then the subscription.
  mutating func pump(at now: UInt64) {
    guard case .ready = phase else { return }
    renewIfDue(at: now)
    subscribeIfDue(at: now)
    openDueStreams(at: now)
    sendCalls(at: now)
  }
}

/// What can be asked of a session that may not be there. (Optional chaining would consume it.)
extension ClientSession? {
  var nextDeadline: UInt64? {
    switch self {
    case .some(let session): session.nextDeadline
    case .none: nil
    }
  }

  var maximumPayloadBytes: Int {
    switch self {
    case .some(let session): Int(session.limits.maximumPayloadBytes)
    case .none: 0
    }
  }

  var hasRoomForCall: Bool {
    switch self {
    case .some(let session): session.callsInFlight < Int(session.limits.maximumCallsInFlight)
    case .none: false
    }
  }
}
