import Foundation
import Testing

@testable import KODConformance

/// A client that does something wrong makes the case fail, and the failure says what. The clients
/// here are lines of shell.
@Suite struct FaultyClientTests {
  static let steps = #"""
    [{"tell": {"do": "connect"}}, {"hear": {"event": "connected", "version": 1}, "within_ms": 2000}]
    """#

  private func failure(_ script: String, _ steps: String = steps) throws -> String? {
    try run(steps, against: nil, command: ["sh", "-c", script]).failure?.description
  }

  @Test("A client that says what it should passes; it was configured before it was told anything")
  func good() throws {
    let script = #"""
      read a; read b
      case "$a" in '{"do":"configure","address":"127.0.0.1:'*) ;; *) exit 9;; esac
      [ "$b" = '{"do":"connect"}' ] || exit 8
      echo '{"event":"connected","version":1}'; cat >/dev/null
      """#
    #expect(try failure(script) == nil)
  }

  @Test("Silence, another event, a line that is no event, and the end are told apart")
  func wrongEvents() throws {
    let wanted = #"step 2: expected the client to say {"event":"connected","version":1}, came "#
    let silent = Self.steps.replacingOccurrences(of: "2000", with: "200")
    #expect(try failure("cat >/dev/null", silent) == wanted + "nothing within 200 ms")
    #expect(
      try failure(#"read a; echo '{"event":"connected","version":2}'; cat >/dev/null"#, silent)
        == wanted + #"nothing within 200 ms; before: {"event":"connected","version":2}"#)
    #expect(
      try failure("echo hello; cat >/dev/null", silent)
        == wanted + "a line that is no event: hello")
    #expect(try failure("read a; read b") == wanted + "the client's end")
  }

  @Test("An event where none should come fails the case")
  func tooMuch() throws {
    let steps =
      #"[{"tell": {"do": "close"}}, {"hear_nothing_ms": 2000, "like": {"event": "push"}}]"#
    let script = #"read a; echo '{"event":"closed"}'; echo '{"event":"push"}'; cat >/dev/null"#
    #expect(
      try failure(script, steps)
        == #"step 2: expected the client to say nothing like {"event":"push"} for 2000 ms, came {"event":"push"}"#
    )
  }

  @Test("A client that does not connect, or connects where it should not, fails the case")
  func connections() throws {
    #expect(
      try failure("cat >/dev/null", #"[{"accept": "a", "within_ms": 200}]"#)
        == "step 1: expected a connection of the client, came none within 200 ms")
    #expect(
      try failure("echo no way >&2; exit 1", #"[{"accept": "a"}]"#)
        == "step 1: expected a connection of the client, came the client's end: no way")
  }

  @Test("A client that is gone does not pass because it keeps quiet")
  func goneClients() throws {
    #expect(
      try failure("exit 0", #"[{"no_connection_ms": 2000}]"#)
        == "step 1: expected a client that goes on, came the client's end")
    #expect(
      try failure("exit 0", #"[{"hear_nothing_ms": 2000}]"#)
        == "step 1: expected a client that goes on, came its end")
    #expect(
      try failure("exit 0", #"[{"sleep_ms": 300}]"#)
        == "step end: the client ended before its stdin did")
    #expect(
      try failure("read a; read b; exit 0", #"[{"tell": {"do": "close"}}, {"sleep_ms": 300}]"#)
        == nil)
  }

  @Test("A client that fails when its stdin ends, or does not mind, fails the case")
  func endings() throws {
    let steps = #"[{"sleep_ms": 1}]"#
    #expect(
      try failure("cat >/dev/null; exit 3", steps)
        == "step end: the client's stdin ended and it exited with status 3")
    #expect(
      try failure("exec sleep 60", steps)
        == "step end: the client did not exit within 5 seconds of the end of its stdin")
    #expect(
      try failure("echo hello; cat >/dev/null", steps)
        == "step end: the client wrote a line that is no event: hello")
  }

  @Test("A response that is not of its method's type is named")
  func wrongTypes() throws {
    let steps = #"""
      [{"tell": {"do": "call", "id": "x", "method": "Assisters/AcceptOffer", "request": {}}},
       {"hear": {"event": "answer", "response": {"referral_id": 5, "note": ""}}}]
      """#
    let good =
      #"read a; read b; echo '{"event":"answer","id":"x","response":{"referral_id":"5"}}'; cat >/dev/null"#
    #expect(try failure(good, steps) == nil)
    let bad = good.replacingOccurrences(of: "referral_id", with: "referal")
    #expect(
      try failure(bad, steps)?.hasPrefix("step 2: expected an event with a Assignment, came")
        == true)
  }

  @Test("Events of an array are taken in whatever order, and the one that is missing is named")
  func anyOrder() throws {
    let script =
      #"read a; read b; echo '{"event":"push"}'; echo '{"event":"closed"}'; cat >/dev/null"#
    let told = #"{"tell": {"do": "connect"}}"#
    #expect(
      try failure(script, #"[\#(told), {"hear": [{"event": "closed"}, {"event": "push"}]}]"#)
        == nil)
    let twice = #"[\#(told), {"hear": [{"event": "push"}, {"event": "push"}], "within_ms": 200}]"#
    #expect(
      try failure(script, twice)
        == #"step 2: expected the client to say {"event":"push"}, "#
        + #"came nothing within 200 ms; before: {"event":"closed"}"#)
  }

  @Test("A token on stderr or in an event fails the case, one in the event `token` does not")
  func tokens() throws {
    let steps = #"[{"tell": {"do": "connect"}}, {"hear": {"event": "closed"}}]"#
    let token = "kod1." + String(repeating: "5a", count: 40)
    let closed = #"echo '{"event":"closed"}'; cat >/dev/null"#
    #expect(
      try failure("read a; echo refused: \(token) >&2; \(closed)", steps)
        == "step end: the client wrote a token to stderr")
    #expect(
      try failure(#"read a; echo '{"event":"ended","reason":"\#(token)"}'; \#(closed)"#, steps)
        == "step end: the client wrote a token into an event")
    #expect(
      try failure(#"read a; echo '{"event":"token","token":"\#(token)"}'; \#(closed)"#, steps)
        == nil)
  }

  @Test("A text that must not be logged fails the case when it is, in whatever pieces it comes")
  func logged() throws {
    let steps =
      #"[{"not_logged": "Zebulon"}, {"tell": {"do": "connect"}}, {"hear": {"event": "closed"}}]"#
    let closed = #"echo '{"event":"closed"}'; cat >/dev/null"#
    #expect(
      try failure("read a; printf Zebu >&2; sleep 0.05; printf lon >&2; \(closed)", steps)
        == "step end: the client wrote 'Zebulon' to stderr")
    #expect(try failure("read a; echo Zebu >&2; \(closed)", steps) == nil)
  }
}
