import TestSupport
import Testing

@testable import KODEngine

/// A trap would end the test run: what is checked is that there is none, whatever fits.
@Suite("Events of another history") struct ForeignEventsTests {
  @Test("What fits can be applied, in any order", arguments: PropertyTests.seeds)
  func shuffled(seed: UInt64) {
    var (engine, events, random) = scene(seed)
    var applied = 0
    for _ in 0..<3 {
      for event in events.shuffled(using: &random) where engine.fits(event) {
        engine.apply(event)
        applied += 1
      }
    }
    #expect(applied > 100)
    goOn(&engine)
  }

  @Test("What fits can be applied, with any byte of it changed", arguments: PropertyTests.seeds)
  func damaged(seed: UInt64) {
    var (engine, events, random) = scene(seed)
    var applied = 0
    for event in events {
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      for _ in 0..<4 {
        var copy = bytes
        let index = Int.random(in: copy.indices, using: &random)
        copy[index] ^= UInt8.random(in: 1...255, using: &random)
        guard let others = try? Event.decodeAll(copy.span.bytes) else { continue }
        for other in others where engine.fits(other) {
          engine.apply(other)
          applied += 1
        }
      }
    }
    #expect(applied > 100)
    goOn(&engine)
  }

  /// An engine in the middle of its life, and the events of others.
  private func scene(_ seed: UInt64) -> (Engine, [Event], SeededNumbers) {
    var events: [Event] = []
    var own = Engine(policy: .phase15)
    for offset in 0..<3 as Range<UInt64> {
      var engine = Engine(policy: .phase15)
      var workload = Workload(seed: seed &+ offset)
      var log: [Event] = []
      for _ in 0..<300 { workload.step(&engine, &log) }
      if offset == 0 { for event in log.prefix(200) { own.apply(event) } }
      events += log
    }
    return (own, events, SeededNumbers(state: seed &+ 1000))
  }

  private func goOn(_ engine: inout Engine) {
    var log: [Event] = []
    _ = engine.perform(.serverStarted, at: engine.lastInstant, log: &log)
    _ = engine.perform(.advance, at: engine.lastInstant + .minutes(60), log: &log)
    #expect(engine.agenda.isEmpty)
  }
}
