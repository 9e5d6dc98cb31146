/// A point in time: microseconds since 1970-01-01T00:00:00Z. The engine is told; it never asks.
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since the Unix epoch.
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Later than every deadline.
  public static let distantFuture = Instant(microseconds: .max)

  public static func < (left: Instant, right: Instant) -> Bool {
    left.microseconds < right.microseconds
  }

  public static func + (instant: Instant, span: Interval) -> Instant {
    Instant(microseconds: instant.microseconds + span.microseconds)
  }

  public static func - (left: Instant, right: Instant) -> Interval {
    Interval(microseconds: left.microseconds - right.microseconds)
  }

  /// Half-open: at exactly the end it is over. Nil: there is no end.
  public func isBefore(end: Instant?) -> Bool { end.map { self < $0 } ?? true }

  /// A length of time in microseconds.
  public struct Interval: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func seconds(_ count: Int64) -> Interval {
      Interval(microseconds: count * 1_000_000)
    }
    public static func minutes(_ count: Int64) -> Interval { seconds(count * 60) }

    public static func < (left: Interval, right: Interval) -> Bool {
      left.microseconds < right.microseconds
    }
  }
}

/// Somebody with a credential: an assister, an intake partner, staff. Numbered from 1 in order of
/// creation.
public struct PrincipalID: Hashable, Comparable, Sendable {
  public var number: UInt32

  public init(_ number: UInt32) { self.number = number }

  public static func < (left: PrincipalID, right: PrincipalID) -> Bool {
    left.number < right.number
  }
}

/// One request for help. Numbered from 1 in order of submission.
public struct ReferralID: Hashable, Comparable, Sendable {
  public var number: UInt64

  public init(_ number: UInt64) { self.number = number }

  public static func < (left: ReferralID, right: ReferralID) -> Bool {
    left.number < right.number
  }
}

/// Work that an assister accepted or was given. Numbered from 1 in the order it began.
public struct AssignmentID: Hashable, Comparable, Sendable {
  public var number: UInt32

  public init(_ number: UInt32) { self.number = number }

  public static func < (left: AssignmentID, right: AssignmentID) -> Bool {
    left.number < right.number
  }
}

/// A referral offered to one assister. Numbered from 1 in the order the offers are made.
public struct OfferID: Hashable, Comparable, Sendable {
  public var number: UInt64

  public init(_ number: UInt64) { self.number = number }

  public static func < (left: OfferID, right: OfferID) -> Bool { left.number < right.number }
}
