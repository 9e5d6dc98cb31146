internal import KODEngine

/// The minutes of a week from Monday 00:00 to Sunday 24:00, a bit each: set is inside hours and outside breaks.
///
/// Spans that overlap or touch, cross midnight or run on from Sunday into Monday are nothing special here.
struct WeekMinutes {
  static let count = 7 * 1440
  private static let words = (count + 63) / 64

  private var bits = [UInt64](repeating: 0, count: words)

  init(_ hours: [DailyHours]) {
    for span in hours { set(true, from: span.firstMinute, count: span.minutes) }
    // After all spans: a break of one is not undone by another that overlaps it.
    for span in hours {
      for pause in span.breaks {
        set(false, from: span.firstMinute + span.offset(of: pause), count: pause.minutes)
      }
    }
  }

  func contains(_ minute: Int) -> Bool { bits[minute / 64] >> UInt64(minute % 64) & 1 == 1 }

  /// Minutes that are unlike the one before, ascending. Before the first is the last: the week goes round.
  var edges: [Int] {
    var edges: [Int] = []
    var previous: UInt64 = contains(Self.count - 1) ? 1 : 0
    for (index, word) in bits.enumerated() {
      var changed = word ^ (word << 1 | previous)
      while changed != 0 {
        let minute = index * 64 + changed.trailingZeroBitCount
        if minute >= Self.count { break }
        edges.append(minute)
        changed &= changed - 1
      }
      previous = word >> 63
    }
    return edges
  }

  private mutating func set(_ value: Bool, from first: Int, count: Int) {
    let first = first % Self.count
    let count = min(count, Self.count)
    let beforeWeekEnd = min(count, Self.count - first)
    fill(value, first, first + beforeWeekEnd)
    fill(value, 0, count - beforeWeekEnd)
  }

  private mutating func fill(_ value: Bool, _ first: Int, _ end: Int) {
    var minute = first
    while minute < end {
      let bit = minute % 64
      let taken = min(64 - bit, end - minute)
      let mask = (UInt64.max >> UInt64(64 - taken)) << UInt64(bit)
      if value { bits[minute / 64] |= mask } else { bits[minute / 64] &= ~mask }
      minute += taken
    }
  }
}

extension DailyHours {
  /// Minute of the week, from Monday 00:00.
  var firstMinute: Int { (Int(day.rawValue) - 1) * 1440 + Int(start) }

  /// From start to end, which is on the next day unless it is after the start.
  var minutes: Int { DailyHours.minutes(from: start, to: end) }

  /// From the span's start to the break's.
  func offset(of pause: Break) -> Int {
    Int(pause.start) - Int(start) + (pause.start < start ? 1440 : 0)
  }

  fileprivate static func minutes(from start: UInt16, to end: UInt16) -> Int {
    Int(end) - Int(start) + (end <= start ? 1440 : 0)
  }
}

extension DailyHours.Break {
  /// From start to end, which is on the next day unless it is after the start.
  var minutes: Int { DailyHours.minutes(from: start, to: end) }
}
