import Foundation
import KODWire
import Testing

@testable import kod

private let hour: Int64 = 3_600_000_000
private let day: Int64 = 24 * hour

private func zone(_ name: String) throws -> ClockFace {
  ClockFace(zone: try #require(TimeZone(identifier: name)))
}

/// Microseconds of an instant in RFC 3339.
private func instant(_ text: String) throws -> Int64 {
  ClockFace.microseconds(try Date(text, strategy: .iso8601))
}

@Suite struct DateTextTests {
  private func parse(_ text: String, _ edge: DateText.Edge = .start) throws -> Int64 {
    try DateText.parse(
      text, edge, option: "from", clock: zone("America/New_York"),
      now: instant("2026-03-09T14:42:07Z"))
  }

  @Test(arguments: [
    ("now", "2026-03-09T14:42:00Z"), ("today", "2026-03-09T04:00:00Z"),
    ("yesterday", "2026-03-08T05:00:00Z"), ("tomorrow", "2026-03-10T04:00:00Z"),
    ("2026-12-24", "2026-12-24T05:00:00Z"), ("2026-12-24T13:30", "2026-12-24T18:30:00Z"),
    ("2026-03-08T03:30", "2026-03-08T07:30:00Z"), ("13:30", "2026-03-09T17:30:00Z"),
    ("9am", "2026-03-09T13:00:00Z"),
  ])
  func `a date starts at its midnight in the own zone`(text: String, expected: String) throws {
    #expect(try parse(text) == instant(expected))
  }

  @Test(arguments: [
    ("2026-03-08T06:30:00Z", 1), ("2026-03-08T07:30:00Z", 3), ("2026-11-01T16:00:00Z", 11),
  ])
  func `the hour of now is the wall clock's on the days when clocks change (R70)`(
    text: String, hour: Int
  ) throws {
    #expect(try zone("America/New_York").hour(instant(text)) == hour)
  }

  @Test(arguments: [
    ("2026-03-08", "2026-03-09T04:00:00Z"), ("yesterday", "2026-03-09T04:00:00Z"),
    ("2026-11-01", "2026-11-02T05:00:00Z"), ("2026-12-24T13:30", "2026-12-24T18:30:00Z"),
    ("now", "2026-03-09T14:42:07Z"),
  ])
  func `as an end a day counts to its own end, a time of the day as it is`(
    text: String, expected: String
  ) throws {
    #expect(try parse(text, .end) == instant(expected))
  }

  @Test(arguments: [
    ("2026-02-30", "there is no day 2026-02-30: that month is shorter"),
    ("2026-13-01", "there is no day 2026-13-01: that month is shorter"),
    (
      "2026-03-08T02:30",
      "there is no 2026-03-08T02:30 in America/New_York: clocks go forward over it that night"
    ),
    (
      "yesterdy",
      "--from is a date such as 2026-12-24, with or without a time as in 2026-12-24T13:30, or now, "
        + "today, yesterday or tomorrow; got 'yesterdy'; did you mean 'yesterday'?"
    ),
    (
      "12/24/2026",
      "--from is a date such as 2026-12-24, with or without a time as in 2026-12-24T13:30, or now, "
        + "today, yesterday or tomorrow; got '12/24/2026'"
    ),
  ])
  func `other dates are refused`(text: String, expected: String) {
    #expect(throws: UsageError(expected)) { try parse(text) }
  }

  @Test(arguments: ["", "T", "2026-12-24T", "2026-12-24T25:00", "26-12-24", "2026-12", "24:00"])
  func `neither are these`(text: String) {
    #expect(throws: UsageError.self) { try parse(text) }
  }
}

@Suite struct PeriodTests {
  private func length(_ name: String, _ zoneName: String, _ now: String) throws -> Int64 {
    let clock = try zone(zoneName)
    let now = try instant(now)
    let period = try Period.current(name, clock: clock, now: now)
    #expect(period.to == nil)
    return now - period.from
  }

  @Test func `the day when clocks go forward has begun 23 hours before the next (R72)`() throws {
    let clock = try zone("America/Kentucky/Louisville")
    let noon = try instant("2026-03-08T16:00:00Z")
    #expect(clock.midnight(noon, days: 1) - clock.midnight(noon) == 23 * hour)
    #expect(try length("today", "America/Kentucky/Louisville", "2026-03-08T16:00:00Z") == 11 * hour)
  }

  @Test func `the day when clocks go back has 25 hours`() throws {
    let clock = try zone("America/Chicago")
    let noon = try instant("2026-11-01T18:00:00Z")
    #expect(clock.midnight(noon, days: 1) - clock.midnight(noon) == 25 * hour)
    #expect(try length("today", "America/Chicago", "2026-11-01T18:00:00Z") == 13 * hour)
  }

  @Test func `a week begins on Monday, through the change on its Sunday`() throws {
    // Sunday noon, after clocks went forward that night.
    let spent = try length("week", "America/New_York", "2026-03-08T16:00:00Z")
    #expect(spent == 6 * day + 11 * hour)
    // Monday itself.
    #expect(try length("week", "America/New_York", "2026-03-09T04:00:00Z") == 0)
  }

  @Test func `months and years begin at local midnight, whatever the offset was then`() throws {
    let month = try length("month", "America/New_York", "2026-03-31T04:00:00Z")
    #expect(month == 30 * day - hour)
    let year = try length("year", "America/Chicago", "2026-07-01T05:00:00Z")
    #expect(year == 181 * day - hour)
  }

  @Test func `the zone decides which day it is`() throws {
    let late = "2026-03-10T04:30:00Z"
    #expect(try length("today", "America/New_York", late) == hour / 2)
    #expect(try length("today", "America/Chicago", late) == 23 * hour + hour / 2)
  }

  private func chosen(_ line: String) throws -> Period {
    let words = ("metrics " + line).split(separator: " ").map(String.init)
    return try Period.chosen(
      ArgumentParser.parse(words, commands: Command.descriptions), clock: zone("America/New_York"),
      now: instant("2026-03-09T14:42:07Z"))
  }

  @Test func `without options it is this month, with dates exactly their days`() throws {
    #expect(try chosen("").from == instant("2026-03-01T05:00:00Z"))
    let march = try chosen("--from 2026-03-07 --to 2026-03-08")
    #expect(march.from == (try instant("2026-03-07T05:00:00Z")))
    #expect(march.to == (try instant("2026-03-09T04:00:00Z")))
    #expect(
      march.words(try zone("America/New_York"))
        == "Sat 2026-03-07 00:00 EST to Mon 2026-03-09 00:00 EDT")
    #expect(try chosen("--from yesterday").to == nil)
  }

  @Test(arguments: [
    ("--period weak", "--period is today, week, month or year; got 'weak'; did you mean 'week'?"),
    ("--period fortnight", "--period is today, week, month or year; got 'fortnight'"),
    ("--period week --from today", "--period and --from or --to both say which time: give one"),
    ("--to today", "--to needs --from: figures begin somewhere"),
    ("--from today --to yesterday", "--to lies before --from"),
    ("--from tomorrow", "--from lies in the future"),
  ])
  func `periods that can't be are refused`(line: String, expected: String) {
    #expect(throws: UsageError(expected)) { try chosen(line) }
  }
}

@Suite struct LocalTimeTests {
  @Test(arguments: [
    ("America/Kentucky/Louisville", "2026-03-08T06:59:59Z", "EST"),
    ("America/Kentucky/Louisville", "2026-03-08T07:00:00Z", "EDT"),
    ("America/Chicago", "2026-11-01T06:59:59Z", "CDT"),
    ("America/Chicago", "2026-11-01T07:00:00Z", "CST"),
  ])
  func `the zone's abbreviation follows daylight saving`(
    name: String, at: String, expected: String
  ) throws {
    #expect(try zone(name).abbreviation(instant(at)) == expected)
  }

  @Test(arguments: [
    ("2026-03-09T14:00:00Z", "10:00"), ("2026-03-08T06:30:00Z", "yesterday 01:30"),
    ("2026-03-10T03:59:00Z", "23:59"), ("2026-03-10T04:00:00Z", "tomorrow 00:00"),
    ("2026-03-05T15:00:00Z", "Thu 2026-03-05 10:00"),
  ])
  func `near days have names, across the change too`(at: String, expected: String) throws {
    let now = try instant("2026-03-09T14:42:07Z")
    #expect(try zone("America/New_York").when(instant(at), now: now) == expected)
  }

  @Test func `columns of a table are as short as the day allows`() throws {
    let clock = try zone("America/New_York")
    let now = try instant("2026-03-09T14:42:07Z")
    #expect(try clock.brief(instant("2026-03-09T14:00:00Z"), now: now) == "10:00")
    #expect(try clock.brief(instant("2026-03-05T15:00:00Z"), now: now) == "03-05 10:00")
    #expect(try clock.brief(instant("2025-03-05T15:00:00Z"), now: now) == "2025-03-05 10:00")
  }

  @Test func `an assister lives by the saved zone, or by this computer's`() throws {
    let profile = Profile(availability: Availability(timeZone: "America/Chicago"))
    #expect(ClockFace(profile).zone.identifier == "America/Chicago")
    #expect(ClockFace(Profile()).zone == ClockFace.local.zone)
  }
}
