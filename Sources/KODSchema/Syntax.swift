/// The file as written; names are not looked up yet.
struct SyntaxFile {
  var packageName = ""
  var enums: [EnumSyntax] = []
  var messages: [MessageSyntax] = []
  var services: [ServiceSyntax] = []
  var extensions: [ExtensionSyntax] = []
}

struct EnumSyntax {
  var name: String
  var location: Location
  var comment: String
  var section: String
  var values: [EnumValueSyntax] = []
  var reserved = ReservedSyntax()
}

struct EnumValueSyntax {
  var name: String
  var number: Int64
  var location: Location
  var comment: String
  var options: [OptionSyntax]
}

struct MessageSyntax {
  var name: String
  var location: Location
  var comment: String
  var section: String
  var fields: [FieldSyntax] = []
  var oneofs: [OneofSyntax] = []
  var reserved = ReservedSyntax()
}

struct OneofSyntax {
  var name: String
  var location: Location
  var comment: String
}

struct FieldSyntax {
  var name: String
  var typeName: String
  var number: UInt64
  var isRepeated: Bool
  var oneof: String?
  var location: Location
  var comment: String
}

struct ReservedSyntax {
  var ranges: [ClosedRange<UInt64>] = []
  var names: [String] = []

  func contains(_ number: UInt64) -> Bool { ranges.contains { $0.contains(number) } }
}

struct ServiceSyntax {
  var name: String
  var location: Location
  var methods: [MethodSyntax] = []
}

struct MethodSyntax {
  var name: String
  var request: String
  var response: String
  var isServerStream: Bool
  var location: Location
  var comment: String
  var options: [OptionSyntax]
}

/// `extend google.protobuf.MethodOptions { uint32 method_number = 50101; }`
struct ExtensionSyntax {
  var extended: String
  var location: Location
  var fields: [FieldSyntax]
}

/// `(code) = NOT_FOUND`
struct OptionSyntax {
  enum Value {
    case word(String)
    case integer(UInt64)
    case string(String)
  }

  var name: String
  /// Written in parentheses: an extension.
  var isExtension: Bool
  var value: Value
  var location: Location
}
