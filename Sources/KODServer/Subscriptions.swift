internal import KODEngine

/// Who listens: the open subscription streams of each principal. One principal may listen from several devices.
struct Subscriptions {
  struct Subscriber: Equatable {
    var connection: ConnectionID
    var call: UInt32
  }

  /// Indexed by principal number; most have none or one, which needs no array of its own.
  private enum Slot {
    case none
    case one(Subscriber)
    case several([Subscriber])
  }

  private var slots: [Slot] = []
  private(set) var count = 0

  mutating func insert(_ subscriber: Subscriber, for principal: PrincipalID) {
    let index = Int(principal.number)
    while slots.count <= index { slots.append(.none) }
    switch slots[index] {
    case .none: slots[index] = .one(subscriber)
    case .one(let first): slots[index] = .several([first, subscriber])
    case .several(let others): slots[index] = .several(others + [subscriber])
    }
    count += 1
  }

  /// Does nothing when the connection has no subscription.
  mutating func remove(_ connection: ConnectionID, of principal: PrincipalID) {
    let index = Int(principal.number)
    guard index < slots.count else { return }
    switch slots[index] {
    case .one(let subscriber) where subscriber.connection == connection:
      slots[index] = .none
      count -= 1
    case .several(let subscribers):
      let left = subscribers.filter { $0.connection != connection }
      count -= subscribers.count - left.count
      slots[index] = left.count == 1 ? .one(left[0]) : left.isEmpty ? .none : .several(left)
    default:
      break
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
