internal import KODTransport
public import KODWire
internal import Synchronization

/// A client of the kynect On Demand server.
///
/// ## In two minutes
///
/// One `KODClient` is one principal's connection. Make it from the files that the operator hands
/// out, connect, and call:
///
///     let client = KODClient(
///       try KODClient.Configuration(
///         address: "127.0.0.1:7443", certificateAuthorityFile: "kod-data/dev/ca.pem",
///         tokenFile: "kod-data/dev/alice.token", clientName: "my-program/1.0"))
///
///     let welcome = try await client.connect()
///     print("hello, \(welcome.principal)")
///
///     let assignment = try await client.acceptOffer(42)
///     print("call \(assignment.contact?.phone ?? "nobody")")
///
/// Whatever goes wrong is a `ClientError`: the status code, the stable reason, a text for people.
///
///     do {
///       _ = try await client.acceptOffer(43)
///     } catch where error.reason == .offerTaken {
///       print("somebody was faster")
///     }
///
/// An assister's program lives on its subscription, which survives lost connections and restarted
/// servers by itself:
///
///     for await event in client.subscribe() {
///       switch event {
///       case .state(let state): offers.replaceAll(state.offers)
///       case .push(let push): if case .offerOpened(let offer) = push.body { offers.add(offer) }
///       case .disconnected(let error, let wait): print("offline, next try in \(wait)", error as Any)
///       case .ended(let error): print("refused for good: \(error)")
///       case .connected, .position: break
///       }
///     }
///
/// Countdowns follow the server's clock: `offer.deadlineUs - client.serverTime()`.
///
/// ## What it promises
///
/// - **Reconnects.** After the first WELCOME the connection is kept up until `close()`: at once after
///   a loss, then with growing, jittered waits (`Backoff`), or exactly as the server asks.
/// - **Calls.** A call that the program makes while the client is connecting waits; while the client
///   waits for its next attempt it fails with UNAVAILABLE. So does a call whose connection is lost;
///   `isOutcomeUnknown` says whether it may have been carried out. Calls that are safe to repeat
///   (`CallRepetition`) are repeated until their deadline instead.
/// - **Credentials that end** are renewed in time, if the program says how to keep them
///   (`Configuration.renewal`).
/// - **Deadlines.** Every call has one, here and at the server. Cancelling the task cancels the call.
/// - **Pushes** come once, in order, without a gap (`Subscription`).
///
/// All clients of a process share one background thread; nothing of it needs starting or stopping.
public final class KODClient: Sendable {
  let core: ClientCore

  /// A client that does nothing yet: the first call, subscription or `connect()` connects it.
  public init(_ configuration: Configuration) {
    core = ClientCore(configuration)
  }

  deinit {
    if core.close() { core.post(.close(nil)) }
  }

  /// Connects, if the client is not connected yet. Later connections happen by themselves.
  ///
  /// - Parameter keepTrying: an attempt that fails is followed by others, with the waits of
  ///   `Backoff`, until the server welcomes the client or refuses it for good.
  /// - Throws: UNAVAILABLE if the server can't be reached (one attempt); what the server said if it
  ///   refused, for instance UNAUTHENTICATED.
  @discardableResult
  public func connect(keepTrying: Bool = false) async throws(ClientError) -> Welcome {
    try await core.ask { .connect($0, isPersistent: keepTrying) }
  }

  /// Calls a unary method.
  ///
  /// - Parameters:
  ///   - method: which one; not a stream.
  ///   - timeout: how long to wait; nil: the configuration's default. The server learns of it.
  ///   - repetition: whether the request may be sent again when its answer is lost.
  /// - Throws: the server's refusal; UNAVAILABLE, DEADLINE_EXCEEDED or CANCELLED from this side.
  public func call<Request: WireMessage, Response: WireMessage>(
    _ method: Method, _ request: Request, timeout: Duration? = nil,
    repetition: CallRepetition = .never
  ) async throws(ClientError) -> Response {
    try await call(method, request, timeout: timeout, repetition: repetition, adopting: nil)
  }

  /// Calls a unary method with bytes that the program has encoded itself.
  ///
  /// - Parameters:
  ///   - method: which one; not a stream.
  ///   - payload: the request.
  ///   - read: makes of the answer's bytes what they mean. When it throws, the server has broken the
  ///     protocol: the connection is given up.
  /// - Throws: as `call` of a message does.
  public func call<Response>(
    _ method: Method, payload: [UInt8], timeout: Duration? = nil,
    repetition: CallRepetition = .never, read: ([UInt8]) throws -> Response
  ) async throws(ClientError) -> Response {
    try await call(
      method, payload: payload, timeout: timeout, repetition: repetition, adopting: nil, read: read)
  }

  func call<Request: WireMessage, Response: WireMessage>(
    _ method: Method, _ request: Request, timeout: Duration?, repetition: CallRepetition,
    adopting token: Token?
  ) async throws(ClientError) -> Response {
    try await call(
      method, payload: request.encoded(), timeout: timeout, repetition: repetition,
      adopting: token, read: { try Response(decoding: $0) })
  }

  private func call<Response>(
    _ method: Method, payload: [UInt8], timeout: Duration?, repetition: CallRepetition,
    adopting token: Token?, read: ([UInt8]) throws -> Response
  ) async throws(ClientError) -> Response {
    guard !method.isServerStream else {
      throw .invalid("\(method.name) is a stream; subscribe() opens it")
    }
    let wait = timeout ?? core.configuration.defaultTimeout
    let call = PendingCall(
      method, payload: payload,
      deadline: LoopThread.now().addingSaturated(wait.nanoseconds), repetition: repetition,
      adopting: token)
    let answer: [UInt8] = try await core.ask { .call($0, call) }
    do {
      return try read(answer)
    } catch {
      // Nothing that this connection brings can be believed any more.
      var failure = ClientError.violation("the answer to \(method.name) does not decode: \(error)")
      failure.underlying = error
      failure.isOutcomeUnknown = !method.onlyReads
      core.post(.answerWasUnsound(failure.message))
      throw failure
    }
  }

  /// Begins the subscription to the caller's pushes.
  ///
  /// A client has one: while it lasts, another one ends at once with ALREADY_EXISTS.
  ///
  /// - Parameter position: where an earlier subscription of the same principal stopped; nil: the
  ///   current state comes first.
  public func subscribe(after position: SubscriptionPosition? = nil) -> Subscription {
    let core = core
    let buffer = SubscriptionBuffer(capacity: core.configuration.subscriptionBufferEvents) {
      core.post(.subscriberCaughtUp($0))
    }
    core.post(.subscribe(buffer, after: position))
    return Subscription(
      handle: Subscription.Handle(buffer, client: self) { core.post(.unsubscribe(buffer)) })
  }

  /// Microseconds since 1970 by the server's clock, which deadlines and countdowns follow.
  ///
  /// Estimated from WELCOME and the shortest round trip of the session; before the first WELCOME
  /// this machine's own clock.
  public func serverTime() -> Int64 {
    core.clock.withLock { $0 }?.time(at: LoopThread.now()) ?? WallClock.microseconds()
  }

  /// Says farewell and closes the connection. Calls that wait end with CANCELLED, the subscription
  /// ends. The client can't be used again.
  public func close() async {
    guard core.close() else { return }
    await withCheckedContinuation { core.post(.close($0)) }
  }
}

/// What a client and the loop's thread share.
final class ClientCore: Sendable {
  let configuration: KODClient.Configuration
  /// Written by the loop.
  let clock = Mutex<ServerClock?>(nil)
  private let closed = Atomic(false)

  init(_ configuration: KODClient.Configuration) { self.configuration = configuration }

  var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// - Returns: false if it was closed before.
  func close() -> Bool { !closed.exchange(true, ordering: .acquiringAndReleasing) }

  func post(_ command: ClientCommand) { ClientLoop.shared.post(command, of: self) }

  /// Sends a request to the loop and waits for its answer. Cancelling the task takes it back.
  func ask<Answer>(
    _ command: (Request<Answer>) -> ClientCommand
  ) async throws(ClientError) -> Answer {
    let call = CallHandle()
    let result: Result<Answer, ClientError> = await withTaskCancellationHandler {
      await withCheckedContinuation { post(command(Request(call: call, continuation: $0))) }
    } onCancel: {
      call.cancel()
      post(.cancel(call.ticket))
    }
    return try result.get()
  }
}
