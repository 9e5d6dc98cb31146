import Testing

@testable import kod_load

@Suite struct RacePaceTests {
  @Test func `the set-up goes one by one until a referral is mass at once (R2)`() {
    var pace = RacePace(warmup: 1, rounds: 2, seconds: nil, inFlight: 4)
    #expect(pace.wanted == 0)
    pace.sessionsAreOpen(at: 0)
    for _ in 0..<50 {
      #expect(pace.wanted == 1)
      pace.submitted()
      #expect(pace.wanted == 0)
      pace.answeredGeneral()
    }
    #expect(pace.phase == .occupying)
    pace.submitted()
    pace.answeredMass(at: 10)
    #expect(pace.phase == .warmup)
    #expect(pace.wanted == 2)
  }

  @Test func `exactly the rounds that were asked for are measured, and no more submitted`() {
    var pace = RacePace(warmup: 2, rounds: 3, seconds: nil, inFlight: 2)
    pace.sessionsAreOpen(at: 0)
    var submitted = 0
    var clock: UInt64 = 0
    var racing = 0
    while pace.phase < .tidying {
      clock += 1
      while pace.wanted > 0 {
        pace.submitted()
        pace.answeredMass(at: clock)
        submitted += 1
        racing += 1
        #expect(racing <= 2)
      }
      pace.completed(at: clock)
      racing -= 1
      #expect(clock < 100)
    }
    #expect(submitted == 5)
    #expect(pace.completed == 3)
    #expect(pace.measuredUntil - pace.measuredFrom == 3)
  }

  @Test func `a measured part in seconds ends by the clock and drains what is in flight`() {
    var pace = RacePace(warmup: 0, rounds: nil, seconds: 2, inFlight: 3)
    pace.sessionsAreOpen(at: 0)
    pace.submitted()
    pace.answeredMass(at: 5)
    #expect(pace.phase == .measured)
    #expect(pace.wanted == 2)
    pace.submitted()
    pace.advance(at: 2_000_000_004)
    #expect(pace.phase == .measured)
    pace.advance(at: 2_000_000_005)
    #expect(pace.phase == .draining)
    #expect(pace.wanted == 0)
    pace.completed(at: 2_000_000_006)
    #expect(pace.phase == .draining)
    pace.answeredGeneral()
    pace.advance(at: 2_000_000_007)
    #expect(pace.phase == .tidying)
    #expect(pace.completed == 0)
    #expect(pace.measuredUntil == 2_000_000_005)
  }

  @Test func `a general answer in the middle is replaced by another submission`() {
    var pace = RacePace(warmup: 0, rounds: 2, seconds: nil, inFlight: 1)
    pace.sessionsAreOpen(at: 0)
    pace.submitted()
    pace.answeredMass(at: 1)
    pace.completed(at: 2)
    #expect(pace.wanted == 1)
    pace.submitted()
    pace.answeredGeneral()
    #expect(pace.wanted == 1)
    pace.submitted()
    pace.answeredMass(at: 3)
    #expect(pace.wanted == 0)
    pace.completed(at: 4)
    #expect(pace.phase == .tidying)
  }

  @Test func `a stopped run drains, and is tidied when what is left is given up`() {
    var pace = RacePace(warmup: 0, rounds: 10, seconds: nil, inFlight: 1)
    pace.sessionsAreOpen(at: 0)
    pace.submitted()
    pace.answeredMass(at: 1)
    pace.stop(at: 9)
    #expect(pace.phase == .draining)
    pace.advance(at: 10)
    #expect(pace.phase == .draining)
    pace.abandonRaces()
    #expect(pace.phase == .tidying)
    pace.tidied()
    #expect(pace.phase == .over)
  }

  @Test func `a run that only holds sessions open submits nothing and ends by the clock`() {
    var pace = RacePace(warmup: 0, rounds: nil, seconds: 1, inFlight: 1, isHoldingOnly: true)
    pace.sessionsAreOpen(at: 7)
    #expect(pace.phase == .measured)
    #expect(pace.wanted == 0)
    pace.advance(at: 1_000_000_006)
    #expect(pace.phase == .measured)
    pace.advance(at: 1_000_000_007)
    #expect(pace.phase == .tidying)
  }
}
