// Registration, availability and staff's hand (R30 to R36): what is decided.

extension Engine {
  func decideAboutAssisters(_ command: Command, _ now: Instant) -> Decision {
    switch command {
    case .saveProfile(let id, let change): return saveProfile(id, change, now)
    case .withdrawRegistration(let id): return withdraw(id, now)
    case .extendOutlook(let id, let outlook): return extendOutlook(id, outlook, now)
    case .sessionsChanged(let id, let hasSession, let isFresh):
      return changeSessions(id, hasSession, isFresh, now)
    case .pardon(let by, let id, let reason): return act(.pardoned, by, id, reason, now)
    case .deregister(let by, let id, let reason): return act(.deregistered, by, id, reason, now)
    case .suspend(let by, let id, let reason): return act(.suspended, by, id, reason, now)
    case .reinstate(let by, let id, let reason): return act(.reinstated, by, id, reason, now)
    case .setCredentialDate(let by, let id, let until, let reason):
      return setCredentialDate(by, id, until, reason, now)
    case .acknowledgeNotice(let by, let id, let state): return acknowledge(by, id, state, now)
    default: return .accepted([], .none)
    }
  }

  // MARK: The assister's own

  /// R30.
  private func saveProfile(
    _ id: PrincipalID, _ change: ProfileChange, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(id) else { return .rejected(.roleNotAllowed) }
    var change = change
    change.languages = change.languages.flatMap { $0.isEmpty ? nil : $0.withoutRepeats }
    guard isWithinLimits(languages: change.languages ?? []) else { return .rejected(.engineLimit) }
    if let schedule = change.availability {
      guard schedule.settings.isSound, schedule.outlook.isSound, schedule.outlook.from <= now
      else { return .rejected(.scheduleInvalid) }
    }
    let assister = assisters[index]
    switch assister.registration {
    case .active:
      guard change.kind == nil || change.kind == assister.kind else {
        return .rejected(.alreadyRegistered)
      }
    case .suspended:
      guard !change.registers else { return .rejected(.registrationNotAllowed) }
    case .deregistered:
      guard !change.registers || policy.reregistration == .allowed else {
        return .rejected(.registrationNotAllowed)
      }
    case .none, .draft, .withdrawn: break
    }
    let becomes = registration(of: index, after: change)
    guard becomes != assister.registration || changes(index, change) else {
      return .accepted([], .principal(id))
    }
    let saved = Event.profileSaved(id, change, becomes: becomes, at: now)
    let lost = openOffers(of: index, lostBy: change)
    return .accepted(
      lost.isEmpty ? [saved] : [saved, .eligibilityLost(id, lost, at: now)], .principal(id))
  }

  /// R25. An Offer stays with whoever would be asked about its referral under the new words. The
  /// kind says nothing: it does not change while Offers are open (R30).
  private func openOffers(of index: Int, lostBy change: ProfileChange) -> [OfferID] {
    guard change.languages != nil || change.counties != nil else { return [] }
    let spoken = change.languages ?? assisters[index].languages.map { languages[$0] }
    let counties = change.counties ?? assisters[index].counties
    return assisters[index].openOffers.elements.filter { id in
      let offer = offers[id.index]
      let referral = referrals[offer.referralIndex]
      let policy = policies[referral.policy]
      let demand =
        offer.kind == .mass
        ? Routing.Demand(mass: referral, policy) : Routing.Demand(general: referral, policy)
      let isUnderstood =
        demand.anyLanguage
        || spoken.contains { Interner.isMatch($0, languages[referral.language]) }
      let isNear =
        demand.anyCounty || counties.isWholeState || counties.contains(referral.county)
      return !isUnderstood || !isNear
    }
  }

  func isWithinLimits(languages new: [String]) -> Bool {
    new.count <= EngineLimits.languagesPerAssister
      && languages.count + new.count { languages.number($0) == nil } <= EngineLimits.languages
  }

  /// R30: none or a draft becomes active once nothing is missing; whoever left registers anew by
  /// giving a kind or accepting the terms.
  func registration(of index: Int, after change: ProfileChange) -> RegistrationState {
    switch assisters[index].registration {
    case .none where change.isEmpty: .none
    case .none, .draft: missingParts(index, change).isEmpty ? .active : .draft
    case .withdrawn, .deregistered:
      if change.registers {
        missingParts(index, change).isEmpty ? .active : .draft
      } else {
        assisters[index].registration
      }
    case .active, .suspended: assisters[index].registration
    }
  }

  /// What the registration would lack with the change.
  func missingParts(_ index: Int, _ change: ProfileChange = ProfileChange()) -> [ProfilePart] {
    let assister = assisters[index]
    let profile = profiles[index]
    let isDraft = assister.registration == .none || assister.registration == .draft
    return ProfilePart.allCases.filter { part in
      switch part {
      case .kind: change.kind == nil && !assister.hasKind
      case .languages: change.languages == nil && assister.languages.isEmpty
      case .contact: change.contact == nil && profile.contact == nil
      case .availability: change.availability == nil && profile.settings == nil
      case .terms: !change.acceptsTerms && !(isDraft && profile.termsAccepted)
      }
    }
  }

  private func changes(_ index: Int, _ change: ProfileChange) -> Bool {
    let assister = assisters[index]
    let profile = profiles[index]
    return change.kind.map { !assister.hasKind || $0 != assister.kind } ?? false
      || change.languages.map { $0 != assister.languages.map { languages[$0] } } ?? false
      || change.counties.map { $0 != assister.counties } ?? false
      || change.contact.map { $0 != profile.contact } ?? false
      || change.availability.map {
        $0.settings != profile.settings || $0.outlook != profile.outlook
      } ?? false
      || change.acceptsTerms && !profile.termsAccepted
  }

  /// R30.
  private func withdraw(_ id: PrincipalID, _ now: Instant) -> Decision {
    guard let index = assisterIndex(id) else { return .rejected(.roleNotAllowed) }
    switch assisters[index].registration {
    case .active: return .accepted([.registrationWithdrawn(id, at: now)], .principal(id))
    case .withdrawn: return .accepted([], .principal(id))
    case .suspended: return .rejected(.assisterState(.suspended))
    case .none, .draft, .deregistered: return .rejected(.notRegistered)
    }
  }

  /// What has been known so far ends where the new begins; only the past may have a gap.
  private func extendOutlook(
    _ id: PrincipalID, _ outlook: ScheduleOutlook, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(id) else { return .rejected(.roleNotAllowed) }
    let known = profiles[index].outlook
    if let known, outlook.through <= known.through { return .accepted([], .principal(id)) }
    guard
      profiles[index].settings != nil, outlook.isSound,
      outlook.from == known?.through || outlook.from <= now,
      outlook.turns.count + (known?.turns.count ?? 0) < EngineLimits.outlookTurns,
      outlook.midnights.count + (known?.midnights.count ?? 0) <= EngineLimits.outlookDays
    else { return .rejected(.scheduleInvalid) }
    return .accepted([.outlookExtended(id, outlook, at: now)], .principal(id))
  }

  /// R33: a session that is opened, not resumed, outside working hours ends "on".
  private func changeSessions(
    _ id: PrincipalID, _ hasSession: Bool, _ isFresh: Bool, _ now: Instant
  ) -> Decision {
    guard let index = assisterIndex(id) else { return .rejected(.roleNotAllowed) }
    let assister = assisters[index]
    guard assister.hasSession != hasSession else { return .accepted([], .principal(id)) }
    let clears =
      hasSession && isFresh && assister.override == .on && !assister.insideHours
    return .accepted(
      [.sessionChanged(id, hasSession: hasSession, clearsOverride: clears, at: now)],
      .principal(id))
  }

  // MARK: Staff's

  private func act(
    _ action: StaffAction, _ by: PrincipalID, _ id: PrincipalID, _ reason: String, _ now: Instant
  ) -> Decision {
    guard role(of: by) == .supervisor else { return .rejected(.roleNotAllowed) }
    guard let index = assisterIndex(id) else { return .rejected(.assisterUnknown) }
    guard staffNotes.count < EngineLimits.staffNotes else { return .rejected(.engineLimit) }
    let assister = assisters[index]
    let becomes: RegistrationState
    switch (action, assister.registration) {
    case (.pardoned, .deregistered): becomes = .active
    case (.pardoned, .active), (.pardoned, .suspended):
      guard assister.missedInARow > 0 else { return .accepted([], .principal(id)) }
      becomes = assister.registration
    case (.deregistered, .active): becomes = .deregistered
    case (.deregistered, .deregistered): return .accepted([], .principal(id))
    case (.suspended, .active): becomes = .suspended
    case (.suspended, .suspended):
      // One that the credential's date brought becomes staff's to end.
      guard assister.suspendedByCredential else { return .accepted([], .principal(id)) }
      becomes = .suspended
    case (.reinstated, .suspended): becomes = .active
    case (.reinstated, .active): return .accepted([], .principal(id))
    default: return .rejected(.assisterState(assister.registration))
    }
    return .accepted(
      [.staffActed(id, action, becomes: becomes, by: by, reason: reason, at: now)],
      .principal(id))
  }

  /// R30, R32. A date that is past works at once; a later one ends the suspension that the date
  /// brought.
  private func setCredentialDate(
    _ by: PrincipalID, _ id: PrincipalID, _ until: Instant?, _ reason: String, _ now: Instant
  ) -> Decision {
    guard role(of: by) == .supervisor else { return .rejected(.roleNotAllowed) }
    guard let index = assisterIndex(id) else { return .rejected(.assisterUnknown) }
    if let until {
      guard (Instant.zero...EngineLimits.latestInstant).contains(until) else {
        return .rejected(.scheduleInvalid)
      }
    }
    guard staffNotes.count < EngineLimits.staffNotes else { return .rejected(.engineLimit) }
    guard until != profiles[index].credentialUntil else { return .accepted([], .principal(id)) }
    let isPast = until.map { $0 <= now } ?? false
    let assister = assisters[index]
    let becomes: RegistrationState
    switch assister.registration {
    case .active where isPast: becomes = .suspended
    case .suspended where !isPast && assister.suspendedByCredential: becomes = .active
    default: becomes = assister.registration
    }
    return .accepted(
      [.credentialDateSet(id, until: until, becomes: becomes, by: by, reason: reason, at: now)],
      .principal(id))
  }

  // MARK: Policy

  /// R60. Setting what is in force already is a repeat, whatever version was expected.
  func setPolicy(
    _ new: Policy, by: PrincipalID?, reason: String, expected: Int?, _ now: Instant
  ) -> Decision {
    if let by {
      guard role(of: by) == .supervisor else { return .rejected(.roleNotAllowed) }
    }
    guard new.isValid else { return .rejected(.policyInvalid) }
    guard new != policy else { return .accepted([], .none) }
    if let expected {
      guard expected == policies.count else { return .rejected(.policyVersion) }
    }
    guard policies.count < EngineLimits.policies else { return .rejected(.engineLimit) }
    return .accepted([.policyVersioned(new, by: by, reason: reason, at: now)], .none)
  }
}

extension ProfileChange {
  /// It is a registration, not only something to be saved.
  var registers: Bool { kind != nil || acceptsTerms }

  var isEmpty: Bool { self == ProfileChange() }
}

extension [String] {
  /// In the order in which they first occur.
  var withoutRepeats: [String] {
    var unique: [String] = []
    for string in self where !unique.contains(string) { unique.append(string) }
    return unique
  }
}
