import Foundation
import KODCalendar
import KODEngine
import Testing

extension Instant {
  /// From "2026-03-08 07:00" or "2026-03-08 07:00:30", in UTC.
  init(_ utc: String) throws {
    let style = Date.ISO8601FormatStyle(dateSeparator: .dash, dateTimeSeparator: .space)
    let text = utc.count == 16 ? utc + ":00Z" : utc + "Z"
    let date = try style.parse(text)
    self.init(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
  }

  var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

  /// As `init(_:)` reads it, in UTC, to the minute.
  var utc: String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .dash, dateTimeSeparator: .space)
    return String(date.formatted(style).prefix(16))
  }
}

extension DailyHours {
  /// From times such as "22:00" and "06:00"; breaks such as "12:00-13:00".
  init(_ day: Weekday, _ start: String, _ end: String, breaks: String...) {
    self.init(
      day: day, start: minute(start), end: minute(end),
      breaks: breaks.map { text in
        let times = text.split(separator: "-")
        return Break(start: minute(times[0]), end: minute(times[1]))
      })
  }
}

private func minute(_ time: some StringProtocol) -> UInt16 {
  let numbers = time.split(separator: ":").compactMap { UInt16($0) }
  return numbers[0] * 60 + numbers[1]
}
