/// Something a principal is told. Its offset counts the principal's pushes from 1 without gaps;
/// both are engine state, so that replay gives the same push the same offset.
public struct Push: Hashable, Sendable {
  public var principal: PrincipalID
  public var offset: UInt64
  public var at: Instant
  public var body: Body

  public init(principal: PrincipalID, offset: UInt64, at: Instant, body: Body) {
    self.principal = principal
    self.offset = offset
    self.at = at
    self.body = body
  }

  /// Ids only: what they stand for is read from the engine when the push is encoded.
  public enum Body: Hashable, Sendable {
    case offerOpened(OfferID)
    /// Number 1: a third of the window is over; 2: four fifths (R47).
    case offerReminder(OfferID, number: UInt8)
    /// `missedInARow` is the streak after a miss, else 0; `withdrawal` comes with `withdrawn`.
    case offerClosed(OfferID, OfferState, missedInARow: UInt8, withdrawal: WithdrawalCause?)
    case registrationChanged(RegistrationState, missedInARow: UInt8)
    /// To the former holder (R16, R17). The state that follows by the rule; nobody to ask makes
    /// waiting of mass at once.
    case assignmentEnded(ReferralID, ReferralState, AssignmentEnd)
    /// To every supervisor (R31).
    case assisterDeregistered(PrincipalID)

    // MARK: Work (R12 to R17, R44 to R47)

    /// To the partner: the state that the referral entered, or that the promise was missed in.
    case referralUpdate(ReferralID, ReferralState, promiseMissed: Bool)
    /// To the holder. Number 1 and 2: the callback is due soon (R47); 3: it is overdue (R45).
    case assignmentReminder(ReferralID, number: UInt8)
    /// To an assister who was given a referral by hand (R12).
    case assignmentGiven(ReferralID)
    /// To every supervisor. The cause comes with `waiting`.
    case referralAlert(ReferralID, AlertKind, WaitingCause?)

    // MARK: Assisters (R30 to R34)

    /// Whenever availability or override changes (R32). `overrideCleared`: "on" ended by itself (R33).
    case availabilityChanged(Blockers, AvailabilityOverride, overrideCleared: Bool)
    /// To every supervisor: this version of the policy is in force (R60).
    case policyChanged(version: UInt32)
  }
}
