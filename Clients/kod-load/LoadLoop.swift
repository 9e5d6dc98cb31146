import KODClient
import KODTransport
import KODWire

/// One thread's share of the sessions: an epoll loop that opens them, listens to them and speaks for them.
final class LoadLoop {
  /// A call that follows from what a session was told.
  enum Intent {
    case subscribe
    case accept(offer: UInt64)
    case close(referral: UInt64)
    case leave
  }

  /// A referral of the set-up that one assister holds an open general offer of.
  struct Occupied {
    var slot: Int
    var referral: UInt64
    var since: UInt64
  }

  let number: Int
  let plan: LoadPlan
  let room: LoadRoom
  /// The slab: room for every credential, because any of them may come to this loop. Owned by this loop's thread.
  let sessions: UnsafeMutablePointer<LoadSession>
  var sessionCount = 0
  var measures = LoopMeasures()
  var phase = RacePace.Phase.opening
  var events: [RoomEvent] = []
  var intents: [Intent] = []
  /// Offers of simultaneous races whose accepts wait for the release.
  var held: [UInt64: [(slot: Int, offer: UInt64)]] = [:]
  var occupying: [Occupied] = []
  /// A third of a general offer's window, in nanoseconds: older ones are cancelled, because a lapse would be a miss.
  var renewAfter: UInt64 = 300_000_000_000
  var callsOfPartners = 1
  var cancelsInFlight = 0
  /// Sessions on their way.
  var opening = 0
  private let waker: Waker
  private var poller: Poller
  private var wire: WireBuffers
  private var tasks: [LoopTask] = []
  private var hasTidied = false
  private var isSalvaging = false
  private var isFinished = false
  private var lastHousekeeping: UInt64 = 0

  static let wakerToken = UInt64.max

  init(number: Int, plan: LoadPlan, room: LoadRoom, waker: Waker) throws(TransportError) {
    self.number = number
    self.plan = plan
    self.room = room
    self.waker = waker
    poller = try Poller()
    wire = WireBuffers()
    sessions = .allocate(capacity: plan.credentials.count)
  }

  deinit {
    sessions.deinitialize(count: sessionCount)
    sessions.deallocate()
  }

  func run() {
    while !isFinished {
      startConnections()
      poll()
      let now = MonotonicClock.now()
      if now - lastHousekeeping > 50_000_000 { keepHouse(at: now) }
      tidyIfDue(at: now)
      room.exchange(loop: number, events: &events, tasks: &tasks, at: now)
      perform()
    }
    for slot in 0..<sessionCount where sessions[slot].stage != .closed { leave(slot) }
  }
}
