import Foundation
import KODCalendar
import KODEngine
import TestSupport
import Testing

@Suite("ScheduleCalendar: wall clock")
struct WallClockTests {
  static let places = TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }

  private static func calendar(_ zone: String) throws -> ScheduleCalendar {
    try #require(ScheduleCalendar(zone: zone))
  }

  @Test("R34: around every change of every zone's clocks, calendars show what Foundation's show")
  func everyChange() throws {
    let end = Date(timeIntervalSince1970: 4_102_444_800)  // 2100
    var changes = 0
    for name in Self.places + ["Asia/Kolkata", "US/Eastern", "UTC"] {
      let zone = try #require(TimeZone(identifier: name))
      let calendar = try #require(ScheduleCalendar(zone: name))
      var date = Date(timeIntervalSince1970: 946_684_800)  // 2000
      var wrong: [Date] = []
      while let change = zone.nextDaylightSavingTimeTransition(after: date), change < end {
        for second in [-86_400, -1, 0, 1, 86_400] {
          let there = change.addingTimeInterval(Double(second))
          let instant = Instant(microseconds: Int64(there.timeIntervalSince1970) * 1_000_000)
          let local = calendar.components(of: instant)
          let shown = there.addingTimeInterval(Double(zone.secondsFromGMT(for: there)))
          let minutes = Int(shown.timeIntervalSince1970) / 60
          if local.minute != minutes % 60 || local.hour != minutes / 60 % 24 { wrong.append(there) }
        }
        date = change
        changes += 1
      }
      #expect(wrong == [], "\(name)")
    }
    #expect(changes > 20_000)
  }

  @Test(
    "Year, month, day, weekday, hour and minute are Foundation's at random instants",
    arguments: [
      "America/Kentucky/Louisville", "America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe",
      "Pacific/Apia", "UTC",
    ])
  func randomInstants(zone: String) throws {
    var foundation = Calendar(identifier: .gregorian)
    foundation.timeZone = try #require(TimeZone(identifier: zone))
    let calendar = try Self.calendar(zone)
    var numbers = SeededNumbers(state: 34)
    for _ in 0..<2000 {
      let second = Int64.random(in: 946_771_200..<4_102_000_000, using: &numbers)
      let instant = Instant(microseconds: second * 1_000_000 + 999_999)
      let parts = foundation.dateComponents(
        [.year, .month, .day, .hour, .minute, .weekday],
        from: Date(timeIntervalSince1970: Double(second)))
      // Foundation counts from Sunday, which is 1.
      let weekday = try #require(parts.weekday.map { ($0 + 5) % 7 })
      let expected = LocalTime(
        year: try #require(parts.year), month: try #require(parts.month),
        day: try #require(parts.day), hour: try #require(parts.hour),
        minute: try #require(parts.minute), weekday: Weekday.allCases[weekday])
      let shown = calendar.components(of: instant)
      #expect(shown == expected)
      #expect(calendar.hour(of: instant) == expected.hour)
      let back = calendar.instant(
        year: shown.year, month: shown.month, day: shown.day,
        minuteOfDay: shown.hour * 60 + shown.minute)
      #expect(calendar.components(of: back) == shown)
      #expect(back <= instant)
    }
  }

  @Test("Instants before 1970 and leap days have their dates")
  func dates() throws {
    let utc = try Self.calendar("UTC")
    let eve = utc.components(of: Instant(microseconds: -1))
    #expect(
      eve
        == LocalTime(year: 1969, month: 12, day: 31, hour: 23, minute: 59, weekday: .wednesday))
    let leap = utc.components(of: try Instant("2028-02-29 12:00"))
    #expect(
      leap == LocalTime(year: 2028, month: 2, day: 29, hour: 12, minute: 0, weekday: .tuesday))
    #expect(utc.instant(year: 2100, month: 3, day: 1) == (try Instant("2100-03-01 00:00")))
  }

  @Test("Months, days and minutes past their end are carried over")
  func carry() throws {
    let calendar = try Self.calendar("America/Chicago")
    let expected = try Instant("2027-02-01 06:00")
    #expect(calendar.instant(year: 2027, month: 2, day: 1) == expected)
    #expect(calendar.instant(year: 2027, month: 1, day: 32) == expected)
    #expect(calendar.instant(year: 2026, month: 14, day: 1) == expected)
    #expect(calendar.instant(year: 2028, month: -10, day: 1) == expected)
    #expect(calendar.instant(year: 2027, month: 1, day: 31, minuteOfDay: 1440) == expected)
  }

  @Test(
    "R34: a time that does not exist is the change of the clocks, one that exists twice its first",
    arguments: [
      ("America/Kentucky/Louisville", 2026, 3, 8, 1 * 60 + 59, "2026-03-08 06:59"),
      ("America/Kentucky/Louisville", 2026, 3, 8, 2 * 60, "2026-03-08 07:00"),
      ("America/Kentucky/Louisville", 2026, 3, 8, 2 * 60 + 30, "2026-03-08 07:00"),
      ("America/Kentucky/Louisville", 2026, 3, 8, 3 * 60, "2026-03-08 07:00"),
      ("America/Kentucky/Louisville", 2026, 3, 8, 3 * 60 + 1, "2026-03-08 07:01"),
      ("America/Chicago", 2026, 3, 8, 2 * 60 + 30, "2026-03-08 08:00"),
      ("America/New_York", 2027, 3, 14, 2 * 60 + 30, "2027-03-14 07:00"),
      ("America/Kentucky/Louisville", 2026, 11, 1, 60, "2026-11-01 05:00"),
      ("America/Kentucky/Louisville", 2026, 11, 1, 119, "2026-11-01 05:59"),
      ("America/Kentucky/Louisville", 2026, 11, 1, 120, "2026-11-01 07:00"),
      ("America/Chicago", 2026, 11, 1, 90, "2026-11-01 06:30"),
      ("America/Chicago", 2027, 11, 7, 90, "2027-11-07 06:30"),
      // South of the equator spring is in October.
      ("Australia/Sydney", 2026, 10, 4, 150, "2026-10-03 16:00"),
      ("Australia/Sydney", 2026, 4, 5, 150, "2026-04-04 15:30"),
      ("Australia/Lord_Howe", 2026, 10, 4, 135, "2026-10-03 15:30"),
      // No changes at all.
      ("America/Phoenix", 2026, 3, 8, 150, "2026-03-08 09:30"),
      ("Asia/Kolkata", 2026, 11, 1, 90, "2026-10-31 20:00"),
    ])
  func gapsAndRepeats(
    zone: String, year: Int, month: Int, day: Int, minute: Int, utc: String
  ) throws {
    let calendar = try Self.calendar(zone)
    let instant = calendar.instant(year: year, month: month, day: day, minuteOfDay: minute)
    #expect(instant.utc == utc)
  }

  @Test(
    "R70: a day starts at local midnight or, where clocks skip it, at their change",
    arguments: [
      // Zone, an instant, the start of its day, the start of the next.
      ("America/Kentucky/Louisville", "2026-06-01 03:59", "2026-05-31 04:00", "2026-06-01 04:00"),
      ("America/Kentucky/Louisville", "2026-06-01 04:00", "2026-06-01 04:00", "2026-06-02 04:00"),
      ("America/Chicago", "2026-06-01 04:00", "2026-05-31 05:00", "2026-06-01 05:00"),
      // 23 and 25 hours.
      ("America/Kentucky/Louisville", "2026-03-08 12:00", "2026-03-08 05:00", "2026-03-09 04:00"),
      ("America/Kentucky/Louisville", "2026-11-01 12:00", "2026-11-01 04:00", "2026-11-02 05:00"),
      ("America/Chicago", "2026-03-09 04:59", "2026-03-08 06:00", "2026-03-09 05:00"),
      ("America/Chicago", "2026-11-02 05:59", "2026-11-01 05:00", "2026-11-02 06:00"),
      // Midnight skipped.
      ("America/Sao_Paulo", "2018-11-04 02:59", "2018-11-03 03:00", "2018-11-04 03:00"),
      ("America/Sao_Paulo", "2018-11-04 03:00", "2018-11-04 03:00", "2018-11-05 02:00"),
      ("Africa/Cairo", "2024-04-26 12:00", "2024-04-25 22:00", "2024-04-26 21:00"),
      // Midnight twice: from 01:00 back to 00:00.
      ("America/Havana", "2026-11-01 05:30", "2026-11-01 04:00", "2026-11-02 05:00"),
      // From midnight back to 23:00: the day before ends an hour later.
      ("America/Sao_Paulo", "2018-02-18 02:30", "2018-02-17 02:00", "2018-02-18 03:00"),
      // From 00:01 back to 23:01: the new day has begun and goes on.
      ("America/St_Johns", "2010-11-07 02:29", "2010-11-06 02:30", "2010-11-07 02:30"),
      ("America/St_Johns", "2010-11-07 03:00", "2010-11-07 02:30", "2010-11-08 03:30"),
      // Over the date line: there was no 30 December.
      ("Pacific/Apia", "2011-12-30 09:59", "2011-12-29 10:00", "2011-12-30 10:00"),
      ("Pacific/Apia", "2011-12-30 10:00", "2011-12-30 10:00", "2011-12-31 10:00"),
    ])
  func days(zone: String, instant: String, start: String, next: String) throws {
    let calendar = try Self.calendar(zone)
    let instant = try Instant(instant)
    #expect(calendar.dayStart(at: instant).utc == start)
    #expect(calendar.nextDayStart(after: instant).utc == next)
  }

  @Test("Any instant has a day, and dates beyond all bounds an instant")
  func extremes() throws {
    let calendar = try Self.calendar("America/Chicago")
    for instant in [Instant(microseconds: .min), .distantFuture] {
      let start = calendar.dayStart(at: instant)
      #expect(calendar.nextDayStart(after: instant) > start)
      #expect((0...23).contains(calendar.hour(of: instant)))
    }
    let far = calendar.instant(year: 1_000_000, month: 1, day: 1)
    #expect(far == .distantFuture)
  }

  @Test("Calendars by zone are made for known zones only")
  func cache() throws {
    var calendars = ScheduleCalendars()
    #expect(calendars.calendar(zone: "EST") == nil)
    for zone in ["America/Chicago", "America/Kentucky/Louisville", "America/Chicago"] {
      let found = calendars.calendar(zone: zone)
      let calendar = try #require(found)
      let noon = calendar.instant(year: 2026, month: 1, day: 1, minuteOfDay: 720)
      #expect(noon.utc == (zone == "America/Chicago" ? "2026-01-01 18:00" : "2026-01-01 17:00"))
    }
  }
}
