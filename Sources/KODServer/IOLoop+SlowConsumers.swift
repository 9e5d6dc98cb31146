internal import KODEngine
internal import KODTransport
internal import KODWire

// Connections whose socket does not take what there is for them. Stream items wait unsealed and in order; answers do
// not wait behind them. Nobody else waits at all: each connection has a queue of its own, and its share of a turn.

extension IOLoop {
  /// What is sealed at once, so that the rest can still be collapsed if the socket takes no more: one TLS record.
  private static let pieceBytes = 16_384

  /// A stream's frame that has to wait. What makes the queue too long has it collapsed; if that does not help, the
  /// session ends with a reason, and can resume.
  func enqueue(
    _ frame: UnsafeRawBufferPointer, _ entry: OutboxBatch.Entry, _ tag: PushTag?,
    on connection: UnsafeMutablePointer<Connection>
  ) {
    connection.pointee.queue.append(
      frame, call: entry.call, tag: tag, isBounded: entry.kind == .bounded)
    guard
      !connection.pointee.queue.fits(limits.pushQueueBytes, at: tick.instant)
        || connection.pointee.queue.byteCount > limits.outputLimitBytes
    else { return }
    sayTooSlow(to: connection)
  }

  /// The reason goes behind what is sealed: who reads again within the time to linger finds it.
  func sayTooSlow(to connection: UnsafeMutablePointer<Connection>) {
    connection.pointee.session.closed()
    // The writer hears of it now: nothing more counts as told to this session.
    if let principal = connection.pointee.session.principal {
      outgoing.append(.connectionClosed(connection.pointee.id, principal.id))
    }
    farewell(
      GoingAway(
        code: Reason.slowConsumer.code, reason: .slowConsumer,
        message: "what waits for this session was not read in time",
        reconnectAfterMs: ReconnectHint.slowConsumer.afterMilliseconds,
        reconnectSpreadMs: ReconnectHint.slowConsumer.spreadMilliseconds),
      on: connection)
  }

  /// The socket took all that was sealed: the queue's turn, in order, a piece at a time and a bounded share of the
  /// turn. What is left then has its turn in the next one: epoll reports a writable socket again.
  func sealQueue(of connection: UnsafeMutablePointer<Connection>) {
    var budget = limits.queueBudgetBytes
    while budget > 0, !connection.pointee.queue.isEmpty, connection.pointee.unsentBytes == 0,
      !connection.pointee.isFinished
    {
      let waiting = connection.pointee.queue.byteCount
      var isSealed = false
      // Taken out while it is read, so that nothing changes it meanwhile.
      var queue = PushQueue()
      swap(&queue, &connection.pointee.queue)
      queue.takeFront(atMost: Self.pieceBytes) { isSealed = seal($0, on: connection) }
      swap(&queue, &connection.pointee.queue)
      guard isSealed else { return close(connection) }
      budget -= waiting - connection.pointee.queue.byteCount
    }
  }
}
