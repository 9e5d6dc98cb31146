/// Runs a fresh engine through a recording under one policy: the same rules, and people who behave
/// as the model says.
struct PolicyReplay: Sendable {
  private let recording: SimulationRecording
  private var engine: Engine
  private var habits: [SimulationHabits] = []
  /// Who has switched availability off, also while not registered.
  private var isOff: [Bool] = []
  /// What is certain from the start, in order.
  private var script: [Happening] = []
  private var nextOfScript = 0
  /// What people will do, earliest first.
  private var plans = Heap<Happening>()
  private var plansMade: UInt64 = 0
  private var tally = SimulationTally()
  private var log: [Event] = []
  private var pushes: [Push] = []
  private(set) var requestsDone = 0

  /// The partner is the first principal, people follow in their order.
  private static let partner = PrincipalID(1)

  init(_ recording: SimulationRecording, _ policy: Policy) {
    self.recording = recording
    engine = Engine(policy: policy)
    let start = recording.from
    create(PolicyReplay.partner, .intakePartner, nil, start)
    for index in recording.people.indices { register(index, start) }
    writeScript()
    settleAvailability(start)
  }

  // MARK: Before the first request

  private mutating func create(
    _ id: PrincipalID, _ role: Role, _ capacity: UInt32?, _ at: Instant
  ) {
    let new = NewPrincipal(
      name: "\(id.number)", role: role, credential: UInt64(id.number),
      tokenDigest: TokenDigest(high: 0, low: 0), capacity: capacity)
    engine.apply(.principalCreated(id, new, at: at))
  }

  private mutating func register(_ index: Int, _ at: Instant) {
    let person = recording.people[index]
    let id = id(of: index)
    create(id, .assister, person.capacity, at)
    engine.apply(.registered(id, registration(of: person), at: at))
    engine.assisters[id.index].registeredAt = person.registeredAt
    engine.assisters[id.index].lastGeneralOffer = person.lastGeneralOffer
    engine.assisters[id.index].insideHours = person.isInside
    engine.assisters[id.index].override = person.isOff ? .off : .followSchedule
    engine.assisters[id.index].hasSession = true
    engine.routing.setPresent(id.index, true)
    engine.routing.remove(id.index)
    engine.routing.insert(id.index, engine.assisters[id.index])
    engine.refreshAvailability(id.index, at)
    habits.append(SimulationHabits(person))
    isOff.append(person.isOff)
  }

  private func registration(of person: SimulationRecording.Person) -> Registration {
    Registration(
      kind: person.kind, languages: person.languages.map { recording.languages[Int($0)] },
      counties: person.counties)
  }

  private mutating func settleAvailability(_ at: Instant) {
    _ = engine.takePushes()
    _ = engine.perform(.advance, at: at, log: &log)
    log.removeAll(keepingCapacity: true)
  }

  private func id(of person: Int) -> PrincipalID { PrincipalID(UInt32(person + 2)) }

  private mutating func writeScript() {
    for (index, request) in recording.requests.enumerated() {
      script.append(Happening(at: request.at, UInt64(script.count), .request(index)))
      if let cancelledAt = request.cancelledAt {
        script.append(Happening(at: cancelledAt, UInt64(script.count), .cancellation(index)))
      }
    }
    for (index, person) in recording.people.enumerated() {
      for change in person.changes {
        script.append(Happening(at: change.at, UInt64(script.count), .change(index, change.what)))
      }
    }
    script.sort()
  }

  // MARK: Running

  /// Goes on until `count` more requests have come, or to the end. True: `figures` is there.
  mutating func step(requests count: Int) -> Bool {
    let goal = requestsDone + count
    while let happening = next() {
      switch happening {
      case .deadline(let at): perform(.advance, at: at)
      case .happening(let happening): happen(happening)
      }
      if requestsDone >= goal { return false }
    }
    var budget = Int.max
    if figures.requests == 0 {
      for index in engine.referrals.indices { _ = tally.count(index, in: engine) }
      tally.countDeregistrations(of: 0..<engine.referrals.count, in: engine)
      _ = tally.finish(&budget)
    }
    return true
  }

  var figures: SimulationFigures { tally.figures }

  private enum Next {
    case deadline(Instant)
    case happening(Happening)
  }

  /// The earliest; what people do in the instant of a deadline is judged by the engine (R27, R29).
  private mutating func next() -> Next? {
    let fixed = nextOfScript < script.count ? script[nextOfScript] : nil
    let planned = plans.first
    let isPlanned =
      switch (fixed, planned) {
      case (nil, _?): true
      case (let fixed?, let planned?): planned.at < fixed.at
      default: false
      }
    let happening = isPlanned ? planned : fixed
    if let deadline = engine.nextDeadline, deadline < happening?.at ?? .distantFuture {
      return deadline <= recording.horizon ? .deadline(deadline) : nil
    }
    guard let happening, happening.at <= recording.horizon else { return nil }
    if isPlanned { plans.removeFirst() } else { nextOfScript += 1 }
    return .happening(happening)
  }

  private mutating func happen(_ happening: Happening) {
    let at = happening.at
    switch happening.what {
    case .request(let index):
      requestsDone += 1
      perform(.submit(PolicyReplay.partner, submission(index)), at: at)
    case .cancellation(let index):
      perform(.cancel(PolicyReplay.partner, ReferralID(index: index)), at: at)
    case .change(let person, let what): change(person, what, at)
    case .answer(let offer, let assister, let accepts):
      perform(accepts ? .accept(assister, offer) : .reject(assister, offer, reason: ""), at: at)
      if accepts { planWork(offer, assister, at) }
    case .call(let referral, let assister):
      perform(.logAttempt(assister, referral, .reached), at: at)
    case .closing(let referral, let assister):
      perform(.close(assister, referral, .questionAnswered), at: at)
    case .release(let referral, let assister):
      perform(.release(assister, referral, reason: "as recorded"), at: at)
    }
  }

  private func submission(_ index: Int) -> Submission {
    let request = recording.requests[index]
    return Submission(
      idempotencyKey: UInt128(index + 1), partnerReference: "\(request.number)",
      helpType: request.helpType, language: recording.languages[Int(request.language)],
      county: request.county, contact: Contact(name: "", phone: "", notes: ""))
  }

  private mutating func change(
    _ person: Int, _ what: SimulationRecording.Change.What, _ at: Instant
  ) {
    let id = id(of: person)
    switch what {
    case .inside, .outside:
      // What lies before comes first (R29).
      perform(.advance, at: at)
      engine.assisters[id.index].insideHours = what == .inside
      engine.refreshAvailability(id.index, at)
      perform(.advance, at: at)
    case .off, .notOff:
      isOff[person] = what == .off
      perform(.setAvailability(id, isOff[person] ? .off : .followSchedule), at: at)
    case .returned:
      guard engine.assisters[id.index].registration != .active else { return }
      let isInside = engine.assisters[id.index].insideHours
      perform(.advance, at: at)
      engine.apply(.registered(id, registration(of: recording.people[person]), at: at))
      engine.assisters[id.index].override = isOff[person] ? .off : .followSchedule
      engine.assisters[id.index].insideHours = isInside
      engine.refreshAvailability(id.index, at)
      perform(.advance, at: at)
    }
  }

  // MARK: People

  private mutating func perform(_ command: Command, at instant: Instant) {
    _ = engine.perform(command, at: instant, log: &log)
    log.removeAll(keepingCapacity: true)
    engine.takePushes(into: &pushes)
    guard !pushes.isEmpty else { return }
    var delivered: [OfferID] = []
    for push in pushes {
      guard case .offerOpened(let id) = push.body else { continue }
      if plan(id, of: push.principal) { delivered.append(id) }
    }
    guard !delivered.isEmpty else { return }
    _ = engine.perform(.offersDelivered(delivered), at: instant, log: &log)
    log.removeAll(keepingCapacity: true)
  }

  /// Returns whether the Offer reaches the assister.
  private mutating func plan(_ id: OfferID, of assister: PrincipalID) -> Bool {
    let offer = engine.offers[id.index]
    let person = assister.index - 1
    let request = offer.referralIndex
    let reaction = habits[person].reaction(
      of: recording.people[person], to: request, number: recording.requests[request].number,
      offer.kind)
    if reaction.answer != .silent {
      plan(
        .answer(id, assister, accepts: reaction.answer == .accepted),
        at: offer.offeredAt + reaction.delay)
    }
    return reaction.delivered && offer.kind == .general
  }

  private mutating func planWork(_ offer: OfferID, _ assister: PrincipalID, _ at: Instant) {
    guard engine.offers[offer.index].state == .accepted else { return }
    let request = engine.offers[offer.index].referralIndex
    let id = ReferralID(index: request)
    let person = assister.index - 1
    let course = habits[person].course(of: recording.people[person], on: request)
    if let span = course.callAfter { plan(.call(id, assister), at: at + span) }
    if let span = course.closeAfter { plan(.closing(id, assister), at: at + span) }
    if let span = course.releaseAfter { plan(.release(id, assister), at: at + span) }
  }

  private mutating func plan(_ what: Happening.What, at instant: Instant) {
    plansMade += 1
    plans.insert(Happening(at: instant, plansMade, what))
  }
}

/// Something that happens to the replayed engine. No two have the same instant and order.
struct Happening: Comparable, Sendable {
  enum What: Sendable {
    /// Indexes of the recording.
    case request(Int)
    case cancellation(Int)
    case change(Int, SimulationRecording.Change.What)
    case answer(OfferID, PrincipalID, accepts: Bool)
    case call(ReferralID, PrincipalID)
    case closing(ReferralID, PrincipalID)
    case release(ReferralID, PrincipalID)
  }

  var at: Instant
  /// Decides between two of one instant.
  var order: UInt64
  var what: What

  init(at: Instant, _ order: UInt64, _ what: What) {
    self.at = at
    self.order = order
    self.what = what
  }

  static func < (left: Happening, right: Happening) -> Bool {
    left.at == right.at ? left.order < right.order : left.at < right.at
  }

  static func == (left: Happening, right: Happening) -> Bool {
    left.at == right.at && left.order == right.order
  }
}
