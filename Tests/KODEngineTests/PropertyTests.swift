import KODEngine
import Testing

@Suite("Whatever happens") struct PropertyTests {
  static let seeds: [UInt64] = Array(1...16)
  static let steps = 300

  @Test(
    "R8 R18 R20 R27 R32 R36 R50: the engine agrees with its history, step by step",
    arguments: seeds)
  func agreesWithHistory(seed: UInt64) {
    var engine = Engine(policy: .phase15)
    var history = History(policy: .phase15)
    var workload = Workload(seed: seed)
    for _ in 0..<PropertyTests.steps {
      var log: [Event] = []
      let before = engine
      workload.step(&engine, &log)
      var replayed = before
      for event in log {
        if !replayed.fits(event) { history.contradictions.append("does not fit: \(event)") }
        replayed.apply(event)
        history.note(event)
      }
      history.contradictions += contradictions(engine, history, at: workload.now)
    }
    #expect(history.contradictions == [])
    #expect(history.winners.values.allSatisfy { $0.count == 1 })
    // The run must have been worth it.
    #expect(history.winners.count > 5 && history.offers.count > 50)
    #expect(Set(history.offers.map(\.state)).count >= 5)
  }

  /// Where the engine and its history disagree.
  private func contradictions(
    _ engine: Engine, _ history: History, at now: Instant
  ) -> [String] {
    var found: [String] = []
    func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
      if !isTrue { found.append("\(now): \(what())") }
    }
    expect(engine.nextDeadline.map { $0 > now } ?? true, "something is due")
    var open: [UInt32: [OfferID]] = [:]
    for (index, model) in history.offers.enumerated() {
      let view = engine.offer(OfferID(UInt64(index + 1)))!
      expect(view.state == model.state && view.deadline == model.deadline, "\(view)")
      guard view.state == .pending else { continue }
      open[model.assister, default: []].append(view.id)
      let state = engine.referral(view.referral)!.state
      expect(state == .general || state == .mass, "open Offer of a dead referral: \(view)")
    }
    var available = 0
    for (number, assister) in history.assisters {
      let id = PrincipalID(number)
      let standing = engine.standing(of: id)!
      expect(Int(standing.missedInARow) == assister.streak, "streak of \(id)")
      expect(standing.available == history.isAvailable(number), "availability of \(id)")
      expect(
        engine.openAssignments(of: id).map(\.number) == assister.held.sorted(), "work of \(id)")
      expect(engine.openOffers(of: id) == open[number] ?? [], "open Offers of \(id)")
      if standing.available { available += 1 }
    }
    expect(engine.counts.assistersAvailable == available, "number available")
    for number in 0..<engine.counts.referrals {
      let view = engine.referral(ReferralID(UInt64(number + 1)))!
      expect(isComplete(view), "\(view)")
    }
    return found
  }

  /// Somebody is asked, or holds it, or it is known that nobody does.
  private func isComplete(_ view: ReferralView) -> Bool {
    switch view.state {
    case .general: view.offersOpen == 1
    case .mass: view.offersOpen >= 1
    case .waiting, .cancelled: view.offersOpen == 0
    case .assigned, .contacted, .closed: view.offersOpen == 0 && view.holder != nil
    }
  }

  @Test("Every Offer's end and every waiting referral is pushed to whom it concerns (R3 R7 R10)")
  func nothingEndsSilently() {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var pushes: [Push] = []
    var workload = Workload(seed: 77)
    for _ in 0..<600 {
      workload.step(&engine, &log)
      pushes += engine.takePushes()
    }
    let closings = pushes.compactMap { push -> OfferID? in
      guard case .offerClosed(let id, let state, _, _) = push.body else { return nil }
      #expect(engine.offer(id)?.assister == push.principal && engine.offer(id)?.state == state)
      return id
    }
    #expect(closings.count == Set(closings).count)
    let ended = (1...UInt64(engine.counts.offers)).filter {
      engine.offer(OfferID($0))?.state != .pending
    }
    #expect(Set(closings.map(\.number)) == Set(ended))
    #expect(Set(ended.map { engine.offer(OfferID($0))!.state }).count == 7)
    let waits = log.count { if case .waiting = $0 { true } else { false } }
    let alerts = pushes.count {
      if case .referralAlert(_, .waiting, _) = $0.body { true } else { false }
    }
    #expect(waits > 0 && waits == alerts)
  }

  @Test("Replaying the events gives the same state, byte for byte", arguments: seeds)
  func replay(seed: UInt64) throws {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var workload = Workload(seed: seed)
    for _ in 0..<PropertyTests.steps { workload.step(&engine, &log) }
    var bytes: [UInt8] = []
    for event in log { event.encode(to: &bytes) }
    let decoded = try Event.decodeAll(bytes.span.bytes)
    #expect(decoded == log)
    var replayed = Engine(policy: .phase15)
    for event in decoded { replayed.apply(event) }
    #expect(replayed.encodeState() == engine.encodeState())
    #expect(replayed.counts == engine.counts)
    #expect(replayed.nextDeadline == engine.nextDeadline)
  }

  @Test(
    "A log cut between two events of a step continues with the rest of the step", arguments: seeds)
  func cut(seed: UInt64) throws {
    var engine = Engine(policy: .phase15)
    var workload = Workload(seed: seed)
    var cuts = 0
    for _ in 0..<PropertyTests.steps {
      var log: [Event] = []
      var copy = engine
      workload.step(&engine, &log)
      guard let command = log.firstIndex(where: { $0.isOfCommand }) else { continue }
      for (index, event) in log.enumerated() {
        copy.apply(event)
        guard index >= command, index + 1 < log.count else { continue }
        cuts += 1
        var continued = try Engine(decodingState: copy.encodeState().span.bytes)
        #expect(continued.encodeState() == copy.encodeState())
        #expect(continued.nextDeadline.map { $0 <= workload.now } == true)
        var rest: [Event] = []
        _ = continued.perform(.advance, at: workload.now, log: &rest)
        #expect(rest == Array(log[(index + 1)...]))
      }
    }
    #expect(cuts > 20)
  }

  @Test("A decoded state encodes to the same bytes and goes on in the same way", arguments: seeds)
  func decoded(seed: UInt64) throws {
    var engine = Engine(policy: .serial)
    var log: [Event] = []
    var workload = Workload(seed: seed)
    for _ in 0..<200 { workload.step(&engine, &log) }
    let bytes = engine.encodeState()
    var twin = try Engine(decodingState: bytes.span.bytes)
    #expect(twin.encodeState() == bytes)
    for _ in 0..<200 {
      let command = workload.next(engine)
      var ours: [Event] = []
      var theirs: [Event] = []
      let result = engine.perform(command, at: workload.now, log: &ours)
      #expect(twin.perform(command, at: workload.now, log: &theirs) == result)
      #expect(ours == theirs)
    }
    #expect(twin.encodeState() == engine.encodeState())
    #expect(twin.counts == engine.counts)
  }

  @Test("R28: repeating a command that succeeded changes nothing", arguments: seeds)
  func repeats(seed: UInt64) {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var workload = Workload(seed: seed)
    var repeated = 0
    for _ in 0..<PropertyTests.steps {
      let (command, result) = workload.step(&engine, &log)
      switch command {
      case .accept, .reject, .close, .cancel, .submit, .setAvailability, .setPolicy,
        .offersDelivered, .advance:
        break
      case .release, .saveNote, .takeBack, .assign, .giveUp: break
      // A second attempt is another one; a re-run may find nobody this time.
      default: continue
      }
      guard case .success = result else { continue }
      repeated += 1
      let count = log.count
      #expect(engine.perform(command, at: workload.now, log: &log) == result)
      // A repeated delivery may find Offers that came up meanwhile; here none did.
      #expect(log.count == count)
    }
    #expect(repeated > 50)
  }

  @Test("R18: a refused command leaves the state as the time it took would have", arguments: seeds)
  func refusals(seed: UInt64) {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var workload = Workload(seed: seed)
    var refused = 0
    for _ in 0..<PropertyTests.steps {
      var untouched = engine
      guard case (_, .failure) = workload.step(&engine, &log) else { continue }
      refused += 1
      _ = untouched.perform(.advance, at: workload.now, log: &log)
      #expect(untouched.encodeState() == engine.encodeState())
    }
    #expect(refused > 20)
  }
}

extension Event {
  /// Whether a command led to it, rather than time or another event.
  var isOfCommand: Bool {
    switch self {
    case .policySet, .principalCreated, .registered, .availabilitySet, .submitted, .accepted,
      .rejected, .closed, .cancelled, .delivered, .serverStarted, .attemptLogged, .released,
      .takenBack, .rerun, .assigned, .gaveUp, .noteSaved, .profileSaved,
      .registrationWithdrawn, .outlookExtended, .sessionChanged, .staffActed, .credentialDateSet,
      .noticeAcknowledged, .policyVersioned:
      true
    case .reclaimed, .promiseMissed, .callbackOverdue, .callbackReminded, .generalOffered,
      .massOpened, .massJoined, .generalLapsed, .massLapsed,
      .generalReminded, .massReminded, .waiting, .deregistered, .scheduleTurned,
      .credentialsExpired:
      false
    }
  }
}
