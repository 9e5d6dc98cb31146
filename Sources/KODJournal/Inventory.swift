/// The files of a data directory before anything is believed about them.
struct Inventory {
  struct Segment {
    var number: UInt64
    var name: String
    var fileBytes: UInt64
    var reading: HeaderReading<SegmentHeader>

    var header: SegmentHeader? {
      if case .sound(let header) = reading { header } else { nil }
    }
  }

  /// Ascending by number.
  var segments: [Segment] = []
  /// Zero-filled or not: they are filled again before use.
  var spares: [UInt64] = []
  /// Sequences by name, ascending; nothing is said about the contents.
  var snapshots: [UInt64] = []
  /// Left by a snapshot that was not finished.
  var temporaries: [String] = []

  init<S: Storage>(_ storage: S) throws(JournalError) {
    for name in try storage.list(FileNames.logDirectory) {
      if let number = FileNames.number(in: name, suffix: FileNames.spareSuffix) {
        spares.append(number)
      } else if let number = FileNames.number(in: name, suffix: FileNames.segmentSuffix) {
        segments.append(try Inventory.segment(storage, number))
      }
    }
    for name in try storage.list(FileNames.snapshotDirectory) {
      if let sequence = FileNames.number(in: name, suffix: FileNames.snapshotSuffix) {
        snapshots.append(sequence)
      } else if name.hasSuffix(FileNames.temporarySuffix) {
        temporaries.append("\(FileNames.snapshotDirectory)/\(name)")
      }
    }
  }

  private static func segment<S: Storage>(
    _ storage: S, _ number: UInt64
  ) throws(JournalError) -> Segment {
    let name = FileNames.segment(number)
    let file = try storage.open(name, writable: false)
    defer { storage.close(file) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SegmentHeader.byteCount, alignment: 8)
    defer { buffer.deallocate() }
    let count = try storage.read(file, at: 0, into: buffer)
    let fileBytes = try storage.size(of: file)
    // A segment has its full size before it has its name, so no crash makes a short one.
    guard JournalConfiguration.isSegmentSize(fileBytes), count == buffer.count else {
      throw .damaged(file: name, offset: fileBytes, sequence: 0, .truncatedFile)
    }
    return Segment(
      number: number, name: name, fileBytes: fileBytes,
      reading: SegmentHeader.read(from: UnsafeRawBufferPointer(buffer)))
  }

  /// No log was ever begun here: no snapshot, and no segment but a first one that is not in use.
  var isUnused: Bool {
    snapshots.isEmpty && segments.allSatisfy { $0.number == 1 && $0.header == nil }
  }

  /// The segments to read when everything up to `sequence` is known: from the one that holds the
  /// next record to the last. Segments before it may have gaps, as they are given back one by one.
  func segments(after sequence: UInt64) throws(JournalError) -> [Segment] {
    let start = segments.lastIndex { segment in
      // A header under the wrong name is no guide; the scan will say what it is.
      segment.header.map { $0.number == segment.number && $0.firstSequence <= sequence + 1 }
        ?? false
    }
    guard let start else {
      if let unknown = segments.firstUnsupportedVersion { throw unknown }
      let first = segments.first
      throw .damaged(
        file: first?.name ?? FileNames.logDirectory, offset: 0, sequence: sequence + 1,
        first.map { $0.header == nil ? .segmentHeader : .missingSegment } ?? .missingSegment)
    }
    let needed = Array(segments[start...])
    for (before, after) in zip(needed, needed.dropFirst()) where after.number != before.number + 1 {
      throw .damaged(
        file: FileNames.segment(before.number + 1), offset: 0, sequence: sequence + 1,
        .missingSegment)
    }
    if let unknown = needed.firstUnsupportedVersion { throw unknown }
    return needed
  }
}

extension [Inventory.Segment] {
  fileprivate var firstUnsupportedVersion: JournalError? {
    for segment in self {
      if case .unsupportedVersion(let version) = segment.reading {
        return .unsupportedVersion(file: segment.name, version: version)
      }
    }
    return nil
  }
}
