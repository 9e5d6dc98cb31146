// When an assister works, as the engine keeps it and as it is told it. The engine knows no calendar:
// whoever does turns hours and zone into instants (`ScheduleOutlook`), so that a replay gives the
// same even if the zone database has changed since.

/// What "My Availability" holds (R34, R74).
public struct AvailabilitySettings: Hashable, Sendable {
  /// IANA name, such as `America/Kentucky/Louisville`.
  public var timeZone: String
  /// Every minute of every day; `weeklyHours` is empty then.
  public var aroundTheClock: Bool
  /// Spans in the order they were given; may be empty: never inside hours.
  public var weeklyHours: [DailyHours]
  public var outOfOffice: [OutOfOffice]

  public init(
    timeZone: String, aroundTheClock: Bool = false, weeklyHours: [DailyHours] = [],
    outOfOffice: [OutOfOffice] = []
  ) {
    self.timeZone = timeZone
    self.aroundTheClock = aroundTheClock
    self.weeklyHours = weeklyHours
    self.outOfOffice = outOfOffice
  }
}

/// ISO 8601: Monday is 1.
public enum Weekday: UInt8, Sendable, CaseIterable {
  case monday = 1
  case tuesday, wednesday, thursday, friday, saturday, sunday
}

/// A half-open span of wall-clock time that starts on a day of the week: `start` inside, `end` not
/// any more. An end that is not after the start is on the next day.
public struct DailyHours: Hashable, Sendable {
  public var day: Weekday
  /// Minutes after midnight, 0 to 1439.
  public var start: UInt16
  /// Minutes after midnight, 1 to 1440; never equal to `start`.
  public var end: UInt16
  /// Inside the span, in order, apart from each other; a start before the span's is on the next day.
  public var breaks: [Break]

  public init(day: Weekday, start: UInt16, end: UInt16, breaks: [Break] = []) {
    self.day = day
    self.start = start
    self.end = end
    self.breaks = breaks
  }

  /// Half-open, in minutes after midnight.
  public struct Break: Hashable, Sendable {
    public var start: UInt16
    public var end: UInt16

    public init(start: UInt16, end: UInt16) {
      self.start = start
      self.end = end
    }
  }
}

/// Half-open: not available from `start`, available again at `end`.
public struct OutOfOffice: Hashable, Sendable {
  public var start: Instant
  /// Nil: no end (R34).
  public var end: Instant?

  public init(start: Instant, end: Instant?) {
    self.start = start
    self.end = end
  }
}

/// What the weekly hours mean in instants for a while. Computed outside, kept by the engine.
public struct ScheduleOutlook: Hashable, Sendable {
  public var from: Instant
  /// Nothing is known from this instant on.
  public var through: Instant
  /// Inside hours and outside breaks at `from`.
  public var startsInside: Bool
  /// After `from`, before `through`, ascending: each turns inside into outside or back.
  public var turns: [Instant]
  /// Starts of the local days: the last one not after `from`, then each before `through`.
  public var midnights: [Instant]

  public init(
    from: Instant, through: Instant, startsInside: Bool, turns: [Instant], midnights: [Instant]
  ) {
    self.from = from
    self.through = through
    self.startsInside = startsInside
    self.turns = turns
    self.midnights = midnights
  }
}
