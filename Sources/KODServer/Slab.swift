/// Elements that never move, found by slot number in constant time. A slot's generation grows whenever it is given up,
/// so that a late message for its former element is recognised. For one thread.
///
/// Unsafe inside: chunks are allocated once and live as long as the slab; a pointer is valid while its slot is in use.
struct Slab<Element: ~Copyable>: ~Copyable {
  private static var chunkSize: Int { 256 }

  private var chunks: [UnsafeMutablePointer<Element>] = []
  private var generations: [UInt32] = []
  private var isUsed: [Bool] = []
  private var free: [Int] = []
  private(set) var count = 0

  init() {}

  deinit {
    for slot in isUsed.indices where isUsed[slot] {
      (chunks[slot / Self.chunkSize] + slot % Self.chunkSize).deinitialize(count: 1)
    }
    for chunk in chunks { chunk.deallocate() }
  }

  /// The slot and generation that the next `insert` will use.
  mutating func nextSlot() -> (slot: Int, generation: UInt32) {
    if free.isEmpty {
      let first = generations.count
      chunks.append(.allocate(capacity: Self.chunkSize))
      generations.append(contentsOf: repeatElement(0, count: Self.chunkSize))
      isUsed.append(contentsOf: repeatElement(false, count: Self.chunkSize))
      free.append(contentsOf: (first..<first + Self.chunkSize).reversed())
    }
    let slot = free[free.count - 1]
    return (slot, generations[slot])
  }

  /// Puts the element into the slot that `nextSlot` named.
  mutating func insert(_ element: consuming Element) -> UnsafeMutablePointer<Element> {
    let slot = nextSlot().slot
    free.removeLast()
    isUsed[slot] = true
    count += 1
    let pointer = chunks[slot / Self.chunkSize] + slot % Self.chunkSize
    pointer.initialize(to: element)
    return pointer
  }

  /// Nil when the slot has been given up since that generation.
  func pointer(slot: Int, generation: UInt32) -> UnsafeMutablePointer<Element>? {
    guard slot < generations.count, isUsed[slot], generations[slot] == generation else {
      return nil
    }
    return chunks[slot / Self.chunkSize] + slot % Self.chunkSize
  }

  mutating func remove(slot: Int) {
    guard isUsed[slot] else { return }
    (chunks[slot / Self.chunkSize] + slot % Self.chunkSize).deinitialize(count: 1)
    isUsed[slot] = false
    generations[slot] = (generations[slot] + 1) & 0xFF_FFFF
    free.append(slot)
    count -= 1
  }

  /// The slots in use, ascending; for sweeps such as draining, not for the hot path.
  var usedSlots: [(slot: Int, generation: UInt32)] {
    isUsed.indices.compactMap { isUsed[$0] ? ($0, generations[$0]) : nil }
  }
}
