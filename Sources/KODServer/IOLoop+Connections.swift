internal import KODEngine
internal import KODTransport
internal import KODWire
internal import Synchronization

// The life of a connection: accept, read, act, send, close.

extension IOLoop {
  // MARK: Accepting

  /// Takes waiting connections, a bounded number a turn, so that a flood of them does not starve the others.
  func accept() {
    for _ in 0..<64 where isListening {
      switch Socket.accept(listener) {
      case .connection(let descriptor):
        // A few beyond the limit are let in to be told so; the rest meets a closed door.
        let excess = connections.count - maximumConnections
        if excess < 0 {
          open(descriptor)
        } else if excess < limits.refusalsAtOnce {
          log.warning("session-limit", ["connections": "\(connections.count)"])
          open(descriptor, isBeyondLimit: true)
        } else {
          Socket.close(descriptor)
        }
      case .wouldBlock: return
      case .lost: continue
      case .outOfDescriptors:
        // The caller learns at once that it must try later, instead of waiting in the backlog.
        if !reserve.refuseOne(on: listener) { return }
      case .failed(let errno):
        log.error("accept-failed", ["errno": "\(errno)"])
        return
      }
    }
  }

  private func open(_ descriptor: Int32, isBeyondLimit: Bool = false) {
    let (slot, generation) = connections.nextSlot()
    let id = ConnectionID(loop: index, slot: slot, generation: generation)
    do {
      let session = try TLSSession(tls, scratch: scratch)
      Socket.limitUnsent(descriptor, bytes: limits.kernelUnsentBytes)
      try poller.add(descriptor, token: id.bits, interest: [.read, .peerClosed])
      let connection = connections.insert(
        Connection(
          id: id, descriptor: descriptor, tls: session,
          session: Session(openedAt: tick, isBeyondLimit: isBeyondLimit)))
      schedule(connection)
    } catch {
      log.error("accept-failed", ["cause": "\(error)"])
      Socket.close(descriptor)
    }
  }

  // MARK: Reading

  /// Reads up to the budget. What is left stays in the socket, and epoll, level-triggered, reports it again.
  func readable(_ connection: UnsafeMutablePointer<Connection>) {
    var budget = limits.readBudgetBytes
    while budget > 0, !connection.pointee.isFinished, !connection.pointee.isReadingPaused {
      switch Socket.receive(connection.pointee.descriptor, into: scratch.input) {
      case .bytes(let count):
        budget -= count
        if connection.pointee.closesWhenSent { continue }
        received(UnsafeRawBufferPointer(rebasing: scratch.input[..<count]), on: connection)
        if count < scratch.input.count { return }
      case .wouldBlock: return
      case .closed, .failed: return close(connection)
      }
    }
  }

  private func received(
    _ ciphertext: UnsafeRawBufferPointer, on connection: UnsafeMutablePointer<Connection>
  ) {
    let progress = connection.pointee.tls.receive(ciphertext) { plaintext in
      self.opened(plaintext, on: connection)
    }
    sendScratch(of: connection)
    switch progress {
    case .handshaking, .established: schedule(connection)
    case .closed:
      // Answered in kind (RFC 8446, 6.1), so that the client can tell the end from a cut.
      if !connection.pointee.isFinished {
        connection.pointee.tls.close()
        sendScratch(of: connection)
      }
      close(connection)
    case .failed(let failure):
      log.info(
        "tls-failed",
        [
          "peer": Socket.peerAddress(of: connection.pointee.descriptor),
          "cause": failure.description,
        ])
      close(connection)
    }
  }

  /// Plaintext has come: whole frames go to the session, the start of one waits for its rest.
  private func opened(
    _ plaintext: UnsafeRawBufferPointer, on connection: UnsafeMutablePointer<Connection>
  ) {
    guard plaintext.count > 0, !connection.pointee.closesWhenSent else { return }
    let action = connection.pointee.session.bytesReceived(
      plaintext.count, at: tick, limits: limits)
    if case .close = action { return perform(action, on: connection) }
    if connection.pointee.partialFrame.isEmpty {
      let taken = takeFrames(plaintext, of: connection)
      if taken < plaintext.count, !connection.pointee.closesWhenSent {
        connection.pointee.partialFrame.append(
          contentsOf: UnsafeRawBufferPointer(rebasing: plaintext[taken...]))
      }
    } else {
      // Taken out while it is read, so that nothing changes it meanwhile.
      var bytes: [UInt8] = []
      swap(&bytes, &connection.pointee.partialFrame)
      bytes.append(contentsOf: plaintext)
      let taken = bytes.withUnsafeBytes { takeFrames($0, of: connection) }
      guard !connection.pointee.closesWhenSent, taken < bytes.count else { return }
      bytes.removeFirst(taken)
      connection.pointee.partialFrame = bytes
    }
  }

  /// Returns how many bytes the whole frames at the start have.
  private func takeFrames(
    _ bytes: UnsafeRawBufferPointer, of connection: UnsafeMutablePointer<Connection>
  ) -> Int {
    var start = 0
    while !connection.pointee.closesWhenSent, !connection.pointee.isFinished {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[start...]).bytes
      let maximum = connection.pointee.session.maximumPayloadBytes(limits)
      switch FrameDecoder.next(in: rest, maximumPayloadBytes: maximum) {
      case .needMore: return start
      case .tooLarge(let header):
        perform(
          connection.pointee.session.oversizedFrameReceived(header, limits: limits), on: connection)
      case .frame(let header):
        let payload = rest.extracting(FrameHeader.byteCount..<header.frameBytes)
        perform(
          connection.pointee.session.frameReceived(
            header, payload: payload, at: tick, limits: limits),
          on: connection)
        start += header.frameBytes
      }
    }
    return start
  }

  // MARK: Acting

  /// The one interpreter of a session's actions.
  func perform(_ action: Session.Action, on connection: UnsafeMutablePointer<Connection>) {
    switch action {
    case .none: break
    case .send(let answer): send(answer, on: connection)
    case .authenticate(let credential, let digest):
      outgoing.append(
        .authenticate(connection.pointee.id, credential: credential, digest: digest))
    case .perform(let call):
      outgoing.append(.call(connection.pointee.id, call))
    case .endCall(let call, let status, let isKept):
      connection.pointee.queue.removeAll(of: call)
      append(to: connection) { $0.appendFrame(type: .status, call: call, payload: status) }
      if isKept, let principal = connection.pointee.session.principal {
        outgoing.append(.callEnded(connection.pointee.id, principal.id, call: call))
      }
    case .close(let message): farewell(message, on: connection)
    }
  }

  private func send(
    _ answer: Session.Answer, on connection: UnsafeMutablePointer<Connection>
  ) {
    append(to: connection) { writer in
      switch answer {
      case .welcome(let welcome): writer.appendFrame(type: .welcome, payload: welcome)
      case .status(let call, let status):
        writer.appendFrame(type: .status, call: call, payload: status)
      case .pong(let payload): writer.appendFrame(type: .pong, payloadBytes: payload)
      }
    }
  }

  /// Says why, and closes once that has left. What the client still sends is not read.
  func farewell(_ message: GoingAway, on connection: UnsafeMutablePointer<Connection>) {
    // The last frame of all: what waits for its turn is told to a session that resumes.
    connection.pointee.queue = PushQueue()
    append(to: connection) { $0.appendFrame(type: .goingAway, payload: message) }
    connection.pointee.closesWhenSent = true
    connection.pointee.partialFrame = []
    cancelTimer(of: connection)
    setTimer(of: connection, to: tick.milliseconds + limits.lingerMilliseconds)
    // A client that takes its leave is no event.
    guard message.code != .ok else { return }
    let fields: KeyValuePairs = [
      "peer": Socket.peerAddress(of: connection.pointee.descriptor),
      "principal": connection.pointee.session.ownerName,
      "client": connection.pointee.session.client, "reason": message.reason.name,
    ]
    switch message.reason {
    case .slowConsumer, .cancelLimit: log.warning("session-closed", fields)
    default: log.info("session-closed", fields)
    }
  }

  private func append(
    to connection: UnsafeMutablePointer<Connection>, _ body: (inout ByteWriter) -> Void
  ) {
    frames.removeAll()
    body(&frames)
    markDirty(connection)
    frames.withUnsafeBytes { connection.pointee.output.append(contentsOf: $0) }
  }

  // MARK: Sending

  /// Seals all that the turn has for the connection and sends it: as a rule one record, one system call.
  func flush(_ connection: UnsafeMutablePointer<Connection>) {
    closeIfIdle(connection)
    connection.pointee.isDirty = false
    guard !connection.pointee.isFinished else { return }
    guard connection.pointee.tls.isEstablished else {
      if connection.pointee.closesWhenSent { close(connection) }
      return
    }
    guard sealOutput(of: connection) else { return close(connection) }
    if connection.pointee.unsentBytes > limits.outputLimitBytes, !connection.pointee.closesWhenSent
    {
      sayTooSlow(to: connection)
      guard sealOutput(of: connection) else { return close(connection) }
    }
    if connection.pointee.closesWhenSent {
      connection.pointee.tls.close()
      sendScratch(of: connection)
      if connection.pointee.unsentBytes == 0 {
        Socket.finishSending(connection.pointee.descriptor)
      }
    }
    updateInterest(connection)
  }

  /// Seals the output and sends it. False: the connection is of no use any more.
  private func sealOutput(of connection: UnsafeMutablePointer<Connection>) -> Bool {
    connection.pointee.isDirty = false
    var output: [UInt8] = []
    swap(&output, &connection.pointee.output)
    let isSealed = output.withUnsafeBytes { seal($0, on: connection) }
    if output.capacity <= 16_384, spareBuffers.count < 256 {
      output.removeAll(keepingCapacity: true)
      spareBuffers.append(output)
    }
    return isSealed && !connection.pointee.isFinished
  }

  func seal(
    _ plaintext: UnsafeRawBufferPointer, on connection: UnsafeMutablePointer<Connection>
  ) -> Bool {
    var start = 0
    while start < plaintext.count {
      let rest = UnsafeRawBufferPointer(rebasing: plaintext[start...])
      guard let count = try? connection.pointee.tls.seal(rest), count > 0 else { return false }
      start += count
      sendScratch(of: connection)
    }
    return true
  }

  /// Sends the ciphertext in the scratch, or keeps it in order behind what is already waiting.
  private func sendScratch(of connection: UnsafeMutablePointer<Connection>) {
    while scratch.outputBytes > 0 {
      guard connection.pointee.unsentBytes == 0 else {
        connection.pointee.keepUnsent(scratch.output)
        break
      }
      switch Socket.send(connection.pointee.descriptor, scratch.output) {
      case .bytes(let count): scratch.consumeOutput(count)
      case .wouldBlock:
        connection.pointee.keepUnsent(scratch.output)
        scratch.clearOutput()
        updateInterest(connection)
      case .closed, .failed:
        scratch.clearOutput()
        close(connection)
      }
    }
    scratch.clearOutput()
  }

  func writable(_ connection: UnsafeMutablePointer<Connection>) {
    guard sendUnsent(of: connection) else { return }
    sealQueue(of: connection)
    if connection.pointee.closesWhenSent, connection.pointee.output.isEmpty {
      Socket.finishSending(connection.pointee.descriptor)
    }
    updateInterest(connection)
  }

  /// True: nothing that was sealed waits any more.
  private func sendUnsent(of connection: UnsafeMutablePointer<Connection>) -> Bool {
    while connection.pointee.unsentBytes > 0 {
      let transfer = connection.pointee.withUnsent {
        Socket.send(connection.pointee.descriptor, $0)
      }
      switch transfer {
      case .bytes(let count): connection.pointee.unsentLeft(count)
      case .wouldBlock:
        updateInterest(connection)
        return false
      case .closed, .failed:
        close(connection)
        return false
      }
    }
    return true
  }

  /// Asks epoll for what matters now: writability while bytes wait, readability unless too many do.
  private func updateInterest(_ connection: UnsafeMutablePointer<Connection>) {
    guard !connection.pointee.isFinished else { return }
    let awaitsWritable = connection.pointee.unsentBytes > 0 || !connection.pointee.queue.isEmpty
    let isReadingPaused = connection.pointee.unsentBytes > limits.outputHighWaterBytes
    guard
      awaitsWritable != connection.pointee.awaitsWritable
        || isReadingPaused != connection.pointee.isReadingPaused
    else { return }
    connection.pointee.awaitsWritable = awaitsWritable
    connection.pointee.isReadingPaused = isReadingPaused
    var interest: Interest = []
    if awaitsWritable { interest.insert(.write) }
    if !isReadingPaused { interest.formUnion([.read, .peerClosed]) }
    do {
      try poller.modify(
        connection.pointee.descriptor, token: connection.pointee.id.bits, interest: interest)
    } catch { close(connection) }
  }

  // MARK: Closing

  /// Ends the connection now; its slot is given up at the end of the turn.
  func close(_ connection: UnsafeMutablePointer<Connection>) {
    guard !connection.pointee.isFinished else { return }
    connection.pointee.isFinished = true
    cancelTimer(of: connection)
    if let principal = connection.pointee.session.principal {
      facts.sessions.wrappingSubtract(1, ordering: .relaxed)
      outgoing.append(.connectionClosed(connection.pointee.id, principal.id))
    }
    Socket.close(connection.pointee.descriptor)
    finished.append(connection)
  }

  /// Gives up the slots of connections that are over.
  func sweep() {
    for connection in finished { connections.remove(slot: connection.pointee.id.slot) }
    finished.removeAll(keepingCapacity: true)
  }
}
