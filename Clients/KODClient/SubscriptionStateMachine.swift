internal import KODWire

/// The order of items within one subscription, over any number of sessions.
///
/// Knows where the subscriber stands and judges each item: `start`; then, if it recovered, the gap,
/// else the current state; then live pushes, whose offsets count up by one. A push that was seen
/// already is dropped. Whatever else does not fit is answered with `beginAgain`: the caller cancels
/// the stream and asks anew from `position`, so that nothing is lost.
struct SubscriptionStateMachine {
  /// What to do with an item.
  enum Verdict {
    case deliver(SubscriptionEvent)
    case nothing
    case beginAgain(because: String)
  }

  private enum Stage {
    case awaitingStart
    case collecting(CurrentState, items: Int, start: SubscriptionStart)
    case pushes
  }

  /// More current state than this is a server gone wrong: memory has to end somewhere. The engine
  /// gives an assister hundreds of open offers at the very most.
  static let maximumStateItems = 65_536

  /// The newest push that was delivered; nil: nothing was ever received.
  private(set) var position: SubscriptionPosition?
  private var stage = Stage.awaitingStart
  /// A state or a push was delivered since the last `request`: a pause loses nothing but time.
  private(set) var hasDelivered = false
  /// It began again, and no push was delivered since: beginning again gets nowhere.
  private(set) var hasBegunAgain = false

  init(after position: SubscriptionPosition?) { self.position = position }

  /// The request that continues where the subscription stands; a new stream begins.
  mutating func request() -> SubscribeRequest {
    stage = .awaitingStart
    hasDelivered = false
    guard let position else { return SubscribeRequest() }
    return SubscribeRequest(epoch: position.epoch, offset: position.offset)
  }

  mutating func receive(_ item: SubscribeItem) -> Verdict {
    let verdict = judge(item)
    switch verdict {
    case .beginAgain: hasBegunAgain = true
    case .deliver(.push), .deliver(.collapsed): hasBegunAgain = false
    case .deliver, .nothing: break
    }
    return verdict
  }

  private mutating func judge(_ item: SubscribeItem) -> Verdict {
    // An item that a later version added: not ours to judge.
    guard let item = item.item else { return .nothing }
    switch item {
    case .start(let start): return started(start)
    case .push(let push): return pushed(push)
    case .collapsed(let collapsed): return passedOver(collapsed)
    case .openOffer, .assignment, .status, .openReferral, .stateEnd: return stated(item)
    }
  }

  private mutating func started(_ start: SubscriptionStart) -> Verdict {
    guard case .awaitingStart = stage else { return .beginAgain(because: "a second start") }
    if start.recovered {
      guard let position, position.epoch == start.epoch, position.offset <= start.offset else {
        return .beginAgain(because: "recovered from a position that was not asked for")
      }
      stage = .pushes
    } else {
      stage = .collecting(CurrentState(), items: 0, start: start)
    }
    return .deliver(
      .position(epoch: start.epoch, offset: start.offset, recovered: start.recovered))
  }

  private mutating func pushed(_ push: Push) -> Verdict {
    guard case .pushes = stage, let current = position else {
      return .beginAgain(because: "a push before the state was complete")
    }
    guard push.offset > current.offset else { return .nothing }
    guard push.offset == current.offset + 1 else {
      return .beginAgain(because: "push \(push.offset) after \(current.offset)")
    }
    position?.offset = push.offset
    hasDelivered = true
    return .deliver(.push(push))
  }

  /// Stands for pushes that were of no use any more: they count as seen.
  private mutating func passedOver(_ collapsed: PushesCollapsed) -> Verdict {
    guard case .pushes = stage, let current = position else {
      return .beginAgain(because: "pushes before the state was complete")
    }
    guard collapsed.lastOffset > current.offset else { return .nothing }
    guard collapsed.firstOffset <= current.offset + 1 else {
      return .beginAgain(because: "push \(collapsed.firstOffset) after \(current.offset)")
    }
    position?.offset = collapsed.lastOffset
    hasDelivered = true
    return .deliver(.collapsed(collapsed))
  }

  private mutating func stated(_ item: SubscribeItem.Item) -> Verdict {
    guard case .collecting(var state, let items, let start) = stage else {
      return .beginAgain(because: "current state where pushes belong")
    }
    guard items < Self.maximumStateItems else {
      return .beginAgain(because: "more than \(Self.maximumStateItems) items of state")
    }
    // The array is taken out of the stage while it grows: otherwise each append copies it.
    stage = .awaitingStart
    switch item {
    case .openOffer(let offer): state.offers.append(offer)
    case .assignment(let assignment): state.assignments.append(assignment)
    case .status(let status): state.status = status
    case .openReferral(let referral): state.referrals.append(referral)
    case .stateEnd(let end):
      state.hasMore = end.hasMore
      stage = .pushes
      position = SubscriptionPosition(epoch: start.epoch, offset: start.offset)
      hasDelivered = true
      return .deliver(.state(state))
    case .start, .push, .collapsed: return .beginAgain(because: "no item of a state")
    }
    stage = .collecting(state, items: items + 1, start: start)
    return .nothing
  }
}
