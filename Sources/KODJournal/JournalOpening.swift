/// The steps of opening: everything is read and judged before anything is changed.
struct JournalOpening<S: Storage> {
  let storage: S
  let configuration: JournalConfiguration

  /// What reading came to, and what is to be done about it.
  struct Findings {
    var identity: UInt128
    var position: LogPosition
    var report = RecoveryReport()
    /// Sequences of snapshots, sound and not.
    var soundSnapshots: [UInt64] = []
    var damagedSnapshots: [UInt64] = []
    /// Number of the segment the log ends in, nil before the first record, and the offset there.
    var lastSegment: UInt64?
    var offset = 0
    var lastPayload: UInt64 = 0
    var markedSequence: UInt64 = 0
    /// The torn write: number of its segment, offset and bytes.
    var torn: (segment: UInt64, offset: Int, bytes: [UInt8])?
  }

  /// Makes the layout, and makes durable what a killed process created or renamed but did not get
  /// to sync: what is seen now must still be there after the next crash.
  func settleDirectories() throws(JournalError) {
    let directories = [
      FileNames.logDirectory, FileNames.snapshotDirectory, FileNames.tornDirectory,
    ]
    for directory in directories { try storage.createDirectory(directory) }
    try storage.synchronizeDirectory("")
    for directory in directories { try storage.synchronizeDirectory(directory) }
  }

  /// A directory without a log: new, or its creation was cut short.
  func examineUnused(_ inventory: Inventory) throws(JournalError) -> Findings {
    let identity = configuration.newIdentity
    let position = LogPosition(
      sequence: 1, epoch: 0, chain: Checksum.crc32c(of: identity))
    var findings = Findings(identity: identity, position: position)
    findings.report.isNew = true
    guard let first = inventory.segments.first else { return findings }
    if case .unsupportedVersion(let version) = first.reading {
      throw .unsupportedVersion(file: first.name, version: version)
    }
    let image = try SegmentImage(
      storage, name: first.name, number: first.number, settling: true)
    let decision = try RecoveryDecision.decide(
      image.isBlank(from: 0) ? .blank : .unreadable, marked: image.marks(1, from: 0),
      later: .nothing)
    if decision == .refuse {
      throw .damaged(file: first.name, offset: 0, sequence: 1, .segmentHeader)
    }
    if decision == .repairHere {
      findings.torn = (first.number, 0, Array(image.bytes[image.tornRange(from: 0)]))
    }
    return findings
  }

  /// Hands over the newest sound snapshot and the log after it.
  func read(
    _ inventory: Inventory, progress: (RecoveryProgress) -> Void,
    replay: (Recovered, RawSpan) throws -> Void
  ) throws(JournalError) -> Findings {
    let (snapshot, damaged) = try loadSnapshot(inventory)
    let base = snapshot?.header.sequence ?? 0
    let segments = try inventory.segments(after: base)
    let snapshotBytes = snapshot?.header.fileByteCount ?? 0
    let total = segments.reduce(snapshotBytes) { $0 + $1.fileBytes }
    if let snapshot {
      try handOver(
        .snapshot(sequence: base), snapshot.bytes.bytes, FileNames.snapshot(base), 0, base, replay)
      progress(RecoveryProgress(bytesDone: snapshotBytes, bytesTotal: total))
    }

    let anchor = snapshot.map {
      LogPosition(sequence: base + 1, epoch: $0.header.epoch, chain: $0.header.chain)
    }
    let identity = snapshot?.header.identity ?? segments.first?.header?.identity
    guard let identity else { preconditionFailure("the log starts with a sound header") }
    let scan = LogScan(
      storage: storage, segments: segments, identity: identity, anchor: anchor,
      durableMark: inventory.snapshots.last ?? 0, settling: true)

    var report = RecoveryReport()
    let end = try scan.run(
      progress: { bytes in
        progress(RecoveryProgress(bytesDone: snapshotBytes + bytes, bytesTotal: total))
      },
      visit: { (visit, payload) throws(JournalError) in
        let sequence = visit.record.header.sequence
        guard sequence > base else { return }
        report.bytesReplayed += UInt64(visit.record.end) - visit.offset
        guard visit.record.kind == .payload else { return }
        report.recordsReplayed += 1
        try handOver(
          .record(sequence: sequence), payload, visit.file, visit.offset, sequence, replay)
      })
    progress(RecoveryProgress(bytesDone: total, bytesTotal: total))
    return findings(
      end, segments, identity: identity, report, snapshot?.header.sequence, damaged, inventory)
  }

  private func findings(
    _ end: LogScan<S>.End, _ segments: [Inventory.Segment], identity: UInt128,
    _ report: RecoveryReport, _ base: UInt64?, _ damaged: [UInt64], _ inventory: Inventory
  ) -> Findings {
    var findings = Findings(identity: identity, position: end.position, report: report)
    findings.report.snapshotSequence = base
    // Older snapshots were not read; they are taken at their word until they are needed.
    findings.soundSnapshots = inventory.snapshots.filter { !damaged.contains($0) }
    findings.damagedSnapshots = damaged
    findings.lastSegment = segments[end.segment].number
    findings.offset = end.offset
    findings.lastPayload = end.lastPayload
    findings.markedSequence = end.markedSequence
    findings.torn = end.torn.map { (segments[$0.segment].number, $0.offset, $0.bytes) }
    return findings
  }

  /// The newest snapshot that is sound, and those before it in age that are not.
  private func loadSnapshot(
    _ inventory: Inventory
  ) throws(JournalError) -> (SnapshotFile.State?, damaged: [UInt64]) {
    var damaged: [UInt64] = []
    for sequence in inventory.snapshots.reversed() {
      do throws(JournalError) {
        return (try SnapshotFile.load(storage, sequence: sequence), damaged)
      } catch {
        guard case .damaged = error else { throw error }
        damaged.append(sequence)
      }
    }
    return (nil, damaged)
  }

  private func handOver(
    _ recovered: Recovered, _ bytes: RawSpan, _ file: String, _ offset: UInt64, _ sequence: UInt64,
    _ replay: (Recovered, RawSpan) throws -> Void
  ) throws(JournalError) {
    do {
      try replay(recovered, bytes)
    } catch {
      throw .replayRefused(
        file: file, offset: offset, sequence: sequence, reason: String(describing: error))
    }
  }
}
