/// What happened: an effect, not an intention, so that replay survives a change of rules. Each
/// carries its instant, save where the state already holds it. Numbers and bytes:
/// `EventCoding.swift`.
public enum Event: Hashable, Sendable {
  /// The next version of the policy (R60).
  indirect case policySet(Policy, at: Instant)
  indirect case principalCreated(PrincipalID, NewPrincipal, at: Instant)
  /// Registration becomes active; the streak starts at 0 (R30).
  indirect case registered(PrincipalID, Registration, at: Instant)
  /// Switching off releases every open Offer of the assister (R26).
  case availabilitySet(PrincipalID, AvailabilityOverride, at: Instant)
  /// A referral that has to be routed.
  indirect case submitted(ReferralID, by: PrincipalID, Submission, at: Instant)
  /// R1, R5. The first one of a referral says when the general phase ends, if it does (R41).
  case generalOffered(
    OfferID, ReferralID, to: PrincipalID, at: Instant, deadline: Instant, phaseEnds: Instant?)
  /// R2, R6. Recipients ascend; their Offers are numbered consecutively from `firstOffer`.
  case massOpened(
    ReferralID, firstOffer: OfferID, to: [PrincipalID], at: Instant, deadline: Instant)
  /// Somebody became available while mass was open (R38); the deadline is the window's.
  case massJoined(OfferID, ReferralID, to: PrincipalID, at: Instant)
  /// R4, R8. Every other open Offer of the referral is taken.
  case accepted(OfferID, at: Instant)
  /// The reason is for statistics; the engine does not keep it.
  case rejected(OfferID, reason: String, at: Instant)
  /// R22, R23, at the Offer's deadline.
  case generalLapsed(OfferID, missed: Bool)
  /// Every open mass Offer of the referral expired, at the window's end (R23).
  case massLapsed(ReferralID)
  case generalReminded(OfferID, number: UInt8, at: Instant)
  /// To every open mass Offer of the referral.
  case massReminded(ReferralID, number: UInt8, at: Instant)
  /// R3, R7, R9, R10.
  case waiting(ReferralID, WaitingCause, at: Instant)
  /// R31, in the instant of the last miss. Every open Offer of the assister is withdrawn.
  case deregistered(PrincipalID, at: Instant)
  /// R15.
  case closed(ReferralID, Outcome, at: Instant)
  /// R17. Every open Offer of the referral is withdrawn. By a supervisor: a desk note.
  indirect case cancelled(ReferralID, by: PrincipalID, reason: String, at: Instant)
  /// General Offers that reached a session (R22); ascending.
  case delivered([OfferID])
  /// Every open general Offer saw a downtime (R23).
  case serverStarted(at: Instant)

  // MARK: Work (R12 to R17), kinds 21 to 39

  /// R13, R14, by the holder. `counts`: toward unreachable (R43).
  case attemptLogged(ReferralID, AttemptResult, counts: Bool, at: Instant)
  /// R16, by the holder.
  case released(ReferralID, reason: String, at: Instant)
  /// R16, by a supervisor.
  indirect case takenBack(ReferralID, by: PrincipalID, reason: String, at: Instant)
  /// R46: no attempt was logged in time.
  case reclaimed(ReferralID, at: Instant)
  /// R12. What follows is a general Offer, or mass if `toMass`.
  indirect case rerun(ReferralID, by: PrincipalID, reason: String, toMass: Bool, at: Instant)
  /// R12: given to the assister, who did not accept it.
  indirect case assigned(
    ReferralID, to: PrincipalID, by: PrincipalID, reason: String, at: Instant)
  /// R12: closed as unserved.
  indirect case gaveUp(ReferralID, by: PrincipalID, reason: String, at: Instant)
  /// Empty: the note is removed.
  indirect case noteSaved(PrincipalID, ReferralID, String, at: Instant)
  /// R44, at the instant that was promised.
  case promiseMissed(ReferralID)
  /// R45, at the instant that the callback was due.
  case callbackOverdue(ReferralID)
  /// R47: 1 or 2.
  case callbackReminded(ReferralID, number: UInt8, at: Instant)

  // MARK: Assisters (R30 to R34, R65), kinds 40 to 59

  /// What was saved, and the registration's state from then on (R30).
  indirect case profileSaved(
    PrincipalID, ProfileChange, becomes: RegistrationState, at: Instant)
  /// The assister's own choice. Every open Offer of the assister is withdrawn.
  case registrationWithdrawn(PrincipalID, at: Instant)
  indirect case outlookExtended(PrincipalID, ScheduleOutlook, at: Instant)
  /// What the schedules of these assisters, ascending, say about the instant took effect: turns of their hours,
  /// starts and ends of out-of-office (R34).
  case scheduleTurned([PrincipalID], at: Instant)
  /// The credentials of these assisters, ascending, were valid until now: who was active is suspended.
  case credentialsExpired([PrincipalID], at: Instant)
  case sessionChanged(PrincipalID, hasSession: Bool, clearsOverride: Bool, at: Instant)
  case staffActed(
    PrincipalID, StaffAction, becomes: RegistrationState, by: PrincipalID, reason: String,
    at: Instant)
  case credentialDateSet(
    PrincipalID, until: Instant?, becomes: RegistrationState, by: PrincipalID, reason: String,
    at: Instant)
  case noticeAcknowledged(NoticeID, NoticeState, at: Instant)
  /// The next version of the policy, signed; logs of earlier programs hold `policySet` instead.
  indirect case policyVersioned(Policy, by: PrincipalID?, reason: String, at: Instant)
  /// Open Offers, ascending, that their assister is not eligible for any more by what was saved
  /// just before (R25).
  case eligibilityLost(PrincipalID, [OfferID], at: Instant)

  // MARK: Credentials, kinds 60 to 62

  /// One more token of the principal is valid; those of it that are past their end are dropped.
  indirect case credentialIssued(PrincipalID, NewCredential, at: Instant)
}
