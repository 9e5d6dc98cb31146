import KODWire

@testable import KODSchema

// Every message of kod.proto, decoded from any bytes, against the schema's own codec, which shares no
// code with the generated one.
//
// Input: two bytes choose the message (see `Catalogue`), the rest is its payload.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(data, count)
  let entry = Catalogue.shared.entry(for: input.word())
  entry.type.judge(input.rest(), by: entry)
  return 0
}

extension WireMessage {
  fileprivate static func judge(_ payload: [UInt8], by entry: Catalogue.Entry) {
    var result: Result<Self, WireError> = .failure(WireError(.truncated, at: -1))
    let peak = AllocationMeter.peakBytes {
      do throws(WireError) { result = .success(try Self(decoding: payload)) } catch {
        result = .failure(error)
      }
    }
    let bound = WireMemory.bound(payloadBytes: payload.count, isRequest: entry.isRequest)
    require(
      peak <= bound,
      "\(entry.name): \(peak) bytes of memory for \(payload.count); \(bound) are promised")
    let codec = Catalogue.shared.codec
    let expected = try? codec.value(decoding: payload, as: entry.name)
    switch result {
    case .success(let message):
      guard let expected else { violated("\(entry.name) was taken, but does not decode") }
      let canonical = message.encoded()
      require(
        canonical == codec.encode(expected, as: entry.name),
        "\(entry.name): \(message) is not what the bytes say")
      message.checkRoundTrip(canonical, payload, entry)
    case .failure(let error):
      require(expected == nil, "\(entry.name) was refused: \(error)")
      require(
        (0...payload.count).contains(error.offset), "\(error) is outside of \(payload.count) bytes")
    }
  }

  /// What was taken stands as it is: encoded and decoded again it is the same message, in one form.
  private func checkRoundTrip(
    _ canonical: [UInt8], _ payload: [UInt8], _ entry: Catalogue.Entry
  ) {
    guard let again = try? Self(decoding: canonical) else {
      violated("\(entry.name): its own encoding does not decode")
    }
    require(again == self, "\(entry.name): \(self) came back as \(again)")
    require(again.encoded() == canonical, "\(entry.name): two encodings of one message")
    // A negative number may come in five bytes and takes ten; nothing grows more than that.
    require(
      canonical.count <= 2 * payload.count,
      "\(entry.name): \(canonical.count) bytes from \(payload.count)")
    // A field of a later version changes nothing.
    let unknown: [UInt8] = [0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x01]
    require(
      (try? Self(decoding: unknown + payload)) == self,
      "\(entry.name): an unknown field makes a difference")
  }
}
