import Foundation
import KODCalendar
import KODEngine
import TestSupport
import Testing

/// Random schedules, minute by minute against Foundation's calendar.
@Suite("ScheduleCalendar: random schedules")
struct OutlookPropertyTests {
  /// A stretch of time as Foundation reads it, a minute at a time.
  private struct Readings {
    struct Minute {
      var instant: Instant
      /// 0 to 10,079, from Monday 00:00: what the wall shows.
      var minuteOfWeek: Int
      /// Minutes since 1970 on the wall, and the most that was shown until now.
      var shown: Int
      var reached: Int
      /// Shown once only in this stretch.
      var isUnambiguous: Bool
    }

    var minutes: [Minute] = []

    init(zone name: String, from: Instant, days: Int) throws {
      let zone = try #require(TimeZone(identifier: name))
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = zone
      var counts: [Int: Int] = [:]
      for index in 0..<days * 1440 {
        let instant = Instant(microseconds: from.microseconds + Int64(index) * 60_000_000)
        let parts = calendar.dateComponents([.weekday, .hour, .minute], from: instant.date)
        // Foundation counts from Sunday, which is 1.
        let day = (try #require(parts.weekday) + 5) % 7
        let ofWeek =
          day * 1440 + (try #require(parts.hour)) * 60 + (try #require(parts.minute))
        let seconds = Int(instant.date.timeIntervalSince1970)
        let shown = (seconds + zone.secondsFromGMT(for: instant.date)) / 60
        counts[shown, default: 0] += 1
        minutes.append(
          Minute(
            instant: instant, minuteOfWeek: ofWeek, shown: shown,
            reached: max(shown, minutes.last?.reached ?? shown), isUnambiguous: true))
      }
      for index in minutes.indices {
        minutes[index].isUnambiguous = counts[minutes[index].shown] == 1
      }
    }
  }

  /// The definition: in a span and not in a break.
  private static func isInside(_ hours: [DailyHours], minuteOfWeek: Int) -> Bool {
    func holds(_ day: Weekday, _ spanStart: UInt16, _ start: UInt16, _ end: UInt16) -> Bool {
      let firstDay = Int(day.rawValue) - 1 + (start < spanStart ? 1 : 0)
      let since = (minuteOfWeek - firstDay * 1440 - Int(start) + 2 * 10_080) % 10_080
      return since < (end > start ? Int(end) - Int(start) : Int(end) + 1440 - Int(start))
    }
    return hours.contains { holds($0.day, $0.start, $0.start, $0.end) }
      && !hours.contains { span in
        span.breaks.contains { holds(span.day, span.start, $0.start, $0.end) }
      }
  }

  private static func hours(_ numbers: inout SeededNumbers) -> [DailyHours] {
    // Coarse grains make spans touch, overlap and end where clocks change.
    let grain = [1, 15, 30, 60, 120].randomElement(using: &numbers) ?? 1
    func minute(_ range: ClosedRange<Int>) -> UInt16 {
      UInt16(Int.random(in: range, using: &numbers) * grain % 1440)
    }
    return (0..<Int.random(in: 0...9, using: &numbers)).map { _ in
      let day = Weekday.allCases[Int.random(in: 0...6, using: &numbers)]
      let start = minute(0...1439)
      var end = minute(0...1439)
      if end == start { end = (start + UInt16(grain)) % 1440 }
      var span = DailyHours(day: day, start: start, end: end == 0 ? 1440 : end)
      let length = (Int(span.end) - Int(start) + 1439) % 1440 + 1
      for _ in 0..<Int.random(in: 0...3, using: &numbers) {
        let first = Int.random(in: 0..<length, using: &numbers) / grain * grain
        let last =
          first + Int.random(in: 1...max(1, (length - first) / grain), using: &numbers) * grain
        guard last <= length, last - first < 1440 else { continue }
        let stop = (Int(start) + last) % 1440
        span.breaks.append(
          DailyHours.Break(
            start: UInt16((Int(start) + first) % 1440), end: UInt16(stop == 0 ? 1440 : stop)))
      }
      return span
    }
  }

  @Test(
    "R34: inside is when the wall's minute is in a span and not in a break",
    arguments: [
      ("America/Kentucky/Louisville", "2026-03-03 00:00"),
      ("America/Kentucky/Louisville", "2026-10-27 00:00"),
      ("America/Chicago", "2026-03-04 00:00"),
      ("America/Chicago", "2027-11-02 00:00"),
      ("America/New_York", "2027-03-09 00:00"),
      ("America/Sao_Paulo", "2018-10-30 00:00"),
      ("America/Sao_Paulo", "2018-02-13 00:00"),
      ("America/St_Johns", "2010-11-02 00:00"),
      ("America/Havana", "2026-10-27 00:00"),
      ("Africa/Cairo", "2024-04-21 00:00"),
      ("Africa/Casablanca", "2026-02-11 00:00"),
      ("Australia/Lord_Howe", "2026-04-01 00:00"),
      ("Australia/Sydney", "2026-09-29 00:00"),
      ("Pacific/Apia", "2011-12-26 00:00"),
      ("Asia/Kathmandu", "2026-06-01 00:00"),
      ("America/Phoenix", "2026-03-04 00:00"),
    ])
  func randomSchedules(zone: String, start: String) throws {
    let readings = try Readings(zone: zone, from: try Instant(start), days: 10).minutes
    let calendar = try #require(ScheduleCalendar(zone: zone))
    var numbers = SeededNumbers(state: UInt64(readings[0].shown))
    var compared = 0
    for _ in 0..<40 {
      let hours = Self.hours(&numbers)
      let settings = AvailabilitySettings(timeZone: zone, weeklyHours: hours)
      // Two days go before, so that what was reached at `from` is known.
      let first = Int.random(in: 2880..<8 * 1440, using: &numbers)
      let last = Int.random(in: first..<readings.count, using: &numbers)
      let within = Int64.random(in: 0..<60_000_000, using: &numbers)
      let from = Instant(microseconds: readings[first].instant.microseconds + within)
      let through = readings[last].instant
      let outlook = calendar.outlook(of: settings, from: from, through: max(from, through))

      // Without the times that come twice.
      var next = 0
      var inside = outlook.startsInside
      for reading in readings[first..<max(first + 1, last)] {
        while next < outlook.turns.count, outlook.turns[next] <= reading.instant {
          inside.toggle()
          next += 1
        }
        guard reading.isUnambiguous else { continue }
        compared += 1
        if inside != Self.isInside(hours, minuteOfWeek: reading.minuteOfWeek) {
          Issue.record("\(reading.instant.utc) is \(inside ? "inside" : "outside") of \(hours)")
          return
        }
      }

      // With them: a time counts when it is first shown, so the schedule stands still while clocks repeat.
      let expected = Self.expected(hours, readings, first: first, last: last)
      #expect(outlook.startsInside == expected.startsInside, "\(hours)")
      #expect(outlook.turns == expected.turns, "\(hours)")
      #expect(outlook.midnights == expected.midnights, "from \(from.utc) through \(through.utc)")
    }
    #expect(compared > 40_000)
  }

  private static func expected(
    _ hours: [DailyHours], _ readings: [Readings.Minute], first: Int, last: Int
  ) -> (startsInside: Bool, turns: [Instant], midnights: [Instant]) {
    let repeated = readings.map { reading in
      // The minute of the week moves with what is shown.
      (reading.minuteOfWeek + reading.reached - reading.shown) % 10_080
    }
    var inside = isInside(hours, minuteOfWeek: repeated[first])
    let startsInside = inside
    var turns: [Instant] = []
    for index in first..<max(first + 1, last)
    where isInside(hours, minuteOfWeek: repeated[index]) != inside {
      inside.toggle()
      turns.append(readings[index].instant)
    }
    var midnights: [Instant] = []
    for index in 1..<max(first + 1, last)
    where readings[index].reached / 1440 != readings[index - 1].reached / 1440 {
      if index <= first { midnights.removeAll() }
      midnights.append(readings[index].instant)
    }
    return (startsInside, turns, midnights)
  }
}
