internal import CLinux
internal import Glibc

/// What a descriptor is watched for. Level-triggered unless ``edge`` is in.
public struct Interest: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let read = Interest(rawValue: UInt32(EPOLLIN.rawValue))
  public static let write = Interest(rawValue: UInt32(EPOLLOUT.rawValue))
  /// The peer has closed, or shut down its sending half.
  public static let peerClosed = Interest(rawValue: UInt32(EPOLLRDHUP.rawValue))
  /// Report a change once, not a state for as long as it lasts.
  public static let edge = Interest(rawValue: CLinux_EPOLLET)
}

/// What happened to a descriptor.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let readable = Readiness(rawValue: UInt32(EPOLLIN.rawValue))
  public static let writable = Readiness(rawValue: UInt32(EPOLLOUT.rawValue))
  /// The peer sends no more; bytes may still wait to be read.
  public static let peerClosed = Readiness(rawValue: UInt32(EPOLLRDHUP.rawValue))
  /// Both directions are down. Reported whatever the interest.
  public static let hungUp = Readiness(rawValue: UInt32(EPOLLHUP.rawValue))
  /// Broken: `Socket.finishConnect` or a transfer tells why. Reported whatever the interest.
  public static let failed = Readiness(rawValue: UInt32(EPOLLERR.rawValue))
}

/// epoll for one thread. A descriptor carries a token of the caller's choice (index and generation
/// of a slab slot).
///
/// ``wait(timeoutMilliseconds:)`` fills a buffer that is reused for ever; ``token(at:)`` and
/// ``readiness(at:)`` read it. Waiting does not change the poller as far as Swift's exclusivity
/// goes, so events may be handled by code that adds and removes descriptors. An event already
/// collected for a descriptor that was removed since is still reported: that is what the generation
/// in a token is for.
public struct Poller: ~Copyable {
  private let epoll: Int32
  // Raw memory that the kernel writes; only the thread that owns the poller reads it, after the
  // wait.
  private let events: UnsafeMutablePointer<epoll_event>
  private let capacity: Int32

  /// - Parameter maximumEvents: events taken in one wait; more stay for the next.
  public init(maximumEvents: Int = 512) throws(TransportError) {
    precondition(maximumEvents > 0)
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw TransportError("epoll_create1", errno: errno) }
    capacity = Int32(maximumEvents)
    events = .allocate(capacity: maximumEvents)
  }

  deinit {
    Socket.close(epoll)
    events.deallocate()
  }

  public func add(_ fd: Int32, token: UInt64, interest: Interest) throws(TransportError) {
    try control(EPOLL_CTL_ADD, "add", fd, interest.rawValue, token)
  }

  /// Watches a waker edge-triggered, so that a wake costs no read: see ``Waker``.
  public func add(_ waker: Waker, token: UInt64) throws(TransportError) {
    try add(waker.descriptor, token: token, interest: [.read, .edge])
  }

  public func modify(_ fd: Int32, token: UInt64, interest: Interest) throws(TransportError) {
    try control(EPOLL_CTL_MOD, "modify", fd, interest.rawValue, token)
  }

  /// Not needed before `Socket.close`, which removes the descriptor by itself unless it was
  /// duplicated.
  public func remove(_ fd: Int32) throws(TransportError) {
    try control(EPOLL_CTL_DEL, "remove", fd, 0, 0)
  }

  /// Waits for events and returns how many there are.
  /// - Parameter timeoutMilliseconds: 0 = look only, negative = for ever. A signal ends the wait
  ///   with 0 events.
  public func wait(timeoutMilliseconds: Int32) throws(TransportError) -> Int {
    let count = epoll_wait(epoll, events, capacity, timeoutMilliseconds)
    if count >= 0 { return Int(count) }
    if errno == EINTR { return 0 }
    throw TransportError("epoll_wait", errno: errno)
  }

  /// The token of an event of the last wait.
  public func token(at index: Int) -> UInt64 {
    precondition(UInt(bitPattern: index) < UInt(capacity))
    return CLinux_epoll_token(events, index)
  }

  /// What happened, of an event of the last wait.
  public func readiness(at index: Int) -> Readiness {
    precondition(UInt(bitPattern: index) < UInt(capacity))
    return Readiness(rawValue: CLinux_epoll_events(events, index))
  }

  /// Waits once and hands each event over; returns how many there were. The body must not wait on
  /// this poller.
  @discardableResult
  public func wait(
    timeoutMilliseconds: Int32, _ body: (_ token: UInt64, _ readiness: Readiness) -> Void
  ) throws(TransportError) -> Int {
    let count = try wait(timeoutMilliseconds: timeoutMilliseconds)
    for index in 0..<count { body(token(at: index), readiness(at: index)) }
    return count
  }

  private func control(
    _ operation: Int32, _ name: String, _ fd: Int32, _ events: UInt32, _ token: UInt64
  ) throws(TransportError) {
    guard CLinux_epoll_control(epoll, operation, fd, events, token) == 0 else {
      throw TransportError("epoll \(name)", errno: errno)
    }
  }
}
