import Foundation

/// Dates and periods as people type them, in the zone of a clock face.
enum DateText {
  /// Which end of a range it names: a whole day begins one at its midnight, and ends one at the next.
  enum Edge {
    case start
    case end
  }

  private static let words = ["now", "today", "yesterday", "tomorrow"]

  /// `now`, `today`, `yesterday`, `tomorrow`, `2026-12-24`, `2026-12-24T13:30`, `13:30` (today). Microseconds.
  static func parse(
    _ text: String, _ edge: Edge, option: String, clock: ClockFace, now: Int64
  ) throws(UsageError) -> Int64 {
    let lowered = text.lowercased()
    // What begins now began with this minute: dates are shown in minutes, and the server's own now may be a hair
    // before this one, so that it would not have begun yet.
    if lowered == "now" { return edge == .start ? now - now % 60_000_000 : now }
    if let days = ["today": 0, "yesterday": -1, "tomorrow": 1][lowered] {
      return clock.midnight(now, days: days + (edge == .end ? 1 : 0))
    }
    let parts = text.split(
      omittingEmptySubsequences: false, whereSeparator: { "Tt ".contains($0) }
    ).map(String.init)
    let date = parts.first.flatMap(day)
    switch (parts.count, date) {
    case (1, let date?):
      let instant = try instant(date, (0, 0), text, clock)
      return edge == .start ? instant : clock.midnight(instant, days: 1)
    case (1, nil):
      if let time = HoursText.clock(text), time < 1_440 {
        let today = clock.calendar.dateComponents(
          [.year, .month, .day], from: ClockFace.date(now))
        return try instant(today, (time / 60, time % 60), text, clock)
      }
    case (2, let date?):
      if let time = HoursText.clock(parts[1]), time < 1_440 {
        return try instant(date, (time / 60, time % 60), text, clock)
      }
    default: break
    }
    let near = Suggestion.nearest(to: text, among: words)
    throw UsageError(
      "--\(option) is a date such as 2026-12-24, with or without a time as in 2026-12-24T13:30, or "
        + "\(WireWords.list(words)); got '\(text)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
    )
  }

  /// `2026-12-24`, digit by digit: what Foundation would make of 2026-2-30 is nobody's wish.
  private static func day(_ text: String) -> DateComponents? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts.dropFirst().allSatisfy({ $0.count <= 2 })
    else { return nil }
    let numbers = parts.compactMap { part in
      part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
    }
    guard numbers.count == 3 else { return nil }
    return DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])
  }

  private static func instant(
    _ day: DateComponents, _ time: (hour: UInt32, minute: UInt32), _ text: String,
    _ clock: ClockFace
  ) throws(UsageError) -> Int64 {
    var wanted = day
    wanted.hour = Int(time.hour)
    wanted.minute = Int(time.minute)
    let calendar = clock.calendar
    guard let date = calendar.date(from: wanted) else {
      throw UsageError("there is no \(text)")
    }
    let found = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    guard found.day == wanted.day, found.month == wanted.month, found.year == wanted.year else {
      throw UsageError("there is no day \(text): that month is shorter")
    }
    guard found.hour == wanted.hour, found.minute == wanted.minute else {
      throw UsageError(
        "there is no \(text) in \(clock.zone.identifier): clocks go forward over it that night")
    }
    return ClockFace.microseconds(date)
  }
}

extension ClockFace {
  /// Midnight of the day that holds the instant, or so many days later. Days may have 23 or 25 hours.
  func midnight(_ microseconds: Int64, days: Int = 0) -> Int64 {
    let calendar = calendar
    let start = calendar.startOfDay(for: Self.date(microseconds))
    let day = calendar.date(byAdding: .day, value: days, to: start) ?? start
    return Self.microseconds(calendar.startOfDay(for: day))
  }
}

/// A span of time for figures, half-open.
struct Period: Equatable, Sendable {
  static let names = ["today", "week", "month", "year"]

  /// Microseconds.
  var from: Int64
  /// Nil: until now.
  var to: Int64?

  /// What has gone by of the day, of the week since Monday, of the month or of the year that `now` lies in.
  static func current(_ name: String, clock: ClockFace, now: Int64) throws(UsageError) -> Period {
    let unit: Calendar.Component? =
      switch name.lowercased() {
      case "today", "day": .day
      case "week": .weekOfYear
      case "month": .month
      case "year": .year
      default: nil
      }
    guard let unit,
      let start = clock.calendar.dateInterval(of: unit, for: ClockFace.date(now))?.start
    else {
      let near = Suggestion.nearest(to: name, among: names)
      throw UsageError(
        "--period is \(WireWords.list(names)); got '\(name)'"
          + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
    return Period(from: ClockFace.microseconds(start), to: nil)
  }

  /// From --period, or from --from and --to; this month without any.
  static func chosen(
    _ invocation: Invocation, clock: ClockFace, now: Int64
  ) throws(UsageError) -> Period {
    let from = invocation.value("from")
    let to = invocation.value("to")
    if let name = invocation.value("period") {
      guard from == nil, to == nil else {
        throw UsageError("--period and --from or --to both say which time: give one")
      }
      return try current(name, clock: clock, now: now)
    }
    guard from != nil || to != nil else { return try current("month", clock: clock, now: now) }
    guard let from else {
      throw UsageError("--to needs --from: figures begin somewhere")
    }
    let period = Period(
      from: try DateText.parse(from, .start, option: "from", clock: clock, now: now),
      to: try to.map { (text) throws(UsageError) in
        try DateText.parse(text, .end, option: "to", clock: clock, now: now)
      })
    guard period.from < period.to ?? now else {
      throw UsageError(
        period.to == nil ? "--from lies in the future" : "--to lies before --from")
    }
    return period
  }

  /// `Sun 2026-11-01 00:00 EDT to now`.
  func words(_ clock: ClockFace) -> String {
    func full(_ instant: Int64) -> String {
      "\(clock.weekday(instant)) \(clock.day(instant)) \(clock.minute(instant)) "
        + clock.abbreviation(instant)
    }
    return "\(full(from)) to \(to.map(full) ?? "now")"
  }
}
