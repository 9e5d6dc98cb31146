import KODClient
import KODWire

/// What the server tells without being asked.
extension DashboardModel {
  mutating func apply(_ event: SubscriptionEvent, now: Int64) -> [Effect] {
    defer { settleSelection() }
    switch event {
    case .connected:
      // Such as that there was no connection.
      hint = ""
      renewAll()
    case .collapsed: markStale()
    case .push(let push):
      markStale()
      // What was being decided about has gone.
      if case .assignmentEnded(let ended) = push.body, overlay?.referral == ended.referralId {
        overlay = nil
      }
    case .state, .position, .disconnected, .ended: break
    }
    return effects(live.apply(event, now: now))
  }

  /// The live part's wishes in this model's words.
  mutating func effects(_ wishes: [WatchModel.Effect]) -> [Effect] {
    var effects: [Effect] = []
    for wish in wishes {
      switch wish {
      case .accept(let offer): effects.append(.ask(.accept(offer)))
      case .reject(let offer): effects.append(.ask(.reject(offer)))
      case .setAvailability(let setting): effects.append(.ask(.setAvailability(setting)))
      case .refreshStanding: markStale()
      case .quit: effects.append(.quit)
      case .suspend: effects.append(.suspend)
      case .redraw: effects.append(.redraw)
      case .bell: effects.append(.bell)
      }
    }
    return effects
  }
}
