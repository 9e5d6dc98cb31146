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
    let before = violations.count
    let spans = hours.enumerated().map { index, span in
      self.span("\(path).weekly_hours[\(index)]", span)
    }
    let ranges = absences.enumerated().map { index, range in
      self.range("\(path).out_of_office[\(index)]", range)
    }
    let settings = AvailabilitySettings(
      timeZone: availability.timeZone, aroundTheClock: availability.aroundTheClock,
      weeklyHours: spans, outOfOffice: ranges)
    if violations.count == before {
      judge(settings, path, index: 0)
    } else {
      // A span on a day that is none overlaps nothing: each is judged by itself.
      judge(AvailabilitySettings(timeZone: settings.timeZone), path, index: 0)
      for (index, span) in spans.enumerated() where hours[index].day.isNamed {
        judge(.init(timeZone: "UTC", weeklyHours: [span]), path, index: index)
      }
    }
    return settings
  }

  /// Adds the violations of the schedule's rules, with the first entry of each list at `index`.
  private mutating func judge(_ settings: AvailabilitySettings, _ path: String, index: Int) {
    for violation in ScheduleRules.violations(of: settings) {
      var field = violation.path
      if index > 0, let bracket = field.firstIndex(of: "[") {
        field = "\(field[..<bracket])[\(index)]" + field[bracket...].drop { $0 != "]" }.dropFirst()
      }
      self.violation("\(path).\(field)", violation.description)
    }
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

extension WireEnum {
  /// Not zero, and of this version.
  var isNamed: Bool { rawValue != 0 && Self.allKnown.contains(self) }
}
