/// Takes a recording out of an engine in slices.
public struct SimulationExtraction: Sendable {
  private var recording: SimulationRecording
  private var tally = SimulationTally()
  private let referrals: Range<Int>
  private let offersAtStart: Int
  private var stage: Stage

  private enum Stage {
    /// The next referral.
    case requests(Int)
    /// The next principal.
    case people(Int)
    /// Of the person that was begun last: the numbers of the next Offer and work; 0: no more.
    case offers(UInt32, work: UInt32, next: Int)
    case work(UInt32, next: Int)
    case figures
    case done
  }

  /// - Parameter now: where what is recorded ends; so do the replays.
  /// - Returns: nil: more requests or assisters than `SimulationLimits` allows.
  public init?(from: Instant, to: Instant, now: Instant, in engine: Engine) {
    let first = engine.firstReferral(at: from)
    referrals = first..<max(first, engine.firstReferral(at: to))
    guard referrals.count <= SimulationLimits.requests else { return nil }
    let registered = engine.assisters.count { $0.registration != .none }
    guard registered <= SimulationLimits.assisters else { return nil }
    let policy =
      referrals.isEmpty
      ? engine.policies.count - 1 : engine.referrals[referrals.upperBound - 1].policy
    recording = SimulationRecording(
      from: from, to: to, horizon: engine.clamped(now), baselinePolicy: engine.policies[policy],
      languages: engine.languages.strings)
    offersAtStart = engine.offers.count
    stage = .requests(first)
  }

  /// Looks at about `budget` rows. True: `result` is there.
  public mutating func step(in engine: Engine, budget: Int) -> Bool {
    var budget = budget
    while true {
      switch stage {
      case .done: return true
      case _ where budget <= 0: return false
      case .requests(let index):
        guard index < referrals.upperBound else {
          tally.countDeregistrations(of: referrals, in: engine)
          stage = .people(0)
          continue
        }
        take(index, engine, &budget)
        stage = .requests(index + 1)
      case .people(let index):
        guard index < engine.assisters.count else {
          stage = .figures
          continue
        }
        budget -= 1
        takePerson(index, engine, &budget)
      case .offers(let number, let work, let next):
        takeOffers(number, work, next, engine, &budget)
      case .work(let number, let next):
        takeWork(number, next, engine, &budget)
      case .figures:
        guard tally.finish(&budget) else { return false }
        recording.recorded = tally.figures
        stage = .done
      }
    }
  }

  /// Nil: not done.
  public var result: SimulationRecording? {
    if case .done = stage { recording } else { nil }
  }

  private mutating func take(_ index: Int, _ engine: Engine, _ budget: inout Int) {
    let row = engine.referrals[index]
    recording.requests.append(
      SimulationRecording.Request(
        number: ReferralID(index: index).number, at: row.submittedAt, helpType: row.helpType,
        language: row.language, county: row.county,
        cancelledAt: row.state == .cancelled ? row.changedAt : nil))
    budget -= tally.count(index, in: engine)
  }

  private mutating func takePerson(_ index: Int, _ engine: Engine, _ budget: inout Int) {
    stage = .people(index + 1)
    let row = engine.assisters[index]
    guard row.registration != .none, engine.role(of: PrincipalID(index: index)) == .assister else {
      return
    }
    var person = SimulationRecording.Person(
      number: UInt32(index + 1), kind: row.kind, languages: row.languages, counties: row.counties,
      capacity: engine.principals[index].capacity, registeredAt: row.registeredAt)
    engine.takeAvailability(of: index, into: &person, from: recording.from, &budget)
    recording.people.append(person)
    stage = .offers(row.lastOffer, work: row.lastAssignment, next: index + 1)
  }

  private mutating func takeOffers(
    _ first: UInt32, _ work: UInt32, _ next: Int, _ engine: Engine, _ budget: inout Int
  ) {
    var number = first
    let person = recording.people.count - 1
    while number != 0 {
      guard budget > 0 else {
        stage = .offers(number, work: work, next: next)
        return
      }
      budget -= 1
      let row = Int(number) - 1
      let offer = engine.offers[row]
      // Made since the extraction began.
      let isNew = Int(number) > offersAtStart
      number = offer.previousOfAssister
      if offer.offeredAt < recording.from {
        guard offer.kind == .general else { continue }
        recording.people[person].lastGeneralOffer = offer.offeredAt
        number = 0
      } else if !isNew, referrals.contains(offer.referralIndex) {
        recording.people[person].offers.append(recorded(row, engine))
      }
    }
    recording.people[person].offers.reverse()
    recording.people[person].offers.sort { left, right in
      left.request == right.request
        ? left.kind.rawValue < right.kind.rawValue : left.request < right.request
    }
    stage = .work(work, next: next)
  }

  private func recorded(_ row: Int, _ engine: Engine) -> SimulationRecording.RecordedOffer {
    let offer = engine.offers[row]
    let answer: SimulationRecording.Answer? =
      switch offer.state {
      case .accepted: .accepted
      case .rejected: .rejected
      case .missed, .expired: .silent
      case .pending, .taken, .withdrawn, .released: nil
      }
    return SimulationRecording.RecordedOffer(
      request: UInt32(offer.referralIndex - referrals.lowerBound), kind: offer.kind,
      answer: answer, delivered: offer.kind == .mass || engine.wasHandedOver(row),
      delay: offer.closedAt - offer.offeredAt)
  }

  private mutating func takeWork(
    _ first: UInt32, _ next: Int, _ engine: Engine, _ budget: inout Int
  ) {
    var number = first
    let person = recording.people.count - 1
    while number != 0 {
      guard budget > 0 else {
        stage = .work(number, next: next)
        return
      }
      budget -= 1
      let work = engine.assignments[Int(number) - 1]
      number = work.startedAt < recording.from ? 0 : work.previousOfAssister
      guard referrals.contains(work.referralIndex) else { continue }
      recording.people[person].work.append(
        SimulationRecording.RecordedWork(
          request: UInt32(work.referralIndex - referrals.lowerBound),
          callAfter: work.firstAttemptAt.map { $0 - work.startedAt },
          endAfter: work.end == nil ? nil : work.endedAt - work.startedAt, end: work.end))
    }
    recording.people[person].work.reverse()
    recording.people[person].work.sort { $0.request < $1.request }
    stage = .people(next)
  }
}

extension Engine {
  /// The assister's availability since `from`, without what follows from Offers and work: capacity,
  /// and de-registrations for misses.
  func takeAvailability(
    of index: Int, into person: inout SimulationRecording.Person, from: Instant,
    _ budget: inout Int
  ) {
    let timeline = profiles[index].timeline
    // Longer ago than is kept: as if nothing had stood in the way.
    var state = PersonState(timeline.blockers(at: from) ?? [], isDeregistered: false)
    person.isInside = state.isInside
    person.isOff = state.isOff
    for position in 0..<timeline.count where timeline[position].at > from {
      let (at, blockers) = timeline[position]
      budget -= 1
      let isDeregistered =
        blockers.contains(.registration) && (state.isDeregistered || wasDeregistered(index, at: at))
      let next = PersonState(blockers, isDeregistered: isDeregistered)
      if next.isInside != state.isInside {
        person.changes.append(.init(at: at, what: next.isInside ? .inside : .outside))
      }
      if next.isOff != state.isOff {
        person.changes.append(.init(at: at, what: next.isOff ? .off : .notOff))
      }
      if state.isDeregistered, !isDeregistered {
        person.changes.append(.init(at: at, what: .returned))
      }
      state = next
    }
  }
}

extension Engine {
  /// For misses, in that instant.
  private func wasDeregistered(_ assister: Int, at instant: Instant) -> Bool {
    var row = firstDeregistration(at: instant)
    while row < deregistrations.count, deregistrations[row].at == instant {
      if Int(deregistrations[row].assister) == assister { return true }
      row += 1
    }
    return false
  }
}

/// What the model of availability tells apart.
private struct PersonState {
  var isInside: Bool
  var isOff: Bool
  /// For misses, and nothing since.
  var isDeregistered: Bool

  init(_ blockers: Blockers, isDeregistered: Bool) {
    var outside: Blockers = [.hours, .outOfOffice, .credential]
    if !isDeregistered { outside.insert(.registration) }
    isInside = blockers.isDisjoint(with: outside)
    isOff = blockers.contains(.override)
    self.isDeregistered = isDeregistered
  }
}
