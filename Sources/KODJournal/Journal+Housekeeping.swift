/// Segments to come and segments no longer needed; snapshots in two halves.
extension Journal {
  /// True when the segment after this one is not made yet: begin a preparation and run it
  /// elsewhere. If it does not come in time, `sync` makes one itself and takes that much longer.
  public var needsPreparation: Bool { prepared == nil && !isPreparing && failure == nil }

  /// First half: a job for any thread. At most one at a time.
  public mutating func beginPreparation() -> SegmentPreparation<S> {
    precondition(!isPreparing, "a preparation is under way")
    isPreparing = true
    return makePreparation()
  }

  /// Second half, on the owner's thread. Throws what kept the job from making a segment (a full
  /// disk), or what keeps it from being named. The journal is unharmed and `needsPreparation` true
  /// again, unless the directory could not be synced: that is as final as in `sync`.
  public mutating func finishPreparation(
    _ outcome: SegmentPreparation<S>.Outcome
  ) throws(JournalError) {
    isPreparing = false
    try adopt(outcome)
  }

  /// True when there is enough log since the newest snapshot that a new one is worth its cost.
  public var needsSnapshot: Bool {
    !isSnapshotting && failure == nil && bytesSinceSnapshot >= configuration.snapshotEveryBytes
  }

  /// Bytes of log that a restart would replay.
  public var bytesSinceSnapshot: UInt64 {
    bytesBeforeOpening + staging.recordBytes - bytesAtSnapshot
  }

  /// First half: a job that writes `state`, which must be the state after every record staged, all
  /// of them durable. At most one at a time. Nothing else is needed from the caller than to keep
  /// `state` unchanged, which being a value it is.
  public mutating func beginSnapshot(state: [UInt8]) -> SnapshotJob<S> {
    precondition(!isSnapshotting, "a snapshot is under way")
    precondition(stagedSequence == durableSequence, "the state includes records not durable")
    isSnapshotting = true
    bytesAtJob = bytesBeforeOpening + staging.recordBytes
    let header = SnapshotHeader(
      chain: staging.position.chain, identity: identity, sequence: durableSequence, epoch: epoch,
      stateBytes: UInt64(state.count))
    return SnapshotJob(storage: storage, header: header, state: state)
  }

  /// Second half, on the owner's thread: keeps this snapshot and the one before it, and gives back
  /// the segments that the older of the two makes unnecessary. Throws what the job or the giving
  /// back failed with; the journal is unharmed, and what was not given back is with the next
  /// snapshot.
  public mutating func finishSnapshot(_ outcome: SnapshotJob<S>.Outcome) throws(JournalError) {
    isSnapshotting = false
    // A failed one is tried again only after more log, so that a full disk is not hammered.
    let retryBytes = configuration.snapshotEveryBytes / 8
    if let failure = outcome.failure {
      bytesAtSnapshot = bytesAtJob - min(bytesAtJob, configuration.snapshotEveryBytes - retryBytes)
      throw failure
    }
    bytesAtSnapshot = bytesAtJob
    if snapshots.last != outcome.sequence { snapshots.append(outcome.sequence) }
    while snapshots.count > 2 {
      try storage.remove(FileNames.snapshot(snapshots[0]))
      snapshots.removeFirst()
    }
    if snapshots.count == 2 { try recycleSegments(before: snapshots[0]) }
  }

  mutating func prepareInline() throws(JournalError) {
    try adopt(makePreparation().run())
  }

  private mutating func makePreparation() -> SegmentPreparation<S> {
    if let spare = spares.popLast() {
      return SegmentPreparation(
        storage: storage, name: spare, byteCount: configuration.segmentBytes, isRecycled: true)
    }
    return SegmentPreparation(
      storage: storage, name: newSpareName(), byteCount: configuration.segmentBytes,
      isRecycled: false)
  }

  private mutating func newSpareName() -> String {
    defer { nextSpare += 1 }
    return FileNames.spare(nextSpare)
  }

  /// Gives the file its place after the last segment, or keeps it as a spare if that place is
  /// taken.
  private mutating func adopt(_ outcome: SegmentPreparation<S>.Outcome) throws(JournalError) {
    switch outcome.result {
    case .failure(let error):
      if outcome.isRecycled { spares.append(outcome.name) }
      throw error
    case .success(let file):
      guard prepared == nil else {
        storage.close(file)
        spares.append(outcome.name)
        return
      }
      let name = FileNames.segment(nextSegmentNumber)
      do throws(JournalError) {
        try storage.rename(outcome.name, to: name, replacing: false)
      } catch {
        storage.close(file)
        spares.append(outcome.name)
        throw error
      }
      do throws(JournalError) {
        try storage.synchronizeDirectory(FileNames.logDirectory)
      } catch {
        // The name may or may not survive a crash, and asking again would not tell.
        storage.close(file)
        failure = error
        throw error
      }
      prepared = StorageFile(descriptor: file.descriptor, name: name)
    }
  }

  /// Gives back, oldest first, the segments whose records are all at or before `sequence`.
  private mutating func recycleSegments(before sequence: UInt64) throws(JournalError) {
    guard
      let kept = segments.lastIndex(where: { segment in
        segment.firstSequence.map { $0 <= sequence + 1 } ?? false
      })
    else { return }
    let unneeded = segments[..<kept]
    guard !unneeded.isEmpty else { return }
    var recycled: [String] = []
    for segment in unneeded {
      let name = FileNames.segment(segment.number)
      let isReusable = segment.byteCount == configuration.segmentBytes
      if isReusable, spares.count + recycled.count < configuration.maximumSpares {
        let spare = newSpareName()
        try storage.rename(name, to: spare, replacing: false)
        recycled.append(spare)
      } else {
        try storage.remove(name)
      }
      segments.removeFirst()
    }
    // Durable before anybody may fill them with zeros: until then a crash can bring the old names
    // back.
    try storage.synchronizeDirectory(FileNames.logDirectory)
    spares += recycled
  }
}
