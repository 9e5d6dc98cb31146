import KODJSON
import Testing

@Suite struct `JSON writing` {
  @Test func `a line has no spaces, keeps the order of keys, and escapes what a terminal may obey`()
  {
    let value: JSON = [
      "b": [1, .unsigned(.max), .number(0.5), .number(.infinity), .null],
      "a": "\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{2028}\"\\\n\r\té",
    ]
    #expect(
      value.line == #"{"b":[1,18446744073709551615,0.5,null,null],"#
        + #""a":"\u001b[2J\u009b\u007f\u202e\u2028\"\\\n\r\té"}"#)
  }

  @Test
  func `indented text has a member a line, and short ones without others in them on one line`()
    throws
  {
    let value: JSON = [
      "about": "x", "none": [], "empty": [:], "short": [1, 2, "three"],
      "deep": [["a": 1, "b": []], ["c": ["d": [true]]]],
    ]
    let text = """
      {
        "about": "x",
        "none": [],
        "empty": {},
        "short": [1, 2, "three"],
        "deep": [
          {"a": 1, "b": []},
          {
            "c": {
              "d": [true]
            }
          }
        ]
      }
      """
    #expect(value.indented == text)
    #expect(try JSON(parsing: Array(text.utf8)) == value)
  }

  @Test func `a line of 120 columns stays one, with one more it is broken`() {
    // Four spaces, key, comma: the text fills the rest.
    func lines(_ count: Int) -> [Substring] {
      let inner: JSON = [.string(String(repeating: "é", count: count)), 1]
      let value: JSON = ["k": ["l": inner, "m": 2]]
      return value.indented.split(separator: "\n")
    }
    let fixed = #"    "l": ["", 1],"#.count
    #expect(lines(120 - fixed)[2].count == 120)
    #expect(lines(121 - fixed)[2] == #"    "l": ["#)
  }
}
