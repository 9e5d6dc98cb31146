import KODWire
import Testing

@testable import kod

private let start: Int64 = 1_773_067_327_000_000
private let second: Int64 = 1_000_000

/// A model with the test as server, clock and shell; effects as lines.
private struct Desk {
  var model: NotifyModel
  var now = start

  init(
    _ channels: Set<NoticeChannel> = [.phone, .email], jobs: Int = 4,
    remembered: [NoticeIdentity: NoticeState] = [:]
  ) {
    model = NotifyModel(channels: channels, jobs: jobs, remembered: remembered)
  }

  private func lines(_ effects: [NotifyModel.Effect]) -> [String] {
    effects.compactMap { effect in
      switch effect {
      case .run(let notice): "run \(notice.noticeId)"
      case .remember(let entry): "remember \(entry.notice.id) \(entry.state.word)"
      case .acknowledge(let identity, let state, let detail):
        "tell \(identity.id) \(state.word)" + (detail.isEmpty ? "" : ": \(detail)")
      case .say: nil
      }
    }
  }

  mutating func notice(
    _ id: UInt64, _ channel: NoticeChannel = .email, minutes: Int64 = 15
  ) -> [String] {
    lines(
      model.noticed(
        kodNotice(id, channel, deadline: start + minutes * 60 * second), now: now))
  }

  mutating func end(_ id: UInt64, _ ending: ChildCommand.Ending) -> [String] {
    lines(model.finished(id, ChildCommand.Result(ending: ending), now: now))
  }

  mutating func answer(_ id: UInt64, _ answer: NotifyModel.Answer) -> [String] {
    lines(model.answered(NoticeIdentity(id: id, createdAt: start), answer, now: now))
  }

  mutating func withdraw(_ id: UInt64) -> [String] { lines(model.withdrawn(id)) }

  mutating func current(hasMore: Bool = false) -> [String] {
    lines(model.current(hasMore: hasMore))
  }

  mutating func wait(_ seconds: Int64) -> [String] {
    now += seconds * second
    return lines(model.advance(now))
  }
}

private func kodNotice(_ id: UInt64, _ channel: NoticeChannel, deadline: Int64) -> Notice {
  notice(id, channel, deadline: deadline)
}

@Suite struct NotifyModelTests {
  @Test(arguments: [
    (ChildCommand.Ending.exited(0), "sent", ""), (.exited(100), "delivered", ""),
    (.exited(1), "failed", ": exit status 1"), (.exited(127), "failed", ": exit status 127"),
    (.signalled(9), "failed", ": ended by signal 9"), (.timedOut, "failed", ": took too long"),
    (.notStarted("fork"), "failed", ": not started: fork"),
  ])
  func `R65: the command's end is what the server hears, after the ledger has it`(
    ending: ChildCommand.Ending, state: String, detail: String
  ) {
    var desk = Desk()
    #expect(desk.notice(1) == ["run 1"])
    #expect(desk.end(1, ending) == ["remember 1 \(state)", "tell 1 \(state)\(detail)"])
    #expect(!desk.model.isIdle)
    #expect(desk.answer(1, .settled) == [])
    #expect(desk.model.isIdle)
  }

  @Test func `no notice runs twice, however often it comes`() {
    var desk = Desk()
    #expect(desk.notice(1) == ["run 1"])
    #expect(desk.notice(1) == [])
    _ = desk.end(1, .exited(0))
    // The server has not heard: it is told again, nothing is run again.
    #expect(desk.notice(1) == ["tell 1 sent"])
    _ = desk.answer(1, .settled)
    #expect(desk.notice(1) == ["tell 1 sent"])
  }

  @Test func `one that is in the ledger is only reported`() {
    var desk = Desk(remembered: [NoticeIdentity(id: 1, createdAt: start): .noticeSent])
    #expect(desk.notice(1) == ["tell 1 sent: handed over before a restart"])
    #expect(desk.notice(2) == ["run 2"])
  }

  @Test func `the same number of another server's notice is another notice`() {
    var desk = Desk(remembered: [NoticeIdentity(id: 1, createdAt: start - 1): .noticeSent])
    #expect(desk.notice(1) == ["run 1"])
  }

  @Test func `exit status 75 is tried again, each time later, until shortly before the deadline`() {
    var desk = Desk()
    #expect(desk.notice(1, minutes: 1) == ["run 1"])
    var pauses: [Int64] = []
    while true {
      let lines = desk.end(1, .exited(75))
      guard lines.isEmpty else {
        #expect(
          lines == ["remember 1 failed", "tell 1 failed: exit status 75 until the deadline"])
        break
      }
      let due = desk.model.nextDue ?? 0
      pauses.append((due - desk.now) / second)
      #expect(desk.wait(pauses.last! - 1) == [])
      #expect(desk.wait(1) == ["run 1"])
    }
    #expect(pauses == [1, 2, 4, 8, 16])
    // The other channel still has its chance.
    #expect(desk.now < start + 60 * second)
  }

  @Test func `a withdrawn notice is not started, and one between two tries not again`() {
    var desk = Desk(jobs: 1)
    #expect(desk.notice(1) == ["run 1"])
    #expect(desk.notice(2) == [])
    #expect(desk.withdraw(2) == [])
    _ = desk.end(1, .exited(75))
    #expect(desk.withdraw(1) == [])
    #expect(desk.wait(600) == [])
    #expect(desk.model.nextDue == nil)
  }

  @Test func `a command that runs is left to finish, but is not tried again`() {
    var desk = Desk()
    _ = desk.notice(1)
    _ = desk.notice(2)
    #expect(desk.withdraw(1) == [])
    #expect(desk.withdraw(2) == [])
    #expect(desk.end(1, .exited(0)) == ["remember 1 sent", "tell 1 sent"])
    #expect(desk.end(2, .exited(75)) == [])
    #expect(desk.wait(60) == [])
  }

  @Test func `what is no longer pending after a reconnection is not started`() {
    var desk = Desk(jobs: 1)
    _ = desk.notice(1)
    _ = desk.notice(2)
    _ = desk.notice(3)
    desk.model.began()
    #expect(desk.notice(1) == [])
    #expect(desk.notice(3) == [])
    #expect(desk.current() == [])
    #expect(desk.end(1, .exited(0)).last == "run 3")
  }

  @Test func `what waits behind those that were told first is started when it comes again`() {
    var desk = Desk(jobs: 1)
    _ = desk.notice(1)
    _ = desk.notice(2)
    _ = desk.notice(3)
    desk.model.began()
    #expect(desk.notice(1) == [])
    #expect(desk.current(hasMore: true) == [])
    #expect(desk.end(1, .exited(0)) == ["remember 1 sent", "tell 1 sent"])
    #expect(desk.notice(3) == ["run 3"])
  }

  @Test func `only so many run at once, in order of arrival`() {
    var desk = Desk(jobs: 2)
    #expect((1...5).flatMap { desk.notice($0) } == ["run 1", "run 2"])
    #expect(desk.end(2, .exited(0)).last == "run 3")
    #expect(desk.end(1, .exited(0)).last == "run 4")
    #expect(desk.end(3, .exited(0)).last == "run 5")
  }

  @Test func `another channel's notices are left to other notifiers`() {
    var desk = Desk([.phone])
    #expect(desk.notice(1, .email) == [])
    #expect(desk.notice(2, .phone) == ["run 2"])
  }

  @Test func `an answer that was lost is given again after a while`() {
    var desk = Desk()
    _ = desk.notice(1)
    _ = desk.end(1, .exited(0))
    #expect(desk.answer(1, .lost) == [])
    #expect(desk.wait(4) == [])
    #expect(desk.wait(1) == ["tell 1 sent"])
    #expect(desk.answer(1, .refused("no")) == [])
    #expect(desk.wait(60) == [])
  }

  @Test func `stopping starts nothing more, and ends when all is told`() {
    var desk = Desk(jobs: 1)
    _ = desk.notice(1)
    _ = desk.notice(2)
    desk.model.stop()
    #expect(!desk.model.isIdle)
    #expect(desk.end(1, .exited(0)) == ["remember 1 sent", "tell 1 sent"])
    #expect(!desk.model.isIdle)
    _ = desk.answer(1, .settled)
    #expect(desk.model.isIdle)
  }

  @Test func `a notice whose deadline has passed is of no use to anybody`() {
    var desk = Desk()
    desk.now += 16 * 60 * second
    #expect(desk.notice(1) == [])
    #expect(desk.model.nextDue == nil)
  }

  @Test func `what is long over is forgotten`() {
    var desk = Desk()
    _ = desk.notice(1)
    _ = desk.end(1, .exited(0))
    _ = desk.answer(1, .settled)
    _ = desk.wait(26 * 60)
    // As if it were new, but too late: neither run nor told.
    #expect(desk.notice(1) == [])
  }
}

@Suite struct NotifyOptionsTests {
  private func options(_ line: [String]) throws -> NotifyOptions {
    try NotifyOptions(ArgumentParser.parse(["notify"] + line, commands: Command.descriptions))
  }

  @Test func `what is not said has a sensible value`() throws {
    let options = try options(["--exec", "sendmail -t", "--from", "d@e.org"])
    #expect(options.command == "sendmail -t")
    #expect(options.channels == [.phone, .email])
    #expect(options.jobs == 4 && options.execTimeout == .seconds(30))
    #expect(options.ledger == nil && options.texts == nil && options.limit == nil)
  }

  @Test(arguments: [
    (["--exec", " "], "--exec is empty: say which program to run"),
    (["--exec", "x"], "emails need a sender: --from ADDRESS (or --channel phone)"),
    (["--exec", "x", "--channel", "fax"], "--channel is phone, email or both; got 'fax'"),
    (
      ["--exec", "x", "--channel", "phone", "--jobs", "65"],
      "--jobs is a number from 1 to 64; got '65'"
    ),
    (
      ["--exec", "x", "--channel", "phone", "--exec-timeout", "0s"],
      "--exec-timeout is longer than nothing"
    ),
    (
      ["--exec", "x", "--from", "nobody"],
      "--from is an address such as desk@example.org; got 'nobody'"
    ),
  ])
  func `what can't be is said before anything is connected`(line: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try options(line) }
    #expect(error?.message == message)
  }

  @Test func `phones need no sender`() throws {
    #expect(try options(["--exec", "x", "--channel", "phone"]).from == nil)
  }
}
