/// What of an assister's referrals is looked for (R71). Every field narrows; its default does not.
public struct ReferralFilter: Hashable, Sendable {
  /// Of an Offer; the row is then the newest Offer that has the state and the kind, so that a miss is
  /// found also when the referral came again as mass. Work given by hand has no Offer and is left out
  /// by any.
  public var states: Set<OfferState> = []
  /// The same.
  public var kind: OfferKind?
  /// Offered, or given, at or after.
  public var from: Instant?
  /// And before.
  public var to: Instant?
  public var helpType: HelpType?
  public var county: County?
  /// In the assister's own note, letters of any case; empty: any note or none.
  public var noteContains = ""
  /// Work that the assister holds now: not closed, not cancelled.
  public var onlyHeld = false
  /// Of work that the assister closed.
  public var outcomes: Set<Outcome> = []

  public init() {}

  /// Neither a state nor a kind is asked for.
  var isAboutAnyOffer: Bool { states.isEmpty && kind == nil }
}

/// A referral as an assister may list it: the newest Offer of it to the assister, and the work if
/// the assister has or had it (R39: no personal data).
public struct ReferralRowView: Hashable, Sendable {
  public var referral: ReferralID
  /// Nil: given by hand after whatever Offers there were.
  public var offer: OfferID?
  /// When it was offered, or given.
  public var at: Instant
  /// When the Offer left `pending`.
  public var endedAt: Instant?
  /// The assister's newest work on it.
  public var assignment: AssignmentID?
  /// It is the assister's: held, or cancelled or closed while it was.
  public var isHolder: Bool
  public var wasHolder: Bool
  /// Of the referral; nil unless `isHolder`.
  public var state: ReferralState?
  /// How the assister's work on it ended.
  public var assignmentEnd: AssignmentEnd?
  public var callbackDue: Instant?
  public var overdue: Bool
  /// The assister's attempts to call, of the newest work.
  public var attempts: UInt32
  public var note: String
  public var withdrawal: WithdrawalCause?
  public var helpType: HelpType
  public var language: String
  public var county: County
  public var submittedAt: Instant
}

/// Where a list goes on: the numbers of the next rows of two chains, and of the newest rows there
/// were when the list began. What came later is not part of the list, so that no row comes twice
/// and none is lost while new ones arrive.
public struct ReferralPosition: Hashable, Sendable {
  /// 0: no more.
  public var offer: UInt32
  public var assignment: UInt32
  public var newestOffer: UInt32
  public var newestAssignment: UInt32

  public init(
    offer: UInt32, assignment: UInt32, newestOffer: UInt32, newestAssignment: UInt32
  ) {
    self.offer = offer
    self.assignment = assignment
    self.newestOffer = newestOffer
    self.newestAssignment = newestAssignment
  }
}
