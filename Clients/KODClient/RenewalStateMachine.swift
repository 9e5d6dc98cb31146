internal import KODWire

/// How far the client has come with keeping its credential valid.
///
/// `due` → RenewCredential → `keeping`: the program makes the new token durable → it is the client's
/// token → RefreshSession → `due` for the next one. What a lost session interrupts goes on in the
/// next: a new token that is durable is what HELLO says.
struct RenewalStateMachine {
  enum Phase {
    /// Nothing to do: no end is known, or nothing more can be done in this session.
    case resting
    /// RenewCredential is to be called, when a session is up and the time has come.
    case due(at: UInt64)
    case renewing(call: UInt32, deadline: UInt64)
    /// The program is making this one durable. Nobody has used it yet.
    case keeping(RenewedCredential)
    /// The program could not; it is asked again, and no further one is asked of the server.
    case unkept(RenewedCredential, retryAt: UInt64)
    /// The client's token is not the session's: RefreshSession is to be called.
    case refreshDue(at: UInt64)
    case refreshing(call: UInt32, Token, deadline: UInt64)
  }

  var phase = Phase.resting
  /// What HELLO says.
  var token: Token
  /// What the session is under.
  var sessionToken: Token
  /// When the session's credential ends, by this machine's clock; nil: never, or not known.
  private(set) var expiresAt: UInt64?
  /// When the credential that ends then is to be renewed. A new session under the same one does not
  /// put it off: a client that loses its connections often would never get to it.
  private var plan: (expiryMicroseconds: Int64, due: UInt64)?
  /// Attempts that failed since the last step that did not.
  var failures = 0

  init(token: Token) {
    self.token = token
    sessionToken = token
  }

  /// The call that it waits for.
  var call: UInt32? {
    switch phase {
    case .renewing(let call, _), .refreshing(let call, _, _): call
    case .resting, .due, .keeping, .unkept, .refreshDue: nil
    }
  }

  /// A credential to go on with when the session's has ended; or there will be one in a moment.
  var hasSuccessor: Bool {
    if case .keeping = phase { return true }
    return token != sessionToken
  }

  /// The session is under its token until `expiry`, microseconds of the server's clock; 0: no end.
  ///
  /// - Parameter random: a draw for the part by which renewal comes earlier than it must.
  mutating func sessionEnds(
    at expiry: Int64, by clock: ServerClock, at now: UInt64, random: UInt64
  ) {
    guard expiry != 0 else {
      expiresAt = nil
      plan = nil
      return rest()
    }
    let left = Self.nanoseconds(from: clock.time(at: now), to: expiry)
    expiresAt = now.addingSaturated(left)
    let due: UInt64
    if let plan, plan.expiryMicroseconds == expiry {
      due = plan.due
    } else {
      let early = random.multipliedFullWidth(by: left / 10 + 1).high
      due = now.addingSaturated(left - left / 5 - early)
      failures = 0
    }
    plan = (expiry, due)
    switch phase {
    case .resting, .due, .refreshDue, .refreshing: phase = .due(at: due)
    case .renewing, .keeping, .unkept: break
    }
  }

  /// The session is gone, and with it the calls.
  mutating func sessionLost() {
    switch phase {
    // The answer may have been on its way. It is not known here: the next session asks again.
    case .due, .renewing, .refreshDue, .refreshing: phase = .resting
    case .resting, .keeping, .unkept: break
    }
  }

  /// An attempt failed. What comes next is `next`, if there is time left for it.
  mutating func tryAgain(after wait: UInt64, at now: UInt64, _ next: (UInt64) -> Phase) {
    failures += 1
    let instant = now.addingSaturated(wait)
    plan?.due = instant
    phase = instant < expiresAt ?? .max ? next(instant) : .resting
  }

  mutating func rest() {
    switch phase {
    case .resting, .due, .refreshDue, .refreshing: phase = .resting
    case .renewing, .keeping, .unkept: break
    }
  }

  /// 0 if the end comes first.
  private static func nanoseconds(from start: Int64, to end: Int64) -> UInt64 {
    guard end > start else { return 0 }
    // The distance of any two Int64 fits into UInt64.
    let microseconds = UInt64(bitPattern: end) &- UInt64(bitPattern: start)
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : nanoseconds
  }
}
