import KODClient
import KODTransport
import KODWire

/// One thread's share of the sessions: an epoll loop that opens them, listens to them and speaks
/// for them.
final class LoadLoop {
  /// A call that follows from what a session was told.
  enum Intent {
    case subscribe
    case accept(offer: UInt64)
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
  /// The slab: room for every credential, because any of them may come to this loop. Owned by this
  /// loop's thread.
  let sessions: UnsafeMutablePointer<LoadSession>
  var sessionCount = 0
  var measures = LoopMeasures()
  var phase = RacePace.Phase.opening
  var events: [RoomEvent] = []
  var intents: [Intent] = []
  /// Offers of simultaneous races whose accepts wait for the release.
  var held: [UInt64: [(slot: Int, offer: UInt64)]] = [:]
  var occupying: [Occupied] = []
  /// A third of a general offer's window, in nanoseconds: older ones are cancelled, because a lapse
  /// would be a miss.
  var renewAfter: UInt64 = 300_000_000_000
  /// Calls that the server allows a session at once.
  var callsOfPartners = 1
  var callsOfAssisters = 1
  var cancelsInFlight = 0
  /// Won referrals whose closing is not answered yet, or not even sent.
  var closingsInFlight = 0
  /// Sessions on their way.
  var opening = 0
  private let waker: Waker
  private let scratch = TLSScratch()
  private var poller: Poller
  private var tasks: [LoopTask] = []
  /// Submissions that a partner session has no room for yet.
  private var deferred: [LoopTask] = []
  private var hasTidied = false
  private var isSalvaging = false
  private var isFinished = false
  private var lastHousekeeping: UInt64 = 0
  private var lastKeepalive: UInt64 = 0

  static let wakerToken = UInt64.max

  init(number: Int, plan: LoadPlan, room: LoadRoom, waker: Waker) throws(TransportError) {
    self.number = number
    self.plan = plan
    self.room = room
    self.waker = waker
    poller = try Poller()
    try poller.add(waker, token: Self.wakerToken)
    sessions = .allocate(capacity: plan.credentials.count)
  }

  deinit {
    sessions.deinitialize(count: sessionCount)
    sessions.deallocate()
  }

  /// Until the room says that it is over.
  func run() throws(TransportError) {
    while !isFinished {
      startConnections()
      let isBusy = !events.isEmpty || !deferred.isEmpty
      try poll(timeoutMilliseconds: isBusy ? 0 : 20)
      let now = monotonicNow()
      if now - lastHousekeeping > 50_000_000 { keepHouse(at: now) }
      tidyIfDue(at: now)
      // From here on another loop's wake ends the next wait: see Waker.
      waker.prepareToSleep()
      room.exchange(loop: number, events: &events, tasks: &tasks, at: now)
      perform()
    }
    for slot in 0..<sessionCount where sessions[slot].stage != .closed { leave(slot) }
  }

  // MARK: Connections

  private func startConnections() {
    while phase == .opening, opening < plan.connectWindow, let index = room.takeCredential() {
      let credential = plan.credentials[index]
      let source = plan.source(loop: number, connection: sessionCount)
      do {
        let link = try Link(to: plan.server, from: source, plan.context, scratch)
        let descriptor = link.descriptor
        (sessions + sessionCount).initialize(
          to: LoadSession(
            credential: credential, number: UInt32(index), link: link, at: monotonicNow()))
        sessionCount += 1
        opening += 1
        try poller.add(descriptor, token: UInt64(sessionCount - 1), interest: .write)
      } catch {
        events.append(.fatal(.unreachable("\(plan.server): \(error.text)")))
        return
      }
    }
  }

  private func poll(timeoutMilliseconds: Int32) throws(TransportError) {
    let count = try poller.wait(timeoutMilliseconds: timeoutMilliseconds)
    waker.awake()
    for index in 0..<count {
      let token = poller.token(at: index)
      if token == Self.wakerToken { continue }
      let slot = Int(token)
      guard sessions[slot].stage != .closed else { continue }
      let readiness = poller.readiness(at: index)
      if sessions[slot].stage == .connecting || readiness.contains(.writable) { writable(slot) }
      if !readiness.isDisjoint(with: [.readable, .hungUp, .failed]) { readable(slot) }
    }
  }

  private func writable(_ slot: Int) {
    let isFirst = sessions[slot].stage == .connecting
    settle(sessions[slot].link.writable(scratch), slot, at: monotonicNow())
    guard sessions[slot].stage != .closed, !sessions[slot].link.isBlocked else { return }
    if !isFirst { flush(slot) }
    watch(slot)
  }

  private func readable(_ slot: Int) {
    guard sessions[slot].stage != .closed else { return }
    var now: UInt64 = 0
    let progress = sessions[slot].link.readable(scratch) { plaintext in
      if now == 0 { now = monotonicNow() }
      sessions[slot].client.receive(plaintext.bytes, at: now) { event, payload in
        received(event, payload, on: slot, at: now)
      }
    }
    if now == 0 { now = monotonicNow() }
    settle(progress, slot, at: now)
    follow(slot, at: now)
    closeWon(slot, at: now)
    if sessions[slot].stage != .closed { flush(slot) }
  }

  private func settle(_ progress: Link.Progress, _ slot: Int, at now: UInt64) {
    switch progress {
    case .going: break
    case .connected:
      sessions[slot].connectedAt = now
      measures.connect.record(now - sessions[slot].startedAt)
      sessions[slot].stage = .greeting
      sessions[slot].client.start(at: now)
    case .ended(let text): lost(slot, text)
    case .refused(let text):
      guard sessions[slot].stage != .closed else { return }
      events.append(.fatal(.unreachable("\(plan.server): \(text)")))
      forget(slot)
    }
  }

  private func watch(_ slot: Int) {
    let interest: Interest = sessions[slot].link.isBlocked ? [.read, .write] : .read
    do {
      try poller.modify(sessions[slot].link.descriptor, token: UInt64(slot), interest: interest)
    } catch {
      lost(slot, error.text)
    }
  }

  /// Sends what the session has to say, in one record and one system call as a rule.
  private func flush(_ slot: Int) {
    guard !isSalvaging, !sessions[slot].client.output.isEmpty else { return }
    let (taken, progress) = sessions[slot].client.output.withUnsafeBytes {
      sessions[slot].link.write($0, scratch)
    }
    if taken == sessions[slot].client.output.count {
      sessions[slot].client.output.removeAll()
    } else {
      sessions[slot].client.output.removeFirst(taken)
    }
    settle(progress, slot, at: monotonicNow())
    if sessions[slot].stage != .closed, sessions[slot].link.isBlocked { watch(slot) }
  }

  func lost(_ slot: Int, _ text: String) {
    guard sessions[slot].stage != .closed else { return }
    events.append(.lost(session: sessions[slot].credential.name, text))
    forget(slot)
  }

  /// Closes the session's socket without a word.
  func forget(_ slot: Int) {
    guard sessions[slot].stage != .closed else { return }
    sessions[slot].stage = .closed
    Socket.close(sessions[slot].link.descriptor)
  }

  private func leave(_ slot: Int) {
    sessions[slot].client.leave(GoingAway(code: .ok, message: "done"))
    flush(slot)
    guard sessions[slot].stage != .closed else { return }
    sessions[slot].stage = .closed
    sessions[slot].link.close(scratch)
  }

  // MARK: Calls

  private func follow(_ slot: Int, at now: UInt64) {
    guard !intents.isEmpty else { return }
    for intent in intents where sessions[slot].stage != .closed {
      switch intent {
      case .subscribe:
        call(.Pushes.subscribe, SubscribeRequest(), .subscription, on: slot, at: now)
      case .accept(let offer):
        accept(offer, on: slot, at: now)
      case .leave:
        leave(slot)
      }
    }
    intents.removeAll(keepingCapacity: true)
  }

  /// Closes what was won, with the calls that accepts do not need.
  private func closeWon(_ slot: Int, at now: UInt64) {
    let room = callsOfAssisters - plan.referralsInFlight
    while !sessions[slot].unclosed.isEmpty, sessions[slot].client.callsInFlight < room {
      let referral = sessions[slot].unclosed.removeLast()
      call(
        .Assisters.closeReferral,
        CloseReferralRequest(referralId: referral, outcome: .questionAnswered),
        .close(referral: referral), on: slot, at: now)
    }
  }

  private func accept(_ offer: UInt64, on slot: Int, at now: UInt64) {
    guard let entry = sessions[slot].ledger.entry(offer: offer) else { return }
    call(
      .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer),
      .accept(offer: offer, referral: entry.referral, deadline: entry.deadline), on: slot, at: now)
  }

  private func call(
    _ method: Method, _ request: some WireMessage, _ purpose: LoadSession.PendingCall.Purpose,
    on slot: Int, at now: UInt64
  ) {
    guard !isSalvaging else { return }
    guard let id = sessions[slot].client.open(method, request, at: now) else {
      return lost(slot, "\(method.name) could not be called")
    }
    sessions[slot].waits(for: purpose, call: id, at: now)
  }

  private func perform() {
    guard !tasks.isEmpty || !deferred.isEmpty else { return }
    var work = deferred
    work.append(contentsOf: tasks)
    deferred.removeAll(keepingCapacity: true)
    tasks.removeAll(keepingCapacity: true)
    var spoken: Set<Int> = []
    for task in work {
      switch task {
      case .submit(let slot, let number):
        let slot = Int(slot)
        guard sessions[slot].client.callsInFlight < callsOfPartners else {
          deferred.append(task)
          continue
        }
        let request = plan.submission(number: number)
        call(
          .Intake.submitReferral, request, .submit(county: request.county), on: slot,
          at: monotonicNow())
        spoken.insert(slot)
      case .cancel(let slot, let referral):
        cancel(referral, on: Int(slot), at: monotonicNow())
        spoken.insert(Int(slot))
      case .release(let referral):
        for (slot, offer) in held.removeValue(forKey: referral) ?? [] {
          accept(offer, on: slot, at: monotonicNow())
          flush(slot)
        }
      case .phase(let next): phase = next
      case .salvage: isSalvaging = true
      case .finish: isFinished = true
      }
    }
    for slot in spoken where sessions[slot].stage != .closed { flush(slot) }
  }

  private func cancel(_ referral: UInt64, on slot: Int, at now: UInt64) {
    guard sessions[slot].stage != .closed else { return }
    cancelsInFlight += 1
    call(
      .Intake.cancelReferral, CancelReferralRequest(referralId: referral),
      .cancel(referral: referral), on: slot, at: now)
  }

  // MARK: Housekeeping

  private func keepHouse(at now: UInt64) {
    lastHousekeeping = now
    if number == 0, Interruption.isRaised { events.append(.interrupted) }
    if phase > .opening, phase < .draining { renewOccupying(at: now) }
    guard now - lastKeepalive > 1_000_000_000 else { return }
    lastKeepalive = now
    for slot in 0..<sessionCount where sessions[slot].stage != .closed {
      if sessions[slot].client.advance(to: now) == .silent {
        lost(slot, "the server has been silent for too long")
      } else {
        flush(slot)
      }
    }
  }

  /// Frees the assisters whose general offers grow old; the next submissions occupy them again.
  private func renewOccupying(at now: UInt64) {
    while let oldest = occupying.first, now - oldest.since > renewAfter,
      sessions[oldest.slot].client.callsInFlight < callsOfPartners
    {
      occupying.removeFirst()
      cancel(oldest.referral, on: oldest.slot, at: now)
      flush(oldest.slot)
    }
  }

  /// At the end every general offer of the set-up is withdrawn: left alone it would lapse, and
  /// count as a miss.
  private func tidyIfDue(at now: UInt64) {
    guard phase == .tidying, !hasTidied else { return }
    while let next = occupying.last, sessions[next.slot].stage != .closed,
      sessions[next.slot].client.callsInFlight < callsOfPartners
    {
      occupying.removeLast()
      cancel(next.referral, on: next.slot, at: now)
    }
    for slot in 0..<sessionCount where sessions[slot].stage != .closed { flush(slot) }
    if occupying.isEmpty, cancelsInFlight == 0, closingsInFlight == 0 {
      hasTidied = true
      events.append(.tidied)
    }
  }
}

/// Nanoseconds since an arbitrary moment.
func monotonicNow() -> UInt64 { UInt64(MonotonicClock.now()) }
