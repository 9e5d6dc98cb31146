import KODClient
import KODJSON
import KODWire

/// `kod watch` without a screen: one line per event.
struct WatchLines: Sendable {
  let connection: Connection
  let context: Context

  /// Ends with the limit, or when the server refuses for good.
  func run(limit: Duration?) async throws {
    let printing = Task { try await printEvents() }
    let timer = limit.map { limit in
      Task {
        try await Task.sleep(for: limit)
        printing.cancel()
      }
    }
    defer { timer?.cancel() }
    try await printing.value
  }

  private func printEvents() async throws {
    var missesToDeregister: UInt32 = 0
    for await event in connection.client.subscribe() {
      let now = connection.client.serverTime()
      if case .state(let state) = event {
        missesToDeregister = state.status?.missesToDeregister ?? missesToDeregister
      }
      context.output.emit(Self.json(event, now: now))
      let lines = Self.lines(
        event, clock: context.clock, now: now, missesToDeregister: missesToDeregister)
      for line in lines {
        let time = context.output.style.paint(context.clock.time(now), .faint)
        context.output.say(
          "\(time)  \(context.output.style.paint(TerminalText.safe(line.text), line.tone))")
      }
      if case .ended(let error) = event {
        throw Failure(
          error, about: "subscription", clock: context.clock, server: connection.settings.address)
      }
    }
  }

  static func lines(
    _ event: SubscriptionEvent, clock: ClockFace, now: Int64, missesToDeregister: UInt32
  ) -> [(text: String, tone: Style.Tone)] {
    switch event {
    case .connected(let welcome):
      return [("connected as \(welcome.principal) (\(WireWords.spaced(welcome.role.word)))", .good)]
    case .position(_, _, let recovered):
      return recovered ? [("nothing was missed", .good)] : []
    case .state(let state): return self.lines(state, clock: clock, now: now)
    case .push(let push):
      return self.lines(push, clock: clock, now: now, missesToDeregister: missesToDeregister)
    case .collapsed(let collapsed):
      let count = collapsed.lastOffset - collapsed.firstOffset + 1
      return [("\(count) news items were over before they could be shown", .faint)]
    case .disconnected(let error, let retryIn):
      let why = error.map { ": \($0.message)" } ?? ""
      let wait = DurationText.spoken(microseconds: retryIn.microseconds)
      return [("NOT CONNECTED\(why); next try in \(wait)", .bad)]
    case .ended: return []
    }
  }

  private static func lines(
    _ state: CurrentState, clock: ClockFace, now: Int64
  ) -> [(text: String, tone: Style.Tone)] {
    var lines: [(String, Style.Tone)] = []
    if let status = state.status {
      lines.append(
        (
          "\(status.name): \(StandingWords.availability(status))",
          status.available ? .good : .warning
        ))
    }
    lines += state.offers.map { (opened($0, clock: clock, now: now), .bold) }
    lines += state.assignments.map { item in
      let contact = item.contact ?? Contact()
      let due = clock.minute(item.callbackDueUs, county: Counties.county(fips: item.county))
      return (
        "referral \(item.referralId): call \(contact.name) \(contact.phone) by \(due)", .plain
      )
    }
    lines += state.referrals.map { referral in
      (
        "referral \(referral.referralId) (\(referral.partnerReference)): "
          + EventWords.referral(referral),
        referral.state == .referralWaiting ? .warning : .plain
      )
    }
    return lines
  }

  private static func lines(
    _ push: Push, clock: ClockFace, now: Int64, missesToDeregister: UInt32
  ) -> [(text: String, tone: Style.Tone)] {
    switch push.body {
    case .offerOpened(let offer): [(opened(offer, clock: clock, now: now), .bold)]
    case .offerReminder(let reminder): [(EventWords.reminder(reminder, now: now), .warning)]
    case .offerClosed(let closed):
      [EventWords.closed(closed, clock: clock, missesToDeregister: missesToDeregister)]
    case .registrationChanged(let change): [EventWords.registration(change)]
    case .assignmentEnded(let ended): [(EventWords.ended(ended), .warning)]
    case .referralAlert(let alert): [EventWords.alert(alert)]
    case .assisterAlert(let alert): [(EventWords.alert(alert), .warning)]
    case .referralUpdate(let update): [EventWords.update(update, clock: clock)]
    case .assignmentReminder(let reminder):
      [EventWords.callback(reminder, assignment: nil, clock: clock, now: now)]
    case .assignmentGiven(let given): [(EventWords.given(given, clock: clock), .bold)]
    case .availabilityChanged(let change): [EventWords.availability(change)]
    case .policyChanged(let change): [(EventWords.policy(change), .plain)]
    case nil: []
    }
  }

  private static func opened(_ offer: Offer, clock: ClockFace, now: Int64) -> String {
    let left = DurationText.spoken(microseconds: offer.deadlineUs - now)
    return "\(EventWords.offer(offer)); answer by \(clock.time(offer.deadlineUs)), \(left) left"
  }

  static func json(_ event: SubscriptionEvent, now: Int64) -> JSON {
    switch event {
    case .connected(let welcome):
      [
        "event": "connected", "principal": .string(welcome.principal),
        "role": .string(welcome.role.word), "session_id": .unsigned(welcome.sessionId),
        "server": .string(welcome.server), "now_us": .integer(now),
      ]
    case .position(let epoch, let offset, let recovered):
      [
        "event": "position", "epoch": .string(epoch), "offset": .unsigned(offset),
        "recovered": .bool(recovered),
      ]
    case .state(let state):
      [
        "event": "state", "now_us": .integer(now), "status": state.status?.json ?? .null,
        "open_offers": .array(state.offers.map(\.json)),
        "assignments": .array(state.assignments.map(\.json)),
        "referrals": .array(state.referrals.map(\.json)),
      ]
    case .push(let push): push.json
    case .collapsed(let collapsed):
      [
        "event": "collapsed", "first_offset": .unsigned(collapsed.firstOffset),
        "last_offset": .unsigned(collapsed.lastOffset),
      ]
    case .disconnected(let error, let retryIn):
      [
        "event": "disconnected", "reason": .string(error?.reason.name ?? ""),
        "message": .string(error?.message ?? ""),
        "retry_in_ms": .integer(retryIn.milliseconds),
      ]
    case .ended(let error):
      [
        "event": "ended", "code": .string(error.code.name), "reason": .string(error.reason.name),
        "message": .string(error.message),
      ]
    }
  }
}
