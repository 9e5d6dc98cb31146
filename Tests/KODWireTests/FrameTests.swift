import KODWire
import Testing

@Suite struct `Frame header` {
  @Test func `stands in 16 bytes, most significant first`() {
    var writer = ByteWriter()
    let header = FrameHeader(
      payloadBytes: 0x0102_0304, type: .request, flags: 0x56, method: 0x0204, call: 0xA1A2_A3A4,
      timeoutMilliseconds: 0xB1B2_B3B4)
    header.encode(to: &writer)
    #expect(
      writer.bytes == [
        0x01, 0x02, 0x03, 0x04, 0x03, 0x56, 0x02, 0x04, 0xA1, 0xA2, 0xA3, 0xA4, 0xB1, 0xB2, 0xB3,
        0xB4,
      ])
    writer.withBytes { bytes in
      #expect(FrameHeader(decoding: bytes) == header)
    }
    #expect(header.frameType == .request)
  }
}

@Suite struct `Frame decoder` {
  /// Three frames: a message, nothing, raw bytes.
  private let stream: [UInt8] = {
    var writer = ByteWriter()
    writer.appendFrame(
      type: .request, call: 7, method: Method.Assisters.acceptOffer.number,
      timeoutMilliseconds: 2_500, payload: AcceptOfferRequest(offerId: 300))
    writer.appendFrame(type: .cancel, call: 7)
    writer.appendFrame(type: .ping, payloadBytes: [1, 2, 3, 4])
    return writer.bytes
  }()

  private let expected: [(FrameHeader, [UInt8])] = [
    (
      FrameHeader(
        payloadBytes: 3, type: .request, method: 0x0204, call: 7, timeoutMilliseconds: 2_500),
      [0x08, 0xAC, 0x02]
    ),
    (FrameHeader(payloadBytes: 0, type: .cancel, call: 7), []),
    (FrameHeader(payloadBytes: 4, type: .ping), [1, 2, 3, 4]),
  ]

  /// Receives the stream in the given pieces, taking every frame as soon as it is complete.
  private func frames(inPieces pieces: [ArraySlice<UInt8>]) -> [(FrameHeader, [UInt8])] {
    var held: [UInt8] = []
    var frames: [(FrameHeader, [UInt8])] = []
    for piece in pieces {
      held += piece
      while case .frame(let header) = FrameDecoder.next(
        in: held.span.bytes, maximumPayloadBytes: 64)
      {
        frames.append((header, Array(held[16..<header.frameBytes])))
        held.removeFirst(header.frameBytes)
      }
    }
    #expect(held.isEmpty)
    return frames
  }

  private func expectAll(_ frames: [(FrameHeader, [UInt8])]) {
    #expect(frames.map(\.0) == expected.map(\.0))
    #expect(frames.map(\.1) == expected.map(\.1))
  }

  @Test func `finds the same frames wherever the stream is split in two`() {
    for split in 0...stream.count {
      expectAll(frames(inPieces: [stream[..<split], stream[split...]]))
    }
  }

  @Test func `finds the same frames wherever the stream is split in three`() {
    for first in 0...stream.count {
      for second in first...stream.count {
        expectAll(
          frames(inPieces: [stream[..<first], stream[first..<second], stream[second...]]))
      }
    }
  }

  @Test func `finds the same frames one byte at a time`() {
    expectAll(frames(inPieces: stream.indices.map { stream[$0...$0] }))
  }

  @Test(arguments: [0, 1, 32, 4_096, 65_536])
  func `takes a payload of exactly the limit and refuses one byte more`(limit: Int) {
    var writer = ByteWriter()
    writer.appendFrame(type: .hello, payloadBytes: [UInt8](repeating: 9, count: limit))
    let exact = FrameHeader(payloadBytes: UInt32(limit), type: .hello)
    writer.withBytes { bytes in
      #expect(FrameDecoder.next(in: bytes, maximumPayloadBytes: limit) == .frame(exact))
      #expect(
        FrameDecoder.next(in: bytes, maximumPayloadBytes: limit - 1) == .tooLarge(exact))
    }
  }

  @Test func `judges the length by the header alone, before any payload is there`() {
    var writer = ByteWriter()
    let header = FrameHeader(payloadBytes: .max, type: .hello)
    header.encode(to: &writer)
    let bytes = writer.bytes
    #expect(
      FrameDecoder.next(in: bytes.span.bytes, maximumPayloadBytes: 65_536) == .tooLarge(header))
    #expect(
      FrameDecoder.next(in: bytes.span.bytes.extracting(first: 15), maximumPayloadBytes: 65_536)
        == .needMore)
  }

  @Test func `hands out frames of unknown type and with flags, for the session to answer`() {
    var writer = ByteWriter()
    let header = FrameHeader(
      payloadBytes: 0, type: FrameType(rawValue: 200), flags: 1, call: 5)
    header.encode(to: &writer)
    writer.withBytes { bytes in
      #expect(FrameDecoder.next(in: bytes, maximumPayloadBytes: 0) == .frame(header))
    }
    #expect(header.frameType.name == "200")
  }
}
