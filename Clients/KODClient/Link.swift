internal import KODTransport
internal import KODWire

/// One client on the loop's thread: carries out what its state machine decides.
///
/// Every step is the same: tell the machine what happened, then `settle`: do its actions, send its
/// bytes, until it has no more of either.
final class Link {
  private let core: ClientCore
  private unowned let loop: LoopThread
  private var machine: ClientStateMachine
  private var connection: Connection?
  private var context: TLSContext?
  /// Addresses of the host that this attempt has not tried yet.
  private var untried: [String] = []
  private var resolving: UInt64?
  private var connects: [UInt64: CheckedContinuation<Result<Welcome, ClientError>, Never>] = [:]
  private var calls: [UInt64: CheckedContinuation<Result<[UInt8], ClientError>, Never>] = [:]
  private var buffer: SubscriptionBuffer?
  private var streams: [UInt64: StreamBuffer] = [:]

  init(_ core: ClientCore, on loop: LoopThread) {
    self.core = core
    self.loop = loop
    machine = ClientStateMachine(core.configuration)
  }

  var nextDeadline: UInt64? { machine.nextDeadline }

  // MARK: What happens

  func handle(_ command: ClientCommand, at now: UInt64) {
    refreshRoom()
    switch command {
    case .connect(let request, let isPersistent):
      guard !request.call.isCancelled else { return command.refuse(.cancelled) }
      connects[request.call.ticket] = request.continuation
      machine.connect(request.call.ticket, isPersistent: isPersistent, at: now)
    case .call(let request, let call):
      guard !request.call.isCancelled else { return command.refuse(.cancelled) }
      calls[request.call.ticket] = request.continuation
      machine.call(request.call.ticket, call, at: now)
    case .cancel(let ticket): machine.cancel(ticket, at: now)
    case .subscribe(let buffer, let position): subscribe(buffer, after: position, at: now)
    case .unsubscribe(let buffer):
      guard buffer === self.buffer else { return }
      self.buffer = nil
      machine.unsubscribe(at: now)
    case .subscriberCaughtUp(let buffer):
      guard buffer === self.buffer else { return }
      machine.subscriberCaughtUp(at: now)
    case .openStream(let ticket, let stream, let buffer):
      streams[ticket] = buffer
      machine.openStream(ticket, stream, at: now)
    case .closeStream(let ticket):
      streams[ticket] = nil
      machine.closeStream(ticket, at: now)
    case .streamCaughtUp(let ticket): machine.streamCaughtUp(ticket, at: now)
    case .answerWasUnsound(let message): machine.answerWasUnsound(message, at: now)
    case .credentialKept(let error): machine.credentialKept(error, at: now)
    case .close: return  // The loop's business: it forgets the link.
    }
    settle(at: now)
  }

  func ready(_ number: UInt64, _ readiness: Readiness, at now: UInt64) {
    guard let connection, connection.number == number else { return }
    refreshRoom()
    let outcome = connection.ready(readiness) { event in
      switch event {
      case .opened: machine.connectionOpened(at: now)
      case .received(let bytes): machine.received(bytes.bytes, at: now)
      }
    }
    if let error = outcome { lost(error, at: now) }
    settle(at: now)
  }

  func resolved(_ number: UInt64, _ addresses: Result<[String], ClientError>, at now: UInt64) {
    loop.giveBack(number)
    guard resolving == number else { return }
    resolving = nil
    refreshRoom()
    switch addresses {
    case .success(let found):
      untried = found
      openNext(after: .unavailable("\(core.configuration.host): no address"), at: now)
    case .failure(let error): machine.connectionLost(error, at: now)
    }
    settle(at: now)
  }

  func advance(to now: UInt64) {
    refreshRoom()
    machine.advance(to: now)
    settle(at: now)
  }

  func close(at now: UInt64) {
    machine.close(at: now)
    settle(at: now)
    dropConnection()
  }

  private func subscribe(
    _ buffer: SubscriptionBuffer, after position: SubscriptionPosition?, at now: UInt64
  ) {
    guard self.buffer == nil else {
      return ClientCommand.subscribe(buffer, after: position).refuse(
        ClientError(
          code: .alreadyExists, reason: .subscriptionExists,
          message: "this client has a subscription already"))
    }
    self.buffer = buffer
    refreshRoom()
    machine.subscribe(after: position, at: now)
  }

  // MARK: What is done about it

  private func refreshRoom() { machine.subscriberRoom = buffer?.room ?? 0 }

  private func settle(at now: UInt64) {
    while true {
      let actions = machine.takeActions()
      for action in actions { carryOut(action, at: now) }
      let error = flush()
      if let error { lost(error, at: now) }
      if actions.isEmpty && error == nil { return }
    }
  }

  private func carryOut(_ action: ClientStateMachine.Action, at now: UInt64) {
    switch action {
    case .connect: connect(at: now)
    case .disconnect:
      connection?.sayGoodbye(machine.takeLastWords())
      dropConnection()
    case .finishConnect(let ticket, let result):
      connects.removeValue(forKey: ticket)?.resume(returning: result)
    case .finishCall(let ticket, let result):
      calls.removeValue(forKey: ticket)?.resume(returning: result)
    case .deliver(let event): buffer?.append(event)
    case .awaitSubscriber:
      if buffer?.pause() != true { machine.subscriberCaughtUp(at: now) }
    case .endSubscription:
      buffer?.finish()
      buffer = nil
    case .deliverToStream(let ticket, let event): deliver(event, to: ticket, at: now)
    case .endStream(let ticket): streams.removeValue(forKey: ticket)?.finish()
    case .learnTime(let clock): core.clock.withLock { $0 = clock }
    case .keepCredential(let credential): keep(credential, at: now)
    case .tellRenewalFailed(let error): core.configuration.renewal?.failed(error)
    case .connectionChanged(let event): core.configuration.connectionChanged?(event)
    }
  }

  private func deliver(
    _ event: StreamEvent, to ticket: ClientStateMachine.Ticket, at now: UInt64
  ) {
    guard let stream = streams[ticket] else { return }
    stream.append(event)
    guard stream.room <= 0, machine.streamIsFull(ticket, at: now), !stream.pause() else { return }
    machine.streamCaughtUp(ticket, at: now)
  }

  private func keep(_ credential: RenewedCredential, at now: UInt64) {
    guard let renewal = core.configuration.renewal,
      let error = loop.keep(credential, renewal, for: core)
    else { return }
    machine.credentialKept(error, at: now)
  }

  private func flush() -> ClientError? {
    var error: ClientError?
    machine.drainOutput { bytes in error = connection?.send(bytes) }
    return error
  }

  private func connect(at now: UInt64) {
    dropConnection()
    let host = core.configuration.host
    guard !Resolver.isAddress(host) else {
      untried = [host]
      openNext(after: .unavailable("\(host): no address"), at: now)
      return
    }
    let number = loop.number(for: self)
    if let error = loop.resolve(host, for: number) {
      loop.giveBack(number)
      machine.connectionLost(error, at: now)
    } else {
      resolving = number
    }
  }

  /// Tries the host's next address; `error` is what the last one came to.
  private func openNext(after error: ClientError, at now: UInt64) {
    var error = error
    while !untried.isEmpty {
      let address = untried.removeFirst()
      let number = loop.number(for: self)
      do throws(ClientError) {
        let context = try tlsContext()
        connection = try Connection(
          number, address: address, configuration: core.configuration, context, on: loop)
        return
      } catch let failure {
        loop.giveBack(number)
        error = failure
      }
    }
    machine.connectionLost(error, at: now)
  }

  private func lost(_ error: ClientError, at now: UInt64) {
    let wasUp = connection?.isUp ?? true
    dropConnection(keepingAddresses: true)
    if !wasUp, machine.isConnecting, !untried.isEmpty {
      openNext(after: error, at: now)
    } else {
      machine.connectionLost(error, at: now)
    }
  }

  private func dropConnection(keepingAddresses: Bool = false) {
    // A lookup that is under way reports to a number that nobody has any more.
    if let resolving { loop.giveBack(resolving) }
    resolving = nil
    if !keepingAddresses { untried = [] }
    guard let connection else { return }
    loop.giveBack(connection.number)
    connection.close()
    self.connection = nil
  }

  private func tlsContext() throws(ClientError) -> TLSContext {
    if let context { return context }
    do {
      let made = try TLSContext.client(
        certificateAuthority: .bytes(core.configuration.certificateAuthority.pem))
      context = made
      return made
    } catch {
      throw .unavailable("certificate authority: \(error)", underlying: error)
    }
  }
}
