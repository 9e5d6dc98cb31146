import Foundation
import KODJSON
import KODWire
import Testing

@testable import kod

@Suite struct HoursTextTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch let error as UsageError {
      return error.message
    } catch {
      return "another error: \(error)"
    }
  }

  @Test(
    arguments: [
      ("mon", [1]), ("Monday", [1]), ("tu", [2]), ("mon-fri", [1, 2, 3, 4, 5]),
      ("mon,wed,fri", [1, 3, 5]), ("fri-mon", [1, 5, 6, 7]), ("sun-sun", [7]),
      ("weekdays", [1, 2, 3, 4, 5]), ("weekend", [6, 7]), ("daily", [1, 2, 3, 4, 5, 6, 7]),
      ("sat,mon-tue,sat", [1, 2, 6]),
    ] as [(String, [Int32])])
  func `days are names, ranges, lists and groups, in the order of the week (R74)`(
    text: String, days: [Int32]
  ) throws {
    #expect(try HoursText.days(text).map(\.rawValue) == days)
  }

  @Test(arguments: [
    ("wendesday", "there is no day 'wendesday'; did you mean 'wednesday'?"),
    ("weekdys", "there is no day 'weekdys'; did you mean 'weekdays'?"),
    (
      "t",
      "there is no day 't': it is mon to sun, a range such as mon-fri, a list such as mon,wed, or "
        + "daily, weekdays or weekend"
    ),
    ("", "'' does not name days, such as mon-fri"),
    ("mon,,tue", "'mon,,tue' does not name days, such as mon-fri"),
    ("mon-", "'mon-' does not name days, such as mon-fri"),
    ("mon-wed-fri", "'mon-wed-fri' is no range of days, such as mon-fri"),
  ])
  func `other days are refused with what was likely meant`(text: String, expected: String) {
    #expect(message { _ = try HoursText.days(text) } == expected)
  }

  @Test(
    arguments: [
      ("00:00", 0), ("9:05", 545), ("09:00", 540), ("23:59", 1_439), ("24:00", 1_440),
      ("9am", 540), ("12am", 0), ("12pm", 720), ("5:30PM", 1_050), ("noon", 720), ("midnight", 0),
    ] as [(String, UInt32)])
  func `times of the day`(text: String, minutes: UInt32) {
    #expect(HoursText.clock(text) == minutes)
  }

  @Test(arguments: [
    "", "9", "24:01", "25:00", "09:60", "9:5", "13pm", "0am", "-1:00", "9:00:00", "nine", "٠٩:٠٠",
  ])
  func `other texts are no time`(text: String) {
    #expect(HoursText.clock(text) == nil)
  }

  @Test(
    arguments: [
      ("09:00-17:00", 540, 1_020), ("9am-5pm", 540, 1_020), ("22:00-06:00", 1_320, 360),
      ("00:00-24:00", 0, 1_440), ("18:00-00:00", 1_080, 1_440), ("6pm-midnight", 1_080, 1_440),
    ] as [(String, UInt32, UInt32)])
  func `spans, over midnight too (R34)`(text: String, start: UInt32, end: UInt32) throws {
    let span = try HoursText.span(text)
    #expect(span.start == start)
    #expect(span.end == end)
  }

  @Test(arguments: [
    (
      "9-5",
      "hours are START-END, such as 09:00-17:00 or 9am-5pm; got '9-5'; did you mean 09:00-17:00?"
    ),
    (
      "8-16",
      "hours are START-END, such as 09:00-17:00 or 9am-5pm; got '8-16'; did you mean 08:00-16:00?"
    ),
    (
      "09:00-25:00",
      "hours are START-END, such as 09:00-17:00 or 9am-5pm; got '09:00-25:00': '25:00' is no time of "
        + "the day (00:00 to 24:00)"
    ),
    ("09:00", "hours are START-END, such as 09:00-17:00 or 9am-5pm; got '09:00'"),
    ("24:00-06:00", "'24:00-06:00': hours start at 00:00 to 23:59, only their end may be 24:00"),
    (
      "09:00-09:00",
      "'09:00-09:00' starts and ends at the same time; a whole day is 00:00-24:00, and a whole week "
        + "`kod availability around-the-clock`"
    ),
  ])
  func `other spans are refused with what was likely meant`(text: String, expected: String) {
    #expect(message { _ = try HoursText.span(text) } == expected)
  }

  @Test func `breaks go into the span that holds them, in order, on every day`() throws {
    let hours = try HoursText.hours(
      days: [.monday, .tuesday], spans: ["13:00-17:00", "08:00-12:00"],
      breaks: ["15:00-15:15", "10:00-10:15", "14:00-14:10"])
    #expect(hours.map(\.day) == [.monday, .monday, .tuesday, .tuesday])
    #expect(hours.map(\.start) == [480, 780, 480, 780])
    #expect(hours[0].breaks == [HoursBreak(start: 600, end: 615)])
    #expect(
      hours[1].breaks == [HoursBreak(start: 840, end: 850), HoursBreak(start: 900, end: 915)])
  }

  @Test func `a break after midnight belongs to the night's span (R34)`() throws {
    let hours = try HoursText.hours(
      days: [.friday], spans: ["22:00-06:00"], breaks: ["02:00-02:30", "23:45-00:15"])
    #expect(
      hours[0].breaks == [HoursBreak(start: 1_425, end: 15), HoursBreak(start: 120, end: 150)])
  }

  @Test(arguments: ["08:30-09:15", "16:45-17:15", "18:00-19:00", "07:00-08:00"])
  func `a break outside the hours is refused`(text: String) {
    let said = message {
      _ = try HoursText.hours(days: [.monday], spans: ["09:00-17:00"], breaks: [text])
    }
    #expect(said == "the break \(text) does not lie inside the hours 09:00-17:00")
  }

  @Test(arguments: ["09:00-09:15", "16:45-17:00"])
  func `a break may touch the edges`(text: String) throws {
    let hours = try HoursText.hours(days: [.monday], spans: ["09:00-17:00"], breaks: [text])
    #expect(hours[0].breaks.count == 1)
  }

  @Test func `working time leaves the breaks out, and spans over midnight count whole`() {
    let day = DailyHours(start: 540, end: 1_020, breaks: [HoursBreak(start: 720, end: 750)])
    #expect(HoursText.working(day) == 450)
    #expect(HoursText.working(DailyHours(start: 1_320, end: 360)) == 480)
  }
}

@Suite struct AvailabilityChangeTests {
  private let clock = ClockFace(zone: TimeZone(identifier: "America/New_York") ?? .gmt)
  // 2026-12-20 12:00 EST.
  private let now: Int64 = 1_797_786_000_000_000

  private func parse(_ words: [String]) throws -> Invocation {
    try ArgumentParser.parse(words, commands: Command.descriptions)
  }

  private func absence(_ line: String) throws -> OutOfOffice {
    let words = ("availability out " + line).split(separator: " ").map(String.init)
    return try AvailabilityChange.absence(parse(words), clock: clock, now: now)
  }

  @Test func `hours of some days leave the others as they are`() throws {
    let saved = Availability(
      timeZone: "America/Chicago",
      weeklyHours: [
        DailyHours(day: .monday, start: 480, end: 960),
        DailyHours(day: .sunday, start: 60, end: 90),
      ])
    let new = try HoursText.hours(days: [.monday, .friday], spans: ["09:00-17:00"], breaks: [])
    let changed = AvailabilityChange.hours(saved, days: [.monday, .friday], new)
    #expect(changed.timeZone == "America/Chicago")
    #expect(changed.weeklyHours.map(\.day) == [.monday, .friday, .sunday])
    #expect(changed.weeklyHours[0].start == 540)
  }

  @Test func `hours end around the clock, and around the clock ends hours`() {
    let around = AvailabilityChange.aroundTheClock(
      Availability(weeklyHours: [DailyHours(day: .monday, start: 1, end: 2)]))
    #expect(around.aroundTheClock && around.weeklyHours.isEmpty)
    #expect(!AvailabilityChange.hours(around, days: HoursText.week, []).aroundTheClock)
  }

  @Test(arguments: [
    ("America/Chicago", "America/Chicago"),
    ("america/kentucky/louisville", "America/Kentucky/Louisville"),
  ])
  func `a zone by its name in any case`(text: String, name: String) throws {
    #expect(try AvailabilityChange.zone(text) == name)
  }

  @Test(arguments: [
    ("Chicago", "there is no time zone 'Chicago'; did you mean 'America/Chicago'?"),
    ("eastern", "there is no time zone 'eastern'; did you mean 'America/Kentucky/Louisville'?"),
    ("America/Chikago", "there is no time zone 'America/Chikago'; did you mean 'America/Chicago'?"),
  ])
  func `another name is refused with what was likely meant`(text: String, expected: String) {
    #expect(throws: UsageError(expected)) { try AvailabilityChange.zone(text) }
  }

  @Test func `out of office counts whole days of the own zone`() throws {
    let range = try absence("--from 2026-12-24 --to 2026-12-27")
    #expect(range == OutOfOffice(startUs: 1_798_088_400_000_000, endUs: 1_798_434_000_000_000))
    #expect(
      AvailabilityLines.absence(range, clock: clock)
        == "Thu 2026-12-24 00:00 EST to Mon 2026-12-28 00:00 EST")
  }

  @Test func `without a start it begins now, and it may have no end (R34)`() throws {
    #expect(try absence("--no-end") == OutOfOffice(startUs: now, endUs: 0))
    #expect(try absence("--to 15:00").endUs == now + 3 * 3_600_000_000)
  }

  @Test func `now is the minute that has begun: the server's clock may be a hair behind (R34)`()
    throws
  {
    let later = now + 37_000_001
    let range = try AvailabilityChange.absence(
      parse(["availability", "out", "--no-end"]), clock: clock, now: later)
    #expect(range == OutOfOffice(startUs: now, endUs: 0))
  }

  @Test(arguments: [
    ("", "--to DATE says until when, or --no-end that it has no end"),
    ("--to 2026-12-24 --no-end", "--to and --no-end exclude each other: give one"),
    ("--from 2026-12-24 --to 2026-12-23", "--to lies before --from"),
    ("--from 2026-12-01 --to 2026-12-02", "--to lies in the past"),
  ])
  func `a range that can't be is refused`(line: String, expected: String) {
    #expect(throws: UsageError(expected)) { try absence(line) }
  }

  @Test func `what is over leaves the list when something is added`() {
    let over = OutOfOffice(startUs: 1, endUs: 2)
    let coming = OutOfOffice(startUs: now + 2, endUs: 0)
    let new = OutOfOffice(startUs: now, endUs: now + 1)
    let changed = AvailabilityChange.adding(
      new, to: Availability(outOfOffice: [over, coming]), now: now)
    #expect(changed.outOfOffice == [new, coming])
  }

  @Test func `clearing takes all of it, or what touches a day`() throws {
    let day: Int64 = 86_400_000_000
    let first = OutOfOffice(startUs: now, endUs: now + day)
    let second = OutOfOffice(startUs: now + 10 * day, endUs: 0)
    let saved = Availability(outOfOffice: [first, second])
    #expect(
      try AvailabilityChange.clearing(saved, day: nil, clock: clock, now: now).outOfOffice == [])
    #expect(
      try AvailabilityChange.clearing(saved, day: "2026-12-21", clock: clock, now: now)
        .outOfOffice == [second])
    #expect(throws: UsageError("you are not out of office on 2026-12-25")) {
      try AvailabilityChange.clearing(saved, day: "2026-12-25", clock: clock, now: now)
    }
  }

  @Test func `the server's paths are named with the hours that they mean`() {
    let availability = Availability(weeklyHours: [
      DailyHours(day: .wednesday, start: 540, end: 1_020)
    ])
    let violation = FieldViolation(
      path: "availability.weekly_hours[0].breaks[0].end", description: "must not be after the end")
    #expect(
      AvailabilityChange.named(violation, in: availability, clock: clock)
        == "weekly_hours[0].breaks[0].end (Wed 09:00-17:00) must not be after the end")
    let zone = FieldViolation(path: "availability.time_zone", description: "must be known")
    #expect(
      AvailabilityChange.named(zone, in: availability, clock: clock) == "time_zone must be known")
  }

  @Test func `ranges that overlap are both named`() {
    let day: Int64 = 86_400_000_000
    let availability = Availability(outOfOffice: [
      OutOfOffice(startUs: now, endUs: now + 2 * day), OutOfOffice(startUs: now + day, endUs: 0),
    ])
    let violation = FieldViolation(
      path: "availability.out_of_office[1]", description: "must not overlap out_of_office[0]")
    #expect(
      AvailabilityChange.named(violation, in: availability, clock: clock)
        == "out_of_office[1] (Mon 2026-12-21 12:00 EST to no end) must not overlap out_of_office[0] "
        + "(Sun 2026-12-20 12:00 EST to Tue 2026-12-22 12:00 EST)")
  }

  @Test func `out is followed by clear or by options, never both`() throws {
    func clears(_ line: String) throws -> Bool {
      let words = ("availability out " + line).split(separator: " ").map(String.init)
      return try AvailabilityCommands.clears(parse(words))
    }
    #expect(try clears("clear 2026-12-24"))
    #expect(try !clears("--no-end"))
    #expect(throws: UsageError.self) { try clears("clear --no-end") }
    #expect(throws: UsageError.self) { try clears("2026-12-24") }
  }
}

@Suite struct AvailabilityFileTests {
  @Test func `what --json prints is taken back as it was (R74)`() throws {
    let availability = Availability(
      timeZone: "America/Chicago", aroundTheClock: false,
      weeklyHours: [
        DailyHours(day: .sunday, start: 1_320, end: 360, breaks: [HoursBreak(start: 0, end: 15)])
      ], outOfOffice: [OutOfOffice(startUs: 5, endUs: 0), OutOfOffice(startUs: 1, endUs: 4)])
    let whole: JSON = ["availability": availability.json, "missing": []]
    #expect(try AvailabilityFile.read(whole.line) == availability)
    #expect(try AvailabilityFile.read(availability.json.line) == availability)
  }

  @Test func `times of the day may be written as such, and days short`() throws {
    let text = """
      {"time_zone": "America/Chicago",
       "weekly_hours": [{"day": "fri", "start": "09:00", "end": "5pm"}]}
      """
    let read = try AvailabilityFile.read(text)
    #expect(read.weeklyHours == [DailyHours(day: .friday, start: 540, end: 1_020)])
  }

  private func violations(_ text: String) -> [String] {
    do {
      _ = try AvailabilityFile.read(text)
      return []
    } catch {
      #expect(error.exit == .usage)
      return error.violations.map { "\($0.path) \($0.description)" }
    }
  }

  @Test func `all that is wrong is named together, each with its path`() {
    let text = """
      {"time_zone": 5, "arround_the_clock": true, "weekly_hours": [
        {"day": "monday", "start": 0, "end": 60},
        {"day": "someday", "start": -1, "breaks": [{"start": "nine", "end": 1.5}]}],
       "out_of_office": [{"start_us": "today"}]}
      """
    #expect(
      violations(text) == [
        "arround_the_clock is no key here; did you mean around_the_clock?",
        "time_zone must be a zone's name, such as America/Chicago",
        "weekly_hours[1].start must be minutes after midnight, 0 to 1440, or a time such as \"09:00\"",
        "weekly_hours[1].end is missing", "weekly_hours[1].day must be monday to sunday",
        "weekly_hours[1].breaks[0].start must be minutes after midnight, 0 to 1440, or a time such as "
          + "\"09:00\"",
        "weekly_hours[1].breaks[0].end must be minutes after midnight, 0 to 1440, or a time such as "
          + "\"09:00\"",
        "out_of_office[0].start_us must be microseconds since 1970, a whole number",
      ])
  }

  @Test(arguments: ["", "{", "[1]", "5", "\"text\"", "{\"weekly_hours\": 5}", "null"])
  func `what is no such file is bad usage`(text: String) {
    #expect(throws: Failure.self) { try AvailabilityFile.read(text) }
  }
}
