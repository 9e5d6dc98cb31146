import KODTransport
import Synchronization

/// What the loops share. Each takes the lock once a tick: it hands over what its sessions saw and
/// takes away what it has to do.
final class LoadRoom: Sendable {
  private let state: Mutex<RoomState>
  private let wakers: [Waker]

  init(_ state: consuming RoomState, wakers: [Waker]) {
    self.state = Mutex(state)
    self.wakers = wakers
  }

  /// The next credential that a loop shall open a session with.
  func takeCredential() -> Int? { state.withLock { $0.roll.take() } }

  func assisterWelcomed() -> Roll.Verdict { state.withLock { $0.roll.assisterWelcomed() } }

  func partnerWelcomed() -> Roll.Verdict { state.withLock { $0.roll.partnerWelcomed() } }

  /// `events` is emptied; `tasks` receives what this loop has to do.
  func exchange(
    loop: Int, events: inout [RoomEvent], tasks: inout [LoopTask], at now: UInt64
  ) {
    state.withLock { state in
      state.tick(at: now)
      let now = state.clock
      for event in events { state.apply(event, from: loop, at: now) }
      state.step(at: now)
      swap(&tasks, &state.mailboxes[loop])
      for other in state.mailboxes.indices
      where other != loop && !state.mailboxes[other].isEmpty { wakers[other].wake() }
    }
    events.removeAll(keepingCapacity: true)
  }

  /// A loop could not go on: the others end too.
  func fail(_ text: String) {
    state.withLock { $0.end(.failed(text), at: $0.clock) }
    for waker in wakers { waker.wake() }
  }

  /// The result, when every loop has ended.
  func conclude() -> RoomState { state.withLock { $0 } }
}

/// What a loop tells the room.
enum RoomEvent: Sendable {
  case observed(RaceBoard.Observation)
  /// A submission was answered: it is mass, and sessions are being pushed it.
  case answeredMass(
    referral: UInt64, offers: UInt32, county: UInt32, slot: UInt32, sentAt: UInt64)
  /// A submission was answered: it went to one assister.
  case answeredGeneral
  /// A submission was answered in a way that ends the run.
  case answeredOtherwise(String)
  case assisterReady(Eligibility.Area?)
  case partnerReady(slot: UInt32)
  case dismissed
  case violation(Violation)
  /// The server closed a session, or the network did.
  case lost(session: String, String)
  case fatal(Outcome)
  /// Somebody pressed ^C.
  case interrupted
  /// This loop's general offers are cancelled.
  case tidied
}

/// What the room asks of a loop.
enum LoopTask: Equatable, Sendable {
  case submit(slot: UInt32, number: UInt64)
  case release(referral: UInt64)
  case cancel(slot: UInt32, referral: UInt64)
  case phase(RacePace.Phase)
  /// The server is going away: read what it still said, send nothing.
  case salvage
  /// Close everything and return.
  case finish
}

/// How a run ended.
enum Outcome: Equatable, Sendable {
  case completed
  case failed(String)
  case usage(String)
  case unreachable(String)
  case notPermitted(String)
  /// The server went away in the middle.
  case lost(String)

  var message: String {
    switch self {
    case .completed: "completed"
    case .failed(let text), .usage(let text), .unreachable(let text), .notPermitted(let text),
      .lost(let text):
      text
    }
  }

  func exitStatus(violations: Int, toleratesLoss: Bool) -> Int32 {
    switch self {
    case .usage: return 2
    case .notPermitted: return 77
    case .unreachable: return 69
    case .failed: return 1
    case .lost where toleratesLoss: return violations > 0 ? 1 : 0
    case .lost: return violations > 0 ? 1 : 69
    case .completed: return violations > 0 ? 1 : 0
    }
  }
}

/// How many of the open sessions may get a referral of a county.
struct Eligibility: Sendable {
  /// Nil: not eligible at all. The empty list: the whole state.
  typealias Area = [UInt32]

  private var wholeState: UInt32 = 0
  private var byCounty = [UInt32](repeating: 0, count: 240)

  mutating func add(_ area: Area?) {
    guard let area else { return }
    if area.isEmpty { wholeState += 1 }
    for county in Set(area) where (21001...21239).contains(county) {
      byCounty[Int(county - 21000)] += 1
    }
  }

  func count(in county: UInt32) -> UInt32 {
    wholeState + ((21001...21239).contains(county) ? byCounty[Int(county - 21000)] : 0)
  }
}
