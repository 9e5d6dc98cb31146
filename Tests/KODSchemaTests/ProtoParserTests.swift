import KODSchema
import Testing

@Suite struct `Proto file` {
  struct Mistake: CustomTestStringConvertible {
    var text: String
    var error: String
    var testDescription: String { error }

    init(_ text: String, _ error: String) {
      self.text = text
      self.error = error
    }
  }

  /// Stands in front of every declaration below, on lines 1 to 10.
  private static let head = """
    syntax = "proto3";
    package test;
    import "google/protobuf/descriptor.proto";
    extend google.protobuf.MethodOptions { uint32 method_number = 1; repeated Role allow = 2; }
    extend google.protobuf.EnumValueOptions { Code code = 1; bool retriable = 2; }
    enum Role { NOBODY = 0; ANYBODY = 1; }
    enum Code { FINE = 0; BROKEN = 1; }
    message Asked {}
    message Answer {}


    """

  private func error(in text: String) -> String? {
    do throws(ProtoError) {
      _ = try Schema(text: text, path: "x.proto")
      return nil
    } catch {
      return error.description
    }
  }

  static let wholeFiles = [
    Mistake("", "x.proto:1:1: the first statement must be: syntax = \"proto3\";"),
    Mistake("package a;", "x.proto:1:1: the first statement must be: syntax = \"proto3\";"),
    Mistake(
      "syntax = \"proto2\";", "x.proto:1:1: syntax \"proto2\" is not supported, only \"proto3\""),
    Mistake("syntax = \"proto3\";", "x.proto:1:1: no package statement"),
    Mistake("syntax = \"proto3\"", "x.proto:1:18: expected ';', found the end of the file"),
    Mistake("syntax = \"proto3;", "x.proto:1:10: the string does not end"),
    Mistake("syntax = proto3;", "x.proto:1:10: expected the syntax in quotes, found 'proto3'"),
    Mistake(
      "syntax = \"proto3\";\npackage a;\npackage b;", "x.proto:3:1: a second package statement"),
  ]

  @Test(arguments: wholeFiles)
  func `as a whole must have its statements`(mistake: Mistake) {
    #expect(error(in: mistake.text) == mistake.error)
  }

  static let syntaxMistakes = [
    Mistake("messsage A {}", "x.proto:11:1: 'messsage' cannot begin a declaration"),
    Mistake(
      "import \"other.proto\";",
      "x.proto:11:1: import \"other.proto\": only google/protobuf/descriptor.proto is known"),
    Mistake("message A { # }", "x.proto:11:13: unexpected character '#'"),
    Mistake("message A { /* no */ }", "x.proto:11:13: expected a // comment"),
    Mistake("message A {", "x.proto:11:12: expected a field, found the end of the file"),
    Mistake("message a.b {}", "x.proto:11:9: the name of a message, 'a.b', may not have dots"),
    Mistake(
      "message A { bool = 1; }",
      "x.proto:11:18: expected the name of a field of type 'bool', found '='"),
    Mistake("message A { bool b; }", "x.proto:11:19: expected '=', found ';'"),
    Mistake(
      "message A { bool b = c; }", "x.proto:11:22: expected the number of field 'b', found 'c'"),
    Mistake("message A { bool b = 1x; }", "x.proto:11:22: '1x' is not a 64-bit integer"),
    Mistake("message A { bool b = 1 }", "x.proto:11:24: expected ';', found '}'"),
    Mistake(
      "message A { bool b = 1 [packed = true]; }",
      "x.proto:11:24: field options are not supported"),
    Mistake(
      "message A { optional bool b = 1; }", "x.proto:11:13: 'optional' fields are not supported"),
    Mistake(
      "message A { message B {} }", "x.proto:11:13: 'message' inside a message is not supported"),
    Mistake("message A { reserved 9 to 5; }", "x.proto:11:22: the reserved range 9 to 5 is empty"),
    Mistake(
      "message A { oneof b { repeated bool c = 1; } }",
      "x.proto:11:23: 'c' in a oneof cannot be repeated"),
    Mistake(
      "enum E { option allow_alias = true; }", "x.proto:11:10: enum options are not supported"),
    Mistake(
      "enum E { Z = 0; A = 2147483648; }",
      "x.proto:11:17: the number of 'A' does not fit in 32 bits"),
    Mistake("service S { call A(B); }", "x.proto:11:13: expected 'rpc', found 'call'"),
    Mistake(
      "service S { rpc A(stream Asked) returns (Answer); }",
      "x.proto:11:13: 'A': the protocol has no client streams"),
    Mistake("service S { rpc A(Asked) gives (Answer); }", "x.proto:11:26: expected 'returns'"),
    Mistake(
      "enum E { Z = 0 [(code) = ]; }", "x.proto:11:26: expected the value of 'code', found ']'"),
  ]

  @Test(arguments: syntaxMistakes)
  func `that cannot be read says where and why`(mistake: Mistake) {
    #expect(error(in: Self.head + mistake.text) == mistake.error)
  }

  static let meaningMistakes = [
    Mistake("message Asked {}", "x.proto:11:1: message 'Asked' is declared twice"),
    Mistake("message Code {}", "x.proto:11:1: message 'Code' is declared twice"),
    Mistake("enum Code { Z = 0; }", "x.proto:11:1: enum 'Code' is declared twice"),
    Mistake("message A { Nowhere b = 1; }", "x.proto:11:13: unknown type 'Nowhere' of field 'b'"),
    Mistake("message A { float b = 1; }", "x.proto:11:13: type 'float' is not supported"),
    Mistake(
      "message A { bool b = 0; }", "x.proto:11:13: number 0 of 'b' is outside 1 to 536870911"),
    Mistake(
      "message A { bool b = 536870912; }",
      "x.proto:11:13: number 536870912 of 'b' is outside 1 to 536870911"),
    Mistake(
      "message A { bool b = 19000; }",
      "x.proto:11:13: number 19000 of 'b' belongs to protobuf itself (19000 to 19999)"),
    Mistake(
      "message A {\n  bool b = 1;\n  bool c = 1;\n}",
      "x.proto:13:3: number 1 of 'c' belongs to 'b'"),
    Mistake(
      "message A { bool b = 1; oneof c { bool b = 2; } }",
      "x.proto:11:35: 'b' is declared twice in 'A'"),
    Mistake(
      "message A { reserved 2, 4 to 6; bool b = 5; }", "x.proto:11:33: 'b' = 5 is reserved in 'A'"),
    Mistake(
      "message A { reserved \"b\"; bool b = 5; }", "x.proto:11:27: 'b' = 5 is reserved in 'A'"),
    Mistake("message A { oneof b { } }", "x.proto:11:13: oneof 'b' has no fields"),
    Mistake(
      "message A { B b = 1; }\nmessage B { oneof c { A a = 1; } }",
      "x.proto:11:1: message 'A' contains itself other than in a repeated field"),
    Mistake("enum E { A = 1; }", "x.proto:11:1: the first value of enum 'E' must be zero"),
    Mistake("enum E { }", "x.proto:11:1: the first value of enum 'E' must be zero"),
    Mistake("enum E { A = 0; B = 0; }", "x.proto:11:17: number 0 of 'B' belongs to 'A'"),
    Mistake(
      "enum E { FINE = 0; }", "x.proto:11:10: value 'FINE' is declared in enum 'Code' already"),
    Mistake("enum E { A = 0; reserved 3; B = 3; }", "x.proto:11:29: 'B' = 3 is reserved in 'E'"),
    Mistake("enum E { X = 0; E_X = 1; }", "x.proto:11:17: 'E_X' and 'X' are both 'x' in Swift"),
    Mistake(
      "enum E { A = 0 [(code) = NOPE]; }", "x.proto:11:17: 'NOPE' is not a value of enum 'Code'"),
    Mistake(
      "enum E { A = 0 [(code) = 3]; }", "x.proto:11:17: wrong kind of value for option 'code'"),
    Mistake("enum E { A = 0 [(allow) = ANYBODY]; }", "x.proto:11:17: unknown option 'allow'"),
    Mistake("enum E { A = 0 [deprecated = true]; }", "x.proto:11:17: unknown option 'deprecated'"),
    Mistake(
      "extend google.protobuf.MethodOptions { uint32 speed = 9; }",
      "x.proto:11:40: 'speed' is not an option of google.protobuf.MethodOptions known here"),
  ]

  @Test(arguments: meaningMistakes)
  func `that contradicts itself says where and why`(mistake: Mistake) {
    #expect(error(in: Self.head + mistake.text) == mistake.error)
  }

  static let methodMistakes = [
    Mistake("option (allow) = ANYBODY;", "x.proto:11:13: method 'A' has no (method_number)"),
    Mistake("option (method_number) = 1;", "x.proto:11:13: method 'A' allows no role"),
    Mistake(
      "option (method_number) = 0; option (allow) = ANYBODY;",
      "x.proto:11:52: method number 0 is outside 1 to 65535"),
    Mistake(
      "option (method_number) = 65536; option (allow) = ANYBODY;",
      "x.proto:11:52: method number 65536 is outside 1 to 65535"),
    Mistake(
      "option (method_number) = 1; option (allow) = SOMEBODY;",
      "x.proto:11:80: 'SOMEBODY' is not a value of enum 'Role'"),
    Mistake(
      "option (method_number) = 1; option (allow) = ANYBODY; option (allow) = ANYBODY;",
      "x.proto:11:106: role 'ANYBODY' is allowed twice"),
  ]

  @Test(arguments: methodMistakes)
  func `with a method that lacks number or roles says so`(mistake: Mistake) {
    let text = "service S { rpc A(Asked) returns (Answer) { \(mistake.text) } }"
    #expect(error(in: Self.head + text) == mistake.error)
  }

  @Test func `may give a method number and a method name only once`() {
    let options = "{ option (method_number) = 7; option (allow) = ANYBODY; }"
    let first = "service S {\n  rpc A(Asked) returns (Answer) \(options)\n"
    #expect(
      error(in: Self.head + first + "  rpc B(Asked) returns (Answer) \(options)\n}")
        == "x.proto:13:3: method number of 'B' belongs to 'S/A'")
    #expect(
      error(in: Self.head + first + "  rpc A(Asked) returns (Answer) \(options)\n}")
        == "x.proto:13:3: 'A' is declared twice in service 'S'")
    let unknown = "service S { rpc A(Asked) returns (Nothing) \(options) }"
    #expect(
      error(in: Self.head + unknown)
        == "x.proto:11:13: unknown message 'Nothing' in method 'A'")
  }

  @Test func `hands its comments on to the declarations they belong to`() throws {
    let text =
      Self.head + """
        // Of nothing: a blank line follows.

        // First line.
        // Second line.
        message A {
          // Above.
          bool b = 1;   // Behind.
          bool c = 2;
        }
        """
    let schema = try Schema(text: text, path: "x.proto")
    let message = try #require(schema.message(named: "A"))
    #expect(message.comment == "First line.\nSecond line.")
    #expect(message.fields.map(\.comment) == ["Above.\nBehind.", ""])
  }

  @Test(arguments: [
    ("offer_id", "offerId"), ("at_us", "atUs"), ("token", "token"), ("a_1", "a1"),
  ])
  func `field names become lower camel case`(name: String, expected: String) {
    #expect(SwiftName.field(name) == expected)
  }

  @Test(arguments: [
    ("OFFER_TAKEN", "Reason", "offerTaken"), ("REASON_UNSPECIFIED", "Reason", "unspecified"),
    ("OFFER_WAS_TAKEN", "OfferState", "offerWasTaken"), ("OK", "Code", "ok"),
    ("REGISTRATION_NONE", "RegistrationState", "registrationNone"),
    ("FRAME_TYPE_UNSPECIFIED", "FrameType", "unspecified"),
  ])
  func `enum values lose the enum's name and become lower camel case`(
    name: String, type: String, expected: String
  ) {
    #expect(SwiftName.enumValue(name, of: type) == expected)
  }
}
