internal import KODEngine
internal import KODTransport
internal import KODWire
internal import Synchronization

/// What crosses from the writer, and from whoever stops the server, to an I/O loop.
enum LoopMessage: Sendable {
  case released(OutboxBatch)
  /// So many sessions, over all loops, will come back to the next server.
  case drain(sessions: Int)
}

/// One I/O thread: a listener, its connections for life, their timers. It interprets the actions of the sessions and
/// decides nothing itself. A turn reads like `turn()`.
final class IOLoop {
  private static let listenerToken = UInt64.max
  private static let mailboxToken = UInt64.max - 1

  let index: Int
  let listener: Int32
  let tls: TLSContext
  let mailbox: Mailbox<LoopMessage>
  let mailboxWaker: Waker
  let writer: Mailbox<WriterMessage>
  let maximumConnections: Int
  let limits: Limits
  let facts: ServerFacts
  let log: Log

  let poller: Poller
  let scratch = TLSScratch()
  var timers = TimerWheel<UInt64>(now: MonotonicClock.milliseconds())
  var connections = Slab<Connection>()
  var reserve: DescriptorReserve
  var tick = Tick.now()

  /// Frames that the loop itself answers with are made here.
  var frames = ByteWriter(minimumCapacity: 4096)
  /// Output buffers that are not in use, so that an idle connection holds none.
  var spareBuffers: [[UInt8]] = []
  /// For the writer, posted once a turn.
  var outgoing: [WriterMessage] = []
  private var incoming: [LoopMessage] = []
  /// Connections with output, each once.
  var dirty: [UnsafeMutablePointer<Connection>] = []
  /// Connections that are over; their slots are given up at the end of the turn, so that nothing in a turn refers to a
  /// slot that was reused in it.
  var finished: [UnsafeMutablePointer<Connection>] = []
  var isListening = true
  var drainEndsAt: Int64?
  /// What those who are sent away are told.
  private var drainHint = ReconnectHint.ownBackoff

  init(
    index: Int, listener: Int32, tls: TLSContext, mailbox: Mailbox<LoopMessage>, waker: Waker,
    writer: Mailbox<WriterMessage>, maximumConnections: Int, limits: Limits, facts: ServerFacts,
    log: Log
  ) throws(TransportError) {
    self.index = index
    self.listener = listener
    self.tls = tls
    self.mailbox = mailbox
    mailboxWaker = waker
    self.writer = writer
    self.maximumConnections = maximumConnections
    self.limits = limits
    self.facts = facts
    self.log = log
    poller = try Poller()
    reserve = try DescriptorReserve()
    try poller.add(listener, token: Self.listenerToken, interest: .read)
    try poller.add(waker, token: Self.mailboxToken)
  }

  /// Returns when the server has been drained.
  func run() throws(TransportError) {
    while !isDrained { try turn() }
    for (slot, generation) in connections.usedSlots {
      if let connection = connections.pointer(slot: slot, generation: generation) {
        close(connection)
      }
    }
    sweep()
    writer.post(contentsOf: &outgoing)
  }

  private func turn() throws(TransportError) {
    mailboxWaker.prepareToSleep()
    let count = try poller.wait(timeoutMilliseconds: mailbox.isEmpty ? patience() : 0)
    mailboxWaker.awake()
    tick = .now()
    for event in 0..<count { handle(poller.token(at: event), poller.readiness(at: event)) }
    takeReleased()
    expireTimers()
    for connection in dirty { flush(connection) }
    dirty.removeAll(keepingCapacity: true)
    sweep()
    writer.post(contentsOf: &outgoing)
  }

  /// Milliseconds until time alone brings something about; -1: never.
  private func patience() -> Int32 {
    var next = timers.nextExpiry
    if let drainEndsAt { next = min(next ?? .max, drainEndsAt) }
    guard let next else { return -1 }
    return Int32(max(0, min(next - MonotonicClock.milliseconds(), 60_000)))
  }

  private func handle(_ token: UInt64, _ readiness: Readiness) {
    switch token {
    case Self.listenerToken: accept()
    case Self.mailboxToken: break
    default:
      guard let connection = connection(ConnectionID(bits: token)) else { return }
      if readiness.contains(.writable) { writable(connection) }
      // A broken connection is reported again and again until somebody reads or closes it.
      if connection.pointee.isReadingPaused, !readiness.isDisjoint(with: [.hungUp, .failed]) {
        close(connection)
      }
      if !readiness.isDisjoint(with: [.readable, .peerClosed, .hungUp, .failed]) {
        readable(connection)
      }
    }
  }

  func connection(_ id: ConnectionID) -> UnsafeMutablePointer<Connection>? {
    guard let connection = connections.pointer(slot: id.slot, generation: id.generation),
      !connection.pointee.isFinished
    else { return nil }
    return connection
  }

  private func takeReleased() {
    mailbox.drain(into: &incoming)
    for message in incoming {
      switch message {
      case .released(let batch): deliver(batch)
      case .drain(let sessions): drain(sessions: sessions)
      }
    }
    incoming.removeAll(keepingCapacity: true)
  }

  /// Puts what the writer released into the connections' output; what no longer has a taker is dropped.
  private func deliver(_ batch: OutboxBatch) {
    takeVerdicts(batch.verdicts)
    takeRefreshes(batch.refreshes)
    batch.frames.withUnsafeBytes { bytes in
      var start = 0
      var nextTag = 0
      for entry in batch.entries {
        let end = start + Int(entry.byteCount)
        defer { start = end }
        var tag: PushTag?
        if entry.kind == .push {
          tag = batch.tags[nextTag]
          nextTag += 1
        }
        guard let connection = connection(entry.connection), !connection.pointee.closesWhenSent
        else { continue }
        deliver(
          UnsafeRawBufferPointer(rebasing: bytes[start..<end]), entry, tag, to: connection)
      }
    }
  }

  private func deliver(
    _ frame: UnsafeRawBufferPointer, _ entry: OutboxBatch.Entry, _ tag: PushTag?,
    to connection: UnsafeMutablePointer<Connection>
  ) {
    if entry.kind == .settled { return connection.pointee.session.callSettled(entry.call) }
    // Of a stream also its end: it stays behind the items.
    let waits =
      connection.pointee.awaitsWritable && connection.pointee.session.isStream(entry.call)
    let isWanted =
      entry.isLast
      ? connection.pointee.session.callAnswered(entry.call)
      : connection.pointee.session.isOpen(entry.call)
    guard isWanted else { return }
    if waits {
      enqueue(frame, entry, tag, on: connection)
    } else {
      markDirty(connection)
      connection.pointee.output.append(contentsOf: frame)
    }
  }

  private func expireTimers() {
    while let token = timers.popExpired(now: tick.milliseconds) {
      guard let connection = connection(ConnectionID(bits: token)) else { continue }
      connection.pointee.timer = nil
      connection.pointee.timerAt = .max
      if connection.pointee.closesWhenSent { close(connection) }
      while !connection.pointee.closesWhenSent {
        let action = connection.pointee.session.timePassed(
          to: tick, limits: limits)
        if case .none = action { break }
        perform(action, on: connection)
      }
      schedule(connection)
    }
  }

  /// Makes sure that the timer fires no later than the session's next deadline. Put off lazily: a timer that fires too
  /// early costs a look, and traffic costs nothing.
  func schedule(_ connection: UnsafeMutablePointer<Connection>) {
    guard !connection.pointee.isFinished, !connection.pointee.closesWhenSent else { return }
    setTimer(of: connection, to: connection.pointee.session.nextDeadline(limits, at: tick))
  }

  func setTimer(of connection: UnsafeMutablePointer<Connection>, to due: Int64) {
    guard due < connection.pointee.timerAt else { return }
    cancelTimer(of: connection)
    connection.pointee.timer = timers.schedule(connection.pointee.id.bits, at: due)
    connection.pointee.timerAt = due
  }

  func cancelTimer(of connection: UnsafeMutablePointer<Connection>) {
    if let timer = connection.pointee.timer { _ = timers.cancel(timer) }
    connection.pointee.timer = nil
    connection.pointee.timerAt = .max
  }

  func markDirty(_ connection: UnsafeMutablePointer<Connection>) {
    guard !connection.pointee.isDirty else { return }
    connection.pointee.isDirty = true
    dirty.append(connection)
    if connection.pointee.output.capacity == 0, let buffer = spareBuffers.popLast() {
      connection.pointee.output = buffer
    }
  }

  // MARK: Draining

  private var isDrained: Bool {
    guard let drainEndsAt else { return false }
    return connections.count == 0 || tick.milliseconds >= drainEndsAt
  }

  private func drain(sessions: Int) {
    guard drainEndsAt == nil else { return }
    drainHint = .serverStopping(sessions: sessions)
    drainEndsAt = tick.milliseconds + limits.drainMilliseconds
    stopListening()
    for (slot, generation) in connections.usedSlots {
      if let connection = connections.pointer(slot: slot, generation: generation) {
        sendAway(connection)
      }
    }
  }

  /// No new calls on this connection; it closes once those in flight are answered.
  func sendAway(_ connection: UnsafeMutablePointer<Connection>) {
    connection.pointee.session.drainStarted()
    closeIfIdle(connection)
  }

  /// While draining: says farewell to a session that has no unary call in flight.
  func closeIfIdle(_ connection: UnsafeMutablePointer<Connection>) {
    guard drainEndsAt != nil, !connection.pointee.isFinished,
      !connection.pointee.session.hasUnaryCalls, !connection.pointee.closesWhenSent
    else { return }
    connection.pointee.session.closed()
    farewell(
      GoingAway(
        code: .unavailable, reason: .serverStopping, message: "the server is stopping",
        reconnectAfterMs: drainHint.afterMilliseconds,
        reconnectSpreadMs: drainHint.spreadMilliseconds),
      on: connection)
  }

  func stopListening() {
    guard isListening else { return }
    isListening = false
    Socket.close(listener)
  }
}
