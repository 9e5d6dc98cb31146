extension Engine {
  /// Whether an event about assisters can follow what has been applied so far.
  func fitsAssisters(_ event: Event) -> Bool {
    switch event {
    case .profileSaved(let id, let change, let becomes, _):
      assisterIndex(id).map { registration(of: $0, after: change) == becomes } ?? false
        && languages.count + (change.languages?.count ?? 0) <= Int(UInt16.max)
    case .registrationWithdrawn(let id, _):
      assisterIndex(id).map { assisters[$0].registration == .active } ?? false
    case .outlookExtended(let id, let outlook, _):
      assisterIndex(id).map { index in
        let known = profiles[index].outlook
        return profiles[index].settings != nil && known.map { $0.through < outlook.through } ?? true
          && outlook.turns.count + (known?.turns.count ?? 0) < EngineLimits.outlookTurns
          && outlook.midnights.count + (known?.midnights.count ?? 0) <= EngineLimits.outlookDays
      } ?? false
    case .scheduleTurned(let ids, _), .credentialsExpired(let ids, _):
      ids.allSatisfy { assisterIndex($0) != nil }
    case .sessionChanged(let id, _, _, _): assisterIndex(id) != nil
    case .staffActed(let id, let action, let becomes, let by, _, _):
      role(of: by) != nil
        && assisterIndex(id).map { fits(action, of: assisters[$0].registration, becomes) } ?? false
    case .credentialDateSet(let id, _, let becomes, let by, _, _):
      role(of: by) != nil
        && assisterIndex(id).map { index in
          switch (assisters[index].registration, becomes) {
          case (.active, .suspended), (.suspended, .active): true
          case (let before, let after): before == after
          }
        } ?? false
    case .noticeAcknowledged(let id, _, _):
      noticeAttempt(id).map { $0.state == .pending || $0.state == .sent } ?? false
    case .policyVersioned(let policy, _, _, _):
      policy.isValid && policies.count < EngineLimits.policies
    case .eligibilityLost(let id, let offers, _):
      offers.allSatisfy { offer in
        offerRow(offer).map { $0.state == .pending && $0.assisterIndex == id.index } ?? false
      }
    default: false
    }
  }

  private func fits(
    _ action: StaffAction, of before: RegistrationState, _ becomes: RegistrationState
  ) -> Bool {
    switch (action, before) {
    case (.pardoned, .deregistered), (.reinstated, .suspended): becomes == .active
    case (.pardoned, .active), (.pardoned, .suspended): becomes == before
    case (.deregistered, .active): becomes == .deregistered
    case (.suspended, .active), (.suspended, .suspended): becomes == .suspended
    default: false
    }
  }
}
