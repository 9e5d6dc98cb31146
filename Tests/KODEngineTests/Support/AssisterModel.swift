import KODEngine

/// What an assister has saved, kept raw: availability is worked out from scratch each time.
struct AssisterModel {
  var capacity: UInt32?
  var registration = RegistrationState.none
  var override = AvailabilityOverride.followSchedule
  var streak = 0
  var held: Set<UInt64> = []
  var hasSession = false
  var contact: PreferredContact?
  var outOfOffice: [OutOfOffice] = []
  var credentialUntil: Instant?
  /// Inside working hours before the first of `turns`.
  var startsInside = true
  var turns: [Instant] = []
  /// End of what is known of the schedule, and the state there.
  var through: Instant?

  func isInside(_ now: Instant) -> Bool { startsInside != (turns.count { $0 <= now } % 2 == 1) }

  /// R32, word by word.
  func blockers(_ now: Instant, capacity: UInt32) -> Blockers {
    var blockers: Blockers = []
    if registration != .active { blockers.insert(.registration) }
    if let credentialUntil, credentialUntil <= now { blockers.insert(.credential) }
    if outOfOffice.contains(where: { $0.start <= now && $0.end.map { now < $0 } ?? true }) {
      blockers.insert(.outOfOffice)
    }
    if override == .off { blockers.insert(.override) }
    if override == .followSchedule, !isInside(now) { blockers.insert(.hours) }
    if held.count >= Int(self.capacity ?? capacity) { blockers.insert(.capacity) }
    return blockers
  }

  mutating func save(_ schedule: Schedule, _ now: Instant) {
    outOfOffice = schedule.settings.outOfOffice
    start(schedule.outlook, now)
  }

  /// What the outlook says of the past is not lived through again.
  private mutating func start(_ outlook: ScheduleOutlook, _ now: Instant) {
    startsInside = outlook.startsInside != (outlook.turns.count { $0 <= now } % 2 == 1)
    turns = outlook.turns.filter { $0 > now }
    through = outlook.through
  }

  mutating func extend(_ outlook: ScheduleOutlook, _ now: Instant) {
    if outlook.from == through {
      if isInside(outlook.from) != outlook.startsInside { turns.append(outlook.from) }
      turns += outlook.turns
      through = outlook.through
    } else {
      let wasInside = isInside(now)
      start(outlook, now)
      if isInside(now) != wasInside, override == .on { override = .followSchedule }
    }
  }
}

extension History {
  mutating func noteAssisters(_ event: Event) {
    switch event {
    case .noticeAcknowledged(let id, let state, _): notices[id] = state
    case .policyVersioned(let policy, _, _, _): policies.append(policy)
    case .profileSaved(let id, let change, let becomes, let at):
      if let contact = change.contact { assisters[id.number]?.contact = contact }
      if let schedule = change.availability { assisters[id.number]?.save(schedule, at) }
      setRegistration(id, becomes, anew: true)
    case .registrationWithdrawn(let id, _): setRegistration(id, .withdrawn)
    case .outlookExtended(let id, let outlook, let at):
      assisters[id.number]?.extend(outlook, at)
    case .scheduleTurned(let ids, let at):
      for id in ids where assisters[id.number]?.override == .on {
        guard assisters[id.number]!.turns.contains(at) else { continue }
        assisters[id.number]?.override = .followSchedule
      }
    case .credentialsExpired(let ids, let at):
      for id in ids {
        if assisters[id.number]?.credentialUntil != at { contradictions.append("\(event)") }
        if assisters[id.number]?.registration == .active { setRegistration(id, .suspended) }
      }
    case .sessionChanged(let id, let hasSession, let clearsOverride, let at):
      assisters[id.number]?.hasSession = hasSession
      guard clearsOverride else { return }
      if assisters[id.number]!.isInside(at) { contradictions.append("inside hours: \(event)") }
      assisters[id.number]?.override = .followSchedule
    case .staffActed(let id, let action, let becomes, _, _, _):
      setRegistration(id, becomes)
      if action == .pardoned {
        assisters[id.number]?.streak = 0
        streakLog.append((id.number, nil))
      }
    case .credentialDateSet(let id, let until, let becomes, _, _, _):
      assisters[id.number]?.credentialUntil = until
      setRegistration(id, becomes)
    default: break
    }
  }

  private mutating func setRegistration(
    _ id: PrincipalID, _ state: RegistrationState, anew: Bool = false
  ) {
    let before = assisters[id.number]!.registration
    assisters[id.number]?.registration = state
    if before == .active, state != .active {
      end(.withdrawn) { $0.assister == id.number }
    } else if anew, state == .active, before != .active {
      assisters[id.number]?.startAnew()
      streakLog.append((id.number, nil))
    }
  }
}

extension AssisterModel {
  mutating func startAnew() {
    override = .followSchedule
    streak = 0
  }
}
