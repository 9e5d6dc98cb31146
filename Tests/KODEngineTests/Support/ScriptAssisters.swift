import KODEngine

extension Script {
  /// Lets time pass deadline by deadline, then performs; gives what came of the command.
  mutating func act(_ clock: String, _ command: Command) -> [String] {
    _ = passTime(before: "> \(clock)")
    return perform(command, at: Instant(clock: clock)!)
  }

  /// A principal of that role, created at midnight.
  mutating func person(_ name: String, _ role: Role = .assister) -> PrincipalID {
    // Out of the way of those whom `run` creates.
    let number = UInt64(engine.counts.principals + 1) << 32
    _ = engine.perform(
      .createPrincipal(
        NewPrincipal(
          name: name, role: role, credential: number,
          tokenDigest: TokenDigest(high: UInt128(number), low: 2))),
      at: .midnight, log: &log)
    return engine.principal(named: name)!.id
  }

  /// A kynector for the whole state, in English, with an email.
  mutating func registered(
    _ name: String, _ schedule: Schedule = .day(), at clock: String = "00:00"
  ) -> PrincipalID {
    let id = person(name)
    _ = act(clock, .saveProfile(id, .complete(schedule)))
    return id
  }

  func standing(_ id: PrincipalID) -> StandingView { engine.standing(of: id)! }

  /// By their states, oldest first.
  func offerStates(_ numbers: ClosedRange<UInt64>) -> [OfferState?] {
    numbers.map { engine.offer(OfferID($0))?.state }
  }
}

extension ProfileChange {
  /// Nothing is missing.
  static func complete(
    _ schedule: Schedule = .day(),
    contact: PreferredContact = PreferredContact(email: "ann@example.org")
  ) -> ProfileChange {
    ProfileChange(
      kind: .kynector, languages: ["en"], counties: CountySet(), contact: contact,
      availability: schedule, acceptsTerms: true)
  }
}

extension Schedule {
  /// Two days from midnight; `turns` as clock times, outside at first unless there are none.
  static func day(
    turns: [String] = [], inside: Bool? = nil, outOfOffice: [OutOfOffice] = [],
    from: String = "00:00", through: String = "48:00"
  ) -> Schedule {
    Schedule(
      settings: AvailabilitySettings(
        timeZone: "America/Kentucky/Louisville", aroundTheClock: turns.isEmpty,
        outOfOffice: outOfOffice),
      outlook: .clock(
        from: from, through: through, inside: inside ?? turns.isEmpty, turns: turns))
  }
}

extension ScheduleOutlook {
  static func clock(
    from: String, through: String, inside: Bool, turns: [String], midnights: [String] = []
  ) -> ScheduleOutlook {
    ScheduleOutlook(
      from: Instant(clock: from)!, through: Instant(clock: through)!, startsInside: inside,
      turns: turns.map { Instant(clock: $0)! }, midnights: midnights.map { Instant(clock: $0)! })
  }
}

extension OutOfOffice {
  static func clock(_ start: String, _ end: String?) -> OutOfOffice {
    OutOfOffice(start: Instant(clock: start)!, end: end.map { Instant(clock: $0)! })
  }
}
