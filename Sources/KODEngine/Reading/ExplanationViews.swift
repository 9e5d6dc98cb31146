/// Why a referral was offered to an assister, or why not (R37): each moment at which somebody was
/// chosen, and where the assister stood then. Nobody else is named.
public struct ExplanationView: Hashable, Sendable {
  public var referral: ReferralID
  public var assister: PrincipalID
  /// In order; 32 at most, the newest.
  public var moments: [RoutingMomentView]
}

/// One moment at which somebody, or nobody, was chosen.
public struct RoutingMomentView: Hashable, Sendable {
  public var at: Instant
  /// Nil: nobody was found, the referral went to waiting.
  public var kind: OfferKind?
  /// To the assister asked about.
  public var offered: Bool
  /// Why not, ascending; empty though not offered: ranked behind the one chosen.
  public var excluded: [ExclusionCause] = []
  /// General: the first step of R37's order in which the one chosen and the assister differ.
  public var decidedBy: RankStep?
  /// General: how many could have been chosen; 0: not counted.
  public var candidates: UInt32 = 0
  /// With `notAvailable`.
  public var blockers = Blockers()
  /// General: the assister's own place in the order.
  public var own: RankFacts?
  /// General: the place of the one who was chosen; nil: that has changed since.
  public var chosen: RankFacts?
  /// False: longer ago than what is kept of the assister: `excluded` may lack `notAvailable`, and
  /// what the assister registered is left out if it has changed since.
  public var historyKept: Bool
}

/// What R37 orders candidates by, as of an instant.
public struct RankFacts: Hashable, Sendable {
  /// 1 is asked first.
  public var roleRank: UInt8
  public var exactCounty: Bool
  /// Nil: never.
  public var lastGeneralOffer: Instant?
  public var offersToday: UInt32
  public var registeredAt: Instant
}

/// The steps of R37's order.
public enum RankStep: UInt8, Sendable, CaseIterable {
  case role = 1
  case county = 2
  case lastOffer = 3
  case offersToday = 4
  case registration = 5
  case id = 6
}

/// What kept an assister from being asked at a moment (R37, R38).
public enum ExclusionCause: UInt8, Sendable, CaseIterable {
  case notAvailable = 1
  case roleDoesNotTakeIt = 2
  case otherLanguage = 3
  case otherCounty = 4
  /// R36; in mass: of this very referral (R38).
  case hadOpenGeneralOffer = 5
  /// General: any earlier Offer of it. Mass: rejected or held it. Waiting: that, or any mass Offer.
  case wasAskedBefore = 6
  case hadNoSession = 7
  /// Not registered then.
  case registeredLater = 8
}
