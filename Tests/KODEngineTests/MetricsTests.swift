import KODEngine
import Testing

@Suite("View Metrics") struct MetricsTests {
  /// A day of two assisters, small enough to add up by hand.
  static let day = """
    09:00 amy registers agent en whole
    09:00 bob registers agent en whole
    09:00 sup watches
    10:00 portal submits plan en 21067
    10:02 amy accepts 1
    10:05 amy calls 1 noAnswer
    10:06 amy calls 1 reached
    10:30 amy closes 1 questionAnswered
    11:00 portal submits plan en 21067
    11:04 bob rejects 2
    11:10 amy accepts 3
    12:00 sup gives-up 2 nobody left
    13:00 portal submits plan en 21067
    13:16 bob accepts 6
    13:20 bob calls 3 reached
    13:40 bob closes 3 bothDone
    14:00 portal submits plan es 21111
    14:05 portal cancels 4
    15:00 portal submits plan en 21067
    15:05 time
    """

  @Test("R72: an assister's numbers, added up by hand")
  func assister() {
    let engine = history(MetricsTests.day)
    var amy = AssisterMetrics(from: .midnight, to: Instant("24:00"))
    amy.general.accepted = 2
    amy.general.pending = 1
    amy.mass.taken = 1
    amy.acceptancePermille = 1000
    amy.respondMedian = 120_000
    amy.respondP90 = 360_000
    amy.firstCallMedian = 180_000
    amy.firstCallP90 = 180_000
    amy.assignments = 2
    amy.called = 1
    amy.calledInPromise = 1
    amy.brokenAcceptances = 1
    amy.outcomes = [OutcomeTally(outcome: .questionAnswered, count: 1)]
    for hour in [10, 11, 13, 15] { amy.receivedByHour[hour] = 1 }
    #expect(engine.metrics(of: "amy", .midnight, Instant("24:00")) == amy)
    #expect(amy.general.received == 3)

    var bob = AssisterMetrics(from: .midnight, to: Instant("24:00"))
    bob.general.rejected = 1
    bob.general.missed = 1
    bob.mass.accepted = 1
    bob.acceptancePermille = 333
    bob.respondMedian = 60_000
    bob.respondP90 = 240_000
    bob.firstCallMedian = 240_000
    bob.firstCallP90 = 240_000
    bob.assignments = 1
    bob.called = 1
    bob.calledInPromise = 1
    bob.outcomes = [OutcomeTally(outcome: .bothDone, count: 1)]
    bob.receivedByHour[11] = 1
    bob.receivedByHour[13] = 2
    #expect(engine.metrics(of: "bob", .midnight, Instant("24:00")) == bob)
  }

  @Test("R72: the program's numbers, added up by hand")
  func program() {
    let engine = history(MetricsTests.day)
    var sum = ProgramMetrics(from: .midnight, to: Instant("24:00"))
    sum.submitted = 5
    sum.offered = 4
    sum.assigned = 3
    sum.called = 2
    sum.calledInPromise = 2
    sum.contacted = 2
    sum.closed = 3
    sum.served = 2
    sum.cancelled = 1
    sum.promiseMissed = 1
    sum.wentToMass = 1
    sum.everWaited = 2
    sum.open = 1
    sum.waitMedian = 300_000
    sum.waitP90 = 1_200_000
    sum.acceptMedian = 600_000
    sum.acceptP90 = 960_000
    sum.general.accepted = 2
    sum.general.rejected = 1
    sum.general.missed = 1
    sum.general.pending = 1
    sum.mass.accepted = 1
    sum.mass.taken = 1
    sum.outcomes = [.bothDone, .questionAnswered, .unserved].map {
      OutcomeTally(outcome: $0, count: 1)
    }
    sum.byCounty = [
      cell(County("21067"), 4, nobody: 0, called: 2, missed: 1),
      cell(County("21111"), 1, nobody: 1, called: 0, missed: 0),
    ]
    sum.byLanguage = [
      cell("en", 4, nobody: 0, called: 2, missed: 1),
      cell("es", 1, nobody: 1, called: 0, missed: 0),
    ]
    sum.byHour = (0..<24).map { CoverageCell(key: $0) }
    sum.byHour[10] = cell(10, 1, nobody: 0, called: 1, missed: 0)
    sum.byHour[11] = cell(11, 1, nobody: 0, called: 0, missed: 1)
    sum.byHour[13] = cell(13, 1, nobody: 0, called: 1, missed: 0)
    sum.byHour[14] = cell(14, 1, nobody: 1, called: 0, missed: 0)
    sum.byHour[15] = cell(15, 1, nobody: 0, called: 0, missed: 0)
    sum.brokenAcceptances = 1
    for budget in [1, 2, 7, 1000] {
      #expect(engine.programMetrics(.midnight, Instant("24:00"), budget: budget) == sum)
    }
  }

  private func cell<Key>(
    _ key: Key, _ submitted: UInt64, nobody: UInt64, called: UInt64, missed: UInt64
  ) -> CoverageCell<Key> {
    var cell = CoverageCell(key: key)
    cell.submitted = submitted
    cell.foundNobody = nobody
    cell.calledInPromise = called
    cell.promiseMissed = missed
    return cell
  }

  @Test("R72: a period includes its start and not its end")
  func period() {
    let engine = history(MetricsTests.day)
    let program = engine.programMetrics(Instant("11:00"), Instant("15:00"))
    #expect(program.submitted == 3 && program.general.received == 3)
    #expect(engine.programMetrics(Instant("11:00:00.000001"), Instant("15:00")).submitted == 2)
    #expect(engine.programMetrics(Instant("15:00"), Instant("11:00")).submitted == 0)
    // Amy's Offer of 11:04 and the work she accepted at 11:10.
    let amy = engine.metrics(of: "amy", Instant("11:04"), Instant("13:15"))
    #expect(amy.general.received == 1 && amy.mass.received == 0 && amy.assignments == 1)
    let later = engine.metrics(of: "amy", Instant("11:10"), Instant("13:15:00.000001"))
    #expect(later.general.received == 0 && later.mass.received == 1 && later.assignments == 1)
    #expect(
      engine.metrics(of: "amy", Instant("11:10:00.000001"), Instant("24:00")).assignments == 0)
  }

  @Test("R31 R72: de-registrations for misses count in the period in which they happened")
  func deregistrations() {
    let engine = history(
      """
      09:00 amy registers agent en whole
      10:00 portal submits plan en 21067
      11:00 portal submits plan en 21067
      12:00 portal submits plan en 21067
      12:30 time
      """)
    #expect(engine.standing(of: engine.id("amy"))?.registration == .deregistered)
    #expect(engine.programMetrics(.midnight, Instant("24:00")).deregistrations == 1)
    #expect(engine.programMetrics(Instant("12:15"), Instant("12:15:01")).deregistrations == 1)
    #expect(engine.programMetrics(.midnight, Instant("12:15")).deregistrations == 0)
    #expect(
      engine.programMetrics(Instant("12:15:00.000001"), Instant("24:00")).deregistrations == 0)
  }

  @Test("R44 R72: a first call in the very instant of the promise is too late, everywhere alike")
  func promiseBoundary() {
    let calls = [("10:29:59.999999", true), ("10:30", false)]
    for (clock, isInTime) in calls {
      let engine = history(
        """
        09:00 amy registers agent en whole
        10:00 portal submits plan en 21067
        10:10 amy accepts 1
        \(clock) amy calls 1 reached
        """)
      let program = engine.programMetrics(.midnight, Instant("24:00"))
      #expect(program.calledInPromise == (isInTime ? 1 : 0))
      #expect(program.promiseMissed == (isInTime ? 0 : 1))
      let amy = engine.metrics(of: "amy", .midnight, Instant("24:00"))
      #expect(amy.calledInPromise == (isInTime ? 1 : 0) && amy.called == 1)
    }
  }

  @Test("Nothing counts for a period in which nothing happened; nobody else's numbers can be had")
  func empty() {
    let engine = history(MetricsTests.day)
    var none = ProgramMetrics(from: .midnight, to: .midnight)
    none.byHour = (0..<24).map { CoverageCell(key: $0) }
    #expect(engine.programMetrics(.midnight, .midnight) == none)
    #expect(
      engine.metrics(of: "portal", .midnight, Instant("24:00"))
        == AssisterMetrics(from: .midnight, to: Instant("24:00")))
  }

  @Test("Worst first: by requests without help, then by requests, then by code")
  func worstFirst() {
    let engine = history(
      """
      10:00 portal submits plan en 21067
      10:01 portal submits plan en 21001
      10:02 portal submits plan en 21001
      10:03 portal submits plan en 21003
      10:04 time
      """)
    let order = engine.programMetrics(.midnight, Instant("24:00")).byCounty.map(\.key.fips)
    #expect(order == [21001, 21003, 21067])
  }

  @Test("An hour of the day follows the changes of the clock")
  func hours() {
    let hours = HoursOfDay([
      .init(since: Instant(microseconds: 0), seconds: -5 * 3600),
      .init(since: Instant(microseconds: 7_200_000_000), seconds: -4 * 3600),
    ])
    #expect(hours.hour(of: Instant(microseconds: -1)) == 18)
    #expect(hours.hour(of: Instant(microseconds: 0)) == 19)
    #expect(hours.hour(of: Instant(microseconds: 7_199_999_999)) == 20)
    #expect(hours.hour(of: Instant(microseconds: 7_200_000_000)) == 22)
    #expect(HoursOfDay([]).hour(of: Instant(microseconds: 3_600_000_000)) == 1)
  }
}
