import Foundation
import KODWire
import Testing

@testable import kod

@Suite struct DemoRequestTests {
  @Test func `the shipped morning is realistic in the ways that matter`() throws {
    let requests = try DemoRequest.parse(MorningRequests.csv, path: "built-in")
    #expect(requests.count >= 20)
    #expect(Set(requests.map(\.helpType)).count == 3)
    #expect(Set(requests.map(\.language)).count >= 4)
    #expect(Set(requests.map(\.county.zone)) == [.eastern, .central])
    #expect(Set(requests.map(\.reference)).count == requests.count)
    #expect(requests.contains { $0.cancelAfter != nil })
    for request in requests {
      #expect(request.contact.phone.contains("55501"), "made-up numbers only: \(request.contact)")
    }
  }

  @Test func `cells may be quoted`() throws {
    #expect(try DemoRequest.cells(#"a,"b, c","d ""e""",,"#) == ["a", "b, c", #"d "e""#, "", ""])
    #expect(throws: UsageError.self) { try DemoRequest.cells(#"a,"b"#) }
  }

  private static let head = DemoRequest.columns.joined(separator: ",")

  @Test(arguments: [
    ("", "f: no requests in it"),
    ("a,b", "f, line 1: the columns are \(head)"),
    (head + "\n08:00,R", "f, line 2: 2 cells instead of 9"),
    (
      head + "\n\n8,R,plan,en,Pike,n,6065550101,,",
      "f, line 3: a time of day is HH:MM; got '8'"
    ),
    (
      head + "\n08:00,R,plan,en,Pyke,n,6065550101,,",
      "f, line 2: Kentucky has no county 'Pyke'; did you mean 'Pike'?"
    ),
    (
      head + "\n08:00,R,plan,en,Pike,n,6065550101,,soon",
      "f, line 2: cancel_after is a number of minutes; got 'soon'"
    ),
  ])
  func `a wrong line is named`(csv: String, expected: String) {
    #expect(throws: UsageError(expected)) { try DemoRequest.parse(csv, path: "f") }
  }

  @Test func `windows and arrivals are scaled alike`() {
    let plan = DemoPlan(offerWindow: .seconds(5))
    #expect(plan.generalPhase == .seconds(5))
    #expect(plan.massWindow == .seconds(5))
    #expect(plan.speed == 180)
    #expect(plan.real(minutes: 15) == .seconds(5))
    #expect(
      plan.serverFlags == [
        "--offer-window", "5s", "--general-phase", "5s", "--mass-window", "5s",
      ])
  }
}

@Suite struct DemoCheckTests {
  private func facts() -> DemoFacts {
    var facts = DemoFacts()
    let request = DemoRequest(
      minute: 0, reference: "R", helpType: .plan, language: "en", county: Counties.all[0],
      contact: Contact(), cancelAfter: nil)
    facts.submitted = [.init(request: request, referral: Referral(referralId: 1), sentAt: 0)]
    facts.final = [1: Referral(referralId: 1, state: .referralClosed, holder: "ben")]
    let mine = Offer(offerId: 1, referralId: 1, kind: .mass)
    let theirs = Offer(offerId: 2, referralId: 1, kind: .mass)
    facts.seats["ben"] = .init(shown: [1: mine], ends: [1: [.offerAccepted]], connections: 1)
    facts.seats["gus"] = .init(shown: [2: theirs], ends: [2: [.offerWasTaken]], connections: 1)
    facts.accepts = [
      .init(assister: "ben", offer: mine, answer: .won(at: 5)),
      .init(assister: "gus", offer: theirs, answer: .refused(reason: "OFFER_TAKEN", takenAt: 5)),
    ]
    facts.stopStatus = 0
    return facts
  }

  private func failures(_ facts: DemoFacts, requested: Int = 1, wasKilled: Bool = false) -> [String]
  {
    DemoCheck.all(of: facts, requested: requested, wasKilled: wasKilled)
      .filter { !$0.isPassed }.map(\.text)
  }

  @Test func `a good morning passes every check`() {
    #expect(failures(facts()) == [])
  }

  @Test func `the built-in morning must show what it is there to show`() {
    let texts = DemoCheck.all(of: facts(), requested: 1, wasKilled: false, tellsStory: true)
      .filter { !$0.isPassed }.map(\.text)
    #expect(texts == ["the morning did not show a lapse into mass, a race and an alert"])
  }

  @Test func `two winners fail (R8)`() {
    var facts = facts()
    facts.accepts[1].answer = .won(at: 6)
    #expect(failures(facts).contains("referral 1 was won by ben AND gus"))
  }

  @Test func `a winner that the server does not know fails`() {
    var facts = facts()
    facts.final[1]?.holder = "gus"
    #expect(failures(facts).count == 1)
  }

  @Test func `a referral that nobody was told to have won, but has a holder, fails`() {
    var facts = facts()
    facts.accepts.remove(at: 0)
    #expect(!failures(facts).isEmpty)
  }

  @Test func `an unanswered accept, or a wrong instant, fails (R28)`() {
    var unanswered = facts()
    unanswered.accepts[1].answer = nil
    #expect(failures(unanswered) == ["gus's accept of offer 2 got no answer"])
    var wrong = facts()
    wrong.accepts[1].answer = .refused(reason: "OFFER_TAKEN", takenAt: 6)
    #expect(failures(wrong) == ["gus's accept of offer 2 was told another instant than the winner"])
  }

  @Test func `a lost offer, a phantom and a contradiction fail (R27)`() {
    var lost = facts()
    lost.seats["gus"]?.ends = [:]
    #expect(failures(lost) == ["gus was never told the end of offer 2"])
    var phantom = facts()
    phantom.seats["gus"]?.ends[9] = [.offerWasTaken]
    #expect(failures(phantom) == ["gus was told the end of unseen 9"])
    var contradiction = facts()
    contradiction.seats["gus"]?.ends[2] = [.offerWasTaken, .offerMissed]
    #expect(failures(contradiction) == ["gus was told that offer 2 is missed and taken"])
  }

  @Test func `a lost request, an open referral, an unclean stop and a lost session fail`() {
    #expect(failures(facts(), requested: 2).count == 1)
    var open = facts()
    open.final[1]?.state = .referralMass
    #expect(failures(open) == ["referral 1 is still 'mass'"])
    var unclean = facts()
    unclean.stopStatus = nil
    #expect(failures(unclean).count == 1)
    var session = facts()
    session.seats["gus"]?.connections = 2
    #expect(failures(session) == ["sessions lost their connection: gus"])
  }

  @Test func `after a kill every session must have come back, and no accept be lost`() {
    var facts = facts()
    facts.acknowledgedBeforeKill = 1
    #expect(failures(facts, wasKilled: true) == ["sessions that did not (re)connect: ben, gus"])
    facts.seats["ben"]?.connections = 2
    facts.seats["gus"]?.connections = 2
    #expect(failures(facts, wasKilled: true) == [])
    facts.lostByKill = [1]
    #expect(failures(facts, wasKilled: true) == ["kill -9: accepts LOST for 1"])
  }

  @Test func `a race is told with its winner and its losers`() {
    let lines = DemoLedger.lines(facts().accepts, clock: ClockFace(zone: .gmt)).map(\.text)
    #expect(
      lines == [
        "RACE: ben and gus accept at the same time", "ben WON with offer 1",
        "gus told: taken by somebody else at 00:00:00.000",
      ])
  }
}
