import Foundation
import KODWire

/// A day's hours and an absence as one line each, to be read and to be typed.
enum HoursText {
  /// A line that is not understood; nothing is sent.
  struct Problem: Error, Equatable {
    var text: String
  }

  private static let example =
    "hours are like 08:00-12:00, 13:00-17:00, breaks (12:00-12:30), or off"

  // MARK: Hours of a day

  /// `08:00-17:00 (12:00-12:30), 19:00-21:00`; `off`. Short: `8-17 (12-12:30), 19-21`.
  static func day(_ spans: [DailyHours], isShort: Bool = false) -> String {
    guard !spans.isEmpty else { return "off" }
    func text(_ start: UInt32, _ end: UInt32) -> String {
      "\(clock(start, isShort: isShort))-\(clock(end, isShort: isShort))"
    }
    return spans.map { span in
      let breaks = span.breaks.map { text($0.start, $0.end) }.joined(separator: ", ")
      return text(span.start, span.end) + (breaks.isEmpty ? "" : " (\(breaks))")
    }.joined(separator: ", ")
  }

  private static func clock(_ minutes: UInt32, isShort: Bool) -> String {
    if isShort, minutes % 60 == 0 { return String(minutes / 60) }
    let hour = isShort ? String(minutes / 60) : Countdown.twoDigits(Int64(minutes / 60))
    return "\(hour):\(Countdown.twoDigits(Int64(minutes % 60)))"
  }

  /// Only the shape is read here; whether it makes sense is the server's to say.
  static func hours(_ text: String, day: Weekday) throws(Problem) -> [DailyHours] {
    var rest = text.lowercased().filter { $0 != " " }[...]
    guard !["", "off", "-", "none"].contains(rest) else { return [] }
    var spans: [DailyHours] = []
    while true {
      let part = rest.prefix { $0 != "," && $0 != "(" }
      rest = rest.dropFirst(part.count)
      let (start, end) = try self.span(part)
      var hours = DailyHours(day: day, start: start, end: end)
      if rest.first == "(" {
        let inside = rest.dropFirst().prefix { $0 != ")" }
        rest = rest.dropFirst(inside.count + 1)
        guard rest.first == ")" else { throw Problem(text: "a bracket is not closed") }
        rest = rest.dropFirst()
        for text in inside.split(separator: ",") {
          let (start, end) = try self.span(text)
          hours.breaks.append(HoursBreak(start: start, end: end))
        }
      }
      spans.append(hours)
      guard rest.first == "," else { break }
      rest = rest.dropFirst()
    }
    guard rest.isEmpty else { throw Problem(text: "'\(rest)' is too much: \(example)") }
    return spans
  }

  private static func span(_ text: Substring) throws(Problem) -> (UInt32, UInt32) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minutes)
    guard ends.count == 2, let start = ends[0], let end = ends[1] else {
      throw Problem(text: "'\(text)' is no span: \(example)")
    }
    return (start, end)
  }

  /// `8`, `8:30`, `08:30`, `24:00`.
  static func minutes(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...2).contains(parts[0].count),
      parts.count == 1 || parts[1].count == 2,
      parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let hour = UInt32(parts[0]), let minute = parts.count == 2 ? UInt32(parts[1]) : 0,
      hour < 24 || hour == 24 && minute == 0, minute < 60
    else { return nil }
    return hour * 60 + minute
  }

  // MARK: Out of office

  /// `2026-03-10 08:00 to 2026-03-14 17:00`; `2026-03-10 08:00 to no end`.
  static func absence(_ range: OutOfOffice, _ clock: ClockFace) -> String {
    let end = range.endUs == 0 ? "no end" : instant(range.endUs, clock)
    return "\(instant(range.startUs, clock)) to \(end)"
  }

  private static func instant(_ microseconds: Int64, _ clock: ClockFace) -> String {
    String(clock.dateAndTime(microseconds).dropLast(3))
  }

  /// Dates without a time are whole days, the last one included.
  static func absence(
    _ text: String, _ clock: ClockFace, now: Int64
  ) throws(Problem) -> OutOfOffice {
    let words = text.lowercased().split(separator: " ").map(String.init)
    guard let to = words.firstIndex(of: "to") else {
      throw Problem(
        text: "out of office is like 2026-03-10 to 2026-03-14, 2026-03-10 08:00 to no end, "
          + "or now to 2026-03-14 12:00")
    }
    let start = Array(words[..<to])
    let end = Array(words[(to + 1)...])
    let isEndless = [["no", "end"], ["noend"], ["never"]].contains(end)
    return OutOfOffice(
      startUs: start == ["now"] ? now : try instant(start, clock, isEnd: false),
      endUs: isEndless ? 0 : try instant(end, clock, isEnd: true))
  }

  private static func instant(
    _ words: [String], _ clock: ClockFace, isEnd: Bool
  ) throws(Problem) -> Int64 {
    let shown = words.joined(separator: " ")
    let wrong = Problem(text: "'\(shown)' is no date such as 2026-03-10 or 2026-03-10 08:00")
    guard (1...2).contains(words.count) else { throw wrong }
    let numbers = words[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 3, let year = numbers[0], let month = numbers[1], let day = numbers[2],
      (2000...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
    else { throw wrong }
    var minutes: UInt32 = 0
    if words.count == 2 {
      guard let typed = Self.minutes(words[1][...]) else { throw wrong }
      minutes = typed
    }
    let calendar = clock.calendar
    let parts = DateComponents(year: year, month: month, day: day)
    guard let midnight = calendar.date(from: parts),
      calendar.dateComponents([.year, .month, .day], from: midnight) == parts
    else { throw wrong }
    let days = words.count == 1 && isEnd || minutes == 1_440 ? 1 : 0
    guard let base = calendar.date(byAdding: .day, value: days, to: midnight) else { throw wrong }
    guard words.count == 2, minutes < 1_440 else {
      return ClockFace.microseconds(calendar.startOfDay(for: base))
    }
    guard
      let date = calendar.date(
        bySettingHour: Int(minutes) / 60, minute: Int(minutes) % 60, second: 0, of: base)
    else { throw wrong }
    return ClockFace.microseconds(date)
  }
}
