import KODWire

@testable import KODClient

/// One client without a network: the test plays the server, the clock and the reader.
///
/// `script` collects everything that can be seen from outside, one line each: actions of the machine
/// and frames that it wrote, in order.
final class MachineHarness {
  var machine: ClientStateMachine
  var now: UInt64 = 0
  var script: [String] = []
  var results: [UInt64: Result<[UInt8], ClientError>] = [:]
  var frames: [ClientFrame] = []
  var events: [SubscriptionEvent] = []
  var clock: ServerClock?
  /// What was told of the connection, one line each.
  var changes: [String] = []
  /// Credentials that the program is to make durable.
  var toKeep: [RenewedCredential] = []
  /// What the reader's buffer takes.
  var room = 1_000
  private var pending: [UInt8] = []

  /// Random draws are all zero: waits are at the short end of their jitter.
  struct NoLuck: RandomNumberGenerator, Sendable {
    mutating func next() -> UInt64 { 0 }
  }

  init(
    backoff: Backoff = Backoff(jitter: 0),
    random: any RandomNumberGenerator & Sendable = NoLuck(), renews: Bool = false
  ) {
    let token = try! Token("secret")
    var configuration = KODClient.Configuration(
      host: "localhost", port: 1, certificateAuthority: CertificateAuthority(pem: []),
      token: token, clientName: "test", backoff: backoff)
    if renews { configuration.renewal = CredentialRenewal { _ in } }
    machine = ClientStateMachine(configuration, random: random)
  }

  func step(_ body: (inout ClientStateMachine, UInt64) -> Void) {
    machine.subscriberRoom = room
    body(&machine, now)
    settle()
  }

  private func settle() {
    for action in machine.takeActions() { note(action) }
    machine.drainOutput { pending.append(contentsOf: $0) }
    noteFrames()
  }

  private func noteFrames() {
    for frame in ClientFrame.take(from: &pending) {
      frames.append(frame)
      script.append("> " + frame.line)
    }
  }

  private func note(_ action: ClientStateMachine.Action) {
    switch action {
    case .connect: script.append("connect")
    case .disconnect:
      pending += machine.takeLastWords()
      noteFrames()
      script.append("disconnect")
    case .finishConnect(let ticket, .success): script.append("connected \(ticket)")
    case .finishConnect(let ticket, .failure(let error)):
      script.append("connect \(ticket) failed \(error.code.name)")
    case .finishCall(let ticket, let result):
      results[ticket] = result
      switch result {
      case .success: script.append("answer \(ticket)")
      case .failure(let error):
        let unknown = error.isOutcomeUnknown ? ", outcome unknown" : ""
        script.append("failure \(ticket) \(error.code.name)\(unknown)")
      }
    case .deliver(let event):
      room -= 1
      events.append(event)
      script.append("event " + event.line)
    case .awaitSubscriber: script.append("await the reader")
    case .endSubscription: script.append("end of the subscription")
    case .deliverToStream(let ticket, let event): script.append("stream \(ticket): \(event.line)")
    case .endStream(let ticket): script.append("end of stream \(ticket)")
    case .learnTime(let clock): self.clock = clock
    case .keepCredential(let credential):
      toKeep.append(credential)
      script.append("keep the credential")
    case .tellRenewalFailed(let error):
      script.append("renewal failed \(error.code.name) \(error.reason.name)")
    case .connectionChanged(let change): changes.append(change.line)
    }
  }

  /// The machine's, but for a keepalive of weeks: that of a test which wants none.
  var nextDeadline: UInt64? {
    machine.nextDeadline.flatMap { $0 > now + .seconds(3_000_000) ? nil : $0 }
  }

  // MARK: What a test does

  func connect(_ ticket: UInt64 = 1_000) { step { $0.connect(ticket, at: $1) } }

  func opened() { step { $0.connectionOpened(at: $1) } }

  func receive(_ bytes: [UInt8]) { step { $0.received(bytes.span.bytes, at: $1) } }

  func lose(_ message: String = "cable cut") {
    step { $0.connectionLost(.unavailable(message), at: $1) }
  }

  func advance(milliseconds: UInt64) {
    now += .milliseconds(milliseconds)
    step { $0.advance(to: $1) }
  }

  /// Moves the clock to whatever is due next, and does it.
  func advanceToDeadline() {
    now = machine.nextDeadline ?? now
    step { $0.advance(to: $1) }
  }

  func call(
    _ ticket: UInt64, _ method: Method, _ request: some WireMessage,
    repetition: CallRepetition = .never, timeoutMilliseconds: UInt64 = 10_000
  ) {
    let payload = request.encoded()
    step {
      $0.call(
        ticket,
        PendingCall(
          method, payload: payload, deadline: $1 + .milliseconds(timeoutMilliseconds),
          repetition: repetition), at: $1)
    }
  }

  func accept(_ ticket: UInt64, offer: UInt64 = 1) {
    call(
      ticket, .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer), repetition: .safe)
  }

  /// A connected client with nothing written down yet.
  func establish(limits: Limits = Frames.limits) {
    connect()
    opened()
    receive(Frames.welcome(limits: limits))
    script = []
  }

  /// The next connection, up to WELCOME.
  func reconnect() {
    opened()
    receive(Frames.welcome())
  }

  /// The offsets of all pushes delivered so far.
  var pushes: [UInt64] {
    events.compactMap { if case .push(let push) = $0 { push.offset } else { nil } }
  }

  /// What was written down since the last look.
  func look() -> [String] {
    defer { script = [] }
    return script
  }
}

extension ConnectionEvent {
  var line: String {
    switch self {
    case .connected: "connected"
    case .disconnected(let error, let wait):
      "disconnected \(error.code.name) \(error.reason.name), again in \(wait.nanoseconds / 1_000_000) ms"
    case .ended(let error): "ended \(error.code.name) \(error.reason.name)"
    }
  }
}

extension StreamEvent {
  var line: String {
    switch self {
    case .connected: "connected"
    case .began: "began"
    case .item(let payload): "item of \(payload.count) bytes"
    case .disconnected(let error, let wait):
      "disconnected \(error?.code.name ?? "-"), again in \(wait.nanoseconds / 1_000_000) ms"
    case .ended(let error): "ended \(error?.code.name ?? "well")"
    }
  }
}

extension SubscriptionEvent {
  var line: String {
    switch self {
    case .connected: "connected"
    case .position(let epoch, let offset, let recovered):
      "position \(epoch) \(offset)\(recovered ? " recovered" : "")"
    case .state(let state): "state, \(state.offers.count) offers"
    case .push(let push): "push \(push.offset)"
    case .collapsed(let collapsed): "collapsed \(collapsed.firstOffset) to \(collapsed.lastOffset)"
    case .disconnected(let error, let wait):
      "disconnected \(error?.code.name ?? "-"), again in \(wait.nanoseconds / 1_000_000) ms"
    case .ended(let error): "ended \(error.reason.name)"
    }
  }
}
