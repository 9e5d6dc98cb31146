import Testing

@testable import KODEngine

@Suite("Nobody who could help is overlooked") struct NobodyOverlookedTests {
  @Test(
    "R11 R38: whatever happens, no referral waits for somebody who is there and was not asked",
    arguments: PropertyTests.seeds)
  func waiting(seed: UInt64) {
    var engine = Engine(policy: .phase15)
    var workload = Workload(seed: seed)
    var log: [Event] = []
    var overlooked: [String] = []
    var looked = 0
    for _ in 0..<PropertyTests.steps {
      workload.step(&engine, &log)
      for (index, referral) in engine.referrals.enumerated()
      where engine.isSearching(referral.state) {
        looked += 1
        for assister in engine.assisters.indices
        where engine.isJoinable(index, by: assister) && !engine.wasAsked(referral, assister) {
          overlooked.append("\(workload.now): referral \(index + 1), assister \(assister + 1)")
        }
      }
    }
    #expect(overlooked.first == nil)
    #expect(looked > 0)
  }
}
