import KODJSON
import Testing

@testable import KODConformance

@Suite struct PatternTests {
  private func mismatch(
    _ pattern: String, _ value: String, _ type: ValueType = .unknown
  ) throws -> Mismatch? {
    var match = PatternMatch(schemaIndex, evaluation(["x": "7", "code": "ABORTED"]))
    do {
      try match.match(try json(pattern), try json(value), type)
      return nil
    } catch let mismatch as Mismatch {
      return mismatch
    }
  }

  @Test(
    "These match",
    arguments: [
      ("{}", #"{"a": 1}"#), (#"{"a": 1}"#, #"{"a": 1, "b": 2}"#), (#"{"a": 1}"#, #"{"a": "1"}"#),
      (#"{"a": "1"}"#, #"{"a": 1}"#), (#"{"a": 0, "b": "", "c": false, "d": []}"#, "{}"),
      ("[1, 2]", "[1, 2]"), (#""$x""#, "7"), (#"{"$any": true}"#, "null"),
      (#"{"a": {"$unset": true}}"#, "{}"), (#"{"$set": true}"#, #""x""#),
      (#"{"$range": [1, 3]}"#, "1"), (#"{"$range": [1, 3]}"#, #""3""#),
      (#"{"$matches": "^a.c$"}"#, #""abc""#), (#"{"$count": 2}"#, "[1, 2]"),
      (#"{"$count": 3}"#, #""abc""#), (#"{"$contains": [2, {"a": 1}]}"#, #"[{"a": 1}, 3, 2]"#),
      (#"{"$not": 1}"#, "2"), (#"{"$any_of": [1, 2]}"#, "2"), (#"{"$add": ["$x", 1]}"#, "8"),
      (#"{"$save": "y", "$is": {"$range": [1, 9]}}"#, "5"), ("null", #""""#), ("true", "true"),
    ])
  func matching(pattern: String, value: String) throws {
    #expect(try mismatch(pattern, value) == nil)
  }

  @Test(
    "These do not, and say where",
    arguments: [
      (#"{"a": {"b": 1}}"#, #"{"a": {"b": 2}}"#, "a.b: expected 1, came 2"),
      ("[1, 2]", "[1]", "expected 2 elements, came 1: [1]"),
      ("[1, 2]", "[1, 3]", "[1]: expected 2, came 3"),
      (#"{"a": {}}"#, "{}", "a: expected {}, came nothing"),
      (#"{"a": 1}"#, "{}", "a: expected 1, came nothing"),
      (#"{"$set": true}"#, "0", "expected something that is not the default, came 0"),
      (#"{"$unset": true}"#, "1", "expected the default, came 1"),
      (#"{"$range": [1, 3]}"#, "0", "expected a number from 1 to 3, came 0"),
      (#"{"$range": [1, 3]}"#, "4", "expected a number from 1 to 3, came 4"),
      (#"{"$count": 2}"#, "[1]", "expected a length of 2, came 1: [1]"),
      (#"{"$contains": [1, 1]}"#, "[1, 2]", "expected an element like 1, came [2]"),
      (#"{"$not": 1}"#, "1", "expected anything but 1, came 1"),
      (#"{"$any_of": [1, 2]}"#, "3", "expected one of [1,2], came 3"),
      (#"{"$save": "y", "$is": 1}"#, "2", "expected 1, came 2"),
      ("true", "false", "expected true, came false"),
      ("1", "true", "expected 1, came true"),
      (#""a""#, #"{"a": 1}"#, #"expected "a", came {"a":1}"#),
    ])
  func mismatching(pattern: String, value: String, reason: String) throws {
    #expect(try mismatch(pattern, value)?.description == reason)
  }

  @Test("An enum matches by name and by number, and its first value when it is not set")
  func enums() throws {
    let status = ValueType.message("Status")
    let value = #"{"code": "ABORTED", "reason": "OFFER_TAKEN"}"#
    #expect(try mismatch(#"{"code": "ABORTED", "reason": 104}"#, value, status) == nil)
    #expect(try mismatch(#"{"code": "$code"}"#, value, status) == nil)
    #expect(try mismatch(#"{"code": "OK"}"#, "{}", status) == nil)
    #expect(
      try mismatch(#"{"code": 0, "reason": {"$unset": true}}"#, #"{"code": "OK"}"#, status) == nil)
    #expect(try mismatch(#"{"code": "OK"}"#, value, status) != nil)
    #expect(try mismatch(#"{"reason": 103}"#, value, status) != nil)
  }

  @Test("A field or a value that the schema does not have is an error, not a mismatch")
  func unknownNames() {
    #expect(throws: ValueError("Status has no field reson")) {
      try mismatch(#"{"reson": 1}"#, "{}", .message("Status"))
    }
    #expect(throws: ValueError("Code has no value ABORT")) {
      try mismatch(#"{"code": "ABORT"}"#, #"{"code": "ABORTED"}"#, .message("Status"))
    }
    #expect(throws: ValueError("there is no pattern $same")) { try mismatch(#"{"$same": 1}"#, "1") }
  }

  @Test("The length of bytes is that of the bytes, not of their base64")
  func byteLength() throws {
    #expect(try mismatch(#"{"$count": 2}"#, #""Cv8=""#, .one(.bytes)) == nil)
    #expect(try mismatch(#"{"$count": 2}"#, #""0aff""#, .hex) == nil)
    #expect(try mismatch(#""0AFF""#, #""0aff""#, .hex) == nil)
  }

  @Test("A saved value is there for the rest of the pattern, and kept only if all of it matches")
  func saving() throws {
    var match = PatternMatch(schemaIndex, evaluation())
    let value = try json(#"{"a": 5, "b": 5}"#)
    try match.match(try json(#"{"a": {"$save": "y"}, "b": "$y"}"#), value, .unknown)
    #expect(match.saved.map(\.name) == ["y"])
    var other = PatternMatch(schemaIndex, evaluation())
    let pattern = try json(#"{"a": {"$save": "y"}, "b": 6}"#)
    #expect(throws: Mismatch.self) { try other.match(pattern, value, .unknown) }
    #expect(other.saved.isEmpty)
  }

  @Test("A dollar inside the value of a variable means nothing")
  func data() throws {
    var match = PatternMatch(schemaIndex, evaluation(["v": ["k": "$nothing"]]))
    try match.match("$v", try json(#"{"k": "$nothing"}"#), .unknown)
  }
}
