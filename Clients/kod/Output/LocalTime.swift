import Foundation
import KODWire

/// Days and zones: a clock face for whoever lives by it.
extension ClockFace {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

  /// The face in the assister's own zone; in this computer's as long as none is saved.
  init(_ profile: Profile) {
    self =
      profile.availability.flatMap { TimeZone(identifier: $0.timeZone) }.map(ClockFace.init)
      ?? .local
  }

  var calendar: Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    // Weeks begin on Monday, as the days of hours do.
    calendar.firstWeekday = 2
    return calendar
  }

  /// `EST`, `CDT`; where English has no abbreviation, such as `GMT+1`.
  func abbreviation(_ microseconds: Int64) -> String {
    let isSummer = zone.isDaylightSavingTime(for: Self.date(microseconds))
    return zone.localizedName(
      for: isSummer ? .shortDaylightSaving : .shortStandard, locale: Locale(identifier: "en_US"))
      ?? zone.abbreviation(for: Self.date(microseconds)) ?? zone.identifier
  }

  /// `2026-03-09`.
  func day(_ microseconds: Int64) -> String { String(dateAndTime(microseconds).prefix(10)) }

  /// Of the wall clock, 0 to 23: not the hours since midnight on the two days a year when clocks change.
  func hour(_ microseconds: Int64) -> Int {
    calendar.component(.hour, from: Self.date(microseconds))
  }

  /// `Mon`.
  func weekday(_ microseconds: Int64) -> String {
    Self.weekdays[calendar.component(.weekday, from: Self.date(microseconds)) - 1]
  }

  /// `10:42` today, `yesterday 10:42`, `tomorrow 10:42`, or `Mon 2026-03-09 10:42`.
  func when(_ microseconds: Int64, now: Int64) -> String {
    let minute = minute(microseconds)
    switch daysFrom(now, to: microseconds) {
    case 0: return minute
    case -1: return "yesterday \(minute)"
    case 1: return "tomorrow \(minute)"
    default: return "\(weekday(microseconds)) \(day(microseconds)) \(minute)"
    }
  }

  /// The same with the zone behind it: `10:42 EST`.
  func zoned(_ microseconds: Int64, now: Int64) -> String {
    "\(when(microseconds, now: now)) \(abbreviation(microseconds))"
  }

  /// `11:12 EDT`, with the county's own time behind it when that is another: `11:12 EDT (10:12 CT)`.
  func zonedMinute(_ microseconds: Int64, county: CountyRow?) -> String {
    let here = minute(microseconds)
    let both = minute(microseconds, county: county)
    return "\(here) \(abbreviation(microseconds))\(both.dropFirst(here.count))"
  }

  /// For columns of a table: `10:42` today, else `03-09 10:42`, else with the year.
  func brief(_ microseconds: Int64, now: Int64) -> String {
    if daysFrom(now, to: microseconds) == 0 { return minute(microseconds) }
    let day = day(microseconds)
    let isThisYear = day.prefix(4) == self.day(now).prefix(4)
    return "\(isThisYear ? String(day.dropFirst(5)) : day) \(minute(microseconds))"
  }

  /// Midnights between two instants; 0 on the same day.
  func daysFrom(_ start: Int64, to end: Int64) -> Int {
    let calendar = calendar
    let first = calendar.startOfDay(for: Self.date(start))
    let second = calendar.startOfDay(for: Self.date(end))
    return calendar.dateComponents([.day], from: first, to: second).day ?? 0
  }

  static func date(_ microseconds: Int64) -> Date {
    Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
  }

  static func microseconds(_ date: Date) -> Int64 {
    Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
  }
}
