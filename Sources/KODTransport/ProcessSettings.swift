internal import CLinux
internal import Glibc

/// Settings of the whole process (or, where it says so, of the calling thread), made once at start.
public enum ProcessSettings {
  /// A write to a connection whose peer is gone is a result, not the end of the process.
  public static func ignoreSIGPIPE() { _ = Glibc.signal(SIGPIPE, SIG_IGN) }

  /// Opens `/dev/null` for each standard stream that the process was started without. Otherwise the
  /// next file opened takes its number, and what is meant for the stream is written into that file.
  /// Call it before anything else is opened.
  public static func openStandardStreams() {
    for fd in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(fd, F_GETFD) < 0 {
      // The lowest free number is this one: those below are open by now.
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Whether the process was started with the signal ignored, as `nohup` does.
  public static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    // SIG_IGN is the number 1 in the clothes of a function pointer, which Swift does not compare:
    // the casts look at the bits and call nothing.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Raises the limit of open descriptors as far as the system lets an ordinary user, and returns
  /// it.
  @discardableResult
  public static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = raised.rlim_max
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Gives the calling thread a descriptor table of its own, so that the limit holds per thread.
  /// Descriptors open now exist in both tables from here on: call it before opening what belongs to
  /// this thread.
  public static func separateDescriptorTable() throws(TransportError) {
    guard unshare(CLinux_CLONE_FILES) == 0 else { throw TransportError("unshare", errno: errno) }
  }
}

/// What the process occupies; for metrics and for tests of what a session costs.
public enum ProcessMemory {
  /// Bytes in use on the C heap, where Swift and OpenSSL allocate too.
  public static func heapBytes() -> Int {
    let information = mallinfo2()
    return Int(information.uordblks) + Int(information.hblkhd)
  }

  /// Bytes of physical memory (RSS); nil when /proc is not mounted.
  public static func residentBytes() -> Int? {
    let fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { Socket.close(fd) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = Glibc.read(fd, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let fields = bytes[..<count].split(separator: UInt8(ascii: " "))
    guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else {
      return nil
    }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// Time that never jumps; for timeouts and measurements.
public enum MonotonicClock {
  /// Nanoseconds since an arbitrary moment before the process started.
  public static func now() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Milliseconds since the same moment, rounded down: the unit of ``TimerWheel``.
  public static func milliseconds() -> Int64 { now() / 1_000_000 }
}

/// The date and time of day, which an operator or NTP can set.
public enum WallClock {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public static func microseconds() -> Int64 { read(CLOCK_REALTIME) / 1000 }
}

/// The clock in nanoseconds. Linux has both clocks, and the call cannot fail with a valid pointer.
private func read(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
