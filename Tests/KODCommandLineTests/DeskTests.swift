import Foundation
import KODClient
import KODWire
import Testing

@testable import kod

private let clock = ScreenValues.eastern
private let now = DeskValues.now

@Suite struct DeskScreenTests {
  enum Screen: String, CaseIterable, Sendable {
    case queue, empty, record, assisters, metrics, policy, presets, changes, simulation, requests
  }

  private static func lines(_ screen: Screen, _ paper: Paper) -> [String] {
    let totals = ListQueueResponse(waiting: 2, overdue: 1, promiseMissed: 2)
    let period = Period(from: DeskValues.metrics.fromUs, to: nil)
    let version = PolicyVersion(
      version: 2, policy: DeskValues.policy, sinceUs: now, preset: .phase15, by: "sam",
      reason: "as decided")
    return switch screen {
    case .queue:
      DeskQueue.lines(
        DeskValues.queue, filter: .queueWaiting, totals: totals, clock: clock, now: now,
        paper: paper)
    case .empty:
      DeskQueue.lines(
        [], filter: .queueOverdue, totals: ListQueueResponse(), clock: clock, now: now,
        paper: paper)
    case .record: DeskReferral.lines(DeskValues.record, clock: clock, now: now, paper: paper)
    case .assisters: DeskAssisters.lines(DeskValues.assisters, clock: clock, now: now, paper: paper)
    case .metrics:
      DeskMetrics.lines(DeskValues.metrics, period: period, top: 2, clock: clock, paper: paper)
    case .policy: PolicyLines.show(version, clock, paper)
    case .presets:
      PolicyLines.presets(
        [("phase15", DeskValues.policy), ("serial", DeskValues.serial)], current: version,
        paper: paper)
    case .changes:
      PolicyLines.changes(
        PolicyLines.differences(DeskValues.policy, DeskValues.serial), paper)
    case .simulation:
      PolicySimulation.lines(DeskValues.report, period: period, clock: clock, paper: paper)
    case .requests: RequestCommand.lines(DeskValues.queue, clock: clock, now: now, paper: paper)
    }
  }

  private static func plain(_ line: String) -> String {
    line.replacing(/\u{1b}\[[0-9;]*m/, with: "")
  }

  @Test(arguments: Screen.allCases, [40, 60, 80, 100, 160])
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
    let bare = Self.lines(screen, Paper(columns: 100))
    #expect(!bare.contains { $0.contains("\u{1b}") })
    let coloured = Self.lines(screen, Paper(columns: 100, style: Style(colour: true)))
    #expect(coloured.map(Self.plain) == bare)
  }

  @Test func `the queue says why each waits, how old it is, and how the promise stands (R44, R45)`()
  {
    let lines = Self.lines(.queue, Paper())
    #expect(lines[0] == "2 waiting, 1 overdue, 2 promises missed")
    #expect(lines[3].contains("2 d 2 h") && lines[3].contains("mass expired"))
    #expect(lines[3].contains("MISSED 2 d 1 h ago"))
    #expect(lines[4].contains("OVERDUE (assigned)"))
    #expect(lines[5].contains("called 10:32"))
    #expect(lines[6].contains("no one available") && lines[6].contains("30:00 left"))
  }

  @Test
  func `a referral at the desk shows every offer, how it was told, and every hand (R12, R65)`() {
    let lines = Self.lines(.record, Paper())
    #expect(
      lines.contains { $0.contains("alice") && $0.contains("MISSED") && $0.contains("session") })
    #expect(lines.contains { $0.contains("ben") && $0.contains("phone failed, email sent") })
    #expect(lines.contains { $0.contains("carla") && $0.contains("not told") })
    #expect(lines.contains { $0.contains("sam had it asked again: two people are back") })
  }

  @Test func `metrics lead with the funnel, its shares of everything submitted (R72)`() {
    let lines = Self.lines(.metrics, Paper(columns: 80, glyphs: .ascii))
    #expect(lines[2].contains("submitted") && lines[2].hasSuffix("200  100%"))
    #expect(lines[6].contains("called in time") && lines[6].hasSuffix("150   75%"))
    #expect(lines.contains("Promise to call back: 79% in time, 40 missed."))
  }

  @Test func `coverage gaps come worst first, and what has no gap is no gap (R72)`() {
    let worst = DeskMetrics.worst(DeskValues.metrics.byCounty)
    #expect(worst.map(\.county) == [21_195, 21_145])
    let lines = Self.lines(.metrics, Paper(columns: 80))
    let pike = lines.firstIndex { $0.contains("Pike") }
    let mcCracken = lines.firstIndex { $0.contains("McCracken") }
    #expect(pike != nil && mcCracken != nil)
    #expect(pike ?? 0 < mcCracken ?? 0)
    #expect(!lines.contains { $0.contains("Fayette") })
    #expect(lines.contains { $0.contains("17:00") })
  }

  @Test func `a simulation compares the alternative with the baseline, not with what happened`() {
    let lines = Self.lines(.simulation, Paper(columns: 100))
    #expect(lines.contains { $0.hasPrefix("Alternative: general_phase no end in place of 15m.") })
    let called = lines.first { $0.hasPrefix("called in time") } ?? ""
    #expect(called.contains("150 (75%)") && called.contains("148 (74%)"))
    #expect(called.hasSuffix("-28"))
    #expect(lines.first { $0.hasPrefix("de-registered") }?.hasSuffix("=") == true)
    #expect(lines.first { $0.hasPrefix("nine of ten within") }?.hasSuffix("+15 min") == true)
  }

  @Test(arguments: [20, 40, 80, 200])
  func `the progress of a simulation fits any terminal`(columns: Int) {
    let bar = PolicySimulation.bar(
      SimulationProgress(done: 500, total: 1_000), on: Paper(columns: columns, glyphs: .ascii))
    #expect(TerminalText.columns(bar) < columns)
    #expect(bar.contains("500"))
  }
}

@Suite struct DeskArgumentTests {
  private func parse(_ line: String) throws -> Invocation {
    try ArgumentParser.parse(
      line.split(separator: " ").map(String.init), commands: Command.descriptions)
  }

  private func message(_ line: String, _ body: (Invocation) throws -> Void = { _ in }) -> String {
    do {
      try body(parse(line))
      return "no error"
    } catch let error as UsageError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("desk rerun 7", "missing: --reason TEXT"),
    ("desk rerun --reason x", "REFERRAL is missing: the referral's number, as kod desk shows it"),
    (
      "desk assign 7 --reason x",
      "ASSISTER is missing: the assister's credential, as kod desk assisters shows it"
    ),
    ("desk asign 7 ben", "there is no 'kod desk asign'; did you mean 'kod desk assign'?"),
    ("desk show 7 --reason x", "'--reason' is an option of 'kod reject'"),
    ("desk --overdue show 7", "'--overdue' is an option of 'kod desk', not of 'kod desk show'"),
    ("policy set --preset serial", "missing: --reason TEXT"),
    ("policy simulate --reason x", "'--reason' is an option of 'kod reject'"),
    ("notify", "missing: --exec COMMAND"),
    (
      "request frobnicate",
      "there is no 'kod request frobnicate' (there are submit, cancel, status, list, watch)"
    ),
  ])
  func `a mistyped command line is explained`(line: String, expected: String) {
    #expect(message(line) == expected)
  }

  @Test func `every command of the four groups is found by its whole name and has an example`() {
    for group in [Desk.command, PolicyCommand.command, RequestCommand.command] {
      #expect(!group.subcommands.isEmpty)
      for command in group.subcommands {
        #expect(Command.named(command.description.name) != nil)
        for line in HelpText.command(command.description) { #expect(line.count <= 80, "\(line)") }
      }
    }
  }

  @Test func `the queue's filters exclude each other`() throws {
    #expect(try DeskQueue.filter(parse("desk")) == .queueWaiting)
    #expect(try DeskQueue.filter(parse("desk queue --overdue")) == .queueOverdue)
    #expect(try DeskQueue.filter(parse("desk --promise-missed")) == .queuePromiseMissed)
    #expect(try DeskQueue.filter(parse("desk queue --open")) == .queueOpen)
    #expect(
      message("desk queue --open --overdue") { _ = try DeskQueue.filter($0) }
        == "--overdue, --promise-missed and --open exclude each other")
  }

  @Test(arguments: [
    ("--until 2027-06-30", Int64(1_814_414_400_000_000)),
    ("--until 2027-06-30T17:00", 1_814_389_200_000_000), ("--no-date", 0),
  ])
  func `a credential's date is its last valid day (R30)`(options: String, expected: Int64) throws {
    let invocation = try parse("desk credential ben --reason x \(options)")
    #expect(try DeskStaff.until(invocation, clock: clock, now: now) == expected)
  }

  @Test(arguments: [
    ("--until 2027-06-30", "through 2027-06-30"),
    ("--until 2027-06-30T17:00", "until 2027-06-30 17:00"),
  ])
  func `a credential is shown as it was typed (R30)`(options: String, shown: String) throws {
    let invocation = try parse("desk credential ben --reason x \(options)")
    let until = try DeskStaff.until(invocation, clock: clock, now: now)
    #expect(DeskStaff.validity(until, clock) == shown)
  }

  @Test(arguments: ["", "--until 2027-06-30 --no-date"])
  func `a credential needs a date or none, not both`(options: String) {
    #expect(
      message("desk credential ben --reason x \(options)") {
        _ = try DeskStaff.until($0, clock: clock, now: now)
      } == "give --until DATE or --no-date")
  }

  @Test func `a reason is 1 to 200 bytes`() throws {
    #expect(try Reasons.of(parse("desk rerun 7 --reason ok")) == "ok")
    let long = String(repeating: "x", count: 201)
    #expect(
      message("desk rerun 7 --reason \(long)") { _ = try Reasons.of($0) }
        == "--reason has 201 bytes; 200 are the most")
    #expect(
      message("desk rerun 7 --reason=") { _ = try Reasons.of($0) } == "--reason is empty: say why")
  }

  @Test func `a list is a page, the page after another, or everything`() async throws {
    var paging = try Paging(parse("desk queue --all"))
    #expect(paging.isAll && paging.size == 100)
    var asked: [String] = []
    let pages = ["": ([1, 2], "b"), "b": ([3], "c"), "c": ([4], "")]
    func page(_ token: String) -> (rows: [Int], next: String) {
      asked.append(token)
      return (pages[token]?.0 ?? [], pages[token]?.1 ?? "")
    }
    let all = try await paging.collect { page($1) }
    #expect(all.rows == [1, 2, 3, 4] && all.next.isEmpty)
    paging = try Paging(parse("desk queue --page b --limit 1"))
    let one = try await paging.collect { page($1) }
    #expect(one.rows == [3] && one.next == "c")
    #expect(asked == ["", "b", "c", "b"])
    #expect(
      message("desk queue --limit 101") { _ = try Paging($0) }
        == "--limit is 1 to 100 rows; got '101'")
  }

  @Test func `an assister is searched by standing and name`() throws {
    let search = try DeskAssisters.search(parse("desk assisters --state deregistered --name al"))
    #expect(search.registration == .registrationDeregistered && search.nameContains == "al")
    #expect(
      message("desk assisters --state gone") { _ = try DeskAssisters.search($0) }
        .hasPrefix("there is no state of a registration 'gone'"))
  }

  @Test(arguments: [("y", true), ("YES ", true), ("", false), ("no", false), ("yep", false)])
  func `only yes is yes`(answer: String, isYes: Bool) {
    #expect(Confirmation.isYes(answer) == isYes)
  }
}

@Suite struct DeskSentenceTests {
  @Test(arguments: [
    (DeskValues.referral(7, .referralGeneral), "Referral 7: an assister is being asked."),
    (
      DeskValues.referral(7, .referralAssigned, holder: "ben"), "Referral 7 is ben's now."
    ),
    (
      DeskValues.referral(7, .referralClosed, outcome: .unserved),
      "Referral 7 is closed: unserved."
    ),
    (
      DeskValues.referral(7, .referralWaiting, cause: .allAsked),
      "Referral 7 is waiting (all asked)."
    ),
    (DeskValues.referral(7, .referralCancelled), "Referral 7 is cancelled."),
  ])
  func `what was done by hand is said in a sentence (R12, R16, R17)`(
    referral: Referral, sentence: String
  ) {
    #expect(DeskActions.sentence(referral) == sentence)
  }

  @Test func `what was done to an assister is said in a sentence (R30, R31)`() {
    #expect(
      DeskStaff.sentence(DeskValues.assisters[0], clock)
        == "alice: available, 2 missed in a row.")
    #expect(
      DeskStaff.sentence(DeskValues.assisters[1], clock).hasPrefix("ben: DE-REGISTERED, 3 missed"))
  }
}
