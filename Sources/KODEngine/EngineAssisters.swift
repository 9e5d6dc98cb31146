extension Engine {
  func decideAboutAssisters(_ command: Command, _ now: Instant) -> Decision {
    .rejected(.roleNotAllowed)
  }

  mutating func applyToAssisters(_ event: Event) {}

  func fitsAssisters(_ event: Event) -> Bool { false }

  // MARK: Queries

  /// Nil for anybody but an assister.
  public func profile(of id: PrincipalID) -> ProfileView? { nil }

  /// What staff did about the assister, newest first; `limit` at most.
  public func staffNotes(of id: PrincipalID, limit: Int = 100) -> [StaffNoteView] { [] }

  /// The earliest instant at which an outlook has less than 7 days left; long past: there is none yet.
  public var nextOutlookNeed: Instant? { nil }

  /// Who needs an outlook at that instant; `limit` at most, the most urgent first.
  public func assistersNeedingOutlook(at instant: Instant, limit: Int = 256) -> [PrincipalID] { [] }

  /// The assister's local day around the instant, half-open (R37, R70).
  public func day(of id: PrincipalID, at instant: Instant) -> (start: Instant, end: Instant)? { nil }

  /// What kept the assister from being available then. Nil: longer ago than is kept, or no assister.
  public func blockers(of id: PrincipalID, at instant: Instant) -> Blockers? { nil }

  /// When kind, languages or counties last changed; nil: never registered.
  public func profileChangedAt(of id: PrincipalID) -> Instant? { nil }

  public func notice(_ id: NoticeID) -> NoticeView? { nil }

  /// Not acknowledged yet, the oldest Offer's first.
  public func outstandingNotices() -> [NoticeID] { [] }

  /// In order of the attempts.
  public func notices(of id: OfferID) -> [NoticeView] { [] }

  /// What happened to notices since the last call, in order.
  public mutating func takeNotices() -> [NoticeNews] { [] }

  /// Current version of the policy, from 1.
  public var policyVersion: Int { policies.count }

  /// Nil: no such version.
  public func policyVersion(_ version: Int) -> PolicyVersionView? { nil }
}

extension Event {
  func encodeAssisters(to encoder: inout ByteEncoder) {}
}
