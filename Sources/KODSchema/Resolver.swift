/// Looks up names, checks numbers, reads options: `SyntaxFile` to `Schema`.
struct Resolver {
  private let path: String
  private let file: SyntaxFile
  private var enumNames: Set<String> = []
  private var messageNames: Set<String> = []

  init(_ file: SyntaxFile, path: String) {
    self.file = file
    self.path = path
  }

  mutating func resolve() throws(ProtoError) -> Schema {
    try collectTypeNames()
    try checkExtensions()
    try checkEnumValueNames()
    var enums: [EnumType] = []
    for syntax in file.enums { enums.append(try resolve(syntax)) }
    var messages: [MessageType] = []
    for syntax in file.messages { messages.append(try resolve(syntax)) }
    try checkFinite(messages)
    return Schema(
      packageName: file.packageName, enums: enums, messages: messages,
      methods: try resolveMethods())
  }

  private func failure(_ location: Location, _ message: String) -> ProtoError {
    ProtoError(path: path, location: location, message: message)
  }

  // MARK: Names

  private mutating func collectTypeNames() throws(ProtoError) {
    for syntax in file.enums {
      guard enumNames.insert(syntax.name).inserted else {
        throw failure(syntax.location, "enum '\(syntax.name)' is declared twice")
      }
    }
    for syntax in file.messages {
      guard !enumNames.contains(syntax.name), messageNames.insert(syntax.name).inserted else {
        throw failure(syntax.location, "message '\(syntax.name)' is declared twice")
      }
    }
  }

  /// proto3 puts the values of all enums of a package into one scope.
  private func checkEnumValueNames() throws(ProtoError) {
    var owner: [String: String] = [:]
    for syntax in file.enums {
      for value in syntax.values {
        if let other = owner.updateValue(syntax.name, forKey: value.name) {
          throw failure(
            value.location, "value '\(value.name)' is declared in enum '\(other)' already")
        }
      }
    }
  }

  private func checkExtensions() throws(ProtoError) {
    let known: [String: (extended: String, type: String, isRepeated: Bool)] = [
      "method_number": ("google.protobuf.MethodOptions", "uint32", false),
      "allow": ("google.protobuf.MethodOptions", "Role", true),
      "code": ("google.protobuf.EnumValueOptions", "Code", false),
      "retriable": ("google.protobuf.EnumValueOptions", "bool", false),
    ]
    for syntax in file.extensions {
      for field in syntax.fields {
        guard let option = known[field.name], option.extended == syntax.extended else {
          throw failure(
            field.location, "'\(field.name)' is not an option of \(syntax.extended) known here")
        }
        guard option.type == field.typeName, option.isRepeated == field.isRepeated else {
          let type = (option.isRepeated ? "repeated " : "") + option.type
          throw failure(field.location, "option '\(field.name)' must be of type \(type)")
        }
      }
    }
  }

  private func checkDeclared(_ option: OptionSyntax, for extended: String) throws(ProtoError) {
    let isDeclared = file.extensions.contains { syntax in
      syntax.extended == extended && syntax.fields.contains { $0.name == option.name }
    }
    guard option.isExtension, isDeclared else {
      throw failure(option.location, "unknown option '\(option.name)'")
    }
  }

  // MARK: Enums

  private func resolve(_ syntax: EnumSyntax) throws(ProtoError) -> EnumType {
    guard let first = syntax.values.first, first.number == 0 else {
      throw failure(syntax.location, "the first value of enum '\(syntax.name)' must be zero")
    }
    var values: [EnumValue] = []
    var swiftNames: [String: String] = [:]
    for value in syntax.values {
      if let other = values.first(where: { Int64($0.number) == value.number }) {
        throw failure(
          value.location, "number \(value.number) of '\(value.name)' belongs to '\(other.name)'")
      }
      if syntax.reserved.names.contains(value.name)
        || (value.number >= 0 && syntax.reserved.contains(UInt64(value.number)))
      {
        throw failure(
          value.location, "'\(value.name)' = \(value.number) is reserved in '\(syntax.name)'")
      }
      let swiftName = SwiftName.enumValue(value.name, of: syntax.name)
      if let other = swiftNames.updateValue(value.name, forKey: swiftName) {
        throw failure(
          value.location, "'\(value.name)' and '\(other)' are both '\(swiftName)' in Swift")
      }
      values.append(try resolve(value))
    }
    return EnumType(
      name: syntax.name, comment: syntax.comment, section: syntax.section, values: values)
  }

  private func resolve(_ syntax: EnumValueSyntax) throws(ProtoError) -> EnumValue {
    var value = EnumValue(
      name: syntax.name, number: Int32(syntax.number), comment: syntax.comment, code: nil,
      isRetriable: false)
    for option in syntax.options {
      try checkDeclared(option, for: "google.protobuf.EnumValueOptions")
      switch (option.name, option.value) {
      case ("code", .word(let word)):
        try check(option, word, isValueOf: "Code")
        value.code = word
      case ("retriable", .word("true")): value.isRetriable = true
      case ("retriable", .word("false")): value.isRetriable = false
      default: throw failure(option.location, "wrong kind of value for option '\(option.name)'")
      }
    }
    return value
  }

  private func check(
    _ option: OptionSyntax, _ word: String, isValueOf name: String
  ) throws(ProtoError) {
    let values = file.enums.first { $0.name == name }?.values ?? []
    guard values.contains(where: { $0.name == word }) else {
      throw failure(option.location, "'\(word)' is not a value of enum '\(name)'")
    }
  }

  // MARK: Messages

  private func resolve(_ syntax: MessageSyntax) throws(ProtoError) -> MessageType {
    var fields: [Field] = []
    var names = Set(syntax.oneofs.map(\.name))
    for field in syntax.fields {
      if let other = fields.first(where: { UInt64($0.number) == field.number }) {
        throw failure(
          field.location, "number \(field.number) of '\(field.name)' belongs to '\(other.name)'")
      }
      guard names.insert(field.name).inserted else {
        throw failure(field.location, "'\(field.name)' is declared twice in '\(syntax.name)'")
      }
      try check(field, against: syntax)
      fields.append(
        Field(
          name: field.name, number: UInt32(field.number), kind: try kind(of: field),
          isRepeated: field.isRepeated, oneof: field.oneof, comment: field.comment))
    }
    for oneof in syntax.oneofs where !fields.contains(where: { $0.oneof == oneof.name }) {
      throw failure(oneof.location, "oneof '\(oneof.name)' has no fields")
    }
    return MessageType(
      name: syntax.name, comment: syntax.comment, section: syntax.section, fields: fields,
      oneofs: syntax.oneofs.map { Oneof(name: $0.name, comment: $0.comment) })
  }

  private func check(
    _ field: FieldSyntax, against message: MessageSyntax
  ) throws(ProtoError) {
    guard (1...536_870_911).contains(field.number) else {
      throw failure(
        field.location,
        "number \(field.number) of '\(field.name)' is outside 1 to 536870911")
    }
    guard !(19_000...19_999).contains(field.number) else {
      throw failure(
        field.location,
        "number \(field.number) of '\(field.name)' belongs to protobuf itself (19000 to 19999)")
    }
    guard !message.reserved.contains(field.number), !message.reserved.names.contains(field.name)
    else {
      throw failure(
        field.location, "'\(field.name)' = \(field.number) is reserved in '\(message.name)'")
    }
  }

  /// A Swift struct cannot hold itself; it can hold an array of itself.
  private func checkFinite(_ messages: [MessageType]) throws(ProtoError) {
    func single(_ message: MessageType) -> [String] {
      message.fields.compactMap { field in
        guard case .message(let name) = field.kind, !field.isRepeated else { return nil }
        return name
      }
    }
    for syntax in file.messages {
      var reached: Set<String> = []
      var open = [syntax.name]
      while let name = open.popLast() {
        guard let message = messages.first(where: { $0.name == name }) else { continue }
        for next in single(message) where reached.insert(next).inserted { open.append(next) }
      }
      guard !reached.contains(syntax.name) else {
        throw failure(
          syntax.location,
          "message '\(syntax.name)' contains itself other than in a repeated field")
      }
    }
  }

  private func kind(of field: FieldSyntax) throws(ProtoError) -> Field.Kind {
    switch field.typeName {
    case "bool": return .bool
    case "int32": return .int32
    case "int64": return .int64
    case "uint32": return .uint32
    case "uint64": return .uint64
    case "string": return .string
    case "bytes": return .bytes
    case "float", "double", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64":
      throw failure(field.location, "type '\(field.typeName)' is not supported")
    default:
      if enumNames.contains(field.typeName) { return .enumeration(field.typeName) }
      if messageNames.contains(field.typeName) { return .message(field.typeName) }
      throw failure(
        field.location, "unknown type '\(field.typeName)' of field '\(field.name)'")
    }
  }

  // MARK: Methods

  private func resolveMethods() throws(ProtoError) -> [MethodType] {
    var methods: [MethodType] = []
    var names: Set<String> = []
    for service in file.services {
      for syntax in service.methods {
        guard names.insert("\(service.name)/\(syntax.name)").inserted else {
          throw failure(
            syntax.location, "'\(syntax.name)' is declared twice in service '\(service.name)'")
        }
        let method = try resolve(syntax, service: service.name)
        if let other = methods.first(where: { $0.number == method.number }) {
          throw failure(
            syntax.location,
            "method number of '\(method.name)' belongs to '\(other.service)/\(other.name)'")
        }
        methods.append(method)
      }
    }
    return methods
  }

  private func resolve(
    _ syntax: MethodSyntax, service: String
  ) throws(ProtoError) -> MethodType {
    var number: UInt16?
    var roles: [String] = []
    for option in syntax.options {
      try checkDeclared(option, for: "google.protobuf.MethodOptions")
      switch (option.name, option.value) {
      case ("method_number", .integer(let value)):
        guard (1...65_535).contains(value) else {
          throw failure(option.location, "method number \(value) is outside 1 to 65535")
        }
        number = UInt16(value)
      case ("allow", .word(let word)):
        try check(option, word, isValueOf: "Role")
        guard !roles.contains(word) else {
          throw failure(option.location, "role '\(word)' is allowed twice")
        }
        roles.append(word)
      default: throw failure(option.location, "wrong kind of value for option '\(option.name)'")
      }
    }
    guard let number else {
      throw failure(syntax.location, "method '\(syntax.name)' has no (method_number)")
    }
    guard !roles.isEmpty else {
      throw failure(syntax.location, "method '\(syntax.name)' allows no role")
    }
    for name in [syntax.request, syntax.response] where !messageNames.contains(name) {
      throw failure(syntax.location, "unknown message '\(name)' in method '\(syntax.name)'")
    }
    return MethodType(
      service: service, name: syntax.name, number: number, request: syntax.request,
      response: syntax.response, isServerStream: syntax.isServerStream, roles: roles,
      comment: syntax.comment)
  }
}
