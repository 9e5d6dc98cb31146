import Testing

@testable import KODConformance

@Suite struct GlobTests {
  @Test(
    "A star stands for any characters, a question mark for one",
    arguments: [
      ("hello.*", "hello.token/nonsense", true), ("hello.*", "frames.hello", false),
      ("*token*", "hello.token/nonsense", true), ("hello", "hello.token", false),
      ("a?c", "abc", true), ("a?c", "ac", false), ("*", "", true), ("a*b*c", "a-b-b-c", true),
      ("a*b*c", "a-b-b-d", false),
    ])
  func matching(pattern: String, name: String, matches: Bool) {
    #expect(Glob(pattern).matches(name) == matches)
  }
}
