import KODClient
import KODWire

/// One session of the load: its connection, its protocol state, what it was offered, what it waits
/// for. Lives in a loop's slab and is reached by its slot.
struct LoadSession: ~Copyable {
  enum Stage {
    /// TCP or TLS on its way.
    case connecting
    case greeting
    case subscribing
    case ready
    case closed
  }

  /// A call that is not answered yet.
  struct PendingCall {
    enum Purpose {
      case subscription
      case accept(offer: UInt64, referral: UInt64, deadline: Int64)
      case close(referral: UInt64)
      case submit(county: UInt32)
      case cancel(referral: UInt64)
    }

    var call: UInt32
    var purpose: Purpose
    /// Monotonic nanoseconds.
    var sentAt: UInt64
  }

  let credential: Credential
  /// Different for every session of the run.
  let number: UInt32
  var link: Link
  var client: ClientSession
  var stage = Stage.connecting
  var ledger = OfferLedger()
  var pending: [PendingCall] = []
  /// Won referrals that are not closed yet: accepts come first when calls are scarce.
  var unclosed: [UInt64] = []
  /// What the state at the start said; nil: not eligible.
  var area: Eligibility.Area?
  var startedAt: UInt64
  var connectedAt: UInt64 = 0
  var welcomedAt: UInt64 = 0

  init(credential: Credential, number: UInt32, link: consuming Link, at now: UInt64) {
    self.credential = credential
    self.number = number
    self.link = link
    startedAt = now
    client = ClientSession(
      hello: Hello(
        minimumVersion: ProtocolVersion.supported.lowerBound,
        maximumVersion: ProtocolVersion.supported.upperBound, token: credential.token,
        client: "kod-load/1"))
  }

  mutating func waits(for purpose: PendingCall.Purpose, call: UInt32, at now: UInt64) {
    pending.append(PendingCall(call: call, purpose: purpose, sentAt: now))
  }

  mutating func answered(_ call: UInt32) -> PendingCall? {
    for index in pending.indices where pending[index].call == call {
      let found = pending[index]
      pending.swapAt(index, pending.count - 1)
      pending.removeLast()
      return found
    }
    return nil
  }
}

/// What one loop measured. Counters and latencies are of the measured part; those of opening are of
/// all sessions.
struct LoopMeasures: Sendable {
  var accept = Histogram()
  var win = Histogram()
  var submission = Histogram()
  var closing = Histogram()
  var connect = Histogram()
  var welcome = Histogram()
  var subscribe = Histogram()
  var ping = Histogram()
  var pushes: UInt64 = 0
  /// Over the whole run, warm-up included.
  var acceptsAcknowledged: UInt64 = 0
  var acceptsAnswered: UInt64 = 0
  var server = ""

  mutating func merge(_ other: LoopMeasures) {
    accept.merge(other.accept)
    win.merge(other.win)
    submission.merge(other.submission)
    closing.merge(other.closing)
    connect.merge(other.connect)
    welcome.merge(other.welcome)
    subscribe.merge(other.subscribe)
    ping.merge(other.ping)
    pushes += other.pushes
    acceptsAcknowledged += other.acceptsAcknowledged
    acceptsAnswered += other.acceptsAnswered
    if server.isEmpty { server = other.server }
  }
}
