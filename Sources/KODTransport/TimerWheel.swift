/// Names a timer until it expires or is cancelled; a handle of the past names nothing.
public struct TimerHandle: Hashable, Sendable {
  @usableFromInline let index: UInt32
  @usableFromInline let generation: UInt32

  @inlinable init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }
}

/// Deadlines of many things, each added and cancelled in constant time; one owner thread.
///
/// A hashed wheel: slot = deadline / resolution, modulo the number of slots; each slot is a list
/// through one array of nodes. Nodes are reused, so nothing is allocated once the array has grown
/// to the largest number of timers. A timer further away than one turn waits in its slot and is
/// passed over once per turn.
///
/// A timer never expires before its deadline; it does at the first call whose `now` has reached the
/// deadline rounded up to the resolution. Milliseconds are of whatever monotonic clock the owner
/// reads: the wheel reads none.
public struct TimerWheel<Token> {
  @usableFromInline struct Node {
    @usableFromInline var token: Token?
    /// Deadline in units of the resolution.
    @usableFromInline var tick: Int64
    @usableFromInline var generation: UInt32 = 0
    /// The list this node is in; `nowhere` = it is free.
    @usableFromInline var list: UInt32
    @usableFromInline var previous: UInt32
    @usableFromInline var next: UInt32

    @inlinable init(token: Token?, tick: Int64, list: UInt32, previous: UInt32, next: UInt32) {
      self.token = token
      self.tick = tick
      self.list = list
      self.previous = previous
      self.next = next
    }
  }

  /// Milliseconds between two ticks.
  public let resolutionMilliseconds: Int64

  @usableFromInline let slotMask: Int64
  // First and last node of each list: the slots, then the list of due ones.
  @usableFromInline var first: [UInt32]
  @usableFromInline var last: [UInt32]
  // One bit per slot that is not empty, so that nextExpiry looks at 64 slots at once.
  @usableFromInline var occupied: [UInt64]
  @usableFromInline var nodes: [Node] = []
  @usableFromInline var freeNode: UInt32
  // Every timer of a tick up to here is in the list of due ones.
  @usableFromInline var sweptTick: Int64
  @usableFromInline var pending = 0

  @inlinable static var nowhere: UInt32 { .max }
  @inlinable var dueList: UInt32 { UInt32(slotMask + 1) }

  /// - Parameters:
  ///   - resolutionMilliseconds: how late a timer may be.
  ///   - slots: a power of two; resolution x slots is one turn, best longer than the usual
  ///     deadline.
  ///   - now: the clock's reading.
  public init(resolutionMilliseconds: Int64 = 20, slots: Int = 4096, now: Int64) {
    precondition(resolutionMilliseconds > 0)
    precondition(slots >= 64 && slots <= 1 << 20 && slots & (slots - 1) == 0)
    self.resolutionMilliseconds = resolutionMilliseconds
    slotMask = Int64(slots - 1)
    first = Array(repeating: .max, count: slots + 1)
    last = first
    occupied = Array(repeating: 0, count: slots / 64)
    freeNode = .max
    sweptTick = now / resolutionMilliseconds
  }

  /// Timers that have neither expired nor been cancelled.
  @inlinable public var count: Int { pending }

  /// Adds a timer; a deadline in the past expires at the next call.
  @inlinable public mutating func schedule(_ token: Token, at milliseconds: Int64) -> TimerHandle {
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: resolutionMilliseconds)
    let tick = rest > 0 ? whole + 1 : whole
    let index: UInt32
    if freeNode != Self.nowhere {
      index = freeNode
      freeNode = nodes[Int(index)].next
      nodes[Int(index)].token = token
      nodes[Int(index)].tick = tick
    } else {
      index = UInt32(nodes.count)
      nodes.append(
        Node(
          token: token, tick: tick, list: Self.nowhere, previous: Self.nowhere, next: Self.nowhere))
    }
    append(index, to: tick <= sweptTick ? dueList : UInt32(tick & slotMask))
    pending += 1
    return TimerHandle(index: index, generation: nodes[Int(index)].generation)
  }

  /// Takes a timer out and returns its token; nil when it has expired or was cancelled before.
  @inlinable @discardableResult
  public mutating func cancel(_ handle: TimerHandle) -> Token? {
    let index = Int(handle.index)
    guard index < nodes.count, nodes[index].generation == handle.generation,
      nodes[index].list != Self.nowhere
    else { return nil }
    unlink(handle.index)
    return release(handle.index)
  }

  /// Takes out one timer that has expired; nil when there is none left. Timers may be added and
  /// cancelled between calls. Earlier ticks come first; within one tick the order is that of
  /// scheduling.
  @inlinable public mutating func popExpired(now milliseconds: Int64) -> Token? {
    sweep(to: milliseconds / resolutionMilliseconds)
    let index = first[Int(dueList)]
    guard index != Self.nowhere else { return nil }
    unlink(index)
    return release(index)
  }

  /// Hands out every timer that has expired; the closure must not touch the wheel
  /// (``popExpired(now:)`` lets it).
  @inlinable public mutating func advance(to milliseconds: Int64, expired: (Token) -> Void) {
    while let token = popExpired(now: milliseconds) { expired(token) }
  }

  /// A moment at which to call again, in milliseconds: never later than the earliest expiry,
  /// earlier only if a timer further away than one turn is in the way. Nil when there are no
  /// timers.
  @inlinable public var nextExpiry: Int64? {
    if pending == 0 { return nil }
    if first[Int(dueList)] != Self.nowhere { return sweptTick * resolutionMilliseconds }
    let start = Int((sweptTick + 1) & slotMask)
    var word = start / 64
    var bits = occupied[word] & (~0 << UInt64(start % 64))
    // One round and the first word once more, for its bits before the start.
    for _ in 0...occupied.count {
      if bits != 0 {
        let slot = Int64(word * 64 + bits.trailingZeroBitCount)
        let distance = (slot - Int64(start)) & slotMask
        return (sweptTick + 1 + distance) * resolutionMilliseconds
      }
      word = (word + 1) % occupied.count
      bits = occupied[word]
    }
    return nil
  }

  // MARK: Lists

  /// Moves the timers of all ticks up to `tick` to the list of due ones.
  @inlinable mutating func sweep(to tick: Int64) {
    if tick <= sweptTick { return }
    // After a long pause every slot is looked at once, not once per turn missed.
    let start = Swift.max(sweptTick, tick - slotMask - 1) + 1
    for passing in start...tick {
      let slot = UInt32(passing & slotMask)
      var index = first[Int(slot)]
      while index != Self.nowhere {
        let next = nodes[Int(index)].next
        if nodes[Int(index)].tick <= tick {
          unlink(index)
          append(index, to: dueList)
        }
        index = next
      }
    }
    sweptTick = tick
  }

  @inlinable mutating func append(_ index: UInt32, to list: UInt32) {
    let tail = last[Int(list)]
    nodes[Int(index)].list = list
    nodes[Int(index)].previous = tail
    nodes[Int(index)].next = Self.nowhere
    if tail == Self.nowhere {
      first[Int(list)] = index
      if list != dueList { occupied[Int(list / 64)] |= 1 << UInt64(list % 64) }
    } else {
      nodes[Int(tail)].next = index
    }
    last[Int(list)] = index
  }

  @inlinable mutating func unlink(_ index: UInt32) {
    let node = nodes[Int(index)]
    if node.previous == Self.nowhere {
      first[Int(node.list)] = node.next
    } else {
      nodes[Int(node.previous)].next = node.next
    }
    if node.next == Self.nowhere {
      last[Int(node.list)] = node.previous
    } else {
      nodes[Int(node.next)].previous = node.previous
    }
    if first[Int(node.list)] == Self.nowhere, node.list != dueList {
      occupied[Int(node.list / 64)] &= ~(1 << UInt64(node.list % 64))
    }
  }

  /// Returns an unlinked node to the free ones; handles to it become things of the past.
  @inlinable mutating func release(_ index: UInt32) -> Token? {
    let token = nodes[Int(index)].token
    nodes[Int(index)].token = nil
    nodes[Int(index)].generation &+= 1
    nodes[Int(index)].list = Self.nowhere
    nodes[Int(index)].next = freeNode
    freeNode = index
    pending -= 1
    return token
  }
}

extension TimerWheel: Sendable where Token: Sendable {}
extension TimerWheel.Node: Sendable where Token: Sendable {}
