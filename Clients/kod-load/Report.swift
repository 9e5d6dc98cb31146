import Foundation

/// The result of a run: for people as a table, for programs as JSON.
struct Report: Codable, Equatable, Sendable {
  struct Figure: Codable, Equatable, Sendable {
    var name: String
    var value: Double
    var unit: String
  }

  /// Of one kind of call or event, in microseconds.
  struct Latency: Codable, Equatable, Sendable {
    var name: String
    var count: UInt64
    var mean: Double
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double
    var p9999: Double
    var largest: Double

    /// `histogram` holds nanoseconds.
    init(_ name: String, _ histogram: Histogram) {
      func microseconds(_ percent: Double) -> Double {
        Double(histogram.percentile(percent)) / 1000
      }
      self.name = name
      count = histogram.count
      mean = histogram.mean / 1000
      p50 = microseconds(50)
      p90 = microseconds(90)
      p99 = microseconds(99)
      p999 = microseconds(99.9)
      p9999 = microseconds(99.99)
      largest = Double(histogram.largest) / 1000
    }
  }

  struct Checks: Codable, Equatable, Sendable {
    var violations: Int
    var byKind: [String: Int]
    var first: [String]

    init(_ log: ViolationLog) {
      violations = log.total
      byKind = Dictionary(uniqueKeysWithValues: log.byKind.map { ($0.rawValue, $1) })
      first = log.first.map(\.description)
    }
  }

  var scenario: String
  /// How it ended, in one line.
  var outcome = ""
  var exitStatus: Int32 = 0
  var arguments: [String]
  var startedAt: String
  var server = ""
  var machine: Machine
  var figures: [Figure] = []
  var latencies: [Latency] = []
  var checks = Checks(ViolationLog())
  /// What the reader must know to judge the figures.
  var notes: [String] = []

  mutating func add(_ name: String, _ value: Double, _ unit: String) {
    figures.append(Figure(name: name, value: value, unit: unit))
  }

  /// Nothing is added for an empty histogram.
  mutating func add(_ name: String, _ histogram: Histogram) {
    if histogram.count > 0 { latencies.append(Latency(name, histogram)) }
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  var table: String {
    var lines = ["kod-load \(scenario): \(outcome) (exit status \(exitStatus))"]
    let memory = Self.fixed(Double(machine.memoryBytes) / 1_073_741_824, 1)
    lines.append(
      "  machine   \(machine.processor), \(machine.cores) cores, \(memory) GiB, "
        + "\(machine.kernel), load \(Self.fixed(machine.loadAverage, 2)) at the start")
    if !server.isEmpty { lines.append("  server    \(server); file system of its data unknown") }
    let width = figures.map(\.name.count).max() ?? 0
    for figure in figures {
      let name = figure.name + String(repeating: " ", count: width - figure.name.count)
      lines.append("  \(name)  \(Self.grouped(figure.value)) \(figure.unit)")
    }
    if !latencies.isEmpty { lines += latencyLines }
    lines.append("  checks    \(verdict)")
    lines += checks.first.prefix(20).map { "    \($0)" }
    lines += notes.map { "  note      \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdict: String {
    if checks.violations > 0 { return "\(checks.violations) VIOLATIONS: \(kinds)" }
    return exitStatus == 0 ? "all answers were right" : "no wrong answer as far as it went"
  }

  private var kinds: String {
    checks.byKind.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      .joined(separator: ", ")
  }

  private var latencyLines: [String] {
    let heads = ["count", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"]
    let width = max(12, latencies.map(\.name.count).max() ?? 0)
    let head = heads.map { Self.right($0, 11) }.joined()
    var lines = ["  " + Self.left("microseconds", width) + head]
    for row in latencies {
      let cells =
        [grouped(row.count)]
        + [row.mean, row.p50, row.p90, row.p99, row.p999, row.p9999, row.largest]
        .map { Self.fixed($0, 1) }
      lines.append("  " + Self.left(row.name, width) + cells.map { Self.right($0, 11) }.joined())
    }
    return lines
  }

  private func grouped(_ value: UInt64) -> String { Self.grouped(Double(value)) }

  /// Thousands separated; decimals only where they say something.
  static func grouped(_ value: Double) -> String {
    let text = value.rounded() == value || abs(value) >= 1000 ? fixed(value, 0) : fixed(value, 2)
    let parts = text.split(separator: ".", maxSplits: 1)
    var whole = ""
    for (index, digit) in parts[0].enumerated() {
      let left = parts[0].count - index
      if index > 0, left % 3 == 0, whole != "-" { whole.append(",") }
      whole.append(digit)
    }
    return parts.count == 2 ? "\(whole).\(parts[1])" : whole
  }

  private static func fixed(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
