import KODWire
import Testing

@testable import kod

@Suite struct RegistrationTests {
  private func request(
    _ words: [String], saved: Profile = Profile()
  ) throws -> RegisterRequest {
    let invocation = try ArgumentParser.parse(
      ["register"] + words, commands: Command.descriptions)
    return try RegisterCommands.request(invocation, saved: saved)
  }

  private func request(_ line: String, saved: Profile = Profile()) throws -> RegisterRequest {
    try request(line.split(separator: " ").map(String.init), saved: saved)
  }

  private func profile(_ registration: RegistrationState) -> Profile {
    Profile(
      status: AssisterStatus(
        name: "alice", kind: .kynector, registration: registration, languages: ["en", "es"],
        counties: [21_067]), contact: PreferredContact(phone: "+16065550123", email: "a@b.org"),
      availability: Availability(timeZone: "America/Chicago", aroundTheClock: true),
      termsAccepted: true)
  }

  @Test func `what is typed is saved, and the rest is left for later (R30)`() throws {
    let request = try request("--kind Agent --language Spanish --language en --county pike")
    #expect(request == RegisterRequest(kind: .agent, languages: ["es", "en"], counties: [21_195]))
    #expect(try self.request("--kind agent").languages == [])
    #expect(
      try self.request("--phone 606-555-0123").contact == PreferredContact(phone: "+16065550123"))
  }

  @Test func `a whole registration in one line (R30)`() throws {
    let request = try request([
      "--kind", "kynector", "--language", "en", "--phone", "606-555-0123", "--email", "p@x.org",
      "--email-first", "--hours", "mon-tue 09:00-17:00", "--hours", "sat 9am-1pm", "--break",
      "12:00-12:30", "--zone", "America/Chicago", "--accept-terms",
    ])
    #expect(request.acceptTerms && request.kind == .kynector)
    #expect(
      request.contact
        == PreferredContact(phone: "+16065550123", email: "p@x.org", emailFirst: true))
    #expect(request.availability?.timeZone == "America/Chicago")
    #expect(request.availability?.weeklyHours.map(\.day) == [.monday, .tuesday, .saturday])
    #expect(request.availability?.weeklyHours.allSatisfy { $0.breaks.count == 1 } == true)
  }

  @Test func `the terms alone come back as before (R30)`() throws {
    let request = try request("--accept-terms", saved: profile(.registrationDeregistered))
    #expect(
      request
        == RegisterRequest(
          kind: .kynector, languages: ["en", "es"], counties: [21_067], acceptTerms: true))
  }

  @Test func `an active registration keeps its kind unless another is asked for`() throws {
    let active = profile(.registrationActive)
    #expect(try request("--language en", saved: active).kind == .unspecified)
    #expect(try request("--language en", saved: active).counties == [21_067])
    #expect(try request("--kind agent", saved: active).kind == .agent)
    #expect(try request("--whole-state", saved: active).counties == [])
  }

  @Test func `a part of the contact or of the hours keeps the other parts`() throws {
    let saved = profile(.registrationDraft)
    #expect(
      try request("--email c@d.org", saved: saved).contact
        == PreferredContact(phone: "+16065550123", email: "c@d.org"))
    #expect(
      try request("--zone America/New_York", saved: saved).availability
        == Availability(timeZone: "America/New_York", aroundTheClock: true))
    #expect(try request("--accept-terms", saved: saved).availability == nil)
  }

  @Test(arguments: [
    (["--county", "Pike", "--whole-state"], "--county and --whole-state exclude each other"),
    (
      ["--around-the-clock", "--hours", "mon 9am-5pm"],
      "--hours and --around-the-clock exclude each other"
    ),
    (["--break", "12:00-13:00"], "--break needs the --hours that it lies in"),
    (["--hours", "mon"], "--hours is days and spans, such as 'mon-fri 09:00-17:00'; got 'mon'"),
    (["--kind", "admin"], "an assister is an agent or a kynector; got 'admin'"),
  ])
  func `what can't be meant is refused before anything is sent`(words: [String], expected: String) {
    do {
      _ = try request(words)
      Issue.record("not refused")
    } catch {
      #expect((error as? UsageError)?.message == expected)
    }
  }

  @Test func `a draft says what is saved and what is missing (R30)`() {
    var draft = profile(.registrationDraft)
    draft.missing = ["contact", "terms"]
    #expect(
      RegisterCommands.lines(draft, paper: Paper(columns: 80)) == [
        "Your registration is a DRAFT: not active yet.",
        "  [x] kind          kynector",
        "  [x] languages     English, Spanish; Fayette ET",
        "  [ ] contact       missing: kod register --phone NUMBER, or --email ADDRESS",
        "  [x] availability  around the clock, America/Chicago",
        "  [ ] terms         missing: kod register --accept-terms",
      ])
  }

  @Test(arguments: [60, 80, 120])
  func `what is missing fits the paper`(columns: Int) {
    var draft = profile(.registrationNone)
    draft.missing = ["kind", "languages", "contact", "availability", "terms"]
    for line in RegisterCommands.lines(draft, paper: Paper(columns: columns)) {
      #expect(TerminalText.columns(line) <= columns, "\(line)")
    }
  }

  @Test func `an active registration says what is saved`() {
    var active = profile(.registrationActive)
    active.status?.available = true
    let lines = RegisterCommands.lines(active, paper: Paper())
    #expect(lines[0] == "You are registered. You are available.")
    #expect(lines.count == 6 && !lines.contains { $0.contains("missing") })
  }

  @Test func `what can't be read is asked again, with what was wrong`() {
    var typed = ["Klingon", "English, Spanish"]
    var said: [String] = []
    let answer = Question.all("languages")[0].ask({ _ in typed.removeFirst() }) { said.append($0) }
    #expect(answer == "English, Spanish")
    #expect(said.count == 1 && said[0].contains("Klingon"))
  }

  @Test func `answers are the options of one registration, and none is none (R30)`() throws {
    let replies = [
      "kind": "agent", "language": "English, es", "county": "", "phone": "6065550123",
      "hours": "mon-fri 09:00-17:00; sat 9am-1pm",
    ]
    let answered = RegisterCommands.answered(
      Invocation(command: "register"), ["kind", "languages", "contact", "availability", "terms"]
    ) { question in
      question.flag == nil ? replies[question.option].flatMap { $0.isEmpty ? nil : $0 } : "yes"
    }
    let request = try RegisterCommands.request(try #require(answered), saved: Profile())
    #expect(request.kind == .agent && request.languages == ["en", "es"] && request.acceptTerms)
    #expect(request.availability?.weeklyHours.count == 6)
    #expect(
      RegisterCommands.answered(Invocation(command: "register"), ["kind"]) { _ in nil } == nil)
  }

  @Test func `every part that may be missing has a question`() {
    for part in ["kind", "languages", "contact", "availability", "terms"] {
      #expect(!Question.all(part).isEmpty)
    }
    #expect(throws: UsageError.self) { try Question.all("availability")[0].check("mon") }
    #expect(throws: Never.self) { try Question.all("availability")[0].check("mon 9am-5pm") }
  }
}

@Suite struct ContactTests {
  private func typed(_ line: String) throws -> ContactCommands.Typed {
    let words = ("contact set " + line).split(separator: " ").map(String.init)
    return try ContactCommands.Typed(
      ArgumentParser.parse(words, commands: Command.descriptions))
  }

  private let saved = PreferredContact(phone: "+16065550123", email: "a@b.org", emailFirst: true)

  @Test func `what is not given stays (R73)`() throws {
    #expect(
      try typed("--phone 859-555-0100").over(saved)
        == PreferredContact(phone: "+18595550100", email: "a@b.org", emailFirst: true))
    #expect(
      try typed("--email none --phone-first").over(saved)
        == PreferredContact(phone: "+16065550123"))
    #expect(try typed("").isEmpty)
    #expect(try typed("--language Spanish --language en").languages == ["es", "en"])
  }

  @Test func `both first is neither`() {
    #expect(throws: UsageError("--email-first and --phone-first exclude each other")) {
      try typed("--email-first --phone-first")
    }
  }

  @Test func `it is shown with who is told first`() {
    let profile = Profile(
      status: AssisterStatus(name: "alice", languages: ["en", "es"]), contact: saved)
    #expect(
      ContactCommands.lines(profile, paper: Paper(columns: 80)) == [
        "Preferred Contact: alice", "  Phone      +16065550123", "  Email      a@b.org",
        "  Told by    email first, then phone", "  Languages  English, Spanish",
      ])
    #expect(
      ContactCommands.lines(Profile(), paper: Paper())
        .contains("  Nothing saved yet: kod contact set --phone NUMBER"))
  }
}
