internal import CLinux
internal import Glibc

/// The outcome of one `recv` or `send` on a nonblocking socket.
public enum Transfer: Equatable, Sendable {
  /// So many bytes moved; at least one.
  case bytes(Int)
  /// Nothing can move now: wait for readiness.
  case wouldBlock
  /// The peer ended the stream (receive) or is gone (send).
  case closed
  /// The connection is broken; the system's error number.
  case failed(Int32)
}

/// The outcome of one `accept`.
public enum Acceptance: Equatable, Sendable {
  /// A nonblocking, close-on-exec socket without Nagle's delay.
  case connection(Int32)
  /// Nobody is waiting.
  case wouldBlock
  /// The process or the system has no descriptor left (EMFILE, ENFILE) or no memory for one. The
  /// caller stays in the backlog and a level-triggered listener stays ready: answer with
  /// ``DescriptorReserve/refuseOne(on:)`` or take the listener out of the poller for a while.
  case outOfDescriptors
  /// This connection was lost before it was accepted: try the next one.
  case lost(Int32)
  /// The listener itself is unusable.
  case failed(Int32)
}

/// TCP over descriptors. Whoever opens a descriptor here closes it here; ownership is by
/// convention, since a slab of connections stores plain numbers.
public enum Socket {
  // MARK: Opening

  /// A listening, nonblocking socket. Port 0 picks a free one: see ``localPort(of:)``.
  ///
  /// With `reusePort` several loops listen on one port and the kernel spreads connections over
  /// them.
  public static func listen(
    host: String, port: UInt16, backlog: Int32 = 4096, reusePort: Bool = false
  ) throws(TransportError) -> Int32 {
    let operation = "listen \(Endpoint(host: host, port: port))"
    let address = try SocketAddress(host: host, port: port)
    let fd = try open(address, operation)
    var refused = setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if !refused, reusePort { refused = setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1) }
    if !refused { refused = address.withSockaddr { Glibc.bind(fd, $0, $1) } != 0 }
    if !refused { refused = Glibc.listen(fd, backlog) != 0 }
    if refused { throw closing(fd, operation) }
    return fd
  }

  /// Takes one waiting connection. Call until ``Acceptance/wouldBlock`` or up to a budget.
  public static func accept(_ listener: Int32) -> Acceptance {
    while true {
      let fd = accept4(
        listener, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
      if fd >= 0 {
        _ = setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return .connection(fd)
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfDescriptors
      // accept(2): errors of the new socket that Linux hands over through accept.
      case ECONNABORTED, EPERM, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
        EOPNOTSUPP, ENETUNREACH, ETIMEDOUT:
        return .lost(errno)
      case let other: return .failed(other)
      }
    }
  }

  /// Starts to connect and returns a nonblocking socket. Wait until it is writable, then
  /// ``finishConnect(_:)``.
  ///
  /// `source` is a local address to connect from: many sessions from one machine need several,
  /// since ports run out.
  public static func connect(
    host: String, port: UInt16, from source: String? = nil
  ) throws(TransportError) -> Int32 {
    let operation = "connect \(Endpoint(host: host, port: port))"
    let address = try SocketAddress(host: host, port: port)
    let local: SocketAddress? =
      if let source { try SocketAddress(host: source, port: 0) } else { nil }
    let fd = try open(address, operation)
    _ = setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    if let local {
      // The port is chosen at connect(), so one source can serve many destinations with the same
      // port.
      _ = setOption(fd, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
      guard local.withSockaddr({ Glibc.bind(fd, $0, $1) }) == 0 else {
        throw closing(fd, "\(operation) from \(source ?? "")")
      }
    }
    // After EINTR the connection goes on by itself, as after EINPROGRESS.
    guard
      address.withSockaddr({ Glibc.connect(fd, $0, $1) }) == 0 || errno == EINPROGRESS
        || errno == EINTR
    else { throw closing(fd, operation) }
    return fd
  }

  /// What became of ``connect(host:port:from:)`` once the socket is writable: nil = connected.
  public static func finishConnect(_ fd: Int32) -> TransportError? {
    var pending: Int32 = 0
    var count = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &count) == 0 else {
      return TransportError("connect", errno: errno)
    }
    return pending == 0 ? nil : TransportError("connect", errno: pending)
  }

  // MARK: Moving bytes

  /// Reads what is there, up to the buffer's size; the buffer must not be empty.
  public static func receive(
    _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) -> Transfer {
    while true {
      let count = recv(fd, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .closed }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case let other: return .failed(other)
      }
    }
  }

  /// Writes as much as the kernel takes; the bytes must not be empty. Never raises SIGPIPE.
  public static func send(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      let count = Glibc.send(fd, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .bytes(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case EPIPE, ECONNRESET: return .closed
      case let other: return .failed(other)
      }
    }
  }

  /// Bounds what the kernel keeps of bytes that were not sent yet: beyond it ``send(_:_:)`` says
  /// `wouldBlock`. Without it a reader that stops makes the kernel hold megabytes. (tcp(7),
  /// TCP_NOTSENT_LOWAT.)
  public static func limitUnsent(_ fd: Int32, bytes: Int32) {
    _ = setOption(fd, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, bytes)
  }

  /// Sends FIN: the peer reads the end of the stream, and can still send.
  public static func finishSending(_ fd: Int32) { _ = shutdown(fd, Int32(SHUT_WR)) }

  /// Gives the descriptor back. Linux frees it even when it reports EINTR, so there is nothing to
  /// repeat.
  public static func close(_ fd: Int32) { _ = Glibc.close(fd) }

  // MARK: Facts

  /// The port the socket is bound to.
  public static func localPort(of fd: Int32) throws(TransportError) -> UInt16 {
    guard let address = SocketAddress(filledBy: { getsockname(fd, $0, $1) }) else {
      throw TransportError("local port", errno: errno)
    }
    guard let endpoint = address.endpoint else {
      throw TransportError(operation: "local port", text: "not an IP socket")
    }
    return endpoint.port
  }

  /// `127.0.0.1:50312`, for logs; `unconnected` when there is no peer (any more).
  public static func peerAddress(of fd: Int32) -> String {
    SocketAddress(filledBy: { getpeername(fd, $0, $1) })?.endpoint?.description ?? "unconnected"
  }

  // MARK: Inside

  private static func open(_ address: SocketAddress, _ operation: String) throws(TransportError)
    -> Int32
  {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let fd = socket(address.family, type, 0)
    guard fd >= 0 else { throw TransportError(operation, errno: errno) }
    return fd
  }

  /// True when it failed, with the reason in `errno`.
  private static func setOption(_ fd: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Bool
  {
    var value = value
    return setsockopt(fd, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) != 0
  }

  /// The error of a call that has just failed on `fd`, which is closed.
  private static func closing(_ fd: Int32, _ operation: String) -> TransportError {
    let error = TransportError(operation, errno: errno)
    close(fd)
    return error
  }
}

/// One descriptor kept back, so that a process that has run out of them can still tell a caller to
/// go away.
public struct DescriptorReserve: ~Copyable {
  private var fd: Int32

  public init() throws(TransportError) {
    fd = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw TransportError("open /dev/null", errno: errno) }
  }

  /// Accepts one waiting connection into the reserved descriptor and closes it at once, so that its
  /// owner tries elsewhere or later, instead of waiting in the backlog. False: nobody was refused.
  public mutating func refuseOne(on listener: Int32) -> Bool {
    if fd >= 0 { Socket.close(fd) }
    var refused = false
    if case .connection(let connection) = Socket.accept(listener) {
      Socket.close(connection)
      refused = true
    }
    // Another thread may have taken the descriptor in between: then the next call tries again
    // without one.
    fd = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
    return refused
  }

  deinit { if fd >= 0 { Socket.close(fd) } }
}
