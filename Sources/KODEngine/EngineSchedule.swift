// The working off of schedules (R33, R34): hours turn, out-of-office starts and ends, outlooks run
// short.

extension Engine {
  /// What a schedule makes due up to `limit`, if it comes before `timer` (R29): in one instant
  /// after the lapses, before the stage changes.
  func turning(before timer: Deadline?, dueThrough limit: Instant) -> Event? {
    let turn = turnings.first ?? .distantFuture
    let expiry = expiries.first ?? .distantFuture
    let at = min(turn, expiry)
    guard at <= limit, at < .distantFuture else { return nil }
    if let timer {
      guard at < timer.at || at == timer.at && !timer.subject.comesBeforeTurns else { return nil }
    }
    let appointments = turn == at ? turnings : expiries
    let ids = appointments.assisters(at: at).prefix(EngineLimits.turnsPerEvent)
      .map { PrincipalID(index: Int($0)) }
    return turn == at ? .scheduleTurned(ids, at: at) : .credentialsExpired(ids, at: at)
  }

  /// Whatever the assister's schedule has for the instant and before.
  mutating func turn(_ index: Int, _ at: Instant) {
    profiles[index].nextTurning = nil
    var hasTurned = false
    while let turn = profiles[index].nextTurn, turn <= at {
      profiles[index].turnsTaken += 1
      hasTurned = true
    }
    assisters[index].insideHours = profiles[index].isInsideHours
    profiles[index].outOfOfficeThrough = max(profiles[index].outOfOfficeThrough, at)
    assisters[index].isOutOfOffice = profiles[index].isOutOfOffice
    appoint(index)
    if hasTurned { clearOverride(index, at) }
    refreshAvailability(index, at)
  }

  /// "On" holds until the schedule turns (R33).
  private mutating func clearOverride(_ index: Int, _ at: Instant) {
    guard assisters[index].override == .on else { return }
    assisters[index].override = .followSchedule
    noteBlockers(index, at, overrideChanged: true, overrideCleared: true)
  }

  // MARK: Outlooks

  /// As things stand at `at`: what the outlook has before is past.
  mutating func setOutlook(_ index: Int, _ outlook: ScheduleOutlook, _ at: Instant) {
    profiles[index].outlook = outlook
    profiles[index].turnsTaken = outlook.turns.count { $0 <= at }
    assisters[index].insideHours = profiles[index].isInsideHours
    profiles[index].outOfOfficeThrough = max(profiles[index].outOfOfficeThrough, at)
    assisters[index].isOutOfOffice = profiles[index].isOutOfOffice
    appoint(index)
  }

  mutating func applyOutlook(_ index: Int, _ outlook: ScheduleOutlook, _ at: Instant) {
    if let known = profiles[index].outlook, outlook.from == known.through {
      profiles[index].outlook = joined(index, known, outlook)
      profiles[index].turnsTaken = 0
      appoint(index)
      return
    }
    let wasInside = assisters[index].insideHours
    setOutlook(index, outlook, at)
    // A turn took place that nobody knows the instant of.
    if assisters[index].insideHours != wasInside { clearOverride(index, at) }
    refreshAvailability(index, at)
  }

  /// What is still to come of the one, then the other. Turns of the past that come with a late
  /// outlook are still to come.
  private func joined(
    _ index: Int, _ known: ScheduleOutlook, _ next: ScheduleOutlook
  ) -> ScheduleOutlook {
    let taken = profiles[index].turnsTaken
    let endsInside = known.startsInside != (known.turns.count % 2 == 1)
    let turn = endsInside == next.startsInside ? [] : [next.from]
    let today = known.midnights.lastIndex { $0 <= lastInstant } ?? known.midnights.startIndex
    let lastMidnight = known.midnights.last ?? Instant(microseconds: -1)
    return ScheduleOutlook(
      from: taken == 0 ? known.from : known.turns[taken - 1], through: next.through,
      startsInside: assisters[index].insideHours,
      turns: known.turns[taken...] + turn + next.turns,
      midnights: known.midnights[today...] + next.midnights.filter { $0 > lastMidnight })
  }

  /// Enters what comes next into the appointments.
  mutating func appoint(_ index: Int) {
    let next = [profiles[index].nextTurn, profiles[index].nextOutOfOffice].compactMap { $0 }.min()
    if next != profiles[index].nextTurning {
      if let old = profiles[index].nextTurning { turnings.remove(index, at: old) }
      if let next { turnings.insert(index, at: next) }
      profiles[index].nextTurning = next
    }
    let need = outlookNeed(index)
    guard need != profiles[index].needsOutlookAt else { return }
    if let old = profiles[index].needsOutlookAt { outlookNeeds.remove(index, at: old) }
    if let need { outlookNeeds.insert(index, at: need) }
    profiles[index].needsOutlookAt = need
  }

  private func outlookNeed(_ index: Int) -> Instant? {
    guard profiles[index].settings != nil else { return nil }
    guard let through = profiles[index].outlook?.through else { return .zero }
    return max(
      .zero, Instant(microseconds: through.microseconds - EngineLimits.outlookAhead.microseconds))
  }

  // MARK: Days

  /// The assister's local day around the instant, half-open, as far as the outlook knows it.
  func localDayBounds(_ index: Int, _ at: Instant) -> (start: Instant, end: Instant)? {
    guard let outlook = profiles[index].outlook, at < outlook.through else { return nil }
    let midnights = outlook.midnights
    let next = midnights.indices.partitionPoint { midnights[$0] <= at }
    guard next > 0 else { return nil }
    // The outlook's last day may be cut: it ends 24 hours after its start then.
    let start = midnights[next - 1]
    return (start, next < midnights.count ? midnights[next] : start + .minutes(1440))
  }

  /// When that day ends (R37's "Offers today"); the program's day when the assister's is not known.
  func endOfLocalDay(of index: Int, _ at: Instant) -> Instant {
    localDayBounds(index, at)?.end ?? .startOfProgramDay(at.programDay + 1)
  }
}

extension Deadline.Subject {
  /// R29: windows end before schedules turn, everything else comes after.
  var comesBeforeTurns: Bool { rawValue < Deadline.Subject.phase.rawValue }
}

extension ScheduleOutlook {
  /// In order and within bounds.
  var isSound: Bool {
    Instant.zero <= from && from < through && through <= EngineLimits.latestInstant
      && turns.count <= EngineLimits.outlookTurns && midnights.count <= EngineLimits.outlookDays
      && turns.isAscending && midnights.isAscending
      && turns.first.map { from < $0 } ?? true && turns.last.map { $0 < through } ?? true
      && midnights.first.map { .zero <= $0 } ?? true
      && midnights.last.map { $0 < through } ?? true
  }
}

extension AvailabilitySettings {
  /// Within the bounds of R74; who reads it to people names what is wrong before.
  var isSound: Bool {
    (1...64).contains(timeZone.utf8.count) && (!aroundTheClock || weeklyHours.isEmpty)
      && weeklyHours.count <= EngineLimits.weeklyHours
      && outOfOffice.count <= EngineLimits.outOfOfficeRanges
      && weeklyHours.allSatisfy { hours in
        hours.start < 1440 && (1...1440).contains(hours.end) && hours.start != hours.end
          && hours.breaks.count <= EngineLimits.breaksPerSpan
          && hours.breaks.allSatisfy { $0.start < 1440 && (1...1440).contains($0.end) }
      }
      && outOfOffice.allSatisfy { range in
        Instant.zero <= range.start && range.start <= EngineLimits.latestInstant
          && range.end.map { range.start < $0 && $0 <= EngineLimits.latestInstant } ?? true
      }
  }
}

extension [Instant] {
  fileprivate var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
