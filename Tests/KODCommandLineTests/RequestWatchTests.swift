import KODClient
import KODWire
import Testing

@testable import kod

@Suite struct RequestWatchTests {
  private let clock = ScreenValues.eastern
  private let now = DeskValues.now

  private func update(_ referral: Referral, promiseMissed: Bool = false) -> SubscriptionEvent {
    .push(
      Push(
        offset: 1, atUs: now,
        body: .referralUpdate(ReferralUpdate(referral: referral, promiseMissed: promiseMissed))))
  }

  private func texts(_ lines: [RequestWatchModel.Line]) -> [String] { lines.map(\.text) }

  @Test func `a request is followed from its state to its end (R44)`() {
    var model = RequestWatchModel(id: 7)
    let state = CurrentState(referrals: [
      DeskValues.referral(7, .referralGeneral), DeskValues.referral(8, .referralMass),
    ])
    #expect(
      texts(model.apply(.state(state), clock: clock, now: now))
        == ["referral 7 (R-1007): general; a call is promised by 11:07"])
    #expect(model.takeQuestion() == nil)
    #expect(
      texts(
        model.apply(
          update(DeskValues.referral(7, .referralAssigned), promiseMissed: true), clock: clock,
          now: now)) == ["referral 7 (R-1007): PROMISE MISSED, nobody had called by 11:07"])
    #expect(!model.isOver)
    #expect(
      texts(
        model.apply(
          update(DeskValues.referral(7, .referralClosed, outcome: .planEnrolled)), clock: clock,
          now: now)) == ["referral 7 (R-1007): closed: plan enrolled"])
    #expect(model.isOver)
  }

  @Test func `others are not heard of while one is watched`() {
    var model = RequestWatchModel(id: 7)
    #expect(
      model.apply(update(DeskValues.referral(8, .referralClosed)), clock: clock, now: now).isEmpty)
    #expect(!model.isOver)
  }

  @Test func `one that ended while nobody listened is asked for`() {
    var model = RequestWatchModel(id: 7)
    #expect(model.apply(.state(CurrentState()), clock: clock, now: now).isEmpty)
    #expect(model.takeQuestion() == 7)
    #expect(model.takeQuestion() == nil)
    #expect(
      texts(model.found(DeskValues.referral(7, .referralCancelled), clock: clock))
        == ["referral 7 (R-1007): cancelled"])
    #expect(model.isOver)
  }

  @Test func `a state that says nothing new is not said again`() {
    var model = RequestWatchModel(id: nil)
    let state = CurrentState(referrals: [DeskValues.referral(7, .referralMass)])
    #expect(model.apply(.state(state), clock: clock, now: now).count == 1)
    #expect(model.apply(.state(state), clock: clock, now: now).isEmpty)
    #expect(!model.isOver)
  }
}
