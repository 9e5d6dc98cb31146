import Foundation
import KODWire
import Testing

@testable import kod

private let clock = ScreenValues.eastern
private let now = ScreenValues.now

@Suite struct ScreenTests {
  enum Screen: String, CaseIterable, Sendable {
    case updates, referrals, nothing, record, availability, metrics, contact, why, register
  }

  private static func lines(_ screen: Screen, _ paper: Paper) -> [String] {
    switch screen {
    case .updates:
      UpdatesCommand.lines(
        ScreenValues.updates, availability: ScreenValues.week, clock: clock, paper: paper)
    case .referrals:
      ReferralCommands.lines(ScreenValues.rows, next: "abc", clock: clock, now: now, paper: paper)
    case .nothing: ReferralCommands.lines([], next: "", clock: clock, now: now, paper: paper)
    case .record: ReferralLines.record(ScreenValues.record, clock: clock, now: now, paper: paper)
    case .availability:
      AvailabilityLines.lines(ScreenValues.profile, clock: clock, now: now, paper: paper)
    case .metrics:
      MetricsLines.lines(
        ScreenValues.metrics, period: Period(from: now - 48 * ScreenValues.hour, to: nil),
        clock: clock, explains: true, paper: paper)
    case .contact: ContactCommands.lines(ScreenValues.profile, paper: paper)
    case .why:
      ExplanationWords.lines(
        ScreenValues.explanation, kind: .kynector, isOwn: true, clock: clock, now: now,
        paper: paper)
    case .register: RegisterCommands.lines(ScreenValues.profile, paper: paper)
    }
  }

  private static func plain(_ line: String) -> String {
    line.replacing(/\u{1b}\[[0-9;]*m/, with: "")
  }

  @Test(arguments: Screen.allCases, [40, 60, 80, 120])
  func `every screen keeps to the width of its paper`(screen: Screen, columns: Int) {
    for glyphs in [Glyphs.unicode, .ascii] {
      let lines = Self.lines(screen, Paper(columns: columns, glyphs: glyphs))
      #expect(!lines.isEmpty)
      for line in lines {
        #expect(TerminalText.columns(line) <= columns, "\(screen): \(line)")
        #expect(!line.hasSuffix(" "), "\(screen): '\(line)'")
      }
    }
  }

  @Test(arguments: Screen.allCases)
  func `colour changes no character, and without it there is no escape code`(screen: Screen) {
    let bare = Self.lines(screen, Paper(columns: 80))
    #expect(!bare.contains { $0.contains("\u{1b}") })
    let coloured = Self.lines(screen, Paper(columns: 80, style: Style(colour: true)))
    #expect(coloured.map(Self.plain) == bare)
  }

  @Test(arguments: Screen.allCases)
  func `an ASCII terminal gets ASCII`(screen: Screen) {
    let lines = Self.lines(screen, Paper(columns: 80, glyphs: .ascii))
    #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }, "\(lines)")
  }

  @Test func `Quick Updates counts and warns in words (R70)`() {
    let lines = Self.lines(.updates, Paper(columns: 100))
    #expect(lines[0] == "Quick Updates: alice, Mon 2026-03-09 10:42 EDT")
    #expect(lines[1] == "  AVAILABLE, inside your hours until 12:00 EDT")
    #expect(
      lines.contains("  Open offers     1 general, 0 mass (kod accept OFFER, kod reject OFFER)"))
    #expect(lines.contains("  To call         2, of them 1 OVERDUE"))
    #expect(
      lines.contains(
        "  In a row        WARNING: 2 missed in a row; if you miss the next one you are de-registered"
      ))
    #expect(lines.contains("  ················██▇▇▄▄··························"))
    #expect(lines.contains("  0           6       ^   12          18"))
    #expect(lines.last == "  ... and 4 more: kod referrals --from today")
  }

  @Test(arguments: [
    (0, 3, "none missed"), (1, 3, "WARNING: 1 missed in a row; 2 more and you are de-registered"),
    (2, 3, "WARNING: 2 missed in a row; if you miss the next one you are de-registered"),
    (3, 3, "3 missed in a row: you are de-registered"), (4, 0, "4 missed in a row"),
  ])
  func `the streak is said in words (R50)`(missed: UInt32, limit: UInt32, expected: String) {
    let status = AssisterStatus(missedInARow: missed, missesToDeregister: limit)
    #expect(UpdatesCommand.streak(status).text == expected)
  }

  @Test func `a row's status says what to do or what became of it (R71)`() {
    let words = ScreenValues.rows.map { ReferralWords.status($0, clock: clock, now: now).text }
    #expect(
      words == [
        "OPEN, 13:00 left", "taken at 10:24", "YOURS: call by 10:47", "OVERDUE since 10:22",
        "MISSED at 09:27", "cancelled at 09:07", "closed: plan enrolled", "was yours: never called",
        "YOURS: reached, close it", "YOURS: called 2 times",
      ])
  }

  @Test func `every way to end is a word of its own (R20 to R26)`() {
    let words = OfferState.allKnown.map { state in
      ReferralWords.ended(
        Offer(state: state), at: 0, withdrawal: .unspecified, clock: clock, now: now
      ).text
    }
    #expect(Set(words).count == words.count)
    let ends = AssignmentEnd.allKnown.map(ReferralWords.left)
    #expect(Set(ends).count == ends.count)
  }

  @Test func `80 columns hold number, time, help, county and status of every referral`() {
    let lines = Self.lines(.referrals, Paper(columns: 80))
    #expect(lines[0].hasPrefix("REFERRAL  OFFER         CAME"))
    #expect(lines[2] == "     111     11        10:22  application  McCracken   taken at 10:24")
    #expect(!lines.contains { $0.contains("~") })
    #expect(
      lines.suffix(3) == [
        "10 referrals. Times are EDT.", "More with --all, or the next page:",
        "  --page abc",
      ])
  }

  @Test(arguments: [
    (OfferKind.general, false, "not told"), (.general, true, "your session"), (.mass, false, "-"),
  ])
  func `of a mass offer it is not kept whether a session was told`(
    kind: OfferKind, delivered: Bool, expected: String
  ) {
    let record = ReferralRecord(offers: [
      OfferRecord(offer: Offer(offerId: 16, kind: kind), delivered: delivered)
    ])
    let lines = ReferralLines.record(record, clock: clock, now: now, paper: Paper())
    #expect(lines.last?.hasSuffix("  \(expected)") == true)
  }

  @Test func `the record has whom to call, what was tried, and how one was told (R65, R71)`() {
    let lines = Self.lines(.record, Paper())
    #expect(lines[0] == "Referral 109: application, Spanish, Fayette ET")
    #expect(lines.contains("  Call       Maria Lopez, +18595550123"))
    #expect(lines.contains("  10:14 EDT  voicemail  too soon after the last"))
    #expect(lines.contains { $0.hasSuffix("accepted at 09:43  phone: failed, email: delivered") })
    var left = ScreenValues.record
    left.assignment = nil
    let without = ReferralLines.record(left, clock: clock, now: now, paper: Paper())
    #expect(!without.contains { $0.contains("Maria") || $0.contains("+1859") })
  }

  @Test func `numbers of the period, a median of none is none (R72)`() {
    let lines = Self.lines(.metrics, Paper(columns: 80))
    #expect(lines[0] == "View Metrics: Sat 2026-03-07 09:42 EST to now")
    #expect(lines.contains("  accepted         6     2    8    35%  ████████████████████████"))
    #expect(lines.contains("  Acceptance rate     61.5%"))
    #expect(
      lines.contains("  Accepted or given   8; called 7, inside the promise 6 (75%)"))
    let none = MetricsLines.lines(
      Metrics(), period: Period(from: 0, to: nil), clock: clock, paper: Paper())
    #expect(none.contains("  Time to answer      none yet"))
    #expect(none.contains("  No offers in this period."))
  }

  @Test func `every number that is shown is explained`() {
    let shown = Self.lines(.metrics, Paper(columns: 120))
    let start = shown.firstIndex(of: "What the numbers mean") ?? 0
    let explained = shown[start...].joined(separator: "\n")
    for (word, _, _) in MetricsLines.states(OfferCounts()) {
      #expect(explained.contains("  \(word) "))
    }
    for label in [
      "Acceptance rate", "Time to answer", "Time to first call", "Accepted or given", "Taken away",
    ] {
      #expect(explained.contains("  \(label) "))
    }
  }
}

@Suite struct AvailabilityLinesTests {
  @Test func `the week is a table with breaks and a strip of hours (R74)`() {
    let lines = AvailabilityLines.week(ScreenValues.week, paper: Paper(columns: 80))
    #expect(
      lines == [
        "  DAY  HOURS                 BREAKS                    0     6     12    18",
        "  Mon  09:00-17:00           12:00-12:30, 15:00-15:15  ██████···███▄██▄█·······",
        "  Tue  -                                               ························",
        "  Wed  -                                               ························",
        "  Thu  -                                               ························",
        "  Fri  -                                               ························",
        "  Sat  08:00-12:00                                     ········████······████··",
        "       18:00-22:00",
        "  Sun  22:00-06:00 (+1 day)                            ······················██",
        "  23 h 15 min a week",
      ])
  }

  @Test func `twelve breaks fit, two to a line`() {
    let breaks = (0..<12).map { HoursBreak(start: 540 + 30 * $0, end: 550 + 30 * $0) }
    let day = Availability(weeklyHours: [
      DailyHours(day: .monday, start: 480, end: 1_020, breaks: breaks)
    ])
    let lines = AvailabilityLines.week(day, paper: Paper(columns: 60))
    #expect(lines.count == 1 + 6 + 6 + 1)
    #expect(lines.allSatisfy { TerminalText.columns($0) <= 60 && !$0.contains("~") })
  }

  private func words(
    _ status: AssisterStatus, _ availability: Availability? = ScreenValues.week
  ) -> String {
    AvailabilityLines.now(
      Profile(status: status, availability: availability), clock: clock, now: now)
  }

  @Test func `what holds now says until when (R32, R33)`() {
    var status = ScreenValues.status
    #expect(words(status) == "AVAILABLE, inside your hours until 12:00 EDT")
    status.override = .overrideOn
    status.overrideUntilUs = now + 78 * ScreenValues.minute
    #expect(words(status) == "AVAILABLE, switched on by hand until 12:00 EDT")
    status.override = .followSchedule
    #expect(words(status, Availability(aroundTheClock: true)) == "AVAILABLE, around the clock")
    status.available = false
    status.blockers = 1 << 3
    #expect(words(status) == "NOT AVAILABLE: outside your hours, until 12:00 EDT")
    status.blockers = 1 << 3 | 1 << 5
    #expect(
      words(status) == "NOT AVAILABLE: outside your hours; 2 of 5 referrals open: close one")
  }

  @Test func `out of office says until when, or that it has no end (R34)`() {
    var status = ScreenValues.status
    status.available = false
    status.blockers = 1 << 2
    let ranged = Availability(outOfOffice: [
      OutOfOffice(startUs: now - 1, endUs: now + 24 * ScreenValues.hour)
    ])
    #expect(words(status, ranged) == "NOT AVAILABLE: out of office, until tomorrow 10:42 EDT")
    let endless = Availability(outOfOffice: [OutOfOffice(startUs: now - 1)])
    #expect(words(status, endless) == "NOT AVAILABLE: out of office, without an end")
    // Each reason has its own end.
    status.blockers = 1 << 2 | 1 << 3
    #expect(
      words(status, ranged)
        == "NOT AVAILABLE: out of office, until tomorrow 10:42 EDT; outside your hours")
    status.blockers = 1 << 3
    #expect(words(status, endless) == "NOT AVAILABLE: outside your hours, until 12:00 EDT")
  }

  @Test func `ranges that are over are not shown`() {
    let ranges = [OutOfOffice(startUs: 1, endUs: now), OutOfOffice(startUs: now + 1, endUs: 0)]
    let lines = AvailabilityLines.absences(ranges, clock: clock, now: now, paper: Paper())
    #expect(lines == ["", "  Out of office", "    Mon 2026-03-09 10:42 EDT to no end"])
  }

  @Test func `without hours it says how to set them`() {
    let lines = AvailabilityLines.lines(
      Profile(status: ScreenValues.status), clock: clock, now: now, paper: Paper())
    #expect(lines.last?.contains("kod availability hours mon-fri 09:00-17:00") == true)
  }
}

@Suite struct WorkTests {
  @Test func `a call that is logged says what is next (R13, R14, R43)`() {
    let reached = WorkCommands.logged(Assignment(referralId: 7), .reached)
    #expect(
      reached == ["Referral 7: reached. Close it when you are done: kod close 7 OUTCOME"])
    let tried = Assignment(
      referralId: 7,
      attempts: [
        Attempt(result: .noAnswer, counts: true), Attempt(result: .voicemail, counts: false),
      ])
    #expect(
      WorkCommands.logged(tried, .voicemail) == [
        "Referral 7: voicemail, 2 attempts so far.",
        "Toward unreachable: 1; this one came too soon after the last to count.",
      ])
  }

  @Test func `a note is words or --clear, never both, never blank`() throws {
    func text(_ words: [String]) throws -> String {
      try WorkCommands.text(
        ArgumentParser.parse(["note", "7"] + words, commands: Command.descriptions))
    }
    #expect(try text(["call", "on", "Friday"]) == "call on Friday")
    #expect(try text(["--clear"]) == "")
    #expect(throws: UsageError.self) { try text([]) }
    #expect(throws: UsageError.self) { try text(["  "]) }
    #expect(throws: UsageError.self) { try text(["x", "--clear"]) }
    #expect(throws: UsageError.self) { try text([String(repeating: "é", count: 501)]) }
    #expect(try text([String(repeating: "é", count: 500)]).utf8.count == 1_000)
  }

  @Test(arguments: [
    ("reached", AttemptResult.reached), ("no-answer", .noAnswer), ("No_Answer", .noAnswer),
    ("voicemail", .voicemail),
  ])
  func `results of a call by their words`(text: String, result: AttemptResult) throws {
    #expect(try AttemptResult.parse(text) == result)
  }

  @Test func `another result is refused with what was likely meant`() {
    #expect(
      throws: UsageError("there is no result of a call 'voicmail'; did you mean 'voicemail'?")
    ) {
      try AttemptResult.parse("voicmail")
    }
    #expect(
      throws: UsageError(
        "there is no result of a call 'busy': it is reached, no-answer or voicemail")
    ) {
      try AttemptResult.parse("busy")
    }
  }

  private func search(_ words: [String]) throws -> ListReferralsRequest {
    try ReferralCommands.search(
      ArgumentParser.parse(["referrals"] + words, commands: Command.descriptions), clock: clock,
      now: now)
  }

  @Test(arguments: [
    ["--to", "yesterday"], ["--to", "now"], ["--from", "2026-03-01", "--to", "yesterday"],
    ["--from", "8am", "--to", "9am"],
  ])
  func `before the zone is known, dates are not compared (R71)`(words: [String]) throws {
    let typed = try ArgumentParser.parse(["referrals"] + words, commands: Command.descriptions)
    _ = try ReferralCommands.search(typed, clock: clock, now: nil)
    #expect(try search(words).toUs > 0)
  }

  @Test func `every option narrows the search (R71)`() throws {
    let request = try search([
      "--state", "missed", "--state", "taken", "--kind", "mass", "--from", "2026-03-01", "--to",
      "2026-03-08", "--help-type", "plan", "--county", "Pike", "--note", "Friday", "--held",
      "--outcome", "wrong-number", "--limit", "10", "--page", "abc",
    ])
    #expect(
      request
        == ListReferralsRequest(
          states: [.offerMissed, .offerWasTaken], kind: .mass, fromUs: 1_772_341_200_000_000,
          toUs: 1_773_028_800_000_000, helpType: .plan, county: 21_195, noteContains: "Friday",
          onlyHeld: true, pageSize: 10, pageToken: "abc", outcomes: [.wrongNumber]))
    #expect(try search([]) == ListReferralsRequest())
    #expect(try search(["--all"]).pageSize == 100)
  }

  @Test(arguments: [
    (["--state", "mised"], "there is no state of an offer 'mised'; did you mean 'missed'?"),
    (["--kind", "masss"], "there is no kind of offer 'masss'; did you mean 'mass'?"),
    (["--limit", "0"], "--limit is 1 to 100 rows; got '0'"),
    (["--limit", "101"], "--limit is 1 to 100 rows; got '101'"),
    (["--county", "Pyke"], "Kentucky has no county 'Pyke'; did you mean 'Pike'?"),
    (["--from", "tomorrow", "--to", "today"], "--to lies before --from"),
  ])
  func `a search that can't be meant is refused`(words: [String], expected: String) {
    do {
      _ = try search(words)
      Issue.record("not refused")
    } catch {
      #expect((error as? UsageError)?.message == expected)
    }
  }
}
