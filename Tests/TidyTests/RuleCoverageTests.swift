import Foundation
import Testing

/// Every rule of the domain has a test that names it.
@Suite struct RuleCoverageTests {
  /// The domain's numbers: states and events of a referral, of an Offer, registration and
  /// availability, routing, timers, the streak, policies, notices, the five screens.
  private static let rules: [Int] =
    Array(1...18) + Array(20...31) + Array(32...36) + Array(37...39) + Array(40...47)
    + [50, 60, 61, 65] + Array(70...74)

  /// The rules that the names of tests and suites cite; "R13 to R15" cites three.
  private static func citedRules(in name: Substring) -> Set<Int> {
    var cited: Set<Int> = []
    for match in name.matches(of: /\bR(\d{1,2})(?: to R(\d{1,2}))?(?!\d)/) {
      guard let first = Int(match.1), let last = Int(match.2 ?? match.1), first <= last else {
        continue
      }
      cited.formUnion(first...last)
    }
    return cited
  }

  /// What stands between the quotes after `@Test(` or `@Suite(`, or between a function's backticks.
  private static func names(in source: String) -> [Substring] {
    source.matches(of: /@(?:Test|Suite)\(\s*"((?:[^"\\]|\\.)*)"/).map(\.1)
      + source.matches(of: /func `([^`]*)`\(/).map(\.1)
  }

  @Test("A name cites one rule, several, or a range")
  func citations() {
    #expect(Self.citedRules(in: "R8: the first accept wins") == [8])
    #expect(Self.citedRules(in: "At the instant of R27 (R20, R22)") == [20, 22, 27])
    #expect(Self.citedRules(in: "R13 to R15 follow each other") == [13, 14, 15])
    #expect(Self.citedRules(in: "R234 is no rule, nor is ROLE1") == [])
    #expect(Self.names(in: "@Test(\n  \"one R1\")\n@Suite(\"two\")") == ["one R1", "two"])
    #expect(Self.names(in: "@Test func `three R3`() {") == ["three R3"])
  }

  @Test("Every rule is named by a test")
  func everyRuleHasATest() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    var cited: Set<Int> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: tests.path)
    where name.hasSuffix("Tests.swift") && !name.hasPrefix("TidyTests/") {
      let source = try String(contentsOf: tests.appending(path: name), encoding: .utf8)
      for name in Self.names(in: source) { cited.formUnion(Self.citedRules(in: name)) }
    }
    let untested = Self.rules.filter { !cited.contains($0) }.map { "R\($0)" }
    #expect(untested == [])
  }
}
