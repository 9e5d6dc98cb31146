import KODEngine
import Testing

@Suite("Pushes") struct PushTests {
  private func engineWithMany() -> Script {
    var script = Script(policy: .phase15)
    _ = script.run("08:00 ann registers kynector en whole")
    for index in 1...200 {
      _ = script.run("09:00 portal submits application en 21067")
      _ = script.run("09:00 ann rejects \(index)")
    }
    return script
  }

  @Test("Offsets count from 1 without gaps; the last 256 are kept and given again as they were")
  func ring() throws {
    var script = Script(policy: .phase15)
    let ann = PrincipalID(1)
    var seen: [Push] = []
    _ = script.run("08:00 ann registers kynector en whole")
    for index in 1...200 {
      script.engine.takePushes(into: &seen)
      _ = script.run("09:00 portal submits application en 21067")
      _ = script.run("09:00 ann rejects \(index)")
    }
    let last = script.engine.lastPushOffset(of: ann)
    // Registration and availability, then two for each Offer.
    #expect(last == 402)
    let kept = try #require(script.engine.pushes(of: ann, after: last - 256))
    #expect(kept.map(\.offset) == Array(last - 255...last))
    let body = Push.Body.offerClosed(OfferID(200), .rejected, missedInARow: 0, withdrawal: nil)
    #expect(kept.last?.body == body)
    #expect(script.engine.pushes(of: ann, after: last) == [])
    #expect(script.engine.pushes(of: ann, after: last - 257) == nil)
    #expect(script.engine.pushes(of: ann, after: last + 1) == nil)
  }

  @Test("A gap is told whole or not at all: one push that is too old, and none of it is")
  func age() throws {
    var script = engineWithMany()
    _ = script.run("09:30 portal submits application en 21067")
    let ann = PrincipalID(1)
    let last = script.engine.lastPushOffset(of: ann)
    let kept = try #require(script.engine.pushes(of: ann, after: last - 10))
    let oldest = try #require(kept.map(\.at).min())
    #expect(try #require(kept.map(\.at).max()) > oldest)
    #expect(script.engine.pushes(of: ann, after: last - 10, since: oldest) == kept)
    let later = oldest + Instant.Interval(microseconds: 1)
    #expect(script.engine.pushes(of: ann, after: last - 10, since: later) == nil)
    // Nothing was missed: there is nothing that could be too old.
    #expect(script.engine.pushes(of: ann, after: last, since: EngineLimits.latestInstant) == [])
  }

  @Test("The kept pushes are the ones that were taken, also after encoding the state")
  func sameAsTaken() throws {
    var engine = Engine(policy: .lapseToMass)
    var log: [Event] = []
    var taken: [Push] = []
    var generator = Workload(seed: 5)
    for _ in 0..<120 {
      generator.step(&engine, &log)
      taken += engine.takePushes()
    }
    let decoded = try Engine(decodingState: engine.encodeState().span.bytes)
    for number in 1...UInt32(engine.counts.principals) {
      let id = PrincipalID(number)
      let own = taken.filter { $0.principal == id }
      #expect(own.map(\.offset) == (0..<UInt64(own.count)).map { $0 + 1 })
      #expect(engine.lastPushOffset(of: id) == UInt64(own.count))
      let window = own.suffix(256)
      #expect(decoded.pushes(of: id, after: UInt64(own.count - window.count)) == Array(window))
    }
    #expect(taken.count == engine.counts.pushes)
  }

  @Test("takePushes empties; the two-array form gives the same")
  func taking() {
    var script = engineWithMany()
    #expect(script.engine.takePushes().isEmpty)
    var log: [Event] = []
    let ann = PrincipalID(1)
    var twin = script.engine
    for (minute, override) in [("09:10", AvailabilityOverride.off), ("09:11", .on)] {
      let at = Instant(clock: minute)!
      _ = script.engine.perform(.setAvailability(ann, override), at: at, log: &log)
      _ = twin.perform(.setAvailability(ann, override), at: at, log: &log)
    }
    var pushes = [Push(principal: ann, offset: 0, at: .midnight, body: .offerOpened(OfferID(1)))]
    script.engine.takePushes(into: &pushes)
    #expect(pushes.map(\.offset) == [403, 404])
    #expect(pushes == twin.takePushes())
    script.engine.takePushes(into: &pushes)
    #expect(pushes.isEmpty)
  }

  @Test("R3 R31: every supervisor is told, also one who came later")
  func supervisors() {
    var script = Script(policy: .phase15)
    _ = script.run("08:00 sam watches")
    _ = script.run("08:00 sue watches")
    #expect(
      script.run("09:00 portal submits application en 21067").prefix(2) == [
        "09:00 sam: referral 1 waits, noOneAvailable",
        "09:00 sue: referral 1 waits, noOneAvailable",
      ])
  }
}
