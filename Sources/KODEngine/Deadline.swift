/// What time will make due. In a heap, earliest first; there it stays when it becomes moot, until
/// whoever looks at the top judges it (`Engine.dropMootItems`). Derived from the rest of the state,
/// so never encoded.
struct Deadline: Comparable {
  /// What is due, in the order of R29 within one instant: the raw values rank.
  enum Subject: UInt64 {
    case generalOffer = 0
    case massWindow = 1
    case phase = 8
    /// R46.
    case reclaim = 9
    /// R44.
    case promise = 10
    /// R45, and as a reminder R47.
    case callbackDue = 11

    /// Offers end by it.
    var isWindow: Bool { self == .generalOffer || self == .massWindow }
    /// Something is noted; nobody's part in the referral changes.
    var isMark: Bool { self == .promise || self == .callbackDue }
  }

  var at: Instant
  /// Rank above, id below: compares like (rank, id).
  private var key: UInt64

  init(at: Instant, _ subject: Subject, _ number: UInt64) {
    self.at = at
    key = subject.rawValue << 56 | number
  }

  var subject: Subject { Subject(rawValue: key >> 56) ?? .phase }
  /// An Offer's number for `generalOffer`, a referral's otherwise.
  var number: UInt64 { key & (1 << 56 - 1) }

  static func < (left: Deadline, right: Deadline) -> Bool {
    left.at == right.at ? left.key < right.key : left.at < right.at
  }
}
