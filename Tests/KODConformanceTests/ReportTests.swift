import KODJSON
import Testing

@testable import KODConformance

@Suite struct ReportTests {
  private static func result(
    _ name: String, failure: String? = nil, known: Bool = false
  ) -> CaseResult {
    let one = Case(
      name: name, title: "A <title> & more", requirements: ["KOD-4.3-2", "KOD-4.3-3"],
      file: "server/hello.json", side: .server, isSlow: false, variables: Variables(), steps: [])
    return CaseResult(
      one: one, failure: failure.map { StepFailure(step: "3", message: $0) }, isKnownToFail: known,
      milliseconds: 1_234, transcript: ["a > HELLO", "a < WELCOME"])
  }

  private static let all = RunResult(
    cases: [
      result("a"), result("b", failure: "expected \"1\", came \u{1}2"),
      result("c", failure: "x", known: true), result("d", known: true),
    ], milliseconds: 5_000)

  @Test("One line a case with its name and requirements, and what went wrong under it")
  func lines() {
    let lines = ResultLines()
    #expect(
      lines.lines(Self.result("hello.token/nonsense")) == [
        "ok   hello.token/nonsense  KOD-4.3-2 KOD-4.3-3"
      ])
    #expect(
      lines.lines(Self.result("b", failure: "expected 1, came 2")) == [
        "FAILED b  KOD-4.3-2 KOD-4.3-3", "       A <title> & more",
        "       step 3: expected 1, came 2",
      ])
    #expect(
      lines.lines(Self.result("c", failure: "x", known: true))
        == ["known c  KOD-4.3-2 KOD-4.3-3", "       step 3: x"])
    #expect(
      lines.lines(Self.result("d", known: true)).last
        == "       it passes: strike it from the list of known failures")
  }

  @Test("Verbose shows what went over the wire in a case that fails, trace in every case")
  func transcripts() {
    let passed = Self.result("a")
    let failed = Self.result("b", failure: "x")
    #expect(!ResultLines(isVerbose: true).lines(passed).contains("       | a > HELLO"))
    #expect(ResultLines(isVerbose: true).lines(failed).contains("       | a > HELLO"))
    #expect(ResultLines(traces: true).lines(passed).contains("       | a < WELCOME"))
    #expect(!ResultLines().lines(failed).contains("       | a > HELLO"))
  }

  @Test("The last line says how many passed and failed; a known failure is neither")
  func summary() {
    #expect(ResultLines().summary(Self.all) == ["1 failed as known", "1 passed, 2 failed"])
    let good = RunResult(cases: [Self.result("a")], milliseconds: 1)
    #expect(ResultLines().summary(good) == ["1 passed, 0 failed"])
  }

  @Test("JUnit XML has a suite a file, with what XML allows only")
  func junit() {
    let text = ResultFiles.junit(Self.all)
    #expect(
      text.contains(
        #"<testsuites name="kod-conformance" tests="4" failures="2" skipped="1" time="5.000">"#))
    #expect(text.contains(#"<testcase classname="server/hello.json" name="a" time="1.234"/>"#))
    #expect(
      text.contains(
        #"<failure message="step 3: expected &quot;1&quot;, came ?2">"#
          + "A &lt;title&gt; &amp; more KOD-4.3-2 KOD-4.3-3</failure>"
      ))
    #expect(text.contains(#"<skipped message="step 3: x">"#))
    #expect(text.contains(#"<failure message="it passes: strike it"#))
  }

  @Test("JSON has the counts and every case with its outcome")
  func jsonReport() throws {
    let root = try JSON(parsing: Array(ResultFiles.json(Self.all).utf8))
    #expect(root["passed"] == 1)
    #expect(root["failed"] == 2)
    #expect(root["known_failures"] == 1)
    #expect(
      root["cases"]?.elements?.map { $0["outcome"] } == [
        "passed", "failed", "known_failure", "unexpectedly_passed",
      ])
    #expect(root["cases"]?.elements?[1]["step"] == "3")
  }
}

@Suite struct KnownFailuresTests {
  @Test("One name a line, a number sign begins a comment")
  func reading() throws {
    let text = "# why\nhello.token/empty  # soon\n\n  frames.ping\n"
    let known = try KnownFailures(
      text: text, file: "known.txt", cases: ["hello.token/empty", "frames.ping", "other"])
    #expect(known.names == ["hello.token/empty", "frames.ping"])
  }

  @Test("A name that matches no case, and one that stands there twice, are errors")
  func wrong() {
    #expect(throws: CaseError(file: "k", name: nil, message: "line 2: there is no case b")) {
      try KnownFailures(text: "a\nb", file: "k", cases: ["a"])
    }
    #expect(throws: CaseError(file: "k", name: nil, message: "line 3: a again")) {
      try KnownFailures(text: "a\n\na", file: "k", cases: ["a"])
    }
  }
}

@Suite struct OptionsTests {
  @Test("What a command line asks for")
  func good() throws {
    let options = try Options([
      "server", "--server", "127.0.0.1:7443", "--ca", "ca.pem", "--credentials", "dir", "--only",
      "a*", "--only", "b", "--jobs", "4", "--verbose",
    ])
    #expect(options.only == ["a*", "b"])
    #expect(options.jobs == 4)
    #expect(options.isVerbose)
    let client = try Options(["client", "--only", "x", "--", "python3", "-m", "x", "--jobs", "0"])
    #expect(client.clientCommand == ["python3", "-m", "x", "--jobs", "0"])
    #expect(try Options(["coverage", "--check"]).checks)
    #expect(try Options(["server", "--list"]).lists)
  }

  @Test(
    "What makes no sense is refused by name",
    arguments: [
      ([], "which command"), (["dance"], "unknown command 'dance'"),
      (["server"], "server needs --server"), (["server", "--server", "x"], "server needs --ca"),
      (["server", "--server", "x", "--ca", "y", "--credentials", "z"], "no ':PORT'"),
      (["client"], "client needs the client's program"), (["client", "--"], "client needs"),
      (["client", "--ca", "x", "--", "y"], "unknown option '--ca' of client"),
      (["server", "--jobs", "0"], "--jobs takes a number from 1 to 64"),
      (["server", "--jobs", "65"], "--jobs takes a number"),
      (["server", "--only"], "--only needs a value"),
      (["coverage", "--only", "x"], "unknown option '--only' of coverage"),
      (["server", "--"], "'--' belongs to client"),
    ])
  func wrong(words: [String], reason: String) {
    let error = #expect(throws: UsageError.self) { try Options(words) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
