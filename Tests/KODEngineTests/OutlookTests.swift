import KODEngine
import Testing

@Suite("Outlooks") struct OutlookTests {
  private func scene(_ schedule: Schedule) -> (script: Script, ann: PrincipalID) {
    var script = Script(policy: .phase15)
    script.showsAvailability = true
    let ann = script.registered("ann", schedule)
    return (script, ann)
  }

  private func turns(_ engine: Engine, _ id: PrincipalID) -> String? {
    engine.standing(of: id)?.nextTurn?.clock
  }

  @Test("R34: the next outlook goes on where the one before ends")
  func extending() {
    var (script, ann) = scene(.day(turns: ["09:00", "17:00"], through: "24:00"))
    _ = script.act(
      "10:00",
      .extendOutlook(
        ann, .clock(from: "24:00", through: "48:00", inside: false, turns: ["33:00", "41:00"])))
    #expect(script.engine.profile(of: ann)?.outlookThrough == Instant(clock: "48:00"))
    for (clock, available) in [
      ("16:59", true), ("17:00", false), ("24:00", false), ("33:00", true), ("41:00", false),
    ] {
      _ = script.run("\(clock) time passes")
      #expect(script.standing(ann).available == available, "\(clock)")
    }
    let events = script.log.count
    #expect(
      script.act(
        "42:00",
        .extendOutlook(
          ann, .clock(from: "24:00", through: "48:00", inside: false, turns: ["33:00", "41:00"])))
        == [])
    #expect(script.log.count == events)
  }

  @Test("R34: an outlook that begins otherwise than the one before ends turns in between")
  func seam() {
    var (script, ann) = scene(.day(turns: ["21:00"], through: "24:00"))
    _ = script.act(
      "10:00",
      .extendOutlook(ann, .clock(from: "24:00", through: "48:00", inside: false, turns: [])))
    _ = script.run("21:00 time passes")
    #expect(turns(script.engine, ann) == "24:00")
    #expect(
      script.run("24:00 time passes") == ["24:00 ann: available false, followSchedule"])
  }

  @Test("R34: where an outlook ends the last known state holds")
  func runsOut() {
    var (script, ann) = scene(.day(turns: ["09:00"], through: "12:00"))
    _ = script.run("36:00 time passes")
    #expect(script.standing(ann).available && turns(script.engine, ann) == nil)
    #expect(script.engine.nextDeadline == nil)
  }

  @Test("R23 R34: turns of the past that come with a late outlook have their own instants")
  func late() {
    var (script, ann) = scene(.day(turns: ["09:00"], through: "12:00"))
    _ = script.run("10:00 time passes")
    let outlook = ScheduleOutlook.clock(
      from: "12:00", through: "48:00", inside: true, turns: ["17:00", "33:00", "41:00"])
    #expect(
      script.act("34:00", .extendOutlook(ann, outlook)) == [
        "17:00 ann: available false, followSchedule", "33:00 ann: available true, followSchedule",
      ])
    #expect(turns(script.engine, ann) == "41:00")
    // What was believed between them stays on record.
    #expect(script.engine.blockers(of: ann, at: Instant(clock: "20:00")!) == [])
  }

  @Test("R33 R34: after a gap in what was known the outlook holds as of now")
  func gap() {
    var (script, ann) = scene(.day(turns: ["09:00"], through: "12:00"))
    _ = script.run("10:00 ann is on")
    let outlook = ScheduleOutlook.clock(
      from: "30:00", through: "48:00", inside: false, turns: ["33:00", "35:00", "41:00"])
    #expect(
      script.act("36:00", .extendOutlook(ann, outlook))
        == ["36:00 ann: available false, followSchedule, cleared"])
    #expect(turns(script.engine, ann) == "41:00")
  }

  @Test("R18: an outlook with a gap in the future, or for who saved no hours, is refused")
  func refused() {
    var (script, ann) = scene(.day(through: "12:00"))
    let gap = ScheduleOutlook.clock(from: "12:00:01", through: "48:00", inside: true, turns: [])
    #expect(
      script.act("10:00", .extendOutlook(ann, gap)) == ["refused: scheduleInvalid"])
    let bob = script.person("bob")
    let first = ScheduleOutlook.clock(from: "00:00", through: "48:00", inside: true, turns: [])
    #expect(
      script.act("10:00", .extendOutlook(bob, first)) == ["refused: scheduleInvalid"])
    let sam = script.person("sam", .supervisor)
    #expect(script.act("10:00", .extendOutlook(sam, first)) == ["refused: roleNotAllowed"])
  }

  @Test("R34: an outlook is asked for when less than 7 days are left, at once when there is none")
  func needs() {
    var script = Script(policy: .phase15)
    let fortnight = Schedule.day(through: "336:00")
    let ann = script.registered("ann", fortnight)
    let bob = script.registered("bob", .day(through: "335:00"))
    #expect(script.engine.nextOutlookNeed == Instant(clock: "167:00"))
    #expect(script.engine.assistersNeedingOutlook(at: Instant(clock: "166:59:59.999999")!) == [])
    #expect(script.engine.assistersNeedingOutlook(at: Instant(clock: "167:00")!) == [bob])
    #expect(script.engine.assistersNeedingOutlook(at: Instant(clock: "168:00")!) == [bob, ann])
    let cid = script.person("cid")
    #expect(script.engine.nextOutlookNeed == Instant(clock: "167:00"))
    let words = Registration(kind: .agent, languages: ["en"], counties: CountySet())
    _ = script.act("01:00", .register(cid, words))
    #expect(script.engine.nextOutlookNeed == Instant(microseconds: 0))
    #expect(
      script.engine.assistersNeedingOutlook(at: Instant(clock: "168:00")!, limit: 2) == [cid, bob])
    _ = script.act(
      "02:00",
      .extendOutlook(cid, .clock(from: "00:00", through: "336:00", inside: true, turns: [])))
    _ = script.act(
      "03:00",
      .extendOutlook(bob, .clock(from: "335:00", through: "400:00", inside: true, turns: [])))
    #expect(script.engine.nextOutlookNeed == Instant(clock: "168:00"))
    #expect(script.engine.assistersNeedingOutlook(at: Instant(clock: "168:00")!) == [ann, cid])
  }

  @Test("R37 R70: a day is the assister's own, from midnight to midnight, also with 25 hours")
  func days() throws {
    var script = Script(policy: .phase15)
    let ann = script.person("ann")
    var schedule = Schedule.day(through: "60:00")
    schedule.outlook.midnights = ["-1:00", "24:00", "49:00"].map { clock in
      clock == "-1:00" ? Instant.midnight + .minutes(-60) : Instant(clock: clock)!
    }
    _ = script.act("00:00", .saveProfile(ann, .complete(schedule)))
    let cases: [(String, String, String)] = [
      ("23:59:59.999999", "-1", "24:00"), ("24:00", "24:00", "49:00"), ("48:30", "24:00", "49:00"),
      ("59:00", "49:00", "73:00"),
    ]
    for (clock, start, end) in cases {
      let day = try #require(script.engine.day(of: ann, at: Instant(clock: clock)!))
      #expect(day.start == (start == "-1" ? .midnight + .minutes(-60) : Instant(clock: start)!))
      #expect(day.end == Instant(clock: end))
    }
    #expect(script.engine.day(of: ann, at: Instant(clock: "60:00")!) == nil)
    #expect(script.engine.day(of: ann, at: .midnight + .minutes(-61)) == nil)
  }

  @Test("R37: offers today count by the assister's own midnight")
  func offersToday() {
    // All else is equal, and ann's number is lower; but in her western zone it is not midnight yet.
    var script = Script(policy: .phase15)
    var schedule = Schedule.day()
    schedule.outlook.midnights = ["01:00", "25:00"].map { Instant(clock: $0)! }
    let ann = script.registered("ann", schedule)
    let bob = script.registered("bob")
    _ = script.run("23:59 portal submits application en 21067")
    _ = script.run("23:59 ann rejects 1")
    _ = script.run("23:59 bob rejects 2")
    for (clock, next) in [("23:59", ann), ("24:00", bob), ("24:59:59", bob), ("25:00", ann)] {
      var later = script
      _ = later.run("\(clock) portal submits application en 21067")
      #expect(later.engine.offer(OfferID(3))?.assister == next, "\(clock)")
    }
  }
}
