import Foundation
import KODJSON
import Testing

@testable import KODConformance

@Suite struct EvaluationTests {
  let context = evaluation([
    "x": ["offer": ["offer_id": "7"], "items": ["first", "second"]], "n": 41, "text": "abc",
    "a.welcome": ["session_id": "9"],
  ])

  @Test(
    "A variable is its value, a part of it, or an element",
    arguments: [
      ("\"$n\"", "41"), ("\"$x.offer.offer_id\"", "\"7\""), ("\"$x.items.1\"", "\"second\""),
      ("\"$a.welcome.session_id\"", "\"9\""),
      ("[\"$n\", {\"k\": \"$text\"}]", "[41,{\"k\":\"abc\"}]"),
    ])
  func variables(template: String, result: String) throws {
    #expect(try context.value(json(template)).line == result)
  }

  @Test(
    "A variable goes into a text, and two dollars begin a text with one",
    arguments: [
      ("a ${text} b ${n}", "a abc b 41"), ("${text}", "abc"), ("$$x", "$x"), ("$$", "$"),
      ("cost $5", "cost $5"), ("", ""),
    ])
  func texts(template: String, result: String) throws {
    #expect(try context.value(.string(template)) == .string(result))
  }

  @Test(
    "What leads nowhere is named",
    arguments: [
      ("$y", "there is no variable y"), ("$x.offer.id", "there is no $x.offer.id in"),
      ("$x.items.2", "there is no $x.items.2"), ("$", "'$' is not the name of a variable"),
      ("${text", "no } after ${"), ("${a b}", "'a b' is not the name of a variable"),
    ])
  func missing(template: String, reason: String) {
    let error = #expect(throws: ValueError.self) { try context.value(.string(template)) }
    #expect(error?.description.contains(reason) == true)
  }

  @Test(
    "Functions make values",
    arguments: [
      (#"{"$repeat": ["x", 3]}"#, #""xxx""#), (#"{"$repeat": ["x", 0]}"#, #""""#),
      (#"{"$hex": "0aff"}"#, #""Cv8=""#), (#"{"$add": ["$n", 1]}"#, "42"),
      (#"{"$add": ["9007199254740993", 1]}"#, "9007199254740994"),
      (#"{"$now_us": 5}"#, "1000005"), (#"{"$now_us": -5}"#, "999995"),
    ])
  func functions(template: String, result: String) throws {
    #expect(try context.value(json(template)).line == result)
  }

  @Test("Random bytes are as many as asked for, in base64, and not the same twice")
  func random() throws {
    let template = try json(#"{"$random": 16}"#)
    let first = try context.value(template).text ?? ""
    #expect(Data(base64Encoded: first)?.count == 16)
    #expect(try context.value(template).text != first)
    #expect(try context.bytes(template).count == 16)
  }

  @Test(
    "A function that makes no sense is refused",
    arguments: [
      #"{"$add": [1]}"#, #"{"$add": ["a", 1]}"#, #"{"$add": ["9223372036854775807", 1]}"#,
      #"{"$repeat": ["x", -1]}"#, #"{"$hex": "0"}"#, #"{"$random": -1}"#, #"{"$unknown": 1}"#,
    ])
  func nonsense(template: String) throws {
    let template = try json(template)
    #expect(throws: ValueError.self) { try context.value(template) }
  }

  @Test("Hexadecimal digits are bytes, spaces between them do not count")
  func hex() {
    #expect(Hex.bytes("00 fF 10") == [0, 255, 16])
    #expect(Hex.bytes("0") == nil)
    #expect(Hex.bytes("0g") == nil)
    #expect(Hex.text([0, 255, 16]) == "00ff10")
  }
}
