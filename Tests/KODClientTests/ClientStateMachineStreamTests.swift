import KODWire
import Testing

@testable import KODClient

@Suite("ClientStateMachine: streams beside the subscription")
struct ClientStateMachineStreamTests {
  private func open(_ harness: MachineHarness, _ ticket: UInt64 = 7, isLasting: Bool = true) {
    let payload = SubscribeNoticesRequest().encoded()
    harness.step {
      $0.openStream(
        ticket,
        StreamCall(
          isLasting ? .Notices.subscribeNotices : .Desk.simulatePolicy, payload: payload,
          isLasting: isLasting), at: $1)
    }
  }

  private func item(_ call: UInt32, _ id: UInt64) -> [UInt8] {
    Frames.bytes {
      $0.appendFrame(
        type: .item, call: call,
        payload: NoticeItem(item: .withdrawn(NoticeWithdrawn(noticeId: id))))
    }
  }

  @Test("a stream connects, begins, and yields items as they come")
  func begins() {
    let harness = MachineHarness()
    open(harness)
    #expect(harness.look() == ["connect"])
    harness.reconnect()
    harness.receive(item(1, 5))
    #expect(
      harness.look().filter { $0.hasPrefix("stream") } == [
        "stream 7: connected", "stream 7: began", "stream 7: item of 4 bytes",
      ])
  }

  @Test("a lasting stream is begun anew after a loss; another ends with UNAVAILABLE")
  func losses() {
    let harness = MachineHarness()
    harness.establish()
    open(harness, 7)
    open(harness, 8, isLasting: false)
    _ = harness.look()
    harness.lose()
    #expect(
      harness.look() == [
        "stream 8: ended UNAVAILABLE", "end of stream 8",
        "stream 7: disconnected UNAVAILABLE, again in 0 ms",
      ])
    harness.advanceToDeadline()
    harness.reconnect()
    #expect(
      harness.look().filter { $0.hasPrefix("stream") } == [
        "stream 7: connected", "stream 7: began",
      ])
    #expect(harness.machine.streams.count == 1)
  }

  @Test("a full buffer stops the stream with CANCEL, and it begins again when it was read")
  func pauses() {
    let harness = MachineHarness()
    harness.establish()
    open(harness)
    var waits = false
    harness.step { waits = $0.streamIsFull(7, at: $1) }
    #expect(waits)
    // What crosses the CANCEL is not delivered: it comes again.
    _ = harness.look()
    harness.receive(item(1, 6))
    #expect(harness.look() == [])
    harness.step { $0.streamCaughtUp(7, at: $1) }
    #expect(harness.look() == [])
    harness.receive(Frames.status(1, .callCancelled))
    harness.advanceToDeadline()
    #expect(harness.look().contains("stream 7: began"))
    #expect(harness.machine.streams[7]?.call == 2)
  }

  @Test("read before the server's last word or after it: the stream begins again either way")
  func pausesOtherOrder() {
    let harness = MachineHarness()
    harness.establish()
    open(harness)
    harness.step { _ = $0.streamIsFull(7, at: $1) }
    harness.receive(Frames.status(1, .callCancelled))
    harness.advance(milliseconds: 1)
    #expect(harness.machine.streams[7]?.call == nil)
    harness.step { $0.streamCaughtUp(7, at: $1) }
    #expect(harness.machine.streams[7]?.call == 2)
  }

  @Test("a stream that does not begin again is ended when its reader is too slow")
  func slowReader() {
    let harness = MachineHarness()
    harness.establish()
    open(harness, 8, isLasting: false)
    _ = harness.look()
    var waits = true
    harness.step { waits = $0.streamIsFull(8, at: $1) }
    #expect(!waits)
    #expect(harness.look().contains("stream 8: ended RESOURCE_EXHAUSTED"))
    #expect(harness.machine.streams.isEmpty)
  }

  @Test("a refusal for good ends it, one of the moment is tried again after the server's wait")
  func refusals() {
    let harness = MachineHarness()
    harness.establish()
    open(harness, 7)
    open(harness, 8)
    _ = harness.look()
    harness.receive(Frames.status(1, .roleNotAllowed))
    #expect(
      harness.look() == ["stream 7: ended PERMISSION_DENIED", "end of stream 7"])
    harness.receive(Frames.status(2, .serverStopping, retryAfterMs: 250))
    #expect(
      harness.look() == ["stream 8: disconnected UNAVAILABLE, again in 250 ms"])
    harness.advance(milliseconds: 249)
    #expect(harness.look() == [])
    harness.advance(milliseconds: 1)
    #expect(harness.look().contains("stream 8: began"))
  }

  @Test("a reader that leaves cancels the call, and what still comes finds nobody")
  func leaves() {
    let harness = MachineHarness()
    harness.establish()
    open(harness)
    _ = harness.look()
    harness.step { $0.closeStream(7, at: $1) }
    #expect(harness.look() == ["> CANCEL 1"])
    harness.receive(item(1, 5) + Frames.status(1, .callCancelled))
    #expect(harness.look() == [])
  }

  @Test("closing the client ends every stream without an error")
  func closes() {
    let harness = MachineHarness()
    harness.establish()
    open(harness)
    _ = harness.look()
    harness.step { $0.close(at: $1) }
    let lines = harness.look()
    #expect(lines.contains("end of stream 7"))
    #expect(!lines.contains { $0.hasPrefix("stream 7: ended") })
  }

  @Test(
    "a stream that the server has no room for waits for an answer, not for time: nothing is due")
  func hasNoRoom() {
    let harness = MachineHarness()
    var limits = Frames.limits
    limits.maximumCallsInFlight = 1
    harness.establish(limits: limits)
    open(harness, 7)
    open(harness, 8)
    let due = harness.machine.nextDeadline ?? 0
    #expect(due > harness.now)
    _ = harness.look()
    harness.receive(Frames.status(1, .roleNotAllowed))
    #expect(harness.look().contains("stream 8: began"))
  }
}
