/// What an assister has saved (R73, R74), and what follows from it.
public struct ProfileView: Hashable, Sendable {
  public var standing: StandingView
  /// Nil: none saved.
  public var contact: PreferredContact?
  /// Nil: none saved.
  public var availability: AvailabilitySettings?
  /// The outlook ends there; nil: there is none yet.
  public var outlookThrough: Instant?
  public var termsAccepted: Bool
  /// What a draft lacks, or who has not begun one; empty in every other state.
  public var missing: [ProfilePart]
}

/// Something that staff did about an assister: who, when, why.
public struct StaffNoteView: Hashable, Sendable {
  public var at: Instant
  public var by: PrincipalID
  public var action: StaffAction
  public var reason: String
}

/// A notice as a notifier needs it (R65). What it is about is the Offer's view (R39).
public struct NoticeView: Hashable, Sendable {
  public var id: NoticeID
  public var offer: OfferID
  public var assister: PrincipalID
  public var channel: NoticeChannel
  /// The phone number or the email as saved now.
  public var address: String
  /// The assister's first.
  public var language: String
  /// 1; 2: the second channel, after the first failed.
  public var attempt: Int
  public var createdAt: Instant
  public var state: NoticeState
  /// When it entered its state.
  public var changedAt: Instant
}

/// A version of the policy (R60).
public struct PolicyVersionView: Hashable, Sendable {
  /// From 1.
  public var version: Int
  public var policy: Policy
  /// Version 1: zero.
  public var since: Instant
  /// Nil: the server.
  public var by: PrincipalID?
  public var reason: String
}
