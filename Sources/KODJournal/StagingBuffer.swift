/// Bytes staged and not yet written: one growing buffer, reused for every batch. It owns its
/// memory, which is why it can neither be copied nor escape; the pointers it hands out are used at
/// once.
///
/// Sendable although it holds a pointer: it cannot be copied, so whoever has it has the memory
/// alone.
struct StagingBuffer: ~Copyable, @unchecked Sendable {
  /// Kept after a batch; a larger buffer goes back to the system.
  static let keptCapacity = 4 << 20

  private(set) var count = 0
  private var bytes: UnsafeMutableRawBufferPointer

  init(capacity: Int = 256 << 10) {
    bytes = .allocate(byteCount: capacity, alignment: 4096)
  }

  deinit { bytes.deallocate() }

  /// Room for `byteCount` more bytes at the end, whose contents the caller must write.
  @inline(__always)
  mutating func append(byteCount: Int) -> UnsafeMutableRawPointer {
    if bytes.count - count < byteCount { grow(by: byteCount) }
    let target = bytes.baseAddress.unsafelyUnwrapped + count
    count += byteCount
    return target
  }

  func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
  }

  mutating func removeAll() {
    count = 0
    if bytes.count > StagingBuffer.keptCapacity {
      bytes.deallocate()
      bytes = .allocate(byteCount: StagingBuffer.keptCapacity, alignment: 4096)
    }
  }

  @inline(never)
  private mutating func grow(by byteCount: Int) {
    var capacity = bytes.count * 2
    while capacity - count < byteCount { capacity *= 2 }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
    larger.copyMemory(from: slice(0..<count))
    bytes.deallocate()
    bytes = larger
  }
}
