import KODJSON

/// What programs read.
enum ResultFiles {
  static func json(_ result: RunResult) -> String {
    let cases = result.cases.map { one -> JSON in
      var members: [JSON.Member] = [
        .init(key: "name", value: .string(one.one.name)),
        .init(key: "title", value: .string(one.one.title)),
        .init(key: "file", value: .string(one.one.file)),
        .init(key: "requirements", value: .array(one.one.requirements.map { .string($0) })),
        .init(key: "outcome", value: .string(one.outcome.rawValue)),
        .init(key: "milliseconds", value: .integer(one.milliseconds)),
      ]
      if let failure = one.failure {
        members.append(.init(key: "step", value: .string(failure.step)))
      }
      if let reason = one.reason { members.append(.init(key: "reason", value: .string(reason))) }
      return .object(members)
    }
    let root: JSON = [
      "passed": .integer(Int64(result.passed)), "failed": .integer(Int64(result.failed)),
      "known_failures": .integer(Int64(result.knownFailures)),
      "milliseconds": .integer(result.milliseconds), "cases": .array(cases),
    ]
    return root.indented + "\n"
  }

  /// One suite for each file of cases.
  static func junit(_ result: RunResult) -> String {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      "<testsuites name=\"kod-conformance\" tests=\"\(result.cases.count)\""
        + " failures=\"\(result.failed)\" skipped=\"\(result.knownFailures)\""
        + " time=\"\(seconds(result.milliseconds))\">",
    ]
    for file in Set(result.cases.map(\.one.file)).sorted() {
      let cases = result.cases.filter { $0.one.file == file }
      lines.append(
        "  <testsuite name=\"\(escaped(file))\" tests=\"\(cases.count)\""
          + " failures=\"\(cases.count { $0.failsTheRun })\""
          + " skipped=\"\(cases.count { $0.outcome == .knownFailure })\""
          + " time=\"\(seconds(cases.reduce(0) { $0 + $1.milliseconds }))\">")
      for one in cases { lines += testCase(one, file) }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func testCase(_ one: CaseResult, _ file: String) -> [String] {
    let opening =
      "    <testcase classname=\"\(escaped(file))\" name=\"\(escaped(one.one.name))\""
      + " time=\"\(seconds(one.milliseconds))\""
    guard one.outcome != .passed, let reason = one.reason else { return [opening + "/>"] }
    let element = one.failsTheRun ? "failure" : "skipped"
    let details = escaped(([one.one.title] + one.one.requirements).joined(separator: " "))
    return [
      opening + ">",
      "      <\(element) message=\"\(escaped(reason))\">\(details)</\(element)>",
      "    </testcase>",
    ]
  }

  private static func seconds(_ milliseconds: Int64) -> String {
    let rest = String(milliseconds % 1_000)
    return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  /// XML allows no control characters, not even escaped ones.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 && !"\n\t".unicodeScalars.contains(scalar): result += "?"
      case _ where scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
