internal import KODCalendar
internal import KODEngine
internal import KODWire

extension FieldCheck {
  /// My Availability (R74): what the schedule's own rules ask, and that its words and instants are known.
  mutating func availability(
    _ path: String, _ availability: KODWire.Availability
  ) -> AvailabilitySettings {
    // One more than may be is enough to see that they are too many.
    let hours = availability.weeklyHours.prefix(ScheduleRules.maximumSpans + 1)
    let absences = availability.outOfOffice.prefix(ScheduleRules.maximumOutOfOffice + 1)
    var unplacedSpans: Set<Int> = []
    var unplacedRanges: Set<Int> = []
    var count = violations.count
    let spans = hours.enumerated().map { index, message in
      let span = self.span("\(path).weekly_hours[\(index)]", message)
      if violations.count > count { unplacedSpans.insert(index) }
      count = violations.count
      return span
    }
    let ranges = absences.enumerated().map { index, message in
      let range = self.range("\(path).out_of_office[\(index)]", message)
      if violations.count > count { unplacedRanges.insert(index) }
      count = violations.count
      return range
    }
    let settings = AvailabilitySettings(
      timeZone: availability.timeZone, aroundTheClock: availability.aroundTheClock,
      weeklyHours: spans, outOfOffice: ranges)
    let wrong = ScheduleRules.violations(
      of: settings, unplacedSpans: unplacedSpans, unplacedRanges: unplacedRanges)
    for violation in wrong { self.violation("\(path).\(violation.path)", violation.description) }
    return settings
  }

  private mutating func span(_ path: String, _ message: KODWire.DailyHours) -> KODEngine.DailyHours
  {
    let day: KODEngine.Weekday? = word("\(path).day", message.day, "MONDAY to SUNDAY")
    let breaks = message.breaks.prefix(ScheduleRules.maximumBreaks + 1)
    return KODEngine.DailyHours(
      day: day ?? .monday, start: UInt16(clamping: message.start),
      end: UInt16(clamping: message.end),
      breaks: breaks.map { .init(start: UInt16(clamping: $0.start), end: UInt16(clamping: $0.end)) }
    )
  }

  private mutating func range(
    _ path: String, _ message: KODWire.OutOfOffice
  ) -> KODEngine.OutOfOffice {
    let start = instant("\(path).start_us", message.startUs)
    let end = instant("\(path).end_us", message.endUs)
    return KODEngine.OutOfOffice(
      start: start ?? Instant(microseconds: 0), end: message.endUs == 0 ? nil : end)
  }
}
