/// Which hour of the day an instant is, somewhere: the differences from UTC over a while, told from
/// outside because the engine knows no zones.
public struct HoursOfDay: Hashable, Sendable {
  /// From `since` on, wall clocks are `seconds` ahead of UTC (behind: negative).
  public struct Change: Hashable, Sendable {
    public var since: Instant
    public var seconds: Int32

    public init(since: Instant, seconds: Int32) {
      self.since = since
      self.seconds = seconds
    }
  }

  /// Ascending. The first one holds before it too; none: UTC.
  public var changes: [Change]

  public init(_ changes: [Change]) { self.changes = changes }

  /// The same difference at all times, in seconds.
  public init(always seconds: Int32) {
    changes = [Change(since: .zero, seconds: seconds)]
  }

  /// 0 to 23.
  public func hour(of instant: Instant) -> Int {
    let next = changes.indices.partitionPoint { changes[$0].since <= instant }
    let offset = changes.isEmpty ? 0 : changes[max(next - 1, 0)].seconds
    let hour: Int64 = 3_600_000_000
    let rest = (instant.microseconds + Int64(offset) * 1_000_000) % (24 * hour)
    return Int((rest < 0 ? rest + 24 * hour : rest) / hour)
  }
}
