extension Engine {
  /// `fits` for the events of work and of the desk.
  func fitsWork(_ event: Event) -> Bool {
    switch event {
    case .attemptLogged(let id, _, _, _):
      isAssigned(id)
        && holdingRow(id).map { $0.attempts < EngineLimits.attemptsPerAssignment } ?? false
    case .released(let id, _, _): holdingRow(id) != nil
    case .takenBack(let id, let principal, _, _):
      role(of: principal) != nil && holdingRow(id) != nil
    case .reclaimed(let id, _): isAssigned(id)
    case .rerun(let id, let principal, _, _, _), .gaveUp(let id, let principal, _, _):
      role(of: principal) != nil && referralRow(id).map { isWaiting($0) } ?? false
    case .assigned(let id, let assister, let principal, _, _):
      role(of: principal) != nil && assisterIndex(assister) != nil
        && referralRow(id).map { isWaiting($0) } ?? false
    case .noteSaved(let assister, let id, _, _):
      assisterIndex(assister) != nil && referralRow(id) != nil
    case .promiseMissed(let id):
      referralRow(id).map { isOpen($0.state) && !$0.promiseMissed } ?? false
    case .callbackOverdue(let id):
      isAssigned(id) && holdingRow(id).map { !$0.overdue } ?? false
    case .callbackReminded(let id, let number, _): number > 0 && isAssigned(id)
    default: true
    }
  }

  /// The open assignment of a referral.
  private func holdingRow(_ id: ReferralID) -> AssignmentRow? {
    guard let referral = referralRow(id), isHeld(referral) else { return nil }
    return lastAssignment(of: referral)
  }

  private func isAssigned(_ id: ReferralID) -> Bool {
    referralRow(id).map { $0.state == .assigned } ?? false
  }
}
