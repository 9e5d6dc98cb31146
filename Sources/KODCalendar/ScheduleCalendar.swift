public import KODEngine

/// Turns wall-clock schedules of one zone into instants (R34).
///
/// A wall-clock time that the spring change skips means the instant of the change; one that autumn repeats means its
/// first occurrence (RFC 5545, 3.3.5). In short: the first instant at which clocks show that time or later. Days that
/// have 23, 25 or no hours need nothing more.
///
/// The zone's offsets are looked up once, by `init`; an outlook is integer arithmetic. Outside the years asked for,
/// the offset at their nearest end holds.
public struct ScheduleCalendar: Sendable {
  /// The years that a calendar knows unless told otherwise: all that the program keeps or plans.
  public static let defaultYears = 2000...2099

  /// The longest outlook, 400 days: a schedule repeats by the week for ever, so `through` alone bounds nothing.
  public static let longestOutlook = Instant.Interval.minutes(400 * 1440)

  private let offsets: ZoneOffsets

  /// Nil if there is no such zone: see `TimeZones.contains(_:)`. Takes about two milliseconds for 100 years.
  public init?(zone name: String, years: ClosedRange<Int> = defaultYears) {
    guard let zone = TimeZones.zone(named: name) else { return nil }
    offsets = ZoneOffsets(zone, years: years)
  }

  // MARK: Schedule

  /// What the weekly hours mean between two instants, the second not included. Out-of-office ranges, already
  /// instants, and the zone named in `settings` do not matter here.
  ///
  /// The outlook ends after `longestOutlook` if `through` is later, and is empty if `through` is not after `from`.
  /// Settings that have violations (see `ScheduleRules`) give some outlook; a break wins over every span.
  public func outlook(
    of settings: AvailabilitySettings, from: Instant, through: Instant
  ) -> ScheduleOutlook {
    let from = from.within
    let through = max(from, min(through, from + Self.longestOutlook))
    var outlook = ScheduleOutlook(
      from: from, through: through, startsInside: settings.aroundTheClock, turns: [],
      midnights: midnights(from: from, through: through))
    if !settings.aroundTheClock, !settings.weeklyHours.isEmpty {
      addTurns(of: WeekMinutes(settings.weeklyHours), to: &outlook)
    }
    return outlook
  }

  /// Goes over the edges of whole weeks from the Monday before `from`, which was reached no later than `from`.
  private func addTurns(of minutes: WeekMinutes, to outlook: inout ScheduleOutlook) {
    let edges = minutes.edges
    outlook.startsInside = minutes.contains(WeekMinutes.count - 1)
    guard !edges.isEmpty else { return }
    var week = CivilDate.monday(ofDay: localDay(at: outlook.from)) * 86_400
    var cursor = offsets.cursor(before: week)
    while true {
      for edge in edges {
        let instant = Instant(
          seconds: offsets.first(reaching: week + Int64(edge) * 60, from: &cursor))
        if instant <= outlook.from {
          outlook.startsInside.toggle()
        } else if instant >= outlook.through {
          return
        } else if instant == outlook.turns.last {
          // The spring change skipped what lay between: in and out in no time is no turn.
          outlook.turns.removeLast()
        } else {
          outlook.turns.append(instant)
        }
      }
      week += 7 * 86_400
    }
  }

  private func midnights(from: Instant, through: Instant) -> [Instant] {
    var day = localDay(at: from)
    var cursor = offsets.cursor(before: day * 86_400)
    var midnights: [Instant] = []
    midnights.reserveCapacity(Int((through - from).microseconds / 86_400_000_000) + 3)
    while true {
      let start = Instant(seconds: offsets.first(reaching: day * 86_400, from: &cursor))
      if start > from, start >= through { return midnights }
      if start <= from { midnights.removeAll(keepingCapacity: true) }
      // A day that a zone left out has no start of its own.
      if start != midnights.last { midnights.append(start) }
      day += 1
    }
  }

  // MARK: Wall clock

  /// The first instant of the local day that `instant` is in: midnight, or the change of the clocks that skips it.
  public func dayStart(at instant: Instant) -> Instant {
    let instant = instant.within
    var day = localDay(at: instant)
    // Where clocks go back just after midnight, the evening that they show again is part of the new day.
    while dayStart(ofDay: day + 1) <= instant { day += 1 }
    return dayStart(ofDay: day)
  }

  /// The first start of a local day after `instant`.
  public func nextDayStart(after instant: Instant) -> Instant {
    let instant = instant.within
    var day = localDay(at: instant) + 1
    while dayStart(ofDay: day) <= instant { day += 1 }
    return dayStart(ofDay: day)
  }

  /// What calendars and clocks of the zone show.
  public func components(of instant: Instant) -> LocalTime {
    LocalTime(local: offsets.local(at: instant.seconds))
  }

  /// 0 to 23, the hour that clocks show.
  public func hour(of instant: Instant) -> Int {
    Int(offsets.local(at: instant.seconds).dividedRoundingDown(by: 86_400).remainder / 3600)
  }

  /// The zone's clocks as the engine can be told them.
  public var hoursOfDay: HoursOfDay {
    HoursOfDay(
      offsets.changes.map { HoursOfDay.Change(since: Instant(seconds: $0), seconds: Int32($1)) })
  }

  /// The first instant at which clocks show that time or later. Months, days and minutes past their end are carried
  /// over: minute 1440 is the next day's midnight.
  public func instant(year: Int, month: Int, day: Int, minuteOfDay: Int = 0) -> Instant {
    let midnight = CivilDate.days(year: year, month: month, day: day) * 86_400
    return Instant(seconds: offsets.first(reaching: midnight + Int64(minuteOfDay) * 60))
  }

  private func localDay(at instant: Instant) -> Int64 {
    offsets.local(at: instant.seconds).dividedRoundingDown(by: 86_400).quotient
  }

  private func dayStart(ofDay day: Int64) -> Instant {
    Instant(seconds: offsets.first(reaching: day * 86_400))
  }
}

/// Calendars by zone, each made when it is first asked for. Owned by one thread.
public struct ScheduleCalendars: Sendable {
  private let years: ClosedRange<Int>
  /// Holds known zones only, so callers' mistakes do not make it grow.
  private var calendars: [String: ScheduleCalendar] = [:]

  public init(years: ClosedRange<Int> = ScheduleCalendar.defaultYears) { self.years = years }

  /// Nil if there is no such zone: see `TimeZones.contains(_:)`.
  public mutating func calendar(zone name: String) -> ScheduleCalendar? {
    if let calendar = calendars[name] { return calendar }
    let calendar = ScheduleCalendar(zone: name, years: years)
    if let calendar { calendars[name] = calendar }
    return calendar
  }
}

extension Instant {
  /// Kept 7,000 years away from the ends of what an instant holds, so that there is always a next day and a next
  /// week, whatever a caller sends.
  fileprivate var within: Instant {
    let farthest: Int64 = 9_000_000_000_000_000_000
    return Instant(microseconds: max(-farthest, min(farthest, microseconds)))
  }

  /// Whole seconds since the epoch, rounded down.
  fileprivate var seconds: Int64 { microseconds.dividedRoundingDown(by: 1_000_000).quotient }

  /// The nearest instant there is.
  fileprivate init(seconds: Int64) {
    let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    self.init(microseconds: overflow ? (seconds < 0 ? .min : .max) : microseconds)
  }
}
