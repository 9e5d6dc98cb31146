public import KODEngine

/// What is wrong with one field of a schedule.
public struct ScheduleViolation: Hashable, Sendable {
  /// The field as the protocol names it, such as `weekly_hours[2].breaks[0].end`.
  public var path: String
  /// What the field must be, in English.
  public var description: String

  public init(path: String, description: String) {
    self.path = path
    self.description = description
  }
}

/// What a schedule must be to be kept (R34).
public enum ScheduleRules {
  /// Spans of weekly hours: six a day.
  public static let maximumSpans = 42
  /// Breaks in one span.
  public static let maximumBreaks = 12
  /// Out-of-office ranges.
  public static let maximumOutOfOffice = 32

  /// Everything that is wrong, in the order of the fields; empty if the schedule may be kept.
  ///
  /// Of a list that is too long, the part within its bound is looked at. What follows from a violation already named
  /// is not named again: a span whose times are out of range overlaps nothing. Nor does one of `unplacedSpans`, whose
  /// day is not known; of `unplacedRanges`, whose instants are not, nothing is looked at. Both hold indexes.
  public static func violations(
    of settings: AvailabilitySettings, unplacedSpans: Set<Int> = [], unplacedRanges: Set<Int> = []
  ) -> [ScheduleViolation] {
    var check = ScheduleCheck()
    if !TimeZones.contains(settings.timeZone) {
      check.violation("time_zone", "must be an IANA time zone, such as America/Kentucky/Louisville")
    }
    check.weeklyHours(settings, unplaced: unplacedSpans)
    check.outOfOffice(settings.outOfOffice, unplaced: unplacedRanges)
    return check.violations
  }
}

private struct ScheduleCheck {
  private(set) var violations: [ScheduleViolation] = []

  mutating func violation(_ path: String, _ description: String) {
    violations.append(ScheduleViolation(path: path, description: description))
  }

  // MARK: Weekly hours

  mutating func weeklyHours(_ settings: AvailabilitySettings, unplaced: Set<Int>) {
    let path = "weekly_hours"
    let spans = settings.weeklyHours
    if settings.aroundTheClock, !spans.isEmpty {
      violation(path, "must be empty when around_the_clock is set")
    }
    atMost(ScheduleRules.maximumSpans, spans.count, path)
    var sound: [Int] = []
    for (index, span) in spans.prefix(ScheduleRules.maximumSpans).enumerated() {
      let path = "\(path)[\(index)]"
      let isSound = times(start: span.start, end: span.end, path)
      breaks(of: span, path, judgingPlace: isSound)
      guard isSound, !unplaced.contains(index) else { continue }
      if let earlier = sound.first(where: { Self.overlap(spans[$0], span) }) {
        violation(path, "must not overlap weekly_hours[\(earlier)]")
      }
      sound.append(index)
    }
  }

  /// The week goes round: Sunday's span may run on into Monday's.
  private static func overlap(_ left: DailyHours, _ right: DailyHours) -> Bool {
    let ahead = right.firstMinute - left.firstMinute
    let fromLeft = ahead < 0 ? ahead + WeekMinutes.count : ahead
    return fromLeft < left.minutes || WeekMinutes.count - fromLeft < right.minutes
  }

  private mutating func breaks(of span: DailyHours, _ path: String, judgingPlace: Bool) {
    let path = "\(path).breaks"
    atMost(ScheduleRules.maximumBreaks, span.breaks.count, path)
    var previous: (index: Int, start: Int, end: Int)?
    for (index, pause) in span.breaks.prefix(ScheduleRules.maximumBreaks).enumerated() {
      let path = "\(path)[\(index)]"
      guard times(start: pause.start, end: pause.end, path), judgingPlace else { continue }
      let start = span.offset(of: pause)
      let end = start + pause.minutes
      if start >= span.minutes {
        violation("\(path).start", "must be inside the span")
        continue
      }
      if end > span.minutes { violation("\(path).end", "must not be after the span's end") }
      if let previous, start < previous.end {
        violation(
          path,
          start < previous.start
            ? "must come before breaks[\(previous.index)]: breaks are in order"
            : "must not overlap breaks[\(previous.index)]")
      }
      if previous.map({ $0.end < end }) ?? true { previous = (index, start, end) }
    }
  }

  /// Whether both are minutes of a day and not the same.
  private mutating func times(start: UInt16, end: UInt16, _ path: String) -> Bool {
    let before = violations.count
    if start > 1439 { violation("\(path).start", "must be 0 to 1439 minutes after midnight") }
    if !(1...1440).contains(end) {
      violation("\(path).end", "must be 1 to 1440 minutes after midnight")
    } else if end == start {
      violation("\(path).end", "must differ from start")
    }
    return violations.count == before
  }

  // MARK: Out of office

  mutating func outOfOffice(_ ranges: [OutOfOffice], unplaced: Set<Int>) {
    let path = "out_of_office"
    atMost(ScheduleRules.maximumOutOfOffice, ranges.count, path)
    var sound: [Int] = []
    for (index, range) in ranges.prefix(ScheduleRules.maximumOutOfOffice).enumerated()
    where !unplaced.contains(index) {
      let path = "\(path)[\(index)]"
      if let end = range.end, end <= range.start {
        violation("\(path).end_us", "must be after start")
        continue
      }
      if range.end == nil, let earlier = sound.first(where: { ranges[$0].end == nil }) {
        violation("\(path).end_us", "must be given: out_of_office[\(earlier)] has no end already")
      } else if let earlier = sound.first(where: { Self.overlap(ranges[$0], range) }) {
        violation(path, "must not overlap out_of_office[\(earlier)]")
      }
      sound.append(index)
    }
  }

  private static func overlap(_ left: OutOfOffice, _ right: OutOfOffice) -> Bool {
    (left.end.map { right.start < $0 } ?? true) && (right.end.map { left.start < $0 } ?? true)
  }

  private mutating func atMost(_ bound: Int, _ count: Int, _ path: String) {
    if count > bound { violation(path, "must have at most \(bound) entries") }
  }
}
