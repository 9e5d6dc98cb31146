import Testing

@testable import kod_load

@Suite struct OutcomeTests {
  @Test(arguments: [
    (Outcome.completed, 0, false, Int32(0)), (.completed, 1, false, 1), (.completed, 1, true, 1),
    (.failed("x"), 0, true, 1), (.usage("x"), 0, false, 2), (.unreachable("x"), 0, true, 69),
    (.notPermitted("x"), 0, true, 77), (.lost("x"), 0, false, 69), (.lost("x"), 0, true, 0),
    (.lost("x"), 1, false, 1), (.lost("x"), 1, true, 1),
  ])
  func `exit statuses are the contract's`(
    outcome: Outcome, violations: Int, tolerates: Bool, status: Int32
  ) {
    #expect(outcome.exitStatus(violations: violations, toleratesLoss: tolerates) == status)
  }

  @Test func `eligible are those of the whole state and those of the county`() {
    var eligibility = Eligibility()
    eligibility.add([])
    eligibility.add([21067, 21111, 21067])
    eligibility.add([21111])
    eligibility.add(nil)
    #expect(eligibility.count(in: 21067) == 2)
    #expect(eligibility.count(in: 21111) == 3)
    #expect(eligibility.count(in: 21001) == 1)
    #expect(eligibility.count(in: 99_999) == 1)
  }
}
