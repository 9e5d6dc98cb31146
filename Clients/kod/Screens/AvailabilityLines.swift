import KODWire

/// My Availability on paper (R74): what holds now, the week, and when nobody is in.
enum AvailabilityLines {
  static func lines(_ profile: Profile, clock: ClockFace, now: Int64, paper: Paper) -> [String] {
    let status = profile.status ?? AssisterStatus()
    var lines = paper.wrapped("My Availability: \(status.name), \(clock.zoned(now, now: now))")
    lines += paper.wrapped(
      "Now      " + self.now(profile, clock: clock, now: now), hanging: 9, indent: 2)
    lines += paper.wrapped(
      "Switch   \(switched(status, clock: clock, now: now))", hanging: 9, indent: 2)
    guard let availability = profile.availability else {
      return lines + [""]
        + paper.wrapped(
          "No hours are saved yet. For instance: kod availability hours mon-fri 09:00-17:00")
    }
    lines += paper.wrapped(
      "Zone     \(availability.timeZone) (\(clock.abbreviation(now)))", hanging: 9, indent: 2)
    lines += [""] + week(availability, paper: paper)
    lines += absences(availability.outOfOffice, clock: clock, now: now, paper: paper)
    return lines
  }

  // MARK: Now

  /// `AVAILABLE until 17:00 EST`, or why not, and until when.
  static func now(_ profile: Profile, clock: ClockFace, now: Int64) -> String {
    let status = profile.status ?? AssisterStatus()
    let turn = status.nextTurnUs > now ? clock.zoned(status.nextTurnUs, now: now) : nil
    if status.available {
      if status.override == .overrideOn {
        return "AVAILABLE, switched on by hand"
          + (status.overrideUntilUs > now
            ? " until \(clock.zoned(status.overrideUntilUs, now: now))" : "")
      }
      if profile.availability?.aroundTheClock ?? false { return "AVAILABLE, around the clock" }
      return "AVAILABLE, inside your hours" + (turn.map { " until \($0)" } ?? "")
    }
    let words = StandingWords.availability(status)
    let blockers = Blocker.set(status.blockers)
    guard status.registration == .registrationActive else { return words }
    if blockers.contains(.blockedByOutOfOffice),
      let absence = profile.availability?.outOfOffice.first(where: {
        $0.startUs <= now && ($0.endUs == 0 || now < $0.endUs)
      })
    {
      let end =
        absence.endUs == 0 ? "without an end" : "until \(clock.zoned(absence.endUs, now: now))"
      // Beside its own reason: the others need not end with it.
      return words.replacing("out of office", with: "out of office, \(end)", maxReplacements: 1)
    }
    if blockers == [.blockedByHours], let turn { return words + ", until \(turn)" }
    return words
  }

  static func switched(_ status: AssisterStatus, clock: ClockFace, now: Int64) -> String {
    switch status.override {
    case .overrideOn:
      status.overrideUntilUs > now
        ? "on until \(clock.zoned(status.overrideUntilUs, now: now)), then your hours decide" : "on"
    case .overrideOff: "off until you switch it: kod availability on, or follow"
    default: "follow: your hours decide"
    }
  }

  // MARK: The week

  static func week(_ availability: Availability, paper: Paper) -> [String] {
    if availability.aroundTheClock { return ["  Around the clock, every day."] }
    guard !availability.weeklyHours.isEmpty else {
      return ["  No hours: only the switch makes you available (kod availability on)."]
    }
    var table = Table([
      .init(title: "DAY"), .init(title: "HOURS"), .init(title: "BREAKS"),
      .init(title: "0     6     12    18", rank: 1),
    ])
    for day in HoursText.week {
      let hours = availability.weeklyHours.filter { $0.day == day }.sorted { $0.start < $1.start }
      let strip = strip(availability.weeklyHours, on: day, glyphs: paper.glyphs)
      if hours.isEmpty { table.add([day.short, "-", "", strip]) }
      for (index, span) in hours.enumerated() {
        let breaks = span.breaks.map { "\(HoursText.text($0.start))-\(HoursText.text($0.end))" }
        // Two to a line: twelve breaks would not fit any paper.
        let pairs = stride(from: 0, to: max(1, breaks.count), by: 2).map {
          breaks.dropFirst($0).prefix(2).joined(separator: ", ")
        }
        for (line, pair) in pairs.enumerated() {
          let isFirst = index == 0 && line == 0
          table.add([
            isFirst ? day.short : "", line == 0 ? HoursText.text(span) : "", pair,
            isFirst ? strip : "",
          ])
        }
      }
    }
    let minutes = availability.weeklyHours.reduce(0) { $0 + HoursText.working($1) }
    let sum =
      "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min") + " a week"
    return table.lines(on: paper, indent: 2) + ["  " + sum]
  }

  /// The day hour by hour: full, in part, or not at all, also what yesterday's span reaches into it.
  static func strip(_ hours: [DailyHours], on day: Weekday, glyphs: Glyphs) -> String {
    var minutes = [Bool](repeating: false, count: 2 * 1_440)
    func mark(_ start: UInt32, _ end: UInt32, from: UInt32, as value: Bool) {
      let first = Int(start >= from ? start : start + 1_440)
      for minute in first..<first + Int(HoursText.length(start, end)) where minute < minutes.count {
        minutes[minute] = value
      }
    }
    var result = [Bool](repeating: false, count: 1_440)
    let before = Weekday(rawValue: day.rawValue == 1 ? 7 : day.rawValue - 1)
    for (source, offset) in [(before, 1_440), (day, 0)] {
      minutes = [Bool](repeating: false, count: 2 * 1_440)
      for span in hours where span.day == source {
        mark(span.start, span.end, from: span.start, as: true)
        for pause in span.breaks { mark(pause.start, pause.end, from: span.start, as: false) }
      }
      for minute in result.indices where minutes[minute + offset] { result[minute] = true }
    }
    let (full, part, none): (Character, Character, Character) =
      glyphs == .unicode ? ("█", "▄", "·") : ("#", "+", ".")
    return String(
      (0..<24).map { hour in
        switch result[hour * 60..<hour * 60 + 60].count(where: { $0 }) {
        case 60: full
        case 0: none
        default: part
        }
      })
  }

  // MARK: Out of office

  static func absences(
    _ ranges: [OutOfOffice], clock: ClockFace, now: Int64, paper: Paper
  ) -> [String] {
    let coming = ranges.filter { $0.endUs == 0 || $0.endUs > now }.sorted {
      $0.startUs < $1.startUs
    }
    guard !coming.isEmpty else { return [] }
    return ["", "  Out of office"]
      + coming.flatMap { paper.wrapped(absence($0, clock: clock), hanging: 2, indent: 4) }
  }

  /// `Thu 2026-12-24 00:00 EST to Mon 2026-12-28 00:00 EST`.
  static func absence(_ range: OutOfOffice, clock: ClockFace) -> String {
    func full(_ instant: Int64) -> String {
      "\(clock.weekday(instant)) \(clock.day(instant)) \(clock.minute(instant)) "
        + clock.abbreviation(instant)
    }
    return "\(full(range.startUs)) to " + (range.endUs == 0 ? "no end" : full(range.endUs))
  }
}
