/// What time will make due, earliest first. Entries are not removed when they become moot: whoever
/// looks at the top judges it (`Engine.dropMootTimers`). Derived from the rest of the state, so
/// never encoded.
struct DeadlineHeap {
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

  struct Timer {
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

    static func < (left: Timer, right: Timer) -> Bool {
      left.at == right.at ? left.key < right.key : left.at < right.at
    }
  }

  private var timers: [Timer] = []

  var first: Timer? { timers.first }
  var count: Int { timers.count }

  mutating func insert(_ timer: Timer) {
    timers.append(timer)
    var child = timers.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard timer < timers[parent] else { break }
      timers[child] = timers[parent]
      child = parent
    }
    timers[child] = timer
  }

  mutating func removeFirst() {
    let last = timers.removeLast()
    guard !timers.isEmpty else { return }
    sink(last, from: 0)
  }

  /// Keeps what is still of use; the order of equal timers can't matter since no two are equal.
  mutating func removeAll(where isMoot: (Timer) -> Bool) {
    timers.removeAll(where: isMoot)
    for parent in stride(from: timers.count / 2 - 1, through: 0, by: -1) {
      sink(timers[parent], from: parent)
    }
  }

  private mutating func sink(_ timer: Timer, from start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < timers.count else { break }
      if child + 1 < timers.count, timers[child + 1] < timers[child] { child += 1 }
      guard timers[child] < timer else { break }
      timers[parent] = timers[child]
      parent = child
    }
    timers[parent] = timer
  }
}
