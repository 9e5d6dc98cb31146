public import KODWire

/// Where a subscription stands: the newest push that was seen, of which numbering.
///
/// A program that keeps it over a restart may hand it to `KODClient.subscribe(after:)` and gets
/// exactly what it missed, as far back as the server keeps pushes.
public struct SubscriptionPosition: Sendable, Hashable {
  /// Which numbering the offset belongs to; changes when the server starts counting anew.
  public var epoch: String
  /// The last push that was seen.
  public var offset: UInt64

  public init(epoch: String, offset: UInt64) {
    self.epoch = epoch
    self.offset = offset
  }
}

/// Everything that is true for the subscriber at one position of its pushes.
public struct CurrentState: Sendable, Equatable {
  /// The subscriber's own standing; nil for those who are not assisters.
  public var status: AssisterStatus?
  /// Pending offers.
  public var offers: [Offer]
  /// Accepted work that is not closed.
  public var assignments: [Assignment]
  /// A partner's referrals that are not closed; those that wait, for a supervisor.
  public var referrals: [Referral]
  /// `referrals` has the oldest only: the lists give all.
  public var hasMore: Bool

  public init(
    status: AssisterStatus? = nil, offers: [Offer] = [], assignments: [Assignment] = [],
    referrals: [Referral] = [], hasMore: Bool = false
  ) {
    self.hasMore = hasMore
    self.status = status
    self.offers = offers
    self.assignments = assignments
    self.referrals = referrals
  }
}

/// What a subscription yields, in order.
public enum SubscriptionEvent: Sendable {
  /// A session is up, for the first time or again.
  case connected(Welcome)
  /// The server took the subscription on. `recovered`: pushes go on where they stopped, nothing was
  /// missed. Otherwise a `state` follows and replaces what the program knew.
  case position(epoch: String, offset: UInt64, recovered: Bool)
  /// The whole of what is true now.
  case state(CurrentState)
  /// One push; offsets count up by one, none is missing and none comes twice.
  case push(Push)
  /// In place of pushes that waited too long for this client to read: they were expired or superseded by later ones,
  /// and count as seen.
  case collapsed(PushesCollapsed)
  /// The session was lost; another attempt follows by itself after `retryIn`. Nil: the server or
  /// this side merely began again.
  case disconnected(ClientError?, retryIn: Duration)
  /// The server refused for good (token, role, version). The last event.
  case ended(ClientError)
}
