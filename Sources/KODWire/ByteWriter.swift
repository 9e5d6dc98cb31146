/// A growing run of bytes that is written at its end and emptied for reuse.
///
/// One allocation that only grows; `removeAll()` keeps it. The memory is owned by this one value
/// (it cannot be copied), which is what makes the pointer inside sound to hand from thread to
/// thread.
public struct ByteWriter: ~Copyable, @unchecked Sendable {
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int

  /// Bytes written.
  public private(set) var count = 0

  /// - Parameter capacity: bytes that can be written before memory is taken again.
  public init(minimumCapacity capacity: Int = 256) {
    self.capacity = max(capacity, 32)
    storage = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { storage.deallocate() }

  public var isEmpty: Bool { count == 0 }

  /// A copy of what was written; for tests and for paths that are not hot.
  public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  /// Lends what was written. The pointer is valid inside `body` only.
  @inlinable
  public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(written)
  }

  /// Lends what was written.
  @inlinable
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(written.bytes)
  }

  @usableFromInline
  var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }

  /// Forgets what was written.
  public mutating func removeAll(keepingCapacity: Bool = true) {
    count = 0
    guard !keepingCapacity else { return }
    storage.deallocate()
    capacity = 32
    storage = .allocate(byteCount: capacity, alignment: 16)
  }

  /// Forgets what was written after the first `count` bytes, for instance a frame that proved too
  /// long.
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  /// Forgets the first `count` bytes and moves the rest to the front.
  public mutating func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    storage.copyMemory(from: storage + count, byteCount: self.count - count)
    self.count -= count
  }

  /// Makes room for `additional` bytes.
  public mutating func reserve(_ additional: Int) {
    if additional > capacity - count { grow(by: additional) }
  }

  @inline(never)
  private mutating func grow(by additional: Int) {
    let newCapacity = max(capacity * 2, count + additional)
    let newStorage = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    newStorage.copyMemory(from: storage, byteCount: count)
    storage.deallocate()
    storage = newStorage
    capacity = newCapacity
  }

  // MARK: Plain bytes

  public mutating func appendByte(_ byte: UInt8) {
    reserve(1)
    storage.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  /// Appends an integer, most significant byte first.
  public mutating func appendBigEndian(_ value: UInt16) { appendRaw(value.bigEndian) }

  /// Appends an integer, most significant byte first.
  public mutating func appendBigEndian(_ value: UInt32) { appendRaw(value.bigEndian) }

  /// Appends an integer, most significant byte first.
  public mutating func appendBigEndian(_ value: UInt64) { appendRaw(value.bigEndian) }

  @inline(__always)
  private mutating func appendRaw<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    reserve(MemoryLayout<Value>.size)
    storage.storeBytes(of: value, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  public mutating func append(contentsOf source: UnsafeRawBufferPointer) {
    guard let base = source.baseAddress, source.count > 0 else { return }
    reserve(source.count)
    (storage + count).copyMemory(from: base, byteCount: source.count)
    count += source.count
  }

  public mutating func append(contentsOf source: RawSpan) {
    source.withUnsafeBytes { append(contentsOf: $0) }
  }

  public mutating func append(contentsOf source: [UInt8]) {
    source.withUnsafeBytes { append(contentsOf: $0) }
  }

  /// Appends the text's UTF-8.
  public mutating func append(utf8 text: String) {
    let done: Void? = text.utf8.withContiguousStorageIfAvailable {
      append(contentsOf: UnsafeRawBufferPointer($0))
    }
    // Only strings bridged from elsewhere have no contiguous UTF-8.
    if done == nil {
      for byte in text.utf8 { appendByte(byte) }
    }
  }

  /// Appends a number, seven bits a byte, low ones first.
  public mutating func appendVarint(_ value: UInt64) {
    reserve(10)
    var rest = value
    while rest >= 0x80 {
      let low = UInt8(truncatingIfNeeded: rest) | 0x80
      storage.storeBytes(of: low, toByteOffset: count, as: UInt8.self)
      count += 1
      rest >>= 7
    }
    storage.storeBytes(of: UInt8(rest), toByteOffset: count, as: UInt8.self)
    count += 1
  }

  // MARK: Lengths that are known afterwards

  /// Replaces four bytes written earlier.
  mutating func replace(at offset: Int, withBigEndian value: UInt32) {
    precondition(offset >= 0 && offset + 4 <= count)
    storage.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
  }

  /// Writes the tag of a nested message and keeps one byte for its length; returns where the
  /// message begins.
  mutating func beginMessage(_ tag: UInt32) -> Int {
    appendVarint(UInt64(tag))
    appendByte(0)
    return count
  }

  /// Fills in the length of the message begun at `mark`. Nearly all are shorter than 128 bytes, so
  /// that the kept byte is enough; a longer one is moved up. Lengths stay minimal, hence canonical.
  mutating func endMessage(_ mark: Int) {
    let length = count - mark
    guard length >= 0x80 else {
      storage.storeBytes(of: UInt8(length), toByteOffset: mark - 1, as: UInt8.self)
      return
    }
    let extra = varintByteCount(UInt64(length)) - 1
    reserve(extra)
    (storage + mark + extra).copyMemory(from: storage + mark, byteCount: length)
    count = mark - 1
    appendVarint(UInt64(length))
    count += length
  }
}

/// How many bytes the number takes as a varint: 1 to 10.
func varintByteCount(_ value: UInt64) -> Int {
  let bits = 64 - (value | 1).leadingZeroBitCount
  return (bits + 6) / 7
}
