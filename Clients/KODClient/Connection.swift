internal import KODTransport

/// One TCP and TLS connection to the server, on the loop's thread. Knows bytes, not frames.
final class Connection {
  enum Event {
    /// TLS is up.
    case opened
    /// Plain text, valid only during the call.
    case received(UnsafeRawBufferPointer)
  }

  /// Reads in one round: no client keeps the loop from the others.
  private static let readsPerRound = 16

  /// Epoll's token.
  let number: UInt64
  private let descriptor: Int32
  private let scratch: TLSScratch
  private unowned let loop: LoopThread
  private var tls: TLSSession
  private var isConnected = false
  private var isClosed = false
  /// Ciphertext that the socket did not take yet.
  private var unsent: [UInt8] = []
  private let name: String

  /// TLS was up once.
  private(set) var isUp = false

  /// Begins to connect.
  init(
    _ number: UInt64, address: String, configuration: KODClient.Configuration,
    _ context: TLSContext, on loop: LoopThread
  ) throws(ClientError) {
    name = Endpoint(host: configuration.host, port: configuration.port).description
    do {
      let tls = try TLSSession(
        context, scratch: loop.scratch, serverName: configuration.serverName ?? configuration.host)
      let descriptor = try Socket.connect(host: address, port: configuration.port)
      do {
        try loop.poller.add(descriptor, token: number, interest: .write)
      } catch {
        Socket.close(descriptor)
        throw error
      }
      self.tls = tls
      self.descriptor = descriptor
    } catch {
      throw .unavailable("\(name): \(error)", underlying: error)
    }
    self.number = number
    self.loop = loop
    scratch = loop.scratch
  }

  deinit { if !isClosed { Socket.close(descriptor) } }

  /// Moves what can be moved. Returns why the connection has ended, if it has.
  func ready(_ readiness: Readiness, _ handle: (Event) -> Void) -> ClientError? {
    if !isConnected {
      if let error = Socket.finishConnect(descriptor) {
        return .unavailable("\(name): \(error.text)", underlying: error)
      }
      isConnected = true
      return progress(tls.start()) ?? flush() ?? watch()
    }
    if readiness.contains(.writable), let error = flush() ?? watch() { return error }
    guard !readiness.isDisjoint(with: [.readable, .peerClosed, .hungUp, .failed]) else {
      return nil
    }
    return read(handle)
  }

  private func read(_ handle: (Event) -> Void) -> ClientError? {
    for _ in 0..<Self.readsPerRound {
      let room = scratch.input
      switch Socket.receive(descriptor, into: room) {
      case .bytes(let count):
        let state = tls.receive(UnsafeRawBufferPointer(rebasing: room[..<count])) { bytes in
          // The server's first words may come in the same piece as the end of its handshake.
          announce(handle)
          handle(.received(bytes))
        }
        if state == .established { announce(handle) }
        // What the handshake answers, also when it fails: the alert tells the server why.
        let unsendable = flush()
        if let error = progress(state) ?? unsendable { return error }
      case .wouldBlock: return nil
      case .closed: return .unavailable("\(name): the server closed the connection")
      case .failed(let code): return .unavailable("\(name): the connection broke (errno \(code))")
      }
    }
    return nil
  }

  private func announce(_ handle: (Event) -> Void) {
    guard !isUp else { return }
    isUp = true
    handle(.opened)
  }

  private func progress(_ state: TLSProgress) -> ClientError? {
    switch state {
    case .handshaking, .established: return nil
    case .closed: return .unavailable("\(name): the server closed the connection")
    case .failed(let failure):
      let what =
        failure.kind == .certificateRefused
        ? "the server's certificate was refused" : "TLS failed"
      return .unavailable("\(name): \(what): \(failure)", underlying: failure)
    }
  }

  /// Encrypts and sends. Returns why that was not possible, if it was not.
  func send(_ plaintext: UnsafeRawBufferPointer) -> ClientError? {
    var rest = plaintext
    while !rest.isEmpty {
      do throws(TLSFailure) {
        rest = UnsafeRawBufferPointer(rebasing: rest[(try tls.seal(rest))...])
      } catch {
        return .unavailable("\(name): TLS failed: \(error)", underlying: error)
      }
      if let error = flush() { return error }
    }
    return watch()
  }

  /// The last frames and close_notify, as far as the socket takes them at once: nobody waits for a
  /// server that does not read.
  func sayGoodbye(_ plaintext: [UInt8]) {
    guard tls.isEstablished else { return }
    _ = plaintext.withUnsafeBytes { send($0) }
    tls.close()
    _ = flush()
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    Socket.close(descriptor)
  }

  /// Sends what is encrypted, in order; keeps what the socket does not take.
  private func flush() -> ClientError? {
    if !unsent.isEmpty {
      unsent.append(contentsOf: scratch.output)
      scratch.clearOutput()
      var sent = 0
      defer { unsent.removeFirst(sent) }
      while sent < unsent.count {
        let result = unsent.withUnsafeBytes {
          Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
        }
        guard case .bytes(let count) = result else { return failure(result) }
        sent += count
      }
      return nil
    }
    while scratch.outputBytes > 0 {
      let result = Socket.send(descriptor, scratch.output)
      guard case .bytes(let count) = result else {
        unsent.append(contentsOf: scratch.output)
        scratch.clearOutput()
        return failure(result)
      }
      scratch.consumeOutput(count)
    }
    return nil
  }

  private func failure(_ result: Transfer) -> ClientError? {
    switch result {
    case .bytes, .wouldBlock: nil
    case .closed: .unavailable("\(name): the server closed the connection")
    case .failed(let code): .unavailable("\(name): the connection broke (errno \(code))")
    }
  }

  private var watchesWriting = true

  /// Asks epoll for what is of interest now.
  private func watch() -> ClientError? {
    let interest: Interest = unsent.isEmpty ? [.read, .peerClosed] : [.read, .peerClosed, .write]
    let wantsWriting = !unsent.isEmpty
    guard wantsWriting != watchesWriting else { return nil }
    do throws(TransportError) {
      try loop.poller.modify(descriptor, token: number, interest: interest)
    } catch {
      return .unavailable("\(name): \(error)", underlying: error)
    }
    watchesWriting = wantsWriting
    return nil
  }
}
