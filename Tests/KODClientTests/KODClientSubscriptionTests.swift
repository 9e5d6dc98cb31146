import KODWire
import Testing

@testable import KODClient

@Suite("KODClient over TLS: the subscription", .timeLimit(.minutes(2)))
struct KODClientSubscriptionTests {
  /// Reads until `count` events of pushes, states and positions came; words about the connection
  /// are left out, except refusals.
  static func read(_ subscription: Subscription, _ count: Int) async -> [String] {
    var lines: [String] = []
    guard count > 0 else { return lines }
    for await event in subscription where !event.isAboutConnection {
      lines.append(event.line)
      if lines.count == count { break }
    }
    return lines
  }

  static func expectSubscribe(
    _ peer: inout ScriptedPeer, epoch: String = "", offset: UInt64 = 0
  ) throws -> UInt32 {
    let (call, request) = try peer.request(.Pushes.subscribe, as: SubscribeRequest.self)
    guard request == SubscribeRequest(epoch: epoch, offset: offset) else {
      throw ScriptError("asked for \(request)")
    }
    return call
  }

  @Test(
    "resumes over a lost connection with exactly the gap, and with the state where there is none")
  func resume() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.welcome()
        let call = try Self.expectSubscribe(&peer)
        try peer.send(Frames.emptyState(call, offset: 4) + Frames.push(call, 5))
      },
      { peer in
        try peer.welcome()
        let call = try Self.expectSubscribe(&peer, epoch: "e1", offset: 5)
        try peer.send(
          Frames.start(call, offset: 7, recovered: true) + Frames.push(call, 6)
            + Frames.push(call, 7) + Frames.push(call, 7))
      },
      { peer in
        try peer.welcome()
        let call = try Self.expectSubscribe(&peer, epoch: "e1", offset: 7)
        try peer.send(Frames.emptyState(call, epoch: "e2", offset: 1) + Frames.push(call, 2))
        try peer.expectFarewell()
      })
    let client = KODClient(try server.configuration())
    let lines = await Self.read(client.subscribe(), 9)
    #expect(
      lines == [
        "position e1 4", "state, 0 offers", "push 5",
        "position e1 7 recovered", "push 6", "push 7",
        "position e2 1", "state, 0 offers", "push 2",
      ])
    await client.close()
    try await server.finish()
  }

  @Test("a program that kept its position asks for what it missed meanwhile")
  func keptPosition() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let call = try Self.expectSubscribe(&peer, epoch: "e1", offset: 41)
      try peer.send(Frames.start(call, offset: 42, recovered: true) + Frames.push(call, 42))
      try peer.expectFarewell()
    })
    let client = KODClient(try server.configuration())
    let subscription = client.subscribe(after: SubscriptionPosition(epoch: "e1", offset: 41))
    #expect(await Self.read(subscription, 2) == ["position e1 42 recovered", "push 42"])
    await client.close()
    try await server.finish()
  }

  @Test("a reader that is too slow gets everything all the same")
  func slowReader() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      var call = try Self.expectSubscribe(&peer)
      try peer.send(Frames.emptyState(call, offset: 0))
      // Twenty pushes in one record, room for three: the client has to stop the stream.
      try peer.send((1...20).flatMap { Frames.push(call, $0) })
      var stops = 0
      while case let frame = try peer.next(), frame.header.frameType != .goingAway {
        if frame.line == "CANCEL \(call)" {
          stops += 1
          try peer.send(Frames.status(call, .callCancelled))
        } else {
          let request = try frame.decoded(as: SubscribeRequest.self)
          guard frame.header.frameType == .request, request.epoch == "e1", request.offset <= 20
          else { throw ScriptError("\(frame.line): \(request)") }
          call = frame.header.call
          try peer.send(
            Frames.start(call, offset: 20, recovered: true)
              + (request.offset + 1..<21).flatMap { Frames.push(call, $0) })
        }
      }
      guard stops > 0 else { throw ScriptError("the stream was never stopped") }
    })
    let client = KODClient(try server.configuration(events: 3))
    let subscription = client.subscribe()
    var pushes: [UInt64] = []
    for await event in subscription {
      if case .push(let push) = event { pushes.append(push.offset) }
      if pushes.last == 20 { break }
    }
    #expect(pushes == Array(1...20))
    await client.close()
    try await server.finish()
  }

  @Test("a permanent refusal is the subscription's last event")
  func permanentRefusal() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      _ = try Self.expectSubscribe(&peer)
      try peer.send(Frames.goingAway(.tokenRejected, permanent: true))
      try peer.expectEnd()
    })
    let client = KODClient(try server.configuration())
    #expect(await Self.read(client.subscribe(), 99) == ["ended TOKEN_REJECTED"])
    #expect(await Self.read(client.subscribe(), 99) == ["ended TOKEN_REJECTED"])
    try await server.finish()
  }

  @Test("the server's wish when to come back is told to the reader as it will be followed")
  func hints() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.welcome()
        _ = try Self.expectSubscribe(&peer)
        try peer.send(Frames.goingAway(.serverStopping, after: 7))
        try peer.expectEnd()
      },
      { peer in
        try peer.welcome()
        let call = try Self.expectSubscribe(&peer)
        try peer.send(Frames.emptyState(call, offset: 0))
        try peer.expectFarewell()
      })
    let client = KODClient(try server.configuration())
    var lines: [String] = []
    for await event in client.subscribe() {
      lines.append(event.line)
      if case .state = event { break }
    }
    #expect(
      lines == [
        "connected", "disconnected UNAVAILABLE, again in 7 ms", "connected", "position e1 0",
        "state, 0 offers",
      ])
    await client.close()
    try await server.finish()
  }

  @Test("one at a time: a second one ends at once, a later one begins")
  func oneAtATime() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      var call = try Self.expectSubscribe(&peer)
      try peer.send(Frames.emptyState(call, offset: 0))
      guard try peer.expect(.cancel).header.call == call else {
        throw ScriptError("another call was cancelled")
      }
      try peer.send(Frames.status(call, .callCancelled))
      call = try Self.expectSubscribe(&peer)
      try peer.send(Frames.emptyState(call, offset: 9))
      try peer.expectFarewell()
    })
    let client = KODClient(try server.configuration())
    do {
      let first = client.subscribe()
      #expect(await Self.read(first, 2) == ["position e1 0", "state, 0 offers"])
      #expect(await Self.read(client.subscribe(), 99) == ["ended SUBSCRIPTION_EXISTS"])
      first.cancel()
      #expect(await Self.read(first, 99) == [])
    }
    #expect(await Self.read(client.subscribe(), 2) == ["position e1 9", "state, 0 offers"])
    await client.close()
    try await server.finish()
  }

  @Test("closing the client ends the sequence")
  func close() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let call = try Self.expectSubscribe(&peer)
      try peer.send(Frames.emptyState(call, offset: 0))
      try peer.expectFarewell()
    })
    let client = KODClient(try server.configuration())
    let subscription = client.subscribe()
    var iterator = subscription.makeAsyncIterator()
    while let event = await iterator.next() {
      if case .state = event { await client.close() }
    }
    #expect(await iterator.next()?.line == nil)
    try await server.finish()
  }
}
