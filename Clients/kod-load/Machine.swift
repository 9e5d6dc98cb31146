import Foundation

/// Where a figure was measured: without it, the figure says nothing.
struct Machine: Codable, Equatable, Sendable {
  var processor: String
  /// Online, as this process sees them.
  var cores: Int
  var memoryBytes: UInt64
  var kernel: String
  /// Over one minute, at the start: what else the machine was doing.
  var loadAverage: Double
  /// Whether this build was optimised; figures of one that was not are worth nothing.
  var isOptimised: Bool

  static func describe() -> Machine {
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: name.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return Machine(
      processor: processorName(in: text("/proc/cpuinfo")),
      cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: ProcessInfo.processInfo.physicalMemory,
      kernel: "Linux \(release)",
      loadAverage: Double(text("/proc/loadavg").prefix { $0 != " " }) ?? 0,
      isOptimised: isOptimisedBuild)
  }

  static func processorName(in cpuinfo: String) -> String {
    for line in cpuinfo.split(separator: "\n") where line.hasPrefix("model name") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return "unknown"
  }

  private static var isOptimisedBuild: Bool {
    // `assert` evaluates its argument in unoptimised builds only.
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    return !isDebug
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}

/// CPU and memory of a process, from /proc.
struct ProcessUsage: Equatable, Sendable {
  /// User and system, all threads.
  var cpuSeconds: Double
  var residentBytes: UInt64

  /// Nil: no such process.
  static func read(_ process: Int32) -> ProcessUsage? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    else { return nil }
    return parse(
      stat: stat, status: status, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
  }

  static func parse(stat: String, status: String, ticksPerSecond: Double) -> ProcessUsage? {
    // The second field is the program's name in parentheses and may hold anything: count from its
    // end.
    guard let close = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return nil
    }
    var resident: UInt64 = 0
    for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      resident = line.split { $0 == " " || $0 == "\t" }.compactMap { UInt64($0) }.first ?? 0
    }
    return ProcessUsage(
      cpuSeconds: (user + system) / ticksPerSecond, residentBytes: resident * 1024)
  }

  /// CPU time that all processes and the kernel have used since the machine started, in seconds.
  static func machineBusySeconds() -> Double {
    let stat = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    return busySeconds(stat: stat, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
  }

  /// All but idle and waiting for the disk; guests' time is in the user's already.
  static func busySeconds(stat: String, ticksPerSecond: Double) -> Double {
    guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return 0 }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    guard ticks.count >= 5 else { return 0 }
    return (ticks.reduce(0, +) - ticks[3] - ticks[4]) / ticksPerSecond
  }

  /// CPU time of this process so far.
  static func ownCPUSeconds() -> Double {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
