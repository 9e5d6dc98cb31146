import Foundation
import Synchronization

/// One run of the operator's command: `/bin/sh -c`, data on standard input and in the environment.
enum ChildCommand {
  enum Ending: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
    case notStarted(String)
  }

  struct Result: Equatable, Sendable {
    var ending: Ending
    /// The last line of what it wrote, for people.
    var lastLine = ""
  }

  /// Runs it to its end on a thread of its own. After `timeout` the command and what it started get SIGTERM, and
  /// SIGKILL soon after.
  static func run(
    _ command: String, input: [UInt8], environment: [String: String], timeout: Duration,
    running: RunningCommands
  ) async -> Result {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let result: Result
        do throws(StartError) {
          let child = try start(command, input: input, environment: environment)
          running.insert(child.process)
          result = wait(child, timeout: timeout)
          running.remove(child.process)
        } catch {
          result = Result(ending: .notStarted(error.text))
        }
        continuation.resume(returning: result)
      }
    }
  }

  private struct StartError: Error {
    var text: String

    init(_ what: String, _ number: Int32 = errno) {
      text = "\(what): \(String(cString: strerror(number)))"
    }
  }

  private struct Child {
    var process: pid_t
    /// What it writes, both streams.
    var output: Int32
  }

  // MARK: Start

  private static func start(
    _ command: String, input: [UInt8], environment: [String: String]
  ) throws(StartError) -> Child {
    // One at a time: between a descriptor's making and its mark no other command is to inherit it.
    let result = starting.withLock { _ -> Swift.Result<Child, StartError> in
      do throws(StartError) {
        return .success(try startAlone(command, input: input, environment: environment))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static let starting = Mutex(())

  private static func startAlone(
    _ command: String, input: [UInt8], environment: [String: String]
  ) throws(StartError) -> Child {
    let source = try file(holding: input)
    defer { close(source) }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw StartError("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    var process: pid_t = 0
    let failure = spawn(command, environment, input: source, output: ends[1], &process)
    guard failure == 0 else {
      close(ends[0])
      throw StartError("/bin/sh", failure)
    }
    return Child(process: process, output: ends[0])
  }

  /// The input as a file without a name: a command that does not read it blocks nobody.
  private static func file(holding bytes: [UInt8]) throws(StartError) -> Int32 {
    var name = Array("\(NSTemporaryDirectory())kod-notice-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw StartError("mkstemp") }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else {
        close(descriptor)
        throw StartError("write")
      }
      rest = rest.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }

  private static func spawn(
    _ command: String, _ environment: [String: String], input: Int32, output: Int32,
    _ process: inout pid_t
  ) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: Ctrl-C on the terminal is for this program, which then lets commands finish.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD] {
      sigaddset(&signals, number)
    }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    // Neither a name nor a value can hold a zero byte.
    let pairs = environment.filter { !$0.key.utf8.contains(0) && !$0.value.utf8.contains(0) }
    var words: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", command].map {
      strdup($0 as String)
    }
    var variables: [UnsafeMutablePointer<CChar>?] = pairs.map { strdup("\($0.key)=\($0.value)") }
    defer { for pointer in words + variables { free(pointer) } }
    words.append(nil)
    variables.append(nil)
    return posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
  }

  // MARK: End

  private static let keptBytes = 4_096
  /// A pipe holds 16 of them.
  private static let readsAfterEnd = 17
  private static let graceMilliseconds: UInt64 = 2_000

  private static func wait(_ child: Child, timeout: Duration) -> Result {
    var output: Int32? = child.output
    defer { if let output { close(output) } }
    var tail: [UInt8] = []
    let began = milliseconds()
    let limit = UInt64(max(1, timeout.milliseconds))
    var hasTimedOut = false
    var pause: Int32 = 1
    while true {
      read(&output, into: &tail, waitingMilliseconds: pause)
      var status: Int32 = 0
      let ended = waitpid(child.process, &status, WNOHANG)
      if ended == child.process || ended < 0 && errno != EINTR {
        // What was written before the end is there by now; what a child left behind goes on writing is not waited for.
        for _ in 0..<readsAfterEnd where output != nil {
          read(&output, into: &tail, waitingMilliseconds: 0)
        }
        return Result(
          ending: hasTimedOut ? .timedOut : ending(status), lastLine: lastLine(tail))
      }
      let spent = milliseconds() - began
      if spent >= limit + graceMilliseconds {
        kill(-child.process, SIGKILL)
      } else if spent >= limit, !hasTimedOut {
        hasTimedOut = true
        kill(-child.process, SIGTERM)
      }
      pause = min(20, pause * 2)
    }
  }

  /// Waits for output so long; nil from its end on, when it only waits. What is beyond the last bytes is let go.
  private static func read(
    _ output: inout Int32?, into tail: inout [UInt8], waitingMilliseconds: Int32
  ) {
    var entry = pollfd(fd: output ?? -1, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, waitingMilliseconds) > 0, let descriptor = output else { return }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    if count > 0 {
      tail = (tail + buffer.prefix(count)).suffix(keptBytes)
    } else if count == 0 {
      close(descriptor)
      output = nil
    }
  }

  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
  }

  static func lastLine(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    return TerminalText.safe(TerminalText.fitted(line, 200))
  }

  private static func milliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
  }
}

/// The commands that run now, for an end that can't wait for them.
final class RunningCommands: Sendable {
  private let processes = Mutex<Set<pid_t>>([])

  func insert(_ process: pid_t) { processes.withLock { _ = $0.insert(process) } }
  var isEmpty: Bool { processes.withLock { $0.isEmpty } }

  func remove(_ process: pid_t) { processes.withLock { _ = $0.remove(process) } }

  /// With all that they started.
  func terminate() {
    for process in processes.withLock({ $0 }) { kill(-process, SIGTERM) }
  }
}
