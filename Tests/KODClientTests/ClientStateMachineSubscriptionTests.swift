import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: the subscription")
struct ClientStateMachineSubscriptionTests {
  static func subscribed(offset: UInt64 = 4) -> MachineHarness {
    let run = MachineHarness()
    run.establish()
    run.step { $0.subscribe(after: nil, at: $1) }
    run.receive(Frames.emptyState(1, offset: offset))
    _ = run.look()
    return run
  }

  @Test("subscribing connects, and asks as soon as the session is open")
  func first() throws {
    let run = MachineHarness()
    run.step { $0.subscribe(after: nil, at: $1) }
    run.reconnect()
    #expect(run.look() == ["connect", "> HELLO", "event connected", "> REQUEST 1 Subscribe"])
    #expect(try #require(run.frames.last).decoded(as: SubscribeRequest.self) == SubscribeRequest())
    run.receive(Frames.emptyState(1, offset: 4) + Frames.push(1, 5))
    #expect(run.look() == ["event position e1 4", "event state, 0 offers", "event push 5"])
  }

  @Test("a lost connection: subscribed again from the last push, exactly the gap follows")
  func resume() throws {
    let run = Self.subscribed()
    run.receive(Frames.push(1, 5))
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    #expect(
      run.look() == [
        "event push 5", "event disconnected UNAVAILABLE, again in 0 ms", "connect", "> HELLO",
        "event connected", "> REQUEST 1 Subscribe",
      ])
    let request = try #require(run.frames.last).decoded(as: SubscribeRequest.self)
    #expect(request == SubscribeRequest(epoch: "e1", offset: 5))
    run.receive(
      Frames.start(1, offset: 7, recovered: true) + Frames.push(1, 6) + Frames.push(1, 7)
        + Frames.push(1, 8))
    #expect(
      run.look() == [
        "event position e1 7 recovered", "event push 6", "event push 7", "event push 8",
      ]
    )
  }

  @Test("a server that no longer has the gap gives the state")
  func resynchronise() {
    let run = Self.subscribed()
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    _ = run.look()
    run.receive(Frames.emptyState(1, epoch: "e2", offset: 0) + Frames.push(1, 1))
    #expect(run.look() == ["event position e2 0", "event state, 0 offers", "event push 1"])
  }

  @Test("a push that comes twice is delivered once")
  func duplicate() {
    let run = Self.subscribed()
    run.receive(Frames.push(1, 5) + Frames.push(1, 5) + Frames.push(1, 4) + Frames.push(1, 6))
    #expect(run.look() == ["event push 5", "event push 6"])
  }

  @Test("a gap: the stream is cancelled and begins again from the last good push")
  func gap() throws {
    let run = Self.subscribed()
    run.receive(Frames.push(1, 5) + Frames.push(1, 7) + Frames.push(1, 8))
    #expect(
      run.look() == ["event push 5", "event disconnected INTERNAL, again in 0 ms", "> CANCEL 1"])
    // Not before the server has ended the old stream: it allows one.
    run.receive(Frames.push(1, 9) + Frames.status(1, .callCancelled))
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
    let request = try #require(run.frames.last).decoded(as: SubscribeRequest.self)
    #expect(request == SubscribeRequest(epoch: "e1", offset: 5))
  }

  @Test("a gap that comes again without one good push in between costs the connection")
  func gapAgain() {
    let run = Self.subscribed()
    run.receive(Frames.push(1, 5) + Frames.push(1, 7) + Frames.status(1, .callCancelled))
    _ = run.look()
    run.receive(Frames.start(2, offset: 8, recovered: true) + Frames.push(2, 8))
    #expect(
      run.look() == [
        "event position e1 8 recovered", "disconnect",
        "event disconnected INTERNAL, again in 0 ms",
      ])
  }

  @Test("the first gap of a stream begins again, though no push came before it")
  func gapAtOnce() {
    let run = Self.subscribed()
    run.receive(Frames.push(1, 7))
    #expect(run.look() == ["event disconnected INTERNAL, again in 0 ms", "> CANCEL 1"])
    run.receive(Frames.status(1, .callCancelled))
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
  }

  @Test("an item that does not decode costs the connection")
  func malformedItem() {
    let run = Self.subscribed()
    run.receive(Frames.raw(type: .item, call: 1, payload: [0x12, 0xff]))
    #expect(run.look().first == "disconnect")
  }

  @Test("a full buffer stops the stream; when it is read, the stream goes on where it stopped")
  func slowReader() throws {
    let run = Self.subscribed()
    run.room = 2
    run.receive((5...20).flatMap { Frames.push(1, $0) })
    #expect(run.look() == ["event push 5", "event push 6", "await the reader", "> CANCEL 1"])
    run.receive(Frames.status(1, .callCancelled))
    run.advance(milliseconds: 1_000)
    #expect(run.look().isEmpty)
    run.room = 100
    run.step { $0.subscriberCaughtUp(at: $1) }
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
    let request = try #require(run.frames.last).decoded(as: SubscribeRequest.self)
    #expect(request == SubscribeRequest(epoch: "e1", offset: 6))
    run.receive(
      Frames.start(2, offset: 20, recovered: true) + (7...20).flatMap { Frames.push(2, $0) })
    #expect(run.look().count == 15)
    #expect(run.pushes == Array(5...20))
  }

  @Test("a reader that is faster than the CANCEL: begun again when the old stream has ended")
  func fastReader() {
    let run = Self.subscribed()
    run.room = 1
    run.receive(Frames.push(1, 5))
    run.room = 100
    run.step { $0.subscriberCaughtUp(at: $1) }
    #expect(run.look() == ["event push 5", "await the reader", "> CANCEL 1"])
    run.receive(Frames.status(1, .callCancelled))
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
  }

  @Test("even a buffer for one event gets on: position and state never stop the stream before it")
  func tinyBuffer() {
    let run = MachineHarness()
    run.establish()
    run.room = 0
    run.step { $0.subscribe(after: SubscriptionPosition(epoch: "e1", offset: 1), at: $1) }
    _ = run.look()
    run.receive(Frames.start(1, offset: 2, recovered: true))
    #expect(run.look() == ["event position e1 2 recovered"])
    run.receive(Frames.push(1, 2))
    #expect(run.look() == ["event push 2", "await the reader", "> CANCEL 1"])
  }

  @Test("while the reader is slow, a new session is not asked for the stream")
  func slowReaderAndLoss() {
    let run = Self.subscribed()
    run.room = 1
    run.receive(Frames.push(1, 5))
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    #expect(!run.look().contains("> REQUEST 1 Subscribe"))
    run.step { $0.subscriberCaughtUp(at: $1) }
    #expect(run.look() == ["> REQUEST 1 Subscribe"])
  }

  @Test("a refusal that can pass is tried again, one that cannot ends the subscription alone")
  func refusals() {
    let run = Self.subscribed()
    run.receive(Frames.status(1, .serverStopping, retryAfterMs: 700))
    #expect(run.look() == ["event disconnected UNAVAILABLE, again in 700 ms"])
    run.advance(milliseconds: 700)
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
    run.receive(Frames.status(2, .roleNotAllowed))
    #expect(run.look() == ["event ended ROLE_NOT_ALLOWED", "end of the subscription"])
    run.accept(1)
    #expect(run.look() == ["> REQUEST 3 AcceptOffer 10000ms"])
  }

  @Test("a reader that is gone takes its stream along; another one may come")
  func unsubscribe() {
    let run = Self.subscribed()
    run.step { $0.unsubscribe(at: $1) }
    #expect(run.look() == ["> CANCEL 1"])
    run.step { $0.subscribe(after: nil, at: $1) }
    run.receive(Frames.push(1, 5))
    #expect(run.look() == ["event connected"])
    run.receive(Frames.status(1, .callCancelled))
    #expect(run.look() == ["> REQUEST 2 Subscribe"])
  }
}
