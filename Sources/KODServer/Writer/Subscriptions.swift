internal import KODEngine

/// Who is listening: a call of a connection.
struct Subscriber: Equatable {
  var connection: ConnectionID
  var call: UInt32

  /// Whether this is the call, or, without one, a call of the connection.
  func matches(_ connection: ConnectionID, call: UInt32?) -> Bool {
    self.connection == connection && (call == nil || self.call == call)
  }
}

/// Who listens: the open subscription streams of each principal. One principal may listen from several devices.
struct Subscriptions {
  /// Indexed by principal number; most have none or one, which needs no array of its own.
  private enum Slot {
    case none
    case one(Subscriber)
    case several([Subscriber])
  }

  private var slots: [Slot] = []
  private(set) var count = 0

  /// Returns whether the principal listened to nothing before.
  @discardableResult
  mutating func insert(_ subscriber: Subscriber, for principal: PrincipalID) -> Bool {
    let index = Int(principal.number)
    while slots.count <= index { slots.append(.none) }
    count += 1
    switch slots[index] {
    case .none:
      slots[index] = .one(subscriber)
      return true
    case .one(let first): slots[index] = .several([first, subscriber])
    case .several(let others): slots[index] = .several(others + [subscriber])
    }
    return false
  }

  /// Does nothing when it is not a subscription. Without a call: whichever the connection has.
  ///
  /// - Returns: whether that was the principal's last one.
  @discardableResult
  mutating func remove(
    _ connection: ConnectionID, call: UInt32? = nil, of principal: PrincipalID
  ) -> Bool {
    let index = Int(principal.number)
    guard index < slots.count else { return false }
    switch slots[index] {
    case .one(let subscriber) where subscriber.matches(connection, call: call):
      slots[index] = .none
      count -= 1
      return true
    case .several(let subscribers):
      let left = subscribers.filter { !$0.matches(connection, call: call) }
      count -= subscribers.count - left.count
      slots[index] = left.count == 1 ? .one(left[0]) : left.isEmpty ? .none : .several(left)
      return left.isEmpty
    default:
      return false
    }
  }

  func contains(_ connection: ConnectionID, of principal: PrincipalID) -> Bool {
    var found = false
    forEach(of: principal) { found = found || $0.connection == connection }
    return found
  }

  /// Calls `body` for each subscriber; returns how many there are.
  @discardableResult
  func forEach(of principal: PrincipalID, _ body: (Subscriber) -> Void) -> Int {
    let index = Int(principal.number)
    guard index < slots.count else { return 0 }
    switch slots[index] {
    case .none: return 0
    case .one(let subscriber):
      body(subscriber)
      return 1
    case .several(let subscribers):
      subscribers.forEach(body)
      return subscribers.count
    }
  }
}
