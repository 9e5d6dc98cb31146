/// Reads the log from a segment on, record by record, and decides where it ends. Changes nothing.
struct LogScan<S: Storage> {
  let storage: S
  /// Consecutive; the first has a sound header.
  let segments: [Inventory.Segment]
  let identity: UInt128
  /// A position known from a snapshot: the log must pass through it.
  let anchor: LogPosition?
  /// Records up to here were durable, by the name of a snapshot.
  let durableMark: UInt64
  let settling: Bool

  /// Where the log ends and in which shape.
  struct End {
    var position: LogPosition
    /// Index into `segments`, and the offset at which the next record goes.
    var segment: Int
    var offset: Int
    var torn: Torn?
    /// Highest mark and highest sequence of a caller's record seen.
    var markedSequence: UInt64 = 0
    var lastPayload: UInt64 = 0
  }

  /// Bytes of a write that was cut short.
  struct Torn {
    var segment: Int
    var offset: Int
    var bytes: [UInt8]
  }

  struct Visit {
    var record: SegmentImage.Record
    var file: String
    var offset: UInt64
  }

  func run(
    progress: (UInt64) -> Void, visit: (Visit, RawSpan) throws(JournalError) -> Void
  ) throws(JournalError) -> End {
    var end = try start()
    var image = try load(end.segment)
    var bytesBefore: UInt64 = 0
    var reported = 0
    while true {
      try check(anchor, against: end, in: image)
      let found = image.place(at: end.offset, expecting: end.position)
      let decision = try RecoveryDecision.decide(
        found.place,
        marked: isMarked(end, image), later: later(than: end))
      switch decision {
      case .replay:
        guard case .record(let record) = found else { preconditionFailure("decided on a record") }
        let payload = UnsafeRawBufferPointer(rebasing: image.bytes[record.payload])
        let place = Visit(record: record, file: image.name, offset: UInt64(end.offset))
        try visit(place, payload.bytes)
        end.advance(past: record)
        if end.offset - reported >= 1 << 20 {
          reported = end.offset
          progress(bytesBefore + UInt64(reported))
        }
      case .nextSegment:
        bytesBefore += UInt64(image.byteCount)
        progress(bytesBefore)
        reported = 0
        end.segment += 1
        end.offset = SegmentHeader.byteCount
        image = try load(end.segment)
      case .finish:
        return end
      case .repairHere:
        end.torn = torn(image, end.segment, from: end.offset)
        return end
      case .repairNextSegment:
        end.torn = torn(try load(end.segment + 1), end.segment + 1, from: 0)
        return end
      case .refuse:
        throw try refusal(end, image, found.damage)
      }
    }
  }

  private func start() throws(JournalError) -> End {
    guard let first = segments.first, let header = first.header else {
      preconditionFailure("a scan starts at a segment with a sound header")
    }
    if let damage = fault(of: first, header) {
      throw .damaged(file: first.name, offset: 0, sequence: header.firstSequence, damage)
    }
    let position = LogPosition(
      sequence: header.firstSequence, epoch: header.epoch, chain: header.chain)
    return End(position: position, segment: 0, offset: SegmentHeader.byteCount)
  }

  private func load(_ index: Int) throws(JournalError) -> SegmentImage {
    let segment = segments[index]
    return try SegmentImage(
      storage, name: segment.name, number: segment.number, settling: settling)
  }

  /// What a header that is readable gets wrong about its own file.
  private func fault(of segment: Inventory.Segment, _ header: SegmentHeader) -> Damage? {
    if header.identity != identity { return .foreignIdentity }
    if header.number != segment.number { return .segmentOrder }
    if UInt64(header.segmentBytes) != segment.fileBytes { return .truncatedFile }
    return nil
  }

  private func check(
    _ anchor: LogPosition?, against end: End, in image: SegmentImage
  ) throws(JournalError) {
    guard let anchor, anchor.sequence == end.position.sequence,
      anchor.chain != end.position.chain
    else { return }
    throw .damaged(
      file: image.name, offset: UInt64(end.offset), sequence: anchor.sequence, .chain)
  }

  private func later(than end: End) throws(JournalError) -> RecoveryDecision.Later {
    let rest = segments[(end.segment + 1)...]
    guard let next = rest.first else { return .nothing }
    if let header = next.header {
      let follows =
        fault(of: next, header) == nil && header.firstSequence == end.position.sequence
        && header.chain == end.position.chain && header.epoch >= end.position.epoch
      return follows ? .continues : .contradicts
    }
    for index in rest.indices.dropFirst() {
      guard try load(index).isBlank(from: 0) else { return .contradicts }
    }
    return try load(end.segment + 1).isBlank(from: 0) ? .nothing : .unreadable
  }

  private func isMarked(_ end: End, _ image: SegmentImage) throws(JournalError) -> Bool {
    let sequence = end.position.sequence
    if durableMark >= sequence || image.marks(sequence, from: end.offset) { return true }
    for index in segments.indices.dropFirst(end.segment + 1) {
      if try load(index).marks(sequence, from: 0) { return true }
    }
    return false
  }

  private func torn(_ image: SegmentImage, _ segment: Int, from offset: Int) -> Torn {
    Torn(segment: segment, offset: offset, bytes: Array(image.bytes[image.tornRange(from: offset)]))
  }

  /// Names the place of the damage: here, or the next segment when this one ends as it should.
  private func refusal(
    _ end: End, _ image: SegmentImage, _ damage: Damage
  ) throws(JournalError) -> JournalError {
    let sequence = end.position.sequence
    if damage == .missingRecord, end.segment + 1 < segments.count, try later(than: end) != .nothing
    {
      let next = segments[end.segment + 1]
      let why = next.header.map { fault(of: next, $0) ?? .segmentOrder } ?? .segmentHeader
      return .damaged(file: next.name, offset: 0, sequence: sequence, why)
    }
    return .damaged(
      file: image.name, offset: UInt64(end.offset), sequence: sequence, damage)
  }
}

extension LogScan.End {
  fileprivate mutating func advance(past record: SegmentImage.Record) {
    position.sequence += 1
    position.epoch = record.header.epoch
    position.chain = record.checksum
    offset = record.end
    markedSequence = max(markedSequence, record.header.durableUpTo)
    if record.kind == .payload { lastPayload = record.header.sequence }
  }
}
