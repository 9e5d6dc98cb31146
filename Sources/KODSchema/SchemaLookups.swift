package extension Schema {
  /// The method of a name such as `Assisters/AcceptOffer`.
  func method(named path: String) -> MethodType? { methods.first { $0.path == path } }

  /// The method of the number that stands in a REQUEST.
  func method(numbered number: UInt16) -> MethodType? { methods.first { $0.number == number } }
}

package extension MethodType {
  /// `Assisters/AcceptOffer`.
  var path: String { "\(service)/\(name)" }
}

package extension EnumType {
  func value(named name: String) -> EnumValue? { values.first { $0.name == name } }

  func value(numbered number: Int32) -> EnumValue? { values.first { $0.number == number } }
}

package extension MessageType {
  func field(named name: String) -> Field? { fields.first { $0.name == name } }

  func field(numbered number: UInt32) -> Field? { fields.first { $0.number == number } }
}
