/// The half of opening that changes things, once everything has been read and found good.
extension JournalOpening {
  /// Repairs, tidies up and opens the files to write to. Files opened are added to `opened` so that
  /// the caller can close them should a later step fail.
  func prepare(
    _ findings: Findings, _ inventory: Inventory, _ opened: inout [StorageFile]
  ) throws(JournalError) -> Journal<S>.Parts {
    var parts = Journal<S>.Parts(
      identity: findings.identity, recovery: findings.report, position: findings.position)
    parts.lastPayload = findings.lastPayload
    parts.markedSequence = findings.markedSequence
    parts.snapshots = findings.soundSnapshots

    if let torn = findings.torn {
      parts.recovery.tornTail = try repair(torn, sequence: findings.position.sequence)
    }
    for sequence in findings.damagedSnapshots {
      let kept = FileNames.damagedSnapshot(sequence)
      try storage.rename(FileNames.snapshot(sequence), to: kept, replacing: true)
      parts.recovery.damagedSnapshots.append(kept)
    }
    for name in inventory.temporaries { try storage.remove(name) }
    if !findings.damagedSnapshots.isEmpty || !inventory.temporaries.isEmpty {
      try storage.synchronizeDirectory(FileNames.snapshotDirectory)
    }
    try openSegments(findings, inventory, &parts, &opened)
    try takeSpares(inventory, &parts)
    return parts
  }

  /// Keeps a durable copy of the torn bytes, then zeros them durably.
  private func repair(
    _ torn: (segment: UInt64, offset: Int, bytes: [UInt8]), sequence: UInt64
  ) throws(JournalError) -> RecoveryReport.TornTail {
    let copy = try keepCopy(of: torn)
    let name = FileNames.segment(torn.segment)
    let file = try storage.open(name, writable: true)
    defer { storage.close(file) }
    try storage.writeZeros(file, torn.offset..<torn.offset + torn.bytes.count)
    return RecoveryReport.TornTail(
      file: name, offset: UInt64(torn.offset), byteCount: torn.bytes.count, sequence: sequence,
      copy: copy)
  }

  private func keepCopy(
    of torn: (segment: UInt64, offset: Int, bytes: [UInt8])
  ) throws(JournalError) -> String {
    let existing = try storage.list(FileNames.tornDirectory)
    var attempt = 1
    var name = FileNames.torn(segment: torn.segment, offset: UInt64(torn.offset), attempt: attempt)
    while existing.contains(where: { "\(FileNames.tornDirectory)/\($0)" == name }) {
      attempt += 1
      name = FileNames.torn(segment: torn.segment, offset: UInt64(torn.offset), attempt: attempt)
    }
    let file = try storage.create(name)
    defer { storage.close(file) }
    let result = torn.bytes.withUnsafeBytes { bytes -> Result<Void, JournalError> in
      do throws(JournalError) {
        return .success(try storage.write(file, at: 0, bytes))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
    try storage.synchronize(file)
    try storage.synchronizeDirectory(FileNames.tornDirectory)
    return name
  }

  /// Opens the segment to write to and takes the blank one after it as the next; other blank ones
  /// go.
  private func openSegments(
    _ findings: Findings, _ inventory: Inventory, _ parts: inout Journal<S>.Parts,
    _ opened: inout [StorageFile]
  ) throws(JournalError) {
    var removedAny = false
    let last = findings.lastSegment ?? 0
    for segment in inventory.segments {
      if segment.number <= last {
        parts.segments.append(
          Journal<S>.Segment(
            number: segment.number, firstSequence: segment.header?.firstSequence,
            byteCount: Int(segment.fileBytes)))
      } else if segment.number == last + 1, segment.fileBytes == UInt64(configuration.segmentBytes)
      {
        let file = try storage.open(segment.name, writable: true)
        opened.append(file)
        parts.prepared = file
      } else {
        try storage.remove(segment.name)
        removedAny = true
      }
    }
    if removedAny { try storage.synchronizeDirectory(FileNames.logDirectory) }
    guard let segment = parts.segments.last else { return }
    let file = try storage.open(FileNames.segment(segment.number), writable: true)
    opened.append(file)
    parts.active = Journal<S>.Active(file: file, offset: UInt64(findings.offset))
    parts.room = segment.byteCount - findings.offset
  }

  /// Spares of the right size are kept for reuse; whatever they hold is zeroed before that.
  private func takeSpares(
    _ inventory: Inventory, _ parts: inout Journal<S>.Parts
  ) throws(JournalError) {
    for number in inventory.spares {
      let name = FileNames.spare(number)
      parts.nextSpare = max(parts.nextSpare, number + 1)
      let file = try storage.open(name, writable: false)
      let size: UInt64
      do throws(JournalError) {
        size = try storage.size(of: file)
      } catch {
        storage.close(file)
        throw error
      }
      storage.close(file)
      if size == UInt64(configuration.segmentBytes),
        parts.spares.count < configuration.maximumSpares
      {
        parts.spares.append(name)
      } else {
        try storage.remove(name)
      }
    }
  }
}
