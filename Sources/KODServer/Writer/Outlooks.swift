internal import KODCalendar
public import KODEngine

/// Turns hours into instants, for the engine, which knows no calendar (R34). Calendars are made once a zone.
public struct Outlooks {
  /// How far ahead a schedule is made known.
  public static let span = Instant.Interval.minutes(14 * 1440)

  private var calendars = ScheduleCalendars()

  public init() {}

  /// Whether this machine knows a zone of that IANA name.
  public static func knows(zone: String) -> Bool { TimeZones.contains(zone) }

  /// What the settings mean from that instant on. Nil: a zone that this machine does not know, which validation
  /// refuses; it may be in a log that another machine wrote.
  public mutating func schedule(_ settings: AvailabilitySettings, at instant: Instant) -> Schedule?
  {
    outlook(of: settings, from: instant, through: instant + Self.span)
      .map { Schedule(settings: settings, outlook: $0) }
  }

  mutating func outlook(
    of settings: AvailabilitySettings, from: Instant, through: Instant
  ) -> ScheduleOutlook? {
    calendars.calendar(zone: settings.timeZone)?.outlook(of: settings, from: from, through: through)
  }

  /// The hours that the clocks of a zone show; UTC's for a zone that this machine does not know.
  mutating func hours(zone: String) -> HoursOfDay {
    calendars.calendar(zone: zone)?.hoursOfDay ?? HoursOfDay([])
  }
}

/// Sees to it that every schedule stays known for a week or more: looks when the first one needs it, and once an hour
/// at least, and works off what it finds a slice a turn.
struct OutlookKeeper {
  static let lookEvery = Instant.Interval.minutes(60)
  /// Assisters a turn: about a millisecond.
  static let slice = 128

  var outlooks = Outlooks()
  /// When there may be something to do.
  private(set) var nextLook = Instant(microseconds: 0)
  /// Assisters in a zone that this machine does not know: the others must not wait behind them.
  private var stuck = 0

  /// The commands that keep the schedules known, a slice of them; none: nothing is due.
  mutating func commands(at now: Instant, in engine: Engine) -> [Command] {
    guard nextLook <= now else { return [] }
    let limit = Self.slice + stuck
    let due = engine.assistersNeedingOutlook(at: now, limit: limit)
    let commands = due.compactMap { extended($0, at: now, in: engine) }
    stuck = due.count - commands.count
    if due.count < limit, commands.isEmpty {
      let wanted = engine.nextOutlookNeed.map { max($0, now + .minutes(1)) }
      nextLook = min(wanted ?? .distantFuture, now + Self.lookEvery)
    }
    return commands
  }

  private mutating func extended(
    _ assister: PrincipalID, at now: Instant, in engine: Engine
  ) -> Command? {
    guard let profile = engine.profile(of: assister), let settings = profile.availability else {
      return nil
    }
    let from = max(profile.outlookThrough ?? now, now)
    return outlooks.outlook(of: settings, from: from, through: now + Outlooks.span)
      .map { .extendOutlook(assister, $0) }
  }
}

extension CommitLoop {
  func extendOutlooks(at now: Instant) {
    for command in outlooks.commands(at: now, in: state.engine) {
      if case .failure(let rejection) = perform(command, at: now) {
        log.warning("outlook-refused", ["cause": "\(rejection)"])
      }
    }
    sendPushes()
  }
}
