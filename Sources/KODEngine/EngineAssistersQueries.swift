// What the server reads about assisters, schedules and policies.

extension Engine {
  /// Nil for anybody but an assister.
  public func profile(of id: PrincipalID) -> ProfileView? {
    guard let index = assisterIndex(id), let standing = standing(of: id) else { return nil }
    let profile = profiles[index]
    let isUnregistered = standing.registration == .none || standing.registration == .draft
    return ProfileView(
      standing: standing, contact: profile.contact, availability: profile.settings,
      outlookThrough: profile.outlook?.through, termsAccepted: profile.termsAccepted,
      missing: isUnregistered ? missingParts(index) : [])
  }

  /// What staff did about the assister, newest first; `limit` at most.
  public func staffNotes(of id: PrincipalID, limit: Int = 100) -> [StaffNoteView] {
    guard let index = assisterIndex(id) else { return [] }
    var notes: [StaffNoteView] = []
    var number = profiles[index].lastStaffNote
    while number > 0, notes.count < limit {
      let row = staffNotes[Int(number) - 1]
      notes.append(
        StaffNoteView(at: row.at, by: row.by, action: row.action, reason: row.reason))
      number = row.previous
    }
    return notes
  }

  // MARK: Schedules

  /// The earliest instant at which an outlook has less than 7 days left; zero: somebody has none.
  public var nextOutlookNeed: Instant? { outlookNeeds.first }

  /// Whose outlook is short at that instant; `limit` at most, the shortest first.
  /// `ProfileView.outlookThrough` says where the next one starts.
  public func assistersNeedingOutlook(at instant: Instant, limit: Int = 256) -> [PrincipalID] {
    outlookNeeds.due(through: instant, limit: limit).map { PrincipalID(index: $0) }
  }

  /// The assister's local day around the instant, half-open (R37, R70). Nil: the outlook does not
  /// know it.
  public func day(of id: PrincipalID, at instant: Instant) -> (start: Instant, end: Instant)? {
    assisterIndex(id).flatMap { localDayBounds($0, instant) }
  }

  /// What kept the assister from being available then; several changes in one instant count as the
  /// last of them. Nil: longer ago than is kept, or no assister.
  public func blockers(of id: PrincipalID, at instant: Instant) -> Blockers? {
    assisterIndex(id).flatMap { profiles[$0].timeline.blockers(at: instant) }
  }

  /// When kind, languages or counties last changed; nil: never registered.
  public func profileChangedAt(of id: PrincipalID) -> Instant? {
    assisterIndex(id).flatMap { profiles[$0].timeline.profileChangedAt }
  }

  // MARK: Policy

  /// The current version, from 1.
  public var policyVersion: Int { policies.count }

  /// Nil: no such version.
  public func policyVersion(_ version: Int) -> PolicyVersionView? {
    guard policies.indices.contains(version - 1) else { return nil }
    let signature = signatures[version - 1]
    return PolicyVersionView(
      version: version, policy: policies[version - 1], since: signature.since, by: signature.by,
      reason: signature.reason)
  }
}
