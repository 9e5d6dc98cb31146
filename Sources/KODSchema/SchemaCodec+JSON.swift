package import KODJSON

// MARK: - To JSON

extension SchemaCodec {
  /// A value in protobuf's JSON mapping.
  package func json(_ value: MessageValue, as message: String, defaults: Bool) -> JSON {
    var members: [JSON.Member] = []
    for field in messages[message]?.fields ?? [] {
      if let value = value.fields[field.number] {
        members.append(
          JSON.Member(key: field.name, value: json(value, field, defaults: defaults)))
      } else if defaults, field.oneof == nil, let value = defaultJSON(field) {
        members.append(JSON.Member(key: field.name, value: value))
      }
    }
    return .object(members)
  }

  private func json(_ value: FieldValue, _ field: Field, defaults: Bool) -> JSON {
    switch value {
    case .list(let values): .array(values.map { json($0, field, defaults: defaults) })
    case .string(let text): .string(text)
    case .bytes(let bytes): .string(Base64.text(bytes))
    case .message(let inner):
      if case .message(let name) = field.kind {
        json(inner, as: name, defaults: defaults)
      } else {
        .object([])
      }
    case .number(let bits): json(bits, field.kind)
    }
  }

  private func json(_ bits: UInt64, _ kind: Field.Kind) -> JSON {
    switch kind {
    case .bool: return .bool(bits != 0)
    case .uint64: return .string(String(bits))
    case .int64: return .string(String(Int64(bitPattern: bits)))
    case .enumeration(let name):
      let number = Int64(bitPattern: bits)
      let value = enums[name]?.values.first { Int64($0.number) == number }
      return value.map { .string($0.name) } ?? .integer(number)
    default: return .integer(Int64(bitPattern: bits))
    }
  }

  /// Nil for a message: absent is not the same as empty.
  private func defaultJSON(_ field: Field) -> JSON? {
    if field.isRepeated { return .array([]) }
    switch field.kind {
    case .message: return nil
    case .string, .bytes: return .string("")
    default: return json(0, field.kind)
    }
  }
}

// MARK: - From JSON

extension SchemaCodec {
  /// The value that an object stands for.
  package func value(
    _ json: JSON, as message: String
  ) throws(SchemaCodecError) -> MessageValue {
    try value(json, as: message, path: "", depth: 1)
  }

  private func value(
    _ json: JSON, as message: String, path: String, depth: Int
  ) throws(SchemaCodecError) -> MessageValue {
    let table = try table(message)
    guard depth <= Self.maximumDepth else {
      throw refusal(path, "messages nest deeper than \(Self.maximumDepth)")
    }
    guard case .object(let members) = json else { throw refusal(path, "must be an object") }
    var result = MessageValue()
    var seen: Set<String> = []
    for member in members {
      let fieldPath = path.isEmpty ? member.key : "\(path).\(member.key)"
      guard let field = table.byName[member.key] else {
        throw refusal(fieldPath, "\(message) has no such field")
      }
      guard seen.insert(member.key).inserted else { throw refusal(fieldPath, "comes twice") }
      if member.value == .null { continue }
      for rival in table.rivals(of: field) where result.fields[rival.number] != nil {
        throw refusal(fieldPath, "'\(rival.name)' is set already, and only one of them can be")
      }
      let value = try value(member.value, field, fieldPath, depth)
      if field.oneof != nil || !value.isDefault { result.fields[field.number] = value }
    }
    return result
  }

  private func value(
    _ json: JSON, _ field: Field, _ path: String, _ depth: Int
  ) throws(SchemaCodecError) -> FieldValue {
    guard field.isRepeated else { return try single(json, field.kind, path, depth) }
    guard case .array(let elements) = json else { throw refusal(path, "must be an array") }
    var values: [FieldValue] = []
    for (index, element) in elements.enumerated() {
      values.append(try single(element, field.kind, "\(path)[\(index)]", depth))
    }
    return .list(values)
  }

  private func single(
    _ json: JSON, _ kind: Field.Kind, _ path: String, _ depth: Int
  ) throws(SchemaCodecError) -> FieldValue {
    switch kind {
    case .bool:
      guard case .bool(let value) = json else { throw refusal(path, "must be true or false") }
      return .number(value ? 1 : 0)
    case .int32: return .number(try integer(json, Int32.self, path))
    case .int64: return .number(try integer(json, Int64.self, path))
    case .uint32: return .number(try integer(json, UInt32.self, path))
    case .uint64: return .number(try integer(json, UInt64.self, path))
    case .enumeration(let name): return .number(try enumeration(json, name, path))
    case .string:
      guard case .string(let text) = json else { throw refusal(path, "must be a text") }
      return .string(text)
    case .bytes:
      guard case .string(let text) = json, let bytes = Base64.bytes(text) else {
        throw refusal(path, "must be bytes in base64")
      }
      return .bytes(bytes)
    case .message(let name):
      return .message(try value(json, as: name, path: path, depth: depth + 1))
    }
  }

  /// From a number, or a text as `String(_:)` writes it.
  private func integer<Value: FixedWidthInteger>(
    _ json: JSON, _: Value.Type, _ path: String
  ) throws(SchemaCodecError) -> UInt64 {
    let value: Value? =
      switch json {
      case .integer(let number): Value(exactly: number)
      case .unsigned(let number): Value(exactly: number)
      case .number(let number): Value(exactly: number)
      case .string(let text): Value(text).flatMap { String($0) == text ? $0 : nil }
      default: nil
      }
    guard let value else {
      throw refusal(path, "must be a whole number from \(Value.min) to \(Value.max)")
    }
    return UInt64(truncatingIfNeeded: value)
  }

  private func enumeration(
    _ json: JSON, _ name: String, _ path: String
  ) throws(SchemaCodecError) -> UInt64 {
    guard case .string(let text) = json else {
      guard let bits = try? integer(json, Int32.self, path) else {
        throw refusal(path, "must be a value of \(name), by name or number")
      }
      return bits
    }
    guard let value = enums[name]?.value(named: text) else {
      throw refusal(path, "\(name) has no value '\(text)'")
    }
    return UInt64(bitPattern: Int64(value.number))
  }

  private func refusal(_ path: String, _ message: String) -> SchemaCodecError {
    SchemaCodecError(path: path, offset: nil, message: message)
  }
}
