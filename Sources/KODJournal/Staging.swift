/// The half of the journal that lives in memory: records get their headers here and wait for the
/// next write. Not generic and without I/O, so that staging a record costs a copy and two
/// checksums.
struct Staging: ~Copyable, Sendable {
  /// A place in the buffer where the next segment begins, with its header.
  struct Cut: Sendable {
    var offset: Int
    var firstSequence: UInt64
  }

  let identity: UInt128
  /// Size of segments to come; the current one may differ after a change of configuration.
  let newSegmentBytes: Int
  let maximumPayloadBytes: Int

  private(set) var buffer = StagingBuffer()
  private(set) var cuts: [Cut] = []
  private(set) var position: LogPosition
  private(set) var lastPayload: UInt64
  /// Bytes of records staged since the journal was opened.
  private(set) var recordBytes: UInt64 = 0
  var durableUpTo: UInt64

  /// The segment that the next record goes to, and what is left of it.
  private var segmentNumber: UInt64
  private var room: Int

  init(
    identity: UInt128, newSegmentBytes: Int, position: LogPosition, lastPayload: UInt64,
    segmentNumber: UInt64, room: Int
  ) {
    self.identity = identity
    self.newSegmentBytes = newSegmentBytes
    self.position = position
    self.lastPayload = lastPayload
    self.segmentNumber = segmentNumber
    self.room = room
    durableUpTo = position.sequence - 1
    maximumPayloadBytes = Staging.maximumPayloadBytes(segmentBytes: newSegmentBytes)
  }

  static func maximumPayloadBytes(segmentBytes: Int) -> Int {
    segmentBytes - SegmentHeader.byteCount - RecordHeader.byteCount
  }

  /// Bytes that still fit into the current segment.
  var roomBytes: Int { room }
  var stagedSequence: UInt64 { position.sequence - 1 }

  mutating func append(
    _ payload: UnsafeRawBufferPointer, kind: RecordKind
  ) throws(JournalError) -> UInt64 {
    guard payload.count <= maximumPayloadBytes else {
      throw .recordTooLarge(bytes: payload.count, maximumBytes: maximumPayloadBytes)
    }
    let padded = RecordHeader.paddedByteCount(payload.count)
    let byteCount = RecordHeader.byteCount + padded
    if byteCount > room { beginSegment() }

    let target = buffer.append(byteCount: byteCount)
    let body = UnsafeMutableRawBufferPointer(
      start: target + RecordHeader.byteCount, count: padded)
    if padded != payload.count {
      (target + byteCount - 8).storeBytes(of: 0, as: UInt64.self)
    }
    body.copyMemory(from: payload)

    let sequence = position.sequence
    let header = RecordHeader(
      payloadBytes: UInt32(truncatingIfNeeded: payload.count), epoch: position.epoch,
      sequence: sequence, durableUpTo: durableUpTo, kind: kind.rawValue, chain: position.chain,
      payloadChecksum: Checksum.crc32c(UnsafeRawBufferPointer(body)))
    position.chain = header.write(to: target)
    position.sequence = sequence + 1
    if kind == .payload { lastPayload = sequence }
    room -= byteCount
    recordBytes += UInt64(byteCount)
    return sequence
  }

  mutating func beginEpoch() {
    position.epoch += 1
  }

  /// The buffer is on disk and all of it durable.
  mutating func removeAll() {
    buffer.removeAll()
    cuts.removeAll(keepingCapacity: true)
    durableUpTo = stagedSequence
  }

  private mutating func beginSegment() {
    segmentNumber += 1
    cuts.append(Cut(offset: buffer.count, firstSequence: position.sequence))
    let header = SegmentHeader(
      chain: position.chain, identity: identity, number: segmentNumber,
      firstSequence: position.sequence, epoch: position.epoch,
      segmentBytes: UInt32(newSegmentBytes))
    header.write(to: buffer.append(byteCount: SegmentHeader.byteCount))
    room = newSegmentBytes - SegmentHeader.byteCount
  }
}
