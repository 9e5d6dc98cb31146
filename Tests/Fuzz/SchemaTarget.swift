import KODWire

@testable import KODJSON
@testable import KODSchema

// The text parsers: of proto files, of JSON, and of messages written as JSON.
//
// Input: which of the three; for a message two bytes that choose it; then the text.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(data, count)
  switch input.byte() % 3 {
  case 0: proto(String(decoding: input.rest(), as: UTF8.self))
  case 1: json(input.rest())
  default:
    let entry = Catalogue.shared.entry(for: input.word())
    message(input.rest(), entry)
  }
  return 0
}

private func proto(_ text: String) {
  // Whatever it is, it is a schema or an error, and the same one each time.
  let first = Result { try Schema(text: text, path: "fuzz") }
  let second = Result { try Schema(text: text, path: "fuzz") }
  switch (first, second) {
  case (.success(let first), .success(let second)): require(first == second, "two schemas")
  case (.failure(let first), .failure(let second)):
    require("\(first)" == "\(second)", "two errors: \(first), \(second)")
  default: violated("a schema at one time only")
  }
}

private func json(_ bytes: [UInt8]) {
  guard let value = try? JSON(parsing: bytes) else { return }
  for text in [value.line, value.indented] {
    require((try? JSON(parsing: Array(text.utf8))) == value, "JSON came back otherwise: \(text)")
  }
}

private func message(_ bytes: [UInt8], _ entry: Catalogue.Entry) {
  let codec = Catalogue.shared.codec
  guard let value = try? JSON(parsing: bytes),
    let payload = try? codec.encode(value, as: entry.name)
  else { return }
  entry.type.judge(payload, name: entry.name)
  guard let again = try? codec.decode(payload, as: entry.name) else {
    violated("\(entry.name): what was made of JSON does not decode")
  }
  require(
    (try? codec.encode(again, as: entry.name)) == payload, "\(entry.name): JSON loses something")
}

extension WireMessage {
  /// The generated code takes what the schema's codec wrote, and writes the same.
  fileprivate static func judge(_ payload: [UInt8], name: String) {
    require((try? Self(decoding: payload))?.encoded() == payload, "\(name): another encoding")
  }
}
