extension Journal {
  /// Opens the data directory for writing, creating what is missing, and hands over what it holds:
  /// the newest sound snapshot, then every record after it, in order. A torn tail is repaired (a
  /// copy is kept); whatever else is wrong is refused with file, offset and sequence, and nothing
  /// is touched. The opening is durable, as a new epoch, before this returns.
  ///
  /// `replay` may throw to refuse what it is handed; the bytes are valid only while it runs.
  /// `progress` is called about once per MiB.
  public static func open(
    _ storage: S, _ configuration: JournalConfiguration,
    progress: (RecoveryProgress) -> Void = { _ in },
    replay: (Recovered, RawSpan) throws -> Void
  ) throws(JournalError) -> Journal {
    try configuration.validate()
    guard let lock = try storage.lock(FileNames.lock) else {
      throw .locked(file: FileNames.lock)
    }
    var opened: [StorageFile] = [lock]
    do throws(JournalError) {
      let opening = JournalOpening(storage: storage, configuration: configuration)
      try opening.settleDirectories()
      let inventory = try Inventory(storage)
      let findings =
        inventory.isUnused
        ? try opening.examineUnused(inventory)
        : try opening.read(inventory, progress: progress, replay: replay)
      let parts = try opening.prepare(findings, inventory, &opened)
      // From here on the journal owns its files.
      opened = []
      var journal = Journal(storage, configuration, lock: lock, parts)
      try journal.beginEpoch()
      return journal
    } catch {
      for file in opened { storage.close(file) }
      throw error
    }
  }
}
