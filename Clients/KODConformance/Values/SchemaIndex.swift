import KODSchema

/// The schema by name, and what the types of frames carry.
struct SchemaIndex: Sendable {
  let schema: Schema
  private let messages: [String: [String: Field]]
  private let enums: [String: EnumType]
  private let methodsByName: [String: MethodType]
  private let methodsByNumber: [UInt16: MethodType]

  init(_ schema: Schema) {
    self.schema = schema
    messages = Dictionary(
      schema.messages.map { message in
        (
          message.name,
          Dictionary(message.fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        )
      }, uniquingKeysWith: { first, _ in first })
    enums = Dictionary(schema.enums.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    methodsByName = Dictionary(
      schema.methods.map { ("\($0.service)/\($0.name)", $0) },
      uniquingKeysWith: { first, _ in first })
    methodsByNumber = Dictionary(
      schema.methods.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The fields of a message by name; nil when there is no such message.
  func fields(of message: String) -> [String: Field]? { messages[message] }

  func method(_ name: String) -> MethodType? { methodsByName[name] }
  func method(_ number: UInt16) -> MethodType? { methodsByNumber[number] }

  func number(_ name: String, of type: String) -> Int32? {
    enums[type]?.values.first { $0.name == name }?.number
  }

  func name(_ number: Int32, of type: String) -> String? {
    enums[type]?.values.first { $0.number == number }?.name
  }

  /// The code that always comes with a reason; nil: the schema does not say.
  func code(ofReason reason: String) -> String? {
    enums["Reason"]?.values.first { $0.name == reason }?.code
  }

  /// `HELLO`, or the number of a type that the schema does not know.
  func frameTypeName(_ type: UInt8) -> String {
    name(Int32(type), of: "FrameType") ?? String(type)
  }

  /// The message that a frame of this type carries. Nil: none, or none that is known.
  func message(in type: UInt8, method: MethodType?) -> String? {
    switch frameTypeName(type) {
    case "HELLO": "Hello"
    case "WELCOME": "Welcome"
    case "STATUS": "Status"
    case "GOING_AWAY": "GoingAway"
    case "REQUEST": method?.request
    case "RESPONSE", "ITEM": method?.response
    default: nil
    }
  }
}
