import Glibc
import Testing

@testable import KODTransport

/// A result that crosses from one thread to another.
final class Outcome<Value: Sendable>: Sendable {
  private let result = Locked<Result<Value, any Error>?>(nil)

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

  func get() throws -> Value {
    try #require(result.withLock { $0 }).get()
  }
}

@Suite struct ProcessSettingsTests {
  @Test func `The descriptor limit is raised to what the system allows`() {
    let limit = ProcessSettings.raiseDescriptorLimit()
    var actual = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &actual)
    #expect(actual.rlim_cur == actual.rlim_max)
    #expect(limit == Int(actual.rlim_max))
  }

  @Test func `A broken pipe is a result once SIGPIPE is ignored`() {
    ProcessSettings.ignoreSIGPIPE()
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    Socket.close(ends[0])
    #expect(write(ends[1], "a", 1) == -1 && errno == EPIPE)
    Socket.close(ends[1])
  }

  @Test func `A thread has its name, cut to what Linux keeps, and is joined once it has ended`()
    throws
  {
    let outcome = Outcome<String>()
    let thread = try OSThread.spawn(name: "an engine loop of the house") {
      var name = [UInt8](repeating: 0, count: 64)
      let fd = open("/proc/thread-self/comm", O_RDONLY)
      let count = read(fd, &name, name.count)
      Socket.close(fd)
      outcome.set(.success(String(decoding: name.prefix(max(0, count - 1)), as: UTF8.self)))
    }
    thread.join()
    #expect(try outcome.get() == "an engine loop ")
    thread.join()
  }

  @Test func `A descriptor table of a thread's own keeps its descriptors to itself`() throws {
    let outcome = Outcome<Int32>()
    try OSThread.spawn(name: "own table") {
      outcome.set(
        Result {
          try ProcessSettings.separateDescriptorTable()
          let highest: Int32 = 900
          try #require(dup2(0, highest) == highest)
          return highest
        })
    }.join()
    #expect(fcntl(try outcome.get(), F_GETFD) == -1)
  }

  @Test func `Clocks count in their units`() {
    let before = MonotonicClock.now()
    #expect(MonotonicClock.milliseconds() >= before / 1_000_000)
    #expect(MonotonicClock.now() >= before)
    // 2025 to 2100, in microseconds.
    #expect((1_735_689_600_000_000...4_102_444_800_000_000).contains(WallClock.microseconds()))
  }

  @Test(.enabled(if: ProcessMemory.heapBytes() > 0, "a sanitizer's allocator does not count"))
  func `Memory is reported in bytes`() throws {
    let resident = try #require(ProcessMemory.residentBytes())
    #expect(resident > 1 << 20 && resident < 1 << 36)
    let before = ProcessMemory.heapBytes()
    let block = [UInt8](repeating: 1, count: 64 << 20)
    #expect(ProcessMemory.heapBytes() - before > 32 << 20)
    #expect(block.count == 64 << 20)
  }
}
