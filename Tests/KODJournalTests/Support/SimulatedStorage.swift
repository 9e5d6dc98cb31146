import KODJournal
import Synchronization

/// A disk in memory that tells what was written from what is durable, and can fail or crash at any
/// call. Sectors of 512 bytes are written whole or not at all; names become durable with their
/// directory.
final class SimulatedStorage: Storage {
  static let sectorBytes = 512

  struct File: Equatable, Sendable {
    var cached: [UInt8] = []
    var durable: [UInt8] = []
    var dirtySectors: Set<Int> = []
  }

  enum NameChange: Equatable, Sendable {
    case set(String, Int)
    case remove(String)
  }

  /// What a crash does with what was not synced.
  enum Unsynced: Equatable, CustomStringConvertible {
    case dropped
    case kept
    /// The first so many dirty sectors of each file; names as with `kept`.
    case prefix(Int)
    /// Each dirty sector of each file by the bits of a mask; names kept.
    case mask(UInt64)
    /// Sectors and names by coin, from a seed.
    case half(UInt64)

    var description: String {
      switch self {
      case .dropped: "dropped"
      case .kept: "kept"
      case .prefix(let count): "prefix(\(count))"
      case .mask(let mask): "mask(\(mask))"
      case .half(let seed): "half(\(seed))"
      }
    }
  }

  enum Fault: Equatable, Sendable {
    /// The call fails with this `errno`; later ones work again.
    case error(Int32)
    /// The call happens half, then nothing works any more.
    case crash
  }

  struct Disk: Sendable {
    var files: [Int: File] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [NameChange] = []
    var nextFile = 1
    var handles: [Int32: Int] = [:]
    var nextHandle: Int32 = 3
    var lockHolders: [Int: Int32] = [:]
    var calls = 0
    var callNames: [String] = []
    var faultAt: Int?
    var fault = Fault.crash
    var isDead = false
    var syncs = 0
  }

  private let disk: Mutex<Disk>

  init(_ disk: sending Disk = Disk()) { self.disk = Mutex(disk) }

  // MARK: What tests do to it

  func fail(at call: Int, _ fault: Fault) {
    disk.withLock {
      $0.faultAt = call
      $0.fault = fault
    }
  }

  func disarm() { disk.withLock { $0.faultAt = nil } }

  var calls: Int { disk.withLock { $0.calls } }
  var syncs: Int { disk.withLock { $0.syncs } }
  var callNames: [String] { disk.withLock { $0.callNames } }
  var openHandles: Int { disk.withLock { $0.handles.count } }
  var names: [String] { disk.withLock { $0.names.keys.sorted() } }

  func contents(_ name: String) -> [UInt8]? {
    disk.withLock { disk in disk.names[name].flatMap { disk.files[$0]?.cached } }
  }

  /// Changes bytes behind everybody's back, durably.
  func alter(_ name: String, _ body: (inout [UInt8]) -> Void) {
    disk.withLock { disk in
      guard let number = disk.names[name], var file = disk.files[number] else { return }
      body(&file.cached)
      file.durable = file.cached
      file.dirtySectors = []
      disk.files[number] = file
    }
  }

  /// Adds or takes away a whole file, durably.
  func place(_ name: String, _ bytes: [UInt8]?) {
    disk.withLock { disk in
      guard let bytes else {
        disk.names[name] = nil
        disk.durableNames[name] = nil
        return
      }
      disk.files[disk.nextFile] = File(cached: bytes, durable: bytes)
      disk.names[name] = disk.nextFile
      disk.durableNames[name] = disk.nextFile
      disk.nextFile += 1
    }
  }

  /// Sectors written and not synced, over all files.
  var dirtySectors: Int {
    disk.withLock { $0.files.values.reduce(0) { $0 + $1.dirtySectors.count } }
  }

  /// The disk that a machine finds when it starts again.
  func afterCrash(_ unsynced: Unsynced) -> SimulatedStorage {
    var coin = Coin(seed: 0)
    if case .half(let seed) = unsynced { coin = Coin(seed: seed) }
    var new = Disk()
    disk.withLock { disk in
      new.nextFile = disk.nextFile
      new.names = disk.durableNames
      for change in disk.pendingNames {
        let survives =
          switch unsynced {
          case .dropped: false
          case .half: coin.flip()
          default: true
          }
        if survives { new.names.apply(change) }
      }
      new.durableNames = new.names
      for (number, file) in disk.files.sorted(by: { $0.key < $1.key }) {
        var kept = File(cached: file.durable, durable: file.durable)
        for (index, sector) in file.dirtySectors.sorted().enumerated() {
          let survives =
            switch unsynced {
            case .dropped: false
            case .kept: true
            case .prefix(let count): index < count
            case .mask(let mask): mask >> UInt64(index % 64) & 1 == 1
            case .half: coin.flip()
            }
          if survives { kept.writeThrough(sector, of: file.cached) }
        }
        new.files[number] = kept
      }
    }
    return SimulatedStorage(new)
  }

  /// The same machine after the process was killed: everything written is still in its memory,
  /// durable or not.
  func afterKill() -> SimulatedStorage {
    let new = disk.withLock { disk in
      var new = Disk()
      new.files = disk.files
      new.names = disk.names
      new.durableNames = disk.durableNames
      new.pendingNames = disk.pendingNames
      new.nextFile = disk.nextFile
      return new
    }
    return SimulatedStorage(new)
  }

  // MARK: Storage

  func createDirectory(_ name: String) throws(JournalError) {
    try call(.createDirectory, name) { _ in }
  }

  func list(_ directory: String) throws(JournalError) -> [String] {
    try call(.list, directory) { disk in
      disk.names.keys.filter { $0.hasPrefix(directory + "/") }
        .map { String($0.dropFirst(directory.count + 1)) }.sorted()
    }
  }

  func synchronizeDirectory(_ directory: String) throws(JournalError) {
    try call(.synchronizeDirectory, directory) { disk in
      let inside: (NameChange) -> Bool = { change in
        switch change {
        case .set(let name, _), .remove(let name): name.directory == directory
        }
      }
      for change in disk.pendingNames where inside(change) { disk.durableNames.apply(change) }
      disk.pendingNames.removeAll(where: inside)
    }
  }

  func create(_ name: String) throws(JournalError) -> StorageFile {
    let made = try call(.create, name) { disk -> StorageFile? in
      guard disk.names[name] == nil else { return nil }
      return disk.open(name, disk.makeFile(name))
    }
    guard let made else { throw .io(IOFailure(.create, name, code: 17)) }
    return made
  }

  func open(_ name: String, writable: Bool) throws(JournalError) -> StorageFile {
    let opened = try call(.open, name) { disk in
      disk.names[name].map { disk.open(name, $0) }
    }
    guard let opened else { throw .io(IOFailure(.open, name, code: 2)) }
    return opened
  }

  func close(_ file: StorageFile) {
    disk.withLock { disk in
      guard let number = disk.handles.removeValue(forKey: file.descriptor) else {
        preconditionFailure("\(file.name) closed twice")
      }
      if disk.lockHolders[number] == file.descriptor { disk.lockHolders[number] = nil }
    }
  }

  func size(of file: StorageFile) throws(JournalError) -> UInt64 {
    try call(.size, file.name) { disk in UInt64(disk[file].cached.count) }
  }

  func read(
    _ file: StorageFile, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(JournalError) -> Int {
    nonisolated(unsafe) let target = buffer  // used inside the call only
    return try call(.read, file.name) { disk in
      let bytes = disk[file].cached.dropFirst(Int(offset)).prefix(target.count)
      target.copyBytes(from: bytes)
      return bytes.count
    }
  }

  func write(
    _ file: StorageFile, at offset: UInt64, _ bytes: UnsafeRawBufferPointer
  ) throws(JournalError) {
    nonisolated(unsafe) let source = bytes  // used inside the call only
    try call(
      .write, file.name,
      failing: { disk in
        let half = UnsafeRawBufferPointer(rebasing: source[..<(source.count / 2)])
        disk[file].write(half, at: Int(offset))
      }
    ) { disk in
      disk[file].write(source, at: Int(offset))
    }
  }

  func synchronize(_ file: StorageFile) throws(JournalError) {
    try call(
      .synchronize, file.name,
      failing: { disk in
        // As Linux does: the pages are clean now, but the disk never got them.
        if !disk.isDead { disk[file].dirtySectors = [] }
      }
    ) { disk in
      disk.syncs += 1
      disk[file].synchronize()
    }
  }

  func reserve(_ file: StorageFile, byteCount: UInt64) throws(JournalError) {
    try call(.reserve, file.name) { disk in
      disk[file].extend(to: Int(byteCount))
    }
  }

  func dropCache(of file: StorageFile) {
    disk.withLock { disk in disk[file].dropCache() }
  }

  func rename(_ name: String, to newName: String, replacing: Bool) throws(JournalError) {
    let code = try call(.rename, name) { disk -> Int32 in
      guard let number = disk.names[name] else { return 2 }
      guard replacing || disk.names[newName] == nil else { return 17 }
      disk.change([.set(newName, number), .remove(name)])
      return 0
    }
    guard code == 0 else { throw .io(IOFailure(.rename, name, code: code)) }
  }

  func remove(_ name: String) throws(JournalError) {
    let existed = try call(.remove, name) { disk -> Bool in
      guard disk.names[name] != nil else { return false }
      disk.change([.remove(name)])
      return true
    }
    guard existed else { throw .io(IOFailure(.remove, name, code: 2)) }
  }

  func lock(_ name: String) throws(JournalError) -> StorageFile? {
    try call(.lock, name) { disk in
      let number = disk.names[name] ?? disk.makeFile(name)
      guard disk.lockHolders[number] == nil else { return nil }
      let file = disk.open(name, number)
      disk.lockHolders[number] = file.descriptor
      return file
    }
  }

  private func call<T: Sendable>(
    _ operation: IOFailure.Operation, _ name: String,
    failing: (inout Disk) -> Void = { _ in }, _ body: (inout Disk) -> T
  ) throws(JournalError) -> T {
    let result = disk.withLock { disk -> Result<T, JournalError> in
      disk.calls += 1
      disk.callNames.append("\(operation.rawValue) \(name)")
      if disk.calls == disk.faultAt, !disk.isDead {
        if disk.fault == .crash { disk.isDead = true }
        failing(&disk)
        let code: Int32 = if case .error(let code) = disk.fault { code } else { 5 }
        return .failure(.io(IOFailure(operation, name, code: code)))
      }
      guard !disk.isDead else { return .failure(.io(IOFailure(operation, name, code: 5))) }
      return .success(body(&disk))
    }
    return try result.get()
  }
}
