import Foundation
import KODWire

/// A day's hours, and an absence, as one line each: to be read, and to be typed in place.
enum DayLine {
  // MARK: Hours of a day

  /// `08:00-17:00 (12:00-12:30), 19:00-21:00`, breaks in brackets; `off`. Short, only to be read: `8-17 (12-12:30)`.
  static func text(_ spans: [DailyHours], isShort: Bool = false) -> String {
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
    guard isShort else { return HoursText.text(minutes) }
    return minutes % 60 == 0 ? String(minutes / 60) : HoursText.text(minutes)
  }

  /// Only the shape is read here; whether it makes sense is the server's to say.
  static func hours(_ text: String, day: Weekday) throws(UsageError) -> [DailyHours] {
    var rest = text.lowercased().filter { $0 != " " }[...]
    guard !["", "off", "-", "none"].contains(rest) else { return [] }
    var spans: [DailyHours] = []
    while true {
      let part = rest.prefix { $0 != "," && $0 != "(" }
      rest = rest.dropFirst(part.count)
      let (start, end) = try HoursText.span(String(part))
      var hours = DailyHours(day: day, start: start, end: end)
      if rest.first == "(" {
        let inside = rest.dropFirst().prefix { $0 != ")" }
        rest = rest.dropFirst(inside.count + 1)
        guard rest.first == ")" else { throw UsageError("a bracket is not closed") }
        rest = rest.dropFirst()
        for pause in inside.split(separator: ",") {
          let (start, end) = try HoursText.span(String(pause))
          hours.breaks.append(HoursBreak(start: start, end: end))
        }
      }
      spans.append(hours)
      guard rest.first == "," else { break }
      rest = rest.dropFirst()
    }
    guard rest.isEmpty else {
      throw UsageError("'\(rest)' is too much: a comma stands between spans, breaks in brackets")
    }
    return spans
  }

  // MARK: Out of office

  /// `2026-03-10 08:00 to 2026-03-14 17:00`; `2026-03-10 08:00 to no end`.
  static func absence(_ range: OutOfOffice, _ clock: ClockFace) -> String {
    func text(_ instant: Int64) -> String { "\(clock.day(instant)) \(clock.minute(instant))" }
    return "\(text(range.startUs)) to \(range.endUs == 0 ? "no end" : text(range.endUs))"
  }

  /// Dates without a time are whole days, the last one included.
  static func absence(
    _ text: String, _ clock: ClockFace, now: Int64
  ) throws(UsageError) -> OutOfOffice {
    let words = text.split(separator: " ").map(String.init)
    guard let to = words.firstIndex(where: { $0.lowercased() == "to" }) else {
      throw UsageError(
        "out of office is like 2026-12-24 to 2026-12-27, 2026-12-24 08:00 to no end, or now to "
          + "2026-12-24 12:00")
    }
    let end = words[(to + 1)...].joined(separator: " ")
    return OutOfOffice(
      startUs: try instant(words[..<to].joined(separator: " "), .start, clock, now),
      endUs: end.lowercased() == "no end" ? 0 : try instant(end, .end, clock, now))
  }

  private static func instant(
    _ text: String, _ edge: DateText.Edge, _ clock: ClockFace, _ now: Int64
  ) throws(UsageError) -> Int64 {
    do throws(UsageError) {
      return try DateText.parse(
        text, edge, option: edge == .start ? "the start" : "the end", clock: clock, now: now)
    } catch {
      // There are no options on a screen.
      throw UsageError(
        error.message.hasPrefix("--") ? String(error.message.dropFirst(2)) : error.message)
    }
  }
}
