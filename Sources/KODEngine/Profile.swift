// What an assister saves about itself (R30, R73, R74).

/// Preferred Contact (R73): where notices go (R65). Empty: none. The server checks the shapes.
public struct PreferredContact: Hashable, Sendable {
  /// E.164.
  public var phone: String
  public var email: String
  /// Notices go to the email first, to the phone when that fails.
  public var emailFirst: Bool

  public init(phone: String = "", email: String = "", emailFirst: Bool = false) {
    self.phone = phone
    self.email = email
    self.emailFirst = emailFirst
  }
}

/// My Availability as it was saved, and what it means in instants.
public struct Schedule: Hashable, Sendable {
  public var settings: AvailabilitySettings
  /// Starts at the instant of saving or before it.
  public var outlook: ScheduleOutlook

  public init(settings: AvailabilitySettings, outlook: ScheduleOutlook) {
    self.settings = settings
    self.outlook = outlook
  }
}

/// What of a profile is saved; nil leaves what was saved before.
public struct ProfileChange: Hashable, Sendable {
  /// Changes by registering anew only: refused while the registration is active.
  public var kind: AssisterKind?
  /// BCP 47 tags, 1 to 16; the first is the one for notices.
  public var languages: [String]?
  public var counties: CountySet?
  public var contact: PreferredContact?
  public var availability: Schedule?
  /// False leaves what was accepted before. Registering again needs it anew (R30).
  public var acceptsTerms: Bool

  public init(
    kind: AssisterKind? = nil, languages: [String]? = nil, counties: CountySet? = nil,
    contact: PreferredContact? = nil, availability: Schedule? = nil, acceptsTerms: Bool = false
  ) {
    self.kind = kind
    self.languages = languages
    self.counties = counties
    self.contact = contact
    self.availability = availability
    self.acceptsTerms = acceptsTerms
  }
}

/// What a draft may lack (R30); in the order in which it is named.
public enum ProfilePart: UInt8, Sendable, CaseIterable {
  case kind = 1
  case languages = 2
  case contact = 3
  case availability = 4
  case terms = 5
}

/// What staff did about an assister. Raw values stand in the log.
public enum StaffAction: UInt8, Sendable, CaseIterable {
  case pardoned = 1
  case deregistered = 2
  case suspended = 3
  case reinstated = 4
  case credentialDateSet = 5
}

/// A notice about an Offer (R65): twice the Offer's number, plus 1 for the second channel.
public struct NoticeID: Hashable, Comparable, Sendable {
  public var number: UInt64

  public init(_ number: UInt64) { self.number = number }

  /// - Parameter attempt: 1 for the first channel, 2 for the second.
  public init(_ offer: OfferID, attempt: Int) {
    number = offer.number * 2 + UInt64(attempt - 1)
  }

  public var offer: OfferID { OfferID(number / 2) }
  /// 1 or 2.
  public var attempt: Int { Int(number % 2) + 1 }

  public static func < (left: NoticeID, right: NoticeID) -> Bool { left.number < right.number }
}

/// What happened to a notice since the notifiers were last told.
public enum NoticeNews: Hashable, Sendable {
  case opened(NoticeID)
  /// Its Offer ended before anybody acknowledged it.
  case withdrawn(NoticeID)
}
