import Foundation

/// Shows instants as clock times: in the zone of whoever looks at the terminal, and of a county where that differs.
struct ClockFace: Sendable {
  var zone: TimeZone

  /// The zone of this computer, or of the environment's TZ.
  static var local: ClockFace { ClockFace(zone: .current) }

  /// `10:42:07`.
  func time(_ microseconds: Int64) -> String {
    let second = secondOfDay(microseconds)
    return "\(Countdown.twoDigits(second / 3_600)):\(Countdown.twoDigits(second / 60 % 60)):"
      + Countdown.twoDigits(second % 60)
  }

  /// `10:42:07.123`, for races.
  func timeWithMilliseconds(_ microseconds: Int64) -> String {
    let milliseconds = Int64((microseconds % 1_000_000 + 1_000_000) % 1_000_000) / 1_000
    let digits = String(milliseconds)
    return time(microseconds) + "." + String(repeating: "0", count: 3 - digits.count) + digits
  }

  /// `10:42`.
  func minute(_ microseconds: Int64) -> String { String(time(microseconds).dropLast(3)) }

  /// `11:12`, with the county's own time behind it when that is another: `11:12 (10:12 CT)`.
  func minute(_ microseconds: Int64, county: CountyRow?) -> String {
    let here = minute(microseconds)
    guard let county, let zone = TimeZone(identifier: county.zone.identifier) else { return here }
    let there = ClockFace(zone: zone).minute(microseconds)
    return there == here ? here : "\(here) (\(there) \(county.zone.rawValue))"
  }

  /// `2026-03-09 10:42:07`.
  func dateAndTime(_ microseconds: Int64) -> String {
    let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = calendar.dateComponents([.year, .month, .day], from: date)
    let month = Countdown.twoDigits(Int64(parts.month ?? 0))
    let day = Countdown.twoDigits(Int64(parts.day ?? 0))
    return "\(parts.year ?? 0)-\(month)-\(day) \(time(microseconds))"
  }

  private func secondOfDay(_ microseconds: Int64) -> Int64 {
    let seconds = Int64((Double(microseconds) / 1_000_000).rounded(.down))
    let offset = zone.secondsFromGMT(
      for: Date(timeIntervalSince1970: TimeInterval(seconds)))
    let day: Int64 = 86_400
    return ((seconds + Int64(offset)) % day + day) % day
  }
}
