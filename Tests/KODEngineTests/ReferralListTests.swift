import KODEngine
import Testing

@Suite("Quick Updates and the Referral Manager") struct ReferralListTests {
  static let day = """
    09:00 amy registers agent en whole
    09:00 bob registers agent en whole
    09:00 sup watches
    10:00 portal submits plan en 21067
    10:02 amy accepts 1
    10:06 amy calls 1 reached
    10:07 amy notes 1 Wants a SILVER plan
    10:30 amy closes 1 questionAnswered
    11:00 portal submits both en 21111
    11:04 bob rejects 2
    11:10 amy accepts 3
    11:12 amy notes 2 no silver here, she said
    11:13 amy calls 2 noAnswer
    13:00 portal submits plan en 21067
    13:16 bob accepts 6
    13:20 bob calls 3 noAnswer
    14:50 portal submits plan es 21111
    14:55 sup assigns 4 amy speaks some Spanish
    15:00 portal submits plan en 21067
    15:05 time
    """

  @Test("R71: everything ever received, newest first, a row for each referral")
  func all() throws {
    let engine = history(ReferralListTests.day)
    let rows = engine.rows(of: "amy")
    #expect(rows.map(\.referral.number) == [5, 4, 3, 2, 1])
    #expect(rows.map { $0.offer?.number } == [7, nil, 5, 3, 1])
    #expect(rows.map(\.at.clock) == ["15:00", "14:55", "13:15", "11:04", "10:00"])
    #expect(rows.map { $0.endedAt?.clock } == [nil, nil, "13:16", "11:10", "10:02"])
    #expect(rows.map(\.isHolder) == [false, true, false, true, true])
    #expect(rows.map(\.wasHolder) == [false, true, false, true, true])
    #expect(rows.map(\.state) == [nil, .assigned, nil, .assigned, .closed(.questionAnswered)])
    #expect(rows.map(\.attempts) == [0, 0, 0, 1, 1])
    #expect(rows.map(\.assignmentEnd) == [nil, nil, nil, nil, .closed])
    #expect(rows[1].callbackDue?.clock == "15:20" && !rows[1].overdue)
    #expect(engine.referrals(of: "bob") == [3, 2])
    let one = try #require(engine.referralRow(ReferralID(3), of: engine.id("amy")))
    #expect(one == rows[2])
    #expect(engine.referralRow(ReferralID(4), of: engine.id("bob")) == nil)
    #expect(engine.referralRow(ReferralID(9), of: engine.id("amy")) == nil)
    #expect(engine.offers(of: ReferralID(3)).map(\.number) == [4, 5, 6])
  }

  @Test("R71: each filter narrows, and all of them together")
  func filters() {
    let engine = history(ReferralListTests.day)
    #expect(engine.referrals(of: "amy") { $0.states = [.accepted] } == [2, 1])
    #expect(engine.referrals(of: "amy") { $0.states = [.pending, .taken] } == [5, 3])
    #expect(engine.referrals(of: "amy") { $0.kind = .mass } == [3])
    #expect(engine.referrals(of: "amy") { $0.kind = .general } == [5, 2, 1])
    #expect(engine.referrals(of: "amy") { $0.from = Instant("13:15") } == [5, 4, 3])
    #expect(engine.referrals(of: "amy") { $0.from = Instant("14:55:00.000001") } == [5])
    #expect(engine.referrals(of: "amy") { $0.to = Instant("14:55") } == [3, 2, 1])
    #expect(engine.referrals(of: "amy") { $0.helpType = .both } == [2])
    #expect(engine.referrals(of: "amy") { $0.county = County("21111") } == [4, 2])
    #expect(engine.referrals(of: "amy") { $0.noteContains = "Silver" } == [2, 1])
    #expect(engine.referrals(of: "amy") { $0.noteContains = "silver PLAN" } == [1])
    #expect(engine.referrals(of: "bob") { $0.noteContains = "silver" } == [])
    #expect(engine.referrals(of: "amy") { $0.onlyHeld = true } == [4, 2])
    #expect(engine.referrals(of: "amy") { $0.outcomes = [.questionAnswered, .bothDone] } == [1])
    #expect(engine.referrals(of: "amy") { $0.outcomes = [.bothDone] } == [])
    let together = engine.referrals(of: "amy") {
      $0.states = [.accepted]
      $0.kind = .general
      $0.from = Instant("10:30")
      $0.to = Instant("12:00")
      $0.helpType = .both
      $0.county = County("21111")
      $0.noteContains = "SHE SAID"
      $0.onlyHeld = true
    }
    #expect(together == [2])
  }

  @Test("R71: a referral that was offered again is listed with its newest Offer")
  func offeredAgain() {
    let engine = history(
      """
      09:00 amy registers agent en whole
      10:00 portal submits plan en 21067
      10:20 time
      """)
    let rows = engine.rows(of: "amy")
    #expect(rows.map { $0.offer?.number } == [2] && rows.map(\.at.clock) == ["10:15"])
    // What is asked for by state or kind is listed with the Offer that it is about: misses are found.
    func offers(_ narrow: (inout ReferralFilter) -> Void) -> [UInt64?] {
      engine.rows(of: "amy", narrow).map { $0.offer?.number }
    }
    #expect(offers { $0.states = [.missed] } == [1])
    #expect(offers { $0.kind = .general } == [1] && offers { $0.kind = .mass } == [2])
    #expect(offers { $0.states = [.missed, .pending] } == [2])
    #expect(offers { ($0.states, $0.kind) = ([.missed], .mass) } == [])
  }

  @Test("R71: no row comes twice and none is lost while Offers arrive between the pages")
  func paging() {
    for seed in UInt64(1)...12 {
      var engine = Engine(policy: .phase15)
      var log: [Event] = []
      var workload = Workload(seed: seed)
      for _ in 0..<300 { workload.step(&engine, &log) }
      let assister = PrincipalID(1 + UInt32(seed) % 9)
      let expected = Set(
        (1...UInt64(max(1, engine.counts.referrals))).filter {
          engine.referralRow(ReferralID($0), of: assister) != nil
        })
      var position: ReferralPosition?
      var listed: [UInt64] = []
      var isDone = false
      while !isDone {
        var scan = ReferralScan(of: assister, ReferralFilter(), from: position)
        #expect(scan.isSound(in: engine))
        var page: [ReferralRowView] = []
        while !scan.step(in: engine, budget: 2, most: 3, into: &page) {
          workload.step(&engine, &log)
        }
        #expect(page.count == 3 || scan.isAtEnd)
        listed += page.map(\.referral.number)
        position = scan.position
        isDone = scan.isAtEnd
        for _ in 0..<5 { workload.step(&engine, &log) }
      }
      #expect(Set(listed) == expected && listed.count == expected.count)
    }
  }

  @Test("A position of another assister's list, or of none, is told apart")
  func positions() {
    let engine = history(ReferralListTests.day)
    func isSound(_ name: String, _ offer: UInt32, _ newest: UInt32) -> Bool {
      let position = ReferralPosition(
        offer: offer, assignment: 0, newestOffer: newest, newestAssignment: 0)
      return ReferralScan(of: engine.id(name), ReferralFilter(), from: position).isSound(in: engine)
    }
    #expect(isSound("amy", 3, 7) && isSound("amy", 0, 7) && isSound("bob", 2, 6))
    #expect(!isSound("bob", 3, 6) && !isSound("amy", 7, 3) && !isSound("amy", 3, 99))
  }

  @Test("R70: the day so far")
  func updates() {
    let engine = history(ReferralListTests.day)
    let amy = engine.updates(of: "amy", .midnight, Instant("24:00"))
    #expect(amy.pendingGeneral == 1 && amy.pendingMass == 0 && amy.missedGeneral == 0)
    // Referral 4, given by hand; referral 2 has been tried.
    #expect(amy.callbacksDue == 1 && amy.callbacksOverdue == 0)
    #expect(amy.today.map(\.referral.number) == [5, 4, 3, 2, 1] && amy.receivedToday == 5)
    #expect(amy.receivedByHour.reduce(0, +) == amy.receivedToday && amy.receivedByHour[13] == 1)
    let bob = engine.updates(of: "bob", .midnight, Instant("24:00"))
    #expect(bob.missedGeneral == 1 && bob.callbacksDue == 0 && bob.callbacksOverdue == 0)
    let early = ReferralListTests.day.split(separator: "\n").prefix { !$0.hasPrefix("13:20") }
    let overdue = history(early.joined(separator: "\n") + "\n13:40 time")
    let then = overdue.updates(of: "bob", .midnight, Instant("24:00"))
    #expect(then.callbacksDue == 1 && then.callbacksOverdue == 1)
    #expect(overdue.rows(of: "bob")[0].overdue)
    let afternoon = engine.updates(of: "amy", Instant("14:00"), Instant("24:00"))
    #expect(afternoon.today.map(\.referral.number) == [5, 4] && afternoon.receivedToday == 2)
    #expect(afternoon.receivedByHour[15] == 1 && afternoon.receivedByHour[13] == 0)
  }

  @Test("R70: a miss counts on the day it happened, over midnight")
  func missOverMidnight() {
    let engine = history(
      """
      22:00 amy registers agent en whole
      23:50 portal submits plan en 21067
      24:30 time
      """)
    #expect(engine.updates(of: "amy", .midnight, Instant("24:00")).missedGeneral == 0)
    let next = engine.updates(of: "amy", Instant("24:00"), Instant("48:00"))
    #expect(next.missedGeneral == 1 && next.receivedByHour[0] == 1)
  }

  @Test("A partner's own submissions, newest first, by reference and while open")
  func submissions() {
    let engine = history(
      """
      09:00 amy registers agent en whole
      10:00 portal submits plan en 21067
      10:01 other submits plan en 21067
      10:02 portal submits plan en 21067
      10:03 portal cancels 1
      10:04 portal submits plan en 21067
      """)
    func list(_ name: String, _ onlyOpen: Bool, _ reference: String = "", most: Int = 10)
      -> [UInt64]
    {
      var scan = SubmissionScan(of: engine.id(name), onlyOpen: onlyOpen, reference: reference)
      var rows: [ReferralID] = []
      while !scan.step(in: engine, budget: 1, most: most, into: &rows) {}
      return rows.map(\.number)
    }
    #expect(list("portal", false) == [4, 3, 1] && list("portal", true) == [4, 3])
    #expect(list("other", false) == [2] && list("portal", false, "case") == [4, 3, 1])
    #expect(list("portal", false, "cas") == [] && list("portal", false, most: 2) == [4, 3])
    var rest = SubmissionScan(of: engine.id("portal"), from: 1)
    #expect(rest.isSound(in: engine))
    var rows: [ReferralID] = []
    #expect(rest.step(in: engine, budget: 9, most: 9, into: &rows) && rest.isAtEnd)
    #expect(rows == [ReferralID(1)])
    #expect(!SubmissionScan(of: engine.id("portal"), from: 2).isSound(in: engine))
  }

  @Test("Assisters by registration, availability and name, in pages")
  func assisters() {
    let engine = history(
      """
      09:00 Amy registers agent en whole
      09:00 bob registers agent en whole
      09:00 sup watches
      09:00 amanda registers agent en whole
      09:10 bob is off
      """)
    func list(
      _ registration: RegistrationState? = nil, _ onlyAvailable: Bool = false, _ name: String = ""
    ) -> [String] {
      var scan = AssisterScan(
        registration: registration, onlyAvailable: onlyAvailable, nameContains: name)
      var rows: [PrincipalID] = []
      while !scan.isAtEnd { _ = scan.step(in: engine, budget: 1, most: .max, into: &rows) }
      return rows.compactMap { engine.principal($0)?.name }
    }
    #expect(list() == ["Amy", "bob", "amanda"])
    #expect(list(nil, true) == ["Amy", "amanda"] && list(nil, false, "AM") == ["Amy", "amanda"])
    #expect(list(.active, true, "my") == ["Amy"] && list(.deregistered).isEmpty)
    var first = AssisterScan()
    var rows: [PrincipalID] = []
    #expect(first.step(in: engine, budget: 9, most: 2, into: &rows) && !first.isAtEnd)
    #expect(rows.compactMap { engine.principal($0)?.name } == ["Amy", "bob"])
    var second = AssisterScan(from: first.next)
    rows = []
    #expect(second.step(in: engine, budget: 9, most: 2, into: &rows) && second.isAtEnd)
    #expect(rows.compactMap { engine.principal($0)?.name } == ["amanda"])
  }
}
