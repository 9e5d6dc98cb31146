internal import CLinux
internal import Glibc
internal import Synchronization

/// Wakes one thread that sleeps in a poller; costs a system call only if that thread sleeps.
///
/// The sleeper's protocol, once per round of its loop:
/// ```
/// waker.prepareToSleep()                        // from here on a wake is a system call
/// let timeout = mailbox.isEmpty ? patience : 0  // look AFTER prepareToSleep, never before
/// let count = try poller.wait(timeoutMilliseconds: timeout)
/// waker.awake()                                 // from here on a wake is one atomic instruction
/// mailbox.drain(into: &messages)                // look AFTER awake
/// ```
/// The waking side publishes first (post to the mailbox, set the flag) and calls ``wake()`` second.
///
/// No wake is lost: both sides exchange `sleeping` atomically. If the waker's exchange comes second
/// it finds true and writes to the eventfd, which ends the wait or prevents it. If it comes first,
/// the sleeper's exchange reads from it (acquire after release), so what was published before it is
/// seen by the look that follows.
///
/// Registered edge-triggered (`Poller.add(_:token:)`) the eventfd is never read: each write is a
/// new edge. Users of a level-triggered poller call ``drain()`` when the token is reported.
public final class Waker: Sendable {
  /// The eventfd; becomes readable when a sleeper is woken.
  public let descriptor: Int32
  private let sleeping = Atomic<Bool>(false)

  public init() throws(TransportError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw TransportError("eventfd", errno: errno) }
  }

  deinit { Socket.close(descriptor) }

  /// Any thread: ends the sleep of the owner, if it sleeps or is about to.
  public func wake() {
    guard sleeping.exchange(false, ordering: .acquiringAndReleasing) else { return }
    var one: UInt64 = 1
    // Fails only when the counter is full (it is readable then) or by EINTR, which eventfd does not
    // report for a write that needs no waiting.
    _ = Glibc.write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// The owner, before its last look for work.
  public func prepareToSleep() {
    _ = sleeping.exchange(true, ordering: .acquiringAndReleasing)
  }

  /// The owner, after the wait and before it looks for work.
  public func awake() {
    _ = sleeping.exchange(false, ordering: .acquiringAndReleasing)
  }

  /// Resets the eventfd for a level-triggered poller.
  public func drain() {
    var count: UInt64 = 0
    _ = Glibc.read(descriptor, &count, MemoryLayout<UInt64>.size)
  }
}
