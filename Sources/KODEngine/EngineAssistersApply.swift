// Registration, availability and staff's hand (R30 to R36): what becomes of it.

extension Engine {
  mutating func applyToAssisters(_ event: Event) {
    switch event {
    case .profileSaved(let id, let change, let becomes, let at):
      saw(at)
      applyProfile(id.index, change, becomes: becomes, at)
    case .registrationWithdrawn(let id, let at):
      saw(at)
      endRegistration(id.index, .withdrawn, .assisterWithdrew, at)
    case .outlookExtended(let id, let outlook, let at):
      saw(at)
      applyOutlook(id.index, outlook, at)
    case .scheduleTurned(let ids, let at):
      saw(at)
      turnings.remove(ids.map { UInt32($0.index) }, at: at)
      for id in ids { turn(id.index, at) }
    case .credentialsExpired(let ids, let at):
      saw(at)
      expiries.remove(ids.map { UInt32($0.index) }, at: at)
      for id in ids { applyExpiry(id.index, at) }
    case .sessionChanged(let id, let hasSession, let clearsOverride, let at):
      saw(at)
      applySession(id.index, hasSession, clearsOverride, at)
    case .staffActed(let id, let action, let becomes, let by, let reason, let at):
      saw(at)
      note(action, id.index, by, reason, at)
      applyStaffAction(action, id.index, becomes, at)
    case .credentialDateSet(let id, let until, let becomes, let by, let reason, let at):
      saw(at)
      note(.credentialDateSet, id.index, by, reason, at)
      applyCredentialDate(id.index, until, becomes, at)
    case .noticeAcknowledged(let id, let state, let at):
      saw(at)
      applyAcknowledgement(id, state, at)
    case .policyVersioned(let policy, let by, let reason, let at):
      saw(at)
      applyPolicy(policy, PolicySignature(since: at, by: by, reason: reason), at)
      alert(.policyChanged(version: UInt32(policies.count)), at)
    case .eligibilityLost(_, let offers, let at):
      saw(at)
      for offer in offers { endOffer(offer.index, .withdrawn, at) }
    default: break
    }
  }

  // MARK: Availability

  /// R32, computed from scratch.
  func blockers(of index: Int) -> Blockers {
    let assister = assisters[index]
    var blockers: Blockers = []
    if assister.registration != .active { blockers.insert(.registration) }
    if assister.credentialExpired { blockers.insert(.credential) }
    if assister.isOutOfOffice { blockers.insert(.outOfOffice) }
    switch assister.override {
    case .on: break
    case .off: blockers.insert(.override)
    case .followSchedule: if !assister.insideHours { blockers.insert(.hours) }
    }
    if assister.openAssignments.elements.count >= Int(capacity(of: index)) {
      blockers.insert(.capacity)
    }
    return blockers
  }

  /// Writes the timeline and tells the assister. It says when something was known here, which for
  /// a turn that is worked off late is later than the turn.
  mutating func noteBlockers(
    _ index: Int, _ at: Instant, overrideChanged: Bool = false, overrideCleared: Bool = false
  ) {
    let blockers = blockers(of: index)
    let before = profiles[index].timeline.current
    if blockers != before { profiles[index].timeline.note(blockers, at: lastInstant) }
    guard overrideChanged || blockers.isEmpty != before.isEmpty else { return }
    let override = assisters[index].override
    tell(
      index, .availabilityChanged(blockers, override, overrideCleared: overrideCleared), at)
  }

  /// R33. Whoever has a session may be asked about what asks for one (R60).
  private mutating func applySession(
    _ index: Int, _ hasSession: Bool, _ clearsOverride: Bool, _ at: Instant
  ) {
    assisters[index].hasSession = hasSession
    routing.setPresent(index, hasSession)
    if clearsOverride {
      assisters[index].override = .followSchedule
      noteBlockers(index, at, overrideChanged: true, overrideCleared: true)
    }
    refreshAvailability(index, at)
    guard hasSession, policies.contains(where: \.offerRequiresSession) else { return }
    seekReferrals(for: index)
  }

  // MARK: Registration

  /// What `.register` leaves open: it counts as saved, with nothing in it and no hours' limits.
  func completed(_ registration: Registration, for index: Int) -> ProfileChange {
    ProfileChange(
      kind: registration.kind, languages: registration.languages, counties: registration.counties,
      contact: profiles[index].contact ?? PreferredContact(), acceptsTerms: true)
  }

  /// R30.
  mutating func applyProfile(
    _ index: Int, _ change: ProfileChange, becomes: RegistrationState, _ at: Instant
  ) {
    let before = assisters[index].registration
    let languages = change.languages?.map { intern($0) }
    let isOther =
      !assisters[index].hasKind || change.kind.map { $0 != assisters[index].kind } ?? false
      || languages.map { $0 != assisters[index].languages } ?? false
      || change.counties.map { $0 != assisters[index].counties } ?? false
      || assisters[index].isFiled != becomes.isFiled
    if isOther, assisters[index].isFiled {
      // Not available to anybody under the old words: under the new ones there may be referrals to
      // join (R38).
      routing.setAvailable(index, false)
      routing.remove(index)
    }
    if let kind = change.kind {
      assisters[index].kind = kind
      assisters[index].hasKind = true
    }
    if let languages { assisters[index].languages = languages }
    if let counties = change.counties { assisters[index].counties = counties }
    assisters[index].registration = becomes
    save(change, index, startingAnew: before == .withdrawn || before == .deregistered, at)
    if becomes == .active, before != .active {
      totals.assisters += 1
      if profiles[index].settings == nil { profiles[index].settings = .always }
      assisters[index].override = .followSchedule
      assisters[index].registeredAt = at
      assisters[index].resetStreak()
      appoint(index)
    }
    // Last: the lines go by when somebody registered (R37).
    if isOther || becomes != before { routing.remove(index) }
    if becomes.isFiled, isOther || becomes != before { routing.insert(index, assisters[index]) }
    if isOther { profiles[index].timeline.profileChangedAt = lastInstant }
    if becomes != before { tell(index, .registrationChanged(becomes, missedInARow: 0), at) }
    if isOther, !isAvailable(index), let offer = assisters[index].openGeneralOffer {
      // R22: taken off above, so that the refresh sees no change.
      offers[offer.index].excused = true
    }
    refreshAvailability(index, at)
  }

  private mutating func save(
    _ change: ProfileChange, _ index: Int, startingAnew: Bool, _ at: Instant
  ) {
    if let contact = change.contact { profiles[index].contact = contact }
    if let schedule = change.availability {
      profiles[index].settings = schedule.settings
      setOutlook(index, schedule.outlook, at)
    }
    if change.acceptsTerms {
      profiles[index].termsAccepted = true
    } else if startingAnew, change.registers {
      profiles[index].termsAccepted = false
    }
  }

  /// active → another state (R25, R31): open Offers are withdrawn, accepted work stays.
  mutating func endRegistration(
    _ index: Int, _ state: RegistrationState, _ cause: WithdrawalCause, _ at: Instant
  ) {
    agenda.deregistrations.removeAll { $0.assister == index }
    totals.assisters -= 1
    assisters[index].registration = state
    for offer in assisters[index].openOffers.elements {
      endOffer(offer.index, .withdrawn, at, cause)
    }
    refreshAvailability(index, at)
    let missed = assisters[index].missedInARow
    tell(index, .registrationChanged(state, missedInARow: missed), at)
  }

  /// Back to active without registering anew.
  private mutating func resumeRegistration(_ index: Int, _ at: Instant) {
    totals.assisters += 1
    assisters[index].registration = .active
    assisters[index].suspendedByCredential = false
    let missed = assisters[index].missedInARow
    tell(index, .registrationChanged(.active, missedInARow: missed), at)
    refreshAvailability(index, at)
  }

  // MARK: Staff

  private mutating func note(
    _ action: StaffAction, _ index: Int, _ by: PrincipalID, _ reason: String, _ at: Instant
  ) {
    staffNotes.append(
      StaffNoteRow(
        assister: UInt32(index), at: at, by: by, action: action, reason: reason,
        previous: profiles[index].lastStaffNote))
    profiles[index].lastStaffNote = UInt32(staffNotes.count)
  }

  private mutating func applyStaffAction(
    _ action: StaffAction, _ index: Int, _ becomes: RegistrationState, _ at: Instant
  ) {
    let before = assisters[index].registration
    switch action {
    case .pardoned:
      assisters[index].resetStreak()
      if before == becomes {
        tell(index, .registrationChanged(becomes, missedInARow: 0), at)
      } else {
        resumeRegistration(index, at)
      }
    case .deregistered:
      // No misses led to it.
      assisters[index].deregistrationOffers = []
      endRegistration(index, .deregistered, .assisterDeregistered, at)
      alert(.assisterDeregistered(PrincipalID(index: index)), at)
    case .suspended:
      assisters[index].suspendedByCredential = false
      if before == .active { endRegistration(index, .suspended, .assisterSuspended, at) }
    case .reinstated: resumeRegistration(index, at)
    case .credentialDateSet: break
    }
  }

  private mutating func applyCredentialDate(
    _ index: Int, _ until: Instant?, _ becomes: RegistrationState, _ at: Instant
  ) {
    if let filed = filedExpiry(index) { expiries.remove(index, at: filed) }
    profiles[index].credentialUntil = until
    assisters[index].credentialExpired = until.map { $0 <= at } ?? false
    if let date = filedExpiry(index) { expiries.insert(index, at: date) }
    switch (assisters[index].registration, becomes) {
    case (.active, .suspended): suspendForCredential(index, at)
    case (.suspended, .active): resumeRegistration(index, at)
    default: refreshAvailability(index, at)
    }
  }

  /// At the credential's date.
  private mutating func applyExpiry(_ index: Int, _ at: Instant) {
    assisters[index].credentialExpired = true
    if assisters[index].registration == .active {
      suspendForCredential(index, at)
    } else {
      refreshAvailability(index, at)
    }
  }

  private mutating func suspendForCredential(_ index: Int, _ at: Instant) {
    assisters[index].suspendedByCredential = true
    endRegistration(index, .suspended, .assisterSuspended, at)
  }

  /// Where it stands among `expiries`.
  func filedExpiry(_ index: Int) -> Instant? {
    assisters[index].credentialExpired ? nil : profiles[index].credentialUntil
  }

  // MARK: Policy

  mutating func applyPolicy(_ policy: Policy, _ signature: PolicySignature, _ at: Instant) {
    policies.append(policy)
    signatures.append(signature)
    // Capacity may have changed (R36).
    for index in assisters.indices { refreshAvailability(index, at) }
  }
}

extension RegistrationState {
  /// Routing knows the assister's words.
  var isFiled: Bool { self != .none && self != .draft }
}

extension Assister {
  var isFiled: Bool { registration.isFiled }
}

extension AvailabilitySettings {
  /// Of who never saved any.
  static let always = AvailabilitySettings(
    timeZone: "America/Kentucky/Louisville", aroundTheClock: true)
}
