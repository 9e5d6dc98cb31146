import Glibc
import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("Presence and schedules", .serialized, .timeLimit(.minutes(2)))
struct PresenceTests {
  /// Never inside hours.
  private static let closed = SaveAvailabilityRequest(
    availability: Availability(timeZone: "America/Chicago"))

  @Test(
    "R33: opening a session outside hours clears \"on\"; a second device and a resumption do not")
  func sessions() throws {
    let server = try TestServer([("alice", .assister), ("sam", .supervisor)])
    let calls = try Caller(server, "alice")
    let _: Profile = try calls.call(.Assisters.saveAvailability, Self.closed)
    func switchOn() throws -> AssisterStatus {
      try calls.call(.Assisters.setAvailability, SetAvailabilityRequest(override: .overrideOn))
    }
    #expect(try switchOn().available)
    #expect(try switchOn().hasSession == false)

    let phone = try Caller(server, "alice")
    let listening = try phone.subscribe()
    guard case .availabilityChanged(let change) = try phone.push(of: listening.call) else {
      Issue.record("not cleared")
      return
    }
    #expect(change.overrideCleared)
    #expect(!change.available)
    #expect(change.blockers == 1 << UInt32(Blocker.blockedByHours.rawValue))

    // Switched on again it holds, and a second device is no new session.
    #expect(try switchOn().hasSession)
    let tablet = try Caller(server, "alice")
    _ = try tablet.subscribe()
    let standing: Standing = try calls.call(.Assisters.getStanding, GetStandingRequest())
    #expect(standing.status?.override == .overrideOn)

    // Both go, and one resumes where it was.
    var start: SubscriptionStart?
    for item in listening.state { if case .start(let found) = item { start = found } }
    let from = try #require(start)
    phone.client.close()
    tablet.client.close()
    try waitUntil {
      let now: Standing = try calls.call(.Assisters.getStanding, GetStandingRequest())
      return now.status?.hasSession == false
    }
    let resumed = try Caller(server, "alice")
    let call = resumed.send(
      .Pushes.subscribe, SubscribeRequest(epoch: from.epoch, offset: from.offset))
    guard case .start(let again) = try resumed.item(of: call, as: SubscribeItem.self)?.item else {
      Issue.record("no start")
      return
    }
    #expect(again.recovered)
    let after: Standing = try calls.call(.Assisters.getStanding, GetStandingRequest())
    #expect(after.status?.override == .overrideOn)
    #expect(after.status?.hasSession == true)
  }

  private func waitUntil(_ condition: () throws -> Bool) throws {
    for _ in 0..<500 {
      if try condition() { return }
      usleep(10_000)
    }
    Issue.record("it did not come to that")
  }

  // MARK: Outlooks, by a clock of the test's own

  private static let monday = Instant(microseconds: 1_767_592_800_000_000)

  /// An engine with so many assisters who work on weekdays, saved at `monday`.
  private static func office(_ count: Int, zone: String = "America/Chicago") throws -> Engine {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var outlooks = Outlooks()
    let settings = AvailabilitySettings(
      timeZone: zone,
      weeklyHours: [Weekday.monday, .tuesday, .wednesday].map {
        KODEngine.DailyHours(day: $0, start: 480, end: 1020, breaks: [.init(start: 720, end: 780)])
      })
    for number in 1...count {
      let principal = NewPrincipal(
        name: "a\(number)", role: .assister, credential: UInt64(number),
        tokenDigest: TokenDigest(high: 0, low: 0))
      _ = engine.perform(.createPrincipal(principal), at: monday, log: &log)
      let id = PrincipalID(UInt32(number))
      _ = engine.perform(
        .register(
          id, Registration(kind: .agent, languages: ["en"], counties: CountySet())), at: monday,
        log: &log)
      let made = outlooks.schedule(settings, at: monday)
      let schedule = try #require(made)
      _ = engine.perform(
        .saveProfile(id, ProfileChange(availability: schedule)), at: monday, log: &log)
    }
    return engine
  }

  @Test("R34: a schedule with less than a week left is made known two weeks ahead, a slice a turn")
  func extending() throws {
    var engine = try Self.office(300)
    var keeper = OutlookKeeper()
    let id = PrincipalID(7)
    let saved = try #require(engine.profile(of: id)?.outlookThrough)
    #expect(saved == Self.monday + Outlooks.span)
    #expect(keeper.commands(at: Self.monday, in: engine).isEmpty)
    #expect(keeper.nextLook > Self.monday)
    #expect(keeper.nextLook <= Self.monday + OutlookKeeper.lookEvery)

    let later = Self.monday + .minutes(8 * 1440)
    var turns: [Int] = []
    var log: [Event] = []
    while turns.count < 10 {
      let commands = keeper.commands(at: later, in: engine)
      if commands.isEmpty { break }
      turns.append(commands.count)
      for command in commands {
        guard case .success = engine.perform(command, at: later, log: &log) else {
          Issue.record("refused: \(command)")
          return
        }
      }
    }
    #expect(turns == [128, 128, 44])
    #expect(engine.profile(of: id)?.outlookThrough == later + Outlooks.span)
    // The hours are the same as if they had been saved then.
    #expect((engine.standing(of: id)?.nextTurn ?? later) > later)
  }

  @Test("R34: a schedule that ran out while nobody served begins again now")
  func ranOut() throws {
    var engine = try Self.office(1)
    var keeper = OutlookKeeper()
    var log: [Event] = []
    let later = Self.monday + .minutes(60 * 1440)
    _ = engine.perform(.serverStarted, at: later, log: &log)
    let commands = keeper.commands(at: later, in: engine)
    #expect(commands.count == 1)
    for command in commands { _ = engine.perform(command, at: later, log: &log) }
    #expect(engine.profile(of: PrincipalID(1))?.outlookThrough == later + Outlooks.span)
    #expect(keeper.commands(at: later, in: engine).isEmpty)
  }
}
