import Foundation
import Testing

@testable import kod_load

@Suite struct ReportTests {
  private var report: Report {
    var histogram = Histogram()
    for value in UInt64(1)...1_000 { histogram.record(value * 1_000) }
    var report = Report(
      scenario: "race", arguments: ["race"], startedAt: "2025-01-01T00:00:00Z",
      machine: Machine(
        processor: "Z80", cores: 2, memoryBytes: 1 << 30, kernel: "Linux 6", loadAverage: 0.5,
        isOptimised: true))
    report.outcome = "done"
    report.add("accept attempts answered", 123_456.7, "/s")
    report.add("accept", histogram)
    report.add("nothing", Histogram())
    return report
  }

  @Test func `the table names the machine, the figures, the percentiles and the checks`() {
    let table = report.table
    for piece in [
      "Z80, 2 cores, 1.0 GiB, Linux 6", "accept attempts answered  123,457 /s", "p99.99",
      "all answers were right",
    ] {
      #expect(table.contains(piece))
    }
    #expect(!table.contains("nothing"))
  }

  @Test func `violations are in the table and in the JSON`() throws {
    var log = ViolationLog()
    for _ in 0..<60 { log.append(Violation(kind: .twoWinners, referral: 4, detail: "x")) }
    var report = report
    report.checks = Report.Checks(log)
    #expect(report.table.contains("60 VIOLATIONS: twoWinners 60"))
    let back = try JSONDecoder().decode(Report.self, from: report.json)
    #expect(back == report)
    #expect(back.checks.violations == 60)
    #expect(back.checks.first.count == 50)
    #expect(back.latencies[0].count == 1_000)
    #expect(abs(back.latencies[0].p50 - 500) <= 500 / 128)
    #expect(back.latencies[0].largest == 1_000)
  }

  @Test(arguments: [
    (0.0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (0.256, "0.26"),
    (-1_234, "-1,234"), (12_345.6, "12,346"),
  ])
  func `numbers are grouped by thousands`(value: Double, text: String) {
    #expect(Report.grouped(value) == text)
  }

  @Test func `a process's CPU and memory are read past a name with spaces and parentheses`() {
    let stat = "17 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 3 0 1 2 3"
    let usage = ProcessUsage.parse(
      stat: stat, status: "Name:\tx\nVmRSS:\t   2048 kB\n", ticksPerSecond: 100)
    #expect(usage == ProcessUsage(cpuSeconds: 3, residentBytes: 2_097_152))
    #expect(ProcessUsage.parse(stat: "17 (a", status: "", ticksPerSecond: 100) == nil)
  }

  @Test func `the machine's CPU is everything but idle and waiting for the disk`() {
    let stat = "cpu  100 20 300 5000 600 7 8 50 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
    #expect(ProcessUsage.busySeconds(stat: stat, ticksPerSecond: 100) == 4.85)
    #expect(ProcessUsage.busySeconds(stat: "", ticksPerSecond: 100) == 0)
  }

  @Test func `the processor's name is the one of the first core`() {
    let text = "x: 1\nmodel name\t: AMD EPYC\nmodel name\t: B"
    #expect(Machine.processorName(in: text) == "AMD EPYC")
    #expect(Machine.processorName(in: "") == "unknown")
  }
}
