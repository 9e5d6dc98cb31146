// The domain's words. Raw values are stored in the log and equal the numbers in
// `Protocol/kod.proto`: never reuse one.

/// What a credential may do.
public enum Role: UInt8, Sendable, CaseIterable {
  case assister = 1
  case intakePartner = 2
  case supervisor = 3
  case `operator` = 4
  case auditor = 5
  case notifier = 6
}

/// The two kinds of assister: a licensed agent, or a community counselor.
public enum AssisterKind: UInt8, Sendable, CaseIterable {
  case agent = 1
  case kynector = 2
}

/// What a Resident asks help with.
public enum HelpType: UInt8, Sendable, CaseIterable {
  case application = 1
  case plan = 2
  case both = 3
}

/// Whether a referral is offered to one assister at a time or to everybody eligible at once.
public enum OfferKind: UInt8, Sendable {
  case general = 1
  case mass = 2
}

/// R20–R27. Every state but `pending` is final.
public enum OfferState: UInt8, Sendable {
  case pending = 1
  case accepted = 2
  case rejected = 3
  case missed = 4
  case expired = 5
  case taken = 6
  case withdrawn = 7
  case released = 8
}

/// Why an open Offer was withdrawn (R25).
public enum WithdrawalCause: UInt8, Sendable {
  case referralCancelled = 1
  case assisterDeregistered = 2
  case assisterSuspended = 3
  case assisterWithdrew = 4
  /// By a supervisor's hand (R12).
  case referralAssigned = 5
}

/// What an attempt to call came to (R13, R14).
public enum AttemptResult: UInt8, Sendable, CaseIterable {
  case reached = 1
  case noAnswer = 2
  case voicemail = 3
}

/// How accepted work left its holder (R15, R16, R17).
public enum AssignmentEnd: UInt8, Sendable {
  case cancelled = 1
  case released = 2
  case takenBack = 3
  /// No attempt logged in time (R46).
  case reclaimed = 4
  /// With an outcome, by the holder.
  case closed = 5
}

/// What supervisors are told about a referral.
public enum AlertKind: UInt8, Sendable {
  case waiting = 1
  case promiseMissed = 2
  case overdue = 3
  case reclaimed = 4
}

/// What was done to a referral by hand (R12, R16, R17).
public enum DeskAction: UInt8, Sendable {
  case rerun = 1
  case assigned = 2
  case gaveUp = 3
  case tookBack = 4
  case cancelled = 5
  case releasedByHolder = 6
}

/// What keeps an assister from being available (R32); none: available.
public struct Blockers: OptionSet, Hashable, Sendable {
  public var rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let registration = Blockers(rawValue: 1 << 0)
  public static let credential = Blockers(rawValue: 1 << 1)
  public static let outOfOffice = Blockers(rawValue: 1 << 2)
  public static let hours = Blockers(rawValue: 1 << 3)
  public static let override = Blockers(rawValue: 1 << 4)
  public static let capacity = Blockers(rawValue: 1 << 5)
}

/// How an assister is told outside a session (R65).
public enum NoticeChannel: UInt8, Sendable {
  case phone = 1
  case email = 2
}

/// How far a notice has come (R65).
public enum NoticeState: UInt8, Sendable {
  case pending = 1
  case sent = 2
  case delivered = 3
  case failed = 4
  case withdrawn = 5
}

/// Why nobody is being asked about a referral.
public enum WaitingCause: UInt8, Sendable {
  case noOneAvailable = 1
  case allAsked = 2
  case massExpired = 3
}

/// How a referral ended.
public enum Outcome: UInt8, Sendable, CaseIterable {
  case applicationSubmitted = 1
  case planEnrolled = 2
  case bothDone = 3
  case questionAnswered = 4
  case followUpElsewhere = 5
  case alreadyHelped = 6
  case residentDeclined = 7
  case unreachable = 8
  case wrongNumber = 9
  case duplicate = 10
  case notEligible = 11
  case unserved = 12
}

/// The referral state machine (R1–R17).
public enum ReferralState: Hashable, Sendable {
  case general
  case mass
  case waiting(WaitingCause)
  case assigned
  case contacted
  case closed(Outcome)
  case cancelled
}

/// R30.
public enum RegistrationState: UInt8, Sendable {
  case none = 1
  case draft = 2
  case active = 3
  case withdrawn = 4
  case deregistered = 5
  case suspended = 6
}

/// Current availability: what the assister set by hand, over the schedule (R32).
public enum AvailabilityOverride: UInt8, Sendable {
  case followSchedule = 1
  case on = 2
  case off = 3
}

/// One of Kentucky's 120 counties, by FIPS code: 21001 to 21239, odd numbers only.
public struct County: Hashable, Sendable {
  /// 0 to 119, in the order of the codes.
  public let index: UInt8

  /// Nil for a code that is not a Kentucky county.
  public init?(fips: UInt32) {
    guard (21001...21239).contains(fips), fips % 2 == 1 else { return nil }
    index = UInt8((fips - 21001) / 2)
  }

  public var fips: UInt32 { 21001 + 2 * UInt32(index) }
}

/// A set of counties; the empty set stands for the whole state (R37).
public struct CountySet: Hashable, Sendable {
  /// Bit n is the county of index n.
  public var bits: UInt128

  public init(bits: UInt128 = 0) { self.bits = bits }

  public init(_ counties: some Sequence<County>) {
    bits = counties.reduce(0) { $0 | (1 << UInt128($1.index)) }
  }

  public func contains(_ county: County) -> Bool { bits >> UInt128(county.index) & 1 == 1 }

  public var isWholeState: Bool { bits == 0 }
}
