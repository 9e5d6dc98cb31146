import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: sessions")
struct ClientStateMachineSessionTests {
  @Test("the first attempt that fails is reported, and nothing goes on behind the program's back")
  func firstAttempt() {
    let run = MachineHarness()
    run.connect(1)
    run.lose("connection refused")
    #expect(run.look() == ["connect", "connect 1 failed UNAVAILABLE"])
    #expect(run.machine.nextDeadline == nil)
    run.connect(2)
    run.reconnect()
    run.connect(3)
    #expect(run.look() == ["connect", "> HELLO", "connected 2", "connected 3"])
  }

  @Test("a server that does not answer in time is given up")
  func connectTimeout() {
    for isOpen in [false, true] {
      let run = MachineHarness()
      run.connect(1)
      if isOpen { run.opened() }
      run.advance(milliseconds: 9_999)
      _ = run.look()
      run.advance(milliseconds: 1)
      #expect(run.look().suffix(2) == ["disconnect", "connect 1 failed UNAVAILABLE"])
    }
  }

  @Test("a HELLO that the server does not like fails the attempt with the server's words")
  func helloRefused() {
    let run = MachineHarness()
    run.connect(1)
    run.opened()
    run.receive(Frames.status(0, .fieldInvalid))
    #expect(
      run.look() == ["connect", "> HELLO", "disconnect", "connect 1 failed INVALID_ARGUMENT"])
    // The same HELLO would be refused again.
    #expect(run.machine.nextDeadline == nil)
    #expect(run.changes.count == 1)
  }

  @Test("an answer that the program can't decode costs the connection")
  func unsoundAnswer() {
    let run = MachineHarness()
    run.establish()
    _ = run.look()
    run.step { $0.answerWasUnsound("the answer does not decode", at: $1) }
    #expect(run.look() == ["disconnect"])
    run.step { $0.answerWasUnsound("again", at: $1) }
    #expect(run.look().isEmpty)
  }

  @Test("a lost connection comes back: at once, then with growing waits, up to half a minute")
  func backoff() {
    let run = MachineHarness()
    run.establish()
    run.lose()
    var waits: [UInt64] = []
    for _ in 0..<12 {
      let before = run.now
      run.advanceToDeadline()
      waits.append((run.now - before) / 1_000_000)
      run.lose()
    }
    #expect(waits == [0, 500, 800, 1280, 2048, 3276, 5242, 8388, 13421, 21474, 30000, 30000])
  }

  @Test("only a session that lasted starts the waits from the beginning")
  func steadySession() {
    let run = MachineHarness()
    run.establish()
    run.lose()
    run.advanceToDeadline()
    run.reconnect()
    run.advance(milliseconds: 4_999)
    run.lose()
    let afterShort = run.machine.nextDeadline.map { $0 - run.now }
    #expect(afterShort == .milliseconds(500))
    run.advanceToDeadline()
    run.reconnect()
    run.advance(milliseconds: 5_000)
    run.lose()
    #expect(run.machine.nextDeadline == run.now)
  }

  @Test("the server's wish when to come back is followed exactly, even by connect()")
  func hints() {
    let run = MachineHarness()
    run.establish()
    run.receive(Frames.goingAway(.serverStopping, after: 45_000))
    #expect(run.look() == ["disconnect"])
    run.connect(5)
    run.advance(milliseconds: 44_999)
    #expect(run.look().isEmpty)
    run.advance(milliseconds: 1)
    #expect(run.look() == ["connect"])
    run.reconnect()
    #expect(run.look() == ["> HELLO", "connected 5"])
  }

  @Test("the spread is used in full, and never more than it")
  func spread() {
    struct Fixed: RandomNumberGenerator, Sendable {
      let value: UInt64
      mutating func next() -> UInt64 { value }
    }
    for (value, wait) in [(UInt64.min, UInt64(1_000)), (.max, 3_000)] {
      let run = MachineHarness(random: Fixed(value: value))
      run.establish()
      run.receive(Frames.goingAway(.serverStopping, after: 1_000, spread: 2_000))
      #expect(run.machine.nextDeadline == .milliseconds(wait))
    }
  }

  @Test("a permanent refusal is final: calls, connects and the subscription end, nothing is tried")
  func permanent() {
    let run = MachineHarness()
    run.connect(1)
    run.accept(2)
    run.step { $0.subscribe(after: nil, at: $1) }
    run.opened()
    _ = run.look()
    run.receive(Frames.goingAway(.tokenRejected, permanent: true))
    #expect(
      run.look() == [
        "disconnect", "connect 1 failed UNAUTHENTICATED", "failure 2 UNAUTHENTICATED",
        "event ended TOKEN_REJECTED", "end of the subscription",
      ])
    #expect(run.machine.nextDeadline == nil)
    run.connect(3)
    run.accept(4)
    run.step { $0.subscribe(after: nil, at: $1) }
    #expect(
      run.look() == [
        "connect 3 failed UNAUTHENTICATED", "failure 4 UNAUTHENTICATED",
        "event ended TOKEN_REJECTED", "end of the subscription",
      ])
  }

  @Test("bytes that make no sense cost the connection, not the client")
  func violation() {
    let run = MachineHarness()
    run.establish()
    run.receive(Frames.raw(type: .hello))
    #expect(run.look() == ["disconnect"])
    run.advanceToDeadline()
    #expect(run.look() == ["connect"])
  }

  @Test("a silent server is found out by PING and left")
  func silence() {
    let run = MachineHarness()
    run.establish()
    run.advanceToDeadline()
    #expect(run.look() == ["> PING"])
    #expect(run.now == .seconds(25))
    run.advanceToDeadline()
    #expect(run.look() == ["disconnect"])
    #expect(run.now == .seconds(35))
  }

  @Test("close says farewell, answers whoever waits, and is final")
  func close() {
    let run = MachineHarness()
    run.establish()
    run.accept(1)
    run.step { $0.subscribe(after: nil, at: $1) }
    _ = run.look()
    run.step { $0.close(at: $1) }
    run.step { $0.close(at: $1) }
    #expect(
      run.look() == [
        "failure 1 CANCELLED, outcome unknown", "end of the subscription", "> GOING_AWAY",
        "disconnect",
      ])
    run.accept(2)
    #expect(run.look() == ["failure 2 CANCELLED"])
  }

  @Test("the server's clock is WELCOME's time, older by half the shortest round trip")
  func serverClock() throws {
    let run = MachineHarness()
    run.connect()
    run.opened()
    run.now += .milliseconds(40)
    run.receive(Frames.welcome(serverTimeUs: 5_000_000))
    #expect(try #require(run.clock).time(at: run.now) == 5_020_000)
    run.advance(milliseconds: 25_000)
    let ping = try #require(run.frames.last)
    run.now += .milliseconds(10)
    run.receive(Frames.raw(type: .pong, payload: ping.payload))
    #expect(try #require(run.clock).time(at: run.now) == 5_000_000 + 25_010_000 + 5_000)
  }
}
