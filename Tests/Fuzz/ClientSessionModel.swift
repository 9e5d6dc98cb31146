import KODWire

@testable import KODClient

/// One session of a client, and what may come of it.
struct ClientSessionModel: ~Copyable {
  private var session = ClientSession(
    hello: Hello(minimumVersion: 1, maximumVersion: 1, token: "secret", client: "fuzz"))
  private var now: UInt64 = 1
  private var isOver = false
  private var isWelcomed = false
  /// Calls that have not ended, with whether they are streams.
  private var openCalls: [UInt32: Bool] = [:]
  private var cancelled: Set<UInt32> = []

  init() { session.start(at: now) }

  mutating func receive(_ bytes: [UInt8], _ plan: Pieces) {
    var plan = plan
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(plan.next(of: rest.count)))
      rest = rest.dropFirst(piece.count)
      var events: [ClientSession.Event] = []
      session.receive(piece.span.bytes, at: now) { event, _ in events.append(event) }
      for event in events { judge(event) }
      settle()
    }
  }

  private mutating func judge(_ event: ClientSession.Event) {
    require(!isOver, "\(event) after the end")
    switch event {
    case .welcome:
      require(!isWelcomed, "a second WELCOME")
      isWelcomed = true
    case .response(let call):
      require(openCalls.removeValue(forKey: call) == false, "a response to call \(call)")
      require(!cancelled.contains(call), "a response to a cancelled call")
    case .item(let call):
      require(openCalls[call] == true && !cancelled.contains(call), "an item of call \(call)")
    case .status(let call, let status):
      guard let isStream = openCalls.removeValue(forKey: call) else {
        violated("a status of call \(call), which is not open")
      }
      require(isStream || status.code != .ok, "a call ended well, without a response")
    case .notice, .pong: break
    case .goingAway, .violation: isOver = true
    }
  }

  private mutating func settle() {
    require(session.partial.count < 16 + 65_536, "\(session.partial.count) bytes are kept")
    require((session.phase == .ended) == isOver, "over: \(isOver), but \(session.phase)")
    require((session.phase == .open) == (isWelcomed && !isOver), "open without WELCOME")
    session.output.removeAll()
    guard !isOver else { return }
    // A cancelled call that has been answered is forgotten without a word.
    let known = Set(session.calls.map(\.id))
    openCalls = openCalls.filter { known.contains($0.key) || !cancelled.contains($0.key) }
    require(Set(openCalls.keys) == known, "calls in flight: \(known), expected \(openCalls.keys)")
  }

  mutating func call(_ choice: UInt8) {
    let method = Method.all.chosen(by: choice)
    let call = session.open(method, payload: [], at: now)
    require((call != nil) == (session.phase == .open), "a call was opened, or not")
    if let call { openCalls[call] = method.isServerStream }
    settle()
  }

  mutating func cancel(_ choice: UInt8) {
    session.cancel(UInt32(choice), at: now)
    if !isOver, openCalls[UInt32(choice)] != nil { cancelled.insert(UInt32(choice)) }
    settle()
  }

  mutating func pass(milliseconds: UInt64) {
    now += milliseconds * 1_000_000
    if session.advance(to: now) == .silent { isOver = true }
    if let due = session.nextDeadline { require(due > now, "nothing was due, and yet it is") }
    settle()
  }
}
