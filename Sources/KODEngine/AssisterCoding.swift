// Values about assisters, in the same bytes in events and in the state.

extension ByteEncoder {
  mutating func preferredContact(_ contact: PreferredContact) {
    string(contact.phone)
    string(contact.email)
    flag(contact.emailFirst)
  }

  mutating func settings(_ settings: AvailabilitySettings) {
    string(settings.timeZone)
    flag(settings.aroundTheClock)
    count(settings.weeklyHours.count)
    for hours in settings.weeklyHours {
      byte(hours.day.rawValue)
      unsigned(UInt64(hours.start))
      unsigned(UInt64(hours.end))
      count(hours.breaks.count)
      for pause in hours.breaks {
        unsigned(UInt64(pause.start))
        unsigned(UInt64(pause.end))
      }
    }
    count(settings.outOfOffice.count)
    for range in settings.outOfOffice {
      instant(range.start)
      optional(range.end.map { UInt64($0.microseconds) })
    }
  }

  mutating func outlook(_ outlook: ScheduleOutlook) {
    instant(outlook.from)
    unsigned(UInt64((outlook.through - outlook.from).microseconds))
    flag(outlook.startsInside)
    instants(outlook.turns)
    instants(outlook.midnights)
  }

  /// Ascending: the first one, then the differences, in minutes if all of them are whole minutes.
  /// A fortnight of a schedule takes about two bytes a turn.
  mutating func instants(_ instants: [Instant]) {
    count(instants.count)
    guard let first = instants.first else { return }
    instant(first)
    let differences = zip(instants.dropFirst(), instants).map { ($0 - $1).microseconds }
    let unit = differences.wholeMinutes ? Int64(60_000_000) : 1
    flag(unit > 1)
    for difference in differences { unsigned(UInt64(difference / unit)) }
  }

  mutating func signature(_ signature: PolicySignature) {
    instant(signature.since)
    optional(signature.by.map { UInt64($0.number) })
    string(signature.reason)
  }
}

extension [Int64] {
  fileprivate var wholeMinutes: Bool { allSatisfy { $0 % 60_000_000 == 0 } }
}

extension ByteDecoder {
  mutating func preferredContact(
    _ bytes: RawSpan
  ) throws(EngineCodingError) -> PreferredContact {
    PreferredContact(
      phone: try string(bytes), email: try string(bytes), emailFirst: try flag(bytes))
  }

  mutating func settings(_ bytes: RawSpan) throws(EngineCodingError) -> AvailabilitySettings {
    var settings = AvailabilitySettings(timeZone: try string(bytes))
    settings.aroundTheClock = try flag(bytes)
    for _ in 0..<(try count(bytes)) {
      var hours = DailyHours(
        day: try raw(bytes), start: try minutes(bytes), end: try minutes(bytes))
      for _ in 0..<(try count(bytes)) {
        hours.breaks.append(.init(start: try minutes(bytes), end: try minutes(bytes)))
      }
      settings.weeklyHours.append(hours)
    }
    for _ in 0..<(try count(bytes)) {
      settings.outOfOffice.append(
        OutOfOffice(start: try instant(bytes), end: try optionalInstant(bytes)))
    }
    guard settings.isSound else { throw error(.invalidValue) }
    return settings
  }

  private mutating func minutes(_ bytes: RawSpan) throws(EngineCodingError) -> UInt16 {
    UInt16(try unsigned(bytes, atMost: 1440))
  }

  mutating func outlook(_ bytes: RawSpan) throws(EngineCodingError) -> ScheduleOutlook {
    let from = try instant(bytes)
    let latest = UInt64(EngineLimits.latestInstant.microseconds)
    let length = Int64(try unsigned(bytes, atMost: latest))
    let outlook = ScheduleOutlook(
      from: from, through: from + Instant.Interval(microseconds: length),
      startsInside: try flag(bytes), turns: try instants(bytes), midnights: try instants(bytes))
    guard outlook.isSound else { throw error(.invalidValue) }
    return outlook
  }

  private mutating func instants(_ bytes: RawSpan) throws(EngineCodingError) -> [Instant] {
    let count = try count(bytes)
    guard count > 0 else { return [] }
    var instants = [try instant(bytes)]
    let unit: Int64 = try flag(bytes) ? 60_000_000 : 1
    let longest = EngineLimits.latestInstant.microseconds / unit
    var differences: [Int64] = []
    for _ in 1..<count {
      let difference = unit * Int64(try unsigned(bytes, atMost: UInt64(longest)))
      differences.append(difference)
      instants.append(instants[instants.count - 1] + Instant.Interval(microseconds: difference))
      guard instants[instants.count - 1] <= EngineLimits.latestInstant else {
        throw error(.invalidValue)
      }
    }
    guard differences.wholeMinutes == (unit > 1) else { throw error(.invalidValue) }
    return instants
  }

  mutating func optionalPrincipal(_ bytes: RawSpan) throws(EngineCodingError) -> PrincipalID? {
    try optional(bytes, atMost: UInt64(UInt32.max)).map { PrincipalID(UInt32($0)) }
  }

  mutating func signature(_ bytes: RawSpan) throws(EngineCodingError) -> PolicySignature {
    PolicySignature(
      since: try instant(bytes), by: try optionalPrincipal(bytes), reason: try string(bytes))
  }
}
