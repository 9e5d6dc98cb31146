internal import KODEngine
internal import KODWire

/// Stream items that wait for a connection whose socket does not take them: whole frames in order, not sealed yet, so
/// that pushes that are of no use any more can still be left out. Pure.
///
/// Invariant: what a client counts stays gapless. Each run of pushes that are left out becomes one `collapsed` item in
/// the same place, which is shorter than any push, so that collapsing never makes a queue longer.
struct PushQueue {
  private struct Element {
    var call: UInt32
    var byteCount: Int32
    var isBounded: Bool
    var content: Content
  }

  private enum Content {
    case plain
    case push(PushTag)
    /// Stands for pushes that were left out.
    case collapsed(first: UInt64, last: UInt64)
  }

  private var elements: [Element] = []
  private var bytes: [UInt8] = []
  /// Where the first that has not left begins, in each.
  private var firstElement = 0
  private var firstByte = 0
  private var boundedBytes = 0

  var isEmpty: Bool { firstElement == elements.count }
  /// Frames, with their headers.
  var byteCount: Int { bytes.count - firstByte }
  /// Those that the queue's limit is for.
  var limitedBytes: Int { byteCount - boundedBytes }

  /// - Parameters:
  ///   - frame: one whole frame.
  ///   - tag: of a push.
  ///   - isBounded: one of a number that is bounded otherwise: it does not count towards the limit.
  mutating func append(
    _ frame: UnsafeRawBufferPointer, call: UInt32, tag: PushTag? = nil, isBounded: Bool = false
  ) {
    giveUpFront()
    elements.append(
      Element(
        call: call, byteCount: Int32(frame.count), isBounded: isBounded,
        content: tag.map { .push($0) } ?? .plain))
    bytes.append(contentsOf: frame)
    if isBounded { boundedBytes += frame.count }
  }

  /// The frames at the front, whole ones, as many as have so many bytes together; at least one. They leave the queue.
  mutating func takeFront(atMost budget: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard !isEmpty else { return }
    var count = 0
    var end = firstElement
    while end < elements.count,
      end == firstElement || count + Int(elements[end].byteCount) <= budget
    {
      count += Int(elements[end].byteCount)
      if elements[end].isBounded { boundedBytes -= Int(elements[end].byteCount) }
      end += 1
    }
    bytes.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[firstByte..<firstByte + count]))
    }
    firstElement = end
    firstByte += count
    if isEmpty { self = PushQueue() }
  }

  /// The call is over for the client, which waits for nothing of it any more.
  mutating func removeAll(of call: UInt32) {
    guard !isEmpty else { return }
    self = rebuilt { elements[$0].call == call ? .leaveOut : .keep }
  }

  /// Collapses if there is more than the limit.
  ///
  /// - Returns: false when that does not help: an eighth of the limit must be free afterwards. Else each further push
  ///   would be paid with looking at all that wait.
  mutating func fits(_ limit: Int, at now: Instant) -> Bool {
    guard limitedBytes > limit else { return true }
    collapse(at: now)
    return limitedBytes <= limit - limit / 8
  }

  /// Leaves out every push that is of no use any more.
  mutating func collapse(at now: Instant) {
    let isUseless = useless(at: now)
    self = rebuilt { isUseless[$0 - firstElement] ? .collapse : .keep }
  }

  // MARK: What is of use

  /// A topic with its subject, about which something later was found.
  private struct Word: Hashable {
    var topic: PushTag.Topic
    var subject: UInt64
  }

  /// For each element that waits. From the last to the first, so that what comes later is known: each costs one look.
  private func useless(at now: Instant) -> [Bool] {
    var isUseless = [Bool](repeating: false, count: elements.count - firstElement)
    var later: Set<Word> = []
    for index in stride(from: elements.count - 1, through: firstElement, by: -1) {
      guard case .push(let tag) = elements[index].content else { continue }
      isUseless[index - firstElement] =
        now >= tag.usefulUntil
        || tag.topic.isReplaced { later.contains(Word(topic: $0, subject: tag.subject)) }
      if let word = tag.topic.said { later.insert(Word(topic: word, subject: tag.subject)) }
    }
    return isUseless
  }

  // MARK: Rebuilding

  private enum Fate { case keep, leaveOut, collapse }

  private func rebuilt(_ fate: (_ index: Int) -> Fate) -> PushQueue {
    var rebuilt = PushQueue()
    rebuilt.elements.reserveCapacity(elements.count - firstElement)
    rebuilt.bytes.reserveCapacity(byteCount)
    /// Pushes left out that nothing stands for yet.
    var gap: (call: UInt32, first: UInt64, last: UInt64)?
    func widen(_ call: UInt32, _ first: UInt64, _ last: UInt64) {
      if let known = gap, known.call == call, known.last + 1 == first {
        gap = (call, known.first, last)
      } else {
        if let known = gap { rebuilt.appendCollapsed(known) }
        gap = (call, first, last)
      }
    }
    var start = firstByte
    for index in firstElement..<elements.count {
      let element = elements[index]
      let end = start + Int(element.byteCount)
      defer { start = end }
      switch (fate(index), element.content) {
      case (.leaveOut, _): break
      case (.keep, .collapsed(let first, let last)), (.collapse, .collapsed(let first, let last)):
        widen(element.call, first, last)
      case (.collapse, .push(let tag)): widen(element.call, tag.offset, tag.offset)
      case (.keep, _), (.collapse, .plain):
        if let known = gap { rebuilt.appendCollapsed(known) }
        gap = nil
        rebuilt.elements.append(element)
        rebuilt.bytes.append(contentsOf: bytes[start..<end])
        if element.isBounded { rebuilt.boundedBytes += Int(element.byteCount) }
      }
    }
    if let known = gap { rebuilt.appendCollapsed(known) }
    return rebuilt
  }

  private mutating func appendCollapsed(_ gap: (call: UInt32, first: UInt64, last: UInt64)) {
    var writer = ByteWriter(minimumCapacity: 64)
    let item = SubscribeItem(
      item: .collapsed(PushesCollapsed(firstOffset: gap.first, lastOffset: gap.last)))
    writer.appendFrame(type: .item, call: gap.call, payload: item)
    elements.append(
      Element(
        call: gap.call, byteCount: Int32(writer.count), isBounded: false,
        content: .collapsed(first: gap.first, last: gap.last)))
    writer.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Gives up the room of what has left, once that is most of it: each byte moves once on average.
  private mutating func giveUpFront() {
    guard firstByte > bytes.count / 2 else { return }
    elements.removeFirst(firstElement)
    bytes.removeFirst(firstByte)
    (firstElement, firstByte) = (0, 0)
  }
}

extension PushTag.Topic {
  /// What a push says to earlier ones of its subject; nil: nothing.
  fileprivate var said: PushTag.Topic? {
    switch self {
    case .lasting, .offerOpened: nil
    case .promiseMissed: .referralUpdate
    default: self
    }
  }

  /// - Parameter isSaid: whether there is a later word of this topic on the same subject.
  fileprivate func isReplaced(_ isSaid: (PushTag.Topic) -> Bool) -> Bool {
    switch self {
    case .lasting, .offerClosed, .promiseMissed, .assignmentEnded: false
    case .offerOpened: isSaid(.offerClosed)
    case .offerReminder: isSaid(.offerReminder) || isSaid(.offerClosed)
    case .availability: isSaid(.availability)
    case .policy: isSaid(.policy)
    case .referralUpdate: isSaid(.referralUpdate)
    case .assignmentReminder: isSaid(.assignmentReminder) || isSaid(.assignmentEnded)
    }
  }
}
