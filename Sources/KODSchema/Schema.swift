/// What a `.proto` file says, resolved and checked: every type name leads somewhere, every number
/// is unique.
package struct Schema: Equatable, Sendable {
  package var packageName: String
  package var enums: [EnumType]
  package var messages: [MessageType]
  package var methods: [MethodType]

  /// Parses and checks the text of a `.proto` file. `path` is only used in errors.
  package init(text: String, path: String) throws(ProtoError) {
    let parser = try Parser(text: text, path: path)
    var resolver = Resolver(parser.file, path: path)
    self = try resolver.resolve()
  }

  /// Every part, resolved already.
  init(
    packageName: String, enums: [EnumType], messages: [MessageType], methods: [MethodType]
  ) {
    self.packageName = packageName
    self.enums = enums
    self.messages = messages
    self.methods = methods
  }

  package func enumType(named name: String) -> EnumType? { enums.first { $0.name == name } }
  package func message(named name: String) -> MessageType? { messages.first { $0.name == name } }
}

package struct EnumType: Equatable, Sendable {
  package var name: String
  package var comment: String
  /// The part of the file it stands in; names the generated file.
  package var section: String
  /// In the order of the file; the first is zero.
  package var values: [EnumValue]
}

package struct EnumValue: Equatable, Sendable {
  package var name: String
  package var number: Int32
  package var comment: String
  /// The value of option `(code)`: a value name of enum `Code`.
  package var code: String?
  /// Option `(retriable)`.
  package var isRetriable: Bool
}

package struct MessageType: Equatable, Sendable {
  package var name: String
  package var comment: String
  package var section: String
  /// In the order of the file.
  package var fields: [Field]
  package var oneofs: [Oneof]
}

package struct Oneof: Equatable, Sendable {
  package var name: String
  package var comment: String
}

package struct Field: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case bool, int32, int64, uint32, uint64, string, bytes
    case enumeration(String)
    case message(String)
  }

  package var name: String
  package var number: UInt32
  package var kind: Kind
  package var isRepeated: Bool
  /// The oneof that it is a member of.
  package var oneof: String?
  package var comment: String
}

package struct MethodType: Equatable, Sendable {
  package var service: String
  package var name: String
  package var number: UInt16
  package var request: String
  package var response: String
  package var isServerStream: Bool
  /// Value names of enum `Role`, in the order of the file.
  package var roles: [String]
  package var comment: String
}
