import TestSupport
import Testing

@testable import KODTransport

@Suite struct TimerWheelTests {
  @Test func `A timer expires at the first call that has reached its deadline, not before`() {
    var wheel = TimerWheel<String>(resolutionMilliseconds: 10, slots: 64, now: 1000)
    _ = wheel.schedule("a", at: 1041)
    #expect(wheel.nextExpiry == 1050)
    for now: Int64 in [1000, 1040, 1041, 1049] { #expect(wheel.popExpired(now: now) == nil) }
    #expect(wheel.popExpired(now: 1050) == "a")
    #expect(wheel.popExpired(now: 1050) == nil)
    #expect(wheel.count == 0 && wheel.nextExpiry == nil)
  }

  @Test func `A deadline in the past expires at the next call, whatever the clock says`() {
    var wheel = TimerWheel<String>(resolutionMilliseconds: 10, slots: 64, now: 1000)
    _ = wheel.schedule("late", at: 1)
    _ = wheel.schedule("now", at: 1000)
    _ = wheel.schedule("never before", at: -5)
    #expect((wheel.nextExpiry ?? .max) <= 1000)
    var expired: [String] = []
    wheel.advance(to: 1000) { expired.append($0) }
    #expect(expired == ["late", "now", "never before"])
  }

  @Test func `A cancelled timer never expires, and its handle names nothing afterwards`() {
    var wheel = TimerWheel<String>(resolutionMilliseconds: 10, slots: 64, now: 0)
    let first = wheel.schedule("a", at: 100)
    #expect(wheel.cancel(first) == "a")
    #expect(wheel.cancel(first) == nil)
    // The node is used again, under another generation.
    let second = wheel.schedule("b", at: 100)
    #expect(first != second)
    #expect(wheel.cancel(first) == nil)
    #expect(wheel.popExpired(now: 100) == "b")
    #expect(wheel.cancel(second) == nil)
  }

  @Test func `A timer that is due may still be cancelled, and others added, between two pops`() {
    var wheel = TimerWheel<Int>(resolutionMilliseconds: 10, slots: 64, now: 0)
    let handles = (0..<4).map { wheel.schedule($0, at: 50) }
    #expect(wheel.popExpired(now: 70) == 0)
    #expect(wheel.cancel(handles[2]) == 2)
    _ = wheel.schedule(9, at: 60)
    _ = wheel.schedule(10, at: 71)
    #expect(wheel.popExpired(now: 70) == 1)
    #expect(wheel.popExpired(now: 70) == 3)
    #expect(wheel.popExpired(now: 70) == 9)
    #expect(wheel.popExpired(now: 70) == nil)
    #expect(wheel.popExpired(now: 80) == 10)
  }

  @Test func `Timers further away than one turn wait for theirs, also after a long pause`() {
    var wheel = TimerWheel<Int>(resolutionMilliseconds: 10, slots: 64, now: 0)
    for turn in 0..<5 { _ = wheel.schedule(turn, at: Int64(turn) * 640 + 100) }
    #expect(wheel.popExpired(now: 100) == 0)
    #expect(wheel.popExpired(now: 730) == nil)
    #expect(wheel.popExpired(now: 740) == 1)
    var expired: [Int] = []
    wheel.advance(to: 1_000_000) { expired.append($0) }
    #expect(expired == [2, 3, 4])
  }

  @Test func `Nothing is allocated for a timer once as many have existed at a time`() {
    var wheel = TimerWheel<UInt64>(resolutionMilliseconds: 10, slots: 64, now: 0)
    for round: Int64 in 0..<50 {
      var handles = (0..<100).map { wheel.schedule(UInt64($0), at: round * 1000 + Int64($0)) }
      handles.removeLast(50)
      for handle in handles { wheel.cancel(handle) }
      wheel.advance(to: round * 1000 + 500) { _ in }
      #expect(wheel.count == 0)
    }
    #expect(wheel.nodes.count == 100)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `The wheel does what a list of deadlines does, in a random life with seed`(seed: UInt64) {
    var random = SeededNumbers(state: seed)
    let resolution = Int64.random(in: 1...50, using: &random)
    var now = Int64.random(in: 0...100_000, using: &random)
    var wheel = TimerWheel<Int>(resolutionMilliseconds: resolution, slots: 64, now: now)
    var model: [Int: (handle: TimerHandle, deadline: Int64)] = [:]
    var swept = now / resolution
    for step in 0..<20_000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...4:
        let distance = Int64.random(in: -100...(resolution * 64 * 3), using: &random)
        model[step] = (wheel.schedule(step, at: now + distance), now + distance)
      case 5...6:
        guard let (token, timer) = model.randomElement(using: &random) else { continue }
        #expect(wheel.cancel(timer.handle) == token)
        model[token] = nil
      default:
        let leap = Int.random(in: 0..<50, using: &random) == 0 ? resolution * 200 : resolution * 2
        now += Int64.random(in: 0...leap, using: &random)
        swept = max(swept, now / resolution)
        let due = model.filter { $0.value.deadline <= swept * resolution }.keys.sorted()
        if let next = wheel.nextExpiry, let earliest = model.values.map(\.deadline).min() {
          // Never later than the earliest timer can expire.
          #expect(next <= max((earliest + resolution - 1) / resolution, swept) * resolution)
        } else {
          #expect(model.isEmpty)
        }
        var expired: [Int] = []
        wheel.advance(to: now) { expired.append($0) }
        #expect(expired.sorted() == due)
        for token in due { model[token] = nil }
      }
      #expect(wheel.count == model.count)
    }
  }
}
