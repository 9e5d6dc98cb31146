/// What kept an assister from being available, and since when: the newest changes, 8 bytes each
/// (instant 52 bits, `Blockers` 8), so that a choice of the past can be explained (R37).
struct AvailabilityTimeline: Equatable {
  /// Before the first change: nobody is born registered.
  static let beginning: Blockers = [.registration]

  /// In order until the window is full, a ring from then on.
  private var changes: [UInt64] = []
  /// Position of the oldest change.
  private var start = 0
  /// Older changes are not kept any more.
  private(set) var isCut = false
  /// When what routing looks at, apart from availability, last changed: kind, languages, counties.
  var profileChangedAt: Instant?

  init() {}

  /// Nil: not what `note` leaves behind.
  init?(oldestFirst: [(at: Instant, blockers: Blockers)], isCut: Bool, profileChangedAt: Instant?) {
    let window = EngineLimits.availabilityChanges
    guard oldestFirst.count <= window, !isCut || oldestFirst.count == window else { return nil }
    for (left, right) in zip(oldestFirst, oldestFirst.dropFirst()) where right.at <= left.at {
      return nil
    }
    changes = oldestFirst.map { AvailabilityTimeline.pack($0.blockers, $0.at) }
    self.isCut = isCut
    self.profileChangedAt = profileChangedAt
  }

  var count: Int { changes.count }

  /// Since the newest change.
  var current: Blockers {
    changes.isEmpty
      ? AvailabilityTimeline.beginning : AvailabilityTimeline.blockers(packed(count - 1))
  }

  /// The change of that position, 0 being the oldest.
  subscript(position: Int) -> (at: Instant, blockers: Blockers) {
    let packed = packed(position)
    return (AvailabilityTimeline.instant(packed), AvailabilityTimeline.blockers(packed))
  }

  /// From `at` on; before the newest change, which only a damaged state leads to, counts as at it.
  /// Of several changes in one instant the last one stands.
  mutating func note(_ blockers: Blockers, at instant: Instant) {
    let at = count > 0 ? max(instant, self[count - 1].at) : instant
    let change = AvailabilityTimeline.pack(blockers, at)
    if count > 0, AvailabilityTimeline.instant(packed(count - 1)) == at {
      changes[(start + count - 1) % count] = change
    } else if count < EngineLimits.availabilityChanges {
      changes.append(change)
    } else {
      changes[start] = change
      start = (start + 1) % count
      isCut = true
    }
  }

  /// Nil: longer ago than is kept.
  func blockers(at instant: Instant) -> Blockers? {
    let next = (0..<count).partitionPoint {
      AvailabilityTimeline.instant(packed($0)) <= instant
    }
    if next > 0 { return AvailabilityTimeline.blockers(packed(next - 1)) }
    return isCut ? nil : AvailabilityTimeline.beginning
  }

  private func packed(_ position: Int) -> UInt64 { changes[(start + position) % count] }

  private static func pack(_ blockers: Blockers, _ at: Instant) -> UInt64 {
    UInt64(at.microseconds) << 8 | UInt64(blockers.rawValue)
  }

  private static func instant(_ packed: UInt64) -> Instant {
    Instant(microseconds: Int64(packed >> 8))
  }

  private static func blockers(_ packed: UInt64) -> Blockers {
    Blockers(rawValue: UInt8(truncatingIfNeeded: packed))
  }

  /// Where the ring starts says nothing.
  static func == (left: AvailabilityTimeline, right: AvailabilityTimeline) -> Bool {
    left.count == right.count && left.isCut == right.isCut
      && left.profileChangedAt == right.profileChangedAt
      && (0..<left.count).allSatisfy { left.packed($0) == right.packed($0) }
  }
}
