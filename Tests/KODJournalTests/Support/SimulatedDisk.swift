import KODJournal

/// The parts of a simulated disk: files with dirty sectors, names, coins.
extension SimulatedStorage.Disk {
  subscript(file: StorageFile) -> SimulatedStorage.File {
    get { files[handles[file.descriptor] ?? 0] ?? SimulatedStorage.File() }
    set {
      guard let number = handles[file.descriptor] else {
        preconditionFailure("file used after close")
      }
      files[number] = newValue
    }
  }

  mutating func open(_ name: String, _ number: Int) -> StorageFile {
    let file = StorageFile(descriptor: nextHandle, name: name)
    handles[nextHandle] = number
    nextHandle += 1
    return file
  }

  mutating func makeFile(_ name: String) -> Int {
    let number = nextFile
    nextFile += 1
    files[number] = SimulatedStorage.File()
    change([.set(name, number)])
    return number
  }

  mutating func change(_ changes: [SimulatedStorage.NameChange]) {
    for change in changes {
      names.apply(change)
      pendingNames.append(change)
    }
  }
}

extension SimulatedStorage.File {
  mutating func extend(to byteCount: Int) {
    if cached.count < byteCount {
      cached += [UInt8](repeating: 0, count: byteCount - cached.count)
    }
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    guard bytes.count > 0 else { return }
    extend(to: offset + bytes.count)
    cached.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    let size = SimulatedStorage.sectorBytes
    dirtySectors.formUnion(offset / size...(offset + bytes.count - 1) / size)
  }

  mutating func synchronize() {
    for sector in dirtySectors { copy(sector, of: cached) }
    if durable.count < cached.count {
      durable += [UInt8](repeating: 0, count: cached.count - durable.count)
    }
    dirtySectors = []
  }

  /// One sector of an unsynced write reaches the disk.
  mutating func writeThrough(_ sector: Int, of bytes: [UInt8]) {
    copy(sector, of: bytes)
    cached = durable
  }

  mutating func dropCache() {
    let dirty = dirtySectors
    let written = cached
    cached = durable
    extend(to: written.count)
    let size = SimulatedStorage.sectorBytes
    for sector in dirty {
      let range = sector * size..<min((sector + 1) * size, written.count)
      cached.replaceSubrange(range, with: written[range])
    }
  }

  private mutating func copy(_ sector: Int, of bytes: [UInt8]) {
    let size = SimulatedStorage.sectorBytes
    let range = sector * size..<min((sector + 1) * size, bytes.count)
    if durable.count < range.upperBound {
      durable += [UInt8](repeating: 0, count: range.upperBound - durable.count)
    }
    durable.replaceSubrange(range, with: bytes[range])
  }
}

extension [String: Int] {
  mutating func apply(_ change: SimulatedStorage.NameChange) {
    switch change {
    case .set(let name, let number): self[name] = number
    case .remove(let name): self[name] = nil
    }
  }
}

extension String {
  var directory: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }
}

/// A repeatable coin (SplitMix64).
struct Coin: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func flip() -> Bool { next() & 1 == 1 }
}
