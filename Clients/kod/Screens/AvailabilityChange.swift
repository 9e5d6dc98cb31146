import Foundation
import KODWire

/// Changes of what is saved, as values: what was saved and what was typed in, what is to be saved out.
enum AvailabilityChange {
  /// Of the first hours of somebody who named no zone. What is shown afterwards says which it is.
  static let firstZone = "America/Kentucky/Louisville"

  /// What a change starts from.
  static func start(_ profile: Profile) -> Availability {
    profile.availability ?? Availability(timeZone: firstZone)
  }

  /// Replaces the hours of these days, and of no other.
  static func hours(_ saved: Availability, days: [Weekday], _ hours: [DailyHours]) -> Availability {
    var changed = saved
    changed.aroundTheClock = false
    changed.weeklyHours.removeAll { days.contains($0.day) }
    changed.weeklyHours += hours
    changed.weeklyHours.sort { ($0.day.rawValue, $0.start) < ($1.day.rawValue, $1.start) }
    return changed
  }

  static func aroundTheClock(_ saved: Availability) -> Availability {
    var changed = saved
    changed.aroundTheClock = true
    changed.weeklyHours = []
    return changed
  }

  /// A name of the IANA database, in any case; a near one is suggested.
  static func zone(_ text: String) throws(UsageError) -> String {
    let known = TimeZone.knownTimeZoneIdentifiers
    if let exact = known.first(where: { $0.lowercased() == text.lowercased() }) { return exact }
    // Aliases such as US/Eastern are names too.
    if text.contains("/"), TimeZone(identifier: text) != nil { return text }
    let short = ["eastern": "America/Kentucky/Louisville", "central": "America/Chicago"]
    let near =
      short[text.lowercased()]
      ?? known.first { $0.lowercased().hasSuffix("/" + text.lowercased()) }
      ?? Suggestion.nearest(to: text, among: known)
    throw UsageError(
      "there is no time zone '\(text)'"
        + (near.map { "; did you mean '\($0)'?" }
          ?? ": it is an IANA name, such as America/Kentucky/Louisville or America/Chicago"))
  }

  /// From --from, --to and --no-end. A day alone as --to is away to its end.
  static func absence(
    _ invocation: Invocation, clock: ClockFace, now: Int64
  ) throws(UsageError) -> OutOfOffice {
    let hasNoEnd = invocation.has("no-end")
    guard invocation.value("to") != nil || hasNoEnd else {
      throw UsageError("--to DATE says until when, or --no-end that it has no end")
    }
    guard invocation.value("to") == nil || !hasNoEnd else {
      throw UsageError("--to and --no-end exclude each other: give one")
    }
    let start = try DateText.parse(
      invocation.value("from") ?? "now", .start, option: "from", clock: clock, now: now)
    guard let text = invocation.value("to") else { return OutOfOffice(startUs: start, endUs: 0) }
    let end = try DateText.parse(text, .end, option: "to", clock: clock, now: now)
    guard end > start else { throw UsageError("--to lies before --from") }
    guard end > now else { throw UsageError("--to lies in the past") }
    return OutOfOffice(startUs: start, endUs: end)
  }

  /// With what is over left out: the list has an end.
  static func adding(_ range: OutOfOffice, to saved: Availability, now: Int64) -> Availability {
    var changed = saved
    changed.outOfOffice.removeAll { $0.endUs != 0 && $0.endUs <= now }
    changed.outOfOffice.append(range)
    changed.outOfOffice.sort { $0.startUs < $1.startUs }
    return changed
  }

  /// All ranges gone, or those that touch the given day.
  static func clearing(
    _ saved: Availability, day: String?, clock: ClockFace, now: Int64
  ) throws(UsageError) -> Availability {
    var changed = saved
    guard let day else {
      changed.outOfOffice = []
      return changed
    }
    let start = try DateText.parse(day, .start, option: "from", clock: clock, now: now)
    let end = max(start + 1, try DateText.parse(day, .end, option: "to", clock: clock, now: now))
    changed.outOfOffice.removeAll { $0.startUs < end && ($0.endUs == 0 || $0.endUs > start) }
    guard changed.outOfOffice.count < saved.outOfOffice.count else {
      throw UsageError("you are not out of office on \(day)")
    }
    return changed
  }

  /// The server's paths with what they mean: `weekly_hours[2] (Wed 09:00-17:00) must ...`.
  static func named(
    _ violation: FieldViolation, in availability: Availability, clock: ClockFace
  ) -> String {
    let prefix = "availability."
    let path =
      violation.path.hasPrefix(prefix)
      ? String(violation.path.dropFirst(prefix.count)) : violation.path
    let other = meaning(of: violation.description, availability, clock)
    return path + meaning(of: path, availability, clock) + " " + violation.description + other
  }

  /// ` (Wed 09:00-17:00)` for the entry that a text names, if it names one.
  private static func meaning(
    of text: String, _ availability: Availability, _ clock: ClockFace
  ) -> String {
    func index(_ list: String) -> Int? {
      text.range(of: list + "[").flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
    }
    if let index = index("weekly_hours"), availability.weeklyHours.indices.contains(index) {
      let hours = availability.weeklyHours[index]
      return " (\(hours.day.short) \(HoursText.text(hours)))"
    }
    if let index = index("out_of_office"), availability.outOfOffice.indices.contains(index) {
      return " (\(AvailabilityLines.absence(availability.outOfOffice[index], clock: clock)))"
    }
    return ""
  }
}
