import KODClient
import KODWire
import Testing

@testable import kod

private let noon = Alice.noon

@Suite struct DashboardSearchTests {
  private func searching() -> DashboardModel {
    var model = Alice.dashboard()
    model.type("2")
    model.catchUp()
    return model
  }

  @Test func `the search is made field by field and sent as a whole (R71)`() {
    var model = searching()
    model.type("/twice")
    _ = model.press(.down, now: noon)
    for _ in 0..<6 { _ = model.press(.right, now: noon) }
    for _ in 0..<3 { _ = model.press(.down, now: noon) }
    model.type("pike")
    #expect(model.press(.enter, now: noon) == [])
    let effects = model.due(noon + 2 * Alice.second)
    #expect(
      effects == [
        .ask(
          .referrals(
            ListReferralsRequest(
              states: [.offerMissed], county: 21_195, noteContains: "twice", pageSize: 50)))
      ])
    #expect(model.search.filter.words == "note has \"twice\", missed, Pike ET")
  }

  @Test func `a county that is none is said at its field`() {
    var model = searching()
    model.type("/")
    for _ in 0..<4 { _ = model.press(.down, now: noon) }
    model.type("pikee")
    _ = model.press(.enter, now: noon)
    guard case .filter(let form) = model.overlay else {
      Issue.record("the form is gone")
      return
    }
    #expect(form.problem == "Kentucky has no county 'pikee'; did you mean 'Pike'?")
    #expect(form.row == .county)
  }

  @Test func `days are counted in the assister's zone`() {
    var filter = ReferralFilter()
    filter.days = .week
    filter.asOf = noon
    let request = filter.request(Alice.clock)
    // The week holds the Sunday that has 23 hours.
    #expect(request.fromUs == Alice.midnight - (6 * 24 - 1) * 3_600 * Alice.second)
  }

  @Test func `going down near the end asks for more, once`() {
    var model = searching()
    model.search.nextPage = "more"
    let effects = model.press(.down, now: noon)
    var wanted = ListReferralsRequest(pageSize: 50)
    wanted.pageToken = "more"
    #expect(effects == [.ask(.referrals(wanted))])
    #expect(model.press(.down, now: noon) == [])
    let older = Alice.row(131, .offerRejected, at: Alice.midnight - 1)
    _ = model.receive(
      .referrals(wanted), .success(.referrals(ListReferralsResponse(rows: [older]))), now: noon)
    #expect(model.search.rows.map { $0.offer?.referralId } == [150, 140, 193, 131])
    #expect(model.search.nextPage.isEmpty)
  }

  @Test func `a first page that comes again keeps the older rows and the selection`() {
    var model = searching()
    model.type("jj")
    model.search.rows.append(Alice.row(131, .offerRejected, at: Alice.midnight - 1))
    let new = Alice.row(160, .offerPending, at: noon)
    _ = model.receive(
      .referrals(ListReferralsRequest(pageSize: 50)),
      .success(
        .referrals(ListReferralsResponse(rows: [new] + Alice.today.prefix(2), nextPageToken: "x"))),
      now: noon)
    #expect(model.search.rows.map { $0.offer?.referralId } == [160, 150, 140, 193, 131])
    #expect(model.search.selected == 193)
  }

  @Test func `of thousands of rows those around the selection are shown, and how many are not`() {
    var model = searching()
    model.search.rows = (1...5_000).map { index in
      Alice.row(100 + UInt64(index), .offerRejected, at: Alice.midnight - Int64(index))
    }
    model.search.selected = 102
    #expect(model.screen().contains("> 03-08 23:59"))
    #expect(model.screen().contains("... 4988 more below"))
    for _ in 0..<250 { _ = model.press(.pageDown, now: noon) }
    #expect(model.search.index == 2_501)
    let screen = model.screen()
    #expect(screen.contains("> 03-08 23:59") && screen.contains("more above"))
    let counted = screen.split(separator: "\n").compactMap { line in
      line.contains("... ") ? Int(line.filter(\.isNumber)) : nil
    }
    #expect(screen.contains("  OFFERED "))
    // The last line says how many there are.
    let shown = screen.split(separator: "\n").count { $0.contains(" rejected") }
    #expect(counted.count == 2 && counted.reduce(0, +) + shown == 5_000 + 1)
  }

  @Test func `an answer to an earlier search is not shown`() {
    var model = searching()
    var old = ListReferralsRequest(pageSize: 50)
    old.county = 21_195
    _ = model.receive(
      .referrals(old), .success(.referrals(ListReferralsResponse(rows: []))), now: noon)
    #expect(model.search.rows.count == 3)
  }
}

@Suite struct DashboardContactTests {
  private func edited(_ row: Int, _ text: String) -> DashboardModel {
    var model = Alice.dashboard()
    model.type("4")
    for _ in 0..<row { _ = model.press(.down, now: noon) }
    _ = model.press(.enter, now: noon)
    _ = model.press(.control("u"), now: noon)
    model.type(text)
    _ = model.press(.enter, now: noon)
    return model
  }

  @Test func `a number as people write it becomes what the server wants, names become tags`() {
    var model = edited(0, "(606) 555-0177")
    let effects = model.type("s")
    #expect(
      effects == [
        .ask(
          .saveContact(
            SaveContactRequest(
              contact: PreferredContact(phone: "+16065550177", email: "alice@example.org"),
              languages: ["en", "es"])))
      ])
  }

  @Test func `a violation stands at its field (R73)`() {
    var model = edited(0, "12")
    model.type("s")
    var failure = Alice.failure("FIELD_INVALID", "The server refused the request.")
    failure.violations = [
      FieldViolation(path: "contact.phone", description: "is no number in E.164"),
      FieldViolation(path: "languages[1]", description: "is no language tag"),
      FieldViolation(path: "other", description: "is wrong"),
    ]
    _ = model.receive(.saveContact(model.contact.request), .failure(failure), now: noon)
    #expect(
      model.contact.form.problems == [0: ["is no number in E.164"], 3: ["is no language tag"]])
    #expect(model.contact.form.general == ["other: is wrong"])
    #expect(model.contact.phone == "12" && model.contact.form.isChanged)
    #expect(
      model.screen().contains("  KOD phone            12\n")
        || model.screen().contains("> KOD phone            12\n"))
    #expect(model.screen().contains("\u{2717} is no number in E.164"))
  }

  @Test func `what the server saved meanwhile does not overwrite what is being typed`() {
    var model = edited(1, "new@example.org")
    _ = model.receive(.profile, .success(.profile(Alice.profile)), now: noon)
    #expect(model.contact.email == "new@example.org")
    _ = model.press(.escape, now: noon)
    model.type("y")
    #expect(model.contact.email == "alice@example.org")
  }
}

@Suite struct DashboardHoursTests {
  @Test(
    arguments: [
      ("08:00-12:00, 13:00-17:00", "08:00-12:00, 13:00-17:00"),
      ("8am-5pm(12:00-12:30,15:00-15:15)", "08:00-17:00 (12:00-12:30, 15:00-15:15)"),
      ("22:00-02:00", "22:00-02:00"), ("off", "off"), ("", "off"), ("00:00-24:00", "00:00-24:00"),
    ])
  func `a day's hours are one line, read and written`(typed: String, shown: String) throws {
    #expect(DayLine.text(try DayLine.hours(typed, day: .monday)) == shown)
    let again = try DayLine.hours(shown, day: .monday)
    #expect(DayLine.text(again) == shown)
  }

  @Test(arguments: [
    "8", "08:00-", "08:00-25:00", "08:00-17:00 (12:00-12:30", "08:00-17:00 x", "a-b",
  ])
  func `what is no line of hours is said, not sent`(typed: String) {
    #expect(throws: UsageError.self) { try DayLine.hours(typed, day: .monday) }
  }

  @Test func `absences are typed as dates, whole days included`() throws {
    let clock = Alice.clock
    let day = 86_400 * Alice.second
    func parse(_ text: String) throws -> OutOfOffice {
      try DayLine.absence(text, clock, now: noon)
    }
    #expect(
      try parse("2026-03-10 to 2026-03-12")
        == OutOfOffice(startUs: Alice.midnight + day, endUs: Alice.midnight + 4 * day))
    #expect(try parse("now to no end") == OutOfOffice(startUs: noon, endUs: 0))
    let range = try parse("2026-03-10 08:30 to 2026-03-12 12:00")
    #expect(DayLine.absence(range, clock) == "2026-03-10 08:30 to 2026-03-12 12:00")
    #expect(throws: UsageError.self) { try parse("2026-02-30 to 2026-03-01") }
    #expect(throws: UsageError.self) { try parse("tomorrow") }
  }

  private func editing(_ row: Int, _ text: String) -> DashboardModel {
    var model = Alice.dashboard()
    model.type("5")
    for _ in 0..<row { _ = model.press(.down, now: noon) }
    _ = model.press(.enter, now: noon)
    _ = model.press(.control("u"), now: noon)
    model.type(text)
    _ = model.press(.enter, now: noon)
    return model
  }

  @Test func `a violation of the third span stands at the day of the third span (R74)`() {
    var model = editing(4, "08:00-12:00 (13:00-14:00)")
    guard case .ask(.saveAvailability(let request)) = model.type("s").first else {
      Issue.record("nothing was sent")
      return
    }
    #expect(request.availability?.weeklyHours.count == 6)
    #expect(request.availability?.timeZone == "America/Kentucky/Louisville")
    var failure = Alice.failure("FIELD_INVALID", "The server refused the request.")
    failure.violations = [
      FieldViolation(
        path: "availability.weekly_hours[2].breaks[0].end", description: "lies outside the hours"),
      FieldViolation(path: "availability.out_of_office[0].start_us", description: "is past"),
    ]
    _ = model.receive(.saveAvailability(request), .failure(failure), now: noon)
    #expect(model.hours.form.problems == [4: ["lies outside the hours"], 9: ["is past"]])
  }

  @Test func `what can't be read stays in the field`() {
    let model = editing(2, "8-5")
    #expect(model.hours.form.editing?.text == "8-5")
    #expect(model.hours.form.problems[2]?.first?.contains("did you mean") == true)
    #expect(!model.hours.form.isChanged)
  }

  @Test func `d removes an absence, and only that`() {
    var model = Alice.dashboard()
    model.type("5d")
    #expect(model.hours.absences.count == 1)
    model.type("Gkd")
    #expect(model.hours.absences.isEmpty && model.hours.form.isChanged)
  }

  @Test func `absences keep their wall-clock times when the zone moves`() {
    let before = Alice.dashboard().hours
    let model = editing(0, "America/Chicago")
    #expect(model.hours.text(.absence(0)) == before.text(.absence(0)))
    #expect(model.hours.absences[0].startUs == before.absences[0].startUs + 3_600 * Alice.second)
  }

  @Test func `the week's grid shows breaks, and the night on the day after`() {
    let days = Alice.dashboard().hours.days
    func row(_ day: Int) -> String {
      WeekGrid.day(day, days: days, isAroundTheClock: false, columns: 24, glyphs: .ascii)
    }
    #expect(row(0) == "........####=####.......")
    #expect(row(5) == "......................##")
    #expect(row(6) == "##......................")
  }
}

@Suite struct DashboardCommandTests {
  @Test(
    arguments: [
      (Role.supervisor, "sam is a supervisor: `kod desk`"),
      (.auditor, "is an auditor: `kod desk`"),
      (.intakePartner, "is an intake partner: `kod request`"),
      (.operator, "is an operator: `kod status server`"),
      (.notifier, "is a notifier: `kod notify`"),
    ] as [(Role, String)])
  func `who is no assister is told what to use`(role: Role, words: String) {
    let failure = DashboardCommand.failure(Welcome(principal: "sam", role: role))
    #expect(failure?.message.contains(words) == true)
    #expect(failure?.exit == .notPermitted)
  }

  @Test func `an assister is not`() {
    #expect(DashboardCommand.failure(Welcome(principal: "alice", role: .assister)) == nil)
  }
}
