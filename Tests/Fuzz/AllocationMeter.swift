import Glibc

/// Counts what a piece of code asks of the allocator: the most bytes that were alive at once.
enum AllocationMeter {
  // The fuzzer runs one input at a time, on one thread; the hooks look at no other thread's
  // allocations. Plain numbers without initializers to run: the hooks must not allocate.
  nonisolated(unsafe) private static var isOn = false
  nonisolated(unsafe) private static var thread: pthread_t = 0
  nonisolated(unsafe) private static var alive = 0
  nonisolated(unsafe) private static var peak = 0
  private static let isInstalled: Bool = {
    let slot = __sanitizer_install_malloc_and_free_hooks(
      { _, size in AllocationMeter.took(size) },
      { pointer in AllocationMeter.gave(pointer) })
    return slot > 0
  }()

  static func peakBytes(of body: () -> Void) -> Int {
    require(isInstalled, "the sanitizer takes no hooks")
    thread = pthread_self()
    alive = 0
    peak = 0
    isOn = true
    body()
    isOn = false
    return peak
  }

  private static func took(_ size: Int) {
    guard isOn, pthread_self() == thread else { return }
    alive += size
    if alive > peak { peak = alive }
  }

  private static func gave(_ pointer: UnsafeRawPointer?) {
    guard isOn, pthread_self() == thread else { return }
    alive -= __sanitizer_get_allocated_size(pointer)
  }
}
