import Testing

@testable import KODConformance

@Suite struct CoverageTests {
  static let chapter = """
    # Session
    The words MUST and SHOULD are those of RFC 2119. Nothing is asked here.

    ## The first frame
    The client MUST send HELLO first [KOD-4.2-1]. It MUST wait for
    WELCOME before anything else. [KOD-4.2-2] Free text follows, see [calls](CALLS.md).

    | frame | |
    |---|---|
    | PING | MUST be answered [KOD-4.2-3] [KOD-4.2-4] |

    - **Close**: the server SHOULD say close_notify. [KOD-4.2-5]

    ```
    a MUST in a fence
    ```
    `MUST` in code is no requirement either.
    """

  private func coverage(
    _ text: String = chapter,
    cases: [String: [String]] = [
      "hello.first/x": ["KOD-4.2-1", "KOD-4.2-2"], "hello.first/y": ["KOD-4.2-1"],
      "ping": ["KOD-4.2-3", "KOD-4.2-4"],
    ],
    unchecked: String = "# reasons\nKOD-4.2-5 a client that is gone sees nothing"
  ) -> Coverage {
    Coverage(
      chapters: [("SESSION.md", text)],
      cases: cases.sorted { $0.key < $1.key }.map { name, requirements in
        Case(
          name: name, title: "x", requirements: requirements, file: "server/x.json", side: .server,
          isSlow: false, variables: Variables(), steps: [])
      }, unchecked: unchecked)
  }

  @Test("A requirement is the sentence or row before its number")
  func requirements() {
    let requirements = Chapter(file: "SESSION.md", text: Self.chapter).requirements
    #expect(requirements.map(\.number.description) == (1...5).map { "KOD-4.2-\($0)" })
    #expect(
      requirements.map(\.sentence) == [
        "The client MUST send HELLO first.", "It MUST wait for WELCOME before anything else.",
        "PING MUST be answered", "PING MUST be answered",
        "Close: the server SHOULD say close_notify.",
      ])
    #expect(requirements[0].place == "SESSION.md#the-first-frame")
  }

  @Test("What explains a requirement belongs to it, an example of a number is none")
  func explanations() {
    let text =
      "- It MUST close. (Not at once.) [KOD-1.1-1] Else, as in *[KOD-2.2-2]* or `[KOD-3.3-3]`.\n"
    let requirements = Chapter(file: "x", text: text).requirements
    #expect(requirements.map(\.sentence) == ["It MUST close. (Not at once.)"])
  }

  @Test("Every requirement with a case or a reason: nothing is wrong")
  func good() {
    #expect(coverage().problems == [])
  }

  @Test("Everything that is wrong is named")
  func problems() {
    #expect(
      coverage(unchecked: "").problems
        == ["SESSION.md#the-first-frame: KOD-4.2-5 has neither a case nor a reason"])
    #expect(
      coverage(unchecked: "KOD-4.2-5 x\nKOD-9.9-9 y\nKOD-4.2-1 z\nKOD-4.2-5 again\nfive\n").problems
        == [
          "unchecked.txt: line 2: KOD-9.9-9 does not exist",
          "unchecked.txt: line 3: KOD-4.2-1 is checked by hello.first",
          "unchecked.txt: line 4: KOD-4.2-5 again",
          "unchecked.txt: line 5: 'five' is not the number of a requirement",
        ])
    #expect(
      coverage(unchecked: "KOD-4.2-5").problems == [
        "unchecked.txt: line 1: no reason for KOD-4.2-5"
      ])
    let cases = ["all": ["KOD-4.2-1", "KOD-4.2-2", "KOD-4.2-3", "KOD-4.2-4", "KOD-8.8-8"]]
    #expect(
      coverage(cases: cases).problems == [
        "server/x.json: all checks KOD-8.8-8, which does not exist"
      ])
    let twice = Self.chapter + "\n\nAgain it MUST [KOD-4.2-1].\n"
    #expect(
      coverage(twice).problems
        == [
          "SESSION.md#the-first-frame: KOD-4.2-1 is used twice, also in SESSION.md#the-first-frame"
        ])
  }

  @Test(
    "MUST and SHOULD in capitals need a number in the same sentence or row",
    arguments: [
      ("The server MUST close. [KOD-1.1-1] It MUST NOT answer.", 1),
      ("The server MUST close. It MUST NOT answer. [KOD-1.1-1]", 1),
      ("The server MUST close. Nothing is lost by that. [KOD-1.1-1]", 0),
      ("MUST is a word of RFC 2119. It ends with its number, as in *[KOD-1.1-1]*.", 0),
      ("Each MUST and SHOULD has a number.", 0),
      ("The server MUST close, and SHOULD answer [KOD-1.1-1].", 0),
      ("| a | SHOULD NOT be sent |\n| b | MUST be sent [KOD-1.1-1] |", 1),
      ("It must close. A MUSTARD [KOD-1.1-1] is not meant.", 0),
      ("1. It MUST close\n2. it MUST answer [KOD-1.1-1]", 1),
    ])
  func unnumbered(text: String, count: Int) {
    #expect(Chapter(file: "x", text: text).unnumbered.count == count)
  }

  @Test(
    "The page lists every requirement in the order of the numbers, with a link and who checks it")
  func page() {
    let lines = coverage().page.split(separator: "\n")
    #expect(lines.contains("5 requirements: 4 checked by cases, 1 not."))
    #expect(
      lines.suffix(5).first
        == "| [KOD-4.2-1](SESSION.md#the-first-frame) | The client MUST send HELLO first. | `hello.first` |"
    )
    let last =
      "| [KOD-4.2-5](SESSION.md#the-first-frame) | Close: the server SHOULD say close_notify. "
      + "| *no case:* a client that is gone sees nothing |"
    #expect(lines.last.map(String.init) == last)
  }

  @Test("A long sentence is cut between words, and code in it stays code")
  func short() {
    let words = Array(repeating: "word", count: 30).joined(separator: " ")
    #expect(Coverage.short(words).count <= 102)
    #expect(Coverage.short(words).hasSuffix("word …"))
    let code = "The `" + words + "` is long"
    #expect(Coverage.short(code).count { $0 == "`" } == 2)
    #expect(Coverage.short("short") == "short")
  }

  @Test("Without numbered requirements there is nothing to check")
  func empty() {
    #expect(coverage("It MUST.", cases: ["a": ["KOD-0.0-0"]], unchecked: "nonsense").problems == [])
  }

  @Test("The real chapters, cases and REQUIREMENTS.md agree")
  func realFiles() throws {
    #expect(try Coverage.problems(in: protocolFolder) == [])
  }

  @Test(
    "The number of a requirement",
    arguments: [
      ("KOD-4.3-2", true), ("KOD-0.0-0", true), ("KOD-10.12-103", true), ("KOD-4.3", false),
      ("KOD-4-3-2", false), ("KOD-04.3-2", false), ("kod-4.3-2", false), ("KOD-4.3-2a", false),
      ("KOD-4.3-", false), ("KOD-12345.1-1", false),
    ])
  func numbers(text: String, isOne: Bool) {
    #expect((RequirementNumber(text)?.description == text) == isOne)
  }
}
