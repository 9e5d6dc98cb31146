import Glibc
import KODEngine
import KODTransport
import KODWire
import Testing

@testable import KODServer

@Suite("Slow consumers", .serialized, .timeLimit(.minutes(2))) struct SlowConsumerTests {
  /// Small, so that little has to be pushed.
  private static func limits() -> KODServer.Limits {
    var limits = KODServer.Limits()
    limits.kernelUnsentBytes = 2_048
    limits.pushQueueBytes = 4_096
    limits.lingerMilliseconds = 60_000
    return limits
  }

  private static let receiveBufferBytes: Int32 = 4_096

  /// What a subscription is told, checked to be gapless.
  private final class Subscription {
    let client: RawClient
    private(set) var position: UInt64 = 0
    private(set) var epoch = ""
    private(set) var recovered = false
    private(set) var pushes: [KODWire.Push] = []
    private(set) var collapsed: [PushesCollapsed] = []
    private(set) var farewell: GoingAway?
    /// Of frames of items.
    private(set) var byteCount = 0

    init(_ client: RawClient, after last: (epoch: String, offset: UInt64)? = nil) throws {
      self.client = client
      let request = SubscribeRequest(epoch: last?.epoch ?? "", offset: last?.offset ?? 0)
      client.send(
        .request, call: 1, method: Method.Pushes.subscribe.number, payload: request.encoded())
      position = last?.offset ?? 0
      try read { epoch.isEmpty }
      if !recovered { try read { !isCurrent } }
    }

    private var isCurrent = false

    /// Reads on while `goesOn`, at most to the end.
    func read(while goesOn: () -> Bool) throws {
      while goesOn(), let frame = client.read() {
        guard frame.type == UInt8(FrameType.item.rawValue) else {
          #expect(frame.type == UInt8(FrameType.goingAway.rawValue))
          farewell = try GoingAway(decoding: frame.payload)
          continue
        }
        #expect(farewell == nil)
        byteCount += FrameHeader.byteCount + frame.payload.count
        switch try SubscribeItem(decoding: frame.payload).item {
        case .start(let start):
          epoch = start.epoch
          recovered = start.recovered
          if !recovered { position = start.offset }
        case .push(let push):
          #expect(push.offset == position + 1)
          position = push.offset
          pushes.append(push)
        case .collapsed(let range):
          #expect(range.firstOffset == position + 1)
          #expect(range.lastOffset >= range.firstOffset)
          position = range.lastOffset
          collapsed.append(range)
        case .stateEnd: isCurrent = true
        default: break
        }
      }
    }

    /// Reads up to that offset.
    func read(to offset: UInt64) throws {
      try read { position < offset }
      #expect(position == offset)
    }
  }

  /// Submits requests for help and takes them back: each gives alice, who is the only assister, an offer that opens and
  /// one that closes.
  private final class Pushing {
    let portal: Caller
    /// The newest push of alice.
    private(set) var offset: UInt64
    private var number = 0

    init(_ server: TestServer, from offset: UInt64) throws {
      portal = try Caller(server, "portal")
      self.offset = offset
    }

    func round() throws {
      number += 1
      let referral: Referral = try portal.call(.Intake.submitReferral, submission(number))
      let _: Referral = try portal.call(
        .Intake.cancelReferral, CancelReferralRequest(referralId: referral.referralId))
      offset += 2
    }
  }

  /// What the server logs.
  private final class LogPipe {
    private var ends: [Int32] = [0, 0]
    private var text = ""
    let log: Log

    init() {
      _ = pipe(&ends)
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      log = Log(descriptor: ends[1])
    }

    deinit { for end in ends { close(end) } }

    func contains(_ words: String) -> Bool {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(ends[0], &bytes, bytes.count)
      if count > 0 { text += String(decoding: bytes[..<count], as: UTF8.self) }
      return text.contains(words)
    }
  }

  @Test(
    "1,000 sessions get every push in order while one stalls, which is told why it ends and resumes"
  )
  func stalled() throws {
    let pipe = LogPipe()
    let server = try TestServer(
      [("alice", .assister), ("portal", .intakePartner)], limits: Self.limits(), log: pipe.log)
    let stalled = try Subscription(
      try server.session(of: "alice", receiveBufferBytes: Self.receiveBufferBytes))
    let start = stalled.position
    let scratch = TLSScratch()
    let readers = try (0..<1_000).map { _ in
      try Subscription(try server.session(of: "alice", scratch: scratch))
    }
    let pushing = try Pushing(server, from: readers[0].position)
    #expect(start <= readers[0].position)

    var rounds = 0
    while !pipe.contains("warning session-closed"), rounds < 120 {
      try pushing.round()
      rounds += 1
      if rounds % 20 == 0 { for reader in readers { try reader.read(to: pushing.offset) } }
    }
    #expect(pipe.contains("principal=alice client= reason=SLOW_CONSUMER"))
    // What comes after the end is for those who read, and for who comes back.
    for _ in 0..<3 { try pushing.round() }
    for reader in readers {
      try reader.read(to: pushing.offset)
      #expect(reader.collapsed.isEmpty)
      #expect(reader.pushes.count == Int(pushing.offset - readers[0].pushes[0].offset + 1))
    }

    try stalled.read { true }
    let farewell = try #require(stalled.farewell)
    #expect(farewell.reason == .slowConsumer)
    #expect(farewell.code == .resourceExhausted)
    #expect(!farewell.permanent)
    #expect(farewell.reconnectAfterMs + farewell.reconnectSpreadMs > 0)
    #expect(stalled.client.wasToldTheEnd)
    #expect(stalled.position < pushing.offset)

    let resumed = try Subscription(
      try server.session(of: "alice"), after: (stalled.epoch, stalled.position))
    #expect(resumed.recovered)
    try resumed.read(to: pushing.offset)
    #expect(resumed.collapsed.isEmpty)
    try pushing.round()
    try resumed.read(to: pushing.offset)
  }

  @Test(
    "A reader that is merely slow stays: what was over before it read is collapsed, and nothing else"
  )
  func slow() throws {
    var limits = Self.limits()
    limits.pushQueueBytes = 32_768
    let server = try TestServer(
      [("alice", .assister), ("portal", .intakePartner)], limits: limits)
    let slow = try Subscription(
      try server.session(of: "alice", receiveBufferBytes: Self.receiveBufferBytes))
    let reader = try Subscription(try server.session(of: "alice"))
    let pushing = try Pushing(server, from: reader.position)
    // More than the queue and the kernel take together, so that it is collapsed, and less than what is left of that.
    while reader.byteCount < limits.pushQueueBytes + 20_480 {
      try pushing.round()
      try reader.read(to: pushing.offset)
    }
    try slow.read(to: pushing.offset)
    #expect(slow.farewell == nil)
    #expect(!slow.collapsed.isEmpty)
    let missing = Set(reader.pushes.map(\.offset)).subtracting(slow.pushes.map(\.offset))
    #expect(
      missing.count == slow.collapsed.reduce(0) { $0 + Int($1.lastOffset - $1.firstOffset) + 1 })
    // Only offers that had ended by then are left out.
    for push in reader.pushes where missing.contains(push.offset) {
      guard case .offerOpened = push.body else {
        Issue.record("left out: \(push)")
        continue
      }
    }
    // It is served as before.
    for _ in 0..<3 { try pushing.round() }
    try slow.read(to: pushing.offset)
    #expect(slow.pushes.last?.offset == pushing.offset)
  }

  @Test("The items of a stream that is cancelled while they wait are dropped, and its end is told")
  func cancelled() throws {
    var limits = Self.limits()
    limits.pushQueueBytes = 32_768
    let server = try TestServer(
      [("alice", .assister), ("portal", .intakePartner)], limits: limits)
    let slow = try Subscription(
      try server.session(of: "alice", receiveBufferBytes: Self.receiveBufferBytes))
    let reader = try Subscription(try server.session(of: "alice"))
    let pushing = try Pushing(server, from: reader.position)
    // More than the kernel takes, less than the queue holds.
    while reader.byteCount < 24_576 {
      try pushing.round()
      try reader.read(to: pushing.offset)
    }
    slow.client.send(.cancel, call: 1)
    var end: Status?
    var position = slow.position
    while end == nil, let frame = slow.client.read() {
      if frame.type == UInt8(FrameType.status.rawValue) {
        end = try Status(decoding: frame.payload)
      } else if case .push(let push) = try SubscribeItem(decoding: frame.payload).item {
        position = push.offset
      }
    }
    #expect(end?.reason == .callCancelled)
    try #require(position < pushing.offset)
    // The next subscription of the same session continues where that one was left, as far back as pushes are kept: how
    // many the kernel took before is its own affair.
    position = max(position, pushing.offset - UInt64(EngineLimits.keptPushes))
    slow.client.send(
      .request, call: 2, method: Method.Pushes.subscribe.number,
      payload: SubscribeRequest(epoch: slow.epoch, offset: position).encoded())
    var offsets: [UInt64] = []
    while offsets.last != pushing.offset, let frame = slow.client.read() {
      #expect(frame.call == 2)
      if case .push(let push) = try SubscribeItem(decoding: frame.payload).item {
        offsets.append(push.offset)
      }
    }
    #expect(offsets == Array((position + 1)...pushing.offset))
  }

  @Test("Answers that are not read are bounded as well, and the reason is said behind them")
  func answers() throws {
    var limits = KODServer.Limits()
    limits.kernelUnsentBytes = 2_048
    limits.outputHighWaterBytes = 1 << 20
    limits.outputLimitBytes = 16_384
    limits.lingerMilliseconds = 60_000
    let pipe = LogPipe()
    let server = try TestServer([("alice", .assister)], limits: limits, log: pipe.log)
    let client = try server.session(of: "alice", receiveBufferBytes: Self.receiveBufferBytes)
    var pings = 0
    while !pipe.contains("SLOW_CONSUMER"), pings < 5_000 {
      for _ in 0..<50 { client.send(.ping, payload: [UInt8](repeating: 7, count: 32)) }
      pings += 50
    }
    var pongs = 0
    var farewell: GoingAway?
    while let frame = client.read() {
      #expect(farewell == nil)
      if frame.type == UInt8(FrameType.pong.rawValue) {
        pongs += 1
      } else {
        farewell = try GoingAway(decoding: frame.payload)
      }
    }
    #expect(farewell?.reason == .slowConsumer)
    #expect(pongs < pings)
  }

  @Test("A current state makes no reader slow, however much it is and little the connection takes")
  func currentState() throws {
    let count = 200
    let server = try TestServer([("portal", .intakePartner)], limits: Self.limits()) { state in
      let portal = try #require(state.engine.principal(named: "portal")?.id)
      let county = try #require(County(fips: 21_067))
      for number in 1...count {
        _ = try state.perform(
          .submit(
            portal,
            Submission(
              idempotencyKey: UInt128(number), partnerReference: "r\(number)", helpType: .both,
              language: "en", county: county,
              contact: KODEngine.Contact(name: "Pat", phone: "+15025550100", notes: ""))),
          at: .now())
      }
    }
    let portal = try Caller(
      server, "portal", receiveBufferBytes: Self.receiveBufferBytes)
    let lists = (0..<3).map { _ in
      portal.send(.Intake.listSubmissions, ListSubmissionsRequest(pageSize: 100))
    }
    // Once one answer is here, the others wait for the connection.
    guard case .reply = try portal.answer(to: lists[0], as: ListSubmissionsResponse.self) else {
      Issue.record("no list")
      return
    }
    portal.send(.Pushes.subscribe, SubscribeRequest())
    var referrals: Set<UInt64> = []
    var answers = 1
    var isComplete = false
    while !isComplete || answers < lists.count, let frame = portal.client.read() {
      guard frame.type == UInt8(FrameType.item.rawValue) else {
        #expect(frame.type == UInt8(FrameType.response.rawValue))
        answers += 1
        continue
      }
      switch try SubscribeItem(decoding: frame.payload).item {
      case .openReferral(let referral): referrals.insert(referral.referralId)
      case .stateEnd: isComplete = true
      default: break
      }
    }
    #expect(isComplete)
    #expect(referrals.count == count)
  }
}
