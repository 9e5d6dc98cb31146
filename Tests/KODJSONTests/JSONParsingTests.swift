import KODJSON
import Testing

@Suite struct `JSON parsing` {
  private static func parse(_ text: String) throws -> JSON {
    try JSON(parsing: Array(text.utf8))
  }

  private static func failure(_ bytes: [UInt8]) -> String {
    do {
      return "accepted as \(try JSON(parsing: bytes).line)"
    } catch {
      return "\(error)"
    }
  }

  private static let good: [(String, JSON)] = [
    ("null", JSON.null), (" true\r\n\t", true), ("false", false), ("0", 0), ("-0", 0),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)),
    ("18446744073709551615", .unsigned(.max)),
    ("18446744073709551616", .number(18_446_744_073_709_551_616)),
    ("1.0", .number(1)), ("-2.5e3", .number(-2500)), ("1E+2", .number(100)),
    ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{c}\n\r\t")),
    (#""\u00e9\ud83d\ude42\u0000é🙂""#, .string("é🙂\0é🙂")),
    ("[]", []), ("{ }", [:]), ("[1, [2], {}]", [1, [2], [:]]),
    (#"{"b": 1, "a": {"b": null}}"#, ["b": 1, "a": ["b": .null]]),
  ]

  @Test(arguments: good)
  func `what RFC 8259 allows is read, and integers that fit stay exact`(
    text: String, value: JSON
  ) throws {
    #expect(try Self.parse(text) == value)
  }

  @Test(arguments: [
    ("", "1:1: a value is missing: the text ends"),
    ("  ", "1:3: a value is missing: the text ends"),
    ("nul", "1:1: no value begins like this"), ("NaN", "1:1: no value begins like this"),
    ("1 2", "1:3: something follows the value"), ("01", "1:1: a number may not begin with 0"),
    ("-", "1:2: a digit is missing"), ("1.", "1:3: a digit is missing"),
    (".5", "1:1: no value begins like this"), ("1e", "1:3: a digit is missing"),
    ("1e+-1", "1:4: a digit is missing"), ("+1", "1:1: no value begins like this"),
    ("1e999", "1:1: the number is too large"), ("[1,]", "1:4: no value begins like this"),
    ("[1 2]", "1:4: a comma or ] is missing"), ("[", "1:2: a value is missing: the text ends"),
    ("{\"a\" 1}", "1:6: a colon is missing"), ("{\"a\": 1,}", "1:9: a key is missing"),
    ("{a: 1}", "1:2: a key is missing"), ("{\"a\": 1", "1:8: a comma or } is missing"),
    ("{\"a\": 1,\n \"é\": 2,\n \"\\u0061\": 3}", "3:2: the key \"a\" comes twice"),
    ("[\"é\", x]", "1:7: no value begins like this"),
    ("\"a", "1:1: the text does not end"), ("\"a\\", "1:3: the text does not end"),
    ("\"a\nb\"", "1:3: a control character must be escaped"),
    (#""\x""#, "1:2: no such escape"), (#""\u12""#, #"1:2: \u needs four hexadecimal digits"#),
    (#""\u+123""#, #"1:2: \u needs four hexadecimal digits"#),
    (#""\ud83d""#, "1:2: half a surrogate pair"), (#""\ud83dx""#, "1:2: half a surrogate pair"),
    (#""\ude42\ud83d""#, "1:2: half a surrogate pair"),
    (#""\ud83d\u0041""#, "1:2: half a surrogate pair"),
    ("\u{feff}1", "1:1: no value begins like this"),
    ("1 // one", "1:3: something follows the value"),
  ])
  func `anything else is refused, with line and column`(text: String, message: String) {
    #expect(Self.failure(Array(text.utf8)) == message)
  }

  @Test(arguments: [
    [0x80] as [UInt8], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3],
  ])
  func `text that is not UTF-8 is refused where it begins`(bad: [UInt8]) {
    let bytes = Array("[1,\n\"ab".utf8) + bad + Array("\"]".utf8)
    #expect(Self.failure(bytes) == "2:4: not UTF-8")
  }

  @Test func `arrays and objects nest 64 deep and no deeper`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try Self.parse(nested(64)).line == nested(64))
    #expect(Self.failure(Array(nested(65).utf8)) == "1:65: nested deeper than 64")
    let wide = "[" + Array(repeating: nested(63), count: 3).joined(separator: ",") + "]"
    #expect(try Self.parse(wide).line == wide)
  }

  @Test func `keys that differ only in how a letter is composed are two keys`() throws {
    let value = try Self.parse(#"{"\u00e9": 1, "e\u0301": 2}"#)
    #expect(value.members?.count == 2)
  }

  @Test
  func
    `no cut, doubled or changed byte makes it crash, and what it takes it reads again`()
    throws
  {
    let text = Array(
      #"{"a": [1, -2.5e3, "\ud83d\ude42é"], "b": {"c": null, "d": [true, {}]}}"#.utf8)
    for index in text.indices {
      for byte in [0x00, 0x22, 0x2c, 0x5b, 0x5c, 0x7d, 0x80, 0xff] as [UInt8] {
        var changed = text
        changed[index] = byte
        for variant in [changed, Array(text[..<index]), text[..<index] + [byte] + text[index...]] {
          guard let value = try? JSON(parsing: variant) else { continue }
          #expect(try Self.parse(value.line) == value)
          #expect(try Self.parse(value.indented) == value)
        }
      }
    }
  }
}
