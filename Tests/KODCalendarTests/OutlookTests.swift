import KODCalendar
import KODEngine
import TestSupport
import Testing

/// Louisville is five hours behind UTC in winter and four in summer, Chicago six and five. Both change on
/// 2026-03-08 and 2026-11-01, 2027-03-14 and 2027-11-07.
private let louisville = "America/Kentucky/Louisville"
private let chicago = "America/Chicago"

/// Hours, a stretch of time in UTC, and what they mean in it.
struct OutlookCase: CustomTestStringConvertible {
  var name: String
  var zone: String
  var hours: [DailyHours]
  var from: String
  var through: String
  var startsInside = false
  var turns: [String]

  var testDescription: String { "\(name), \(zone)" }
}

@Suite("ScheduleCalendar: outlook")
struct OutlookTests {
  private static func outlook(
    _ hours: [DailyHours], zone: String, from: String, through: String, aroundTheClock: Bool = false
  ) throws -> ScheduleOutlook {
    let calendar = try #require(ScheduleCalendar(zone: zone))
    return calendar.outlook(
      of: AvailabilitySettings(
        timeZone: zone, aroundTheClock: aroundTheClock, weeklyHours: hours),
      from: try Instant(from), through: try Instant(through))
  }

  private static func check(_ test: OutlookCase) throws {
    let outlook = try outlook(test.hours, zone: test.zone, from: test.from, through: test.through)
    #expect(outlook.startsInside == test.startsInside)
    #expect(outlook.turns.map(\.utc) == test.turns)
    #expect(outlook.from == (try Instant(test.from)))
    #expect(outlook.through == (try Instant(test.through)))
  }

  private static let office = [DailyHours(.monday, "9:00", "17:00", breaks: "12:00-13:00")]
  private static let night = [
    DailyHours(.saturday, "22:00", "6:00", breaks: "23:30-0:15", "3:00-3:30")
  ]
  private static let week = Weekday.allCases.map { DailyHours($0, "0:00", "24:00") }

  // MARK: Ordinary days

  static let ordinary = [
    OutlookCase(
      name: "A day with a break", zone: louisville, hours: office, from: "2026-06-01 00:00",
      through: "2026-06-02 00:00",
      turns: ["2026-06-01 13:00", "2026-06-01 16:00", "2026-06-01 17:00", "2026-06-01 21:00"]),
    OutlookCase(
      name: "The same an hour later in the west", zone: chicago, hours: office,
      from: "2026-06-01 00:00", through: "2026-06-02 00:00",
      turns: ["2026-06-01 14:00", "2026-06-01 17:00", "2026-06-01 18:00", "2026-06-01 22:00"]),
    OutlookCase(
      name: "In winter an hour later still", zone: chicago, hours: office, from: "2026-01-05 00:00",
      through: "2026-01-06 00:00",
      turns: ["2026-01-05 15:00", "2026-01-05 18:00", "2026-01-05 19:00", "2026-01-05 23:00"]),
    OutlookCase(
      name: "Two weeks over the spring change", zone: louisville,
      hours: [DailyHours(.monday, "9:00", "17:00")], from: "2026-03-02 00:00",
      through: "2026-03-16 00:00",
      turns: ["2026-03-02 14:00", "2026-03-02 22:00", "2026-03-09 13:00", "2026-03-09 21:00"]),
    OutlookCase(
      name: "No hours are never inside", zone: louisville, hours: [], from: "2026-06-01 00:00",
      through: "2026-06-15 00:00", turns: []),
    OutlookCase(
      name: "Seven whole days have no turns", zone: louisville, hours: week,
      from: "2026-03-01 00:00", through: "2026-03-15 00:00", startsInside: true, turns: []),
    OutlookCase(
      name: "An empty stretch has no turns", zone: louisville, hours: office,
      from: "2026-06-01 13:00", through: "2026-06-01 13:00", startsInside: true, turns: []),
    OutlookCase(
      name: "South of the equator", zone: "Australia/Sydney", hours: office,
      from: "2026-10-04 12:00", through: "2026-10-05 12:00",
      turns: ["2026-10-04 22:00", "2026-10-05 01:00", "2026-10-05 02:00", "2026-10-05 06:00"]),
    OutlookCase(
      name: "Without daylight saving", zone: "America/Phoenix",
      hours: [DailyHours(.sunday, "1:30", "3:30")], from: "2026-03-08 00:00",
      through: "2026-03-15 12:00",
      turns: ["2026-03-08 08:30", "2026-03-08 10:30", "2026-03-15 08:30", "2026-03-15 10:30"]),
    OutlookCase(
      name: "A quarter hour off", zone: "Asia/Kathmandu",
      hours: [DailyHours(.monday, "9:00", "9:01")], from: "2026-06-01 00:00",
      through: "2026-06-02 00:00", turns: ["2026-06-01 03:15", "2026-06-01 03:16"]),
  ]
  @Test("R34: hours are wall-clock time in the assister's zone", arguments: ordinary)
  func ordinaryDays(test: OutlookCase) throws { try Self.check(test) }

  // MARK: Half-open

  static let halfOpen = [
    OutlookCase(
      name: "Inside at the start", zone: louisville, hours: office, from: "2026-06-01 13:00",
      through: "2026-06-01 13:01", startsInside: true, turns: []),
    OutlookCase(
      name: "Not yet inside just before", zone: louisville, hours: office, from: "2026-06-01 12:59",
      through: "2026-06-01 13:00", turns: []),
    OutlookCase(
      name: "Outside at a break's start", zone: louisville, hours: office, from: "2026-06-01 16:00",
      through: "2026-06-01 21:00", turns: ["2026-06-01 17:00"]),
    OutlookCase(
      name: "Inside at a break's end", zone: louisville, hours: office, from: "2026-06-01 17:00",
      through: "2026-06-01 21:01", startsInside: true, turns: ["2026-06-01 21:00"]),
    OutlookCase(
      name: "Outside at the end", zone: louisville, hours: office, from: "2026-06-01 21:00",
      through: "2026-06-08 13:00", turns: []),
  ]
  @Test("R34: spans and breaks hold their start and not their end", arguments: halfOpen)
  func halfOpenEnds(test: OutlookCase) throws { try Self.check(test) }

  @Test("R34: a microsecond before the start is outside")
  func microseconds() throws {
    let calendar = try #require(ScheduleCalendar(zone: louisville))
    let start = try Instant("2026-06-01 13:00")
    let before = Instant(microseconds: start.microseconds - 1)
    let settings = AvailabilitySettings(timeZone: louisville, weeklyHours: Self.office)
    let outlook = calendar.outlook(
      of: settings, from: before, through: Instant(microseconds: start.microseconds + 1))
    #expect(!outlook.startsInside)
    #expect(outlook.turns == [start])
  }

  // MARK: Midnight and the week's end

  static let midnight = [
    OutlookCase(
      name: "An ordinary night, a break over midnight and one after", zone: louisville,
      hours: night, from: "2026-06-06 12:00", through: "2026-06-07 12:00",
      turns: [
        "2026-06-07 02:00", "2026-06-07 03:30", "2026-06-07 04:15", "2026-06-07 07:00",
        "2026-06-07 07:30", "2026-06-07 10:00",
      ]),
    OutlookCase(
      name: "Already inside after midnight", zone: louisville, hours: night,
      from: "2026-06-07 05:00", through: "2026-06-07 12:00", startsInside: true,
      turns: ["2026-06-07 07:00", "2026-06-07 07:30", "2026-06-07 10:00"]),
    OutlookCase(
      name: "Sunday night runs on into Monday", zone: louisville,
      hours: [DailyHours(.sunday, "22:00", "6:00", breaks: "23:45-0:30")],
      from: "2026-06-07 12:00", through: "2026-06-08 12:00",
      turns: ["2026-06-08 02:00", "2026-06-08 03:45", "2026-06-08 04:30", "2026-06-08 10:00"]),
    OutlookCase(
      name: "On a Monday, inside since Sunday", zone: louisville,
      hours: [DailyHours(.sunday, "22:00", "6:00")], from: "2026-06-08 05:00",
      through: "2026-06-08 12:00", startsInside: true, turns: ["2026-06-08 10:00"]),
    OutlookCase(
      name: "Sunday night touches Monday morning", zone: louisville,
      hours: [DailyHours(.monday, "6:00", "14:00"), DailyHours(.sunday, "22:00", "6:00")],
      from: "2026-06-07 12:00", through: "2026-06-09 12:00",
      turns: ["2026-06-08 02:00", "2026-06-08 18:00"]),
    OutlookCase(
      name: "Sunday until midnight touches Monday from midnight", zone: chicago,
      hours: [DailyHours(.sunday, "20:00", "24:00"), DailyHours(.monday, "0:00", "4:00")],
      from: "2026-06-07 12:00", through: "2026-06-09 12:00",
      turns: ["2026-06-08 01:00", "2026-06-08 09:00"]),
    OutlookCase(
      name: "Spans that overlap are one", zone: louisville,
      hours: [DailyHours(.monday, "9:00", "13:00"), DailyHours(.monday, "12:00", "17:00")],
      from: "2026-06-01 00:00", through: "2026-06-02 00:00",
      turns: ["2026-06-01 13:00", "2026-06-01 21:00"]),
    OutlookCase(
      name: "A break in both of two spans that touch", zone: louisville,
      hours: [
        DailyHours(.monday, "9:00", "12:00", breaks: "11:30-12:00"),
        DailyHours(.monday, "12:00", "15:00", breaks: "12:00-12:30"),
      ],
      from: "2026-06-01 00:00", through: "2026-06-02 00:00",
      turns: ["2026-06-01 13:00", "2026-06-01 15:30", "2026-06-01 16:30", "2026-06-01 19:00"]),
  ]
  @Test(
    "R34: spans cross midnight and the week's end, and touch without a turn", arguments: midnight)
  func overMidnight(test: OutlookCase) throws { try Self.check(test) }

  // MARK: Daylight saving

  private static func sunday(_ name: String, _ hours: [DailyHours], _ turns: [String])
    -> OutlookCase
  {
    OutlookCase(
      name: name, zone: louisville, hours: hours, from: "2026-03-08 00:00",
      through: "2026-03-09 00:00", turns: turns.map { "2026-03-08 \($0)" })
  }

  static let spring = [
    OutlookCase(
      name: "A night of seven hours, a break that loses nothing", zone: louisville, hours: night,
      from: "2026-03-07 12:00", through: "2026-03-09 00:00",
      turns: [
        "2026-03-08 03:00", "2026-03-08 04:30", "2026-03-08 05:15", "2026-03-08 07:00",
        "2026-03-08 07:30", "2026-03-08 10:00",
      ]),
    OutlookCase(
      name: "The same night in the west", zone: chicago,
      hours: [DailyHours(.saturday, "22:00", "6:00")], from: "2026-03-07 12:00",
      through: "2026-03-09 00:00", turns: ["2026-03-08 04:00", "2026-03-08 11:00"]),
    OutlookCase(
      name: "The next year's night", zone: chicago,
      hours: [DailyHours(.saturday, "22:00", "6:00")], from: "2027-03-13 12:00",
      through: "2027-03-15 00:00", turns: ["2027-03-14 04:00", "2027-03-14 11:00"]),
    sunday(
      "A break over the gap", [DailyHours(.sunday, "0:00", "8:00", breaks: "1:30-3:30")],
      ["05:00", "06:30", "07:30", "12:00"]),
    sunday(
      "A break that is the gap", [DailyHours(.sunday, "0:00", "8:00", breaks: "2:00-3:00")],
      ["05:00", "12:00"]),
    sunday(
      "A break in the gap", [DailyHours(.sunday, "0:00", "8:00", breaks: "2:15-2:45")],
      ["05:00", "12:00"]),
    sunday(
      "A break that begins in the gap", [DailyHours(.sunday, "0:00", "8:00", breaks: "2:30-3:30")],
      ["05:00", "07:00", "07:30", "12:00"]),
    sunday("An end in the gap", [DailyHours(.sunday, "0:00", "2:30")], ["05:00", "07:00"]),
    sunday("A start in the gap", [DailyHours(.sunday, "2:30", "8:00")], ["07:00", "12:00"]),
    sunday("A span in the gap", [DailyHours(.sunday, "2:10", "2:50")], []),
    sunday(
      "Spans up to and from the gap touch",
      [DailyHours(.sunday, "1:00", "2:00"), DailyHours(.sunday, "3:00", "4:00")],
      ["06:00", "08:00"]),
    sunday(
      "Two spans in the gap, then one from its end",
      [
        DailyHours(.sunday, "2:00", "2:20"), DailyHours(.sunday, "2:30", "2:40"),
        DailyHours(.sunday, "3:00", "4:00"),
      ], ["07:00", "08:00"]),
    OutlookCase(
      name: "Inside at the change itself", zone: louisville,
      hours: [DailyHours(.sunday, "2:30", "8:00")], from: "2026-03-08 07:00",
      through: "2026-03-09 00:00", startsInside: true, turns: ["2026-03-08 12:00"]),
    OutlookCase(
      name: "A span of a day that the zone left out", zone: "Pacific/Apia",
      hours: [DailyHours(.friday, "9:00", "17:00"), DailyHours(.saturday, "9:00", "17:00")],
      from: "2011-12-29 10:00", through: "2011-12-31 10:00",
      turns: ["2011-12-30 19:00", "2011-12-31 03:00"]),
  ]
  @Test("R34: what spring skips begins and ends with the change", arguments: spring)
  func springChange(test: OutlookCase) throws { try Self.check(test) }

  static let autumn = [
    OutlookCase(
      name: "A night of nine hours", zone: louisville, hours: night, from: "2026-10-31 12:00",
      through: "2026-11-02 00:00",
      turns: [
        "2026-11-01 02:00", "2026-11-01 03:30", "2026-11-01 04:15", "2026-11-01 08:00",
        "2026-11-01 08:30", "2026-11-01 11:00",
      ]),
    OutlookCase(
      name: "The same night in the west", zone: chicago,
      hours: [DailyHours(.saturday, "22:00", "6:00")], from: "2026-10-31 12:00",
      through: "2026-11-02 00:00", turns: ["2026-11-01 03:00", "2026-11-01 12:00"]),
    OutlookCase(
      name: "The next year's night", zone: louisville,
      hours: [DailyHours(.saturday, "22:00", "6:00")], from: "2027-11-06 12:00",
      through: "2027-11-08 00:00", turns: ["2027-11-07 02:00", "2027-11-07 11:00"]),
    OutlookCase(
      name: "A start in the hour that comes twice", zone: louisville,
      hours: [DailyHours(.sunday, "1:30", "5:00")], from: "2026-11-01 00:00",
      through: "2026-11-02 00:00", turns: ["2026-11-01 05:30", "2026-11-01 10:00"]),
    OutlookCase(
      name: "An end in it does not come again", zone: louisville,
      hours: [DailyHours(.sunday, "0:00", "1:30")], from: "2026-11-01 00:00",
      through: "2026-11-02 00:00", turns: ["2026-11-01 04:00", "2026-11-01 05:30"]),
    OutlookCase(
      name: "A break in it comes once", zone: louisville,
      hours: [DailyHours(.sunday, "0:00", "5:00", breaks: "1:00-1:30")], from: "2026-11-01 00:00",
      through: "2026-11-02 00:00",
      turns: ["2026-11-01 04:00", "2026-11-01 05:00", "2026-11-01 05:30", "2026-11-01 10:00"]),
    OutlookCase(
      name: "A break that ends after it is an hour longer", zone: louisville,
      hours: [DailyHours(.sunday, "0:00", "5:00", breaks: "1:30-2:30")], from: "2026-11-01 00:00",
      through: "2026-11-02 00:00",
      turns: ["2026-11-01 04:00", "2026-11-01 05:30", "2026-11-01 07:30", "2026-11-01 10:00"]),
    OutlookCase(
      name: "From its second half on, an end in it is past", zone: louisville,
      hours: [DailyHours(.sunday, "0:00", "1:30")], from: "2026-11-01 06:15",
      through: "2026-11-02 00:00", turns: []),
    OutlookCase(
      name: "The west's hour comes an hour later", zone: chicago,
      hours: [DailyHours(.sunday, "1:30", "2:00")], from: "2026-11-01 00:00",
      through: "2026-11-02 00:00", turns: ["2026-11-01 06:30", "2026-11-01 08:00"]),
  ]
  @Test("R34: what autumn repeats counts the first time", arguments: autumn)
  func autumnChange(test: OutlookCase) throws { try Self.check(test) }

  // MARK: The rest of an outlook

  @Test("R34: around the clock is inside always, without turns")
  func aroundTheClock() throws {
    let outlook = try Self.outlook(
      [], zone: chicago, from: "2026-03-01 00:00", through: "2026-03-15 00:00", aroundTheClock: true
    )
    #expect(outlook.startsInside)
    #expect(outlook.turns == [])
    #expect(outlook.midnights.count == 15)
  }

  @Test(
    "R70: midnights are the last one not after the start, then each before the end",
    arguments: [
      (
        louisville, "2026-03-07 12:00", "2026-03-10 04:00",
        ["2026-03-07 05:00", "2026-03-08 05:00", "2026-03-09 04:00"]
      ),
      (
        chicago, "2026-10-31 05:00", "2026-11-02 06:01",
        ["2026-10-31 05:00", "2026-11-01 05:00", "2026-11-02 06:00"]
      ),
      (chicago, "2026-10-31 04:59", "2026-10-31 05:00", ["2026-10-30 05:00"]),
      (chicago, "2026-10-31 05:00", "2026-10-31 05:00", ["2026-10-31 05:00"]),
      (
        "America/Sao_Paulo", "2018-11-03 12:00", "2018-11-05 12:00",
        ["2018-11-03 03:00", "2018-11-04 03:00", "2018-11-05 02:00"]
      ),
      (
        "Pacific/Apia", "2011-12-29 12:00", "2012-01-01 00:00",
        ["2011-12-29 10:00", "2011-12-30 10:00", "2011-12-31 10:00"]
      ),
      ("America/St_Johns", "2010-11-07 02:45", "2010-11-07 12:00", ["2010-11-07 02:30"]),
    ])
  func midnights(zone: String, from: String, through: String, expected: [String]) throws {
    let outlook = try Self.outlook([], zone: zone, from: from, through: through)
    #expect(outlook.midnights.map(\.utc) == expected)
  }

  @Test("An outlook without end ends after 400 days, one that ends before it starts is empty")
  func bounds() throws {
    let calendar = try #require(ScheduleCalendar(zone: louisville))
    let settings = AvailabilitySettings(timeZone: louisville, weeklyHours: Self.office)
    let from = try Instant("2026-06-01 00:00")
    let long = calendar.outlook(of: settings, from: from, through: .distantFuture)
    #expect(long.through == from + ScheduleCalendar.longestOutlook)
    #expect(long.through.utc == "2027-07-06 00:00")
    #expect(long.turns.count == 58 * 4)
    let empty = calendar.outlook(
      of: settings, from: from, through: Instant(microseconds: from.microseconds - 1))
    #expect(empty.through == from)
    #expect(empty.turns == [])
    #expect(empty.midnights.count == 1)
  }

  @Test("Settings with violations and instants beyond all bounds give some outlook")
  func anything() throws {
    let calendar = try #require(ScheduleCalendar(zone: louisville))
    var numbers = SeededNumbers(state: 7)
    for _ in 0..<500 {
      func any() -> UInt16 { UInt16.random(in: .min ... .max, using: &numbers) }
      let hours = (0..<3).map { _ in
        DailyHours(
          day: .sunday, start: any(), end: any(), breaks: [.init(start: any(), end: any())])
      }
      let settings = AvailabilitySettings(timeZone: louisville, weeklyHours: hours)
      let from = Instant(microseconds: Int64.random(in: .min ... .max, using: &numbers))
      for from in [from, .distantFuture, Instant(microseconds: .min)] {
        let outlook = calendar.outlook(of: settings, from: from, through: .distantFuture)
        #expect(zip(outlook.turns, outlook.turns.dropFirst()).allSatisfy { $0 < $1 })
        #expect(outlook.midnights.count >= 400)
      }
    }
  }
}
