import KODWire

// Bytes of a connection, in pieces, through FrameDecoder as IOLoop and ClientSession use it, against
// a reader that has everything at once and knows only what Protocol/README.md says.
//
// Input: longest payload, plan of the pieces, then the bytes of the stream.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(data, count)
  let maximum = [65_536, 4_096, 256, 32, 0].chosen(by: input.byte())
  let pieces = Pieces(plan: input.byte())
  let stream = input.rest()
  let found = read(stream, pieces, maximumPayloadBytes: maximum)
  let expected = PlainFrameReader.read(stream, maximumPayloadBytes: maximum)
  require(found == expected, "frames differ:\n\(found)\n\(expected)")
  return 0
}

/// What a stream of bytes means.
struct Reading: Equatable {
  struct Frame: Equatable {
    var type: UInt8
    var flags: UInt8
    var method: UInt16
    var call: UInt32
    var timeout: UInt32
    var payload: [UInt8]
  }

  var frames: [Frame] = []
  /// How many bytes had come when a frame was found to be too large; nil: none was.
  var tooLargeAt: Int?
  /// Bytes that wait for the rest of their frame.
  var heldBytes = 0
}

/// As IOLoop does it: whole frames are read in place, the start of one is kept.
private func read(
  _ stream: [UInt8], _ plan: Pieces, maximumPayloadBytes: Int
) -> Reading {
  var plan = plan
  var reading = Reading()
  var held: [UInt8] = []
  var arrived = 0
  while arrived < stream.count {
    // Judged as soon as the header is there: a reader never waits for more than it would take.
    let piece = plan.next(of: stream.count - arrived)
    held += stream[arrived..<arrived + piece]
    arrived += piece
    var start = 0
    reading: while true {
      let rest = held.span.bytes.extracting(start..<held.count)
      switch FrameDecoder.next(in: rest, maximumPayloadBytes: maximumPayloadBytes) {
      case .needMore: break reading
      case .tooLarge:
        reading.tooLargeAt = arrived - (held.count - start)
        return reading
      case .frame(let header):
        require(header.frameBytes <= rest.byteCount, "a frame longer than what has come")
        checkRoundTrip(header, of: rest)
        let payload = rest.extracting(FrameHeader.byteCount..<header.frameBytes)
        reading.frames.append(
          Reading.Frame(
            type: header.type, flags: header.flags, method: header.method, call: header.call,
            timeout: header.timeoutMilliseconds,
            payload: payload.withUnsafeBytes { Array($0) }))
        start += header.frameBytes
      }
    }
    held.removeFirst(start)
    require(
      held.count < FrameHeader.byteCount + maximumPayloadBytes,
      "\(held.count) bytes are held for a frame of at most \(maximumPayloadBytes)")
  }
  reading.heldBytes = held.count
  return reading
}

/// Encoding what was decoded gives the bytes that were there.
private func checkRoundTrip(_ header: FrameHeader, of bytes: RawSpan) {
  var writer = ByteWriter()
  header.encode(to: &writer)
  let frame = bytes.withUnsafeBytes { Array($0[..<header.frameBytes]) }
  require(writer.bytes == Array(frame[..<FrameHeader.byteCount]), "another header: \(header)")
  guard header.flags == 0 else { return }
  writer.removeAll()
  writer.appendFrame(
    type: header.frameType, call: header.call, method: header.method,
    timeoutMilliseconds: header.timeoutMilliseconds,
    payloadBytes: Array(frame[FrameHeader.byteCount...]))
  require(writer.bytes == frame, "another frame: \(header)")
}

/// The specification, word for word, over all bytes at once.
private enum PlainFrameReader {
  static func read(_ bytes: [UInt8], maximumPayloadBytes: Int) -> Reading {
    var reading = Reading()
    var start = 0
    while bytes.count - start >= 16 {
      let length = number(bytes, start, 4)
      if length > maximumPayloadBytes {
        reading.tooLargeAt = start
        return reading
      }
      guard bytes.count - start - 16 >= length else { break }
      reading.frames.append(
        Reading.Frame(
          type: bytes[start + 4], flags: bytes[start + 5],
          method: UInt16(number(bytes, start + 6, 2)), call: UInt32(number(bytes, start + 8, 4)),
          timeout: UInt32(number(bytes, start + 12, 4)),
          payload: Array(bytes[start + 16..<start + 16 + length])))
      start += 16 + length
    }
    reading.heldBytes = bytes.count - start
    return reading
  }

  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
    bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
  }
}
