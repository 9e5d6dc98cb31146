import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: calls")
struct ClientStateMachineCallTests {
  @Test("the first call connects; it goes out after WELCOME with the time that is left")
  func firstCall() {
    let run = MachineHarness()
    run.accept(1)
    run.now += .milliseconds(300)
    run.opened()
    #expect(run.look() == ["connect", "> HELLO"])
    run.now += .milliseconds(700)
    run.receive(Frames.welcome())
    #expect(run.look() == ["> REQUEST 1 AcceptOffer 9000ms"])
    run.receive(Frames.response(1, Assignment(referralId: 9)))
    #expect(run.look() == ["answer 1"])
    #expect((try? run.results[1]?.get()) == Assignment(referralId: 9).encoded())
  }

  @Test("a refusal ends the call with the server's words")
  func refusal() throws {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    let status = Status(
      code: .aborted, reason: .offerTaken, message: "too late", takenAtUs: 17)
    run.receive(Frames.status(1, status))
    guard case .failure(let error) = try #require(run.results[1]) else {
      return #expect(Bool(false), "the call did not fail")
    }
    #expect(error.code == .aborted && error.reason == .offerTaken && error.message == "too late")
    #expect(error.status == status)
    #expect(!error.isOutcomeUnknown)
  }

  @Test("no answer in time: the call fails here and is cancelled there; what it did is unknown")
  func deadline() {
    let run = MachineHarness()
    run.establish()
    run.call(1, .Assisters.register, RegisterRequest())
    run.call(2, .Assisters.getStanding, GetStandingRequest())
    _ = run.look()
    run.advanceToDeadline()
    #expect(
      run.look() == [
        "failure 1 DEADLINE_EXCEEDED, outcome unknown", "failure 2 DEADLINE_EXCEEDED",
        "> CANCEL 1", "> CANCEL 2", "> PING",
      ])
    // The answer comes all the same: nobody asks for it any more.
    run.receive(Frames.response(1, AssisterStatus()) + Frames.status(2, .callUnknown))
    #expect(run.look().isEmpty)
  }

  @Test("a server that lets a call's time pass has ten seconds to show that it is there")
  func overdue() {
    let run = MachineHarness()
    run.establish()
    run.call(1, .Assisters.register, RegisterRequest())
    run.advanceToDeadline()
    _ = run.look()
    run.advance(milliseconds: 9_990)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 20)
    #expect(run.look().contains { $0.hasPrefix("disconnect") })
  }

  @Test("a cancelled task takes its call back, on the wire or before")
  func cancel() {
    let run = MachineHarness()
    run.establish(limits: Limits(maximumCallsInFlight: 1))
    run.call(1, .Assisters.register, RegisterRequest())
    run.call(2, .Assisters.register, RegisterRequest())
    run.step { $0.cancel(2, at: $1) }
    run.step { $0.cancel(1, at: $1) }
    run.step { $0.cancel(1, at: $1) }
    #expect(
      run.look() == [
        "> REQUEST 1 Register 10000ms", "failure 2 CANCELLED",
        "failure 1 CANCELLED, outcome unknown", "> CANCEL 1",
      ])
  }

  @Test("calls beyond the server's limit wait here, in order, and time does not push them")
  func inFlightLimit() {
    let run = MachineHarness()
    run.establish(limits: Limits(maximumCallsInFlight: 2))
    for ticket in 1...4 as ClosedRange<UInt64> { run.accept(ticket, offer: ticket) }
    #expect(run.look().map { $0.prefix(11) } == ["> REQUEST 1", "> REQUEST 2"])
    #expect(run.machine.nextDeadline == .seconds(10))
    run.receive(Frames.response(2, Assignment()))
    #expect(run.look().map { $0.prefix(11) } == ["answer 2", "> REQUEST 3"])
    // A cancelled call takes its place until the server has ended it.
    run.step { $0.cancel(1, at: $1) }
    #expect(run.look() == ["failure 1 CANCELLED, outcome unknown", "> CANCEL 1"])
    run.receive(Frames.status(1, .callCancelled))
    #expect(run.look().map { $0.prefix(11) } == ["> REQUEST 4"])
  }

  @Test("a lost reply of a submit: the same bytes, with the same key, go out again (R28 likewise)")
  func lostReply() throws {
    let run = MachineHarness()
    run.establish()
    let request = SubmitReferralRequest(
      idempotencyKey: Array(1...16), partnerReference: "p1", county: 21067)
    run.call(1, .Intake.submitReferral, request, repetition: .safe)
    run.lose()
    #expect(run.look() == ["> REQUEST 1 SubmitReferral 10000ms"])
    run.advanceToDeadline()
    run.reconnect()
    #expect(run.look() == ["connect", "> HELLO", "> REQUEST 1 SubmitReferral 10000ms"])
    let sent = run.frames.filter { $0.header.frameType == .request }
    #expect(try sent.map { try $0.decoded(as: SubmitReferralRequest.self) } == [request, request])
    run.receive(Frames.response(1, Referral(referralId: 3)))
    #expect(run.look() == ["answer 1"])
  }

  @Test("a lost call that may not be repeated ends with an unknown outcome, a read does not")
  func lostCall() {
    let run = MachineHarness()
    run.establish(limits: Limits(maximumCallsInFlight: 2))
    run.call(1, .Assisters.register, RegisterRequest())
    run.call(2, .Assisters.getStanding, GetStandingRequest())
    run.call(3, .Assisters.register, RegisterRequest())
    _ = run.look()
    run.lose()
    #expect(
      run.look() == [
        "failure 1 UNAVAILABLE, outcome unknown", "failure 2 UNAVAILABLE", "failure 3 UNAVAILABLE",
      ])
    // Between two attempts a plain call fails at once; one that may be repeated waits.
    run.call(4, .Assisters.register, RegisterRequest())
    run.accept(5)
    #expect(run.look() == ["failure 4 UNAVAILABLE"])
  }

  @Test("UNAVAILABLE is repeated after the time that the server asks for, until the deadline")
  func retryAfter() {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    run.receive(Frames.status(1, .serverStopping, retryAfterMs: 4_000))
    _ = run.look()
    run.advance(milliseconds: 3_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["> REQUEST 2 AcceptOffer 6000ms"])
    run.receive(Frames.status(2, .serverStopping, retryAfterMs: 60_000))
    run.advance(milliseconds: 6_000)
    #expect(run.look() == ["failure 1 UNAVAILABLE"])
  }

  @Test(
    "what the table calls retriable is repeated, and nothing else",
    arguments: [Reason.busy, .callsInFlight, .serverStopping, .callDeadline])
  func retriable(_ reason: Reason) {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    run.receive(Frames.status(1, reason, retryAfterMs: 500))
    _ = run.look()
    run.advance(milliseconds: 500)
    #expect(run.look() == ["> REQUEST 2 AcceptOffer 9500ms"])
  }

  @Test("a reason of a later version is not retriable, and its code says what it means")
  func unknownReasons() {
    for (code, line) in [
      (Code.unavailable, "UNAVAILABLE"), (.resourceExhausted, "RESOURCE_EXHAUSTED"),
      (.internal, "INTERNAL, outcome unknown"), (Code(rawValue: 99), "UNKNOWN, outcome unknown"),
    ] {
      let run = MachineHarness()
      run.establish()
      run.accept(1)
      _ = run.look()
      run.receive(Frames.status(1, Status(code: code, reason: Reason(rawValue: 4_000))))
      #expect(run.look() == ["failure 1 \(line)"])
    }
  }

  @Test("a refusal for the moment does not say what became of an attempt that was lost")
  func refusedAfterALoss() {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    run.lose()
    run.advanceToDeadline()
    run.opened()
    run.receive(Frames.welcome() + Frames.status(1, .busy, retryAfterMs: 60_000))
    run.receive(Frames.status(1, .busy, retryAfterMs: 60_000))
    _ = run.look()
    run.advance(milliseconds: 10_000)
    #expect(run.look().first == "failure 1 DEADLINE_EXCEEDED, outcome unknown")
  }

  @Test("a call that was kept back all its time has changed nothing")
  func keptBack() {
    let run = MachineHarness()
    run.connect()
    run.opened()
    run.receive(Frames.welcome(limits: Limits(maximumCallsInFlight: 1)))
    run.accept(1)
    _ = run.look()
    run.advance(milliseconds: 1)
    run.accept(2)
    run.receive(Frames.raw(type: .ping))
    run.advance(milliseconds: 9_999)
    _ = run.look()
    run.advance(milliseconds: 1)
    #expect(run.look() == ["failure 2 DEADLINE_EXCEEDED"])
  }

  @Test(
    "other refusals are final, whatever the call", arguments: [Reason.offerTaken, .fieldInvalid])
  func finalRefusals(_ reason: Reason) {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    _ = run.look()
    run.receive(Frames.status(1, reason))
    #expect(run.look() == ["failure 1 \(reason.code.name)"])
    #expect(run.machine.nextDeadline == .seconds(25))
  }

  @Test("a call that found no session within its time says so, and the client rests")
  func neverSent() {
    let run = MachineHarness()
    run.accept(1)
    run.lose("refused")
    for _ in 0..<20 where run.results[1] == nil {
      run.advanceToDeadline()
      run.lose("refused")
    }
    guard case .failure(let error)? = run.results[1] else {
      return #expect(Bool(false), "the call did not fail")
    }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("refused"))
    #expect(!error.isOutcomeUnknown)
    #expect(run.now == .seconds(10))
    run.advanceToDeadline()
    #expect(run.machine.nextDeadline == nil)
  }

  @Test("a request that is too long is refused here")
  func tooLong() {
    let run = MachineHarness()
    run.establish()
    run.call(
      1, .Assisters.rejectOffer,
      RejectOfferRequest(offerId: 1, reason: String(repeating: "x", count: 70_000)))
    #expect(run.look() == ["failure 1 INVALID_ARGUMENT"])
  }
}
