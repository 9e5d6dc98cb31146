import KODEngine
import Testing

@Suite("Versions of the policy") struct PolicyVersionTests {
  @Test("R60: each version keeps since when, by whom and why; the first is the server's")
  func versions() throws {
    var script = Script(policy: .phase15)
    let sam = script.person("sam", .supervisor)
    #expect(script.engine.policyVersion == 1)
    #expect(
      script.act("09:00", .setPolicy(.serial, by: sam, reason: "pilot", expectedVersion: 1))
        == ["09:00 sam: policy 2"])
    _ = script.act("10:00", .setPolicy(.oneShot))
    for engine in [
      script.engine, try Engine(decodingState: script.engine.encodeState().span.bytes),
    ] {
      #expect(engine.policyVersion == 3 && engine.policy == .oneShot)
      let versions = (0...4).map { engine.policyVersion($0) }
      #expect(versions[0] == nil && versions[4] == nil)
      #expect(versions.map { $0?.policy } == [nil, .phase15, .serial, .oneShot, nil])
      #expect(versions[1]?.since == Instant(microseconds: 0) && versions[1]?.by == nil)
      #expect(versions[2]?.since == Instant(clock: "09:00") && versions[2]?.by == sam)
      #expect(versions[2]?.reason == "pilot" && versions[2]?.version == 2)
      #expect(versions[3]?.by == nil && versions[3]?.reason == "")
    }
  }

  @Test("R60: refused when somebody changed the policy since it was read")
  func expected() {
    var script = Script(policy: .phase15)
    let sam = script.person("sam", .supervisor)
    _ = script.act("09:00", .setPolicy(.serial, by: sam, reason: "a", expectedVersion: 1))
    #expect(
      script.act("09:01", .setPolicy(.oneShot, by: sam, reason: "b", expectedVersion: 1))
        == ["refused: policyVersion"])
    #expect(script.engine.policyVersion == 2)
    // The repeat of a call that succeeded.
    #expect(
      script.act("09:02", .setPolicy(.serial, by: sam, reason: "a", expectedVersion: 1)) == [])
    #expect(script.engine.policyVersion == 2)
    _ = script.act("09:03", .setPolicy(.oneShot, by: sam, reason: "b", expectedVersion: 2))
    #expect(script.engine.policyVersion == 3)
  }

  @Test("R60: set by supervisors only")
  func authority() {
    var script = Script(policy: .phase15)
    for id in [script.person("ann"), script.person("joe", .operator), PrincipalID(9)] {
      #expect(
        script.act("09:00", .setPolicy(.serial, by: id, reason: "r"))
          == ["refused: roleNotAllowed"])
    }
    #expect(script.engine.policy == .phase15)
  }

  @Test("R60: a log of an earlier program holds versions without a name")
  func unsigned() {
    var engine = Engine(policy: .phase15)
    let event = Event.policySet(.serial, at: Instant(clock: "09:00")!)
    #expect(engine.fits(event))
    engine.apply(event)
    #expect(engine.policyVersion(2)?.policy == .serial && engine.policyVersion(2)?.by == nil)
    #expect(engine.policyVersion(2)?.since == Instant(clock: "09:00"))
  }
}
