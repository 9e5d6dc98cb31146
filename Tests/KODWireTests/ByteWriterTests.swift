import Testing

@testable import KODWire

@Suite struct `Byte writer` {
  // `#expect` cannot look into a value that cannot be copied.
  private func expectEmpty(_ writer: borrowing ByteWriter) {
    let isEmpty = writer.isEmpty
    #expect(isEmpty)
  }

  @Test func `appends every kind of bytes in order, growing as it must`() {
    var writer = ByteWriter(minimumCapacity: 0)
    var expected: [UInt8] = []
    for round in 0..<20 as Range<UInt8> {
      writer.appendByte(round)
      writer.appendBigEndian(0x0102 as UInt16)
      writer.appendBigEndian(0x0304_0506 as UInt32)
      writer.appendBigEndian(0x0708_090A_0B0C_0D0E as UInt64)
      writer.append(contentsOf: [0xAA, round])
      writer.append(contentsOf: ([0xBB] as [UInt8]).span.bytes)
      writer.append(utf8: "é")
      writer.append(utf8: "")
      expected += [round] + (1...14) + [0xAA, round, 0xBB, 0xC3, 0xA9]
    }
    #expect(writer.bytes == expected)
    #expect(writer.count == expected.count)
    writer.withUnsafeBytes { #expect(Array($0) == expected) }
  }

  @Test func `is empty again for reuse`() {
    var writer = ByteWriter()
    writer.append(utf8: "first")
    writer.removeAll()
    expectEmpty(writer)
    #expect(writer.bytes == [])
    writer.append(utf8: "2")
    #expect(writer.bytes == [0x32])
    writer.removeAll(keepingCapacity: false)
    writer.append(utf8: "3")
    #expect(writer.bytes == [0x33])
  }

  @Test func `gives up its end or its beginning`() {
    var writer = ByteWriter()
    writer.append(contentsOf: [1, 2, 3, 4, 5, 6])
    writer.truncate(to: 5)
    #expect(writer.bytes == [1, 2, 3, 4, 5])
    writer.removeFirst(2)
    #expect(writer.bytes == [3, 4, 5])
    writer.removeFirst(0)
    writer.removeFirst(3)
    expectEmpty(writer)
  }

  @Test(
    arguments: [
      (0, [0x00]), (1, [0x01]), (127, [0x7F]), (128, [0x80, 0x01]), (300, [0xAC, 0x02]),
      (16_383, [0xFF, 0x7F]), (16_384, [0x80, 0x80, 0x01]),
      (UInt64.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ] as [(UInt64, [UInt8])])
  func `writes varints as short as they can be`(value: UInt64, bytes: [UInt8]) {
    var writer = ByteWriter()
    writer.appendVarint(value)
    #expect(writer.bytes == bytes)
    #expect(varintByteCount(value) == bytes.count)
  }

  @Test func `puts the payload's length into a frame's header`() {
    var writer = ByteWriter()
    writer.append(utf8: "before")
    let request = AcceptOfferRequest(offerId: 300)
    let length = writer.appendFrame(
      type: .request, call: 9, method: 0x0204, timeoutMilliseconds: 1_000, payload: request)
    #expect(length == 3)
    let frame: [UInt8] = [0, 0, 0, 3, 3, 0, 2, 4, 0, 0, 0, 9, 0, 0, 3, 0xE8, 0x08, 0xAC, 0x02]
    #expect(writer.bytes == Array("before".utf8) + frame)

    var raw = ByteWriter()
    raw.appendFrame(
      type: .request, call: 9, method: 0x0204, timeoutMilliseconds: 1_000,
      payloadBytes: request.encoded())
    #expect(raw.bytes == frame)
  }

  @Test func `tells the length of a payload past the limit, so that the frame can be taken back`() {
    var writer = ByteWriter()
    writer.appendFrame(type: .ping, payloadBytes: [1])
    let before = writer.count
    let length = writer.appendFrame(
      type: .response, call: 1,
      payload: Contact(notes: String(repeating: "n", count: FrameLimits.maximumPayloadBytes)))
    #expect(length > FrameLimits.maximumPayloadBytes)
    writer.truncate(to: before)
    #expect(writer.count == 17)
  }
}
