import KODEngine
import KODWire
import TestSupport
import Testing

@testable import KODServer

@Suite("The queue of a connection that does not take bytes") struct PushQueueTests {
  /// A frame of a subscription, with a number to know it by.
  private static func frame(_ tag: PushTag, call: UInt32 = 1, serial: UInt32 = 0) -> [UInt8] {
    let push = KODWire.Push(
      offset: tag.offset, atUs: 1, body: .policyChanged(PolicyChanged(version: serial)))
    return frame(SubscribeItem(item: .push(push)), call: call)
  }

  private static func frame(_ item: some WireMessage, call: UInt32) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendFrame(type: .item, call: call, payload: item)
    return writer.bytes
  }

  /// All that the bytes have, in order.
  private static func items(_ bytes: [UInt8]) throws -> [(call: UInt32, item: SubscribeItem.Item)] {
    var items: [(call: UInt32, item: SubscribeItem.Item)] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let all = Array(rest)
      guard
        case .frame(let header) = FrameDecoder.next(
          in: all.span.bytes, maximumPayloadBytes: 65_536)
      else { throw StartError("not a whole frame") }
      let payload = Array(all[FrameHeader.byteCount..<header.frameBytes])
      items.append((header.call, try #require(try SubscribeItem(decoding: payload).item)))
      rest = rest.dropFirst(header.frameBytes)
    }
    return items
  }

  private static func takeAll(_ queue: inout PushQueue) throws -> [SubscribeItem.Item] {
    var bytes: [UInt8] = []
    while !queue.isEmpty { queue.takeFront(atMost: 100) { bytes += $0 } }
    return try items(bytes).map(\.item)
  }

  /// What is left of those pushes at that instant: offsets, and the ranges in between.
  private static func collapsed(_ pushes: [PushTag], at now: Int64 = 0) throws -> [String] {
    var queue = PushQueue()
    for (index, var tag) in pushes.enumerated() {
      tag.offset = UInt64(index + 1)
      let frame = Self.frame(tag)
      frame.withUnsafeBytes { queue.append($0, call: 1, tag: tag) }
    }
    queue.collapse(at: Instant(microseconds: now))
    return try takeAll(&queue).map { item in
      switch item {
      case .push(let push): "\(push.offset)"
      case .collapsed(let range): "\(range.firstOffset)-\(range.lastOffset)"
      default: "?"
      }
    }
  }

  private static func push(
    _ topic: PushTag.Topic, _ subject: UInt64 = 0, until: Int64 = .max
  ) -> PushTag {
    PushTag(
      offset: 0, subject: subject, usefulUntil: Instant(microseconds: until), topic: topic)
  }

  @Test("An offer whose end is in the queue need not be told, nor its reminders; its end is")
  func offerClosed() throws {
    let left = try Self.collapsed([
      Self.push(.offerOpened, 7), Self.push(.offerOpened, 8), Self.push(.offerReminder, 7),
      Self.push(.offerClosed, 7), Self.push(.offerReminder, 8),
    ])
    #expect(left == ["1-1", "2", "3-3", "4", "5"])
  }

  @Test(
    "At its deadline an offer is of no use, and a microsecond before it is", arguments: [99, 100])
  func deadline(now: Int64) throws {
    let left = try Self.collapsed(
      [
        Self.push(.offerOpened, 7, until: 100), Self.push(.offerReminder, 7, until: 100),
        Self.push(.offerOpened, 8),
      ], at: now)
    #expect(left == (now == 100 ? ["1-2", "3"] : ["1", "2", "3"]))
  }

  @Test(
    "A later word replaces the earlier ones on the same subject, and no other",
    arguments: [
      PushTag.Topic.offerReminder, .availability, .policy, .referralUpdate, .assignmentReminder,
    ])
  func replaced(topic: PushTag.Topic) throws {
    let left = try Self.collapsed([
      Self.push(topic, 1), Self.push(topic, 1), Self.push(topic, 2), Self.push(topic, 1),
    ])
    #expect(left == ["1-2", "3", "4"])
  }

  @Test(
    "What nothing later replaces stays",
    arguments: [
      PushTag.Topic.lasting, .offerClosed, .assignmentEnded, .promiseMissed, .offerOpened,
    ])
  func lasting(topic: PushTag.Topic) throws {
    let left = try Self.collapsed([Self.push(topic, 1), Self.push(topic, 1)])
    #expect(left == ["1", "2"])
  }

  @Test("A missed promise replaces earlier updates of its referral, and stays before later ones")
  func promise() throws {
    let left = try Self.collapsed([
      Self.push(.referralUpdate, 1), Self.push(.promiseMissed, 1), Self.push(.referralUpdate, 1),
      Self.push(.referralUpdate, 1),
    ])
    #expect(left == ["1-1", "2", "3-3", "4"])
  }

  @Test("Reminders of work that has ended are of no use; those of work that began again are")
  func work() throws {
    let left = try Self.collapsed([
      Self.push(.assignmentReminder, 1), Self.push(.assignmentEnded, 1), Self.push(.lasting),
      Self.push(.assignmentReminder, 1),
    ])
    #expect(left == ["1-1", "2", "3", "4"])
  }

  @Test("Ranges side by side become one, also those of an earlier collapse")
  func merging() throws {
    var queue = PushQueue()
    for offset in 1...9 as ClosedRange<UInt64> {
      var tag = Self.push(.availability)
      tag.offset = offset
      Self.frame(tag).withUnsafeBytes { queue.append($0, call: 1, tag: tag) }
      queue.collapse(at: Instant(microseconds: 0))
    }
    let items = try Self.takeAll(&queue)
    #expect(items.count == 2)
    #expect(items.first == .collapsed(PushesCollapsed(firstOffset: 1, lastOffset: 8)))
  }

  @Test("A call that is over takes its items along, and leaves the others as they are")
  func removal() throws {
    var queue = PushQueue()
    for offset in 1...4 as ClosedRange<UInt64> {
      var tag = Self.push(.lasting)
      tag.offset = offset
      let call = UInt32(offset % 2)
      Self.frame(tag, call: call).withUnsafeBytes {
        queue.append($0, call: call, tag: tag, isBounded: call == 0)
      }
    }
    let all = queue.byteCount
    #expect(queue.limitedBytes == all / 2)
    queue.removeAll(of: 0)
    #expect(queue.byteCount == all / 2)
    #expect(queue.limitedBytes == all / 2)
    let offsets = try Self.takeAll(&queue).map { item in
      if case .push(let push) = item { push.offset } else { 0 as UInt64 }
    }
    #expect(offsets == [1, 3])
    #expect(queue.byteCount == 0)
  }

  @Test("The limit may be reached; past it a collapse must leave an eighth free")
  func limit() throws {
    let now = Instant(microseconds: 0)
    func queue(lasting: Int, useless: Int) -> PushQueue {
      var queue = PushQueue()
      let topics =
        [PushTag.Topic](repeating: .lasting, count: lasting)
        + [PushTag.Topic](repeating: .availability, count: useless)
      for (index, topic) in topics.enumerated() {
        var tag = Self.push(topic)
        tag.offset = UInt64(index + 1)
        Self.frame(tag).withUnsafeBytes { queue.append($0, call: 1, tag: tag) }
      }
      return queue
    }
    var full = queue(lasting: 40, useless: 0)
    let atLimit = full.fits(full.byteCount, at: now)
    #expect(atLimit)
    let before = full.byteCount
    let pastLimit = full.fits(full.byteCount - 1, at: now)
    #expect(!pastLimit)
    #expect(full.byteCount == before)

    // How many bytes a collapse leaves, and whether that is little enough.
    var measured = queue(lasting: 40, useless: 40)
    measured.collapse(at: now)
    let left = measured.byteCount
    var helped = queue(lasting: 40, useless: 40)
    // The smallest limit of which seven eighths are enough.
    let limit = try #require((left...left * 2).first { $0 - $0 / 8 >= left })
    let isHelped = helped.fits(limit, at: now)
    #expect(isHelped)
    var barely = queue(lasting: 40, useless: 40)
    let isBarely = barely.fits(limit - 1, at: now)
    #expect(!isBarely)
  }

  @Test("Items that are bounded otherwise, such as notices, do not count towards the limit")
  func bounded() {
    var queue = PushQueue()
    let frame = Self.frame(NoticeItem(item: .stateEnd(StateEnd())), call: 2)
    for _ in 0..<10 { frame.withUnsafeBytes { queue.append($0, call: 2, isBounded: true) } }
    let fits = queue.fits(0, at: Instant(microseconds: 0))
    #expect(fits)
    queue.takeFront(atMost: 1) { #expect($0.count == frame.count) }
    #expect(queue.byteCount == frame.count * 9)
    #expect(queue.limitedBytes == 0)
    frame.withUnsafeBytes { queue.append($0, call: 2) }
    #expect(queue.limitedBytes == frame.count)
    let overfits = queue.fits(frame.count - 1, at: Instant(microseconds: 0))
    #expect(!overfits)
  }

  @Test("A range is shorter than the shortest push that it stands for, at any offset")
  func rangesAreShort() {
    for shift in 0..<64 {
      let offset: UInt64 = 1 << UInt64(shift)
      let push = SubscribeItem(
        item: .push(
          KODWire.Push(offset: offset, atUs: 1 << 50, body: .policyChanged(PolicyChanged()))))
      let range = SubscribeItem(
        item: .collapsed(PushesCollapsed(firstOffset: offset, lastOffset: offset)))
      #expect(Self.frame(range, call: 1).count <= Self.frame(push, call: 1).count)
    }
  }

  // MARK: Against a simple model

  /// One that waits, in the model.
  private struct Waiting {
    var call: UInt32
    var serial: UInt32
    /// Nil: no push.
    var tag: PushTag?
  }

  /// The rules as they are written down, each looked up in all that comes later.
  private static func isUseless(_ index: Int, of all: [Waiting], at now: Instant) -> Bool {
    guard let tag = all[index].tag else { return false }
    func isFollowed(by topics: PushTag.Topic...) -> Bool {
      all[(index + 1)...].contains {
        $0.tag.map { $0.subject == tag.subject && topics.contains($0.topic) } ?? false
      }
    }
    switch tag.topic {
    case .offerOpened: return tag.usefulUntil <= now || isFollowed(by: .offerClosed)
    case .offerReminder:
      return tag.usefulUntil <= now || isFollowed(by: .offerClosed, .offerReminder)
    case .availability: return isFollowed(by: .availability)
    case .policy: return isFollowed(by: .policy)
    case .referralUpdate: return isFollowed(by: .referralUpdate, .promiseMissed)
    case .assignmentReminder: return isFollowed(by: .assignmentReminder, .assignmentEnded)
    case .lasting, .offerClosed, .promiseMissed, .assignmentEnded: return false
    }
  }

  @Test(
    "Whatever comes, waits and is collapsed: offsets stay gapless, and what is of use arrives",
    arguments: 1...60)
  func model(seed: Int) throws {
    var random = SeededNumbers(state: UInt64(seed))
    var queue = PushQueue()
    var waiting: [Waiting] = []
    var everSaid: [PushTag] = []
    var arrived: [PushTag] = []
    var plainSent: [UInt32] = []
    var plainArrived: [UInt32] = []
    /// What each subscription is at.
    var next: UInt64 = 1
    var now = Instant(microseconds: 0)
    var serial: UInt32 = 0

    func take(_ budget: Int) throws {
      var bytes: [UInt8] = []
      queue.takeFront(atMost: budget) { bytes += $0 }
      let items = try Self.items(bytes)
      #expect(bytes.count <= budget || items.count == 1)
      for (call, item) in items {
        switch item {
        case .push(let push):
          #expect(push.offset == next)
          next = push.offset + 1
          let first = waiting.removeFirst()
          #expect(first.call == call)
          #expect(.policyChanged(PolicyChanged(version: first.serial)) == push.body)
          arrived.append(try #require(first.tag))
        case .collapsed(let range):
          #expect(range.firstOffset == next)
          #expect(range.lastOffset >= range.firstOffset)
          next = range.lastOffset + 1
        case .start(let start):
          #expect(waiting.removeFirst().tag == nil)
          plainArrived.append(UInt32(start.offset))
        default: Issue.record("\(item)")
        }
      }
    }

    var offset: UInt64 = 0
    for _ in 0..<400 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let before = queue.byteCount
        queue.collapse(at: now)
        #expect(queue.byteCount <= before)
        let kept = waiting.indices.filter { !Self.isUseless($0, of: waiting, at: now) }
        waiting = kept.map { waiting[$0] }
      case 1: try take(Int.random(in: 1...300, using: &random))
      case 2: now = Instant(microseconds: now.microseconds + 5)
      case 3:
        serial += 1
        plainSent.append(serial)
        let item = SubscribeItem(
          item: .start(SubscriptionStart(offset: UInt64(serial))))
        Self.frame(item, call: 2).withUnsafeBytes { queue.append($0, call: 2) }
        waiting.append(Waiting(call: 2, serial: serial))
      default:
        serial += 1
        offset += 1
        let tag = PushTag(
          offset: offset, subject: UInt64.random(in: 1...3, using: &random),
          usefulUntil: Bool.random(using: &random)
            ? .distantFuture : Instant(microseconds: now.microseconds + 20),
          topic: PushTag.Topic(rawValue: UInt8.random(in: 0...9, using: &random))!)
        // Only offers end by themselves.
        var said = tag
        if tag.topic != .offerOpened, tag.topic != .offerReminder {
          said.usefulUntil = .distantFuture
        }
        everSaid.append(said)
        Self.frame(said, serial: serial).withUnsafeBytes { queue.append($0, call: 1, tag: said) }
        waiting.append(Waiting(call: 1, serial: serial, tag: said))
      }
    }
    while !queue.isEmpty { try take(200) }
    #expect(waiting.isEmpty)
    #expect(next == offset + 1)
    #expect(plainArrived == plainSent)
    // The last word on everything has arrived.
    for topic in [PushTag.Topic.offerClosed, .availability, .policy, .assignmentEnded, .lasting] {
      for subject in 1...3 as ClosedRange<UInt64> {
        let last = everSaid.last { $0.topic == topic && $0.subject == subject }
        if let last { #expect(arrived.contains(last)) }
      }
    }
    for subject in 1...3 as ClosedRange<UInt64> {
      let last = everSaid.last {
        ($0.topic == .referralUpdate || $0.topic == .promiseMissed) && $0.subject == subject
      }
      if let last { #expect(arrived.contains(last)) }
    }
  }
}
