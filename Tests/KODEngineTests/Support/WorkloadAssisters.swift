import KODEngine

extension Workload {
  /// Profiles, schedules, sessions, staff, notices: likely and unlikely, valid and not.
  mutating func nextAboutAssisters(_ assister: PrincipalID, _ engine: Engine) -> Command {
    let staff = Int.random(in: 0..<12, using: &random) == 0 ? assister : Workload.supervisor
    switch Int.random(in: 0..<48, using: &random) {
    case 0..<10: return .saveProfile(assister, change(engine))
    case 10: return .withdrawRegistration(assister)
    case 11..<17: return .extendOutlook(assister, extensionOf(assister, engine))
    case 17..<26:
      return .sessionsChanged(
        assister, hasSession: Int.random(in: 0..<3, using: &random) > 0,
        isFresh: Bool.random(using: &random))
    case 26: return .suspend(staff, assister: assister, reason: "audit")
    case 27..<33:
      let who = someone(.suspended, engine) ?? assister
      return .reinstate(staff, assister: who, reason: "cleared")
    case 33: return .deregister(staff, assister: assister, reason: "complaints")
    case 34..<37:
      let who = someone(.deregistered, engine) ?? assister
      return .pardon(staff, assister: who, reason: "storm")
    case 37..<41:
      let until =
        Int.random(in: 0..<3, using: &random) > 0
        ? nil : now + .seconds(.random(in: -60...7200, using: &random))
      return .setCredentialDate(staff, assister: assister, until: until, reason: "renewed")
    default:
      let state = [NoticeState.sent, .delivered, .failed, .failed].randomElement(using: &random)!
      let known = engine.outstandingNotices().randomElement(using: &random)
      let any = NoticeID(
        .random(in: 2...UInt64(2 * engine.counts.offers + 4), using: &random))
      return .acknowledgeNotice(Workload.notifier, known ?? any, state)
    }
  }

  /// In that state, if there is anybody.
  private mutating func someone(
    _ state: RegistrationState, _ engine: Engine
  ) -> PrincipalID? {
    (1...UInt32(Workload.assisters)).map { PrincipalID($0) }
      .filter { engine.standing(of: $0)?.registration == state }.randomElement(using: &random)
  }

  private mutating func change(_ engine: Engine) -> ProfileChange {
    var change = ProfileChange()
    let registration = registration()
    if Bool.random(using: &random) { change.acceptsTerms = true }
    if Bool.random(using: &random) { change.kind = registration.kind }
    if Bool.random(using: &random) { change.languages = registration.languages }
    if Bool.random(using: &random) { change.counties = registration.counties }
    if Bool.random(using: &random) {
      change.contact = PreferredContact(
        phone: Bool.random(using: &random) ? "+15025550199" : "",
        email: Bool.random(using: &random) ? "a@example.org" : "",
        emailFirst: Bool.random(using: &random))
    }
    if Bool.random(using: &random) { change.availability = schedule(engine) }
    return change
  }

  private mutating func schedule(_ engine: Engine) -> Schedule {
    var ranges: [OutOfOffice] = []
    if Int.random(in: 0..<4, using: &random) == 0 {
      let start = now + .seconds(.random(in: -600...3600, using: &random))
      ranges = [
        OutOfOffice(
          start: start,
          end: Int.random(in: 0..<8, using: &random) == 0
            ? nil : start + .seconds(.random(in: 1...3600, using: &random)))
      ]
    }
    let settings = AvailabilitySettings(
      timeZone: "America/Chicago",
      weeklyHours: [DailyHours(day: .friday, start: 540, end: 1020)], outOfOffice: ranges)
    let from = now + .seconds(.random(in: -3600...2, using: &random))
    return Schedule(settings: settings, outlook: outlook(from: from, engine))
  }

  private mutating func extensionOf(
    _ assister: PrincipalID, _ engine: Engine
  ) -> ScheduleOutlook {
    let through = engine.profile(of: assister)?.outlookThrough
    return outlook(from: Int.random(in: 0..<5, using: &random) == 0 ? now : through ?? now, engine)
  }

  /// A few hours; some of the turns fall on instants at which something else is due.
  private mutating func outlook(from: Instant, _ engine: Engine) -> ScheduleOutlook {
    var turns: Set<Instant> = []
    var turn = from
    for _ in 0..<Int.random(in: 0..<6, using: &random) {
      turn = turn + .seconds(.random(in: 1...2400, using: &random))
      turns.insert(turn)
    }
    let due = engine.openOffers(of: PrincipalID(1)).compactMap { engine.offer($0)?.deadline }
    for instant in due + [engine.nextDeadline ?? from] where instant > from {
      if Bool.random(using: &random) { turns.insert(instant) }
    }
    // Mostly ends as it starts, inside: or nobody would be left to ask.
    if turns.count % 2 == 1, Int.random(in: 0..<4, using: &random) > 0 {
      turns.remove(turns.max()!)
    }
    let last = max(turns.max() ?? from, from) + .seconds(.random(in: 1...3600, using: &random))
    return ScheduleOutlook(
      from: from, through: last, startsInside: Int.random(in: 0..<5, using: &random) > 0,
      turns: turns.sorted(),
      midnights: [from])
  }
}
