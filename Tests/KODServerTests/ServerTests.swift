import Glibc
import KODEngine
import KODTransport
import KODWire
import Testing

@testable import KODServer

@Suite("The server over TLS", .serialized, .timeLimit(.minutes(2)))
struct ServerTests {
  private static func submission(_ number: Int) -> SubmitReferralRequest {
    var key = [UInt8](repeating: 0, count: 16)
    withUnsafeBytes(of: number) { for (index, byte) in $0.enumerated() { key[index] = byte } }
    return SubmitReferralRequest(
      idempotencyKey: key, partnerReference: "r\(number)", helpType: .both, language: "en",
      county: 21067, contact: Contact(name: "Pat Doe", phone: "+15025550100"))
  }

  @Test("Frames may arrive byte by byte, or many at once: the answers are the same")
  func fragmentation() throws {
    let server = try TestServer([("alice", .assister)])
    let slow = try server.session(of: "alice")
    var writer = ByteWriter()
    writer.appendFrame(
      type: .request, call: 1, method: Method.Assisters.getStanding.number,
      payload: GetStandingRequest())
    for byte in writer.bytes { slow.send([byte]) }
    let answer = try #require(slow.read())
    #expect(answer.type == UInt8(FrameType.response.rawValue))

    let fast = try server.session(of: "alice")
    var batch: [UInt8] = []
    for call: UInt32 in 1...50 {
      var writer = ByteWriter()
      writer.appendFrame(
        type: .request, call: call, method: Method.Assisters.getStanding.number,
        payload: GetStandingRequest())
      batch += writer.bytes
    }
    fast.send(batch)
    for call: UInt32 in 1...50 {
      let frame = try #require(fast.read())
      #expect(frame.call == call)
      #expect(frame.payload == answer.payload)
    }
  }

  @Test("A segment that can't be made ahead is tried again in a while, not at once")
  func noRoomForSegment() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let server = try TestServer([("alice", .assister)], log: Log(descriptor: ends[1]))
    // Open files stay usable, new ones can't be made: what a full disk is like.
    #expect(rename("\(server.data)/log", "\(server.data)/log.gone") == 0)
    let client = try server.session(of: "alice")
    usleep(300_000)
    client.send(.ping, payload: [])
    #expect(client.read()?.type == UInt8(FrameType.pong.rawValue))
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = read(ends[0], &bytes, bytes.count)
    let lines = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n")
    #expect(lines.count { $0.contains("job-failed job=segment") } == 1)
    #expect(rename("\(server.data)/log.gone", "\(server.data)/log") == 0)
  }

  @Test("A frame over the limit ends the connection after GOING_AWAY, though more bytes follow it")
  func lingering() throws {
    let server = try TestServer([("alice", .assister)])
    let client = try server.session(of: "alice")
    var writer = ByteWriter()
    FrameHeader(payloadBytes: 65_537, type: .request, method: 0x0203, call: 1).encode(to: &writer)
    client.send(writer.bytes)
    for _ in 0..<8 { client.send([UInt8](repeating: 1, count: 16_000)) }
    let frame = try #require(client.read())
    #expect(frame.type == UInt8(FrameType.goingAway.rawValue))
    let message = try GoingAway(decoding: frame.payload)
    #expect(message.reason == .frameTooLarge)
    #expect(client.read() == nil)
  }

  @Test(
    "Sessions up to the limit are served, the next is told SESSION_LIMIT, and a leaver makes room")
  func sessionLimit() throws {
    var limits = KODServer.Limits()
    limits.maximumSessionsPerLoop = 1
    let server = try TestServer([("alice", .assister)], limits: limits)
    var served: [RawClient] = []
    var refused = 0
    // The kernel spreads connections over the two loops as it likes.
    for _ in 0..<40 {
      let client = try server.connect()
      let hello = Hello(minimumVersion: 1, maximumVersion: 1, token: server.tokens["alice"] ?? "")
      client.send(.hello, payload: hello.encoded())
      let frame = try #require(client.read())
      if frame.type == UInt8(FrameType.welcome.rawValue) {
        served.append(client)
      } else {
        let message = try GoingAway(decoding: frame.payload)
        #expect(message.reason == .sessionLimit)
        #expect(!message.permanent)
        #expect(message.reconnectAfterMs == 1_000 && message.reconnectSpreadMs == 4_000)
        refused += 1
      }
    }
    #expect(served.count == 2)
    #expect(refused == 38)
    served.removeAll()
    for _ in 0..<100 {
      if (try? server.session(of: "alice")) != nil { return }
      usleep(20_000)
    }
    Issue.record("a place that became free was not given again")
  }

  @Test(
    "A subscription's first push follows its position: what was pushed before belongs to the past")
  func position() throws {
    let server = try TestServer([("alice", .assister), ("portal", .intakePartner)])
    let alice = try server.session(of: "alice")
    alice.send(
      .request, call: 1, method: Method.Pushes.subscribe.number,
      payload: SubscribeRequest().encoded())
    var items: [SubscribeItem] = []
    while items.last?.item != .stateEnd(StateEnd()) {
      items.append(try SubscribeItem(decoding: try #require(alice.read()).payload))
    }
    guard case .start(let start) = items[0].item else {
      Issue.record("the first item is \(items[0])")
      return
    }
    // Her registration and that she is available were pushed before anybody listened.
    #expect(start.offset == 2)
    let portal = try server.session(of: "portal")
    portal.send(
      .request, call: 1, method: Method.Intake.submitReferral.number,
      payload: Self.submission(1).encoded())
    let item = try SubscribeItem(decoding: try #require(alice.read()).payload)
    guard case .push(let push) = item.item else {
      Issue.record("no push: \(item)")
      return
    }
    #expect(push.offset == start.offset + 1)
  }

  @Test(
    "A snapshot bounds the replay: a restart begins from it and finds everything"
  )
  func snapshot() throws {
    let server = try TestServer(
      [("alice", .assister), ("portal", .intakePartner)], segmentBytes: 16_384,
      snapshotEveryBytes: 32_768)
    let portal = try server.session(of: "portal")
    var call: UInt32 = 0
    func submit() throws {
      call += 1
      portal.send(
        .request, call: call, method: Method.Intake.submitReferral.number,
        payload: Self.submission(Int(call)).encoded())
      let frame = try #require(portal.read())
      #expect(frame.type == UInt8(FrameType.response.rawValue))
    }
    func snapshots() -> Int { glob("\(server.data)/snapshot/*.snapshot") }
    for _ in 0..<500 { try submit() }
    for _ in 0..<200 where snapshots() == 0 {
      try submit()
      usleep(5_000)
    }
    #expect(snapshots() > 0)
    server.server.stop()

    let state = try reopened(server)
    #expect(state.journal.recovery.snapshotSequence != nil)
    #expect(state.journal.recovery.recordsReplayed < UInt64(call))
    #expect(state.engine.counts.referrals == Int(call))
    #expect(state.engine.referral(ReferralID(1))?.contact.name == "Pat Doe")
    #expect(state.engine.referral(ReferralID(UInt64(call)))?.partnerReference == "r\(call)")
  }

  private func glob(_ pattern: String) -> Int {
    var found = glob_t()
    defer { globfree(&found) }
    return Glibc.glob(pattern, 0, nil, &found) == 0 ? Int(found.gl_pathc) : 0
  }

  @Test("However a client takes its leave, TLS is closed from both ends", arguments: [true, false])
  func leaving(saysGoodbye: Bool) throws {
    let server = try TestServer([("alice", .assister)])
    let client = try server.session(of: "alice")
    if saysGoodbye {
      client.send(.goingAway, payload: GoingAway(code: .ok).encoded())
      #expect(client.read()?.type == UInt8(FrameType.goingAway.rawValue))
    } else {
      client.close()
    }
    #expect(client.read() == nil)
    #expect(client.wasToldTheEnd)
  }

  @Test("Clients that disappear at any point leave nothing behind")
  func disappearing() throws {
    let server = try TestServer([("alice", .assister), ("olive", .operator)])
    for round in 0..<60 {
      switch round % 4 {
      case 0:
        let descriptor = try Socket.connect(host: "127.0.0.1", port: server.server.port)
        Socket.close(descriptor)
      case 1:
        _ = try server.connect()
      case 2:
        let client = try server.session(of: "alice")
        client.send(
          .request, call: 1, method: Method.Pushes.subscribe.number,
          payload: SubscribeRequest().encoded())
      default:
        let client = try server.session(of: "alice")
        client.send([0, 0, 0, 9, 3])
      }
    }
    let olive = try server.session(of: "olive")
    var call: UInt32 = 0
    for _ in 0..<200 {
      call += 1
      olive.send(
        .request, call: call, method: Method.Operations.getServerStatus.number,
        payload: GetServerStatusRequest().encoded())
      let status = try ServerStatus(decoding: try #require(olive.read()).payload)
      if status.sessions == 1, status.subscriptions == 0 { return }
      usleep(10_000)
    }
    Issue.record("sessions or subscriptions were left behind")
  }

  @Test("A stopping server tells its clients when to come back, and answers what is in flight")
  func stopping() throws {
    var limits = KODServer.Limits()
    limits.lingerMilliseconds = 100
    let server = try TestServer([("alice", .assister)], limits: limits)
    let client = try server.session(of: "alice")
    client.send(
      .request, call: 1, method: Method.Assisters.getStanding.number,
      payload: GetStandingRequest().encoded())
    let server2 = server.server
    let thread = try OSThread.spawn(name: "stop") { [stop = Stopper(server2)] in stop.run() }
    let answer = try #require(client.read())
    #expect(answer.type == UInt8(FrameType.response.rawValue))
    let farewell = try #require(client.read())
    let message = try GoingAway(decoding: farewell.payload)
    #expect(message.reason == .serverStopping)
    #expect(message.code == .unavailable)
    // One session comes back: the least spread will do.
    #expect(message.reconnectAfterMs == 200 && message.reconnectSpreadMs == 800)
    #expect(!message.permanent)
    #expect(client.read() == nil)
    thread.join()
  }

  /// Unchecked: the test waits for the thread before it lets go of the server.
  private final class Stopper: @unchecked Sendable {
    private let server: Server
    init(_ server: Server) { self.server = server }
    func run() { server.stop() }
  }
}
