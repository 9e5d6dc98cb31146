import KODEngine
import Testing

@Suite("Schedules") struct ScheduleTests {
  private func scene(_ schedule: Schedule) -> (script: Script, ann: PrincipalID) {
    var script = Script(policy: .phase15)
    script.showsAvailability = true
    let ann = script.registered("ann", schedule)
    return (script, ann)
  }

  // MARK: Hours

  @Test(
    "R34 R27: hours are half-open: inside at their start, outside at their end",
    arguments: [
      ("08:59:59.999999", false), ("09:00", true), ("11:59:59.999999", true), ("12:00", false),
      ("12:29:59.999999", false), ("12:30", true), ("16:59:59.999999", true), ("17:00", false),
      ("21:00", true), ("24:00", true), ("29:00", false),
    ])
  func halfOpen(clock: String, available: Bool) {
    // A lunch break, and a night shift across midnight.
    let hours = ["09:00", "12:00", "12:30", "17:00", "21:00", "29:00"]
    var (script, ann) = scene(.day(turns: hours))
    _ = script.run("\(clock) time passes")
    #expect(script.standing(ann).available == available)
    #expect(script.standing(ann).blockers == (available ? [] : [.hours]))
    let next = hours.map { Instant(clock: $0)! }.first { $0 > Instant(clock: clock)! }
    #expect(script.standing(ann).nextTurn == next && script.engine.nextDeadline == next)
    _ = script.run("\(clock) portal submits application en 21067")
    #expect(script.engine.counts.offers == (available ? 1 : 0))
  }

  @Test("R33 R32: the schedule works with nobody signed in, and tells of each change")
  func pushes() {
    var (script, _) = scene(.day(turns: ["09:00", "17:00"]))
    #expect(
      script.run("09:00 time passes") == ["09:00 ann: available true, followSchedule"])
    #expect(
      script.run("17:00 time passes") == ["17:00 ann: available false, followSchedule"])
  }

  @Test("R11: whoever's shift begins is asked about what waits")
  func shiftBegins() {
    var (script, _) = scene(.day(turns: ["09:00"]))
    _ = script.run("08:00 portal submits application en 21067")
    #expect(
      script.run("09:00 time passes") == [
        "09:00 ann: available true, followSchedule",
        "09:00 ann: offer 1 of referral 1, general until 09:15", "09:00 referral 1: general",
      ])
  }

  @Test("R35 R22 R23: a shift that ends under an open Offer leaves it open; its lapse is expired")
  func shiftEnds() {
    var (script, ann) = scene(.day(turns: ["09:00", "17:00"]))
    _ = script.run("16:50 portal submits application en 21067")
    _ = script.run("17:04 time passes")
    #expect(script.offerStates(1...1) == [.pending])
    _ = script.run("17:05 time passes")
    #expect(script.offerStates(1...1) == [.expired])
    #expect(script.standing(ann).missedInARow == 0)
  }

  @Test("R20 R35: an Offer may be accepted after the shift, until its deadline")
  func acceptAfterShift() {
    var (script, _) = scene(.day(turns: ["09:00", "17:00"]))
    _ = script.run("16:50 portal submits application en 21067")
    #expect(
      script.run("17:04:59.999999 ann accepts 1").last
        == "17:04:59.999999 referral 1: assigned to ann")
  }

  @Test(
    "R29 R35 R22: lapses come before turns: who was there until the deadline missed it",
    arguments: [("17:00", OfferState.missed), ("16:59:59.999999", .expired)])
  func shiftEndsAtTheDeadline(end: String, state: OfferState) {
    var (script, ann) = scene(.day(turns: ["09:00", end]))
    _ = script.run("16:45 portal submits application en 21067")
    _ = script.run("17:00 time passes")
    #expect(script.offerStates(1...1) == [state])
    #expect(script.standing(ann).missedInARow == (state == .missed ? 1 : 0))
  }

  @Test("R29: one instant: lapse, turn, credential's date, stage change, new Offer")
  func orderWithinAnInstant() {
    var script = Script(policy: .phase15)
    script.showsAvailability = true
    let sam = script.person("sam", .supervisor)
    _ = script.registered("ann")
    _ = script.registered("bob", .day(turns: ["10:15"]))
    let cid = script.registered("cid")
    let off = script.registered("dee", .day(turns: ["10:15"], inside: true))
    _ = script.act("00:01", .setAvailability(cid, .off))
    _ = script.act(
      "00:01",
      .setCredentialDate(sam, assister: cid, until: Instant(clock: "10:15")!, reason: "r"))
    _ = script.act("00:02", .setAvailability(off, .off))
    _ = script.act("00:03", .setAvailability(off, .followSchedule))
    _ = script.run("10:00 portal submits application en 21067")
    #expect(
      script.run("10:15 time passes") == [
        "10:15 ann: offer 1 missed, 1 in a row",
        "10:15 bob: available true, followSchedule", "10:15 dee: available false, followSchedule",
        "10:15 cid: registration suspended",
        "10:15 ann: offer 2 of referral 1, mass until 10:30",
        "10:15 bob: offer 3 of referral 1, mass until 10:30", "10:15 referral 1: mass",
      ])
    let kinds = script.log.suffix(4).map { event in
      switch event {
      case .generalLapsed: "lapse"
      case .scheduleTurned: "turn"
      case .credentialsExpired: "date"
      case .massOpened: "mass"
      default: "delivered"
      }
    }
    #expect(kinds == ["lapse", "turn", "date", "mass"])
  }

  @Test("R29: an accept at exactly the shift's end comes before the turn")
  func acceptAtTheTurn() {
    var (script, ann) = scene(.day(turns: ["09:00", "17:00"]))
    _ = script.run("16:50 portal submits application en 21067")
    #expect(
      script.run("17:00 ann accepts 1") == [
        "17:00 ann: offer 1 accepted", "17:00 ann: available false, followSchedule",
        "17:00 referral 1: assigned to ann",
      ])
    #expect(script.standing(ann).openAssignments == 1)
  }

  @Test("R27 R29: time that is worked off late asks nobody whose shift is over by now")
  func lateWork() {
    var script = Script(policy: .phase15)
    _ = script.registered("ann", .day())
    _ = script.registered("bob", .day(turns: ["10:15:00.2"], inside: true))
    let cid = script.registered("cid", .day(turns: ["10:15:00.3"]))
    _ = script.run("10:00 portal submits application en 21067")
    // A stalled process: everything up to now at once.
    var log: [Event] = []
    _ = script.engine.perform(.advance, at: Instant(clock: "10:15:01")!, log: &log)
    guard case .massOpened(_, _, let recipients, _, _) = log.last else {
      Issue.record("\(log)")
      return
    }
    #expect(recipients == [PrincipalID(1), cid])
  }

  // MARK: Override

  @Test("R33: on outside hours holds until the next turn, then the schedule rules")
  func onUntilTheTurn() {
    var (script, ann) = scene(.day(turns: ["09:00", "17:00", "33:00"]))
    _ = script.run("18:00 ann is on")
    #expect(script.standing(ann).overrideUntil == Instant(clock: "33:00"))
    _ = script.run("32:59:59.999999 time passes")
    #expect(script.standing(ann).override == .on && script.standing(ann).available)
    #expect(
      script.run("33:00 time passes") == ["33:00 ann: available true, followSchedule, cleared"])
    #expect(script.standing(ann).overrideUntil == nil)
  }

  @Test("R33 R32: on inside hours ends with the shift; off holds over every turn")
  func onAndOff() {
    var (script, ann) = scene(.day(turns: ["09:00", "17:00", "33:00"]))
    _ = script.run("10:00 ann is on")
    #expect(
      script.run("17:00 time passes") == ["17:00 ann: available false, followSchedule, cleared"])
    #expect(script.run("18:00 ann is off") == ["18:00 ann: available false, off"])
    #expect(script.standing(ann).overrideUntil == nil)
    #expect(script.run("33:00 time passes") == [])
    #expect(script.standing(ann).override == .off)
    #expect(script.standing(ann).blockers == [.override])
  }

  @Test("R33: around the clock knows no turns: on holds")
  func aroundTheClock() {
    var (script, ann) = scene(.day())
    _ = script.run("10:00 ann is on")
    #expect(script.standing(ann).nextTurn == nil && script.standing(ann).overrideUntil == nil)
    _ = script.run("40:00 time passes")
    #expect(script.standing(ann).override == .on)
  }

  // MARK: Out of office

  @Test(
    "R34 R27: out of office beats on, half-open",
    arguments: [
      ("11:59:59.999999", true), ("12:00", false), ("12:59:59.999999", false), ("13:00", true),
      ("20:00", false), ("47:00", false),
    ])
  func outOfOffice(clock: String, available: Bool) {
    var (script, ann) = scene(
      .day(outOfOffice: [.clock("20:00", nil), .clock("12:00", "13:00")]))
    _ = script.run("10:00 ann is on")
    _ = script.run("\(clock) time passes")
    #expect(script.standing(ann).available == available)
    #expect(script.standing(ann).blockers == (available ? [] : [.outOfOffice]))
    #expect(script.standing(ann).override == .on)
  }

  @Test("R34: ranges that overlap count once; one that has begun counts at once when saved")
  func savedRanges() {
    var (script, ann) = scene(.day())
    _ = script.run("10:00 portal submits application en 21067")
    let away = Schedule.day(outOfOffice: [.clock("09:00", "11:00"), .clock("10:30", "12:00")])
    _ = script.act("10:05", .saveProfile(ann, ProfileChange(availability: away)))
    #expect(script.standing(ann).blockers == [.outOfOffice])
    // R23: not available all through.
    #expect(script.offerStates(1...1) == [.pending])
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [.expired])
    #expect(script.run("11:00 time passes") == [])
    #expect(script.run("12:00 time passes").first == "12:00 ann: available true, followSchedule")
  }

  @Test("R22 R23: another language and an absence saved in one go excuse the open Offer as well")
  func savedTogether() {
    var (script, ann) = scene(.day())
    _ = script.run("10:00 portal submits application en 21067")
    let away = Schedule.day(outOfOffice: [.clock("10:00", nil)])
    _ = script.act(
      "10:05", .saveProfile(ann, ProfileChange(languages: ["en", "es"], availability: away)))
    _ = script.run("10:15 time passes")
    #expect(script.offerStates(1...1) == [.expired])
  }

  @Test("R34: saving no ranges ends an absence without end")
  func noRanges() {
    var (script, ann) = scene(.day(outOfOffice: [.clock("01:00", nil)]))
    _ = script.run("10:00 time passes")
    #expect(!script.standing(ann).available)
    _ = script.act("10:05", .saveProfile(ann, ProfileChange(availability: .day())))
    #expect(script.standing(ann).available && script.engine.nextDeadline == nil)
  }

  // MARK: Many at once

  @Test("R29 R33: everybody who turns in one instant is in one event, 4096 at most")
  func together() {
    var script = Script(policy: .phase15)
    var late: PrincipalID?
    for number in 1...5000 {
      late = script.registered("a\(number)", .day(turns: [number == 5000 ? "09:01" : "09:00"]))
    }
    var log: [Event] = []
    _ = script.engine.perform(.advance, at: Instant(clock: "09:00")!, log: &log)
    let sizes = log.map { event -> Int in
      guard case .scheduleTurned(let ids, let at) = event else { return -1 }
      return at == Instant(clock: "09:00") && ids == ids.sorted() ? ids.count : -1
    }
    #expect(sizes == [4096, 903])
    var bytes: [UInt8] = []
    for event in log { event.encode(to: &bytes) }
    #expect(bytes.count < 4999 + 32)
    #expect(script.engine.counts.assistersAvailable == 4999)
    #expect(!script.standing(late!).available)
    #expect(script.engine.nextDeadline == Instant(clock: "09:01"))
  }

  @Test("Saving again and again leaves one appointment: nothing is due that is not meant")
  func replacedSchedules() {
    var (script, ann) = scene(.day())
    for minute in 1...500 {
      let turn = "20:\(minute / 60 + 10):\(minute % 60)"
      _ = script.engine.perform(
        .saveProfile(ann, ProfileChange(availability: .day(turns: [turn]))),
        at: Instant(clock: "10:00")!, log: &script.log)
      #expect(script.engine.nextDeadline == Instant(clock: turn))
    }
    _ = script.engine.perform(
      .saveProfile(ann, ProfileChange(availability: .day())), at: Instant(clock: "10:00")!,
      log: &script.log)
    #expect(script.engine.nextDeadline == nil)
  }

  @Test(
    "R18 R34: settings and outlooks out of bounds or order are refused",
    arguments: [
      { $0.settings.timeZone = "" }, { $0.outlook.through = $0.outlook.from },
      { $0.outlook.from = Instant(clock: "10:00:01")! },
      { $0.outlook.turns = [$0.outlook.from] }, { $0.outlook.turns = [$0.outlook.through] },
      { $0.outlook.turns = [Instant(clock: "12:00")!, Instant(clock: "11:00")!] },
      { $0.outlook.midnights = [$0.outlook.through] },
      { $0.settings.outOfOffice = [.clock("12:00", "12:00")] },
      { $0.settings.outOfOffice = Array(repeating: .clock("12:00", nil), count: 33) },
      { $0.settings.weeklyHours = [DailyHours(day: .monday, start: 0, end: 60)] },
      {
        $0.settings.aroundTheClock = false
        $0.settings.weeklyHours = [DailyHours(day: .monday, start: 60, end: 60)]
      },
      {
        $0.settings.aroundTheClock = false
        $0.settings.weeklyHours = Array(
          repeating: DailyHours(day: .monday, start: 0, end: 60), count: 43)
      },
    ] as [@Sendable (inout Schedule) -> Void])
  func unsound(change: @Sendable (inout Schedule) -> Void) {
    var (script, ann) = scene(.day())
    var schedule = Schedule.day(through: "40:00")
    change(&schedule)
    let before = script.engine.encodeState()
    #expect(
      script.act("10:00", .saveProfile(ann, ProfileChange(availability: schedule)))
        == ["refused: scheduleInvalid"])
    #expect(script.engine.encodeState() == before)
  }
}
