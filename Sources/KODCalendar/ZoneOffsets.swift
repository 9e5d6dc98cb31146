internal import Foundation

/// What a zone's clocks show, as a table: every offset from UTC with the second it starts at. Found once with
/// Foundation; everything after is integer arithmetic.
struct ZoneOffsets: Sendable {
  /// Seconds since the epoch, ascending; the first is the beginning of time.
  private var starts: [Int64] = [.min]
  /// Seconds to add to UTC from the start of the same index on.
  private var offsets: [Int64]

  /// Before and after the years, the offset at their nearest end holds.
  init(_ zone: TimeZone, years: ClosedRange<Int>) {
    func offset(at second: Int64) -> Int64 {
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second))))
    }
    // A look at every day, not `nextDaylightSavingTimeTransition`: that need not tell when a place changes its
    // standard time, or moves over the date line. A look a week is too few: parts of Brazil in 2000, and Gaza
    // around some Ramadans, keep a change for six days.
    let step: Int64 = 86_400
    var probe = CivilDate.days(year: years.lowerBound, month: 1, day: 1) * 86_400
    let end = CivilDate.days(year: years.upperBound + 1, month: 1, day: 1) * 86_400
    var current = offset(at: probe)
    offsets = [current]
    while probe < end {
      var next = min(probe + step, end)
      if offset(at: next) != current {
        var before = probe
        while next - before > 1 {
          let middle = before + (next - before) / 2
          if offset(at: middle) == current { before = middle } else { next = middle }
        }
        current = offset(at: next)
        starts.append(next)
        offsets.append(current)
      }
      probe = next
    }
  }

  /// Every start with its offset, ascending.
  var changes: Zip2Sequence<[Int64], [Int64]> { zip(starts, offsets) }

  /// Seconds to add to UTC.
  func offset(at second: Int64) -> Int64 { offsets[index(at: second)] }

  /// What clocks show, as seconds since 1970-01-01 00:00 on those clocks.
  func local(at second: Int64) -> Int64 { second + offset(at: second) }

  /// The first second at which clocks show `local` or later. For a time that does not exist that is the change of
  /// the clocks, for one that exists twice its first occurrence (RFC 5545, 3.3.5), and a later reading never has
  /// an earlier second.
  func first(reaching local: Int64) -> Int64 {
    var cursor = cursor(before: local)
    return first(reaching: local, from: &cursor)
  }

  /// A place in the table to start from for `local` and for every later reading.
  func cursor(before local: Int64) -> Int { index(at: local - Self.farthestOffset) }

  /// As `first(reaching:)`, for readings that ascend: the cursor moves along.
  func first(reaching local: Int64, from cursor: inout Int) -> Int64 {
    while cursor + 1 < starts.count, local >= starts[cursor + 1] + offsets[cursor] { cursor += 1 }
    return max(starts[cursor], local - offsets[cursor])
  }

  /// More than any place's clocks were ever away from UTC, in seconds.
  private static let farthestOffset: Int64 = 2 * 86_400

  private func index(at second: Int64) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= second { low = middle } else { high = middle }
    }
    return low
  }
}
