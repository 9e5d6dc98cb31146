import KODEngine
import Testing

@Suite("Whatever happens") struct PropertyTests {
  static let seeds: [UInt64] = Array(1...16)
  static let steps = 750

  @Test(
    "R8 R13 R14 R16 R18 R20 R27 R32 R36 R43 R44 R45 R46 R50: the engine agrees with its history",
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
        // R22: who missed it was there to the last.
        if case .generalLapsed(let id, missed: true) = event, let offer = engine.offer(id) {
          let before = offer.deadline + Instant.Interval(microseconds: -1)
          if engine.blockers(of: offer.assister, at: before) != [] {
            history.contradictions.append("was not there: \(event)")
          }
        }
      }
      history.contradictions += contradictions(engine, history, at: workload.now)
      history.contradictions += workContradictions(engine, history.work, at: workload.now)
    }
    #expect(history.contradictions + history.work.contradictions == [])
    // One winner at a time, and nobody twice (R8, R16).
    #expect(history.winners.values.allSatisfy { Set($0).count == $0.count })
    // The run must have been worth it.
    #expect(history.winners.count > 2 && history.offers.count > 50)
    #expect(Set(history.offers.map(\.state)).count >= 5)
  }

  @Test("The random histories hold every kind of event about assisters and credentials")
  func coverage() {
    var kinds: Set<String> = []
    for seed in PropertyTests.seeds {
      var engine = Engine(policy: .phase15)
      var log: [Event] = []
      var workload = Workload(seed: seed)
      for _ in 0..<PropertyTests.steps { workload.step(&engine, &log) }
      for event in log { kinds.insert(String("\(event)".prefix { $0 != "(" })) }
    }
    #expect(
      kinds.isSuperset(of: [
        "profileSaved", "registrationWithdrawn", "outlookExtended", "scheduleTurned",
        "credentialsExpired", "sessionChanged", "staffActed", "credentialDateSet",
        "noticeAcknowledged", "policyVersioned", "eligibilityLost", "credentialIssued",
      ]))
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
      expect(assister.streak == history.streak(of: number), "streak of \(id) by the table")
      let blockers = history.blockers(number, now)
      expect(standing.blockers == blockers, "blockers of \(id)")
      expect(standing.available == blockers.isEmpty, "availability of \(id)")
      expect(engine.blockers(of: id, at: now) == blockers, "timeline of \(id)")
      expect(standing.registration == assister.registration, "registration of \(id)")
      expect(standing.hasSession == assister.hasSession, "session of \(id)")
      expect(
        engine.openAssignments(of: id).map(\.number) == assister.held.sorted(), "work of \(id)")
      expect(engine.openOffers(of: id) == open[number] ?? [], "open Offers of \(id)")
      if standing.available { available += 1 }
    }
    expect(engine.counts.assistersAvailable == available, "number available")
    for (number, credentials) in history.credentials {
      for credential in credentials {
        let record = engine.credential(credential.number)
        expect(record?.principal.number == number, "owner of \(credential)")
        expect(record?.tokenDigest == credential.tokenDigest, "digest of \(credential)")
        expect(record?.expiresAt == credential.expiresAt, "end of \(credential)")
      }
    }
    let kept = Set(history.credentials.values.joined().map(\.number))
    for number in history.issued.subtracting(kept) {
      expect(engine.credential(number) == nil, "credential \(number) was dropped")
    }
    for id in engine.outstandingNotices() {
      expect(engine.offer(id.offer)?.state == .pending, "\(id) outlived its Offer")
      expect(history.notices[id] == nil, "\(id) was acknowledged")
    }
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
    case .closed(.unserved): view.offersOpen == 0 && view.holder == nil
    case .assigned, .contacted, .closed: view.offersOpen == 0 && view.holder != nil
    }
  }

  /// Where the engine and the history of its work disagree (R43 to R46).
  private func workContradictions(
    _ engine: Engine, _ work: WorkHistory, at now: Instant
  ) -> [String] {
    var found: [String] = []
    func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
      if !isTrue { found.append("\(now): \(what())") }
    }
    var queues: [ReferralQueue: [UInt64]] = [:]
    for (index, model) in work.referrals.enumerated() {
      let number = UInt64(index + 1)
      let view = engine.referral(ReferralID(number))!
      let holding = model.holding.map { work.assignments[$0] }
      let isOverdue = work.isOverdue(number, at: now)
      expect(view.promiseMissed == work.isPromiseMissed(number, at: now), "promise of \(number)")
      expect(view.promiseMissed == work.promisesMissed.contains(number), "promise of \(number)")
      expect(view.overdue == isOverdue, "overdue: \(number)")
      expect(view.firstAttemptAt == model.firstAttemptAt, "first attempt of \(number)")
      expect((view.state == .contacted) == model.isContacted, "contacted: \(number)")
      expect(
        engine.deskNotes(of: view.id).map(\.action).filter { $0 != .cancelled } == model.desk,
        "desk notes of \(number)")
      if let holding {
        expect(view.holder?.number == holding.assister, "holder of \(number)")
        expect(view.byHand == holding.byHand, "by hand: \(number)")
        expect(view.callbackDue == work.due(holding), "callback of \(number)")
        let attempts = engine.attempts(of: view.currentAssignment!)
        expect(attempts.map(\.at) == holding.attempts.map(\.at), "attempts of \(number)")
        expect(attempts.map(\.counts) == holding.attempts.map(\.counts), "attempts of \(number)")
        if holding.attempts.isEmpty {
          expect(now < work.reclaimInstant(holding), "referral \(number) is not reclaimed")
        }
      }
      guard model.endedAt == nil else { continue }
      queues[.open, default: []].append(number)
      if isOverdue { queues[.overdue, default: []].append(number) }
      if view.promiseMissed { queues[.promiseMissed, default: []].append(number) }
      if case .waiting = view.state { queues[.waiting, default: []].append(number) }
    }
    for queue in ReferralQueue.allCases {
      let listed = engine.queue(queue, limit: .max).map(\.number)
      expect(listed == queues[queue] ?? [], "queue \(queue)")
    }
    expect(engine.counts.referralsOverdue == queues[.overdue]?.count ?? 0, "count of overdue")
    expect(
      engine.counts.referralsPromiseMissed == queues[.promiseMissed]?.count ?? 0,
      "count of missed promises")
    expect(engine.counts.assignments == work.assignments.count, "count of assignments")
    for assister in 1...UInt32(Workload.assisters) {
      let broken = engine.standing(of: PrincipalID(assister))?.brokenAcceptances ?? 0
      expect(Int(broken) == work.broken[assister] ?? 0, "broken acceptances of \(assister)")
    }
    for (key, text) in work.notes {
      let ids = key.split(separator: "/").map { UInt64($0)! }
      let note = engine.note(of: PrincipalID(UInt32(ids[0])), on: ReferralID(ids[1]))
      expect(note == text, "note \(key)")
    }
    return found
  }

  @Test("Every Offer's end and every waiting referral is pushed to whom it concerns (R3 R7 R10)")
  func nothingEndsSilently() {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var pushes: [Push] = []
    var workload = Workload(seed: 77)
    for _ in 0..<1200 {
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
    expectAlerts(pushes, log)
    expectUpdates(pushes, engine)
  }

  /// The one supervisor is told of everything that R44 to R46 bring; the former holder too.
  private func expectAlerts(_ pushes: [Push], _ log: [Event]) {
    func count(_ kind: AlertKind) -> Int {
      pushes.count {
        if case .referralAlert(_, kind, nil) = $0.body { true } else { false }
      }
    }
    let missed = log.count { if case .promiseMissed = $0 { true } else { false } }
    let overdue = log.count { if case .callbackOverdue = $0 { true } else { false } }
    let reclaimed = log.count { if case .reclaimed = $0 { true } else { false } }
    #expect(missed > 0 && missed == count(.promiseMissed))
    #expect(overdue > 0 && overdue == count(.overdue))
    #expect(reclaimed > 0 && reclaimed == count(.reclaimed))
    let told = pushes.count {
      if case .assignmentEnded(_, _, .reclaimed) = $0.body { true } else { false }
    }
    #expect(told == reclaimed)
  }

  /// The partner has been told the state that each of its referrals is in.
  private func expectUpdates(_ pushes: [Push], _ engine: Engine) {
    var last: [ReferralID: ReferralState] = [:]
    for push in pushes {
      guard case .referralUpdate(let id, let state, let promiseMissed) = push.body else { continue }
      #expect(push.principal == engine.referral(id)?.partner)
      #expect(!promiseMissed || last[id] ?? .general == state)
      last[id] = state
    }
    for number in 1...UInt64(engine.counts.referrals) {
      let id = ReferralID(number)
      #expect(engine.referral(id)?.state == last[id] ?? .general)
    }
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
      // The last: a change that loses Offers comes with their end (R25), in one record.
      guard let command = log.lastIndex(where: { $0.isOfCommand }) else { continue }
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
    #expect(twin.counts == engine.counts && twin.nextDeadline == engine.nextDeadline)
    for queue in ReferralQueue.allCases {
      #expect(twin.queue(queue, limit: .max) == engine.queue(queue, limit: .max))
    }
    for number in 1...UInt32(Workload.assisters) {
      let id = PrincipalID(number)
      #expect(twin.lastAssignment(of: id) == engine.lastAssignment(of: id))
    }
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
        .offersDelivered, .advance, .saveProfile, .withdrawRegistration, .extendOutlook,
        .sessionsChanged, .pardon, .deregister, .suspend, .reinstate, .setCredentialDate,
        .acknowledgeNotice:
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
      .noticeAcknowledged, .policyVersioned, .eligibilityLost, .credentialIssued:
      true
    case .reclaimed, .promiseMissed, .callbackOverdue, .callbackReminded, .generalOffered,
      .massOpened, .massJoined, .generalLapsed, .massLapsed,
      .generalReminded, .massReminded, .waiting, .deregistered, .scheduleTurned,
      .credentialsExpired:
      false
    }
  }
}
