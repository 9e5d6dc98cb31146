@testable import KODEngine

/// R37 and R38 word for word, by looking at everybody: what the engine's indexes are compared with.
struct PlainScan {
  let engine: Engine
  let present: Set<Int>
  private let tags: [String]

  init(engine: Engine, present: Set<Int> = []) {
    self.engine = engine
    self.present = present
    tags = engine.languages.strings.map { $0.lowercased() + "-" }
  }

  /// R37.
  func candidate(_ index: Int, at now: Instant, requiresSession: Bool = false) -> Int? {
    let referral = engine.referrals[index]
    let roles = engine.policies[referral.policy].roles
    let asked = offers(of: index)
    let today = offersToday(now)
    let candidates = engine.assisters.indices.filter { assister in
      isAskable(assister, referral, anyLanguage: false, anyCounty: false)
        && engine.assisters[assister].openGeneralOffer == nil
        && !asked.contains { $0.assisterIndex == assister }
        && (!requiresSession || present.contains(assister))
    }
    return candidates.min { left, right in
      let (one, other) = (engine.assisters[left], engine.assisters[right])
      let oneRole = roles.rank(referral.helpType, one.kind)!
      let otherRole = roles.rank(referral.helpType, other.kind)!
      if oneRole != otherRole { return oneRole < otherRole }
      if one.counties.isWholeState != other.counties.isWholeState {
        return other.counties.isWholeState
      }
      let oneLast = one.lastGeneralOffer?.microseconds ?? -1
      let otherLast = other.lastGeneralOffer?.microseconds ?? -1
      if oneLast != otherLast { return oneLast < otherLast }
      if today[left] != today[right] { return today[left] < today[right] }
      if one.registeredAt != other.registeredAt { return one.registeredAt < other.registeredAt }
      return left < right
    }
  }

  /// R38.
  func massRecipients(_ index: Int) -> [Int] {
    let offers = offers(of: index)
    return engine.assisters.indices.filter { isMassRecipient(index, $0, offers) }
  }

  /// R11, R38: the referrals that look for somebody like this assister.
  func joinable(by assister: Int) -> [Int] {
    engine.referrals.indices.filter { index in
      switch engine.referrals[index].state {
      case .mass:
        !engine.referrals[index].massLapsed && isMassRecipient(index, assister, offers(of: index))
      case .waiting:
        isMassRecipient(index, assister, [])
          && !offers(of: index).contains { $0.assisterIndex == assister }
      default: false
      }
    }
  }

  private func isMassRecipient(_ index: Int, _ assister: Int, _ offers: [Offer]) -> Bool {
    let referral = engine.referrals[index]
    let policy = engine.policies[referral.policy]
    return isAskable(
      assister, referral, anyLanguage: policy.languageRelaxation == .inMass,
      anyCounty: policy.massAudience == .anyCounty)
      && !offers.contains {
        $0.assisterIndex == assister && [.pending, .accepted, .rejected].contains($0.state)
      }
  }

  private func isAskable(
    _ index: Int, _ referral: Referral, anyLanguage: Bool, anyCounty: Bool
  ) -> Bool {
    let assister = engine.assisters[index]
    let roles = engine.policies[referral.policy].roles
    let wanted = tags[Int(referral.language)]
    return roles.rank(referral.helpType, assister.kind) != nil
      && (anyCounty || assister.counties.isWholeState
        || assister.counties.contains(referral.county))
      && (anyLanguage
        || assister.languages.contains {
          tags[Int($0)].hasPrefix(wanted) || wanted.hasPrefix(tags[Int($0)])
        })
      && engine.isAvailable(index)
  }

  private func offers(of referral: Int) -> [Offer] {
    engine.offers.filter { $0.referralIndex == referral }
  }

  /// By assister.
  private func offersToday(_ now: Instant) -> [Int] {
    var counts = [Int](repeating: 0, count: engine.assisters.count)
    let first = engine.offers.firstIndex { $0.offeredAt.programDay >= now.programDay }
    for offer in engine.offers[(first ?? engine.offers.count)...]
    where offer.offeredAt.programDay == now.programDay {
      counts[offer.assisterIndex] += 1
    }
    return counts
  }
}
