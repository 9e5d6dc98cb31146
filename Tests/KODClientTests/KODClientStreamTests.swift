import KODWire
import Testing

@testable import KODClient

@Suite("KODClient over TLS: notices and simulations", .timeLimit(.minutes(2)))
struct KODClientStreamTests {
  private static func frame(_ call: UInt32, _ item: NoticeItem.Item?) -> [UInt8] {
    Frames.bytes { $0.appendFrame(type: .item, call: call, payload: NoticeItem(item: item)) }
  }

  private static func notice(_ call: UInt32, _ id: UInt64) -> [UInt8] {
    frame(call, .notice(Notice(noticeId: id, channel: .email, address: "a@example.org")))
  }

  private static func frame(_ call: UInt32, _ item: SimulationItem.Item) -> [UInt8] {
    Frames.bytes { $0.appendFrame(type: .item, call: call, payload: SimulationItem(item: item)) }
  }

  private static func line(_ event: NoticeEvent) -> String? {
    switch event {
    case .notice(let notice): "notice \(notice.noticeId)"
    case .withdrawn(let id): "withdrawn \(id)"
    case .began: "began"
    case .current(let hasMore): hasMore ? "current, and more" : "current"
    case .ended(let error): "ended \(error.reason.name)"
    case .connected, .disconnected: nil
    }
  }

  @Test("R65: notices survive a lost connection: the client subscribes anew, the server repeats")
  func survives() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.welcome()
        let (call, _) = try peer.request(
          .Notices.subscribeNotices, as: SubscribeNoticesRequest.self)
        try peer.send(
          Self.notice(call, 2) + Self.frame(call, .stateEnd(StateEnd()))
            + Self.frame(call, nil) + Self.notice(call, 4))
      },
      { peer in
        try peer.welcome()
        let (call, _) = try peer.request(
          .Notices.subscribeNotices, as: SubscribeNoticesRequest.self)
        try peer.send(
          Self.notice(call, 4) + Self.frame(call, .stateEnd(StateEnd()))
            + Self.frame(call, .withdrawn(NoticeWithdrawn(noticeId: 4))))
        let (answer, request) = try peer.request(
          .Notices.acknowledgeNotice, as: AcknowledgeNoticeRequest.self)
        guard request.state == .noticeSent else { throw ScriptError("\(request)") }
        try peer.send(
          Frames.response(answer, AcknowledgeNoticeResponse(noticeId: 2, state: .noticeSent)))
        try peer.expectFarewell()
      })
    let client = KODClient(try server.configuration())
    var lines: [String] = []
    let stream = client.noticeStream()
    for await event in stream {
      if let line = Self.line(event) { lines.append(line) }
      if lines.count == 8 { break }
    }
    #expect(
      lines == [
        "began", "notice 2", "current", "notice 4", "began", "notice 4", "current", "withdrawn 4",
      ])
    let answer = try await client.acknowledgeNotice(
      AcknowledgeNoticeRequest(noticeId: 2, state: .noticeSent))
    #expect(answer.state == .noticeSent)
    // Until here somebody listens: without, the client would give the stream back.
    withExtendedLifetime(stream) {}
    await client.close()
    try await server.finish()
  }

  @Test("a reader of notices that is too slow loses none")
  func slowReader() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      while case let frame = try peer.next(), frame.header.frameType != .goingAway {
        // Nothing was acknowledged: all twenty are still pending.
        let answer =
          frame.header.frameType == .cancel
          ? Frames.status(frame.header.call, .callCancelled)
          : (1...20).flatMap { Self.notice(frame.header.call, $0) }
        // A client that has what it wants may leave in the middle of it.
        guard (try? peer.send(answer)) != nil else { return }
      }
    })
    let client = KODClient(try server.configuration(events: 3))
    var seen: Set<UInt64> = []
    for await event in client.noticeStream() {
      if case .notice(let notice) = event { seen.insert(notice.noticeId) }
      if seen.count == 20 { break }
    }
    #expect(seen == Set(1...20))
    await client.close()
    try await server.finish()
  }

  @Test("a notifier that may not listen is told so, once")
  func refused() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let (call, _) = try peer.request(
        .Notices.subscribeNotices, as: SubscribeNoticesRequest.self)
      try peer.send(Frames.status(call, .roleNotAllowed))
      try peer.expectFarewell()
    })
    let client = KODClient(try server.configuration())
    var lines: [String] = []
    for await event in client.noticeStream() {
      if let line = Self.line(event) { lines.append(line) }
    }
    #expect(lines == ["began", "ended ROLE_NOT_ALLOWED"])
    await client.close()
    try await server.finish()
  }

  @Test("a simulation tells how far it is, then reports, then ends")
  func simulation() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let (call, request) = try peer.request(
        .Desk.simulatePolicy, as: SimulatePolicyRequest.self)
      guard request.preset == .serial else { throw ScriptError("\(request)") }
      try peer.send(
        Self.frame(call, .progress(SimulationProgress(done: 1, total: 2)))
          + Self.frame(call, .report(SimulationReport(fromUs: 1, toUs: 9)))
          + Frames.status(call, Status(code: .ok)))
      try peer.expectFarewell()
    })
    let client = KODClient(try server.configuration())
    var items: [SimulationItem.Item] = []
    for try await item in client.simulatePolicy(SimulatePolicyRequest(preset: .serial)) {
      items.append(item)
    }
    #expect(
      items == [
        .progress(SimulationProgress(done: 1, total: 2)),
        .report(SimulationReport(fromUs: 1, toUs: 9)),
      ])
    await client.close()
    try await server.finish()
  }

  @Test("a simulation that is refused, or loses its session, throws")
  func simulationFails() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let (first, _) = try peer.request(.Desk.simulatePolicy, as: SimulatePolicyRequest.self)
      try peer.send(Frames.status(first, .rangeTooLong))
      _ = try peer.request(.Desk.simulatePolicy, as: SimulatePolicyRequest.self)
    })
    let client = KODClient(try server.configuration())
    for expected in [Code.outOfRange, .unavailable] {
      do throws(ClientError) {
        for try await item in client.simulatePolicy(SimulatePolicyRequest()) {
          Issue.record("an item: \(item)")
        }
        Issue.record("ended well")
      } catch {
        #expect(error.code == expected)
      }
    }
    try await server.finish()
    await client.close()
  }
}
