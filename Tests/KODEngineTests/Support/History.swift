import KODEngine

/// What the events say, told without the engine: the model that the engine is compared with.
struct History {
  struct OfferModel {
    var referral: UInt64
    var assister: UInt32
    var kind: OfferKind
    var state = OfferState.pending
    var deadline: Instant
  }

  var policies: [Policy]
  var offers: [OfferModel] = []
  var assisters: [UInt32: AssisterModel] = [:]
  var policyOfReferral: [Policy] = []
  var winners: [UInt64: [UInt32]] = [:]
  var work = WorkHistory()
  /// Each Offer as it ended, and each registration, for R50.
  var streakLog: [(assister: UInt32, offer: Int?)] = []
  var massEnds: [UInt64: Instant] = [:]
  /// Offers that reached a session, and the last word of notifiers (R22).
  var delivered: Set<UInt64> = []
  var notices: [NoticeID: NoticeState] = [:]
  /// Of each principal, as issued; those past their end until the next issue.
  var credentials: [UInt32: [NewCredential]] = [:]
  /// Numbers of all that were ever issued.
  var issued: Set<UInt64> = []
  /// Contradictions among the events themselves.
  var contradictions: [String] = []

  init(policy: Policy) { policies = [policy] }

  mutating func note(_ event: Event) {
    work.note(event)
    switch event {
    case .policySet(let policy, _): policies.append(policy)
    case .principalCreated(let id, let new, _):
      credentials[id.number] = [
        NewCredential(
          number: new.credential, tokenDigest: new.tokenDigest, expiresAt: new.credentialExpiresAt)
      ]
      if new.role == .assister { assisters[id.number] = AssisterModel(capacity: new.capacity) }
    case .registered(let id, _, _):
      assisters[id.number]?.registration = .active
      assisters[id.number]?.startAnew()
      streakLog.append((id.number, nil))
    case .availabilitySet(let id, let override, _):
      assisters[id.number]?.override = override
      if override == .off { end(.released) { $0.assister == id.number } }
    case .submitted(_, _, _, let at):
      policyOfReferral.append(policies.last!)
      work.submitted(policies.last!, at: at)
    case .generalOffered(_, let referral, let assister, _, let deadline, _):
      open(.general, referral, assister, deadline, event.at)
    case .massOpened(let referral, let first, let recipients, _, let deadline):
      if first.number != UInt64(offers.count + 1) { contradictions.append("\(event)") }
      massEnds[referral.number] = deadline
      for recipient in recipients { open(.mass, referral, recipient, deadline, event.at) }
    case .massJoined(_, let referral, let assister, _):
      open(.mass, referral, assister, massEnds[referral.number]!, event.at)
    case .accepted(let id, let at): accept(id, at)
    case .rejected(let id, _, let at):
      if at >= offers[Int(id.number) - 1].deadline { contradictions.append("late \(event)") }
      end(Int(id.number) - 1, .rejected)
    case .generalLapsed(let id, let missed):
      if missed, !wasHandedOver(id) { contradictions.append("nobody was told: \(event)") }
      end(Int(id.number) - 1, missed ? .missed : .expired)
    case .massLapsed(let id):
      end(.expired) { $0.referral == id.number && $0.kind == .mass }
    case .deregistered(let id, _):
      assisters[id.number]?.registration = .deregistered
      end(.withdrawn) { $0.assister == id.number }
    case .closed(let id, _, _), .cancelled(let id, _, _, _):
      end(.withdrawn) { $0.referral == id.number }
      for number in assisters.keys { assisters[number]?.held.remove(id.number) }
    case .generalReminded, .massReminded, .waiting: break
    case .delivered(let ids): delivered.formUnion(ids.map(\.number))
    case .serverStarted: for number in assisters.keys { assisters[number]?.hasSession = false }
    default: noteWork(event)
    }
  }

  private mutating func noteWork(_ event: Event) {
    switch event {
    case .credentialIssued(let id, let new, let at):
      credentials[id.number]?.removeAll { $0.expiresAt.map { $0 <= at } ?? false }
      credentials[id.number]?.append(new)
      issued.insert(new.number)
      if credentials[id.number]?.count ?? 17 > 16 { contradictions.append("too many: \(event)") }
    case .released(let id, _, _), .takenBack(let id, _, _, _), .reclaimed(let id, _):
      for number in assisters.keys { assisters[number]?.held.remove(id.number) }
    case .assigned(let id, let assister, _, _, _):
      assisters[assister.number]?.held.insert(id.number)
    case .eligibilityLost(_, let ids, _):
      for id in ids { end(Int(id.number) - 1, .withdrawn) }
    default: noteAssisters(event)
    }
  }

  private mutating func open(
    _ kind: OfferKind, _ referral: ReferralID, _ assister: PrincipalID, _ deadline: Instant,
    _ now: Instant
  ) {
    let isRepeated = offers.contains {
      $0.state == .pending && $0.assister == assister.number
        && ($0.referral == referral.number || $0.kind == .general && kind == .general)
    }
    if isRepeated { contradictions.append("second open Offer of \(referral) to \(assister)") }
    if work.hasHeld(assister.number, referral.number) {
      contradictions.append("Offer of \(referral) to its former holder")
    }
    if !blockers(assister.number, now).isEmpty {
      contradictions.append("Offer to unavailable \(assister)")
    }
    if policyOfReferral[Int(referral.number) - 1].offerRequiresSession,
      !assisters[assister.number]!.hasSession
    {
      contradictions.append("Offer without a session to \(assister)")
    }
    offers.append(
      OfferModel(
        referral: referral.number, assister: assister.number, kind: kind, deadline: deadline))
  }

  /// R22.
  private func wasHandedOver(_ id: OfferID) -> Bool {
    delivered.contains(id.number)
      || (1...2).contains { attempt in
        let state = notices[NoticeID(id, attempt: attempt)]
        return state == .sent || state == .delivered
      }
  }

  private mutating func accept(_ id: OfferID, _ at: Instant) {
    let offer = offers[Int(id.number) - 1]
    if at >= offer.deadline { contradictions.append("late accept of \(id)") }
    winners[offer.referral, default: []].append(offer.assister)
    let capacity = assisters[offer.assister]?.capacity ?? policies.last!.capacity
    if assisters[offer.assister]!.held.count >= Int(capacity) {
      contradictions.append("accept of \(id) beyond capacity")
    }
    work.began(offer.referral, offer.assister, byHand: false, at: at)
    end(Int(id.number) - 1, .accepted)
    end(.taken) { $0.referral == offer.referral }
    assisters[offer.assister]?.held.insert(offer.referral)
  }

  mutating func end(_ state: OfferState, where isMeant: (OfferModel) -> Bool) {
    for index in offers.indices where offers[index].state == .pending && isMeant(offers[index]) {
      end(index, state)
    }
  }

  private mutating func end(_ index: Int, _ state: OfferState) {
    let offer = offers[index]
    if offer.state != .pending { contradictions.append("Offer \(index + 1) ended twice") }
    offers[index].state = state
    streakLog.append((offer.assister, index))
    guard offer.kind == .general else { return }
    let isResponse = policyOfReferral[Int(offer.referral) - 1].rejectIsResponse
    switch state {
    case .missed: assisters[offer.assister]?.streak += 1
    case .accepted: assisters[offer.assister]?.streak = 0
    case .rejected where isResponse, .released where isResponse:
      assisters[offer.assister]?.streak = 0
    default: break
    }
  }

  /// R50, read off the table: general Offers in the order they ended, since the last registration.
  func streak(of number: UInt32) -> Int {
    var streak = 0
    for (assister, index) in streakLog where assister == number {
      guard let index else {
        streak = 0
        continue
      }
      let offer = offers[index]
      let isResponse = policyOfReferral[Int(offer.referral) - 1].rejectIsResponse
      switch (offer.kind, offer.state) {
      case (.general, .missed): streak += 1
      case (.general, .accepted): streak = 0
      case (.general, .rejected), (.general, .released): streak = isResponse ? 0 : streak
      default: break
      }
    }
    return streak
  }

  /// R32, from what happened up to `now`.
  func blockers(_ number: UInt32, _ now: Instant) -> Blockers {
    assisters[number]!.blockers(now, capacity: policies.last!.capacity)
  }
}

extension Event {
  /// Of an event that opens Offers.
  fileprivate var at: Instant {
    switch self {
    case .generalOffered(_, _, _, let at, _, _), .massOpened(_, _, _, let at, _),
      .massJoined(_, _, _, let at):
      at
    default: .distantFuture
    }
  }
}
