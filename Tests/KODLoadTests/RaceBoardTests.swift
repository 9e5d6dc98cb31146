import Testing

@testable import kod_load

@Suite struct RaceBoardTests {
  /// A board with one referral, 7, in it, offered to sessions 1 ... racers.
  private final class Race {
    var board: RaceBoard
    var consequences: [RaceBoard.Consequence] = []
    var clock: UInt64 = 1_000

    init(_ mode: RaceBoard.Mode = .race, expecting: Options.ExpectedRacers = .any) {
      board = RaceBoard(mode: mode, expectedRacers: expecting)
    }

    func see(_ observations: RaceBoard.Observation...) {
      for observation in observations {
        clock += 10
        var then: [RaceBoard.Consequence] = []
        board.apply(observation, at: clock) { then.append($0) }
        consequences += then
      }
    }

    func submitted(offers: UInt32, eligible: UInt32? = nil) {
      see(
        .submitted(
          RaceBoard.Submission(
            referral: 7, offers: offers, eligible: eligible ?? offers, partner: 2, sentAt: 1_000)))
    }

    func opened(_ count: Int = 1, offeredAt: Int64 = 100) {
      for _ in 0..<count { see(.opened(referral: 7, offeredAt: offeredAt, now: clock)) }
    }

    func won(by session: UInt32 = 1, at time: Int64 = 150) {
      see(.won(referral: 7, session: session, offer: UInt64(session), acceptedAt: time))
    }

    func lost(at time: Int64 = 150) { see(.lost(referral: 7, takenAt: time)) }

    func told(_ session: UInt32, _ state: RaceBoard.ClosingState = .taken, at time: Int64 = 150) {
      see(.told(referral: 7, session: session, state: state, closedAt: time))
    }

    func isOverdue(since limit: UInt64) -> Bool {
      board.reportOverdue(notActiveSince: limit)
    }

    var isComplete: Bool {
      consequences.contains { if case .completed = $0 { true } else { false } }
    }

    var kinds: [Violation.Kind] { board.violations.first.map(\.kind) }
  }

  @Test func `R8: one winner, and everybody else told twice, is a right race`() {
    let race = Race()
    race.opened(2)
    race.submitted(offers: 3)
    race.opened()
    race.won(by: 2)
    race.lost()
    race.told(1)
    race.lost()
    #expect(!race.isComplete)
    race.told(3)
    #expect(race.isComplete)
    #expect(race.kinds.isEmpty)
    #expect(race.board.unfinished == 0)
    guard case .completed(let completion) = race.consequences.last else { return }
    #expect(completion.racers == 3)
    #expect(completion.lastOfferAfter > completion.firstOfferAfter)
  }

  @Test func `R8: a second winner is caught, in the race and after it`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.won(by: 1)
    race.won(by: 2)
    #expect(race.kinds == [.twoWinners])

    let late = Race()
    late.submitted(offers: 2)
    late.opened(2)
    late.won(by: 1)
    late.lost()
    late.told(2)
    #expect(late.isComplete)
    late.won(by: 2)
    #expect(late.kinds == [.twoWinners])
  }

  @Test func `a race that everybody lost is caught`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.lost()
    race.lost()
    #expect(race.kinds == [.noWinner])
    #expect(race.isComplete)
  }

  @Test func `an assister without a session here may win`() {
    let race = Race()
    race.submitted(offers: 3, eligible: 2)
    race.opened(2)
    race.lost()
    race.told(1)
    race.told(2)
    #expect(!race.isComplete)
    race.lost()
    #expect(race.isComplete)
    #expect(race.kinds.isEmpty)
  }

  @Test func `a loser whose closing is never pushed is caught when patience ends`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.won()
    race.lost()
    #expect(!race.isComplete)
    #expect(!race.isOverdue(since: race.clock))
    #expect(race.isOverdue(since: race.clock + 1))
    #expect(race.kinds == [.loserNotTold])
    race.told(2)
    #expect(race.kinds == [.loserNotTold])
  }

  @Test func `a loser whose accept is never answered is caught when patience ends`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.won()
    race.told(2)
    #expect(!race.isComplete)
    #expect(race.isOverdue(since: .max))
    #expect(race.kinds == [.loserNotTold])
  }

  @Test func `an offer that the server counts but never pushes is caught when patience ends`() {
    let race = Race()
    race.submitted(offers: 3)
    race.opened(2)
    race.won()
    race.lost()
    race.told(2)
    #expect(!race.isComplete)
    #expect(race.isOverdue(since: .max))
    #expect(race.kinds == [.pushLost])
  }

  @Test func `a push of a referral whose race is over is caught`() {
    let race = Race()
    race.submitted(offers: 1)
    race.opened()
    race.won()
    #expect(race.isComplete)
    race.opened()
    #expect(race.kinds == [.pushAfterClosing])
  }

  @Test(arguments: [true, false])
  func `an offer made after the winner's accept is caught`(isSeenFirst: Bool) {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(offeredAt: 100)
    if isSeenFirst { race.opened(offeredAt: 151) }
    race.won(at: 150)
    if !isSeenFirst { race.opened(offeredAt: 151) }
    #expect(race.kinds == [.pushAfterClosing])
  }

  @Test func `R28: losers told different times are caught`() {
    let race = Race()
    race.submitted(offers: 3)
    race.opened(3)
    race.lost(at: 150)
    race.lost(at: 151)
    #expect(race.kinds == [.wronglyTold])
  }

  @Test func `R28: losers told another time than the winner's are caught`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.lost(at: 149)
    race.told(2, at: 149)
    race.won(at: 150)
    #expect(race.kinds == [.wronglyTold])
  }

  @Test func `an offer withdrawn in the middle of a race is caught`() {
    let race = Race()
    race.submitted(offers: 2)
    race.opened(2)
    race.told(2, .withdrawn)
    #expect(race.kinds == [.wronglyTold])
  }

  @Test func `the accepts of a simultaneous race are released once, when all offers are here`() {
    let race = Race(.simultaneousRace)
    race.opened(2)
    race.submitted(offers: 3)
    #expect(race.consequences.isEmpty)
    race.opened()
    #expect(race.consequences == [.release(referral: 7)])
    race.won()
    #expect(race.consequences == [.release(referral: 7)])
  }

  @Test func `a fan-out is cancelled when all offers are here, and over when all are withdrawn`() {
    let race = Race(.fanout)
    race.submitted(offers: 2)
    race.opened(2)
    #expect(race.consequences == [.cancel(referral: 7, partner: 2)])
    race.told(1, .withdrawn)
    #expect(!race.isComplete)
    race.told(2, .withdrawn)
    #expect(race.isComplete)
    #expect(race.kinds.isEmpty)
  }

  @Test func `expected racers are counted`() {
    let all = Race(expecting: .all)
    all.submitted(offers: 2, eligible: 3)
    #expect(all.kinds == [.racersUnexpected])
    let exact = Race(expecting: .exactly(3))
    exact.submitted(offers: 3)
    #expect(exact.kinds.isEmpty)
    exact.opened(4)
    #expect(exact.kinds == [.racersUnexpected])
  }

  @Test func `referrals that are not ours are counted, not judged`() {
    let race = Race()
    race.opened(2)
    race.lost()
    #expect(race.board.foreignReferrals == 1)
    #expect(race.board.unfinished == 0)
    #expect(!race.isOverdue(since: .max))
    #expect(race.kinds.isEmpty)
  }

  @Test func `many referrals at once keep their own counts`() {
    let race = Race()
    for referral in UInt64(1)...50 {
      race.see(
        .submitted(
          RaceBoard.Submission(
            referral: referral, offers: 2, eligible: 2, partner: 0, sentAt: 1)))
    }
    for _ in 0..<2 {
      for referral in UInt64(1)...50 { race.see(.opened(referral: referral, offeredAt: 1, now: 2)) }
    }
    for referral in stride(from: UInt64(50), through: 1, by: -1) {
      race.see(
        .won(referral: referral, session: 1, offer: referral, acceptedAt: 5),
        .lost(referral: referral, takenAt: 5),
        .told(referral: referral, session: 2, state: .taken, closedAt: 5))
    }
    #expect(race.consequences.count == 50)
    #expect(race.board.unfinished == 0)
    #expect(race.kinds.isEmpty)
  }
}
