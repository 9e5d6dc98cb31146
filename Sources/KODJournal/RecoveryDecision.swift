/// What to do at the place where the next record is expected. One value for every combination of
/// what can be found on disk; FORMAT.md shows the table, RecoveryDecisionTests enumerates it.
enum RecoveryDecision: Equatable {
  /// The record is sound: hand it over and go on behind it.
  case replay
  /// This segment is used up; the next one goes on with the record expected.
  case nextSegment
  /// The log ends here, cleanly.
  case finish
  /// A write was cut short here: keep a copy of the bytes, zero them, the log ends here.
  case repairHere
  /// The same, where the next segment begins.
  case repairNextSegment
  /// Something durable is unreadable or gone. Touch nothing.
  case refuse

  /// What stands where the record is expected.
  enum Place: CaseIterable {
    /// A record that passes every check: checksums, sequence, epoch, chain.
    case record
    /// Zeros from here to the end of the segment.
    case blank
    /// Anything else, zeros followed by something included.
    case unreadable
  }

  /// What the segments after this one hold.
  enum Later: CaseIterable {
    /// There is none, or zeros only.
    case nothing
    /// The next begins with the record expected here.
    case continues
    /// The next has bytes but no readable header, and nothing follows it.
    case unreadable
    /// They hold something that does not follow from here.
    case contradicts
  }

  /// `marked`: something on disk says that the expected record was durable once: a later record's
  /// mark, or a snapshot that includes it. The evidence is asked for only where it matters, as
  /// gathering it takes a look through the rest of the log.
  static func decide(
    _ place: Place,
    marked: @autoclosure () throws(JournalError) -> Bool,
    later: @autoclosure () throws(JournalError) -> Later
  ) throws(JournalError) -> RecoveryDecision {
    switch place {
    case .record:
      return .replay
    case .blank:
      switch try later() {
      case .continues: return .nextSegment
      case .contradicts: return .refuse
      case .nothing: return try marked() ? .refuse : .finish
      case .unreadable: return try marked() ? .refuse : .repairNextSegment
      }
    case .unreadable:
      // A segment gets its first byte only after the one before it is complete and synced: if
      // anything follows, this place was durable.
      guard try later() == .nothing else { return .refuse }
      return try marked() ? .refuse : .repairHere
    }
  }
}
