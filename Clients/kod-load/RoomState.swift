/// The run as a whole: who is open, what to submit, how it goes, how it ends. Owned by `LoadRoom`'s
/// lock.
struct RoomState: Sendable {
  /// CPU of this process, the server and the machine, and the server's memory, at one moment.
  struct Snapshot: Sendable {
    var at: UInt64
    var ownCPUSeconds: Double
    var machineBusySeconds: Double
    var server: ProcessUsage?
  }

  let patience: UInt64
  let serverProcess: Int32?
  var roll: Roll
  var board: RaceBoard
  var pace: RacePace
  var mailboxes: [[LoopTask]]
  private(set) var eligibility = Eligibility()
  private(set) var partners: [(loop: Int, slot: UInt32)] = []
  private(set) var outcome = Outcome.completed
  private(set) var openingBegan: Snapshot
  private(set) var openingEnded: Snapshot?
  private(set) var measuringBegan: Snapshot?
  private(set) var measuringEnded: Snapshot?
  /// Of the measured part.
  private(set) var racers = Histogram()
  private(set) var firstOffer = Histogram()
  private(set) var lastOffer = Histogram()
  /// Referrals that went to one assister each, in the set-up and whenever one had become free
  /// again.
  private(set) var occupied = 0
  private(set) var sessionsLost = 0
  private var announced = RacePace.Phase.opening
  private var submissions: UInt64 = 0
  /// The newest time that a loop brought: loops read the clock before they wait for the lock, so
  /// that one may come with an older time than the one before it.
  private(set) var clock: UInt64
  private var lastProgress: UInt64
  private var lastWatch: UInt64 = 0
  private var tidyLoops = 0
  private var isSalvaging = false
  private var salvageUntil: UInt64 = 0
  private var isFinishing = false

  init(
    roll: Roll, board: RaceBoard, pace: RacePace, loops: Int, patience: UInt64,
    serverProcess: Int32?, at now: UInt64
  ) {
    self.roll = roll
    self.board = board
    self.pace = pace
    self.patience = patience
    self.serverProcess = serverProcess
    mailboxes = Array(repeating: [], count: loops)
    lastProgress = now
    clock = now
    openingBegan = Snapshot(
      at: now, ownCPUSeconds: ProcessUsage.ownCPUSeconds(),
      machineBusySeconds: ProcessUsage.machineBusySeconds(),
      server: serverProcess.flatMap(ProcessUsage.read))
  }

  mutating func tick(at now: UInt64) { clock = max(clock, now) }

  mutating func apply(_ event: RoomEvent, from loop: Int, at now: UInt64) {
    lastProgress = now
    switch event {
    case .observed(let observation):
      observe(observation, at: now)
    case .answeredMass(let referral, let offers, let county, let slot, let sentAt):
      pace.answeredMass(at: now)
      let partner = partners.firstIndex { $0.loop == loop && $0.slot == slot } ?? 0
      observe(
        .submitted(
          RaceBoard.Submission(
            referral: referral, offers: offers, eligible: eligibility.count(in: county),
            partner: UInt32(partner), sentAt: sentAt)), at: now)
    case .answeredGeneral:
      pace.answeredGeneral()
      occupied += 1
      if occupied >= RacePace.mostOccupying, pace.phase == .occupying {
        end(.failed("\(occupied) referrals, and none of them was mass"), at: now)
      }
    case .answeredOtherwise(let text):
      pace.answeredOtherwise()
      end(.failed(text), at: now)
    case .assisterReady(let area):
      eligibility.add(area)
      roll.ready()
    case .partnerReady(let slot):
      partners.append((loop, slot))
      roll.ready()
    case .dismissed:
      roll.otherWelcomed()
    case .violation(let violation):
      board.report(violation)
    case .lost(let session, let text):
      lost(session, text, at: now)
    case .fatal(let outcome):
      end(outcome, at: now)
    case .interrupted:
      interrupt(at: now)
    case .tidied:
      tidyLoops += 1
    }
  }

  private mutating func observe(_ observation: RaceBoard.Observation, at now: UInt64) {
    var completions: [RaceBoard.Completion] = []
    board.apply(observation, at: now) { consequence in
      switch consequence {
      case .release(let referral):
        for loop in mailboxes.indices { mailboxes[loop].append(.release(referral: referral)) }
      case .cancel(let referral, let partner):
        let host = partners[Int(partner)]
        mailboxes[host.loop].append(.cancel(slot: host.slot, referral: referral))
      case .completed(let completion):
        completions.append(completion)
      }
    }
    for completion in completions {
      if pace.isRecording {
        racers.record(UInt64(completion.racers))
        firstOffer.record(completion.firstOfferAfter)
        lastOffer.record(completion.lastOfferAfter)
      }
      pace.completed(at: now)
    }
  }

  /// Whatever follows from the state and the time.
  mutating func step(at now: UInt64) {
    if isFinishing { return }
    if isSalvaging {
      let sessions = roll.assisters + roll.partners
      guard sessionsLost >= sessions || now >= salvageUntil else { return }
      let text = "\(sessionsLost) of \(sessions) sessions, first \(outcome.message)"
      outcome =
        sessionsLost < sessions
        // It lives: it has closed sessions that did nothing wrong.
        ? .failed("the server closed \(text)")
        : .lost("the server went away in the middle: it closed \(text)")
      finish(at: now)
      return
    }
    if pace.phase == .opening { openIfComplete(at: now) }
    let before = pace.phase
    pace.advance(at: now)
    // A new part begins with patience in full: sessions that were only held open owed nothing.
    if pace.phase != before { lastProgress = now }
    watch(at: now)
    submitWanted()
    if pace.phase == .tidying, tidyLoops == mailboxes.count { pace.tidied() }
    announcePhase(at: now)
    if pace.phase == .over { finish(at: now) }
  }

  private mutating func openIfComplete(at now: UInt64) {
    switch roll.isComplete {
    case nil: break
    case true?:
      openingEnded = snapshot(at: now)
      pace.sessionsAreOpen(at: now)
    case false?:
      let wanted = roll.assistersWanted.map { "\($0)" } ?? "at least 1"
      end(
        .usage(
          "--credentials: \(roll.assisters) assisters where \(wanted) are needed, and "
            + "\(roll.partners) intake partners"), at: now)
    }
  }

  private mutating func submitWanted() {
    guard !partners.isEmpty else { return }
    for _ in 0..<pace.wanted {
      let partner = partners[Int(submissions % UInt64(partners.count))]
      mailboxes[partner.loop].append(.submit(slot: partner.slot, number: submissions))
      submissions += 1
      pace.submitted()
    }
  }

  private mutating func announcePhase(at now: UInt64) {
    guard pace.phase != announced else { return }
    if announced < .measured, pace.phase >= .measured { measuringBegan = snapshot(at: now) }
    if announced <= .measured, pace.phase > .measured { measuringEnded = snapshot(at: now) }
    announced = pace.phase
    for loop in mailboxes.indices { mailboxes[loop].append(.phase(announced)) }
  }

  /// Fails what takes longer than the server may take.
  private mutating func watch(at now: UInt64) {
    // Walking all races is not for every tick.
    guard now > patience, now - lastWatch > 50_000_000 else { return }
    lastWatch = now
    if board.reportOverdue(notActiveSince: now - patience) {
      pace.stop(at: now)
      pace.abandonRaces()
    }
    guard now - lastProgress > patience, pace.phase != .measured || !pace.isHoldingOnly else {
      return
    }
    let seconds = patience / 1_000_000_000
    let owed = "\(roll.opening) sessions opening, \(pace.unanswered) submissions unanswered"
    end(.failed("nothing came from the server for \(seconds) s: \(owed)"), at: now)
  }

  private mutating func lost(_ session: String, _ text: String, at now: UInt64) {
    sessionsLost += 1
    guard pace.phase < .over, !isFinishing, !isSalvaging else { return }
    if pace.phase == .opening {
      end(.unreachable("\(session): \(text)"), at: now)
    } else {
      outcome = .lost("\(session): \(text)")
      pace.stop(at: now)
      announcePhase(at: now)
      isSalvaging = true
      // What the server had sent is in this machine's socket buffers: one second is plenty.
      salvageUntil = now + 1_000_000_000
      for loop in mailboxes.indices { mailboxes[loop].append(.salvage) }
    }
  }

  mutating func end(_ reason: Outcome, at now: UInt64) {
    guard !isFinishing else { return }
    if outcome == .completed { outcome = reason }
    finish(at: now)
  }

  private mutating func finish(at now: UInt64) {
    if measuringBegan != nil, measuringEnded == nil { measuringEnded = snapshot(at: now) }
    pace.stop(at: now)
    isFinishing = true
    for loop in mailboxes.indices { mailboxes[loop].append(.finish) }
  }

  /// Somebody pressed ^C: what was set up is undone as at a normal end.
  private mutating func interrupt(at now: UInt64) {
    guard !isFinishing else { return }
    if pace.phase <= .occupying {
      end(.failed("interrupted"), at: now)
    } else if outcome == .completed {
      outcome = .failed("interrupted")
      pace.stop(at: now)
    }
  }

  private func snapshot(at now: UInt64) -> Snapshot {
    Snapshot(
      at: now, ownCPUSeconds: ProcessUsage.ownCPUSeconds(),
      machineBusySeconds: ProcessUsage.machineBusySeconds(),
      server: serverProcess.flatMap(ProcessUsage.read))
  }
}
