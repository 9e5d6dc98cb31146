import KODCalendar
import KODEngine
import Testing

private let zone = "America/Kentucky/Louisville"

@Suite("ScheduleRules")
struct ScheduleRulesTests {
  private static func paths(_ hours: [DailyHours]) -> [String] {
    paths(AvailabilitySettings(timeZone: zone, weeklyHours: hours))
  }

  private static func paths(_ settings: AvailabilitySettings) -> [String] {
    ScheduleRules.violations(of: settings).map(\.path)
  }

  private static func range(_ start: Int64, _ end: Int64?) -> OutOfOffice {
    OutOfOffice(
      start: Instant(microseconds: start), end: end.map { Instant(microseconds: $0) })
  }

  // MARK: Zone and counts

  @Test("R34: the zone is one by IANA name")
  func zones() {
    #expect(Self.paths(AvailabilitySettings(timeZone: zone)) == [])
    #expect(Self.paths(AvailabilitySettings(timeZone: "EST")) == ["time_zone"])
    #expect(Self.paths(AvailabilitySettings(timeZone: "")) == ["time_zone"])
  }

  static let spanCounts: [(Int, [String])] = [(42, []), (43, ["weekly_hours"])]
  @Test("R34: a week has at most 42 spans", arguments: spanCounts)
  func spans(count: Int, expected: [String]) {
    let hours = (0..<count).map { index in
      let start = UInt16(index / 7 * 200)
      return DailyHours(day: Weekday.allCases[index % 7], start: start, end: start + 200)
    }
    #expect(Self.paths(hours) == expected)
  }

  static let breakCounts: [(Int, [String])] = [(12, []), (13, ["weekly_hours[0].breaks"])]
  @Test("R34: a span has at most 12 breaks", arguments: breakCounts)
  func breaks(count: Int, expected: [String]) {
    let breaks = (0..<UInt16(count)).map { index in
      let start: UInt16 = 600 + index * 10
      return DailyHours.Break(start: start, end: start + 5)
    }
    #expect(
      Self.paths([DailyHours(day: .monday, start: 540, end: 1020, breaks: breaks)]) == expected)
  }

  static let rangeCounts: [(Int, [String])] = [(32, []), (33, ["out_of_office"])]
  @Test("R34: at most 32 ranges are out of office", arguments: rangeCounts)
  func ranges(count: Int, expected: [String]) {
    let ranges = (0..<Int64(count)).map { Self.range($0 * 10, $0 * 10 + 10) }
    #expect(Self.paths(AvailabilitySettings(timeZone: zone, outOfOffice: ranges)) == expected)
  }

  @Test("R34: around the clock needs no hours and takes none")
  func aroundTheClock() {
    var settings = AvailabilitySettings(timeZone: zone, aroundTheClock: true)
    #expect(Self.paths(settings) == [])
    settings.weeklyHours = [DailyHours(.monday, "9:00", "17:00")]
    #expect(Self.paths(settings) == ["weekly_hours"])
  }

  // MARK: Spans

  static let spanTimesTable: [(UInt16, UInt16, [String])] = [
    (0, 1, []), (0, 1440, []), (1439, 1440, []), (1439, 1, []), (1439, 1438, []), (1, 1440, []),
    (1440, 60, ["start"]), (.max, 60, ["start"]), (60, 0, ["end"]), (60, 1441, ["end"]),
    (60, .max, ["end"]), (60, 60, ["end"]), (0, 0, ["end"]), (1440, 1440, ["start", "end"]),
    (1440, 1441, ["start", "end"]),
  ]
  @Test(
    "R34: a span starts at minute 0 to 1439, ends at 1 to 1440 and is not empty",
    arguments: spanTimesTable)
  func spanTimes(start: UInt16, end: UInt16, fields: [String]) {
    let span = DailyHours(day: .monday, start: start, end: end)
    #expect(Self.paths([span]) == fields.map { "weekly_hours[0].\($0)" })
  }

  static let overlapTable: [([DailyHours], [Int])] = [
    ([DailyHours(.monday, "9:00", "12:00"), DailyHours(.monday, "12:00", "17:00")], []),
    ([DailyHours(.monday, "9:00", "12:01"), DailyHours(.monday, "12:00", "17:00")], [1]),
    ([DailyHours(.monday, "12:00", "17:00"), DailyHours(.monday, "9:00", "12:01")], [1]),
    ([DailyHours(.monday, "9:00", "12:00"), DailyHours(.monday, "9:00", "12:00")], [1]),
    ([DailyHours(.monday, "9:00", "17:00"), DailyHours(.monday, "10:00", "11:00")], [1]),
    ([DailyHours(.monday, "10:00", "11:00"), DailyHours(.monday, "9:00", "17:00")], [1]),
    ([DailyHours(.monday, "9:00", "17:00"), DailyHours(.tuesday, "9:00", "17:00")], []),
    ([DailyHours(.monday, "22:00", "6:00"), DailyHours(.tuesday, "6:00", "9:00")], []),
    ([DailyHours(.monday, "22:00", "6:01"), DailyHours(.tuesday, "6:00", "9:00")], [1]),
    ([DailyHours(.tuesday, "5:59", "9:00"), DailyHours(.monday, "22:00", "6:00")], [1]),
    ([DailyHours(.monday, "0:00", "24:00"), DailyHours(.tuesday, "0:00", "24:00")], []),
    ([DailyHours(.sunday, "22:00", "6:00"), DailyHours(.monday, "6:00", "9:00")], []),
    ([DailyHours(.sunday, "22:00", "6:01"), DailyHours(.monday, "6:00", "9:00")], [1]),
    ([DailyHours(.monday, "0:00", "1:00"), DailyHours(.sunday, "22:00", "0:01")], [1]),
    ([DailyHours(.monday, "0:00", "1:00"), DailyHours(.sunday, "22:00", "24:00")], []),
    (
      [
        DailyHours(.monday, "9:00", "17:00"), DailyHours(.friday, "9:00", "17:00"),
        DailyHours(.monday, "16:00", "18:00"), DailyHours(.friday, "8:00", "10:00"),
      ], [2, 3]
    ),
  ]
  @Test(
    "R34: spans may touch and must not overlap, over midnight and the week's end too",
    arguments: overlapTable)
  func overlaps(hours: [DailyHours], expected: [Int]) {
    #expect(Self.paths(hours) == expected.map { "weekly_hours[\($0)]" })
  }

  @Test("R34: an overlap names the span that it overlaps")
  func overlapNames() {
    let hours = [
      DailyHours(.friday, "9:00", "17:00"), DailyHours(.monday, "9:00", "17:00"),
      DailyHours(.friday, "18:00", "20:00"), DailyHours(.monday, "16:00", "18:00"),
    ]
    #expect(
      ScheduleRules.violations(of: AvailabilitySettings(timeZone: zone, weeklyHours: hours)) == [
        ScheduleViolation(path: "weekly_hours[3]", description: "must not overlap weekly_hours[1]")
      ])
  }

  // MARK: Breaks

  static let breakTable: [(DailyHours, [String])] = [
    (DailyHours(.monday, "9:00", "17:00", breaks: "9:00-9:15", "12:00-13:00", "13:00-17:00"), []),
    (DailyHours(.monday, "9:00", "17:00", breaks: "8:59-9:15"), ["[0].start"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "17:00-17:15"), ["[0].start"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "16:59-17:00"), []),
    (DailyHours(.monday, "9:00", "17:00", breaks: "16:59-17:01"), ["[0].end"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "12:00-11:00"), ["[0].end"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "12:00-12:00"), ["[0].end"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "12:00-24:01"), ["[0].end"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "24:00-12:00"), ["[0].start"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "12:00-13:00", "12:59-14:00"), ["[1]"]),
    (DailyHours(.monday, "9:00", "17:00", breaks: "14:00-15:00", "12:00-13:00"), ["[1]"]),
    (
      DailyHours(.monday, "9:00", "17:00", breaks: "10:00-15:00", "11:00-12:00", "13:00-14:00"),
      ["[1]", "[2]"]
    ),
    (DailyHours(.monday, "22:00", "6:00", breaks: "22:00-23:00", "23:45-0:15", "0:15-6:00"), []),
    (DailyHours(.monday, "22:00", "6:00", breaks: "21:59-22:30"), ["[0].start"]),
    (DailyHours(.monday, "22:00", "6:00", breaks: "5:59-6:00", "6:00-6:30"), ["[1].start"]),
    (DailyHours(.monday, "22:00", "6:00", breaks: "5:30-6:01"), ["[0].end"]),
    (DailyHours(.monday, "22:00", "6:00", breaks: "1:00-2:00", "23:00-24:00"), ["[1]"]),
    (DailyHours(.sunday, "22:00", "6:00", breaks: "23:45-0:15"), []),
    (DailyHours(.monday, "0:00", "24:00", breaks: "0:00-1:00", "23:00-24:00"), []),
    (DailyHours(.monday, "0:00", "24:00", breaks: "23:00-0:01"), ["[0].end"]),
  ]
  @Test("R34: breaks lie inside the span, in order and apart", arguments: breakTable)
  func breakPlaces(span: DailyHours, expected: [String]) {
    #expect(Self.paths([span]) == expected.map { "weekly_hours[0].breaks\($0)" })
  }

  // MARK: Out of office

  static let rangeTable: [([OutOfOffice], [String])] = [
    ([range(0, 1)], []),
    ([range(5, 5)], ["[0].end_us"]),
    ([range(5, 4)], ["[0].end_us"]),
    ([range(0, nil)], []),
    ([range(0, 10), range(10, 20)], []),
    ([range(10, 20), range(0, 10)], []),
    ([range(0, 10), range(9, 20)], ["[1]"]),
    ([range(9, 20), range(0, 10)], ["[1]"]),
    ([range(0, 30), range(10, 20)], ["[1]"]),
    ([range(10, 20), range(0, 30)], ["[1]"]),
    ([range(0, 10), range(10, nil)], []),
    ([range(0, 10), range(9, nil)], ["[1]"]),
    ([range(10, nil), range(0, 10)], []),
    ([range(10, nil), range(0, 11)], ["[1]"]),
    ([range(10, nil), range(20, nil)], ["[1].end_us"]),
    ([range(0, 10), range(5, 5), range(9, 20)], ["[1].end_us", "[2]"]),
  ]
  @Test(
    "R34: out-of-office ranges end after they start, or once never, and do not overlap",
    arguments: rangeTable)
  func outOfOffice(ranges: [OutOfOffice], expected: [String]) {
    let settings = AvailabilitySettings(timeZone: zone, outOfOffice: ranges)
    #expect(Self.paths(settings) == expected.map { "out_of_office\($0)" })
  }

  // MARK: Together

  @Test("Everything wrong is named at once, in the order of the fields")
  func together() {
    let settings = AvailabilitySettings(
      timeZone: "Kentucky", aroundTheClock: true,
      weeklyHours: [
        DailyHours(.monday, "9:00", "17:00"),
        DailyHours(
          day: .tuesday, start: 1500, end: 0,
          breaks: [.init(start: 2000, end: 60), .init(start: 0, end: 60)]),
        DailyHours(.wednesday, "9:00", "17:00", breaks: "8:00-8:30", "16:00-18:00"),
        DailyHours(.monday, "16:00", "18:00", breaks: "17:00-17:00"),
      ],
      outOfOffice: [Self.range(5, 4), Self.range(0, nil), Self.range(1, nil)])
    #expect(
      Self.paths(settings) == [
        "time_zone",
        "weekly_hours",
        "weekly_hours[1].start",
        "weekly_hours[1].end",
        "weekly_hours[1].breaks[0].start",
        "weekly_hours[2].breaks[0].start",
        "weekly_hours[2].breaks[1].end",
        "weekly_hours[3].breaks[0].end",
        "weekly_hours[3]",
        "out_of_office[0].end_us",
        "out_of_office[2].end_us",
      ])
  }

  @Test("However many things are wrong, each list is looked at up to its bound")
  func bounded() {
    let pause = DailyHours.Break(start: .max, end: .max)
    let span = DailyHours(
      day: .monday, start: .max, end: .max, breaks: Array(repeating: pause, count: 1000))
    let settings = AvailabilitySettings(
      timeZone: zone, weeklyHours: Array(repeating: span, count: 1000),
      outOfOffice: Array(repeating: Self.range(1, 0), count: 1000))
    // Of 42 spans both times, too many breaks, and both times of 12 breaks; of 32 ranges the end; two lists.
    #expect(Self.paths(settings).count == 42 * (2 + 1 + 24) + 32 + 2)
  }
}
