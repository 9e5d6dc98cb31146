import KODTransport
import KODWire
import Testing

@testable import KODClient

@Suite("KODClient over TLS: connections and calls", .timeLimit(.minutes(2)))
struct KODClientCallTests {
  /// What a call was refused with.
  static func refusal<Answer>(
    _ body: () async throws(ClientError) -> Answer
  ) async throws -> ClientError {
    do throws(ClientError) {
      _ = try await body()
    } catch {
      return error
    }
    throw ScriptError("it was not refused")
  }

  @Test("connect, call, close: the server hears HELLO, the request, GOING_AWAY and the end of TLS")
  func happy() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome(serverTimeUs: 1_767_261_600_000_000)
      let (call, request) = try peer.request(
        .Assisters.acceptOffer, as: AcceptOfferRequest.self)
      try peer.send(Frames.response(call, Assignment(offerId: request.offerId)))
      _ = try peer.expect(.goingAway)
      try peer.expectEnd()
    })
    let client = KODClient(try server.configuration())
    let welcome = try await client.connect()
    #expect(welcome.principal == "alice" && welcome.role == .assister)
    #expect(try await client.connect() == welcome)
    #expect(try await client.acceptOffer(300).offerId == 300)
    // By the server's clock, not by ours.
    #expect(client.serverTime() >= 1_767_261_600_000_000)
    #expect(client.serverTime() < 1_767_261_600_000_000 + 3_600_000_000)
    await client.close()
    await client.close()
    try await server.finish()
    let error = try await Self.refusal { () throws(ClientError) in
      try await client.acceptOffer(1)
    }
    #expect(error.code == .cancelled)
  }

  @Test("every typed call sends its own request and reads its own answer")
  func typedCalls() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      func answer<R: WireMessage>(
        _ peer: inout ScriptedPeer, _ method: Method, _ expected: R, _ answer: some WireMessage
      ) throws {
        let (call, request) = try peer.request(method, as: R.self)
        guard request == expected else { throw ScriptError("\(method.name): \(request)") }
        try peer.send(Frames.response(call, answer))
      }
      try answer(
        &peer, .Assisters.rejectOffer, RejectOfferRequest(offerId: 1, reason: "busy"),
        OfferClosed(offerId: 1))
      try answer(
        &peer, .Assisters.setAvailability, SetAvailabilityRequest(override: .overrideOn),
        AssisterStatus(available: true))
      try answer(
        &peer, .Assisters.register, RegisterRequest(kind: .agent),
        Profile(status: AssisterStatus(kind: .agent)))
      try answer(
        &peer, .Assisters.getStanding, GetStandingRequest(),
        Standing(openOffers: [Offer(offerId: 4)]))
      try answer(
        &peer, .Assisters.closeReferral,
        CloseReferralRequest(referralId: 2, outcome: .planEnrolled),
        CloseReferralResponse(referralId: 2))
      try answer(
        &peer, .Intake.getReferral, GetReferralRequest(referralId: 3), Referral(referralId: 3))
      try answer(
        &peer, .Intake.cancelReferral, CancelReferralRequest(referralId: 3),
        Referral(state: .referralCancelled))
      try answer(
        &peer, .Operations.getServerStatus, GetServerStatusRequest(), ServerStatus(sessions: 5))
    })
    let client = KODClient(try server.configuration())
    #expect(try await client.rejectOffer(1, reason: "busy").offerId == 1)
    #expect(try await client.setAvailability(.overrideOn).available)
    #expect(try await client.register(RegisterRequest(kind: .agent)).status?.kind == .agent)
    #expect(try await client.standing().openOffers == [Offer(offerId: 4)])
    #expect(try await client.closeReferral(2, outcome: .planEnrolled).referralId == 2)
    #expect(try await client.referral(3).referralId == 3)
    #expect(try await client.cancelReferral(3).state == .referralCancelled)
    #expect(try await client.serverStatus().sessions == 5)
    try await server.finish()
  }

  @Test("a refusal carries the server's code, reason, text and details")
  func refusal() async throws {
    let status = Status(
      code: .invalidArgument, reason: .fieldInvalid, message: "look at the fields",
      violations: [FieldViolation(path: "county", description: "not in Kentucky")])
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let (call, _) = try peer.request(
        .Intake.submitReferral, as: SubmitReferralRequest.self)
      try peer.send(Frames.status(call, status))
    })
    let client = KODClient(try server.configuration())
    let error = try await Self.refusal { () throws(ClientError) in
      try await client.submit(SubmitReferralRequest(county: 1))
    }
    #expect(error.status == status)
    #expect("\(error)" == "INVALID_ARGUMENT (FIELD_INVALID): look at the fields")
    try await server.finish()
  }

  @Test("an answer that does not decode costs the connection; what its call did is unknown")
  func malformedAnswer() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.welcome()
        let (call, _) = try peer.request(.Assisters.acceptOffer, as: AcceptOfferRequest.self)
        try peer.send(Frames.raw(type: .response, call: call, payload: [0xff]))
        try peer.expectEnd()
      },
      { peer in
        try peer.welcome()
        let (call, _) = try peer.request(.Assisters.getStanding, as: GetStandingRequest.self)
        try peer.send(Frames.response(call, Standing()))
      })
    let client = KODClient(try server.configuration())
    let error = try await Self.refusal { () throws(ClientError) in
      try await client.acceptOffer(1)
    }
    #expect(error.code == .internal)
    #expect(error.isOutcomeUnknown)
    #expect(error.underlying is WireError)
    #expect(try await client.standing() == Standing())
    try await server.finish()
  }

  @Test("no answer in time: DEADLINE_EXCEEDED here, CANCEL there")
  func deadline() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let frame = try peer.expect(.request)
      guard (1...50).contains(frame.header.timeoutMilliseconds) else {
        throw ScriptError("the server was told \(frame.header.timeoutMilliseconds) ms")
      }
      guard try peer.expect(.cancel).header.call == frame.header.call else {
        throw ScriptError("another call was cancelled")
      }
    })
    let client = KODClient(try server.configuration())
    try await client.connect()
    let error = try await Self.refusal { () throws(ClientError) in
      try await client.register(RegisterRequest(), timeout: .milliseconds(50))
    }
    #expect(error.code == .deadlineExceeded && error.isOutcomeUnknown)
    try await server.finish()
  }

  @Test("a cancelled task cancels its call")
  func taskCancellation() async throws {
    let (requests, sawRequest) = AsyncStream.makeStream(of: Void.self)
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      let call = try peer.expect(.request).header.call
      sawRequest.yield()
      guard try peer.expect(.cancel).header.call == call else {
        throw ScriptError("another call was cancelled")
      }
      try peer.send(Frames.status(call, .callCancelled))
      let (next, _) = try peer.request(.Assisters.getStanding, as: GetStandingRequest.self)
      try peer.send(Frames.response(next, Standing()))
    })
    let client = KODClient(try server.configuration())
    let task = Task {
      try await Self.refusal { () throws(ClientError) in
        try await client.acceptOffer(1)
      }
    }
    for await _ in requests { break }
    task.cancel()
    #expect(try await task.value.code == .cancelled)
    // One that is cancelled before it begins does not reach the server at all.
    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await Self.refusal { () throws(ClientError) in try await client.acceptOffer(2) }
    }
    #expect(try await early.value.code == .cancelled)
    #expect(try await client.standing() == Standing())
    try await server.finish()
  }

  @Test("a submit whose reply is lost is repeated with the same key: 16 bytes, made once")
  func lostReply() async throws {
    let (keys, sawKey) = AsyncStream.makeStream(of: [UInt8].self)
    let server = try ScriptedServer(
      { peer in
        try peer.welcome()
        sawKey.yield(
          try peer.request(.Intake.submitReferral, as: SubmitReferralRequest.self).1.idempotencyKey)
      },
      { peer in
        try peer.welcome()
        let (call, request) = try peer.request(
          .Intake.submitReferral, as: SubmitReferralRequest.self)
        sawKey.yield(request.idempotencyKey)
        try peer.send(Frames.status(call, .serverStopping, retryAfterMs: 1))
        let (again, second) = try peer.request(
          .Intake.submitReferral, as: SubmitReferralRequest.self)
        sawKey.yield(second.idempotencyKey)
        sawKey.finish()
        try peer.send(Frames.response(again, Referral(referralId: 8)))
      })
    let client = KODClient(try server.configuration())
    let referral = try await client.submit(SubmitReferralRequest(partnerReference: "p"))
    #expect(referral.referralId == 8)
    var seen: [[UInt8]] = []
    for await key in keys { seen.append(key) }
    #expect(seen.count == 3)
    #expect(Set(seen).count == 1)
    #expect(seen[0].count == 16 && seen[0] != [UInt8](repeating: 0, count: 16))
    try await server.finish()
  }

  @Test("frames of the largest size go both ways")
  func largeFrames() async throws {
    let reason = String(repeating: "r", count: 65_000)
    let offers = (0..<2_000).map { Offer(offerId: $0, language: "en", deadlineUs: 1 << 50) }
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      for _ in 0..<20 {
        let (call, request) = try peer.request(
          .Assisters.rejectOffer, as: RejectOfferRequest.self)
        guard request.reason == reason else { throw ScriptError("not what was sent") }
        try peer.send(Frames.response(call, Standing(openOffers: offers)))
      }
    })
    let client = KODClient(try server.configuration())
    try await withThrowingTaskGroup { group in
      for _ in 0..<20 {
        group.addTask {
          let standing: Standing = try await client.call(
            .Assisters.rejectOffer, RejectOfferRequest(offerId: 1, reason: reason))
          #expect(standing.openOffers == offers)
        }
      }
      try await group.waitForAll()
    }
    try await server.finish()
  }

  @Test("a server that nobody runs is UNAVAILABLE")
  func nobodyListens() async throws {
    let server = try ScriptedServer()
    try await server.finish()
    let client = KODClient(try server.configuration())
    let error = try await Self.refusal { () throws(ClientError) in try await client.connect() }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("refused"))
    #expect(!"\(error)".contains("scripted"), "no error shows the token")
  }

  @Test("a certificate from a stranger, or for another host, is refused before the token is sent")
  func certificates() async throws {
    let stranger = try DevelopmentAuthority.make().authorityCertificate
    for isForAnotherHost in [false, true] {
      let host = isForAnotherHost ? "127.0.0.2" : "127.0.0.1"
      // The handshake fails at the server, too: its peer says why.
      let server = try ScriptedServer(host: host, { _ in })
      var configuration = try server.configuration(host: host)
      if !isForAnotherHost {
        configuration.certificateAuthority = CertificateAuthority(pem: stranger)
      }
      let client = KODClient(configuration)
      let error = try await Self.refusal { () throws(ClientError) in try await client.connect() }
      #expect(error.code == .unavailable)
      #expect((error.underlying as? TLSFailure)?.kind == .certificateRefused)
      await #expect(throws: ScriptError.self) { try await server.finish() }
    }
  }

  @Test("a host name is looked up, and each of its addresses tried")
  func hostName() async throws {
    let server = try ScriptedServer({ peer in try peer.welcome() })
    // Not spelled like the one name that needs no lookup; certificates do not mind.
    let client = KODClient(try server.configuration(host: "LOCALHOST"))
    try await client.connect()
    try await server.finish()
  }

  @Test("the server's refusal reaches connect(), word for word, even before HELLO was read")
  func refusedConnect() async throws {
    for readsHello in [true, false] {
      let server = try ScriptedServer({ peer in
        if readsHello { _ = try peer.expect(.hello) }
        try peer.send(Frames.goingAway(.tokenRejected, permanent: true))
        try peer.closeTLS()
        // A HELLO that crossed the refusal may be lost when the client resets the connection.
        if !readsHello { _ = try? peer.expect(.hello) }
        try peer.expectEnd()
      })
      let client = KODClient(try server.configuration())
      let error = try await Self.refusal { () throws(ClientError) in try await client.connect() }
      #expect(error.code == .unauthenticated && error.reason == .tokenRejected)
      let later = try await Self.refusal { () throws(ClientError) in
        try await client.standing()
      }
      #expect(later.reason == .tokenRejected)
      try await server.finish()
    }
  }

  @Test("a client that nobody holds any more closes its connection")
  func abandoned() async throws {
    let server = try ScriptedServer({ peer in
      try peer.welcome()
      _ = try peer.expect(.goingAway)
      try peer.expectEnd()
    })
    _ = try await KODClient(try server.configuration()).connect()
    try await server.finish()
  }
}
