import KODClient
import KODJSON
import KODWire

/// Collects the facts and tells the story. What several sessions are told within one breath becomes one line.
actor DemoLedger {
  private(set) var facts = DemoFacts()
  private let output: Output
  private let clock: ClockFace
  private let start = ContinuousClock.now
  /// Lines about a referral whose submission has not been told yet: its pushes may overtake the partner's answer.
  private var early: [UInt64: [(text: String, tone: Style.Tone)]] = [:]
  private var known: Set<UInt64> = []
  /// Names that one line will list.
  private var gathering: [Gathering: [String]] = [:]
  /// Accepts of a referral in flight, and the ones of the present race that have been answered.
  private var inFlight: [UInt64: Int] = [:]
  private var race: [UInt64: [DemoFacts.Accept]] = [:]
  private var raceWatcher: CheckedContinuation<Void, Never>?

  private struct Gathering: Hashable {
    var referral: UInt64
    var words: String
    var tone: Style.Tone
  }

  init(output: Output, clock: ClockFace) {
    self.output = output
    self.clock = clock
  }

  // MARK: The story

  func tell(_ text: String, _ tone: Style.Tone = .plain, about referral: UInt64? = nil) {
    if let referral, !known.contains(referral) {
      early[referral, default: []].append((text, tone))
      return
    }
    let elapsed = (ContinuousClock.now - start).milliseconds
    let time = TerminalText.padded("+\(elapsed / 1_000).\(elapsed % 1_000 / 100)s", 7, right: true)
    let label = TerminalText.padded(referral.map { "#\($0)" } ?? "", 4)
    output.say(
      output.style.paint(time, .faint) + "  \(label) "
        + output.style.paint(TerminalText.safe(text), tone))
  }

  /// A consequence: told a breath later, so that it stands behind its cause, which another session reports.
  private func tellSoon(
    _ text: String, _ tone: Style.Tone = .plain, about referral: UInt64? = nil
  ) {
    Task {
      try? await Task.sleep(for: .milliseconds(30))
      tell(text, tone, about: referral)
    }
  }

  private func gather(_ name: String, _ words: String, _ tone: Style.Tone, about referral: UInt64) {
    let key = Gathering(referral: referral, words: words, tone: tone)
    if gathering[key] != nil {
      gathering[key]?.append(name)
      return
    }
    gathering[key] = [name]
    Task {
      try? await Task.sleep(for: .milliseconds(40))
      let names = gathering.removeValue(forKey: key) ?? []
      tell("\(words): \(Self.list(names))", tone, about: referral)
    }
  }

  static func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  func emit(_ json: JSON) { output.emit(json) }

  // MARK: Sessions

  func seat(_ name: String, _ kind: AssisterKind) {
    facts.seats[name, default: .init()].kind = kind
  }

  func take(_ event: SubscriptionEvent, by name: String, now: Int64) {
    output.emit(["to": .string(name)] + WatchLines.json(event, now: now))
    switch event {
    case .connected:
      facts.seats[name]?.connections += 1
      facts.seats[name]?.isConnected = true
      if (facts.seats[name]?.connections ?? 0) > 1 { tell("\(name) is connected again", .good) }
    case .position(_, _, let recovered):
      if recovered { facts.seats[name]?.isSubscribed = true }
    case .state(let state):
      facts.seats[name]?.isSubscribed = true
      resynchronise(state, name)
    case .push(let push): take(push, by: name)
    case .collapsed: break
    case .disconnected:
      facts.seats[name]?.isConnected = false
      facts.seats[name]?.isSubscribed = false
    case .ended(let error):
      facts.seats[name]?.refusal = error.message
      tell("\(name)'s session was ended: \(error.message)", .bad)
    }
  }

  private func take(_ push: Push, by name: String) {
    switch push.body {
    case .offerOpened(let offer):
      if facts.seats[name]?.shown[offer.offerId] != nil {
        facts.seats[name]?.shownTwice.append(offer.offerId)
      }
      shown(offer, to: name)
    case .offerClosed(let closed): ended(closed, for: name)
    case .registrationChanged(let change):
      facts.seats[name]?.registration = change.registration
      if change.registration == .registrationDeregistered {
        tell(
          "\(name) is DE-REGISTERED: \(change.missedInARow) general offers missed in a row", .bad)
      }
    case .assignmentEnded(let ended):
      tell(
        "\(name) need not call any more (\(ended.state.word))", .warning, about: ended.referralId)
    case .referralAlert(let alert):
      facts.alerts += 1
      tellSoon(
        "\(name) is alerted: \(EventWords.alert(alert).text)", .warning, about: alert.referralId)
    case .assisterAlert(let alert):
      facts.alerts += 1
      tellSoon("\(name) is told that \(alert.assister) was de-registered", .warning)
    case .offerReminder, .referralUpdate, .assignmentReminder, .assignmentGiven,
      .availabilityChanged, .policyChanged, nil:
      break
    }
  }

  /// What is open now. An offer that is not in it any more ended, and nobody will say how.
  private func resynchronise(_ state: CurrentState, _ name: String) {
    for offer in state.offers { shown(offer, to: name) }
    let open = Set(state.offers.map(\.offerId))
    let seat = facts.seats[name] ?? .init()
    for id in seat.shown.keys where !open.contains(id) && seat.ends[id] == nil {
      facts.seats[name]?.ends[id] = [.unspecified]
    }
  }

  private func shown(_ offer: Offer, to name: String) {
    // A state after a reconnect shows again what is open: that is no second offer.
    if facts.seats[name]?.shown[offer.offerId] != nil { return }
    facts.seats[name]?.shown[offer.offerId] = offer
    if offer.kind == .mass {
      gather(name, "mass offers, at once", .bold, about: offer.referralId)
    } else {
      let window = DurationText.spoken(microseconds: offer.deadlineUs - offer.offeredAtUs)
      tellSoon(
        "\(name) is asked: general offer \(offer.offerId), \(window)", .plain,
        about: offer.referralId)
    }
  }

  private func ended(_ closed: OfferClosed, for name: String) {
    if facts.seats[name]?.pushedEnds.insert(closed.offerId).inserted == false {
      facts.seats[name]?.endedTwice.append(closed.offerId)
    }
    facts.seats[name]?.ends[closed.offerId, default: []].append(closed.state)
    let referral = closed.referralId
    switch closed.state {
    case .offerMissed:
      tell(
        "\(name) did not answer: MISSED, \(closed.missedInARow) in a row", .bad, about: referral)
    case .offerWasTaken:
      // Those who asked are told by the answer to their call.
      let asked = facts.accepts.contains {
        $0.assister == name && $0.offer.offerId == closed.offerId
      }
      if !asked {
        let at = clock.timeWithMilliseconds(closed.closedAtUs)
        gather(name, "see it taken at \(at)", .faint, about: referral)
      }
    case .offerExpired:
      gather(name, "expired, not a miss", .faint, about: referral)
    case .offerWasWithdrawn: gather(name, "withdrawn", .warning, about: referral)
    case .offerAccepted, .offerRejected: break
    default: tell("\(name)'s offer is \(closed.state.word)", .plain, about: referral)
    }
  }

  /// Whether the session was told the end of the offer already: then nobody would press the key any more.
  func isEnded(_ offer: UInt64, for name: String) -> Bool {
    facts.seats[name]?.ends[offer] != nil
  }

  // MARK: Calls

  func asks(_ name: String, _ offer: Offer) -> Int {
    facts.accepts.append(.init(assister: name, offer: offer))
    inFlight[offer.referralId, default: 0] += 1
    if inFlight[offer.referralId, default: 0] > 1 { endWaitForRace() }
    return facts.accepts.count - 1
  }

  /// Returns while several accepts of one referral are in flight, or when the time is over.
  func waitForRace(atMost limit: Duration) async {
    Task {
      try? await Task.sleep(for: limit)
      endWaitForRace()
    }
    await withCheckedContinuation { raceWatcher = $0 }
  }

  private func endWaitForRace() {
    raceWatcher?.resume()
    raceWatcher = nil
  }

  func answered(_ index: Int, _ answer: DemoFacts.Answer) {
    facts.accepts[index].answer = answer
    let accept = facts.accepts[index]
    let referral = accept.offer.referralId
    if answer.isWon {
      facts.seats[accept.assister]?.ends[accept.offer.offerId, default: []].append(.offerAccepted)
    }
    output.emit(Self.json(accept))
    race[referral, default: []].append(accept)
    inFlight[referral, default: 1] -= 1
    guard inFlight[referral] == 0 else { return }
    let race = self.race.removeValue(forKey: referral) ?? []
    for line in Self.lines(race, clock: clock) { tell(line.text, line.tone, about: referral) }
  }

  /// One accept, or a race, in words.
  static func lines(
    _ race: [DemoFacts.Accept], clock: ClockFace
  ) -> [(text: String, tone: Style.Tone)] {
    var lines: [(String, Style.Tone)] = []
    if race.count > 1 {
      lines.append(("RACE: \(list(race.map(\.assister).sorted())) accept at the same time", .bold))
    }
    for accept in race where accept.answer?.isWon == true {
      lines.append(("\(accept.assister) WON with offer \(accept.offer.offerId)", .good))
    }
    for accept in race {
      switch accept.answer {
      case .refused("OFFER_TAKEN", let takenAt):
        let at = takenAt.map { " at \(clock.timeWithMilliseconds($0))" } ?? ""
        lines.append(("\(accept.assister) told: taken by somebody else\(at)", .warning))
      case .refused(let reason, _):
        lines.append(("\(accept.assister) refused: \(reason)", .warning))
      case .unknown(let why): lines.append(("\(accept.assister) got no answer: \(why)", .bad))
      case .won, nil: break
      }
    }
    return lines
  }

  private static func json(_ accept: DemoFacts.Accept) -> JSON {
    let (result, members): (String, JSON) =
      switch accept.answer {
      case .won(let at): ("won", ["accepted_at_us": .integer(at)])
      case .refused(let reason, let takenAt):
        (reason, takenAt.map { ["taken_at_us": .integer($0)] } ?? [:])
      case .unknown, nil: ("unknown", [:])
      }
    return [
      "event": "answer", "to": .string(accept.assister),
      "offer_id": .unsigned(accept.offer.offerId),
      "referral_id": .unsigned(accept.offer.referralId), "result": .string(result),
    ] + members
  }

  func rejected(_ name: String, _ offer: Offer, reason: String) {
    facts.seats[name]?.rejected += 1
    facts.seats[name]?.ends[offer.offerId, default: []].append(.offerRejected)
    tell("\(name) rejects: \(reason)", .plain, about: offer.referralId)
  }

  func submitted(_ request: DemoRequest, _ referral: Referral, sentAt: Int64) {
    facts.submitted.append(.init(request: request, referral: referral, sentAt: sentAt))
    output.emit(["event": "submitted", "referral": referral.json])
    let id = referral.referralId
    known.insert(id)
    let words = EventWords.request(referral.helpType, referral.language, referral.county)
    tell("\(request.reference) submitted: \(words)", .bold, about: id)
    if referral.state == .referralWaiting {
      tell(
        "portal is told at once: waiting (\(WireWords.spaced(referral.waitingCause.word)))",
        .warning, about: id)
    }
    for line in early.removeValue(forKey: id) ?? [] { tell(line.text, line.tone, about: id) }
  }

  func submissionFailed(_ request: DemoRequest, _ message: String) {
    facts.failedSubmissions.append("\(request.reference): \(message)")
    tell("\(request.reference) could not be submitted: \(message)", .bad)
  }

  func closed(_ name: String, _ referral: UInt64, _ outcome: Outcome) {
    facts.closed.insert(referral)
    tell("\(name) has called: \(WireWords.spaced(outcome.word))", .faint, about: referral)
  }

  func cancelled(_ referral: UInt64) {
    facts.cancelled.insert(referral)
    tell("portal cancels", .warning, about: referral)
  }

  // MARK: The end

  func conclude(final: [UInt64: Referral]) { facts.final = final }
  func killed(acknowledged: Int, lost: [UInt64]) {
    facts.acknowledgedBeforeKill = acknowledged
    facts.lostByKill = lost
  }
  func stopped(_ status: Int32?) { facts.stopStatus = status }
}
