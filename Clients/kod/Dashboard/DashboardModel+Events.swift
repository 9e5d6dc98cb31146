import KODClient
import KODWire

/// What the server tells without being asked.
extension DashboardModel {
  mutating func apply(_ event: SubscriptionEvent, now: Int64) -> [Effect] {
    defer { settleSelection() }
    switch event {
    case .connected: renewAll()
    case .push(let push):
      markStale()
      if let effects = applyOwn(push, now: now) { return effects }
    case .state, .position, .disconnected, .ended: break
    }
    return effects(live.apply(event, now: now), now: now)
  }

  /// The live part's wishes in this model's words.
  mutating func effects(_ wishes: [WatchModel.Effect], now: Int64) -> [Effect] {
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

  /// Pushes that the live part leaves to whoever has a place for them; nil: not one of those.
  private mutating func applyOwn(_ push: Push, now: Int64) -> [Effect]? {
    switch push.body {
    case .assignmentGiven(let assignment):
      live.assignments.removeAll { $0.referralId == assignment.referralId }
      live.assignments.append(assignment)
      note(DashboardWords.given(assignment, clock: clock), .good, at: push.atUs)
      return [.bell]
    case .assignmentReminder(let reminder):
      let name = live.assignments.first { $0.referralId == reminder.referralId }?.contact?.name
      let whom = name.map { "call \($0)" } ?? "call"
      let text =
        reminder.number >= 3
        ? "referral \(reminder.referralId): OVERDUE, \(whom) now"
        : "referral \(reminder.referralId): \(whom) within "
          + DurationText.spoken(microseconds: reminder.callbackDueUs - now)
      note(text, reminder.number >= 3 ? .bad : .warning, at: push.atUs)
      return [.bell]
    case .assignmentEnded(let ended):
      live.assignments.removeAll { $0.referralId == ended.referralId }
      note(DashboardWords.ended(ended), .warning, at: push.atUs)
      closeOverlay(about: ended.referralId)
      return []
    case .availabilityChanged(let change):
      let before = live.status?.available
      live.status?.available = change.available
      live.status?.override = change.override
      live.status?.blockers = change.blockers
      if change.overrideCleared {
        note("your \"on\" has ended; the schedule decides again", .warning, at: push.atUs)
      }
      if before != change.available {
        note(
          change.available
            ? "you are available" : "you are not available: \(DashboardWords.blockers(change.blockers))",
          change.available ? .good : .warning, at: push.atUs)
      }
      return []
    case .policyChanged, .referralUpdate: return []
    default: return nil
    }
  }

  /// What was being decided about has gone.
  private mutating func closeOverlay(about referral: UInt64) {
    if overlay?.referral == referral { overlay = nil }
  }
}
