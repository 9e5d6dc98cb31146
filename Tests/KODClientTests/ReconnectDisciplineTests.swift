import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: what the server asks for is obeyed")
struct ReconnectDisciplineTests {
  @Test("also who was not welcomed yet comes back when the server wishes, and not before")
  func hintBeforeWelcome() {
    let run = MachineHarness()
    run.connect(1)
    run.opened()
    run.receive(Frames.goingAway(.serverStopping, after: 30_000))
    #expect(run.look().suffix(2) == ["disconnect", "connect 1 failed UNAVAILABLE"])
    run.connect(2)
    run.advance(milliseconds: 29_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["connect"])
    run.reconnect()
    #expect(run.look() == ["> HELLO", "connected 2"])
  }

  @Test("and if nobody asks meanwhile, nothing is done when the time has come")
  func hintForNobody() {
    let run = MachineHarness()
    run.connect(1)
    run.opened()
    run.receive(Frames.goingAway(.serverStopping, after: 30_000))
    run.advance(milliseconds: 30_000)
    #expect(run.look().last == "connect 1 failed UNAVAILABLE")
    #expect(run.machine.nextDeadline == nil)
  }

  @Test("who keeps trying waits through failures with backoff, until welcomed or refused for good")
  func keepTrying() {
    for isRefused in [false, true] {
      let run = MachineHarness()
      run.step { $0.connect(1, isPersistent: true, at: $1) }
      run.lose("refused")
      run.advanceToDeadline()
      run.lose("refused")
      #expect(run.machine.nextDeadline == run.now + .milliseconds(500))
      run.advanceToDeadline()
      run.opened()
      _ = run.look()
      run.receive(
        isRefused ? Frames.goingAway(.tokenRejected, permanent: true) : Frames.welcome())
      #expect(run.look().last == (isRefused ? "connect 1 failed UNAUTHENTICATED" : "connected 1"))
      #expect(
        run.changes == [
          "disconnected UNAVAILABLE REASON_UNSPECIFIED, again in 0 ms",
          "disconnected UNAVAILABLE REASON_UNSPECIFIED, again in 500 ms",
          isRefused ? "ended UNAUTHENTICATED TOKEN_REJECTED" : "connected",
        ])
    }
  }

  @Test("who kept trying and gave up is gone: no attempt follows")
  func keptTryingGivenUp() {
    let run = MachineHarness()
    run.step { $0.connect(1, isPersistent: true, at: $1) }
    run.lose("refused")
    run.step { $0.cancel(1, at: $1) }
    _ = run.look()
    run.advanceToDeadline()
    #expect(run.look().isEmpty)
    #expect(run.machine.nextDeadline == nil)
  }

  @Test("a connection that is lost is told before the calls that fail with it")
  func order() throws {
    let run = MachineHarness()
    run.establish()
    run.call(1, .Assisters.register, RegisterRequest())
    _ = run.machine.takeActions()
    run.machine.connectionLost(.unavailable("cable cut"), at: run.now)
    let actions = run.machine.takeActions()
    guard case .connectionChanged(.disconnected) = try #require(actions.first) else {
      Issue.record("\(actions)")
      return
    }
    guard case .finishCall(1, .failure) = try #require(actions.last) else {
      Issue.record("\(actions)")
      return
    }
  }

  @Test(
    "who is sent away for cancelling too much or reading too slowly comes back, and the subscription goes on",
    arguments: [Reason.cancelLimit, .slowConsumer, .keepaliveTimeout, .serverStopping])
  func resumes(reason: Reason) throws {
    let run = MachineHarness()
    run.establish()
    run.step { $0.subscribe(after: nil, at: $1) }
    run.receive(Frames.emptyState(1, offset: 7) + Frames.push(1, 8))
    run.receive(Frames.goingAway(reason))
    #expect(run.changes.last == "disconnected \(reason.code.name) \(reason.name), again in 0 ms")
    run.advanceToDeadline()
    run.reconnect()
    let request = try #require(run.frames.last).decoded(as: SubscribeRequest.self)
    #expect(request == SubscribeRequest(epoch: "e1", offset: 8))
    run.receive(Frames.start(1, offset: 9, recovered: true) + Frames.push(1, 9))
    #expect(run.pushes == [8, 9])
  }

  @Test("a version that the server does not speak is told with those that it does")
  func versions() {
    for (range, words) in [
      (
        2...4 as ClosedRange<UInt32>,
        "it speaks versions 2 to 4 of the protocol, this client version 1"
      ),
      (3...3, "it speaks version 3 of the protocol, this client version 1"),
    ] {
      let run = MachineHarness()
      run.connect(1)
      run.opened()
      var told: ClientError?
      run.machine.received(
        Frames.goingAway(.versionUnsupported, permanent: true, versions: range).span.bytes,
        at: run.now)
      for case .finishConnect(1, .failure(let error)) in run.machine.takeActions() { told = error }
      #expect(told?.reason == .versionUnsupported)
      #expect(told?.message == "scripted; \(words)")
      #expect(run.machine.nextDeadline == nil)
    }
  }

  @Test("a version that was not on offer is a breach", arguments: [0, 2] as [UInt32])
  func versionNotOffered(version: UInt32) {
    let run = MachineHarness()
    run.connect(1)
    run.opened()
    run.receive(Frames.welcome(version: version))
    #expect(run.look().suffix(2) == ["disconnect", "connect 1 failed INTERNAL"])
  }

  @Test("frames, items, pushes, fields and enum values of a later version are passed over")
  func unknowns() throws {
    let run = MachineHarness()
    run.establish()
    run.step { $0.subscribe(after: nil, at: $1) }
    run.accept(1)
    // Field 99, length-delimited, two bytes.
    let unknownField: [UInt8] = [0x9a, 0x06, 0x02, 0x61, 0x62]
    run.receive(
      Frames.raw(type: FrameType(rawValue: 200), call: 1, flags: 9, payload: [1, 2, 3])
        + Frames.emptyState(1, offset: 7)
        + Frames.raw(type: .item, call: 1, payload: unknownField)
        + Frames.item(1, .push(Push(offset: 8)))
        + Frames.item(
          1,
          .push(
            Push(
              offset: 9, body: .offerOpened(Offer(offerId: 1, kind: OfferKind(rawValue: 77))))))
        + Frames.raw(
          type: .response, call: 2, payload: Assignment(referralId: 41).encoded() + unknownField))
    #expect(run.pushes == [8, 9])
    let answer = try #require(run.results[1]).get()
    #expect(try Assignment(decoding: answer.span.bytes).referralId == 41)
    guard case .push(let push) = run.events.last, case .offerOpened(let offer) = push.body else {
      Issue.record("\(run.events)")
      return
    }
    #expect(offer.kind.rawValue == 77)
  }

  @Test("collapsed pushes count as seen: the next session goes on after them")
  func collapsed() throws {
    let run = MachineHarness()
    run.establish()
    run.step { $0.subscribe(after: nil, at: $1) }
    run.receive(
      Frames.emptyState(1, offset: 7)
        + Frames.item(1, .collapsed(PushesCollapsed(firstOffset: 8, lastOffset: 12))))
    #expect(run.look().last == "event collapsed 8 to 12")
    run.receive(Frames.push(1, 13))
    #expect(run.pushes == [13])
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    let request = try #require(run.frames.last).decoded(as: SubscribeRequest.self)
    #expect(request.offset == 13)
    run.receive(
      Frames.start(1, offset: 20, recovered: true)
        + Frames.item(1, .collapsed(PushesCollapsed(firstOffset: 14, lastOffset: 20))))
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    #expect(try #require(run.frames.last).decoded(as: SubscribeRequest.self).offset == 20)
  }

  @Test("PING comes when nothing else was sent for the interval, whatever it was")
  func keepalive() {
    let run = MachineHarness()
    run.establish()
    run.advance(milliseconds: 24_999)
    run.call(1, .Assisters.getStanding, GetStandingRequest(), timeoutMilliseconds: 60_000)
    #expect(run.machine.nextDeadline == .milliseconds(49_999))
    run.advance(milliseconds: 10_000)
    run.receive(Frames.raw(type: .ping, payload: [7]))
    #expect(run.look() == ["> REQUEST 1 GetStanding 60000ms", "> PONG"])
    run.advance(milliseconds: 24_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["> PING"])
  }

  @Test(
    "PING is no longer than the server takes, and its answer is known all the same",
    arguments: [0, 1, 4, 8, 32] as [UInt32])
  func pingBytes(limit: UInt32) throws {
    var limits = Frames.limits
    limits.maximumPingBytes = limit
    let run = MachineHarness()
    run.establish(limits: limits)
    run.advanceToDeadline()
    let ping = try #require(run.frames.last)
    #expect(ping.payload.count == (limit == 0 ? 8 : Int(min(limit, 8))))
    run.receive(Frames.raw(type: .pong, payload: ping.payload))
    #expect(run.machine.nextDeadline == run.now + .milliseconds(25_000))
  }

  @Test(
    "streams and the subscription are calls in flight, too: they wait for room, without a busy wait"
  )
  func roomForStreams() {
    var limits = Frames.limits
    limits.maximumCallsInFlight = 1
    let run = MachineHarness()
    run.establish(limits: limits)
    run.accept(1)
    run.step { $0.subscribe(after: nil, at: $1) }
    run.step {
      $0.openStream(
        9, StreamCall(.Notices.subscribeNotices, payload: [], isLasting: true), at: $1)
    }
    #expect(
      run.look() == ["> REQUEST 1 AcceptOffer 10000ms", "event connected", "stream 9: connected"])
    #expect(run.machine.nextDeadline == run.now + .seconds(10))
    run.receive(Frames.response(1, Assignment()))
    #expect(run.look() == ["answer 1", "> REQUEST 2 Subscribe"])
    run.step { $0.unsubscribe(at: $1) }
    run.receive(Frames.status(2, .callCancelled))
    #expect(run.look() == ["> CANCEL 2", "stream 9: began", "> REQUEST 3 SubscribeNotices"])
  }

  @Test("what is longer than the server takes is refused here, at the limit and one past it")
  func tooLong() {
    var limits = Frames.limits
    limits.maximumPayloadBytes = 100
    let run = MachineHarness()
    run.establish(limits: limits)
    for (ticket, count) in [(UInt64(1), 100), (2, 101)] {
      run.step {
        $0.call(
          ticket,
          PendingCall(
            .Assisters.acceptOffer, payload: [UInt8](repeating: 0, count: count),
            deadline: $1 + .seconds(10), repetition: .safe), at: $1)
        $0.openStream(
          ticket + 10,
          StreamCall(
            .Desk.simulatePolicy, payload: [UInt8](repeating: 0, count: count),
            isLasting: false), at: $1)
      }
    }
    // An epoch of 98 bytes takes two more.
    run.step {
      $0.subscribe(
        after: SubscriptionPosition(epoch: String(repeating: "e", count: 99), offset: 0), at: $1)
    }
    #expect(
      run.look().filter { !$0.contains("began") } == [
        "> REQUEST 1 AcceptOffer 10000ms", "> REQUEST 2 SimulatePolicy",
        "failure 2 INVALID_ARGUMENT", "stream 12: ended INVALID_ARGUMENT", "end of stream 12",
        "event connected", "event ended REASON_UNSPECIFIED", "end of the subscription",
      ])
    run.step {
      $0.subscribe(
        after: SubscriptionPosition(epoch: String(repeating: "e", count: 98), offset: 0), at: $1)
    }
    #expect(run.look().last == "> REQUEST 3 Subscribe")
  }
}
