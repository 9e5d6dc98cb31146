import KODEngine
import Testing

@Suite("The timeline of availability") struct TimelineTests {
  private func blockers(_ script: Script, _ id: PrincipalID, _ clock: String) -> Blockers? {
    script.engine.blockers(of: id, at: Instant(clock: clock)!)
  }

  @Test("R32: what kept somebody away is known for every instant, to the microsecond")
  func history() {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann", .day(turns: ["09:00", "17:00"]), at: "08:00")
    _ = script.run("10:00 ann is off")
    _ = script.run("11:00 ann is follow")
    _ = script.run("18:00 time passes")
    let expected: [(String, Blockers)] = [
      ("00:00", [.registration]), ("07:59:59.999999", [.registration]), ("08:00", [.hours]),
      ("08:59:59.999999", [.hours]), ("09:00", []), ("09:59:59.999999", []),
      ("10:00", [.override]), ("11:00", []), ("17:00", [.hours]), ("99:00", [.hours]),
    ]
    for (clock, value) in expected { #expect(blockers(script, ann, clock) == value, "\(clock)") }
    let sam = script.person("sam", .supervisor)
    #expect(blockers(script, sam, "10:00") == nil)
  }

  @Test("Several changes in one instant count as the last of them")
  func oneInstant() {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann", at: "08:00")
    for word in ["off", "on", "off", "on"] { _ = script.run("10:00 ann is \(word)") }
    #expect(blockers(script, ann, "10:00") == [])
    _ = script.run("10:00 ann is off")
    #expect(blockers(script, ann, "10:00") == [.override])
    #expect(blockers(script, ann, "09:59:59.999999") == [])
  }

  @Test("256 changes are kept; before them nothing is known, also after a snapshot")
  func window() throws {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann", at: "00:00")
    func at(_ minute: Int) -> Instant { .midnight + .minutes(Int64(minute)) }
    func change(_ minute: Int) {
      var log: [Event] = []
      _ = script.engine.perform(
        .setAvailability(ann, minute % 2 == 1 ? .off : .on), at: at(minute), log: &log)
    }
    // The registration is the first of 256.
    for minute in 1...255 { change(minute) }
    #expect(script.engine.blockers(of: ann, at: at(-1)) == [.registration])
    for minute in 256...400 { change(minute) }
    let twin = try Engine(decodingState: script.engine.encodeState().span.bytes)
    for engine in [script.engine, twin] {
      #expect(engine.blockers(of: ann, at: at(-1)) == nil)
      #expect(engine.blockers(of: ann, at: at(144)) == nil)
      for minute in 145...400 {
        #expect(engine.blockers(of: ann, at: at(minute)) == (minute % 2 == 1 ? [.override] : []))
      }
    }
    #expect(twin.encodeState() == script.engine.encodeState())
  }

  @Test("R37: what routing looks at apart from availability has its own instant")
  func profile() {
    var script = Script(policy: .phase15)
    let ann = script.registered("ann", at: "08:00")
    func changed(_ clock: String, _ change: ProfileChange) -> String? {
      _ = script.act(clock, .saveProfile(ann, change))
      return script.engine.profileChangedAt(of: ann)?.clock
    }
    let contact = PreferredContact(phone: "+1")
    #expect(changed("08:01", ProfileChange(contact: contact)) == "08:00")
    #expect(changed("08:02", ProfileChange(availability: .day(through: "40:00"))) == "08:00")
    #expect(changed("08:03", ProfileChange(languages: ["en"])) == "08:00")
    #expect(changed("08:04", ProfileChange(languages: ["es"])) == "08:04")
    #expect(changed("08:05", ProfileChange(counties: CountySet([County("21001")]))) == "08:05")
  }

  @Test("R32 R36: capacity blocks while it is reached, and is told")
  func capacity() {
    var script = Script(policy: .phase15.with { $0.capacity = 1 })
    script.showsAvailability = true
    let ann = script.registered("ann", at: "08:00")
    _ = script.run("09:00 portal submits application en 21067")
    #expect(
      script.run("09:01 ann accepts 1") == [
        "09:01 ann: offer 1 accepted", "09:01 ann: available false, followSchedule",
        "09:01 referral 1: assigned to ann",
      ])
    #expect(script.standing(ann).blockers == [.capacity])
    #expect(
      script.run("09:02 ann closes 1 planEnrolled").first
        == "09:02 ann: available true, followSchedule")
    #expect(blockers(script, ann, "09:01:59.999999") == [.capacity])
  }
}
