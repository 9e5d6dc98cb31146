import KODWire

@testable import KODClient

/// The client's state machine with everything around it that its loop has: the program's calls,
/// streams and subscription, and what each of them has been told.
final class ClientModel {
  private struct Chance: RandomNumberGenerator, Sendable {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  private var machine: ClientStateMachine
  private var now: UInt64 = 1
  private var lastTicket: UInt64 = 0
  private var connects: Set<UInt64> = []
  private var calls: Set<UInt64> = []
  private var streams: Set<UInt64> = []
  private var endedStreams: Set<UInt64> = []
  private var isClosed = false
  private var subscriber = Subscriber()

  /// What the subscriber has been told, and may be told next.
  private struct Subscriber {
    var isThere = false
    var room = 8
    var isAwaited = false
    var position: SubscriptionPosition?
    /// `position` was announced without recovery: the state must follow.
    var start: SubscriptionPosition?
    var isOver = false

    mutating func take(_ event: SubscriptionEvent) {
      require(isThere && !isOver, "\(event) for nobody")
      room -= 1
      switch event {
      case .connected, .disconnected: start = nil
      case .ended: isOver = true
      case .position(let epoch, let offset, let recovered):
        start = nil
        guard recovered else {
          start = SubscriptionPosition(epoch: epoch, offset: offset)
          return
        }
        require(
          position.map { $0.epoch == epoch && $0.offset <= offset } ?? false,
          "recovered from \(position as Any) to \(offset)")
      case .state:
        require(start != nil, "a state without its position")
        position = start
        start = nil
      case .push(let push):
        guard start == nil, let current = position, push.offset == current.offset &+ 1 else {
          violated("push \(push.offset) after \(position as Any)")
        }
        position?.offset = push.offset
      case .collapsed(let collapsed):
        guard start == nil, let current = position, collapsed.lastOffset > current.offset,
          collapsed.firstOffset <= current.offset &+ 1
        else { violated("\(collapsed) after \(position as Any)") }
        position?.offset = collapsed.lastOffset
      }
    }
  }

  init(seed: UInt8) {
    guard let token = try? Token("secret") else { violated("the token") }
    machine = ClientStateMachine(
      KODClient.Configuration(
        host: "localhost", port: 1, certificateAuthority: CertificateAuthority(pem: []),
        token: token, clientName: "fuzz"), random: Chance(state: UInt64(seed)))
  }

  private func step(_ body: (inout ClientStateMachine, UInt64) -> Void) {
    machine.subscriberRoom = subscriber.isThere ? subscriber.room : 0
    body(&machine, now)
    settle()
    // As the loop does: whatever is due is done, and then something else must be, or later.
    var rounds = 0
    while let due = machine.nextDeadline, due <= now {
      machine.subscriberRoom = subscriber.isThere ? subscriber.room : 0
      machine.advance(to: now)
      settle()
      rounds += 1
      require(rounds < 64, "the loop would spin: something is due at \(due), and never done")
    }
  }

  private func settle() {
    for action in machine.takeActions() {
      switch action {
      case .connect: break
      case .disconnect: _ = machine.takeLastWords()
      case .finishConnect(let ticket, _):
        require(connects.remove(ticket) != nil, "connect \(ticket) finished twice")
      case .finishCall(let ticket, _):
        require(calls.remove(ticket) != nil, "call \(ticket) finished twice")
      case .deliver(let event): subscriber.take(event)
      case .awaitSubscriber:
        require(subscriber.isThere, "nobody can catch up")
        subscriber.isAwaited = true
      case .endSubscription:
        require(subscriber.isThere, "the subscription ended twice")
        subscriber.isThere = false
      case .deliverToStream(let ticket, let event):
        require(streams.contains(ticket), "an event for stream \(ticket), which is over")
        require(!endedStreams.contains(ticket), "an event after the last")
        if case .ended = event { endedStreams.insert(ticket) }
      case .endStream(let ticket):
        require(streams.remove(ticket) != nil, "stream \(ticket) ended twice")
      case .learnTime(let clock): _ = clock.time(at: now)
      case .connectionChanged, .tellRenewalFailed: break
      case .keepCredential: require(false, "nobody asked for a renewal")
      }
    }
    machine.drainOutput { _ in }
    if case .over = machine.phase {
      require(calls.isEmpty && connects.isEmpty && streams.isEmpty, "somebody waits for ever")
    }
    require(machine.queue.count <= machine.calls.count, "the queue holds what is not a call")
    require(machine.ticketOfCall.count <= machine.calls.count, "wire calls without a call")
  }

  // MARK: The connection

  func receive(_ bytes: [UInt8], _ plan: Pieces) {
    var plan = plan
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(plan.next(of: rest.count)))
      rest = rest.dropFirst(piece.count)
      step { $0.received(piece.span.bytes, at: $1) }
    }
  }

  func open() { step { $0.connectionOpened(at: $1) } }
  func lose() { step { $0.connectionLost(.unavailable("cut"), at: $1) } }

  // MARK: Time

  func pass(milliseconds: UInt64) {
    now += milliseconds * 1_000_000
    step { $0.advance(to: $1) }
  }

  func passToDeadline() {
    if let due = machine.nextDeadline, due < .max / 2 { now = max(now, due) }
    step { $0.advance(to: $1) }
  }

  // MARK: The program

  private func ticket() -> UInt64 {
    lastTicket += 1
    return lastTicket
  }

  func connect() {
    let ticket = ticket()
    connects.insert(ticket)
    step { $0.connect(ticket, at: $1) }
  }

  func call(_ method: UInt8, _ how: UInt8, milliseconds: UInt64) {
    let ticket = ticket()
    let unary = Method.all.filter { !$0.isServerStream }
    let call = PendingCall(
      unary.chosen(by: method), payload: [UInt8](repeating: 0, count: Int(how >> 4)),
      deadline: now + milliseconds * 1_000_000 + 1, repetition: how & 1 == 0 ? .safe : .never)
    calls.insert(ticket)
    step { $0.call(ticket, call, at: $1) }
  }

  func cancelCall(_ choice: UInt8) {
    let ticket = UInt64(choice)
    step { $0.cancel(ticket, at: $1) }
    require(!calls.contains(ticket) && !connects.contains(ticket), "\(ticket) was not cancelled")
  }

  func openStream(isLasting: Bool) {
    guard streams.count < 8 else { return }
    let ticket = ticket()
    streams.insert(ticket)
    let method: Method = isLasting ? .Notices.subscribeNotices : .Desk.simulatePolicy
    step { $0.openStream(ticket, StreamCall(method, payload: [], isLasting: isLasting), at: $1) }
  }

  func turnStream(_ choice: UInt8, _ how: UInt8) {
    guard !streams.isEmpty else { return }
    let ticket = streams.sorted().chosen(by: choice)
    switch how % 3 {
    case 0:
      streams.remove(ticket)
      step { $0.closeStream(ticket, at: $1) }
    case 1: step { _ = $0.streamIsFull(ticket, at: $1) }
    default: step { $0.streamCaughtUp(ticket, at: $1) }
    }
  }

  func turnSubscription(_ how: UInt8) {
    switch how % 4 {
    case 0, 1:
      guard !subscriber.isThere else { return }
      let position = how & 4 == 0 ? nil : SubscriptionPosition(epoch: "e", offset: UInt64(how >> 3))
      subscriber = Subscriber(isThere: true, position: position)
      step { $0.subscribe(after: position, at: $1) }
    case 2:
      guard subscriber.isThere else { return }
      subscriber.isThere = false
      step { $0.unsubscribe(at: $1) }
    default:
      guard subscriber.isThere else { return }
      subscriber.room = 8
      guard subscriber.isAwaited else { return }
      subscriber.isAwaited = false
      step { $0.subscriberCaughtUp(at: $1) }
    }
  }

  func close() {
    isClosed = true
    step { $0.close(at: $1) }
  }

  /// After the end nobody waits for anything.
  func finish() {
    require(calls.isEmpty && connects.isEmpty && streams.isEmpty, "somebody waits for ever")
    require(!subscriber.isThere, "the subscriber waits for ever")
    require(machine.nextDeadline == nil, "something is due after the end")
  }
}
