internal import CLinux
internal import Glibc

/// A thread of the operating system, for loops that block in a poller or in a sync and so have no
/// place in Swift's cooperative pool.
public final class OSThread: Sendable {
  private let state: Locked<pthread_t?>

  private init(_ handle: pthread_t) { state = Locked(handle) }

  /// Starts a thread that runs `body` and ends.
  /// - Parameters:
  ///   - name: shown by `top -H` and debuggers; Linux keeps the first 15 bytes.
  ///   - stackBytes: address space of the stack; memory is used only as far as it is touched.
  @discardableResult
  public static func spawn(
    name: String, stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void
  ) throws(TransportError) -> OSThread {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var handle = pthread_t()
    let refused = pthread_create(
      &handle, &attributes,
      { argument in
        // The retain of spawn() belongs to this thread, which gives it back.
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        _ = pthread_setname_np(pthread_self(), start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard refused == 0 else {
      start.release()
      throw TransportError("start thread \(name)", errno: refused)
    }
    return OSThread(handle)
  }

  /// Waits until the thread has ended. A second join returns at once.
  public func join() {
    let handle = state.withLock { state -> pthread_t? in
      defer { state = nil }
      return state
    }
    if let handle { pthread_join(handle, nil) }
  }

  deinit {
    if let handle = state.withLock({ $0 }) { pthread_detach(handle) }
  }

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      var bytes = Array(name.utf8.prefix(15))
      while !bytes.isEmpty, String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
      self.name = String(decoding: bytes, as: UTF8.self)
      self.body = body
    }
  }
}
