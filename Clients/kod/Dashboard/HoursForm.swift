import Foundation
import KODWire

/// My Availability (R74) as it is being edited: zone, around the clock, seven days, absences.
struct HoursForm: Equatable {
  enum Row: Equatable {
    case zone
    case aroundTheClock
    /// 0: Monday.
    case day(Int)
    case absence(Int)
    case newAbsence
  }

  var form = FieldForm()
  var zone = ""
  var isAroundTheClock = false
  var days = [[DailyHours]](repeating: [], count: 7)
  var absences: [OutOfOffice] = []
  /// There is something to edit.
  var isLoaded = false

  var rows: [Row] {
    [.zone, .aroundTheClock] + (0..<7).map { .day($0) }
      + absences.indices.map { .absence($0) } + [.newAbsence]
  }

  var row: Row { rows[min(form.selected, rows.count - 1)] }

  /// Times of absences are the zone's.
  var clock: ClockFace { ClockFace(zone: TimeZone(identifier: zone) ?? .current) }

  func text(_ row: Row) -> String {
    switch row {
    case .zone: zone
    case .aroundTheClock: isAroundTheClock ? "yes" : "no"
    case .day(let day): DayLine.text(days[day])
    case .absence(let index): DayLine.absence(absences[index], clock)
    case .newAbsence: ""
    }
  }

  /// What is saved, unless something else is being typed.
  mutating func take(_ profile: Profile) {
    guard !form.isChanged, form.editing == nil, !form.isSending else { return }
    isLoaded = true
    let saved = profile.availability ?? Availability(timeZone: TimeZone.current.identifier)
    zone = saved.timeZone
    isAroundTheClock = saved.aroundTheClock
    days = HoursText.week.map { day in saved.weeklyHours.filter { $0.day == day } }
    absences = saved.outOfOffice
    form.selected = min(form.selected, rows.count - 1)
  }

  /// Nil, or why there is nothing to type.
  mutating func edit() -> String? {
    switch row {
    case .aroundTheClock:
      isAroundTheClock.toggle()
      form.isChanged = true
    case .day where isAroundTheClock:
      return "you are asked around the clock: switch that off first (Enter on it)"
    case .newAbsence: form.editing = TextField("now to no end", limit: 60)
    case .zone: form.editing = TextField(zone, limit: 64)
    case .day(let day):
      form.editing = TextField(days[day].isEmpty ? "" : text(row), limit: 400)
    case .absence: form.editing = TextField(text(row), limit: 60)
    }
    return nil
  }

  /// Takes over what was typed; what can't be read stays in the field, with why.
  mutating func finish(now: Int64) {
    guard let typed = form.editing?.text else { return }
    let text = typed.split(separator: " ").joined(separator: " ")
    form.problems[form.selected] = nil
    do throws(UsageError) {
      switch row {
      case .zone: move(to: text)
      case .day(let day): days[day] = try DayLine.hours(text, day: HoursText.week[day])
      case .absence(let index):
        absences[index] = try DayLine.absence(text, clock, now: now)
      case .newAbsence:
        guard !text.isEmpty else { break }
        absences.append(try DayLine.absence(text, clock, now: now))
      case .aroundTheClock: break
      }
    } catch {
      form.problems[form.selected] = [error.message]
      return
    }
    form.editing = nil
    form.isChanged = true
  }

  /// Absences keep their wall-clock times: who moves to another zone means them there.
  private mutating func move(to name: String) {
    let before = clock
    zone = name
    guard TimeZone(identifier: name) != nil else { return }
    absences = absences.map { range in
      let text = DayLine.absence(range, before)
      return (try? DayLine.absence(text, clock, now: range.startUs)) ?? range
    }
  }

  mutating func remove() {
    guard case .absence(let index) = row else { return }
    absences.remove(at: index)
    form.clearProblems()
    form.isChanged = true
  }

  var request: SaveAvailabilityRequest {
    SaveAvailabilityRequest(
      availability: Availability(
        timeZone: zone, aroundTheClock: isAroundTheClock,
        weeklyHours: isAroundTheClock ? [] : days.flatMap { $0 }, outOfOffice: absences))
  }

  mutating func refused(_ failure: Failure) {
    let rows = rows
    let dayOfSpan = days.enumerated().flatMap { day, spans in spans.map { _ in day } }
    form.refused(failure) { path in
      if path.contains("time_zone") { return rows.firstIndex(of: .zone) }
      if path.contains("around_the_clock") { return rows.firstIndex(of: .aroundTheClock) }
      if let index = Self.index(path, of: "weekly_hours["), dayOfSpan.indices.contains(index) {
        return rows.firstIndex(of: .day(dayOfSpan[index]))
      }
      if let index = Self.index(path, of: "out_of_office[") {
        return rows.firstIndex(of: .absence(index))
      }
      return nil
    }
  }

  /// 2 of `availability.weekly_hours[2].breaks[0].end`.
  private static func index(_ path: String, of name: String) -> Int? {
    guard let range = path.range(of: name) else { return nil }
    return Int(path[range.upperBound...].prefix { $0 != "]" })
  }
}
