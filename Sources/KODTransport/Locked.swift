internal import Glibc

/// A value that threads share, behind a mutex.
///
/// pthread's mutex and not `Synchronization.Mutex`: ThreadSanitizer cannot see into the latter on
/// Linux (Swift 6.3) and reports each of its uses as a race, so that real races drown.
///
/// `@unchecked Sendable`: `value` is touched by ``withLock(_:)`` only, which holds the mutex.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  @usableFromInline var value: Value
  @usableFromInline let mutex = ThreadMutex()

  public init(_ value: Value) { self.value = value }

  /// Runs `body` alone. Not recursive; keep it short: no system call, no other lock.
  @inlinable public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    mutex.lock()
    defer { mutex.unlock() }
    return try body(&value)
  }
}

/// The mutex at an address of its own, as pthread demands. `@unchecked Sendable`: what threads do
/// to a mutex at the same time is its purpose.
@usableFromInline final class ThreadMutex: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  @usableFromInline init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  // Neither fails for a plain mutex that is initialised and unlocked by the thread that holds it.
  @usableFromInline func lock() { pthread_mutex_lock(mutex) }
  @usableFromInline func unlock() { pthread_mutex_unlock(mutex) }
}
