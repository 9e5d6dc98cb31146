import KODWire
import Testing

@testable import KODClient

@Suite("SubscriptionStateMachine")
struct SubscriptionStateMachineTests {
  static func line(_ verdict: SubscriptionStateMachine.Verdict) -> String {
    switch verdict {
    case .deliver(let event): event.line
    case .nothing: "-"
    case .beginAgain: "begin again"
    }
  }

  static func start(_ offset: UInt64, _ recovered: Bool, epoch: String = "e1")
    -> SubscribeItem.Item
  {
    .start(SubscriptionStart(epoch: epoch, offset: offset, recovered: recovered))
  }

  static func run(
    after position: SubscriptionPosition?, _ items: [SubscribeItem.Item?]
  ) -> (lines: [String], position: SubscriptionPosition?) {
    var machine = SubscriptionStateMachine(after: position)
    _ = machine.request()
    let lines = items.map { line(machine.receive(SubscribeItem(item: $0))) }
    return (lines, machine.position)
  }

  @Test("a new subscriber gets the state, then pushes from there on")
  func fresh() {
    let (lines, position) = Self.run(
      after: nil,
      [
        Self.start(4, false), .openOffer(Offer(offerId: 1)), .status(AssisterStatus()),
        .assignment(Assignment()), .openOffer(Offer(offerId: 2)), .stateEnd(StateEnd()),
        .push(Frames.push(5)), nil, .push(Frames.push(6)),
      ])
    #expect(
      lines == [
        "position e1 4", "-", "-", "-", "-", "state, 2 offers", "push 5", "-", "push 6",
      ])
    #expect(position == SubscriptionPosition(epoch: "e1", offset: 6))
  }

  @Test("the state is all that came, in order")
  func wholeState() {
    var machine = SubscriptionStateMachine(after: nil)
    _ = machine.request()
    let items: [SubscribeItem.Item] = [
      Self.start(4, false), .openOffer(Offer(offerId: 1)), .openOffer(Offer(offerId: 2)),
      .assignment(Assignment(referralId: 3)), .status(AssisterStatus(name: "alice")),
    ]
    for item in items { _ = machine.receive(SubscribeItem(item: item)) }
    guard case .deliver(.state(let state)) = machine.receive(
      SubscribeItem(item: .stateEnd(StateEnd())))
    else { return #expect(Bool(false), "no state") }
    #expect(
      state
        == CurrentState(
          status: AssisterStatus(name: "alice"),
          offers: [Offer(offerId: 1), Offer(offerId: 2)],
          assignments: [Assignment(referralId: 3)]))
  }

  @Test("one that returns asks for what it missed, and gets exactly that")
  func resume() {
    var machine = SubscriptionStateMachine(after: SubscriptionPosition(epoch: "e1", offset: 4))
    #expect(machine.request() == SubscribeRequest(epoch: "e1", offset: 4))
    let (lines, position) = Self.run(
      after: SubscriptionPosition(epoch: "e1", offset: 4),
      [Self.start(6, true), .push(Frames.push(5)), .push(Frames.push(6)), .push(Frames.push(7))])
    #expect(lines == ["position e1 6 recovered", "push 5", "push 6", "push 7"])
    #expect(position?.offset == 7)
  }

  @Test("another epoch means to begin with the state")
  func otherEpoch() {
    let (lines, position) = Self.run(
      after: SubscriptionPosition(epoch: "e1", offset: 400),
      [Self.start(2, false, epoch: "e2"), .stateEnd(StateEnd()), .push(Frames.push(3))])
    #expect(lines == ["position e2 2", "state, 0 offers", "push 3"])
    #expect(position == SubscriptionPosition(epoch: "e2", offset: 3))
  }

  @Test("a push that was seen is dropped, a gap begins again from the last good one")
  func duplicatesAndGaps() {
    let (lines, position) = Self.run(
      after: SubscriptionPosition(epoch: "e1", offset: 4),
      [
        Self.start(5, true), .push(Frames.push(4)), .push(Frames.push(5)), .push(Frames.push(5)),
        .push(Frames.push(7)),
      ])
    #expect(lines == ["position e1 5 recovered", "-", "push 5", "-", "begin again"])
    #expect(position?.offset == 5)
  }

  @Test(
    "items out of order begin again",
    arguments: [
      [.push(Frames.push(1))],
      [.stateEnd(StateEnd())],
      [.openOffer(Offer())],
      [start(4, true)],
      [start(4, false), start(4, false)],
      [start(4, false), .push(Frames.push(5))],
      [start(4, false), .stateEnd(StateEnd()), .stateEnd(StateEnd())],
      [start(4, false), .stateEnd(StateEnd()), .status(AssisterStatus())],
    ] as [[SubscribeItem.Item?]])
  func disorder(_ items: [SubscribeItem.Item?]) {
    let (lines, _) = Self.run(after: nil, items)
    #expect(lines.last == "begin again")
    #expect(lines.dropLast().allSatisfy { $0 != "begin again" })
  }

  @Test("recovery to another place than asked for is not believed")
  func wrongRecovery() {
    let position = SubscriptionPosition(epoch: "e1", offset: 4)
    #expect(Self.run(after: position, [Self.start(3, true)]).lines == ["begin again"])
    #expect(Self.run(after: position, [Self.start(5, true, epoch: "e2")]).lines == ["begin again"])
    #expect(Self.run(after: position, [Self.start(4, true)]).lines == ["position e1 4 recovered"])
  }

  @Test("a state without end is cut off before it fills the memory")
  func endlessState() {
    var machine = SubscriptionStateMachine(after: nil)
    _ = machine.request()
    _ = machine.receive(SubscribeItem(item: Self.start(1, false)))
    let offer = SubscribeItem(item: .openOffer(Offer(offerId: 1)))
    for _ in 0..<SubscriptionStateMachine.maximumStateItems { _ = machine.receive(offer) }
    #expect(Self.line(machine.receive(offer)) == "begin again")
  }
}
