import KODWire

/// Weekly hours as people type them (R34): `mon-fri 09:00-17:00`, with breaks `12:00-12:30`.
enum HoursText {
  static let week: [Weekday] = [
    .monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday,
  ]
  private static let groups: [(word: String, days: [Weekday])] = [
    ("daily", week), ("weekdays", Array(week.prefix(5))), ("weekend", Array(week.suffix(2))),
  ]

  // MARK: Days

  /// `mon`, `Monday`, `mon-fri`, `fri-mon` (over the weekend), `mon,wed,fri`, `daily`, `weekdays`, `weekend`. In the
  /// order of the week, each once.
  static func days(_ text: String) throws(UsageError) -> [Weekday] {
    var found: Set<Int> = []
    for part in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
      if let group = groups.first(where: { $0.word == part }) {
        found.formUnion(group.days.map { Int($0.rawValue) - 1 })
        continue
      }
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard let start = ends.first, ends.count <= 2, let last = ends.last else {
        throw UsageError("'\(part)' is no range of days, such as mon-fri")
      }
      let first = try day(String(start), in: text)
      let final = try day(String(last), in: text)
      var index = first
      found.insert(index)
      while index != final {
        index = (index + 1) % week.count
        found.insert(index)
      }
    }
    return week.indices.filter(found.contains).map { week[$0] }
  }

  private static func day(_ word: String, in text: String) throws(UsageError) -> Int {
    let names = week.map(\.word)
    // Two letters at least, so that t and s are nobody's guess.
    if word.count >= 2, let index = names.firstIndex(where: { $0.hasPrefix(word) }) { return index }
    let near = Suggestion.nearest(to: word, among: names + groups.map(\.word))
    let rest =
      near.map { "; did you mean '\($0)'?" }
      ?? ": it is mon to sun, a range such as mon-fri, a list such as mon,wed, or "
      + WireWords.list(groups.map(\.word))
    throw UsageError(
      word.isEmpty
        ? "'\(text)' does not name days, such as mon-fri" : "there is no day '\(word)'\(rest)")
  }

  // MARK: Times

  /// Minutes after midnight, to 1440: `09:00`, `9am`, `5:30pm`, `noon`, `midnight`, `24:00`; nil: no time.
  static func clock(_ text: String) -> UInt32? {
    var body = text.lowercased()
    if body == "noon" { return 720 }
    if body == "midnight" { return 0 }
    var half: UInt32?
    for (suffix, value) in [("am", UInt32(0)), ("pm", 1)] where body.hasSuffix(suffix) {
      half = value
      body.removeLast(2)
    }
    let parts = body.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = parts.first, (1...2).contains(first.count), parts.count <= 2,
      let hour = number(first)
    else { return nil }
    var minute: UInt32 = 0
    if parts.count == 2 {
      guard parts[1].count == 2, let given = number(parts[1]), given < 60 else { return nil }
      minute = given
    }
    guard let half else {
      // A bare 9 might be either half of the day.
      guard parts.count == 2, hour < 24 || (hour == 24 && minute == 0) else { return nil }
      return hour * 60 + minute
    }
    guard (1...12).contains(hour) else { return nil }
    return (hour % 12 + half * 12) * 60 + minute
  }

  private static func number(_ text: Substring) -> UInt32? {
    text.allSatisfy { $0.isASCII && $0.isNumber } ? UInt32(text) : nil
  }

  /// `09:00-17:00`; an end that is not after the start is on the next day.
  static func span(_ text: String) throws(UsageError) -> (start: UInt32, end: UInt32) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2 else {
      throw UsageError("hours are START-END, such as 09:00-17:00 or 9am-5pm; got '\(text)'")
    }
    guard let start = clock(ends[0]), let typed = clock(ends[1]) else {
      throw UsageError(
        "hours are START-END, such as 09:00-17:00 or 9am-5pm; got '\(text)'\(hint(ends))")
    }
    guard start < 1_440 else {
      throw UsageError("'\(text)': hours start at 00:00 to 23:59, only their end may be 24:00")
    }
    let end = typed == 0 ? 1_440 : typed
    guard start != end else {
      throw UsageError(
        "'\(text)' starts and ends at the same time; a whole day is 00:00-24:00, and a whole week "
          + "`kod availability around-the-clock`")
    }
    return (start, end)
  }

  /// What was likely meant by times that are none.
  private static func hint(_ ends: [String]) -> String {
    let numbers = ends.map { UInt32($0) }
    if let start = numbers[0], let end = numbers[1], start < 24, end <= 24 {
      // Nobody who writes 9-5 means the night.
      let later = end <= start && end <= 12 ? end + 12 : end
      return "; did you mean \(self.text(start * 60))-\(self.text(later * 60))?"
    }
    for end in ends where clock(end) == nil {
      return ": '\(end)' is no time of the day (00:00 to 24:00)"
    }
    return ""
  }

  /// `09:00`; 1440 as `24:00`.
  static func text(_ minutes: UInt32) -> String {
    "\(Countdown.twoDigits(Int64(minutes / 60))):\(Countdown.twoDigits(Int64(minutes % 60)))"
  }

  /// `09:00-17:00`, and of a span that goes past midnight `22:00-06:00 (+1 day)`.
  static func text(_ hours: DailyHours) -> String {
    let span = "\(text(hours.start))-\(text(hours.end))"
    return hours.end <= hours.start ? span + " (+1 day)" : span
  }

  // MARK: Hours with breaks

  /// The spans for each of the days, with the breaks in whichever span holds them.
  static func hours(
    days: [Weekday], spans: [String], breaks: [String]
  ) throws(UsageError) -> [DailyHours] {
    var row: [DailyHours] = []
    for text in spans {
      let span = try span(text)
      row.append(DailyHours(start: span.start, end: span.end))
    }
    row.sort { $0.start < $1.start }
    for text in breaks {
      let pause = try span(text)
      guard let index = row.firstIndex(where: { holds($0, pause) }) else {
        let list = row.map { self.text($0) }.joined(separator: ", ")
        throw UsageError("the break \(text) does not lie inside the hours \(list)")
      }
      row[index].breaks.append(HoursBreak(start: pause.start, end: pause.end))
    }
    for index in row.indices {
      let start = row[index].start
      row[index].breaks.sort { offset($0.start, from: start) < offset($1.start, from: start) }
    }
    return days.flatMap { day in
      row.map { hours in
        var hours = hours
        hours.day = day
        return hours
      }
    }
  }

  /// Minutes from a span's start to a time of its day or the next.
  private static func offset(_ minute: UInt32, from start: UInt32) -> UInt32 {
    minute >= start ? minute - start : minute + 1_440 - start
  }

  private static func holds(_ hours: DailyHours, _ pause: (start: UInt32, end: UInt32)) -> Bool {
    let begin = offset(pause.start, from: hours.start)
    return begin + length(pause.start, pause.end) <= length(hours.start, hours.end)
  }

  /// Minutes of a span.
  static func length(_ start: UInt32, _ end: UInt32) -> UInt32 {
    end > start ? end - start : end + 1_440 - start
  }

  /// Minutes of work, without the breaks.
  static func working(_ hours: DailyHours) -> UInt32 {
    let breaks = hours.breaks.reduce(0) { $0 + length($1.start, $1.end) }
    let all = length(hours.start, hours.end)
    return all > breaks ? all - breaks : 0
  }
}
