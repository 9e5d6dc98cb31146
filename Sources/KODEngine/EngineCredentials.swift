// Credentials: several tokens of one principal, some with an end.

extension Engine {
  /// By the public half of a token. Valid or past its end: that is for the caller to judge.
  public func credential(_ number: UInt64) -> CredentialRecord? {
    guard let index = credentials[number],
      let row = principals[index].credentials.first(where: { $0.number == number })
    else { return nil }
    return CredentialRecord(
      principal: PrincipalID(index: index), tokenDigest: row.tokenDigest, expiresAt: row.expiresAt)
  }

  /// The limit is on those that are valid: what is past its end does not count.
  func issue(_ new: NewCredential, to principal: PrincipalID, _ now: Instant) -> Decision {
    guard role(of: principal) != nil else { return .rejected(.principalUnknown) }
    guard credentials[new.number] == nil else { return .rejected(.credentialExists) }
    guard hasRoomForCredential(principal.index, now) else { return .rejected(.credentialLimit) }
    var new = new
    new.expiresAt = new.expiresAt.map(representable)
    return .accepted([.credentialIssued(principal, new, at: now)], .principal(principal))
  }

  func fits(_ new: NewCredential, of principal: PrincipalID, _ at: Instant) -> Bool {
    role(of: principal) != nil && credentials[new.number] == nil
      && hasRoomForCredential(principal.index, at)
  }

  /// What is past its end at this instant is dropped, so that a principal that renews for years does
  /// not grow.
  mutating func applyIssue(_ index: Int, _ new: NewCredential, _ at: Instant) {
    for ended in principals[index].credentials where !ended.isValid(at: at) {
      credentials[ended.number] = nil
    }
    principals[index].credentials.removeAll { !$0.isValid(at: at) }
    principals[index].credentials.append(new)
    credentials[new.number] = index
  }

  /// The instant, or the nearest that has a spelling.
  func representable(_ instant: Instant) -> Instant {
    min(max(instant, .zero), EngineLimits.latestInstant)
  }

  private func hasRoomForCredential(_ index: Int, _ at: Instant) -> Bool {
    principals[index].credentials.count { $0.isValid(at: at) }
      < EngineLimits.credentialsPerPrincipal
  }
}

extension Principal {
  init(_ new: NewPrincipal) {
    self.init(
      name: new.name, role: new.role,
      credentials: [
        NewCredential(
          number: new.credential, tokenDigest: new.tokenDigest,
          expiresAt: new.credentialExpiresAt)
      ], capacity: new.capacity)
  }
}
