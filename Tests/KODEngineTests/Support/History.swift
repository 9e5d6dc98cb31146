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

  struct AssisterModel {
    var isActive = false
    var override = AvailabilityOverride.followSchedule
    var streak = 0
    var capacity: UInt32?
    var held: Set<UInt64> = []
  }

  var policies: [Policy]
  var offers: [OfferModel] = []
  var assisters: [UInt32: AssisterModel] = [:]
  var policyOfReferral: [Policy] = []
  var winners: [UInt64: [UInt32]] = [:]
  var massEnds: [UInt64: Instant] = [:]
  /// Contradictions among the events themselves.
  var contradictions: [String] = []

  init(policy: Policy) { policies = [policy] }

  mutating func note(_ event: Event) {
    switch event {
    case .policySet(let policy, _): policies.append(policy)
    case .principalCreated(let id, let new, _):
      if new.role == .assister { assisters[id.number] = AssisterModel(capacity: new.capacity) }
    case .registered(let id, _, _):
      assisters[id.number]?.isActive = true
      assisters[id.number]?.override = .followSchedule
      assisters[id.number]?.streak = 0
    case .availabilitySet(let id, let override, _):
      assisters[id.number]?.override = override
      if override == .off { end(.released) { $0.assister == id.number } }
    case .submitted: policyOfReferral.append(policies.last!)
    case .generalOffered(_, let referral, let assister, _, let deadline, _):
      open(.general, referral, assister, deadline)
    case .massOpened(let referral, let first, let recipients, _, let deadline):
      if first.number != UInt64(offers.count + 1) { contradictions.append("\(event)") }
      massEnds[referral.number] = deadline
      for recipient in recipients { open(.mass, referral, recipient, deadline) }
    case .massJoined(_, let referral, let assister, _):
      open(.mass, referral, assister, massEnds[referral.number]!)
    case .accepted(let id, let at): accept(id, at)
    case .rejected(let id, _, let at):
      if at >= offers[Int(id.number) - 1].deadline { contradictions.append("late \(event)") }
      end(Int(id.number) - 1, .rejected)
    case .generalLapsed(let id, let missed):
      end(Int(id.number) - 1, missed ? .missed : .expired)
    case .massLapsed(let id):
      end(.expired) { $0.referral == id.number && $0.kind == .mass }
    case .deregistered(let id, _):
      assisters[id.number]?.isActive = false
      end(.withdrawn) { $0.assister == id.number }
    case .closed(let id, _, _), .cancelled(let id, _, _, _):
      end(.withdrawn) { $0.referral == id.number }
      for number in assisters.keys { assisters[number]?.held.remove(id.number) }
    case .generalReminded, .massReminded, .waiting, .delivered, .serverStarted: break
    default: noteWork(event)
    }
  }

  private mutating func noteWork(_ event: Event) {
    switch event {
    case .released(let id, _, _), .takenBack(let id, _, _, _), .reclaimed(let id, _):
      for number in assisters.keys { assisters[number]?.held.remove(id.number) }
    case .assigned(let id, let assister, _, _, _):
      assisters[assister.number]?.held.insert(id.number)
    default: noteAssisters(event)
    }
  }

  private mutating func open(
    _ kind: OfferKind, _ referral: ReferralID, _ assister: PrincipalID, _ deadline: Instant
  ) {
    let isRepeated = offers.contains {
      $0.state == .pending && $0.assister == assister.number
        && ($0.referral == referral.number || $0.kind == .general && kind == .general)
    }
    if isRepeated { contradictions.append("second open Offer of \(referral) to \(assister)") }
    if !isAvailable(assister.number) { contradictions.append("Offer to unavailable \(assister)") }
    offers.append(
      OfferModel(
        referral: referral.number, assister: assister.number, kind: kind, deadline: deadline))
  }

  private mutating func accept(_ id: OfferID, _ at: Instant) {
    let offer = offers[Int(id.number) - 1]
    if at >= offer.deadline { contradictions.append("late accept of \(id)") }
    winners[offer.referral, default: []].append(offer.assister)
    end(Int(id.number) - 1, .accepted)
    end(.taken) { $0.referral == offer.referral }
    assisters[offer.assister]?.held.insert(offer.referral)
  }

  private mutating func end(_ state: OfferState, where isMeant: (OfferModel) -> Bool) {
    for index in offers.indices where offers[index].state == .pending && isMeant(offers[index]) {
      end(index, state)
    }
  }

  private mutating func end(_ index: Int, _ state: OfferState) {
    let offer = offers[index]
    if offer.state != .pending { contradictions.append("Offer \(index + 1) ended twice") }
    offers[index].state = state
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

  private mutating func noteAssisters(_ event: Event) {}

  /// R32, from what happened.
  func isAvailable(_ number: UInt32) -> Bool {
    guard let assister = assisters[number] else { return false }
    let capacity = assister.capacity ?? policies.last!.capacity
    return assister.isActive && assister.override != .off && assister.held.count < Int(capacity)
  }
}
