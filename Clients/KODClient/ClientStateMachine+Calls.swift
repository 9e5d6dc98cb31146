internal import KODWire

/// One call from the program's request to its end, over any number of attempts.
struct PendingCall {
  let method: Method
  let payload: [UInt8]
  let deadline: UInt64
  let repetition: CallRepetition
  /// RefreshSession: the token that the client goes on with when the call succeeds.
  let adopts: Token?
  /// Its id in the session, while it is on the wire.
  var wireCall: UInt32?
  /// A server that asked for patience is given it.
  var notBefore: UInt64 = 0
  /// It is on the wire, or was and nobody knows what became of it: the server may have carried it out.
  var wasSent = false
  /// Of an earlier attempt nobody knows what became of it.
  var isInDoubt = false
  /// Attempts that the server refused for the moment.
  var refusals = 0
  /// Why it is not finished yet.
  var lastError: ClientError?

  init(
    _ method: Method, payload: [UInt8], deadline: UInt64, repetition: CallRepetition,
    adopting token: Token? = nil
  ) {
    self.method = method
    self.payload = payload
    self.deadline = deadline
    self.repetition = repetition
    adopts = token
  }

  /// The call failed on this side: says what that means for its effect.
  func failure(_ error: ClientError) -> ClientError {
    var error = error
    if wasSent && !method.onlyReads {
      error.isOutcomeUnknown = true
      error.message += "; whether \(method.name) was carried out is unknown"
    }
    return error
  }
}

extension Method {
  /// Asking again changes nothing.
  var onlyReads: Bool {
    self == Method.Assisters.getStanding || self == Method.Intake.getReferral
      || self == Method.Operations.getServerStatus || self == Method.Pushes.subscribe
  }
}

extension ClientStateMachine {
  mutating func call(_ ticket: Ticket, _ call: PendingCall, at now: UInt64) {
    switch phase {
    case .over(let error):
      act(.finishCall(ticket, .failure(error)))
      return
    case .waiting(_, let error, _) where call.repetition == .never:
      act(
        .finishCall(
          ticket, .failure(.unavailable("not connected: \(error.message)", underlying: error))))
      return
    default: break
    }
    calls[ticket] = call
    queue.append(ticket)
    if case .idle = phase { startConnecting(at: now) }
    pump(at: now)
  }

  mutating func cancelCall(_ ticket: Ticket, at now: UInt64) {
    guard let call = calls[ticket] else { return }
    if let wireCall = call.wireCall { session?.cancel(wireCall, at: now) }
    finish(ticket, .failure(call.failure(.cancelled)))
  }

  mutating func sendCalls(at now: UInt64) {
    guard !queue.isEmpty, case .ready = phase else { return }
    var waiting: [Ticket] = []
    for ticket in queue {
      guard let call = calls[ticket] else { continue }
      guard call.notBefore <= now, session.hasRoomForCall else {
        waiting.append(ticket)
        continue
      }
      guard call.payload.count <= session.maximumPayloadBytes else {
        finish(ticket, .failure(.requestTooLong))
        continue
      }
      let milliseconds = max(1, (call.deadline - min(call.deadline, now)) / 1_000_000)
      guard
        let wireCall = session?.open(
          call.method, payload: call.payload,
          timeoutMilliseconds: UInt32(clamping: milliseconds), at: now)
      else { return breakConnection(.unavailable("the session's call ids are used up"), at: now) }
      calls[ticket]?.wireCall = wireCall
      calls[ticket]?.wasSent = true
      ticketOfCall[wireCall] = ticket
    }
    queue = waiting
  }

  mutating func callAnswered(_ wireCall: UInt32, _ payload: [UInt8], at now: UInt64) {
    guard let ticket = ticketOfCall[wireCall] else { return }
    if let token = calls[ticket]?.adopts { refreshedByProgram(token, payload, at: now) }
    finish(ticket, .success(payload))
  }

  /// A refusal: final, unless it is one of the moment and the call may be repeated.
  mutating func callRefused(_ wireCall: UInt32, _ status: Status, at now: UInt64) {
    guard let ticket = ticketOfCall[wireCall], let call = calls[ticket] else { return }
    let error = ClientError(status)
    guard call.repetition == .safe, status.reason.isRetriable else {
      var error = error
      error.isOutcomeUnknown = status.leavesOutcomeUnknown && !call.method.onlyReads
      finish(ticket, .failure(error))
      return
    }
    let wait =
      status.retryAfterMs > 0
      ? UInt64.nanoseconds(milliseconds: status.retryAfterMs)
      : configuration.backoff.delay(retry: call.refusals, random: random.next())
    ticketOfCall[wireCall] = nil
    calls[ticket]?.wireCall = nil
    calls[ticket]?.refusals += 1
    // "Not now" tells of this attempt and of none before it.
    calls[ticket]?.isInDoubt = call.isInDoubt || status.leavesOutcomeUnknown
    calls[ticket]?.wasSent = call.isInDoubt || status.leavesOutcomeUnknown
    calls[ticket]?.notBefore = now.addingSaturated(wait)
    calls[ticket]?.lastError = error
    queue.append(ticket)
  }

  mutating func expireCalls(at now: UInt64) {
    let expired = calls.filter { $0.value.deadline <= now }.keys.sorted()
    var isAnswerOverdue = false
    for ticket in expired {
      guard let call = calls[ticket] else { continue }
      if let wireCall = call.wireCall {
        session?.cancel(wireCall, at: now)
        isAnswerOverdue = true
      }
      finish(ticket, .failure(call.failure(expiry(of: call))))
    }
    if isAnswerOverdue { session?.doubt(at: now) }
  }

  private func expiry(of call: PendingCall) -> ClientError {
    guard call.wasSent else {
      if call.refusals > 0, let refusal = call.lastError { return refusal }
      if case .ready = phase {
        return ClientError(
          code: .deadlineExceeded, reason: .callDeadline,
          message: "as many calls as the server takes were in flight all its time")
      }
      // It never left: the trouble is the connection, not the call.
      let why = call.lastError.map { ": \($0.message)" } ?? ""
      return .unavailable("no session within the call's time\(why)", underlying: call.lastError)
    }
    return ClientError(
      code: .deadlineExceeded, reason: .callDeadline, message: "no answer in time",
      underlying: call.lastError)
  }

  /// The session is gone. Calls that may be repeated wait for the next one.
  mutating func callsLost(_ error: ClientError) {
    ticketOfCall.removeAll()
    for ticket in calls.keys.sorted() {
      guard let call = calls[ticket] else { continue }
      guard call.repetition == .safe else {
        let what = call.wireCall == nil ? "not connected" : "the connection was lost"
        finish(
          ticket,
          .failure(
            call.failure(.unavailable("\(what): \(error.message)", underlying: error))))
        continue
      }
      calls[ticket]?.lastError = error
      calls[ticket]?.isInDoubt = call.wasSent
      calls[ticket]?.wireCall = nil
    }
    // Tickets grow: calls go out again in the order in which the program made them.
    queue = calls.keys.sorted()
  }

  mutating func callsEnded(_ error: ClientError) {
    for ticket in calls.keys.sorted() {
      guard let call = calls[ticket] else { continue }
      finish(ticket, .failure(call.failure(error)))
    }
  }

  private mutating func finish(_ ticket: Ticket, _ result: Result<[UInt8], ClientError>) {
    guard let call = calls.removeValue(forKey: ticket) else { return }
    if let wireCall = call.wireCall { ticketOfCall[wireCall] = nil }
    if let index = queue.firstIndex(of: ticket) { queue.remove(at: index) }
    act(.finishCall(ticket, result))
  }
}

extension Status {
  /// The server began, or may have begun, what it was asked for.
  var leavesOutcomeUnknown: Bool {
    switch code.orUnknown {
    case .cancelled, .unknown, .deadlineExceeded, .internal: true
    default: false
    }
  }
}
