import KODClient
import KODWire
import Testing

@testable import kod

private let noon = Alice.noon
private let second = Alice.second

private let taken = Alice.failure(
  "OFFER_TAKEN", "Offer 12 was taken by somebody else at 12:00:00.")
private let lost = Failure(exit: .unreachable, message: "The connection was lost.")

@Suite struct DashboardModelTests {
  // MARK: Offers

  @Test func `an offer appears with its push, is selected, and one key accepts it`() {
    var model = Alice.dashboard()
    #expect(model.items.first == .received(150))
    let effects = model.apply(Alice.push(.offerOpened(Alice.offer(12))), now: noon)
    #expect(effects == [.bell])
    #expect(model.selected == .offer(12))
    #expect(model.type("a") == [.ask(.accept(12))])
    // Asked once, however often it is pressed.
    #expect(model.type("a") == [])
    #expect(model.hint.contains("already asked"))
  }

  @Test func `one key rejects`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    #expect(model.type("r") == [.ask(.reject(12))])
  }

  @Test func `winning says whom to call, and the referral is selected`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    model.type("a")
    _ = model.receive(.accept(12), .success(.assignment(Alice.assignment(112))), now: noon)
    #expect(
      model.live.notes.first?.text.hasPrefix("offer 12: WON, referral 112. Call Maria") == true)
    #expect(model.selected == .call(112))
  }

  @Test func `winning selects whom to call also when the push comes before the answer`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    model.type("a")
    _ = model.apply(Alice.closed(12, .offerAccepted), now: noon)
    _ = model.receive(.accept(12), .success(.assignment(Alice.assignment(112))), now: noon)
    #expect(model.selected == .call(112))
  }

  @Test func `losing says when it was taken (R28)`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    model.type("a")
    _ = model.receive(.accept(12), .failure(taken), now: noon)
    #expect(model.live.notes.first?.text.contains("taken by somebody else at 12:00:00") == true)
    #expect(model.live.rows.isEmpty)
  }

  @Test func `a new offer does not move a selection that the owner made`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    _ = model.press(.down, now: noon)
    #expect(model.selected == .received(150))
    _ = model.apply(Alice.push(.offerOpened(Alice.offer(12))), now: noon)
    #expect(model.selected == .received(150))
    #expect(model.type("a") == [])
    #expect(model.hint == "this is no open offer: g selects the first one")
    #expect(model.type("ga") == [.ask(.accept(12))])
  }

  @Test func `a key meant for an offer that just ended does not hit the next one`() {
    var model = Alice.dashboard(offers: [Alice.offer(12), Alice.offer(13)])
    _ = model.apply(Alice.closed(12, .offerWasTaken), now: noon)
    #expect(model.selected == .offer(13))
    #expect(model.type("a", now: noon + 200_000) == [])
    #expect(model.hint.contains("press again"))
    #expect(model.type("a", now: noon + 300_000) == [.ask(.accept(13))])
  }

  @Test func `keys of an offer do nothing on pages that show none`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    for page in "345" { #expect(model.type("\(page)a") == []) }
  }

  // MARK: Work

  @Test func `t asks how the call went, a digit logs it (R13, R14)`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    #expect(model.type("t2") == [.ask(.attempt(107, .noAnswer))])
    #expect(model.overlay == nil)
    var tried = Alice.assignment(107)
    tried.attempts = [Attempt(atUs: noon, result: .noAnswer, counts: true)]
    _ = model.receive(.attempt(107, .noAnswer), .success(.assignment(tried)), now: noon)
    #expect(model.live.assignments == [tried])
    #expect(model.live.notes.first?.text == "referral 107: no answer, logged")
  }

  @Test func `attempts are not offered for who was reached (R18)`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107, state: .referralContacted)])
    model.type("t")
    #expect(model.overlay == nil)
    #expect(model.hint == "referral 107 is reached already: c closes it")
  }

  @Test func `c closes with the chosen outcome, never with unserved (R15)`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    model.type("cj")
    #expect(model.press(.enter, now: noon) == [.ask(.close(107, .planEnrolled))])
    #expect(!Choice.outcomes.contains(.unserved) && Choice.outcomes.count == 11)
  }

  @Test func `giving back asks for a reason first, and Escape keeps it (R16)`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    model.type("x")
    #expect(model.press(.enter, now: noon) == [])
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("no prompt")
      return
    }
    #expect(prompt.problem == "a reason is needed, a word will do")
    // Letters are text here, not commands.
    model.type("quit job")
    #expect(model.press(.enter, now: noon) == [.ask(.release(107, reason: "quit job"))])
    _ = model.press(.escape, now: noon)
    #expect(model.overlay == nil)
    #expect(model.live.assignments.count == 1)
  }

  @Test func `a note that is refused stays in its field, with the server's words`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    model.type("nlong")
    #expect(model.press(.enter, now: noon) == [.ask(.note(107, "long"))])
    var failure = Alice.failure("FIELD_INVALID", "The server refused the request.")
    failure.violations = [FieldViolation(path: "note", description: "at most 1000 bytes")]
    _ = model.receive(.note(107, "long"), .failure(failure), now: noon)
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("no prompt")
      return
    }
    #expect(prompt.problem == "at most 1000 bytes")
    #expect(prompt.field.text == "long" && !prompt.isSending)
  }

  @Test func `what is not the assister's is refused here already`() {
    var model = Alice.dashboard()
    for key in "tcx" {
      #expect(model.type(String(key)) == [])
      #expect(model.hint == "referral 150 is not yours: only who holds it can do that")
    }
  }

  @Test func `work that is taken away closes what was being decided about it`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    model.type("c")
    _ = model.apply(
      Alice.push(
        .assignmentEnded(
          AssignmentEnded(referralId: 107, state: .referralMass, cause: .endTakenBack))), now: noon)
    #expect(model.overlay == nil)
    #expect(model.live.assignments.isEmpty)
  }

  // MARK: The switch

  @Test func `switching off asks once when it gives offers back (R26)`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    #expect(model.type("o") == [])
    #expect(model.type("n") == [])
    #expect(model.overlay == nil)
    #expect(model.type("oy") == [.ask(.setAvailability(.overrideOff))])
    var idle = Alice.dashboard()
    #expect(idle.type("o") == [.ask(.setAvailability(.overrideOff))])
  }

  @Test func `withdrawing the registration asks once (R30)`() {
    var model = Alice.dashboard()
    #expect(model.type("4W") == [])
    #expect(model.type("x") == [])
    #expect(model.overlay != nil)
    #expect(model.type("y") == [.ask(.withdraw)])
  }

  @Test func `out of office says until when (R34)`() {
    let status = AssisterStatus(registration: .registrationActive, blockers: 1 << 2)
    func words(_ end: Int64) -> String {
      DashboardWords.availability(
        status, absences: [OutOfOffice(startUs: noon, endUs: end)], clock: Alice.clock, now: noon
      ).text
    }
    #expect(words(noon + 5 * 3_600 * second) == "NOT AVAILABLE: out of office until 17:00")
    #expect(words(0) == "NOT AVAILABLE: out of office")
  }

  // MARK: The connection

  @Test func `without a connection every key that needs it says so`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)], assignments: [Alice.assignment(107)])
    _ = model.apply(.disconnected(nil, retryIn: .seconds(2)), now: noon)
    for keys in ["ga", "gr", "gjt", "gjc", "gjx", "gjn", "o", "4W"] {
      model.type("1")
      #expect(model.type(keys) == [])
      #expect(model.hint == "not connected: nothing was sent", "after \(keys)")
      #expect(model.overlay == nil)
    }
    #expect(model.due(noon + second) == [])
    _ = model.apply(.connected(Welcome(principal: "alice", role: .assister)), now: noon + second)
    #expect(model.hint == "", "what was true without a connection")
  }

  @Test func `after a loss everything shown is asked for again`() {
    var model = Alice.dashboard()
    _ = model.apply(.disconnected(nil, retryIn: .seconds(2)), now: noon)
    _ = model.apply(
      .connected(Welcome(principal: "alice", role: .assister)), now: noon + second)
    #expect(
      model.due(noon + second) == [.ask(.standing), .ask(.profile), .ask(.updates)])
  }

  // MARK: Asking and sleeping

  @Test func `a burst of pushes is one question, and then one more`() {
    var model = Alice.dashboard()
    var questions = 0
    for index in 0..<100 {
      let now = noon + second + Int64(index)
      _ = model.apply(Alice.push(.offerOpened(Alice.offer(20 + UInt64(index)))), now: now)
      questions += model.due(now).count { $0 == .ask(.updates) }
    }
    #expect(questions == 1)
    let later = noon + 2 * second
    _ = model.receive(.updates, .success(.updates(Alice.updates)), now: later)
    #expect(model.due(later).contains(.ask(.updates)))
  }

  @Test
  func `it sleeps for a minute when nothing counts down, and for a second when something does`() {
    let idle = Alice.dashboard()
    #expect(idle.wake(after: noon + 10) == noon + 60 * second)
    let offered = Alice.dashboard(offers: [Alice.offer(12)])
    #expect(offered.wake(after: noon + 10) == noon + second)
    var calling = Alice.dashboard(assignments: [Alice.assignment(107)])
    #expect(calling.wake(after: noon + 10) == noon + second)
    calling.type("4")
    _ = calling.due(noon)
    #expect(calling.wake(after: noon + second) == noon + 60 * second)
  }

  @Test func `a failed reading is tried again, not at once`() {
    var model = Alice.dashboard()
    model.type("3")
    #expect(model.due(noon).count == 1)
    let request = model.metricsRequest(noon)
    _ = model.receive(.metrics(request), .failure(lost), now: noon)
    #expect(model.due(noon + second) == [])
    #expect(model.due(noon + 5 * second) == [.ask(.metrics(request))])
  }

  @Test func `on a terminal too small to see anything, nothing can be accepted`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    model.isBlind = true
    #expect(model.type("a") == [])
    #expect(model.screen(30, 8).hasPrefix("kod dashboard needs 40x10."))
    #expect(model.type("q") == [.quit])
  }

  // MARK: Quitting

  @Test func `q quits, but asks when something is not saved; Control-C does not`() {
    var model = Alice.dashboard()
    #expect(model.type("q") == [.quit])
    model.type("4")
    _ = model.press(.enter, now: noon)
    model.type("1")
    _ = model.press(.enter, now: noon)
    #expect(model.type("q") == [])
    #expect(model.press(.interrupt, now: noon) == [.quit])
    #expect(model.type("y") == [.quit])
  }
}
